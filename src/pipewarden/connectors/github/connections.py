"""Reads GraphQL connections to their end: whatever GitHub said is there and was not read becomes a gap."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipewarden.connectors.answers import MOST_EMPTY_PAGES, ODD_SHAPES
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.client import GraphQLAnswer
from pipewarden.connectors.github.graphql_shapes import odd_in
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.shapes import leave_out, leaving_out
from pipewarden.errors import SourceError, UnexpectedAnswer, Unreachable
from pipewarden.model.facts import AnyFact, Cause, Gap
from pipewarden.model.ids import Kind, Ref

Place = tuple[str | int, ...]
Ask = Callable[[int, str | None], Awaitable[GraphQLAnswer]]
"""Sends the query for one page: how many, and the cursor after which they begin."""

SMALLEST_PAGE = 1
GROW_AFTER = 5
"""After this many good pages in a row the page size doubles again."""

ENOUGH = 1000
"""A list that gives so many more than twice what it counts does not end; one that grows while it is read does."""

MOST_UNCOUNTED = 1_000_000
"""Rows of a list that does not say how many it holds; more of them are told."""

CAUSES = {
    "FORBIDDEN": Cause.FORBIDDEN,
    "INSUFFICIENT_SCOPES": Cause.FORBIDDEN,
    "NOT_FOUND": Cause.NOT_FOUND,
    "RATE_LIMITED": Cause.RATE_LIMITED,
}
"""What the type of an entry in `errors` means; any other is something unexpected."""


class Refused(NamedTuple):
    """One entry of `errors`: where it stands within what holds it, why, and GitHub's sentence."""

    place: Place
    cause: Cause
    told: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an answer, with what was refused inside it or above it."""

    value: Any
    refused: tuple[Refused, ...] = ()

    def at(self, *place: str | int) -> "Part":
        """Return the piece at a place; null where there is none. What was refused above a null explains it."""
        value, size = self.value, len(place)
        for step in place:
            inside = value.get(step) if isinstance(value, dict) and isinstance(step, str) else None
            value = value[step] if isinstance(value, list) and isinstance(step, int) else inside
        found = [each._replace(place=each.place[size:]) for each in self.refused if each.place[:size] == place]
        if value is None:
            above = [each for each in self.refused if len(each.place) < size and place[: len(each.place)] == each.place]
            found += [each._replace(place=()) for each in above]
        return Part(value, tuple(found))

    def but(self, *names: str) -> tuple[Refused, ...]:
        """Return what was refused elsewhere than in the named fields."""
        return tuple(each for each in self.refused if not each.place or each.place[0] not in names)

    @property
    def fields(self) -> frozenset[str]:
        """Return the fields in which something was refused."""
        return frozenset(str(each.place[0]) for each in self.refused if each.place)


def part_of(answer: GraphQLAnswer) -> Part:
    """Return a whole answer; an error without a path concerns all of it."""
    found = []
    for error in answer.errors:
        path = error.get("path")
        place = tuple(step for step in path if isinstance(step, (str, int))) if isinstance(path, list) else ()
        cause = CAUSES.get(str(error.get("type")), Cause.UNEXPECTED)
        found.append(Refused(place, cause, str(error.get("message") or "refused without a word")[:200]))
    return Part(answer.data, tuple(found))


def refusals(run: Run, scope: Ref, facet: str, refused: Iterable[Refused]) -> list[Gap]:
    """Return one gap for each cause among what was refused of one facet of one scope."""
    by_cause: dict[Cause, list[Refused]] = {}
    for each in refused:
        by_cause.setdefault(each.cause, []).append(each)
    gaps = []
    for cause, some in by_cause.items():
        where = ".".join(str(step) for step in some[0].place if isinstance(step, str))
        more = f" (and {len(some) - 1} more)" if len(some) > 1 else ""
        detail = f"{where}: {some[0].told}{more}" if where else f"{some[0].told}{more}"
        gaps.append(run.gap(scope, facet, cause=cause, detail=detail))
    return gaps


def understood(
    run: Run, scope: Ref, facet: str, work: Callable[..., Iterable[AnyFact]], *given: Any, **named: Any
) -> list[AnyFact]:
    """Return the facts of one piece; where its shape or one of its words is not known, those before it and a gap."""
    facts: list[AnyFact] = []
    try:
        for fact in work(*given, **named):
            facts.append(fact)  # noqa: PERF402 - what was understood before the fault stands
    except SourceError as refusal:
        facts.append(run.gap(scope, facet, refusal))
    except ODD_SHAPES as fault:
        detail = f"the answer has a shape that is not known ({type(fault).__name__})"
        facts.append(run.gap(scope, facet, cause=Cause.UNEXPECTED, detail=detail))
    return facts


def identified(run: Run, kind: Kind, node: Any) -> Ref:
    """Return the id of a node. Raises UnexpectedAnswer where it has none: without it nothing can be said of it."""
    number = node.get("databaseId") if isinstance(node, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise UnexpectedAnswer(f"one {kind} has no id", endpoint="graphql")
    return run.ref(kind, number)


def word(node: dict[str, Any], field_name: str, what: str) -> str:
    """Return a text without which something cannot be named. Raises UnexpectedAnswer where it was not given."""
    found = node.get(field_name)
    if not isinstance(found, str):
        raise UnexpectedAnswer(f"{what} has no {field_name}", endpoint="graphql")
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what it holds, what of it was not read, and where the next one begins (None: there is none)."""

    items: list[Part]
    gaps: list[Gap]
    following: str | None = None
    failed: bool = False
    """Whether it was not answered at all."""
    answer: Part = field(default_factory=lambda: Part(None))


class Connection:
    """One connection: whose it is, which facet it tells, what it lists, and how its pages are asked for.

    Only a refused credential is raised. A refusal of a page, a null connection, null nodes, a circle, fewer items
    than `totalCount` counts, or a row that does not say what `query` must be told each leave a gap, and what was read
    before stays.

    https://docs.github.com/en/graphql/guides/using-pagination-in-the-graphql-api
    """

    def __init__(
        self,
        run: Run,
        scope: Ref,
        facet: str,
        what: str,
        *,
        query: str = "",
        at: Place = (),
        ask: Ask | None = None,
        first: int = 100,
    ) -> None:
        self.run = run
        self.scope = scope
        self.facet = facet
        self.what = what
        self.query = query
        self.at = at
        self.read = 0
        self.total: int | None = None
        self._ask = ask
        self._first = self._size = first
        self._good = 0
        self._seen: set[str] = set()
        self._rows: list[Any] = []
        self._empty = 0

    async def pages(self, begun: Part | None = None) -> AsyncIterator[Page]:
        """Yield all pages; `begun` is the first one where it came along with what holds the connection."""
        page = self.parsed(begun) if begun is not None else await self.page(None)
        while True:
            yield page
            if page.following is None:
                return
            page = await self.page(page.following)

    def passed(self, count: int, total: int | None, following: str | None) -> None:
        """Take note of a page that need not be asked for again."""
        self.read += count
        self.total = total if total is not None else self.total
        if following:
            self._seen.add(following)

    async def page(self, after: str | None) -> Page:
        """Return the page after a cursor; one that is refused is empty, with the gap that says what is missing."""
        assert self._ask is not None  # noqa: S101 - what cannot be asked for has no page that follows
        try:
            answer = part_of(await self._sized(self._ask, after))
        except CredentialRefused:
            raise
        except SourceError as refusal:
            detail = f"{self._count()} were read: {refusal}" if self.read else str(refusal)
            return Page([], [self.run.gap(self.scope, self.facet, refusal, detail=detail)], failed=True)
        found = answer.at(*self.at)
        outside = [each for each in answer.refused if not self._explains(each.place, found)]
        page = self.parsed(found, answer)
        page.gaps.extend(refusals(self.run, self.scope, self.facet, outside))
        return page

    def _explains(self, place: Place, found: Part) -> bool:
        """Tell whether a refusal lies within the connection, or above it where it is null."""
        size = len(self.at)
        return place[:size] == self.at or (found.value is None and self.at[: len(place)] == place)

    async def _sized(self, ask: Ask, after: str | None) -> GraphQLAnswer:
        """Ask for half as much where GitHub gives up, and for more again when it answers.

        https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api: a query that runs
        longer than ten seconds is ended with 502 or 504.
        """
        while True:
            try:
                answer = await ask(self._size, after)
            except Unreachable as refusal:
                if refusal.status not in {502, 504} or self._size <= SMALLEST_PAGE:
                    raise
                self._size, self._good = max(SMALLEST_PAGE, self._size // 2), 0
                continue
            self._good += 1
            if self._good >= GROW_AFTER and self._size < self._first:
                self._size, self._good = min(self._first, self._size * 2), 0
            return answer

    def parsed(self, found: Part, answer: Part | None = None) -> Page:
        """Return the page that a connection's JSON is."""
        answer = answer or Part(None)
        body = found.value
        if not isinstance(body, dict):
            told = f"{self._count()} were read" if self.read else f"{self.what} were not shown"
            gaps = refusals(self.run, self.scope, self.facet, found.refused)
            return Page([], gaps or [self._gap(_nothing(body), told)], answer=answer)
        key = "edges" if "edges" in body else "nodes"
        rows = body.get(key)
        gaps = refusals(self.run, self.scope, self.facet, _outside_rows(found.refused, key))
        if not isinstance(rows, list):
            if not gaps:
                gaps.append(self._gap(_nothing(rows), f"{self.what} were not shown"))
            return Page([], gaps, answer=answer)
        items = self._items(found, key, rows, gaps)
        total = body.get("totalCount")
        self.total = total if isinstance(total, int) else self.total
        self.read += len(rows)
        again = bool(rows) and rows == self._rows
        self._rows, self._empty = rows, 0 if rows else self._empty + 1
        return Page(items, gaps, self._following(body.get("pageInfo"), gaps, again=again), answer=answer)

    def _items(self, found: Part, key: str, rows: list[Any], gaps: list[Gap]) -> list[Part]:
        items = []
        lost: Counter[tuple[Cause, str]] = Counter()
        left: list[str] = []
        for number, row in enumerate(rows):
            item = found.at(key, number)
            node = row.get("node") if key == "edges" and isinstance(row, dict) else row
            if isinstance(node, dict):
                if odd := odd_in(row, self.query, (each.place for each in item.refused)):
                    left.append(odd)
                else:
                    items.append(item)
            elif item.refused:
                lost[item.refused[0].cause, item.refused[0].told] += 1
            else:
                lost[_nothing(node), "nothing is said of why"] += 1
        where = f"{self.what} {self.read + 1} to {self.read + len(rows)}"
        for (cause, told), count in lost.items():
            gaps.append(self._gap(cause, f"{count} of {where} not shown: {told}"))
        gaps += self._left_out(left)
        return items

    def _left_out(self, fields: Iterable[str]) -> list[Gap]:
        """Return the gap of rows that do not say what they must."""
        with leaving_out() as left:
            for each in fields:
                leave_out(f"graphql {self.query}", each.replace("/", "."))
        return self.run.left_out(self.scope, self.facet, left)

    def _following(self, info: Any, gaps: list[Gap], *, again: bool) -> str | None:
        more = info.get("hasNextPage") if isinstance(info, dict) else None
        if more is True and again:
            gaps.append(self._gap(Cause.UNEXPECTED, f"{self._count()} were read: the same page came twice"))
        elif more is True and self._empty > MOST_EMPTY_PAGES:
            gaps.append(self._gap(Cause.UNEXPECTED, f"{self._count()} were read, and then empty pages without an end"))
        elif more is True and self.total is None and self.read > MOST_UNCOUNTED:
            gaps.append(self._gap(Cause.TOO_LARGE, f"{self._count()} were read, and how many there are is not said"))
        elif more is True and self.total is not None and self.read > 2 * self.total + ENOUGH:
            gaps.append(self._gap(Cause.UNEXPECTED, f"{self._count()} were read, and there is no end of it"))
        elif more is True and self._ask is None:
            gaps.append(self._gap(Cause.TOO_LARGE, f"{self._count()} were read, and no more can be asked for"))
        elif more is True:
            after = info.get("endCursor")
            if isinstance(after, str) and after and after not in self._seen:
                self._seen.add(after)
                return after
            gaps.append(self._gap(Cause.UNEXPECTED, f"{self._count()} were read: the pages lead in a circle"))
        elif self.total is not None and self.read < self.total:
            gaps.append(self._gap(Cause.UNEXPECTED, f"{self._count()} were listed"))
        elif more is not False and self.total is None:
            gaps.append(self._gap(Cause.UNEXPECTED, f"{self._count()} were read: whether there are more is not said"))
        return None

    def _count(self) -> str:
        return f"{self.read} of {self.total} {self.what}" if self.total is not None else f"{self.read} {self.what}"

    def _gap(self, cause: Cause, detail: str) -> Gap:
        return self.run.gap(self.scope, self.facet, cause=cause, detail=detail)


def _outside_rows(refused: Iterable[Refused], key: str) -> list[Refused]:
    return [each for each in refused if not (len(each.place) > 1 and each.place[0] == key)]


def _nothing(value: Any) -> Cause:
    """Return why something is not what it should be: a null was not given, anything else is not known to us."""
    return Cause.MISSING_FIELD if value is None else Cause.UNEXPECTED
