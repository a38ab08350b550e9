"""What would change if grants were gone: simulated before it is advised, nothing is touched."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from pipewarden.access import address
from pipewarden.access.changes import AccessChange, levels_changed
from pipewarden.access.engine import Engine
from pipewarden.access.mirrored import puts_back
from pipewarden.access.people import people
from pipewarden.access.weight import PRODUCTION
from pipewarden.errors import PipewardenError, UnknownName, UsageError
from pipewarden.model.access import Capability, Level
from pipewarden.model.ids import Kind, Ref

MOST_ASKED = 200
"""Secrets and environments of which it is worked out who loses them: each is asked about twice, over all systems."""
MOST_NAMED = 3
"""Things that a sentence names."""
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
    """Who would read a secret or deploy to an environment no more, by whatever path over systems."""
    unasked: int = 0
    """Secrets and environments beyond `MOST_ASKED`, of which that was not worked out."""
    restored: tuple[tuple[Ref, Ref, Ref], ...] = ()
    """Places that an identity provider would give back: who, in which group, and the group of the provider that it follows."""

    def sentences(self, engine: Engine) -> Iterator[str]:
        """Yield what a person should know before removing."""
        for tie, level, path in self.still:
            who, what = engine.name(tie.principal), engine.name(tie.target)
            yield f"{who} still has {level.word} on {what}: {path}"
        for member, group, inner in self.restored:
            yield f"{engine.name(group)} follows {engine.name(inner)}, which would put {engine.name(member)} back"
        yield from self._losses(engine)
        if not self.changes and not self.lost:
            yield "Removing this changes nothing about anybody's effective role, nor about who reads a secret or deploys."
        if self.unasked:
            yield f"Who reads them or deploys there was not worked out for {self.unasked:,} further secrets and environments."

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
        raise UsageError(f"{text} is not WHO@WHAT", hint=_direct(engine, text))
    who = address.principal(engine.snapshot, who_text)
    if what_text.startswith(("team:", "group:")):
        what = address.principal(engine.snapshot, what_text)
        rows = tuple(r for r in engine.membership_rows_of_member(who) if engine.snapshot.membership(r).group == what)
        if not rows:
            hint = _theirs(engine, who, what, what_text) or _direct(engine, who_text)
            raise UsageError(f"{who_text} is not directly in {what_text.partition(':')[2]}", hint=hint)
        return Tie(principal=who, target=what, memberships=rows)
    try:
        what = address.resource(engine.snapshot, what_text)
    except UnknownName:
        if _is_group(engine, what_text):
            raise UsageError(f"{what_text} is a team", hint=f"Did you mean {who_text}@team:{what_text}?") from None
        raise
    rows = tuple(r for r in engine.grant_rows_of(who) if engine.snapshot.grant(r).resource == what)
    if not rows:
        raise UsageError(f"{who_text} holds nothing directly on {what_text}", hint=_instead(engine, who, what))
    return Tie(principal=who, target=what, grants=rows)


def _is_group(engine: Engine, text: str) -> bool:
    """Tell whether a name is a group's: a team whose `team:` was left out."""
    try:
        return address.principal(engine.snapshot, text).kind is Kind.GROUP
    except PipewardenError:
        return False


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
    for person in people(engine.snapshot).people:
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
    """Return what nobody can any more of reading secrets and deploying, and of how many things that was not asked."""
    snapshot = engine.snapshot
    asked = [
        (capability, ordinal)
        for kind, capability in ((Kind.SECRET, Capability.READ_SECRET), (Kind.ENVIRONMENT, Capability.DEPLOY))
        for ordinal in snapshot.ordinals(kind).tolist()
    ]
    found = []
    for capability, ordinal in asked[:MOST_ASKED]:
        resource = snapshot.ref(ordinal)
        before, after = engine.who_can(capability, resource), then.who_can(capability, resource)
        gone = (before.sure | before.unknown) - (after.sure | after.unknown)
        found += [Lost(principal=snapshot.ref(who), capability=capability, resource=resource) for who in gone]
    return tuple(found), max(len(asked) - MOST_ASKED, 0)


def _level(engine: Engine, links: Any) -> int:
    rows = [link.grant for link in links if link.grant is not None]
    return max((int(engine.graph.levels[row]) for row in rows), default=0)
