"""Refuses well: one sentence, what to do, the documented exit code, nothing half-written; the real connector on loopback."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.connectors.plain_secrets import key_without_store
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.store import Store

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def github() -> Iterator[GitHubServer]:
    """Serve acme on loopback."""
    with GitHubServer(acme()) as server:
        yield server


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return a function that runs the command where nothing is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run_(*arguments: str) -> tuple[int, str, str]:
        code = ended(main, list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


def configured(github: GitHubServer, token: str = "GITHUB_TOKEN", name: str = "acme", api: str = "") -> None:
    """Write the configuration of one source on loopback."""
    Path("pipewarden.yaml").write_text(
        f"sources: [{{github: {name}, api: '{api or github.url}', token: {{env: {token}}}}}]\n"
    )


STATE = Path("data/pipewarden/pipewarden.db")


def refused(told: tuple[int, str, str], code: int, says: str, hint: str = "", *, asked: bool = False) -> None:
    """It is one sentence with a hint, the code is the documented one, and nothing half-written is left behind.

    Where the system had to be `asked`, the store for what it answers is there, whole and empty.
    """
    assert told[0] == code, told
    assert told[1] == "", "a refusal is no report"
    lines = told[2].strip().splitlines()
    assert lines[0].startswith("pipewarden: ")
    assert says in lines[0]
    assert len(lines) == 2, told[2]
    assert hint in lines[1]
    assert lines[1].startswith("hint: ")
    assert STATE.exists() == asked
    if asked:
        with Store.open(str(STATE), create=False) as store:
            assert (store.snapshots(), store.judged(), store.ledger()) == ([], {}, [])
    assert {path.name for path in Path().iterdir()} <= {"pipewarden.yaml", "data"}


def test_no_token(run: Run) -> None:
    refused(run("audit", "github:acme"), 2, "there is no token for github:acme", "Set GITHUB_TOKEN")


@pytest.mark.parametrize("name", ["GITHUB_TOKN", "GITHUB_TOEKN", "GITHUB_TOKENS", "github_token"])
def test_a_token_under_a_name_that_nothing_reads(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "secret")
    refused(run("audit", "github:acme"), 2, "there is no token for github:acme", f"{name} is set, but nothing reads it")
    code, out, _ = run("doctor")
    assert code == 2
    assert f"{name} is set, but nothing reads it. Did you mean GITHUB_TOKEN?" in out
    assert "secret" not in out


def test_a_folder_beside_the_checkout_one_is_in_is_not_told_to_lie_within_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("here/.git", "here/src", "beside"):
        Path(each).mkdir(parents=True)
    monkeypatch.chdir("here")
    assert "lies within the checkout" not in run("audit", "../beside", "--no-store")[2]
    assert "src lies within the checkout" in " ".join(run("audit", "../here/src", "--no-store")[2].split())


@pytest.mark.parametrize("name", ["GITLAB_TOKEN", "NPM_TOKEN", "GITHUB_ACTIONS", "GITHUB_REPOSITORY"])
def test_what_is_no_near_name_of_a_token_is_left_alone(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "secret")
    refused(run("audit", "github:acme"), 2, "there is no token for github:acme", "Set GITHUB_TOKEN")


def test_a_baseline_without_a_key_says_that_secrets_are_known_by_their_places(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("repo/.github/workflows").mkdir(parents=True)
    value = "-".join(f"{number:x}" for number in (0xA7F3, 0x91C2D, 0x5E80B, 0x3D6))
    steps = "on: push\njobs:\n  go:\n    runs-on: x\n    env:\n      DB_PASSWORD: {}\n    steps: [{{run: deploy}}]\n"
    Path("repo/.github/workflows/deploy.yml").write_text(steps.format(value))
    key = "set PIPEWARDEN_FINGERPRINT_KEY"
    assert run("audit", "repo", "--format", "json", "-o", "base.json")[0] == 1
    key_without_store.cache_clear()  # the next run is another process
    code, out, err = run("audit", "repo", "--baseline", "base.json")
    assert (code, "held by the baseline" in out, key in " ".join(err.split())) == (0, True, True)
    key_without_store.cache_clear()
    Path("repo/.github/workflows/other.yml").write_text(steps.format(value + "-b11"))
    code, out, err = run("audit", "repo", "--baseline", "base.json")
    assert (code, "other.yml as DB_PASSWORD" in out, key in " ".join(err.split())) == (1, True, True)
    monkeypatch.setenv("PIPEWARDEN_FINGERPRINT_KEY", "a text of more than thirty-two characters")
    key_without_store.cache_clear()
    run("audit", "repo", "--format", "json", "-o", "base.json")
    key_without_store.cache_clear()
    code, out, err = run("audit", "repo", "--baseline", "base.json")
    assert (code, "held by the baseline" in out, key in " ".join(err.split())) == (0, True, False)
    key_without_store.cache_clear()


def test_a_baseline_of_another_key_holds_a_secret_by_its_place_and_says_so(run: Run) -> None:
    Path("repo/.github/workflows").mkdir(parents=True)
    value = "-".join(f"{number:x}" for number in (0xA7F3, 0x91C2D, 0x5E80B, 0x3D6))
    steps = "on: push\njobs:\n  go:\n    runs-on: x\n    env:\n      DB_PASSWORD: {}\n    steps: [{{run: deploy}}]\n"
    workflow = Path("repo/.github/workflows/deploy.yml")
    workflow.write_text(steps.format(value))
    told = "the baseline has fingerprints of another key"
    run("audit", "repo", "--format", "json", "-o", "base.json")
    key_without_store.cache_clear()  # the next run is another process
    with Store.open("x.db"):
        pass  # an audit of a source makes it, and from then on it gives the key
    code, out, err = run("--store", "x.db", "audit", "repo", "--baseline", "base.json")
    assert (code, "held by the baseline" in out, told in " ".join(err.split())) == (0, True, True)
    run("--store", "x.db", "audit", "repo", "--format", "json", "-o", "base.json")
    code, out, err = run("--store", "x.db", "audit", "repo", "--baseline", "base.json")
    assert (code, "held by the baseline" in out, told in " ".join(err.split())) == (0, True, False)
    workflow.write_text(steps.format(value + "-b11"))
    code, out, err = run("--store", "x.db", "audit", "repo", "--baseline", "base.json")
    assert (code, "1 new finding" in out, told in " ".join(err.split())) == (1, True, False)
    key_without_store.cache_clear()


def test_where_no_pipeline_file_is_strict_ends_with_3_and_a_root_above_is_named(run: Run) -> None:
    workflows = Path("web/.github/workflows")
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text("on: push\npermissions: {}\njobs: {go: {runs-on: x, steps: [{run: make}]}}\n")
    Path("empty").mkdir()
    code, out, err = run("audit", str(workflows), "--no-cache")
    assert (code, "no pipeline file is there" in out) == (0, True)
    assert f"name its root, `pipewarden audit {Path('web').absolute()}`" in " ".join(err.split())
    code, out, err = run("audit", "empty", "--no-cache", "--strict")
    assert (code, "no pipeline file is there" in out, "its root" in err) == (3, True, False)
    assert "could not be" not in out, "there is no other reason for 3"
    assert run("audit", "empty", "--no-cache")[0] == 0


@pytest.mark.parametrize("asked", [["pipelines"], ["reach", "fork", "--in"]], ids=" ".join)
def test_a_question_about_a_folder_without_pipeline_files_says_that_nothing_was_read(
    run: Run, asked: list[str]
) -> None:
    workflows = Path("web/.github/workflows")
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text("on: push\npermissions: {}\njobs: {go: {runs-on: x, steps: [{run: make}]}}\n")
    Path("web/.git").mkdir()
    said = " ".join(run(*asked, "web/.github")[2].split())
    assert "nothing was read, for no pipeline file is in web/.github" in said
    assert f"it lies within the checkout {Path('web').absolute()}, name that" in said
    assert "nothing was read" not in run(*asked, "web")[2]
    Path("empty").mkdir()
    said = run(*asked, "empty")[2]
    assert "nothing was read, for no pipeline file is in empty" in said
    assert "lies within" not in said


def test_names_that_are_no_source(run: Run) -> None:
    refused(run("audit", "acme"), 2, "acme does not exist", "`github:acme`")
    refused(run("audit", "some/folder"), 2, "some/folder does not exist", "Name the root of a checkout, such as `.`.")
    refused(run("audit", "github:acme/web"), 2, "github:acme/web is no organization", "`pipewarden audit github:acme`")
    refused(run("audit", "https://github.com/acme/web"), 2, "is not SYSTEM:NAME", "Did you mean github:acme?")


def test_an_empty_token(run: Run, github: GitHubServer) -> None:
    configured(github, "ACME_TOKEN")
    refused(run("audit"), 2, "the token from env ACME_TOKEN is empty", "Set that environment variable", asked=True)


def test_a_token_that_is_not_accepted(run: Run, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "expired")
    configured(github)
    refused(run("audit"), 2, "GitHub does not accept the credential for acme", "expired or revoked", asked=True)


def test_a_token_of_wrong_scopes_ends_with_a_report_that_says_what_is_missing(
    run: Run, github: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.member_token)
    configured(github)
    code, out, err = run("audit", "--strict", "--fail-on", "never", "--format", "json")
    assert code == 3
    assert [line.partition(" 3")[0] for line in err.splitlines()] == ["requests spent: github:acme"]
    gaps = json.loads(out)["gaps"]
    assert any("admin:org" in gap["permission"] for gap in gaps)
    code, out, _ = run("doctor")
    assert code == 3
    assert "admin:org (token) would show it" in out
    assert "checks would be silent" in out


def test_an_unknown_organization(run: Run, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.owner_token)
    configured(github, name="acmee")
    refused(run("audit"), 2, "there is no organization acmee", "Check the name", asked=True)


def test_no_network(run: Run, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.owner_token)
    configured(github, api="http://127.0.0.1:9")
    refused(run("audit"), 3, "http://127.0.0.1:9/orgs/acme does not answer", "Check the network", asked=True)


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("sources_: []\n", "pipewarden.yaml:1: there is no setting sources_", "Did you mean sources"),
        ("sources: [\n", "pipewarden.yaml:2: expected the node content", "YAML wants"),
        (
            "keep_snapshots: 0\n",
            "pipewarden.yaml:1: keep_snapshots: 0 is less than the minimum of 1",
            "docs/settings.md",
        ),
        ("store: mysql://h/d\nsources: [{github: acme}]\n", "a store cannot be kept in mysql", "postgresql://"),
    ],
)
def test_a_broken_configuration(run: Run, monkeypatch: pytest.MonkeyPatch, text: str, says: str, hint: str) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "any")
    Path("pipewarden.yaml").write_text(text)
    refused(run("audit"), 2, says, hint)


def test_a_configuration_that_is_not_there(run: Run) -> None:
    refused(run("--config", "team.yaml", "audit"), 2, "team.yaml cannot be read", "--config")


def test_a_store_of_a_newer_version(run: Run, tmp_path: Path) -> None:
    import sqlalchemy as sa

    place = tmp_path / "state" / "newer.db"
    with Store.open(str(place)) as store, store._begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    before = place.read_bytes()
    code, out, err = run("--store", str(place), "snapshots")
    assert (code, out) == (2, "")
    assert "was written by a newer Pipewarden" in " ".join(err.split())
    assert "hint: Upgrade Pipewarden" in err
    assert place.read_bytes() == before


def test_what_would_be_refused_at_the_end_is_refused_before_anything_is_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "any")
    refused(
        run("audit", "github:acme", "--baseline", "none.json"), 2, "the baseline none.json cannot be read", "Make one"
    )
    refused(run("audit", "github:acme", "-o", "none/report.html"), 2, "there is no folder none", "Make it")
    refused(run("audit", "github:acme", "-o", "."), 2, ". is a folder", "report.html")


def test_an_interrupted_collection_is_kept_in_the_store_that_was_made_for_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GitHubServer(acme(), Variant(unauthorized_after=30)) as server:
        monkeypatch.setenv("GITHUB_TOKEN", server.owner_token)
        configured(server)
        code, _, err = run("audit")
        assert (code, "does not accept" in err) == (2, True)
        assert server.total > 30
    with Store.open(str(STATE), create=False) as store:
        assert store.checkpoints("github:acme"), "the next run goes on from here"


FULL = "import sys; from pipewarden.cli.ending import ended; from pipewarden.cli.main import main; sys.exit(ended(main, sys.argv[1:]))"


def small_disk() -> None:
    """Let a process write no file beyond 20 kB, as if the disk were full then."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))


@pytest.mark.parametrize(
    "arguments", [("-o", "report.html", "--no-store"), ("--format", "json")], ids=["of the report", "of the store"]
)
def test_a_full_disk(github: GitHubServer, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "pipewarden.yaml").write_text(f"sources: [{{github: acme, api: '{github.url}'}}]\n")
    variables = {**os.environ, "GITHUB_TOKEN": github.owner_token, "XDG_DATA_HOME": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", FULL, "audit", "--format", "html", *arguments],
        env=variables, cwd=tmp_path, text=True, capture_output=True, preexec_fn=small_disk, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    # the limit of a process is no error of a disk to SQLite, which says only that it could not write
    assert "there is no room" in done.stderr or "Is the disk full" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"pipewarden.yaml", "data"}
    assert not list(tmp_path.rglob("*.draft"))


def test_init_that_finds_no_room_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    def tiny() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))

    done = subprocess.run(
        [sys.executable, "-c", FULL, "init", "--organization", "acme", "--no-test"],
        cwd=tmp_path, text=True, capture_output=True, preexec_fn=tiny, timeout=300,
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no room to write the configuration" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_knows_every_variable_that_an_audit_takes_a_token_from(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPEWARDEN_GITHUB_TOKEN", "any")
    code, out, _ = run("doctor")
    assert code == 0
    assert "PIPEWARDEN_GITHUB_TOKEN is set; whether GitHub accepts it was not asked" in out
    assert "works" not in out
