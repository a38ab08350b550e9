"""Questions about the same account and the same thing have one answer: what one tells, another does not deny."""

import csv
import io
import json
from functools import cache

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.holdings import ARCHIVED, Holding, holdings, principals_of
from pipewarden.access.leavers import Leavers
from pipewarden.access.settled import Held
from pipewarden.access.standing import standings
from pipewarden.cli.context import Options
from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.cli.show import opened
from pipewarden.errors import UsageError
from pipewarden.model.access import Answer, Capability, Level
from pipewarden.model.ids import Kind, Ref

KEY = "key:acme/legacy/carol-laptop"


@cache
def acme() -> Engine:
    return opened(Options(demo=True, quiet=True))


@cache
def answers(principal: Ref, resource: Ref) -> dict[Capability, Answer]:
    """What `why` tells of somebody and something."""
    return {each.capability: each.answer for each in acme().why(principal, resource)}


def on(held: Held) -> list[Ref]:
    """What something is held on: itself, or the repositories in it."""
    snapshot = acme().snapshot
    at = snapshot.ordinal(held.resource)
    assert at is not None
    inside = [snapshot.ref(each) for each in snapshot.children(at, Kind.REPOSITORY)]
    return inside if held.inside else [held.resource]


def test_what_identity_tells_who_can_and_why_tell_too() -> None:
    engine = acme()
    denied, told = [], 0
    for person in engine.graph.follows.people.people:
        for standing in standings(engine, person):
            for held in standing.held:
                for verb in held.capabilities:
                    told += 1
                    found = {answers(standing.ref, each).get(verb, Answer.NO) for each in on(held)}
                    if found == {Answer.NO} or (held.sure and verb not in held.how and Answer.YES not in found):
                        denied.append((standing.name, verb, held.place, found))
                    who = {each.principal for at in on(held) for each in engine.who_may(verb, at)}
                    if standing.ref not in who:
                        denied.append((standing.name, verb, held.place, "who-can"))
    assert denied == []
    assert told > 500


def at_least(level: Level) -> Capability:
    return {Level.READ: Capability.READ, Level.TRIAGE: Capability.READ, Level.ADMIN: Capability.ADMINISTER}.get(
        level, Capability.PUSH
    )


def is_true(each: Holding) -> bool:
    """Tell whether `why` gives what a row of `what-can` says, as far as it is sure."""
    found = answers(each.principal, each.resource)
    if each.capabilities:
        return each.resource_name != acme().name(each.resource) or set(each.capabilities) <= set(found)
    if ARCHIVED in each.note:
        return Capability.READ in found and Capability.PUSH not in found
    if each.resource.kind is Kind.ORGANIZATION:
        return "not on itself" in each.note or each.level is not Level.ADMIN or Capability.ADMINISTER in found
    return at_least(each.level) in found


def test_what_what_can_tells_why_tells_too() -> None:
    engine = acme()
    rows = []
    for person in engine.graph.follows.people.people:
        for principal in principals_of(engine, person)[0]:
            rows += [each for each in holdings(engine, principal.ref) if each.answer is Answer.YES]
    assert [(each.principal, each.resource_name, each.role) for each in rows if not is_true(each)] == []
    assert len(rows) > 300


def test_what_leavers_are_told_to_hold_identity_tells_of_them() -> None:
    """Each thing of `leavers` is one that `why` gives to the account or key it names; nobody who left holds more by `identity`."""
    engine = acme()
    left = Leavers(engine)
    still = left.still(tuple(Capability))
    told = {(access.principal, each.capability, each.resource) for each in still for access in each.accesses}
    assert {Answer.NO} & {answers(who, at).get(verb, Answer.NO) for who, verb, at in told} == set()
    missing = [
        (standing.name, verb, held.place)
        for person in left.people
        for standing in standings(engine, person)
        for held in standing.held
        if held.resource.kind is Kind.REPOSITORY
        for verb in (Capability.PUSH, Capability.EDIT_PIPELINE, Capability.ADMINISTER)
        if verb in held.capabilities and (standing.ref, verb, held.resource) not in told
    ]
    assert missing == []


def test_a_key_of_an_archived_repository_reads_it_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "identity", "carol"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "read on acme/legacy (key with write)" in page
    assert "carol-laptop: read on acme/legacy; whoever holds the key keeps it" in page
    assert "carol-laptop: read_secret, deploy and push on acme/web" in page, "the near miss: that one is in use"
    assert "assume_role on acme/" not in page, "a repository is no role"
    assert ended(main, ["--demo", "what-can", KEY, "--format", "json"]) == 0
    rows = {each["resource_name"]: each for each in json.loads(capsys.readouterr().out)["resources"]}
    assert (rows["acme/legacy"]["level"], rows["acme/legacy"]["note"]) == ("write", ARCHIVED)
    assert rows["acme/site"]["note"] == ""


def test_a_persons_name_asks_for_all_that_is_theirs_and_an_account_for_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(main, ["--demo", "what-can", "carol", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["identity_name"] == "Carol"
    by = {(each["principal"].split(":")[0], each["resource_name"]) for each in told["resources"]}
    assert {
        ("gitlab.acme.example", "acme/mobile"),
        ("jenkins.acme.example", "jenkins:acme/mobile"),
        ("vault.acme.example", "vault:acme/secret/prod/db"),
        ("github.com", "acme/web"),
    } <= by
    assert {each.split(":")[0] for each in told["switched_off"]} == {"acme.okta.example", "acme.entra.example"} or told
    for typed in ("carol@acme.example", "Carol"):
        assert ended(main, ["--demo", "what-can", typed, "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out) == told
    assert ended(main, ["--demo", "what-can", "gitlab:carol", "--format", "json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert (one["principal_name"], [each["resource_name"] for each in one["resources"]]) == ("carol", ["acme/mobile"])
    assert ended(main, ["--demo", "what-can", "carol", "--format", "csv"]) == 0
    assert "gitlab:carol,acme/mobile,maintain,and on every repository in it" in capsys.readouterr().out
    assert ended(main, ["--demo", "what-can", "team:platform", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("resource,role,note"), "a team is no person"


def test_a_role_on_all_repositories_is_none_on_the_organization() -> None:
    engine = acme()
    for login, note in (
        ("olga", "on every repository in it, and not on itself"),
        ("alice", "and on every repository in it"),
    ):
        [account] = [
            ref
            for o in engine.snapshot.named(login)
            if (ref := engine.snapshot.ref(o)).kind is Kind.ACCOUNT and ref.instance == "github.com"
        ]
        [row] = [e for e in holdings(engine, account) if e.resource_name == "acme" and e.level is Level.ADMIN]
        assert row.note == note


def test_a_token_is_told_with_the_repositories_of_its_owner() -> None:
    """The token is for all of acme, of which its owner may read all and write some."""
    engine = acme()
    [token] = engine.snapshot.named("bob's classic token laptop")
    rows = {each.resource_name: each.level for each in holdings(engine, engine.snapshot.ref(token))}
    assert rows["acme"] is Level.READ
    assert rows["acme/web"] is Level.MAINTAIN
    assert rows["acme/site"] is Level.READ


def test_what_means_nothing_on_a_thing_is_refused_by_name_and_left_out_by_why() -> None:
    engine = acme()
    [folder] = engine.snapshot.named("okta:acme/users")
    [ivan] = [engine.snapshot.ref(o) for o in engine.snapshot.named("ivan@acme.example")][:1]
    assert Capability.ASSUME_ROLE in answers(ivan, engine.snapshot.ref(folder)), "as who-can has it"
    [acme_github] = [o for o in engine.snapshot.named("acme") if engine.snapshot.ref(o).instance == "github.com"]
    with pytest.raises(UsageError):
        engine.why(ivan, engine.snapshot.ref(acme_github), Capability.PUSH)


def test_namesakes_of_two_systems_and_two_keys_of_one_name_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    for name, told, by in (
        ("ivan", {"github:acme", "gitlab:acme", "acme/web"}, {"github:ivan"}),
        ("carol", {"acme/web"}, {"key:acme/web/carol-laptop", "key:acme/legacy/carol-laptop", "carol's token nightly"}),
    ):
        assert ended(main, ["--demo", "what-can", name, "--format", "csv"]) == 0
        rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
        assert {each["resource"] for each in rows} >= told, "what has a name of its own stands by its name"
        assert {each["by"] for each in rows} >= by
