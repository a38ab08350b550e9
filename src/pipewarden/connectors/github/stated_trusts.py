"""Fetches the files that may state whom a cloud role trusts: Terraform and its like, from the repositories that show some.

Which repositories show some is told by the batch, at no cost: the names at the root, and workflows that ask for `id-token`.
Of each of these all paths are listed in one request, and the files fetched, many in one query of one point.
https://docs.github.com/en/rest/git/trees#get-a-tree
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github import listed_actions
from pipewarden.connectors.github.connections import Part, part_of, refusals
from pipewarden.connectors.github.contents import MOST_BYTES
from pipewarden.connectors.github.repositories import Seen
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.trust_files import TrustSearch
from pipewarden.connectors.wanted import SKIPPED
from pipewarden.errors import SourceError, UnexpectedAnswer, Unreachable
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.trusts.read import TrustKind, trust_kind

TREE = "/repos/{owner}/{repo}/git/trees/{tree_sha}"

MOST_REPOSITORIES = 1_000
"""Repositories that are looked into in one run; the others are a gap, and come first in the next."""
MOST_FILES = 500
"""Files fetched of one repository; more of them are told. A folder of Terraform is fetched whole or not at all."""
MOST_TEXT = 8 * 1024 * 1024
"""Bytes fetched of one repository."""
A_QUERY, QUERY_TEXT = 100, 2 * 1024 * 1024
"""Files in one query, and bytes of them: no connection is in it, so it costs one point."""
SMALLEST = 10
"""Where GitHub gives up on a query it is halved, down to so many files."""

LINK = "120000"
"""The mode of a symbolic link; nobody follows it in a checkout either."""

READ_ELSEWHERE = frozenset({PipelineKind.GITHUB_WORKFLOW, PipelineKind.GITHUB_ACTION, PipelineKind.OCTO_STS})
"""Pipeline files that state no trust, or that the batch brought."""

TELLING = re.compile(r"oidc|iam|github|gitlab|trust|federat|workload|identit|role|vault|deploy|\bci\b")
"""Words of paths whose files are fetched first where not all can be."""


class Listed(NamedTuple):
    """A file of a repository, with its size in bytes."""

    path: str
    size: int


async def stated_trusts(run: Run, seen: Seen, attributes: dict[str, Any]) -> list[AnyFact]:
    """Return the trusts that the files of a repository state. Subjects that they customise are added to its attributes."""
    listed, gaps = await _listed(run, seen)
    search = TrustSearch(each.path for each in listed)
    chosen, left = chosen_of(each for each in listed if _is_wanted(each.path, search))
    if left:
        more = (
            "one more file that may state trusts was" if left == 1 else f"{left} more files that may state trusts were"
        )
        detail = f"{more} not fetched; a checkout shows what is left"
        gaps.append(run.gap(seen.ref, Facet.REPO_TRUSTS, cause=Cause.TOO_LARGE, detail=detail))
    shown = any(kind_of(each.path) is PipelineKind.GITHUB_ACTION for each in listed)
    known = listed_actions.before(run, seen.ref) if shown else listed_actions.NOTHING_KNOWN
    sizes = dict(listed)
    actions, missed = listed_actions.among(listed, known)
    if missed:
        detail = f"{missed} more actions of its own"
        gaps.append(run.gap(seen.ref, Facet.REPO_FILES, cause=Cause.TOO_LARGE, detail=detail))
    own = [Listed(path, sizes[path]) for path in actions]
    texts: dict[str, str] = {}
    for part in _parts([*chosen, *own]):
        gaps += await _fetched(run, seen, part, search, texts)
    unused = listed_actions.facts_of(run, seen, texts, known)
    return [*gaps, *unused, *search.facts(seen.ref, seen.name, run.origin(f"GET {TREE}").fetched_at, attributes)]


def unread(run: Run, seen: Seen) -> Gap:
    """Return the gap of a repository that is one too many for this run."""
    detail = "no more repositories are searched for trusts in one run"
    return run.gap(seen.ref, Facet.REPO_TRUSTS, cause=Cause.BUDGET, detail=detail)


async def _listed(run: Run, seen: Seen) -> tuple[list[Listed], list[Gap]]:
    """Return all files of the default branch: no links, no submodules."""
    owner, _, name = seen.name.partition("/")
    branch = str(seen.fact.attributes.get("default_branch") or "HEAD")
    path = TREE.format(owner=owner, repo=name, tree_sha=quote(branch, safe=""))
    body = await run.github.get(path, template=TREE, params={"recursive": "1"})
    rows = body.get("tree") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise UnexpectedAnswer(f"{TREE} answered with no tree", endpoint=TREE)
    gaps: list[Gap] = []
    if body.get("truncated"):
        detail = f"{len(rows)} files were listed, and there are more"
        gaps.append(run.gap(seen.ref, Facet.REPO_TRUSTS, cause=Cause.TOO_LARGE, detail=detail))
    files, odd = files_of(rows)
    if odd:
        detail = f"{odd} of the files listed have a shape that is not known"
        gaps.append(run.gap(seen.ref, Facet.REPO_TRUSTS, cause=Cause.UNEXPECTED, detail=detail))
    return files, gaps


def files_of(rows: Iterable[Any]) -> tuple[list[Listed], int]:
    """Return the files of a tree without its links, and how many rows have no shape that is known."""
    found: list[Listed] = []
    odd = 0
    for row in rows:
        kind = row.get("type") if isinstance(row, dict) else None
        if kind in {"tree", "commit"} or (kind == "blob" and row.get("mode") == LINK):
            continue
        path, size = (row.get("path"), row.get("size")) if kind == "blob" else (None, None)
        if isinstance(path, str) and isinstance(size, int):
            found.append(Listed(path, size))
        else:
            odd += 1
    return found, odd


def _is_wanted(path: str, search: TrustSearch) -> bool:
    inside = path.split("/")[:-1]
    return SKIPPED.isdisjoint(inside) and kind_of(path) not in READ_ELSEWHERE and search.wants(path)


def chosen_of(listed: Iterable[Listed]) -> tuple[list[Listed], int]:
    """Return which files to fetch, as far as the bounds go, and how many are left out.

    Terraform goes first, by folders, then what may be a document; within each, paths that speak of identities.
    """
    parts: dict[tuple[bool, str], list[Listed]] = {}
    for each in listed:
        if each.size <= MOST_BYTES:  # a larger one is not read of a checkout either
            terraform = trust_kind(each.path) is TrustKind.TERRAFORM
            parts.setdefault((not terraform, each.path.rpartition("/")[0] if terraform else each.path), []).append(each)
    chosen: list[Listed] = []
    text = left = 0
    for _, files in sorted(parts.items(), key=_order):
        size = sum(each.size for each in files)
        if len(chosen) + len(files) > MOST_FILES or text + size > MOST_TEXT:
            left += len(files)
            continue
        chosen += files
        text += size
    return chosen, left


def _order(part: tuple[tuple[bool, str], list[Listed]]) -> tuple[bool, bool, str]:
    (other, place), files = part
    return other, not any(TELLING.search(each.path.lower()) for each in files), place


def _parts(chosen: Sequence[Listed]) -> Iterable[list[Listed]]:
    """Yield the files of each query."""
    part: list[Listed] = []
    text = 0
    for each in chosen:
        if part and (len(part) >= A_QUERY or text + each.size > QUERY_TEXT):
            yield part
            part, text = [], 0
        part.append(each)
        text += each.size
    if part:
        yield part


async def _fetched(
    run: Run, seen: Seen, files: Sequence[Listed], search: TrustSearch, actions: dict[str, str]
) -> list[Gap]:
    """Send one query, and give what it brings to the search; files of own actions go to these."""
    document, variables = query(seen.name, [each.path for each in files])
    try:
        parted = len(files) > SMALLEST
        answer = part_of(await run.github.graphql(document, variables, name="files", parted=parted))
    except CredentialRefused:
        raise
    except SourceError as refusal:
        if isinstance(refusal, Unreachable) and refusal.status in {502, 504} and len(files) > SMALLEST:
            half = len(files) // 2
            first = await _fetched(run, seen, files[:half], search, actions)
            return [*first, *await _fetched(run, seen, files[half:], search, actions)]
        return [run.gap(seen.ref, Facet.REPO_TRUSTS, refusal)]
    gaps: list[Gap] = []
    for number, each in enumerate(files):
        gaps += _taken(run, seen, each, answer.at("repository", f"f{number}"), search, actions)
    return gaps


def _taken(
    run: Run, seen: Seen, file: Listed, part: Part, search: TrustSearch, actions: dict[str, str]
) -> Iterable[Gap]:
    if part.refused:
        yield from refusals(run, seen.ref, Facet.REPO_TRUSTS, part.refused)
        return
    blob = part.value if isinstance(part.value, dict) else {}
    text = blob.get("text")
    if isinstance(text, str) and not blob.get("isTruncated"):
        if kind_of(file.path) is PipelineKind.GITHUB_ACTION:
            actions[file.path] = text
        else:
            search.take(file.path, text)
    elif blob.get("isTruncated") or not blob:
        detail = f"{file.path} was not given whole"
        yield run.gap(seen.ref, Facet.REPO_TRUSTS, cause=Cause.TOO_LARGE, detail=detail)


def query(repository: str, paths: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return the query for some files of a repository, with its variables: paths stand in these alone."""
    owner, _, name = repository.partition("/")
    variables = {"o": owner, "n": name} | {f"e{number}": f"HEAD:{path}" for number, path in enumerate(paths)}
    given = ", ".join(f"${key}: String!" for key in variables)
    files = "\n".join(f"    f{number}: object(expression: $e{number}) {{ ...File }}" for number in range(len(paths)))
    end = "  rateLimit { cost remaining resetAt }\n}\nfragment File on GitObject { ... on Blob { isTruncated text } }\n"
    return f"query Files({given}) {{\n  repository(owner: $o, name: $n) {{\n{files}\n  }}\n{end}", variables
