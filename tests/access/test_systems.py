"""Several systems in one snapshot: each question is answered by the semantics of the system that the resource is in."""

from datetime import UTC, datetime

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.view import View
from pipewarden.checks.base import check, judge
from pipewarden.errors import UsageError
from pipewarden.model.access import Answer, Capability
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Gap,
    Grant,
    GrantKind,
    Group,
    Membership,
    Origin,
    Resource,
    Role,
)
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System, source

NOW = datetime(2026, 11, 2, tzinfo=UTC)
HERE = Origin("GET /api/v1/groups", NOW)
OKTA = "acme.okta.example"
TENANT = Ref(OKTA, Kind.TENANT, "acme")
ADMINS = Ref(OKTA, Kind.GROUP, "g1")
ALICE, BOB = Ref(OKTA, Kind.ACCOUNT, "u1"), Ref(OKTA, Kind.ACCOUNT, "u2")
ADMIN = "okta:GROUP_ADMIN"


def facts() -> list[AnyFact]:
    return [
        source(OKTA, System.OKTA, HERE),
        Resource(ref=TENANT, name="okta:acme", origin=HERE),
        Account(ref=ALICE, name="alice@acme.example", parent=TENANT, origin=HERE),
        Account(ref=BOB, name="bob@acme.example", parent=TENANT, origin=HERE),
        Group(ref=ADMINS, name="admins", parent=TENANT, origin=HERE),
        Membership(member=ALICE, group=ADMINS, origin=HERE),
        Role(
            ref=Ref(OKTA, Kind.ROLE, ADMIN),
            name="Group administrator",
            permissions={"manage_access": "yes", "read": "yes"},
            origin=HERE,
        ),
        Grant(principal=ADMINS, resource=TENANT, role=ADMIN, kind=GrantKind.DIRECT, origin=HERE),
        Resource(ref=Ref("github.com", Kind.ORGANIZATION, "1"), name="acme", origin=HERE),
    ]


def snapshot(*more: AnyFact) -> Snapshot:
    builder = SnapshotBuilder()
    builder.add(*facts(), *more)
    return builder.finish(SnapshotInfo(sources=("okta:acme", "github:acme"), started=NOW, ended=NOW))


def test_roles_that_state_our_capabilities_give_them_on_what_the_thing_contains() -> None:
    engine = Engine(snapshot())
    holders = engine.who_can(Capability.MANAGE_ACCESS, ADMINS)
    assert [(access.principal, access.answer) for access in holders] == [(ALICE, Answer.YES)]
    [path] = next(iter(holders)).paths
    assert (
        engine.words(path)
        == "alice@acme.example → group admins (Group administrator, directly) → okta:acme → group admins"
    )
    assert engine.why(BOB, TENANT) == []
    assert holders.unseen == ()


def test_what_was_not_read_there_is_told_there_and_nowhere_else() -> None:
    gap = Gap(scope=TENANT, facet="okta.admin_roles", cause=Cause.FORBIDDEN, permission="okta.roles.read", origin=HERE)
    engine = Engine(snapshot(gap))
    told = ("admin roles of okta:acme: not read (forbidden); okta.roles.read would show it",)
    assert engine.who_can(Capability.ADMINISTER, TENANT).unseen == told
    assert engine.who_can(Capability.ADMINISTER, Ref("github.com", Kind.ORGANIZATION, "1")).unseen == ()
    assert engine.unseen() == told
    assert engine.unseen_of(ALICE) == told
    assert engine.unseen_of(Ref("github.com", Kind.ORGANIZATION, "1")) == ()


def test_nobody_has_a_capability_on_a_role() -> None:
    with pytest.raises(UsageError, match="a role is not something"):
        Engine(snapshot()).who_can(Capability.READ, Ref(OKTA, Kind.ROLE, ADMIN))


def test_a_check_is_asked_about_things_of_its_own_system() -> None:
    asked = []

    def ask(subject: Account, view: View) -> list[object]:
        del view
        asked.append(subject.name)
        return []

    about = {"title": "t", "severity": Severity.LOW, "subject": Kind.ACCOUNT, "remedy": ("r",)}
    mallory = Account(ref=Ref("github.com", Kind.ACCOUNT, "9"), name="mallory", origin=HERE)
    view = View(snapshot(mallory))
    for name, seen in (("gh.org.any", ["mallory"]), ("ok.user.any", ["alice@acme.example", "bob@acme.example"])):
        asked.clear()
        judge([check(id=name, **about)(ask)], view)  # type: ignore[arg-type]
        assert asked == seen
    asked.clear()
    judge([check(id="x.any", **about)(ask)], view)  # type: ignore[arg-type]
    assert len(asked) == 3
