"""The verb audit: collect sources, judge what was seen, keep findings with their life, and make one report."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import structs

from pipewarden import __version__
from pipewarden.access.github.anybody import whom
from pipewarden.access.view import View
from pipewarden.access.weight import weighed
from pipewarden.checks.base import Check, Verdicts, judge
from pipewarden.connectors.base import Connector, Progress
from pipewarden.connectors.github.permissions import PERMISSIONS
from pipewarden.errors import SourceError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facets_roster import RosterFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.findings import CheckInfo, GapLine, Judged, Life, NotAssessed, Report
from pipewarden.model.ids import CREDENTIALS, MACHINES, Kind
from pipewarden.model.limits import LIMITS, Limits
from pipewarden.model.snapshot import Snapshot
from pipewarden.reports.ranking import fix_next, rank

if TYPE_CHECKING:
    from pipewarden.store import Store

Clock = Callable[[], datetime]
T = TypeVar("T")


def utc_now() -> datetime:
    """Return the time (UTC)."""
    return datetime.now(UTC)


PATH = "path:"
"""How the address of a checkout begins."""

REQUESTS_OF = "requests of "
"""How the name of a counter begins that tells one source's requests; the source's address follows."""


def requests_by_source(counters: Mapping[str, int]) -> dict[str, int]:
    """Return how many requests were spent on each source, most first."""
    found = {name.removeprefix(REQUESTS_OF): n for name, n in counters.items() if name.startswith(REQUESTS_OF)}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def silent(_what: str, _done: int, _of: int) -> None:
    """Say nothing of progress."""


def collect(
    connectors: Sequence[Connector],
    *,
    progress: Progress = silent,
    clock: Clock = utc_now,
    as_of: datetime | None = None,
) -> Snapshot:
    """Read all sources into one snapshot; several organizations become one picture.

    Systems are read side by side, for each is waited for by its own limits; the sources of one system one after the other,
    for they share limits and accounts. What each system gave is put together in the order of `connectors`.
    Raises what a connector raises where nothing at all of a source can be read.
    """
    builder = SnapshotBuilder()
    started = clock()
    spent: Counter[str] = Counter()
    for connector, own in _read(connectors, builder, progress):
        spent.update(own)
        if "requests" in own:
            spent[f"{REQUESTS_OF}{connector.address}"] += own["requests"]
    ended = as_of or clock()
    info = SnapshotInfo(
        sources=tuple(connector.address for connector in connectors),
        started=min(started, ended),
        ended=ended,
        counters=dict(sorted(spent.items())),
    )
    builder.add(*whom(builder.trusts()))
    snapshot = builder.finish(info)
    complete = not any(
        gap.cause in {Cause.BUDGET, Cause.RATE_LIMITED, Cause.UNREACHABLE} for gap in snapshot.records(Gap)
    )
    return dataclasses.replace(snapshot, info=structs.replace(snapshot.info, complete=complete), _objects={})


Spent = list[tuple[Connector, dict[str, int]]]
"""What each source spent."""


def _read(connectors: Sequence[Connector], into: SnapshotBuilder, progress: Progress) -> Spent:
    """Read the systems side by side, then the checkouts one after the other: a checkout takes its place among what was read."""
    checkouts = [each for each in connectors if each.address.startswith(PATH)]
    systems = [each for each in connectors if each not in checkouts]
    spent: Spent = []
    if systems:
        import asyncio

        spent = asyncio.run(_side_by_side(systems, into, progress))
    return spent + [(each, _at_once(each.collect(into, progress))) for each in checkouts]


def _at_once(reading: Coroutine[Any, Any, T]) -> T:
    """Run what waits for nothing, as reading files does, to its end: loading an event loop for it would take 30 ms."""
    try:
        reading.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("a checkout waited for something")


async def _side_by_side(connectors: Sequence[Connector], into: SnapshotBuilder, progress: Progress) -> Spent:
    """Read each system into a builder of its own, all at once. The first refusal ends all."""
    import asyncio

    lines: dict[str, list[Connector]] = {}
    for connector in connectors:
        lines.setdefault(connector.address.partition(":")[0], []).append(connector)
    builders = {system: SnapshotBuilder() for system in lines}

    async def line(system: str) -> Spent:
        def tell(what: str, done: int, of: int) -> None:
            progress(f"{system}: {what}" if len(lines) > 1 else what, done, of)

        return [(each, await each.collect(builders[system], tell)) for each in lines[system]]

    tasks = [asyncio.ensure_future(line(system)) for system in lines]
    try:
        found = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for builder in builders.values():
        into.take(builder)
    return [each for part in found for each in part]


def judged(snapshot: Snapshot, checks: Sequence[Check] | None = None, limits: Limits = LIMITS) -> Verdicts:
    """Judge a snapshot, by all checks unless some are named, and weigh each finding by what its subject reaches. Pure."""
    view = View(snapshot)
    verdicts = judge(_or_all(checks), view, limits)
    return Verdicts(weighed(verdicts.findings, view), verdicts.not_assessed, verdicts.tallies)


def _or_all(checks: Sequence[Check] | None) -> Sequence[Check]:
    if checks is None:
        from pipewarden.checks import ALL

        return ALL
    return checks


def audit(
    snapshot: Snapshot,
    store: "Store | None",
    *,
    checks: Sequence[Check] | None = None,
    limits: Limits = LIMITS,
    switched_off: Sequence[str] = (),
    at: datetime | None = None,
) -> Report:
    """Judge a snapshot, reconcile its findings with what the store knows, and return the report.

    Without `checks` all are asked. `switched_off` are the checks that were left out for good: what they found before stays
    as it is, and the report names them. Without a store every finding is new. Raises StoreError where the store cannot be
    written.
    """
    checks = _or_all(checks)
    verdicts = judged(snapshot, checks, limits)
    moment = at or snapshot.as_of
    if store is None:
        lives = [Judged(finding=f, life=Life.NEW, first_seen=moment, last_seen=moment) for f in verdicts.findings]
        name = snapshot.content[:20]
    else:
        name = store.save_snapshot(snapshot).id
        lives = store.record(
            verdicts.findings,
            verdicts.not_assessed,
            seen=snapshot,
            checks=[check.id for check in checks],
            snapshot=name,
            at=moment,
        )
    whole = report(snapshot, verdicts, lives, [check.info for check in checks], name)
    return structs.replace(whole, switched_off=tuple(switched_off))


def report(
    snapshot: Snapshot, verdicts: Verdicts, lives: Sequence[Judged], infos: Sequence[CheckInfo], name: str
) -> Report:
    """Put everything together for the formats."""
    ranked = tuple(rank(lives))
    open_now = [each for each in ranked if each.life in {Life.NEW, Life.OPEN}]
    return Report(
        version=__version__,
        sources=snapshot.info.sources,
        as_of=snapshot.as_of,
        started=snapshot.info.started,
        snapshot=name,
        counts=counts(snapshot),
        findings=ranked,
        not_assessed=verdicts.not_assessed,
        gaps=gap_lines(snapshot, verdicts.not_assessed),
        tallies=verdicts.tallies,
        checks=tuple(infos),
        fix_next=fix_next([each.finding for each in open_now], {info.id: info for info in infos}),
        requests=snapshot.info.counters,
        complete=snapshot.info.complete,
    )


def counts(snapshot: Snapshot) -> dict[str, int]:
    """Count what was read, in the words of the inventories."""
    kinds = Counter(snapshot.kind_of(ordinal) for ordinal in range(len(snapshot)))
    return {
        "organizations": kinds[Kind.ORGANIZATION],
        "accounts": kinds[Kind.ACCOUNT],
        "machines": sum(kinds[kind] for kind in MACHINES - {Kind.JOB}),
        "credentials": sum(kinds[kind] for kind in CREDENTIALS),
        "groups": kinds[Kind.GROUP],
        "repositories": kinds[Kind.REPOSITORY],
        "workflows": kinds[Kind.WORKFLOW],
        "environments": kinds[Kind.ENVIRONMENT],
        "secrets": kinds[Kind.SECRET],
        "grants": len(snapshot.grants),
    }


HIDDEN = frozenset(
    {Facet.ENT_SETTINGS, Facet.ORG_SETTINGS, Facet.ORG_SECURITY_SETTINGS, Facet.ORG_MFA, Facet.REPO_SECURITY}
)
"""Facets whose fields GitHub leaves out for whom may not see them: "to see the full details about an organization, the
authenticated user must be an organization owner" (https://docs.github.com/en/rest/orgs/orgs#get-an-organization)."""

ABSENT = "was not in the answer"


def gap_lines(snapshot: Snapshot, not_assessed: Iterable[NotAssessed]) -> tuple[GapLine, ...]:
    """Group what was not read, by facet, cause and permission; each with how many checks it silenced."""
    silenced: dict[tuple[str, Cause | None], set[str]] = {}
    told: dict[tuple[str, Cause, str], list[Gap | NotAssessed]] = {}
    for each in not_assessed:
        silenced.setdefault((each.facet, each.cause), set()).add(each.check)
        if each.cause is not None:
            told.setdefault((each.facet, each.cause, each.permission), []).append(each)
    seen: dict[tuple[str, Cause, str], list[Gap]] = {}
    for gap in snapshot.gaps:
        seen.setdefault((gap.facet, gap.cause, gap.permission), []).append(gap)
    lines = []
    for key in sorted(seen.keys() | told.keys()):
        facet, cause, permission = key
        gaps = seen.get(key)
        named = sorted(
            {_name(snapshot, gap) for gap in gaps}
            if gaps
            else {each.subject_name for each in told[key] if isinstance(each, NotAssessed)}
        )
        details = [each.detail for each in (gaps or told[key]) if each.detail]
        if cause is Cause.MISSING_FIELD and not permission and facet in HIDDEN:
            permission = PERMISSIONS.get(facet, "") if all(each.endswith(ABSENT) for each in details) else ""
        lines.append(
            GapLine(
                scope=_many(snapshot, gaps or ()) or _few(named),
                facet=facet,
                cause=cause,
                count=len(gaps) if gaps else len(named),
                detail=_details(facet, details),
                permission=permission,
                checks=len(silenced.get((facet, cause), ())),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.checks, line.facet, line.cause, line.scope)))


def _details(facet: str, details: Sequence[str]) -> str:
    """Return the first of what is said of gaps alike; of a list of people each, for each is mended by itself."""
    if facet not in {*RosterFacet}:
        return details[0] if details else ""
    each = [*dict.fromkeys(details)]
    return "; ".join(each[:FEW]) + (f"; and {len(each) - FEW} more" if len(each) > FEW else "")


FEW = 3
"""Names of what was not read that a line gives."""


def _few(named: Sequence[str]) -> str:
    return ", ".join(named[:FEW]) + (f" and {len(named) - FEW} more" if len(named) > FEW else "")


def _many(snapshot: Snapshot, gaps: Sequence[Gap]) -> str:
    """Say of many jobs or pipeline files which repositories they are of; empty for few, and for other things."""
    scopes = {gap.scope for gap in gaps}
    if len(scopes) <= FEW or not all(scope.kind in {Kind.JOB, Kind.WORKFLOW} for scope in scopes):
        return ""
    words = [
        f"{count:,} {word}"
        for kind, word in ((Kind.JOB, "jobs"), (Kind.WORKFLOW, "pipeline files"))
        if (count := sum(scope.kind is kind for scope in scopes))
    ]
    outer: set[str] = set()
    for scope in scopes:
        ordinal = snapshot.ordinal(scope)
        above = () if ordinal is None else snapshot.scopes(ordinal)
        outer |= {snapshot.name_of(each) for each in above if snapshot.kind_of(each) is Kind.REPOSITORY}
    of = f"{len(outer):,} repositories" if len(outer) > FEW else _few(sorted(outer))
    return f"{' and '.join(words)} of {of}" if of else ""


def _name(snapshot: Snapshot, gap: Gap) -> str:
    ordinal = snapshot.ordinal(gap.scope)
    return str(gap.scope) if ordinal is None else snapshot.name_of(ordinal)


__all__ = ["SourceError", "audit", "collect", "judged", "report", "requests_by_source"]
