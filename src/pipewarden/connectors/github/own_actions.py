"""Fetches the actions that a batch's workflows take from their own repositories, many in one query, and those that they use.

https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.connections import Part, part_of, refusals
from pipewarden.connectors.github.contents import text_of
from pipewarden.connectors.github.fetched import Fetched
from pipewarden.connectors.github.run import Run
from pipewarden.errors import SourceError, Unreachable
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.pipelines.github.opened import OpenAction

NAMES = ("action.yml", "action.yaml")
"""The first that is there counts."""
A_QUERY = 100
"""Folders that one query asks for: no connection is in it, so it costs one point."""
SMALLEST = 10
"""Where GitHub gives up on a query it is halved, down to so many folders.
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api"""
MOST_ACTIONS = 200
"""Of one repository; more of them stay open ends, and say so."""
MOST_ROUNDS = 10
"""Composite actions can be nested up to ten deep.
https://docs.github.com/en/actions/concepts/workflows-and-actions/reusing-workflow-configurations"""

Wanted = tuple[Fetched, str]


async def own_actions(run: Run, every: Sequence[Fetched]) -> list[Gap]:
    """Fetch the own actions of some repositories into them; returns the gaps."""
    gaps: list[Gap] = []
    full: set[str] = set()
    for _ in range(MOST_ROUNDS):
        asked: list[Wanted] = []
        for each in every:
            room = MOST_ACTIONS - len(each.looked_for)
            wanted = each.wanted()
            asked += [(each, folder) for folder in wanted[: max(room, 0)]]
            if len(wanted) > room and each.name not in full:
                full.add(each.name)
                detail = f"{len(wanted) - room} more actions of its own"
                gaps.append(run.gap(each.ref, Facet.REPO_FILES, cause=Cause.TOO_LARGE, detail=detail))
        if not asked:
            return gaps
        for start in range(0, len(asked), A_QUERY):
            refused = await _fetched(run, asked[start : start + A_QUERY])
            gaps += refused
            if any(gap.cause is not Cause.TOO_LARGE for gap in refused):
                return gaps  # what was refused is not asked for again
    return gaps


async def _fetched(run: Run, asked: Sequence[Wanted]) -> list[Gap]:
    """Send one query, and put what it brings into the repositories."""
    document, variables = query([(each.name, folder) for each, folder in asked])
    try:
        parted = len(asked) > SMALLEST
        answer = part_of(await run.github.graphql(document, variables, name="files", parted=parted))
    except CredentialRefused:
        raise
    except SourceError as refusal:
        if isinstance(refusal, Unreachable) and refusal.status in {502, 504} and len(asked) > SMALLEST:
            half = len(asked) // 2
            return [*await _fetched(run, asked[:half]), *await _fetched(run, asked[half:])]
        some = {each.name: each for each, _ in asked}
        return [
            run.gap(each.ref, Facet.REPO_FILES, refusal, detail=f"its own actions: {refusal}") for each in some.values()
        ]
    gaps: list[Gap] = []
    for number, (each, folder) in enumerate(asked):
        gaps += _taken(run, each, folder, answer, number)
    return gaps


def _taken(run: Run, each: Fetched, folder: str, answer: Part, number: int) -> Iterable[Gap]:
    """Put one action into its repository; yields gaps. What was refused counts as not looked for."""
    whole = answer.at(f"a{number}")
    fields = whole.value.keys() if isinstance(whole.value, dict) else ()
    if not whole.refused and not all(f"f{n}" in fields for n in range(len(NAMES))):
        # what was asked for is in the answer, null where nothing stands
        detail = f"whether an action stands in {folder or 'the root'} was not told"
        yield run.gap(each.ref, Facet.REPO_FILES, cause=Cause.MISSING_FIELD, detail=detail)
        return
    for part, name in ((answer.at(f"a{number}", f"f{n}"), name) for n, name in enumerate(NAMES)):
        if part.refused:
            yield from refusals(run, each.ref, Facet.REPO_FILES, part.refused)
            return
        if part.value is not None and not isinstance(part.value, dict):
            detail = f"{name} in {folder or 'the root'} is not given as it is documented"
            yield run.gap(each.ref, Facet.REPO_FILES, cause=Cause.UNEXPECTED, detail=detail)
            return
        if part.value is None or "text" not in part.value:
            continue  # nothing there, or a folder
        path = f"{folder}/{name}".lstrip("/")
        text, gaps = text_of(run, part.value, each.ref, Facet.REPO_FILES, path)
        yield from gaps
        if text is None:
            each.actions[folder] = OpenAction(path=path, complete=False)
        else:
            each.action(folder, path, text)
        break
    each.looked_for.add(folder)


def query(asked: Sequence[tuple[str, str]]) -> tuple[str, dict[str, Any]]:
    """Return the query for the actions in some folders of some repositories, with its variables.

    Names stand in variables alone, never in the query's own text.
    """
    variables: dict[str, Any] = {}
    given, parts = [], []
    for number, (repository, folder) in enumerate(asked):
        owner, _, name = repository.partition("/")
        variables |= {f"o{number}": owner, f"n{number}": name}
        given += [f"$o{number}: String!", f"$n{number}: String!"]
        files = []
        for n, file in enumerate(NAMES):
            variables[f"e{number}_{n}"] = f"HEAD:{folder}/{file}".replace(":/", ":")
            given.append(f"$e{number}_{n}: String!")
            files.append(f"f{n}: object(expression: $e{number}_{n}) {{ ...File }}")
        parts.append(f"  a{number}: repository(owner: $o{number}, name: $n{number}) {{ {' '.join(files)} }}")
    body = "\n".join(parts)
    file = "fragment File on GitObject { ... on Blob { isTruncated text } }"
    return (
        f"query Files({', '.join(given)}) {{\n{body}\n  rateLimit {{ cost remaining resetAt }}\n}}\n{file}\n",
        variables,
    )
