"""A mistyped path is refused and leaves nothing: only an audit and a restore make a store."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer
from pipewarden.store import Store
from tests.access.estate import Estate
from tests.store.conftest import fresh_database, postgresql  # noqa: F401 - a fixture

READING = (
    ("snapshots",),
    ("snapshots", "--prune", "3"),
    ("ledger",),
    ("ledger", "--verify"),
    ("waivers", "list"),
    ("waivers", "add", "gh.dkey.stale", "--reason", "r", "--approver", "alice", "--until", "2999-01-01"),
    ("waivers", "withdraw", "1"),
    ("backup", "out.tar.gz"),
    ("diff", "previous", "latest"),
    ("list", "accounts"),
    ("list", "admins"),
    ("who-can", "push", "acme/web"),
    ("what-can", "alice"),
    ("why", "alice", "acme/web"),
    ("reach", "alice"),
)
Ask = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask in an empty folder; the question is refused with exit code 2, and the sentence is returned."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def ask(*words: str) -> str:
        before = sorted(here.rglob("*"))
        assert ended(main, list(words)) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert sorted(here.rglob("*")) == before, "nothing was made"
        return shown.err

    return ask


def made(path: Path) -> Path:
    """Make a store with one snapshot."""
    acme = Estate()
    acme.member("alice", owner=True)
    acme.repo("web")
    with Store.open(str(path)) as store:
        store.save_snapshot(acme.snapshot())
    return path


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize("place", ["state.db", "stat/pipewarden.db", "deep/er/still.db"])
def test_a_reading_command_makes_no_store(refused: Ask, place: str, command: tuple[str, ...]) -> None:
    told = refused("--store", place, *command)
    assert f"there is no store at {place}" in told
    assert "pipewarden audit" in told


def test_before_the_first_audit_the_users_own_store_is_not_made_either(
    refused: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert "there is no store at" in refused("snapshots")
    assert "--demo" in refused("why", "alice", "acme/web")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        ("pipewarden.db", "pipewraden.db"),
        ("state/pipewarden.db", "stat/pipewarden.db"),
        ("state/pipewarden.db", "state"),
        ("state/pipewarden.db", "state/pipewarden"),
        ("a/b/pipewarden.db", "a/c/pipewarden.db"),
        ("state/acme.db", "stats/other.db"),
    ],
)
def test_the_store_next_to_it_is_offered(refused: Ask, there: str, typed: str) -> None:
    made(Path(there))
    Path("notes.db").write_text("no store")
    told = refused("--store", typed, "snapshots")
    assert f"Did you mean {there}?" in told


def test_another_programs_database_is_offered_to_nobody_and_left_as_it_is(refused: Ask) -> None:
    with sqlite3.connect("browser.db") as other:
        other.execute("create table history (url text)")
    other.close()
    before = Path("browser.db").read_bytes()
    assert "Did you mean" not in refused("--store", "browse.db", "snapshots")
    assert "holds something else" in refused("--store", "browser.db", "snapshots")
    assert "holds something else" in refused("--store", "browser.db", "restore", "browser.db")
    Path("empty.db").touch()
    assert "there is no store at empty.db" in refused("--store", "empty.db", "ledger")
    assert Path("browser.db").read_bytes() == before


def test_a_store_that_is_there_is_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = str(made(tmp_path / "state.db"))
    assert ended(main, ["--store", place, "snapshots"]) == 0
    assert ended(main, ["--store", place, "waivers", "list"]) == 0
    assert ended(main, ["--store", place, "who-can", "push", "acme/web"]) == 0
    assert "alice" in capsys.readouterr().out


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///x",
        "sqlite://",
        "sqlite:x.db",
        "sqlite+pysqlite:///x.db",
        "mysql://host/db",
        "postgresql+psycopg2://host/db",
        "postgresql:/host/db",
        "postgresql:host",
        "file:///tmp/x.db",
        "https://host/db",
        "github:acme",
    ],
)
@pytest.mark.parametrize("command", [("snapshots",), ("audit", "github:acme")], ids=" ".join)
def test_other_urls_are_refused_with_what_is_accepted(
    refused: Ask, monkeypatch: pytest.MonkeyPatch, url: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "none")
    told = refused("--store", url, *command)
    assert "cannot be kept in" in told
    assert "a file" in told
    assert "postgresql://" in told


@pytest.mark.parametrize("url", ["postgresql://alice:hunter2@host:port/db", "postgresql://alice:hunter2@[::1/db"])
def test_a_broken_url_is_refused_without_its_password(refused: Ask, url: str) -> None:
    told = refused("--store", url, "snapshots")
    assert "cannot be read" in told
    assert "hunter2" not in told


def test_an_empty_database_of_postgresql_is_no_store(refused: Ask, postgresql: str) -> None:  # noqa: F811
    url = fresh_database(postgresql)
    assert "there is no store at" in refused("--store", url, "snapshots")
    assert "there is no store at" in refused("--store", url, "waivers", "list"), "nor was it made one"
    plus = url.replace("postgresql://", "postgresql+psycopg://")
    with Store.open(plus, snapshots_in=Path("snapshots")):
        pass
    assert ended(main, ["--store", url, "snapshots"]) == 0
    assert ended(main, ["--store", plus, "ledger"]) == 0


def test_the_doctor_says_that_there_is_none_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ended(main, ["--store", "state.db", "doctor"])
    told = capsys.readouterr().out
    assert "ok   store: none at state.db yet" in told
    made(Path("state.db"))
    ended(main, ["--store", "state.db", "doctor"])
    assert "state.db, 1 snapshot, ledger verifies" in capsys.readouterr().out


def test_a_store_makes_its_own_folder_and_none_above_it(refused: Ask, tmp_path: Path) -> None:
    place = made(tmp_path / "old.db")
    assert ended(main, ["--store", str(place), "backup", str(tmp_path / "b.tar.gz")]) == 0
    told = refused("--store", "typo/deep/state.db", "restore", str(tmp_path / "b.tar.gz"))
    assert "there is no folder" in told
    assert "Make it, or name another file." in told
    assert ended(main, ["--store", "own/state.db", "restore", str(tmp_path / "b.tar.gz")]) == 0
    assert Path("own/state.db").is_file()


def test_a_restore_makes_a_store_and_a_failed_one_leaves_none(refused: Ask, tmp_path: Path) -> None:
    place = made(tmp_path / "old.db")
    assert ended(main, ["--store", str(place), "backup", str(tmp_path / "b.tar.gz")]) == 0
    bad = tmp_path / "bad.tar.gz"
    bad.write_bytes((tmp_path / "b.tar.gz").read_bytes()[:-200])
    assert "whole backup" in refused("--store", "new/state.db", "restore", str(bad))
    assert ended(main, ["--store", "new/state.db", "restore", str(tmp_path / "b.tar.gz")]) == 0
    with Store.open("new/state.db", create=False) as new, Store.open(str(place)) as old:
        assert new.snapshots() == old.snapshots()
    assert "not empty" in refused("--store", "new/state.db", "restore", str(tmp_path / "b.tar.gz"))


def test_an_audit_that_keeps_nothing_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", "none")
    with GitHubServer(acme()) as server:
        Path("p.yaml").write_text(f"sources:\n  - github: acme\n    api: {server.url}\n")
        ended(main, ["--config", "p.yaml", "--store", "state.db", "audit", "--no-store"])
    assert "does not accept the credential" in capsys.readouterr().err, "it went as far as the source"
    assert [path.name for path in tmp_path.iterdir()] == ["p.yaml"]
