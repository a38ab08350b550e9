"""Who comes to a vault with which policies: logins, entities with their groups, and tokens.

A token holds the policies it was made with and those of its entity and the entity's groups; each way of logging in
makes a token of its own, so that what one denies another may still allow.
https://openbao.org/docs/concepts/identity/
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from pipewarden.access.follows import Follow
from pipewarden.access.graph import Graph
from pipewarden.access.sent import CLAIM
from pipewarden.access.vault.acl import EVERYTHING, ROOT, Acl, Decision, Rule
from pipewarden.access.vault.templates import Barred, Member, Subject, filled, is_templated
from pipewarden.model.facts import Role
from pipewarden.model.ids import Kind, Ref

_ANYTHING = re.compile(r"\{\{|[+*]")
"""Where a path of a policy goes on with what a template, a `+` or a star stands for."""

BOUND = "which claims the role binds is decided at login"
PREFIX = "policy:"
DEFAULT = "default"
"""Every token has it unless its role says otherwise. https://openbao.org/docs/concepts/policies/#default-policy"""


class Held(NamedTuple):
    """A policy somebody holds, and through whom: the row of the grant, or none for what every token has."""

    policy: str
    holder: int
    row: int


class Session(NamedTuple):
    """One way in which somebody comes to the vault."""

    principal: int
    held: tuple[Held, ...]
    entity: int
    """The entity the token belongs to, -1 for none."""
    doubt: str = ""
    """Why it is not sure that they may come this way; empty where it is."""


class Rights:
    """What one set of policies allows, for one entity where any of them is templated."""

    def __init__(self, acl: Acl | None, unread: tuple[str, ...]) -> None:
        self._acl = acl
        self.unread = unread
        """Policies whose text is not known."""

    @property
    def is_root(self) -> bool:
        """Whether everything is allowed."""
        return self._acl is None

    def on(self, path: str, *, listing: bool = False) -> Decision:
        """Return what is allowed on a path."""
        return EVERYTHING if self._acl is None else self._acl.on(path, listing=listing)

    def patterns(self) -> Iterator[tuple[str, Decision]]:
        """Yield every pattern that is stated, with what it comes to."""
        return iter(()) if self._acl is None else self._acl.patterns()


class Sessions:
    """All sessions of one vault."""

    def __init__(self, graph: Graph, instance: str) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot
        self.instance = instance
        self._rights: dict[tuple[frozenset[str], int], Rights] = {}

    def _mine(self, *kinds: Kind) -> list[int]:
        return [
            each
            for each in self.snapshot.ordinals(*kinds).tolist()
            if self.snapshot.instances[self.snapshot.instance[each]] == self.instance
        ]

    @cached_property
    def all(self) -> tuple[Session, ...]:
        """Every session, in the order of ids."""
        found: list[Session] = []
        for account in self._mine(Kind.ACCOUNT):
            found += self._of_account(account)
        for group in self._mine(Kind.GROUP):
            if self._is_door(group):
                found.append(Session(group, self._holding(group), -1))
        for machine in self._mine(Kind.SERVICE_ACCOUNT):
            found.append(Session(machine, self._holding(machine), -1))
        for token in self._mine(Kind.ACCESS_TOKEN):
            owner = self.graph.owners.get(token, -1)
            if owner < 0:
                found.append(Session(token, self._holding(token), -1))
            elif not self._disabled(owner):
                found.append(Session(token, self._holding(token) + self._identity(owner), owner))
        return tuple(found)

    def _of_account(self, account: int) -> Iterator[Session]:
        """Yield the sessions of an entity, one for each of its logins; of a user without an entity, the user's own."""
        if not self._is_entity(account):
            if not len(self.graph.by_group[account]):
                yield Session(account, self._holding(account), -1)
            return
        if self._disabled(account):
            return
        identity = self._identity(account)
        doors = [each for each in self._outer(account) if self._is_login(each)]
        for door in doors:
            bound = bool(self.snapshot.entity(door).attributes.get("bound_claims"))
            own = self._holding(door) + identity
            yield Session(account, own, account, doubt=BOUND if bound else "")
            sent = self._sent(account, door)
            if sent:
                yield Session(account, own + sent, account, doubt=CLAIM)
        if not doors and identity:
            yield Session(account, (*identity, Held(self._inside(account) + DEFAULT, account, -1)), account)

    def _inside(self, account: int) -> str:
        """Return what stands before the names of the policies of an entity's own namespace; nothing in the root."""
        parent = self.snapshot.entity(account).parent
        return f"{parent.key}/" if parent is not None and parent.kind is Kind.FOLDER else ""

    def _outer(self, account: int) -> list[int]:
        found: list[int] = self.snapshot.memberships.group[self.graph.by_member[account]].tolist()
        return found

    def _sent(self, account: int, door: int) -> tuple[Held, ...]:
        """Return the policies of external groups into which the identity provider puts somebody who comes by this door."""
        mount = self.snapshot.entity(door).attributes.get("mount")
        known = self.graph.outer(account)
        found: list[Held] = []
        for group, links in self._external.get(str(mount), {}).items():
            inner = {link.inner for link in links}
            if group not in known and any(
                inner & set(self.graph.outer(each)) for each in self.graph.follows.signs_in_as(account)
            ):
                for holder in self.graph.outer(group):
                    found += [] if holder in known else self._holding(holder)
        return tuple(found)

    @cached_property
    def _external(self) -> dict[str, dict[int, tuple[Follow, ...]]]:
        """The external groups of this vault that follow a group of an identity provider, by the mount they are filled from."""
        found: dict[str, dict[int, tuple[Follow, ...]]] = {}
        for group, links in self.graph.follows.by_outer.items():
            if self.snapshot.instances[self.snapshot.instance[group]] == self.instance:
                alias = self.snapshot.entity(group).attributes.get("alias") or {}
                found.setdefault(str(alias.get("mount_accessor")), {})[group] = links
        return found

    def _is_entity(self, account: int) -> bool:
        return "aliases" in self.snapshot.entity(account).attributes

    def _is_door(self, group: int) -> bool:
        return self.snapshot.ref(group).key.startswith("login:")

    def _is_login(self, ordinal: int) -> bool:
        return self.snapshot.kind_of(ordinal) is Kind.ACCOUNT or self._is_door(ordinal)

    def _disabled(self, entity: int) -> bool:
        return self.snapshot.entity(entity).attributes.get("disabled") is True

    def _identity(self, entity: int) -> tuple[Held, ...]:
        """Return the policies of an entity and of all its groups, nested ones included."""
        holders = [entity, *(each for each in self.graph.outer(entity)[1:] if not self._is_login(each))]
        return tuple(held for holder in holders for held in self._holding(holder))

    def _holding(self, holder: int) -> tuple[Held, ...]:
        grants = self.snapshot.grants
        rows = self.graph.by_principal[holder].tolist()
        named = ((grants.roles[grants.role[row]], row) for row in rows)
        return tuple(Held(key.removeprefix(PREFIX), holder, row) for key, row in named if key.startswith(PREFIX))

    def touching(self, paths: Iterable[str]) -> list[Session]:
        """Return the sessions with a policy that may say something of any of some paths: of all others none gives anything."""
        begun, lengths, anywhere = self._by_start
        found = set(anywhere)
        for path in paths:
            wanted = path.removeprefix("/")
            for length in lengths:
                if length > len(wanted):
                    break
                found.update(begun.get(wanted[:length], ()))
        return [self.all[number] for number in sorted(found)]

    @cached_property
    def _by_start(self) -> tuple[dict[str, set[int]], list[int], set[int]]:
        """The sessions by what the paths of their policies begin with, how long such texts are, and those that any path concerns."""
        begun: dict[str, set[int]] = {}
        anywhere: set[int] = set()
        for policy, starts in self._starts.items():
            if starts is None:
                anywhere.update(self._holding_it[policy])
            for start in starts or ():
                begun.setdefault(start, set()).update(self._holding_it[policy])
        return begun, sorted(set(map(len, begun))), anywhere

    def speaks_of(self, policy: str, paths: tuple[str, ...]) -> bool:
        """Tell whether a policy that somebody holds may say something of any of some paths, written without a slash before them."""
        starts = self._starts[policy]
        return starts is None or any(path.startswith(starts) for path in paths)

    def of(self, principal: int) -> list[Session]:
        """Return the ways in which one principal comes to the vault."""
        return self._by_principal.get(principal, [])

    @cached_property
    def _by_principal(self) -> dict[int, list[Session]]:
        found: dict[int, list[Session]] = {}
        for session in self.all:
            found.setdefault(session.principal, []).append(session)
        return found

    @cached_property
    def _holding_it(self) -> dict[str, list[int]]:
        """The sessions that hold each policy, by their number."""
        found: dict[str, list[int]] = {}
        for number, session in enumerate(self.all):
            for name in {held.policy for held in session.held}:
                found.setdefault(name, []).append(number)
        return found

    @cached_property
    def _starts(self) -> dict[str, tuple[str, ...] | None]:
        """What the paths of each policy begin with, up to what stands for anything; None where it may say something of any."""
        found: dict[str, tuple[str, ...] | None] = {}
        for name in self._holding_it:
            role = self.policy(name)
            stated = role.attributes.get("rules") if role else None
            if name == ROOT or (stated is None and (role is not None or self._policies_unread)):
                found[name] = None
            else:
                found[name] = tuple(_ANYTHING.split(str(each["path"]), maxsplit=1)[0] for each in stated or ())
        return found

    # --- what they may ----------------------------------------------------------------------------

    def rights(self, session: Session) -> Rights:
        """Return what a session may do."""
        names = frozenset(held.policy for held in session.held)
        entity = session.entity if any(self._templated(name) for name in names) else -1
        known = self._rights.get((names, entity))
        if known is None:
            known = self._rights[names, entity] = self._worked_out(names, entity)
        return known

    def _worked_out(self, names: frozenset[str], entity: int) -> Rights:
        if ROOT in names:
            return Rights(None, ())
        subject = self._subject(entity) if entity >= 0 else None
        rules: list[Rule] = []
        unread = []
        for name in sorted(names):
            role = self.policy(name)
            stated = role.attributes.get("rules") if role else None
            if stated is None:
                if role is not None or name.rpartition("//")[0] in self._unread:
                    unread.append(name)
                continue  # a policy that does not exist gives nothing
            try:
                rules += self._rules(name, stated, role.attributes if role else {}, subject)
            except Barred:
                return Rights(Acl(()), ())  # the server answers "Forbidden" to whatever the token asks
        return Rights(Acl(rules), tuple(unread))

    def _rules(
        self, name: str, stated: list[dict[str, object]], told: dict[str, object], subject: Subject | None
    ) -> Iterator[Rule]:
        # servers that do not tell of these settings, HashiCorp's among them, know no such bar
        slashes = told.get("allow_slashes_in_identity_templates") is not False
        wildcards = told.get("allow_wildcards_in_identity_templates") is not False
        if self._over(told.get("expires")):
            return
        for each in stated:
            path: str | None = str(each["path"])
            if path and is_templated(path):
                path = filled(path, subject, slashes=slashes, wildcards=wildcards)
            if path is None or self._over(each.get("expires")):
                continue
            given, limits = each.get("capabilities"), each.get("limits")
            yield Rule(
                path,
                frozenset(given if isinstance(given, list) else ()),
                name,
                tuple(limits if isinstance(limits, list) else ()),
            )

    def _over(self, expires: object) -> bool:
        if not isinstance(expires, str) or not expires:
            return False
        try:
            ends = datetime.fromisoformat(expires)
        except ValueError:
            return False
        return ends.tzinfo is not None and ends <= self.snapshot.as_of

    def _templated(self, name: str) -> bool:
        role = self.policy(name)
        return role is not None and any(is_templated(str(r["path"])) for r in role.attributes.get("rules") or ())

    def policy(self, name: str) -> Role | None:
        """Return the fact about a policy."""
        found = self.snapshot.find(Ref(self.instance, Kind.ROLE, f"{PREFIX}{name}"))
        return found if isinstance(found, Role) else None

    @cached_property
    def _unread(self) -> frozenset[str]:
        """The namespaces of which no policy at all could be read, without the slash at their end; "" for the root."""
        read = {key.removeprefix(PREFIX).rpartition("//")[0] for key in self._role_keys if key.startswith(PREFIX)}
        there = {self.snapshot.ref(each).key.removesuffix("/") for each in self._mine(Kind.FOLDER)}
        return frozenset({"", *there} - read)

    @cached_property
    def _policies_unread(self) -> bool:
        """Whether there is a namespace of which no policy at all could be read."""
        return bool(self._unread)

    @cached_property
    def _role_keys(self) -> list[str]:
        return [self.snapshot.ref(each).key for each in self._mine(Kind.ROLE)]

    def _subject(self, entity: int) -> Subject:
        fact = self.snapshot.entity(entity)
        groups = []
        for each in self.graph.outer(entity)[1:]:
            if self.graph.is_group(each) and not self._is_door(each):
                group = self.snapshot.entity(each)
                groups.append(
                    Member(
                        group.ref.key, str(group.attributes.get("name") or ""), group.attributes.get("metadata") or {}
                    )
                )
        return Subject(
            fact.ref.key,
            str(fact.attributes.get("name") or ""),
            fact.attributes.get("metadata") or {},
            tuple(fact.attributes.get("aliases") or ()),
            tuple(groups),
        )


__all__ = ["Held", "Rights", "Session", "Sessions"]
