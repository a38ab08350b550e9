"""Checks about actions with a known fault, and about owners of whom nobody has vouched."""

from collections.abc import Iterator
from typing import Any

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import Doubts
from pipewarden.checks.used_actions import FACET, Used, known, row, together, unasked, unknown, used
from pipewarden.checks.workflow_rows import PIPELINES, readable
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits
from pipewarden.pipelines.advisories import Advisory, about
from pipewarden.pipelines.released import ANYTHING, Covers, Span, covers, span_of

SEVERITIES = {"critical": "", "high": "", "moderate": "medium", "medium": "medium", "low": "low"}
"""What an advisory's words are here; empty: the check's own."""


@check(
    id="wf.uses.known_vuln",
    title="No action runs in a version with a known fault",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Take the version that the advisory names as patched, or a later one, pinned to its full commit.",),
    source="https://docs.github.com/en/rest/security-advisories/global-advisories",
    **clauses(PIPELINES, "O3"),
)
def known_vulnerable(workflow: Resource, view: View) -> Iterator[Hit]:
    """An advisory says in public how to use the fault, or that the action itself was an attacker's for a while.

    A commit is the version of the tags that point to it, a tag that moves the version that it points to now. Where that
    is not known, a pass is not either. Without a token a few advisories are known; what a comment says can then only accuse.
    """
    readable(workflow)
    doubts = Doubts()
    rows: list[dict[str, Any]] = []
    nobody: Missing | None = None  # of all that nobody was asked about, the reason is one
    for each in used(workflow, view):
        if each.action is None and not about(each.name, each.uses.path):
            nobody = nobody or unasked(each, workflow, view)
            doubts.add(nobody)
            continue
        with doubts:
            open_ = _judged(each, workflow, view, rows)
            if open_:
                raise unknown(each, workflow, view, open_)
            if each.action is None:
                raise unasked(each, workflow, view)
    yield from together(workflow, "wf.uses.known_vuln", rows, Severity.HIGH)
    doubts.settle()


def _judged(each: Used, workflow: Resource, view: View, rows: list[dict[str, Any]]) -> str:
    """Add what is known against a use; return what stays open, empty where nothing does."""
    advisories = _advisories(each, view)
    if not advisories:
        return ""
    spans = _spans(each)
    open_ = ""
    for advisory in advisories:
        found = {covers(advisory.affected, span) for span in spans}
        if Covers.ALL in found:
            fixed = f", mended in {advisory.patched[:20]}" if advisory.patched else ""
            says = f"{each.job} uses {each.shown} {_as_written(each)}: {advisory.id}{fixed}"
            rows.append(row(each, says, workflow, view, SEVERITIES.get(advisory.severity, "")))
        elif Covers.SOME in found:
            open_ = open_ or f"{advisory.id} is about {advisory.affected}, and which version runs is not known"
    return open_


def _as_written(each: Used) -> str:
    return (each.version or each.commit if each.pinned else each.uses.ref)[:30]


def _advisories(each: Used, view: View) -> tuple[Advisory, ...]:
    if each.action is None:
        return about(each.name, each.uses.path)
    listed = view.attribute(each.action, "advisories", facet=Facet.REPO_ADVISORIES)
    told = tuple(
        Advisory(str(a["action"]), str(a["id"]), str(a["severity"]), str(a["affected"]), str(a["patched"]))
        for a in listed or ()
    )
    return about(each.name, each.uses.path, told)


def _spans(each: Used) -> list[Span]:
    """Return the versions that a use can stand for: by the tags at its commit, else by its own name."""
    attributes = each.action.attributes if each.action is not None else {}
    if each.pinned:
        found = (attributes.get("commits") or {}).get(each.uses.ref.lower()) or {}
    else:
        found = (attributes.get("refs") or {}).get(each.uses.ref.removeprefix("refs/tags/")) or {}
    tags = [span for name in found.get("tags") or () if (span := span_of(str(name))) is not None]
    exact = [span for span in tags if span.single]
    if exact or (tags and each.pinned):
        return exact or tags
    if each.pinned:
        claimed = span_of(each.version) if each.version and each.action is None else None
        return [claimed] if claimed is not None else [ANYTHING]
    return [span_of(each.uses.ref.removeprefix("refs/tags/")) or ANYTHING]


@check(
    id="wf.uses.unverified",
    title="Actions are of owners for whom somebody has vouched",
    severity=Severity.LOW,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    limits=("trusted_action_owners",),
    remedy=(
        "Take an action of an owner whom you trust, or look at its code and name the owner in `trusted_action_owners`.",
    ),
    source="https://docs.github.com/en/graphql/reference/objects#organization (isVerified)",
    **clauses(PIPELINES, "O8"),
)
def unverified(workflow: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Vouched for is an organization whose domain GitHub has verified, and whoever the settings name.

    No API tells the badge of the Marketplace. Where only chosen actions may run, the list of these has vouched, and its
    own checks judge that.
    """
    readable(workflow)
    trusted = {owner.lower() for owner in limits.trusted_action_owners}
    foreign = [each for each in used(workflow, view) if each.uses.owner.lower() not in trusted]
    told = list(together(workflow, "wf.uses.unverified", (), Severity.LOW))
    if not told and foreign and _chosen(workflow, view):
        raise NotApplicable("only actions that were chosen may run")
    doubts, rows = Doubts(), []
    seen: set[str] = set()
    nobody: Missing | None = None
    for each in foreign:
        if each.action is None:
            nobody = nobody or unasked(each, workflow, view)
            doubts.add(nobody)
            continue
        with doubts:
            action = known(each, workflow, view)
            owner = each.uses.owner.lower()
            if view.given(action, "verified", facet=FACET) or owner in seen:
                continue
            seen.add(owner)
            person = view.attribute(action, "owner_type", facet=FACET, default=None) == "User"
            why = "a person" if person else "an organization without a verified domain"
            says = f"{each.job} runs code of {each.uses.owner[:39]} ({each.uses.repo[:40]}), {why}"
            rows.append(row(each, says, workflow, view))
    yield from together(workflow, "wf.uses.unverified", rows, Severity.LOW)
    doubts.settle()


def _chosen(workflow: Resource, view: View) -> bool:
    """Tell whether GitHub runs only actions that the repository's or the organization's settings name.

    https://docs.github.com/en/rest/actions/permissions (allowed_actions)
    """
    repository, organization = view.repository_of(workflow), view.organization_of(workflow)
    if organization is None:
        return False
    words = [
        view.attribute(scope, "actions_permissions", "allowed_actions", default=None)
        for scope in (repository, organization)
        if scope is not None
    ]
    if not any(words):
        view.need(organization.ref, Facet.ORG_ACTIONS)
        raise Missing(organization.ref, Facet.ORG_ACTIONS, Cause.MISSING_FIELD, "which actions may run was not told")
    return any(word in {"selected", "local_only"} for word in words)
