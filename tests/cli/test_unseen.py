"""Answers over what was not read never look whole."""

import json
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.model.facts import Cause, GrantKind
from pipewarden.model.ids import Kind
from pipewarden.store import Store
from tests.access.estate import Estate

PERMISSION = "administration: read"


def acme() -> Estate:
    """bob may push to web; what carol holds there nobody knows, for the collaborators of web were refused."""
    estate = Estate()
    bob, web, infra = estate.member("bob"), estate.repo("web"), estate.repo("infra")
    estate.member("carol")
    estate.grant(bob, web, "write")
    estate.grant(bob, infra, "write")
    estate.gap(web, "repository.collaborators", Cause.FORBIDDEN, PERMISSION)
    return estate


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    place = tmp_path / "store"

    def run(estate: Estate, *arguments: str) -> tuple[str, str]:
        with Store.open(str(place)) as store:
            store.save_snapshot(estate.snapshot())
        assert ended(main, ["--store", str(place), *arguments]) == 0
        said = capsys.readouterr()
        return said.out, " ".join(said.err.split())

    return run


def test_who_can_says_that_others_may_too(ask) -> None:  # type: ignore[no-untyped-def]
    _, err = ask(acme(), "who-can", "push", "acme/web")
    assert "not the whole answer, others may too: collaborators of acme/web: not read (forbidden)" in err
    assert PERMISSION in err
    out, _ = ask(acme(), "who-can", "push", "acme/web", "--format", "json")
    assert len(json.loads(out)["not_read"]) == 1


def test_who_can_is_whole_where_everything_was_read(ask) -> None:  # type: ignore[no-untyped-def]
    out, err = ask(acme(), "who-can", "push", "acme/infra", "--format", "json")
    assert json.loads(out)["not_read"] == []
    assert "not the whole answer" not in err


def test_why_does_not_say_no_over_a_gap(ask) -> None:  # type: ignore[no-untyped-def]
    out, _ = ask(acme(), "why", "carol", "acme/web")
    assert "It is not known whether carol can do anything to acme/web" in out
    out, _ = ask(acme(), "why", "carol", "acme/web", "--capability", "push")
    assert "It is not known whether carol can push on acme/web" in out
    out, _ = ask(acme(), "why", "carol", "acme/infra")
    assert "carol cannot do anything to acme/infra." in out


def test_a_team_whose_members_were_refused_leaves_its_repositories_open(ask) -> None:  # type: ignore[no-untyped-def]
    estate = Estate()
    bob, web, infra = estate.member("bob"), estate.repo("web"), estate.repo("infra")
    platform = estate.team("platform")
    sre = estate.team("sre", parent=platform)
    estate.grant(platform, web, "write")
    estate.grant(bob, infra, "write")
    estate.gap(sre, "organization.teams", Cause.UNREACHABLE)
    out, _ = ask(estate, "who-can", "push", "acme/web", "--format", "json")
    assert any("teams of acme/sre" in text for text in json.loads(out)["not_read"]), "who is in sre is in platform"
    out, _ = ask(estate, "who-can", "push", "acme/infra", "--format", "json")
    assert json.loads(out)["not_read"] == []


def test_what_the_plan_does_not_have_grants_nothing(ask) -> None:  # type: ignore[no-untyped-def]
    estate = Estate()
    estate.grant(estate.member("bob"), estate.repo("web"), "write")
    estate.gap(estate.org, "organization.custom_repository_roles", Cause.PLAN)
    out, _ = ask(estate, "who-can", "push", "acme/web", "--format", "json")
    assert json.loads(out)["not_read"] == []


def test_what_an_app_of_unseen_selection_holds_is_unknown(ask) -> None:  # type: ignore[no-untyped-def]
    estate = Estate()
    estate.repo("web")
    bot = estate.machine(Kind.APP, "deploybot", app_id=9)
    role = estate.role("app:9", contents="write")
    unseen = ("which repositories were selected was not read",)
    estate.grant(bot, estate.org, role, GrantKind.APP, conditions=unseen)
    out, _ = ask(estate, "what-can", "app:deploybot", "--format", "json")
    assert [each["answer"] for each in json.loads(out)["resources"]] == ["unknown"]
    out, _ = ask(estate, "who-can", "push", "acme/web", "--format", "json")
    assert [each["answer"] for each in json.loads(out)["holders"]] == ["unknown"]
    out, _ = ask(estate, "reach", "app:deploybot", "--format", "json")
    assert {each["answer"] for each in json.loads(out)["reached"]} == {"unknown"}
