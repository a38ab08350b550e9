"""One collection of GitLab: steps that are kept when they are done, and refusals that become gaps."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from msgspec import structs

from pipewarden.access.gitlab.levels import ADMINISTRATOR
from pipewarden.connectors.base import Keeper, Progress
from pipewarden.connectors.collecting import Collecting
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.connectors.gitlab.permissions import PERMISSIONS
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Grant,
    Group,
    Machine,
    Membership,
    Role,
)
from pipewarden.model.ids import Kind, Ref

INSTANCE = 1_000
"""Where an administrator stands among the levels."""

LONGEST_NAME = 500
"""Longer names are cut: GitLab allows 255 characters."""

Facts = Iterable[AnyFact]


class Run(Collecting):
    """What every part of the collection needs: the client, the instance, and where facts go."""

    permissions = PERMISSIONS

    def __init__(
        self,
        gitlab: GitLab,
        instance: str,
        into: SnapshotBuilder,
        progress: Progress,
        keeper: Keeper | None,
        source: str,
    ) -> None:
        super().__init__(gitlab.http, instance, into, progress, keeper, source)
        self.gitlab = gitlab
        self.tenant: Ref | None = None
        """The instance as a thing of its own, where the company runs it."""
        self.free = False
        """It is known that the plan lacks what comes with Premium and Ultimate."""
        self.services: frozenset[str] = frozenset()
        """The ids of users that are service accounts, whatever they are called."""
        self.into = into
        self._notes: dict[Ref, Account | Machine] = {}
        self._told: dict[Ref, Role | Group] = {}
        self._levels: dict[Ref, int] = {}

    # --- facts ------------------------------------------------------------------------------------

    def add(self, *facts: AnyFact) -> None:
        """Put facts into the snapshot. What several lists tell of one person or machine is put together."""
        for fact in facts:
            if isinstance(fact, (Account, Machine)) and fact.ref.kind is not Kind.JOB:
                known = self._notes.get(fact.ref)
                whole = fact if known is None else together(known, fact)
                self._notes[fact.ref] = whole
                self.into.add(whole)
            elif isinstance(fact, (Role, Group)):
                # told by many lists: the same one counts, whichever was read first
                first = self._told.setdefault(fact.ref, fact)
                if fact.origin.endpoint < first.origin.endpoint:
                    first = self._told[fact.ref] = fact
                self.into.add(first)
            else:
                self._note_level(fact)
                self.into.add(fact)

    def _note_level(self, fact: AnyFact) -> None:
        """Note the highest level at which somebody is directly in anything; an administrator stands above all."""
        if isinstance(fact, Membership):
            who, level = fact.member, number(fact.group.key.split(":")[1]) if ":" in fact.group.key else None
        elif isinstance(fact, Grant):
            level = INSTANCE if fact.role == ADMINISTRATOR else number(fact.role.rpartition(":")[2])
            who = fact.principal
        else:
            return
        if level is not None and who.kind is Kind.ACCOUNT:
            self._levels[who] = max(level, self._levels.get(who, 0))

    def people_by_role(self) -> list[Account]:
        """Return the accounts that are not shut out, those with the highest role first."""
        people = [each for each in self._notes.values() if isinstance(each, Account) and _may_sign_in(each)]
        return sorted(people, key=lambda each: (-self._levels.get(each.ref, 0), len(each.ref.key), each.ref.key))

    def knows(self, role: Ref) -> bool:
        """Tell whether some list told what a role is."""
        return role in self._told

    def ref(self, kind: Kind, key: object) -> Ref:
        """Return an id on this instance."""
        return Ref(self.instance, kind, str(key))

    # --- steps ------------------------------------------------------------------------------------

    async def step(self, key: str, work: Callable[[], Awaitable[Facts]]) -> list[AnyFact]:
        """Do one step, or take what it gave before the run was killed; a step that met what passes is read again."""
        kept = self.kept(key)
        facts = kept.facts if kept else list(await work())
        if kept is None:
            self.keep(key, facts)
        self.add(*facts)
        return facts

    async def premium(self, scope: Ref, facet: str, work: Callable[[], Awaitable[Facts]]) -> list[AnyFact]:
        """Read a facet that only Premium and Ultimate have; it is not asked for where the plan is known to lack it."""
        if self.free:
            return [self.gap(scope, facet, cause=Cause.PLAN, detail="comes with GitLab Premium")]
        return await self.guarded(scope, facet, work)

    async def rows(self, path: str, *, template: str, **params: Any) -> list[dict[str, Any]]:
        """Return all rows of a list."""
        return [row async for row in self.gitlab.pages(path, template=template, params=params)]


def _may_sign_in(account: Account) -> bool:
    told = account.attributes
    return told.get("state") in {None, "active", "deactivated"} and told.get("bot") is not True


def together(one: Account | Machine, other: Account | Machine) -> Account | Machine:
    """Return what two lists tell of the same person or machine, the same whichever was read first."""
    first, second = sorted((one, other), key=lambda fact: (fact.origin.endpoint, fact.name))
    attributes = dict(second.attributes)
    attributes |= {key: value for key, value in first.attributes.items() if value is not None or key not in attributes}
    times = {
        name: getattr(first, name) or getattr(second, name)
        for name in ("created_at", "last_used_at", "expires_at", "owner", "parent")
        if hasattr(first, name)
    }
    return structs.replace(first, attributes=attributes, **times)


def named(row: Mapping[str, Any], *names: str) -> str:
    """Return the first of some fields that is a text, cut to what a name may be; the row's id where none is."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            return value[:LONGEST_NAME]
    return str(row["id"])


def number(value: Any) -> int | None:
    """Return a whole number, written as one or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value)
    return int(text) if text.removeprefix("-").isdigit() and len(text) < 12 else None
