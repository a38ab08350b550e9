"""A checkout and an organization tell the secrets in their files: each once, with all places, and never the value."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipewarden.audit import collect
from pipewarden.cli.main import main
from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.folder import MOST_BYTES, Folder
from pipewarden.connectors.kept import Kept
from pipewarden.connectors.plain_secrets import VARIABLE, PlainSecrets, key_without_store
from pipewarden.connectors.pulled_in import PlainSearch
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer
from pipewarden.errors import UsageError
from pipewarden.model.facts import Cause, Gap, Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.connectors.test_github import collected, connector
from tests.pipelines.plain import tokens

TOKEN = tokens.classic("gh" + "p_")
WORKFLOW = f"on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    env:\n      DEPLOY_TOKEN: {TOKEN}\n    steps:\n      - run: ./scripts/go.sh\n"
ROOT = Ref("checkout", Kind.REPOSITORY, "acme/web")
NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one token in three files, and other secrets in what is pulled in."""
    root = tmp_path / "web"
    files = {
        ".github/workflows/deploy.yml": WORKFLOW,
        ".env": f"# local\nDEPLOY_TOKEN={TOKEN}\nLOG_LEVEL=info\n",
        "scripts/go.sh": f"curl -u bob:{tokens.password()} https://repo.acme.example/x\n",
        "scripts/other.sh": f"export OTHER_TOKEN={tokens.drawn(40, seed=2)}\n",
        "compose.yml": f"services:\n  web:\n    environment:\n      API_KEY: {tokens.drawn(32, seed=3)}\n",
        "deploy/web.yaml": f"apiVersion: v1\nkind: Secret\nstringData:\n  token: {tokens.drawn(32, seed=4)}\n",
        "docs/other.yaml": f"token: {tokens.drawn(32, seed=5)}\n",
        "tests/.env": f"API_KEY={tokens.drawn(32, seed=6)}\nDEPLOY_TOKEN={TOKEN}\n",
        "node_modules/x/.env": f"API_KEY={tokens.drawn(32, seed=7)}\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def found(snapshot: Snapshot) -> list[Resource]:
    return [each for each in snapshot.entities(Kind.PLAIN_SECRET) if isinstance(each, Resource)]


def where(secret: Resource) -> list[tuple[str, int]]:
    return [(place["path"], place["line"]) for place in secret.attributes["places"]]


def test_one_secret_is_one_fact_with_all_its_places(checkout: Path) -> None:
    secrets = found(collect([Checkout(checkout)]))
    (token,) = [each for each in secrets if each.attributes["kind"] == "github_pat"]
    assert where(token) == [(".github/workflows/deploy.yml", 6), (".env", 2), ("tests/.env", 2)]
    assert token.attributes["count"] == 3
    assert token.attributes["confidence"] == "certain"
    assert token.name.startswith("plain:local/web/")
    assert token.parent is not None
    assert token.parent.kind is Kind.REPOSITORY


def test_what_the_pipeline_pulls_in_is_searched_and_nothing_else(checkout: Path) -> None:
    paths = {path for secret in found(collect([Checkout(checkout)])) for path, _ in where(secret)}
    assert paths == {
        ".github/workflows/deploy.yml",
        ".env",
        "scripts/go.sh",
        "compose.yml",
        "deploy/web.yaml",
        "tests/.env",
    }


def test_the_value_is_in_no_fact(checkout: Path) -> None:
    snapshot = collect([Checkout(checkout)])
    text = b"".join([*snapshot.body, *snapshot.record_body]).decode() + "".join(snapshot.name)
    for value in (TOKEN, TOKEN[4:30], tokens.password(), tokens.drawn(32, seed=3), tokens.drawn(32, seed=4)):
        assert value not in text


def test_what_was_not_searched_is_a_gap(checkout: Path) -> None:
    (checkout / "big.env").write_text("A=b\n" * (MOST_BYTES // 4 + 1), encoding="utf-8")
    os.mkfifo(checkout / "pipe.env")
    (checkout / "link.env").symlink_to(checkout / ".env")
    gaps = [gap for gap in collect([Checkout(checkout)]).records(Gap) if gap.facet == "repository.plain_text"]
    assert sorted(gap.detail.partition(" ")[0] for gap in gaps) == ["big.env", "pipe.env"]


def test_a_checkout_with_more_files_than_are_searched_says_so(checkout: Path) -> None:
    key = b"a key of the estate acme"
    files = Folder(checkout)
    search = PlainSearch(files, ROOT, "acme/web", NOW, key, Kept(None, checkout), most_files=2)
    for path in filter(search.wants, files.paths):
        search.take(path, files.text(path))
    (gap,) = [fact for fact in search.facts() if isinstance(fact, Gap)]
    assert gap.cause is Cause.TOO_LARGE
    assert "after 2 files" in gap.detail


def test_a_secret_named_twice_keeps_its_surest_reading() -> None:
    plain = PlainSecrets(ROOT, "acme/web", b"a key of the estate acme")
    origin = Origin("file", NOW)
    plain.read("a.env", f"BUILD_AUTH={tokens.drawn(40)}\n", origin)
    plain.read("b.env", f"API_TOKEN={tokens.drawn(40)}\n", origin)
    (secret,) = plain.facts()
    assert (secret.attributes["kind"], secret.attributes["confidence"]) == ("token", "named")
    assert len(where(secret)) == 2


def ask(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["--quiet", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.output


def fingerprints(checkout: Path, *options: str) -> list[str]:
    out = ask(*options, "audit", str(checkout), "--format", "json", "--check", "wf.secret", "--check", "file.secret")
    told = json.loads(out)["findings"]
    return sorted(
        each["fingerprint"] for each in told if each["check"] in {"wf.secret.plaintext", "file.secret.plaintext"}
    )


@pytest.mark.parametrize("form", ["table", "json", "sarif", "html", "markdown", "csv", "junit", "opengraph"])
def test_no_report_shows_a_value(checkout: Path, form: str) -> None:
    out = ask("audit", str(checkout), "--format", form)
    for value in (TOKEN, TOKEN[4:30], tokens.password(), tokens.drawn(32, seed=3)):
        assert value not in out
    if form not in {"junit", "opengraph"}:
        assert ".github/workflows/deploy.yml" in out


def test_sarif_points_at_the_line_and_column(checkout: Path) -> None:
    out = ask("audit", str(checkout), "--format", "sarif", "--check", "wf.secret.plaintext")
    (result,) = [each for each in json.loads(out)["runs"][0]["results"] if each["ruleId"] == "wf.secret.plaintext"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == ".github/workflows/deploy.yml"
    assert place["region"] == {"startLine": 6, "startColumn": 21}


def test_without_a_store_each_run_has_its_own_key_unless_one_is_given(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_without_store.cache_clear()
    once = fingerprints(checkout)
    key_without_store.cache_clear()
    assert len(once) == 4
    assert not set(once) & set(fingerprints(checkout))
    monkeypatch.setenv(VARIABLE, "9f" * 16)
    key_without_store.cache_clear()
    given = fingerprints(checkout)
    key_without_store.cache_clear()
    assert fingerprints(checkout) == given
    key_without_store.cache_clear()


def test_a_key_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "acme")
    key_without_store.cache_clear()
    with pytest.raises(UsageError, match="fewer than 32"):
        key_without_store()


def test_with_a_store_the_finding_is_the_same_in_every_run(checkout: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "state.db")
    Store.open(place).__exit__()
    once = fingerprints(checkout, "--store", place)
    assert once == fingerprints(checkout, "--store", place)
    with Store.open(place) as store:
        key = store.fingerprint_key()
    (checkout / "a.env").write_text(f"FIRST={TOKEN}\n", encoding="utf-8")
    assert once == fingerprints(checkout, "--store", place), "another place does not make it another finding"
    assert key.hex() not in ask("--store", place, "audit", str(checkout), "--format", "json")


def organization(change: Callable[[dict[str, str]], None]) -> GitHubServer:
    estate = acme()
    found_there = estate.repository("acme/web")
    assert found_there is not None
    change(found_there[1].workflows)
    return GitHubServer(estate)


def of_web(snapshot: Snapshot) -> list[Resource]:
    """Return the secrets of acme/web: another repository of acme's story has one of its own."""
    return [each for each in found(snapshot) if "acme/web" in each.name]


def test_an_organization_tells_the_secrets_of_its_workflows(tmp_path: Path) -> None:
    def plant(workflows: dict[str, str]) -> None:
        workflows[".github/workflows/one.yml"] = WORKFLOW
        workflows[".github/workflows/two.yml"] = WORKFLOW

    with organization(plant) as server, Store.open(str(tmp_path / "state.db")) as store:
        (secret,) = of_web(collected(connector(server, keeper=store))[0])
        (again,) = of_web(collected(connector(server, keeper=store))[0])
    assert where(secret) == [(".github/workflows/one.yml", 6), (".github/workflows/two.yml", 6)]
    assert secret.attributes["instead"][0]["name"] == "arn:aws:iam::111122223333:role/web-deploy"
    assert secret.ref == again.ref
