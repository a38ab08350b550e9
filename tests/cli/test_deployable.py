"""Who deploys to a group, a project in it and everything: one answer, and a sentence where no environment is known."""

import pytest

from pipewarden.access.asked import asked_of
from pipewarden.access.deployable import NO_ENVIRONMENT, UNREAD, without_environments
from pipewarden.access.leavers import Leavers
from pipewarden.cli.context import Options
from pipewarden.cli.show import opened
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.access.followed import ACME, API, GITHUB, PROD, SEEN, engine, put


@pytest.mark.parametrize("where", ["gitlab:acme/mobile", "acme/mobile/app"])
def test_a_group_is_deployed_to_by_nobody_where_its_projects_have_no_environment(ask, where: str) -> None:  # type: ignore[no-untyped-def]
    name = where.removeprefix("gitlab:")
    out, err = ask("who-can", "deploy", where)
    assert out == "(none)"
    asks = f"`pipewarden --demo who-can edit_pipeline gitlab:{name}`"
    assert f"{NO_ENVIRONMENT} {name}; who edits a pipeline may name a new one: {asks}" in err
    out, err = ask("leavers", "deploy", where)
    assert "Nobody who left can still deploy" in out
    assert f"{NO_ENVIRONMENT} {name}; who edits a pipeline" in err
    assert "mallory" not in err
    assert NO_ENVIRONMENT not in ask("who-can", "deploy", "acme/web")[1], "the near miss"
    assert NO_ENVIRONMENT not in ask("who-can", "push", where)[1]


def test_what_leavers_hold_on_a_group_by_name_they_are_told_to_hold_without_one() -> None:
    acme = opened(Options(demo=True, quiet=True))
    left, snapshot = Leavers(acme), acme.snapshot
    whole = {(each.person.key, each.capability, each.resource) for each in left.every(tuple(Capability))}
    missing, told = [], 0
    for at in snapshot.ordinals(Kind.ORGANIZATION).tolist():
        group = snapshot.ref(at)
        if snapshot.systems[int(snapshot.instance[at])] is not System.GITLAB:
            continue
        inside = {snapshot.ref(each) for each in range(len(snapshot)) if at in snapshot.scopes(each)}
        for verb in asked_of(snapshot, at):
            for each in left.still((verb,), group) if verb is not Capability.READ else ():
                told += 1
                if not any((each.person.key, verb, one) in whole for one in inside):
                    missing.append((each.person.name, verb, acme.name(group)))
    assert missing == []
    assert told > 3


def test_environments_that_were_not_read_are_not_told_to_be_none() -> None:
    made = [source(GITHUB, System.GITHUB, SEEN), put(Resource, ACME, "acme"), put(Resource, API, "acme/api", ACME)]

    def said(*facts: AnyFact, verb: Capability = Capability.DEPLOY, where: Ref = API) -> str:
        return without_environments(engine(*made, *facts), verb, where)

    assert said() == f"{NO_ENVIRONMENT} acme/api"
    assert said(where=ACME) == f"{NO_ENVIRONMENT} acme"
    assert said(verb=Capability.PUSH) == ""
    assert said(put(Resource, PROD, "env:acme/api/prod", API)) == ""
    gap = Gap(scope=API, facet=Facet.REPO_ENVIRONMENTS, cause=Cause.FORBIDDEN, origin=SEEN)
    assert said(gap) == f"{UNREAD} acme/api"
    assert said(gap, where=ACME) == f"{UNREAD} acme"
