"""Whose actions workflows use, as GitHub tells it: the repository and its owner today, where tags and commits belong."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from pipewarden.connectors.answers import ODD_SHAPES
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.action_queries import Named, about, contained, named
from pipewarden.connectors.github.client import GraphQLAnswer
from pipewarden.connectors.github.connections import Connection, Part, Refused, part_of, refusals
from pipewarden.connectors.github.graphql_shapes import USED
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.shapes import odd_field
from pipewarden.errors import SourceError, Unreachable
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Resource
from pipewarden.model.ids import Ref, action_of
from pipewarden.pipelines.uses import read_uses

FACET = Facet.REPO_USED_ACTIONS
PAGE = 20
"""Repositories in one query; halved where GitHub gives up."""
COMPARED = 10
"""Commits in one query that are looked for on default branches: GitHub walks the history for each."""
REFS = 25
MOST_REFS = 200
"""Branches, and as many tags, in whose history a commit is looked for; where there are more, nothing is said of it."""
MOST_ADVISORIES = 5_000
"""All advisories about actions were some dozens in 2026."""

INSIDE = frozenset({"BEHIND", "IDENTICAL"})
"""A commit that is behind a branch, or its newest, is in its history; one of a fork is ahead of it or beside it.

https://docs.github.com/en/graphql/reference/enums#comparisonstatus
"""


async def actions(run: Run) -> None:
    """Ask about every repository of others that the workflows read so far take actions or workflows from."""
    found = ((read_uses(use.name), str(use.attributes.get("version") or "")) for use in run.used("action"))
    asked = named(found, run.login)
    if not asked:
        return
    advisories = await _advisories(run)
    for start in range(0, len(asked), PAGE):
        batch = asked[start : start + PAGE]
        run.progress("actions of others", start, len(asked))
        key = f"actions.{hashlib.sha256(repr(batch).encode()).hexdigest()[:32]}"

        async def read(batch: list[Named] = batch) -> Iterable[AnyFact]:
            return await _Batch(run, advisories).facts(batch)

        await run.step(key, read)


# --- advisories -----------------------------------------------------------------------------------


async def _advisories(run: Run) -> dict[str, list[dict[str, Any]]] | None:
    """Return the advisories that GitHub knows about actions, by the action's name; None where they were not all read.

    https://docs.github.com/en/graphql/reference/queries#securityvulnerabilities
    """
    kept = run.kept("actions.advisories")
    if kept is not None and kept.note is not None:
        return dict(kept.note)
    listed = Connection(
        run,
        run.org,
        Facet.REPO_ADVISORIES,
        "advisories about actions",
        at=("securityVulnerabilities",),
        ask=lambda first, after: run.graphql("action_advisories", first=first, after=after),
    )
    rows: dict[str, list[dict[str, Any]]] = {}
    gaps: list[Gap] = []
    async for page in listed.pages():
        gaps += page.gaps
        for each in page.items:
            try:
                action, row = _advisory(each.value)
            except ODD_SHAPES:
                detail = "one advisory has a shape that is not known"
                gaps.append(run.gap(run.org, Facet.REPO_ADVISORIES, cause=Cause.UNEXPECTED, detail=detail))
            else:
                if row is not None:
                    rows.setdefault(action, []).append(row)
        if listed.read > MOST_ADVISORIES:
            detail = f"more than {MOST_ADVISORIES:,} of them"
            gaps.append(run.gap(run.org, Facet.REPO_ADVISORIES, cause=Cause.TOO_LARGE, detail=detail))
            break
    run.add(*gaps)
    if gaps:
        return None
    run.keep("actions.advisories", (), rows)
    return rows


def _advisory(node: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Return whose action an advisory is about, and what it says; nothing of one that was withdrawn."""
    if node["advisory"]["withdrawnAt"] is not None:
        return "", None
    whole = str(node["package"]["name"]).lower()
    row = {
        "id": str(node["advisory"]["ghsaId"]),
        "severity": str(node["severity"]).lower(),
        "affected": str(node["vulnerableVersionRange"]),
        "patched": str((node["firstPatchedVersion"] or {}).get("identifier") or ""),
        "action": whole,
    }
    return "/".join(whole.split("/")[:2]), row


# --- repositories ---------------------------------------------------------------------------------


class _Batch:
    """Reads some repositories together; each stands or falls alone."""

    def __init__(self, run: Run, advisories: dict[str, list[dict[str, Any]]] | None) -> None:
        self.run = run
        self.advisories = advisories

    async def facts(self, batch: Sequence[Named]) -> list[AnyFact]:
        """Return what is told of each, or why nothing is."""
        facts: list[AnyFact] = []
        told: list[tuple[Named, dict[str, Any]]] = []
        for part, some in await self._asked(batch, facts):
            for n, each in enumerate(some):
                attributes: dict[str, Any] = {}
                try:
                    facts += self._told(each, part.at(f"r{n}"), part.at(f"o{n}"), attributes)
                except ODD_SHAPES as fault:
                    attributes = {}
                    detail = f"the answer has a shape that is not known ({type(fault).__name__})"
                    facts.append(self.run.gap(self._ref(each), FACET, cause=Cause.UNEXPECTED, detail=detail))
                told.append((each, attributes))
        await self._placed(told, facts)
        origin = self.run.origin("graphql UsedActions")
        for each, attributes in told:
            if self.advisories is not None:
                attributes["advisories"] = self.advisories.get(each.full.lower(), [])
            facts.append(
                Resource(ref=self._ref(each), name=each.full, parent=self.run.org, attributes=attributes, origin=origin)
            )
        return facts

    def _ref(self, each: Named) -> Ref:
        return action_of(self.run.org, each.full)

    async def _asked(self, batch: Sequence[Named], facts: list[AnyFact]) -> list[tuple[Part, Sequence[Named]]]:
        """Send the query, for half as many where GitHub gives up; what is refused whole is a gap of each."""
        document, variables = about(batch)
        try:
            return [(part_of(await self._send(document, variables, "UsedActions", parted=len(batch) > 1)), batch)]
        except CredentialRefused:
            raise
        except Unreachable as refusal:
            if refusal.status in {502, 504} and len(batch) > 1:
                middle = len(batch) // 2
                halves = [await self._asked(half, facts) for half in (batch[:middle], batch[middle:])]
                return [part for half in halves for part in half]
            facts += self._unread(batch, refusal)
        except SourceError as refusal:
            facts += self._unread(batch, refusal)
        return []

    async def _send(
        self, document: str, variables: dict[str, Any], name: str, *, parted: bool = False
    ) -> GraphQLAnswer:
        return await self.run.github.graphql(document, variables, name=name, parted=parted)

    def _unread(self, batch: Sequence[Named], refusal: SourceError) -> list[AnyFact]:
        origin = self.run.origin("graphql UsedActions")
        return [
            fact
            for each in batch
            for fact in (
                Resource(ref=self._ref(each), name=each.full, parent=self.run.org, attributes={}, origin=origin),
                self.run.gap(self._ref(each), FACET, refusal),
            )
        ]

    def _told(self, each: Named, found: Part, owner: Part, attributes: dict[str, Any]) -> list[Gap]:
        """Fill in what one repository's part of the answer says; returns why something is not known."""
        ref, node = self._ref(each), found.value
        hidden = _but_absent(owner.refused)
        if owner.value is None and hidden:
            return refusals(self.run, ref, FACET, hidden)
        attributes["owner_found"] = owner.value is not None
        if node is None:
            hidden = _but_absent(found.refused)
            attributes["found"] = None if hidden else False
            return refusals(self.run, ref, FACET, hidden)
        if odd := odd_field(node, USED):
            attributes["found"] = None
            detail = f"graphql UsedActions: {odd} is not given as it is documented"
            return [self.run.gap(ref, FACET, cause=Cause.UNEXPECTED, detail=detail)]
        told = node["owner"]
        attributes |= {
            "found": True,
            "full_name": node["nameWithOwner"],
            "archived": node["isArchived"],
            "owner_type": told["__typename"],
            "verified": told.get("isVerified") if told["__typename"] == "Organization" else False,
            "default_branch": (node["defaultBranchRef"] or {}).get("name"),
            "tags_count": node["tags"]["totalCount"],
        }
        inner = [each for each in found.refused if each.place]
        tips = _tips(each, node)
        attributes["refs"] = _refs(each, node, tips, inner)
        attributes["commits"] = _commits(each, node, tips, inner)
        return []

    async def _placed(self, told: Sequence[tuple[Named, dict[str, Any]]], facts: list[AnyFact]) -> None:
        """Say of each commit that is the newest of no tag whether it is in the history of any branch or tag at all."""
        open_ = [
            (each, row)
            for each, attributes in told
            for row in (attributes.get("commits") or {}).values()
            if row["exists"] and not row["tags"]
        ]
        for start in range(0, len(open_), COMPARED):
            some = open_[start : start + COMPARED]
            document, variables = contained([(each, row["id"]) for each, row in some])
            try:
                answer = part_of(await self._send(document, variables, "ActionCommits"))
            except CredentialRefused:
                raise
            except SourceError as refusal:
                for each, row in some:
                    row["why"] = str(refusal)[:200]
                    facts.append(self.run.gap(self._ref(each), FACET, refusal))
                continue
            for n, (each, row) in enumerate(some):
                branch = answer.at(f"r{n}", "defaultBranchRef").value
                if isinstance(branch, dict) and _status(branch) in INSIDE:
                    row |= {"inside": True, "at": f"branch {branch['name']}"}
                else:
                    facts += await self._searched(each, row)

    async def _searched(self, each: Named, row: dict[str, Any]) -> list[Gap]:
        """Look for a commit in the history of every branch and tag, as far as there are not too many of them.

        That a commit is found under a repository's name says nothing: all forks share their objects with it.
        https://docs.zizmor.sh/audits/#impostor-commit
        """
        row |= {"inside": False, "why": ""}
        gaps: list[Gap] = []
        for what, prefix in (("branch", "refs/heads/"), ("tag", "refs/tags/")):
            given = {"owner": each.owner, "name": each.name, "prefix": prefix, "commit": str(row["id"])}
            many = "branches" if what == "branch" else "tags"
            listed = self._refs_of(each, many, given)
            async for page in listed.pages():
                for item in page.items:
                    if _status(item.value) in INSIDE:
                        row |= {"inside": True, "why": "", "at": f"{what} {item.value.get('name')}"}
                        return []
                    if _but_absent(item.at("compare").refused):
                        row |= {"inside": None, "why": f"a {what} could not be compared with it"}
                if page.gaps:
                    row |= {"inside": None, "why": page.gaps[0].detail[:200]}
                    gaps += page.gaps
                if (listed.total or 0) > MOST_REFS:
                    told = row["why"] or f"it would have to be looked for in {listed.total:,} {many}"
                    row |= {"inside": None, "why": told}
                    break
        return gaps

    def _refs_of(self, each: Named, many: str, given: dict[str, str]) -> Connection:
        """Return the pages of all branches, or all tags, each compared with a commit."""

        async def ask(first: int, after: str | None) -> GraphQLAnswer:
            return await self.run.graphql("action_refs", **given, first=first, after=after)  # type: ignore[no-any-return]

        return Connection(self.run, self._ref(each), FACET, many, at=("repository", "refs"), ask=ask, first=REFS)


def _but_absent(refused: Iterable[Refused]) -> list[Refused]:
    """Return the refusals that say anything else than that there is no such thing."""
    return [each for each in refused if each.cause is not Cause.NOT_FOUND]


def _status(ref: Any) -> str:
    compared = ref.get("compare") if isinstance(ref, dict) else None
    return str(compared.get("status")) if isinstance(compared, dict) else ""


def _ids(tip: Any) -> tuple[str, ...]:
    """Return what a tag or branch points at: the commit, and before it the tag's own object where it has one."""
    if not isinstance(tip, dict) or not isinstance(tip.get("target"), dict):
        return ()
    target = tip["target"]
    behind = target.get("target")
    inner = (str(behind["oid"]),) if isinstance(behind, dict) else ()
    return (*inner, str(target["oid"]))


def _tips(each: Named, node: dict[str, Any]) -> dict[str, list[str]]:
    """Return the names of the tags at each commit: the newest, and those that were asked for by name."""
    tips: dict[str, list[str]] = {}
    listed = [tip for tip in node["tags"]["nodes"] or () if tip is not None]
    asked = [node.get(f"t{m}") for m in range(len(each.tags))]
    for tip in [*listed, *(tip for tip in asked if tip is not None)]:
        name = str(tip["name"]).removeprefix("refs/tags/")
        for identity in _ids(tip):
            known = tips.setdefault(identity, [])
            if name not in known:
                known.append(name)
    return tips


def _refs(
    each: Named, node: dict[str, Any], tips: dict[str, list[str]], refused: list[Refused]
) -> dict[str, dict[str, Any]]:
    """Return where each name points as a tag and as a branch: null where there is none, absent where that is not told."""
    rows: dict[str, dict[str, Any]] = {}
    for letter, what, names in (("t", "tag", each.tags), ("b", "branch", each.branches)):
        for m, name in enumerate(names):
            key = f"{letter}{m}"
            if key not in node or _but_absent(r for r in refused if r.place[0] == key):
                continue
            ids = _ids(node[key])
            row = rows.setdefault(name, {})
            row[what] = ids[0] if ids else None
            if ids and what == "tag":
                row["tags"] = tips.get(ids[0], [])
    return rows


def _commits(
    each: Named, node: dict[str, Any], tips: dict[str, list[str]], refused: list[Refused]
) -> dict[str, dict[str, Any]]:
    """Return what is known of each pinned commit; whether it is in any branch's history is asked afterwards."""
    rows: dict[str, dict[str, Any]] = {}
    for m, commit in enumerate(each.commits):
        key = f"c{m}"
        if key not in node or _but_absent(r for r in refused if r.place[0] == key):
            continue
        tags = tips.get(commit, [])
        exists = node[key] is not None
        at = f"tag {tags[0]}" if tags else ""
        rows[commit] = {
            "id": commit,
            "exists": exists,
            "tags": tags,
            "inside": True if tags else None,
            "at": at,
            "why": "",
        }
    return rows


__all__ = ["MOST_REFS", "actions"]
