"""A secret of a vault, and the jobs of pipelines that read it: by its path, whatever the vault is called."""

import asyncio
from pathlib import Path

import pytest

from pipewarden.access.job_answers import reach_of, users_of
from pipewarden.access.job_secrets import name_of
from pipewarden.access.job_words import reaches
from pipewarden.access.jobs import jobs
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System, source
from tests.checks.builder import NOW

HOST = "vault.acme.example"
DB = Ref(HOST, Kind.SECRET, "kv_1:prod/db")
JOB = """\
on: {{push: {{branches: [main]}}, pull_request: }}
permissions: {{id-token: write}}
jobs:
  {name}:
    runs-on: ubuntu-latest
    steps:
      - uses: hashicorp/vault-action@v3
        with: {{url: "{url}", method: {method}, role: deploy, secrets: "{path} password | DB"}}
"""


def job(name: str, path: str, *, url: str = f"https://{HOST}", method: str = "jwt") -> str:
    return JOB.format(name=name, path=path, url=url, method=method)


@pytest.fixture
def seen(tmp_path: Path):
    def make(*texts: str, gitlab: str = "") -> Snapshot:
        (tmp_path / ".github/workflows").mkdir(parents=True)
        for number, text in enumerate(texts):
            (tmp_path / f".github/workflows/{number}.yml").write_text(text)
        if gitlab:
            (tmp_path / ".gitlab-ci.yml").write_text(gitlab)
        into = SnapshotBuilder()
        origin = Origin("story", NOW)
        vault, mount = Ref(HOST, Kind.TENANT, "root"), Ref(HOST, Kind.MOUNT, "kv_1")
        told = {"platform": "vault", "path": "secret/data/prod/db"}
        into.add(
            source(HOST, System.VAULT, origin),
            Resource(ref=vault, name="vault:acme", origin=origin),
            Resource(
                ref=mount,
                name="vault:acme/secret",
                parent=vault,
                attributes={"path": "secret", "kv_version": 2},
                origin=origin,
            ),
            Resource(ref=DB, name="vault:acme/secret/prod/db", parent=mount, attributes=told, origin=origin),
        )
        asyncio.run(Checkout(tmp_path, name="acme/web").collect(into, lambda *_: None))
        return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))

    return make


def users(snapshot: Snapshot) -> list[tuple[str, bool]]:
    found = users_of(snapshot, name_of(snapshot, DB), DB)
    return [(use.name.rpartition("#")[2], use.certain) for use in found]


def test_the_jobs_that_read_a_secret_of_the_vault(seen) -> None:
    snapshot = seen(
        job("reads", "secret/data/prod/db"),
        job("other", "secret/data/prod/other"),
        job("elsewhere", "secret/data/prod/db", url="https://vault.other.example"),
        job("somewhere", "secret/data/prod/db", url="${{ secrets.VAULT_ADDR }}"),
        job("computed", "secret/data/${{ vars.STAGE }}/db"),
    )
    assert users(snapshot) == [("somewhere", True), ("reads", True), ("elsewhere", False), ("computed", False)]


def test_it_is_found_by_the_name_that_jobs_write_and_by_its_path(seen) -> None:
    snapshot = seen(job("reads", "secret/data/prod/db"), job("other", "secret/data/prod/other"))
    for name in ("vault:secret/data/prod/db", "vault:secret/prod/db"):
        assert [use.name.rpartition("#")[2] for use in users_of(snapshot, name)] == ["reads"]


def test_what_is_read_with_an_identity_is_not_there_without(seen) -> None:
    snapshot = seen(job("reads", "secret/data/prod/db"))
    (found,) = jobs(snapshot)
    assert reaches(found.held()) == "secrets vault:secret/data/prod/db; Vault role deploy"
    fork = next(way for way in found.ways if way.start.by.value == "fork")
    assert reaches(found.held(fork.start)) == "reads only"
    bot = [each.what for each in reach_of(snapshot, "bot")]
    assert "vault:secret/data/prod/db" in bot, "the block gives such a run an identity too"


def test_a_job_of_gitlab_is_found_by_its_vault(seen) -> None:
    snapshot = seen(
        gitlab=f"""\
default: {{id_tokens: {{T: {{aud: https://{HOST}}}}}}}
reads: {{script: x, secrets: {{DB: {{vault: prod/db/password@secret, token: $T}}}}}}
long: {{script: x, secrets: {{DB: {{vault: {{engine: {{name: kv-v2, path: secret}}, path: prod/db, field: p}}}}}}}}
other: {{script: x, secrets: {{DB: {{vault: prod/other/password@secret}}}}}}
elsewhere:
  script: x
  variables: {{VAULT_SERVER_URL: https://vault.other.example}}
  secrets: {{DB: {{vault: prod/db/password@secret}}}}
computed: {{script: x, secrets: {{DB: {{vault: $STAGE/db/password@secret}}}}}}
"""
    )
    assert [each for each in users(snapshot) if each[1]] == [("long", True), ("reads", True)]
    assert sorted(each for each, sure in users(snapshot) if not sure) == ["computed", "elsewhere"]
    for name in ("vault:secret/data/prod/db", "vault:secret/prod/db"):
        found = {use.name.rpartition("#")[2] for use in users_of(snapshot, name)}
        assert found == {"reads", "long", "elsewhere", "computed"}
