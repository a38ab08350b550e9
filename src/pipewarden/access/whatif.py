"""What would change if grants were gone: simulated before it is advised, nothing is touched."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from pipewarden.access import address
from pipewarden.access.called import called
from pipewarden.access.capability_changes import holders_of
from pipewarden.access.changes import AccessChange, levels_changed
from pipewarden.access.engine import Engine
from pipewarden.access.holding import account_name
from pipewarden.access.mirrored import puts_back
from pipewarden.access.weight import PRODUCTION
from pipewarden.errors import PipewardenError, UnknownName, UsageError
from pipewarden.model.access import Capability, Level
from pipewarden.model.ids import Kind, Ref

MOST_ASKED = 200
"""Things of each kind of which it is worked out who loses them: each is asked about twice, over all systems."""
OF_ALL = (Capability.ADMINISTER, Capability.MANAGE_ACCESS, Capability.ASSUME_ROLE)
"""What is asked of every tenant, and as what machines and applications may be acted as."""
LOSSES = (
    (Kind.TENANT, OF_ALL),
    (Kind.SERVICE_ACCOUNT, (Capability.ASSUME_ROLE,)),
    (Kind.CLOUD_ROLE, (Capability.ASSUME_ROLE,)),
    (Kind.SECRET, (Capability.READ_SECRET,)),
    (Kind.ENVIRONMENT, (Capability.DEPLOY,)),
)
"""What is asked of each kind of thing: what somebody would not have any more."""
NO_LOSS = "who administers a system, acts as a machine or a role, reads a secret or deploys"
MOST_NAMED = 3
"""Things that a sentence names."""
BOTH = "A whole account, key or token is named alone, such as gitlab:bob; a role or a place as bob@acme/web or bob@team:platform."
"""The two forms of what may be supposed to be gone."""
MOST_TIES = 6
"""How many direct ties are named to somebody who was named without one."""


class Tie(Struct, frozen=True, kw_only=True):
    """What ties a principal directly to something: rows of grants, or rows of memberships."""

    principal: Ref
    target: Ref
    grants: tuple[int, ...] = ()
    memberships: tuple[int, ...] = ()


class Lost(Struct, frozen=True, kw_only=True):
    """A capability that somebody has, for sure or perhaps, and would not have then."""

    principal: Ref
    capability: Capability
    resource: Ref


class Consequences(Struct, frozen=True, kw_only=True):
    """What a removal would do to effective access."""

    ties: tuple[Tie, ...]
    changes: tuple[AccessChange, ...]
    still: tuple[tuple[Tie, Level, str], ...]
    """Where a tie on a repository goes and access stays: the role that remains, and the path that gives it."""
    lost: tuple[Lost, ...] = ()
    """Who would administer a system, act as a machine, read a secret or deploy no more, by whatever path over systems."""
    unasked: int = 0
    """Things beyond `MOST_ASKED` of their kind, of which that was not worked out."""
    restored: tuple[tuple[Ref, Ref, Ref], ...] = ()
    """Places that an identity provider would give back: who, in which group, and the group of the provider that it follows."""

    def sentences(self, engine: Engine) -> Iterator[str]:
        """Yield what a person should know before removing."""
        for tie, level, path in self.still:
            who, what = engine.name(tie.principal), engine.name(tie.target)
            yield f"{who} still has {level.word} on {what}: {path}"
        yield from self.further(engine)
        if not self.changes and not self.lost:
            yield f"Removing this changes nothing about anybody's effective role, nor about {NO_LOSS}."
        if self.unasked:
            yield f"Who acts as them, reads them or deploys there was not worked out for {self.unasked:,} further things."

    def further(self, engine: Engine) -> Iterator[str]:
        """Yield what an identity provider would give back, and what somebody could not do any more."""
        for member, group, inner in self.restored:
            yield f"{engine.name(group)} follows {engine.name(inner)}, which would put {engine.name(member)} back"
        yield from self._losses(engine)

    def _losses(self, engine: Engine) -> Iterator[str]:
        """Yield in one sentence for each what somebody could not do any more, what is of production first."""
        by: dict[tuple[Ref, Capability], list[str]] = {}
        for each in self.lost:
            by.setdefault((each.principal, each.capability), []).append(engine.name(each.resource))
        together: dict[tuple[Capability, tuple[str, ...]], list[str]] = {}
        for (who, capability), names in by.items():
            names.sort(key=lambda name: (not any(part in name.lower() for part in PRODUCTION), name))
            together.setdefault((capability, tuple(names)), []).append(engine.name(who))
        for (capability, things), losers in together.items():
            who_all = f"{', '.join(losers[:-1])} and {losers[-1]}" if len(losers) > 1 else losers[0]
            more = f" and {len(things) - MOST_NAMED} more" if len(things) > MOST_NAMED else ""
            yield f"{who_all} would no longer {capability.value}: {', '.join(things[:MOST_NAMED])}{more}"

    def as_json(self, engine: Engine) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {
            "changes": [
                {
                    "principal": str(c.principal),
                    "name": engine.name(c.principal),
                    "repository": str(c.repository),
                    "repository_name": engine.name(c.repository),
                    "before": c.before.word,
                    "after": c.after.word,
                }
                for c in self.changes
            ],
            "lost": [
                {
                    "principal": str(each.principal),
                    "name": engine.name(each.principal),
                    "capability": each.capability.value,
                    "resource": str(each.resource),
                    "resource_name": engine.name(each.resource),
                }
                for each in self.lost
            ],
            "not_asked": self.unasked,
            "restored": [
                {"principal": str(member), "group": str(group), "followed": str(inner)}
                for member, group, inner in self.restored
            ],
            "still": [
                {"principal": str(t.principal), "resource": str(t.target), "level": level.word, "path": path}
                for t, level, path in self.still
            ],
        }


def tied(engine: Engine, text: str) -> Tie:
    """Read `WHO@WHAT`: the direct grants of who on what, or the direct membership of who in what.

    Raises UsageError where there is no such direct tie, with the paths that give access instead.
    """
    who_text, at, what_text = text.rpartition("@")
    if not at or not who_text or not what_text:
        raise _alone(engine, text)
    who = address.principal(engine.snapshot, who_text)
    if what_text.startswith(("team:", "group:")):
        what = address.principal(engine.snapshot, what_text, beside=who)
        rows = _places_in(engine, who, what)
        if not rows:
            hint = _theirs(engine, who, what, what_text) or _direct(engine, who_text)
            raise UsageError(f"{who_text} is not directly in {what_text.partition(':')[2]}", hint=hint)
        return Tie(principal=who, target=what, memberships=rows)
    try:
        what = address.resource(engine.snapshot, what_text, beside=who)
    except UnknownName:
        if _is_group(engine, what_text):
            raise UsageError(f"{what_text} is a team", hint=f"Did you mean {who_text}@team:{what_text}?") from None
        raise
    rows = tuple(r for r in engine.grant_rows_of(who) if engine.snapshot.grant(r).resource == what)
    inside = () if rows else _places_in(engine, who, Ref(what.instance, Kind.GROUP, what.key))
    if inside and what.kind is Kind.ORGANIZATION:
        return Tie(principal=who, target=what, memberships=inside)
    if not rows:
        raise UsageError(f"{who_text} holds nothing directly on {what_text}", hint=_instead(engine, who, what))
    return Tie(principal=who, target=what, grants=rows)


def _places_in(engine: Engine, who: Ref, group: Ref) -> tuple[int, ...]:
    """Return the rows by which somebody is directly in a group, or in the set of those of one level in a group of GitLab."""
    snapshot, found = engine.snapshot, []
    for row in engine.membership_rows_of_member(who):
        inner = snapshot.membership(row).group
        told = {} if inner == group or inner.instance != group.instance else _attributes(engine, inner)
        if inner == group or ("access_level" in told and str(told.get("group_id")) == group.key):
            found.append(row)
    return tuple(found)


def _attributes(engine: Engine, ref: Ref) -> dict[str, Any]:
    known = engine.snapshot.find(ref)
    return known.attributes if known else {}


def _is_group(engine: Engine, text: str) -> bool:
    """Tell whether a name is a group's: a team whose `team:` was left out."""
    try:
        return address.principal(engine.snapshot, text).kind is Kind.GROUP
    except PipewardenError:
        return False


def _alone(engine: Engine, text: str) -> UsageError:
    """Return what to say of a name alone that names no account, key or token as a whole."""
    try:
        who = address.principal(engine.snapshot, text)
    except UnknownName as unknown:
        return UnknownName(str(unknown), hint=f"{unknown.hint} {BOTH}")
    if who.kind is not Kind.ACCOUNT:
        return UsageError(f"{text} is not WHO@WHAT", hint=_direct(engine, text))
    people = called(engine, text)
    accounts = [joined.account for joined in people[0].accounts] if len(people) == 1 else []
    places = [at for each in accounts or [who] if (at := engine.snapshot.ordinal(each)) is not None]
    every = ", ".join(account_name(engine.snapshot, at) for at in places)
    hint = f"A whole account is named with its system: {every}. {_direct(engine, text)}"
    return UsageError(f"{text} is not WHO@WHAT", hint=hint)


def _direct(engine: Engine, text: str) -> str:
    """Say which ties somebody has who was named alone; where it is nobody, how a tie is written."""
    example = "For example bob@acme/web, or bob@team:platform."
    try:
        who = address.principal(engine.snapshot, text)
    except PipewardenError:
        return example
    snapshot = engine.snapshot
    groups = [snapshot.membership(row).group for row in engine.membership_rows_of_member(who)]
    ties = [f"{text}@team:{engine.name(group).removeprefix('team ')}" for group in groups if _named(engine, group)]
    ties += [f"{text}@{engine.name(snapshot.grant(row).resource)}" for row in engine.grant_rows_of(who)]
    known = list(dict.fromkeys(ties))
    more = f" and {len(known) - MOST_TIES} more" if len(known) > MOST_TIES else ""
    return f"What ties it directly: {', '.join(known[:MOST_TIES])}{more}." if known else example


def _theirs(engine: Engine, who: Ref, group: Ref, text: str) -> str:
    """Name the account by which the same person is in a group of another system; empty where there is none."""
    systems = dict(zip(engine.snapshot.instances, engine.snapshot.systems, strict=True))
    for person in engine.graph.follows.people.people:
        accounts = [joined.account for joined in person.accounts]
        for account in accounts if who in accounts else ():
            rows = engine.membership_rows_of_member(account)
            if account.instance == group.instance and any(engine.snapshot.membership(r).group == group for r in rows):
                return f"Did you mean {systems[account.instance]}:{engine.name(account)}@{text}?"
    return ""


def _named(engine: Engine, group: Ref) -> bool:
    """Tell whether a group is a team; sets such as all members have no address."""
    return engine.name(group).startswith("team ")


def _instead(engine: Engine, who: Ref, what: Ref) -> str:
    if what.kind is not Kind.REPOSITORY:
        return ""
    paths = engine.grants_between(who, what)
    return f"Access comes by: {engine.words(paths[0])}" if paths else "There is no other path either."


def consequences(engine: Engine, ties: list[Tie]) -> Consequences:
    """Simulate removing some ties and compare effective access before and after."""
    grants = tuple(row for tie in ties for row in tie.grants)
    memberships = tuple(row for tie in ties for row in tie.memberships)
    then = engine.without(grants, memberships)
    changes = levels_changed(engine, then)
    still = []
    for tie in ties:
        if tie.target.kind is Kind.REPOSITORY:
            level = then.level(tie.principal, tie.target)
            paths = then.grants_between(tie.principal, tie.target)
            if level and paths:
                best = max(paths, key=lambda path: (_level(then, path.links), -len(path.links)))
                still.append((tie, level, then.words(best)))
    refs = engine.snapshot.ref
    restored = tuple((refs(m), refs(g), refs(inner)) for m, g, inner in puts_back(then.graph, memberships))
    lost, unasked = _lost(engine, then)
    return Consequences(
        ties=tuple(ties), changes=tuple(changes), still=tuple(still), restored=restored, lost=lost, unasked=unasked
    )


def _lost(engine: Engine, then: Engine) -> tuple[tuple[Lost, ...], int]:
    """Return what somebody cannot any more of administering, acting as machines, reading secrets and deploying.

    With it comes of how many things that was not asked.
    """
    snapshot = engine.snapshot
    found, unasked = [], 0
    for kind, capabilities in LOSSES:
        ordinals = snapshot.ordinals(kind).tolist()
        unasked += max(len(ordinals) - MOST_ASKED, 0)
        for ordinal in ordinals[:MOST_ASKED]:
            resource = snapshot.ref(ordinal)
            for capability in capabilities:
                before, after = holders_of(engine, capability, ordinal), holders_of(then, capability, ordinal)
                if before is None or after is None:
                    continue
                gone = (before.sure | before.unknown) - (after.sure | after.unknown)
                found += [Lost(principal=snapshot.ref(who), capability=capability, resource=resource) for who in gone]
    return tuple(found), unasked


def _level(engine: Engine, links: Any) -> int:
    rows = [link.grant for link in links if link.grant is not None]
    return max((int(engine.graph.levels[row]) for row in rows), default=0)
