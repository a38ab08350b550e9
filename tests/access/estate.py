"""A few facts about acme, put together by hand for one story at a time."""

from datetime import UTC, datetime
from typing import Any

from pipewarden.access.engine import Engine
from pipewarden.access.view import View
from pipewarden.model.access import Access, Capability, Level
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Gap,
    Gate,
    GateKind,
    Grant,
    GrantKind,
    Group,
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
)
from pipewarden.model.ids import Kind, Ref, everyone, members_of, outsiders_of, owners_of
from pipewarden.model.snapshot import Snapshot

HOST = "github.com"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEEN = Origin("GET /seen", NOW)


def ref(kind: Kind, name: str) -> Ref:
    """Return an id whose key is the name: stories need no numbers."""
    return Ref(HOST, kind, name)


class Estate:
    """Collects facts; each method adds a few and returns the estate or the id it made."""

    def __init__(self, *, base: str = "none", name: str = "acme", host: str = HOST, enterprise: str = "") -> None:
        self.builder = SnapshotBuilder()
        self.host = host
        self.org = Ref(host, Kind.ORGANIZATION, name)
        self.name = name
        above = Ref(host, Kind.ENTERPRISE, enterprise) if enterprise else None
        if above is not None:
            self.add(Resource(ref=above, name=enterprise, origin=SEEN))
        self.add(Resource(ref=self.org, name=name, parent=above, origin=SEEN))
        self._group(members_of(self.org), f"members of {name}")
        self._group(owners_of(self.org), f"owners of {name}")
        self._group(outsiders_of(self.org), f"outside collaborators of {name}")
        self._group(everyone(host), "everyone")
        self.grant(owners_of(self.org), self.org, "owner", GrantKind.OWNERSHIP)
        self.grant(members_of(self.org), self.org, f"base:{base}", GrantKind.BASE)

    def add(self, *facts: AnyFact) -> None:
        self.builder.add(*facts)

    def _group(self, group: Ref, name: str) -> None:
        self.add(Group(ref=group, name=name, parent=self.org, attributes={"implicit": True}, origin=SEEN))

    def account(self, login: str) -> Ref:
        who = ref(Kind.ACCOUNT, login)
        self.add(Account(ref=who, name=login, origin=SEEN))
        return who

    def member(self, login: str, *, owner: bool = False) -> Ref:
        who = self.account(login)
        self.join(who, members_of(self.org))
        if owner:
            self.join(who, owners_of(self.org), "owner")
        return who

    def outsider(self, login: str) -> Ref:
        who = self.account(login)
        self.join(who, outsiders_of(self.org))
        return who

    def team(self, name: str, *members: Ref, parent: Ref | None = None) -> Ref:
        group = ref(Kind.GROUP, name)
        self.add(Group(ref=group, name=f"{self.name}/{name}", parent=self.org, origin=SEEN))
        for member in members:
            self.join(member, group)
        if parent is not None:
            self.join(group, parent, "child")
        return group

    def join(self, member: Ref, group: Ref, role: str = "member") -> None:
        self.add(Membership(member=member, group=group, role=role, origin=SEEN))

    def repo(self, name: str = "web", visibility: str = "private", **attributes: Any) -> Ref:
        repository = ref(Kind.REPOSITORY, name)
        given = {"default_branch": "main", "visibility": visibility, "archived": False, **attributes}
        self.add(Resource(ref=repository, name=f"{self.name}/{name}", parent=self.org, attributes=given, origin=SEEN))
        if visibility == "public":
            self.grant(everyone(self.host), repository, "read", GrantKind.PUBLIC)
        if visibility == "internal":
            self.grant(members_of(self.org), repository, "read", GrantKind.INTERNAL)
        return repository

    def grant(self, who: Ref, what: Ref, role: str, kind: GrantKind = GrantKind.DIRECT, **more: Any) -> None:
        if kind is GrantKind.DIRECT and who.kind is Kind.GROUP:
            kind = GrantKind.TEAM
        self.add(Grant(principal=who, resource=what, role=role, kind=kind, origin=SEEN, **more))

    def role(self, key: str, name: str = "", level: str | None = None, **permissions: str) -> str:
        self.add(Role(ref=ref(Kind.ROLE, key), name=name or key, level=level, permissions=permissions, origin=SEEN))
        return key

    def machine(self, kind: Kind, name: str, owner: Ref | None = None, **attributes: Any) -> Ref:
        who = ref(kind, name)
        self.add(Machine(ref=who, name=name, parent=self.org, owner=owner, attributes=attributes, origin=SEEN))
        return who

    def classic(self, repository: Ref, pattern: str = "main", **rules: Any) -> None:
        self.add(
            Gate(
                ref=ref(Kind.GATE, f"{repository.key}:{pattern}"),
                resource=repository,
                kind=GateKind.BRANCH_PROTECTION,
                name=pattern,
                patterns=(pattern,),
                rules=rules,
                bypass=(),
                origin=SEEN,
            )
        )

    def ruleset(self, where: Ref, name: str, *rules: Any, **more: Any) -> None:
        enforcement = more.pop("enforcement", "active")
        listed = [{"type": r} if isinstance(r, str) else {"type": r[0], "parameters": r[1]} for r in rules]
        self.add(
            Gate(
                ref=ref(Kind.GATE, f"ruleset:{name}"),
                resource=where,
                kind=GateKind.RULESET,
                name=name,
                active=enforcement == "active",
                patterns=more.pop("patterns", ("~DEFAULT_BRANCH",)),
                rules={"enforcement": enforcement, "rules": listed, **more.pop("body", {})},
                bypass=more.pop("bypass", ()),
                origin=SEEN,
                **more,
            )
        )

    def environment(self, repository: Ref, name: str = "production", **rules: Any) -> Ref:
        where = ref(Kind.ENVIRONMENT, f"{repository.key}:{name}")
        self.add(
            Resource(ref=where, name=f"env:{self.name}/{repository.key}/{name}", parent=repository, origin=SEEN),
            Gate(
                ref=ref(Kind.GATE, f"{repository.key}:env:{name}"),
                resource=where,
                kind=GateKind.ENVIRONMENT,
                name=name,
                rules={"can_admins_bypass": False, "branch_policy": None, "prevent_self_review": False, **rules},
                bypass=(),
                origin=SEEN,
            ),
        )
        return where

    def branch(self, repository: Ref, name: str = "main") -> Ref:
        where = ref(Kind.BRANCH, f"{repository.key}:refs/heads/{name}")
        self.add(
            Resource(ref=where, name=f"branch:{self.name}/{repository.key}/{name}", parent=repository, origin=SEEN)
        )
        return where

    def secret(self, parent: Ref, name: str, **attributes: Any) -> Ref:
        where = ref(Kind.SECRET, f"{parent.key}:{name}")
        self.add(Resource(ref=where, name=f"secret:{name}", parent=parent, attributes=attributes, origin=SEEN))
        return where

    def gap(self, scope: Ref, facet: str, cause: Cause = Cause.FORBIDDEN, permission: str = "") -> None:
        self.add(Gap(scope=scope, facet=facet, cause=cause, permission=permission, origin=SEEN))

    def snapshot(self) -> Snapshot:
        return self.builder.finish(SnapshotInfo(sources=(f"github:{self.name}",), started=NOW, ended=NOW))

    def engine(self) -> Engine:
        return Engine(self.snapshot())

    def view(self) -> View:
        return View(self.snapshot())


def can(engine: Engine, who: Ref, capability: Capability, what: Ref) -> Access | None:
    """Return one principal's access, None where there is none."""
    found = engine.why(who, what, capability)
    return found[0] if found else None


def level(engine: Engine, who: Ref, what: Ref) -> Level:
    """Return the effective role."""
    return engine.level(who, what)
