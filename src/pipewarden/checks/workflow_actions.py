"""Checks about whose code an action's name stands for today: its repository, its commits, its tags."""

from collections.abc import Iterator
from typing import Any

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import Doubts
from pipewarden.checks.used_actions import FACET, PUBLIC, Used, known, row, together, unknown, used
from pipewarden.checks.workflow_rows import PIPELINES, readable
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.pipelines.released import span_of


@check(
    id="wf.uses.impostor",
    title="Pinned commits are of the repository that they are named under",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS, Facet.REPO_USED_ACTIONS),
    remedy=("Pin the commit that the action's release names, and look at what the other one ran.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions",
    **clauses(PIPELINES, "O3"),
)
def impostor(workflow: Resource, view: View) -> Iterator[Hit]:
    """All forks share their objects with what they were forked from, so a fork's commit runs under the original's name.

    Decided by whether any branch or tag of that repository has the commit in its history; that GitHub finds it says nothing.
    """
    readable(workflow)
    doubts, rows = Doubts(), []
    for each in used(workflow, view):
        if not each.pinned:
            continue
        with doubts:
            action = known(each, workflow, view)
            commit = view.attribute(action, "commits", facet=FACET).get(each.uses.ref.lower())
            if commit is None:
                raise unknown(each, workflow, view, "nothing was told of that commit")
            if not commit["exists"]:
                says = f"{each.job} pins {each.shown} at {each.commit}, a commit that {each.shown} does not have"
                rows.append(row(each, says, workflow, view, "medium"))
            elif commit["inside"] is False:
                says = f"{each.job} pins {each.shown} at {each.commit}, which is in none of its branches and tags"
                rows.append(row(each, says, workflow, view))
            elif commit["inside"] is None:
                raise unknown(each, workflow, view, str(commit["why"]))
    yield from together(workflow, "wf.uses.impostor", rows, Severity.HIGH)
    doubts.settle()


@check(
    id="wf.uses.ref_confusion",
    title="An action's reference means one thing",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS, Facet.REPO_USED_ACTIONS),
    remedy=("Pin the full commit of the version that was meant, with that version in a comment beside it.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses",
    **clauses(PIPELINES, "O3"),
)
def ref_confusion(workflow: Resource, view: View) -> Iterator[Hit]:
    """A name that is a branch and a tag runs one and is read as the other; a wrong comment misleads whoever reviews a pin.

    Beside a pinned commit, an older release of the line that the comment names (`v4`) is no contradiction.
    """
    readable(workflow)
    doubts, rows = Doubts(), []
    for each in used(workflow, view):
        with doubts:
            action = known(each, workflow, view)
            refs = view.attribute(action, "refs", facet=FACET)
            told = _beside(each, refs, view, action) if each.pinned else _named_twice(each, refs)
            if told is None:
                raise unknown(each, workflow, view, "where its names point was not told")
            if told[0]:
                rows.append(row(each, told[0], workflow, view, told[1]))
    yield from together(workflow, "wf.uses.ref_confusion", rows, Severity.MEDIUM)
    doubts.settle()


Told = tuple[str, str]
"""A sentence and its severity; an empty sentence: nothing is wrong."""


def _named_twice(each: Used, refs: dict[str, Any]) -> Told | None:
    if each.uses.ref.startswith("refs/"):
        return "", ""
    told = refs.get(each.uses.ref) or {}
    if "tag" not in told or "branch" not in told:
        return None
    if told["tag"] and told["branch"]:
        return f"{each.job} uses {each.shown}@{each.uses.ref[:30]}, which is a branch as well as a tag", ""
    return "", ""


def _beside(each: Used, refs: dict[str, Any], view: View, action: Resource) -> Told | None:
    """Compare a pinned commit with the version in its comment."""
    if not each.version:
        return "", ""
    tags = [refs.get(name) for name in dict.fromkeys((each.version, f"v{each.version}"))]
    points = [tag["tag"] for tag in tags if tag is not None and "tag" in tag]
    commit = view.attribute(action, "commits", facet=FACET).get(each.uses.ref.lower())
    if not points or commit is None:
        return None
    at, written = set(commit["tags"]), each.version[:30]
    if at & {each.version, f"v{each.version}"} or each.uses.ref.lower() in points:
        return "", ""
    says = f"{each.job} pins {each.shown} at {each.commit} and calls it {written}, which"
    if not any(points):
        return f"{says} is no tag of it", "low"
    line = span_of(each.version)
    if line is None or line.single:
        return f"{says} is another commit", ""
    spans = [span for name in at if (span := span_of(name)) is not None and span.single]
    if any(line.low <= span.low <= line.high for span in spans):
        return "", ""  # an older release of the same line
    return f"{says} points to another commit now", "medium" if spans else "low"


@check(
    id="wf.uses.repojackable",
    title="Nobody else can take over the name of an action",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS, Facet.REPO_USED_ACTIONS),
    remedy=("Write the name that the repository has today, pinned to a full commit, or replace the action.",),
    source="https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository",
    **clauses(PIPELINES, "O3"),
)
def repojackable(workflow: Resource, view: View) -> Iterator[Hit]:
    """A former name leads to the new one until somebody puts a repository there; a login that is free anybody registers.

    GitHub holds back the names of some repositories that were much used; which, it does not tell.
    """
    readable(workflow)
    doubts, rows = Doubts(), []
    for each in used(workflow, view):
        with doubts:
            told = _taken_over(each, workflow, view)
            if told[0]:
                rows.append(row(each, told[0], workflow, view, told[1]))
    yield from together(workflow, "wf.uses.repojackable", rows, Severity.HIGH)
    doubts.settle()


def _taken_over(each: Used, workflow: Resource, view: View) -> Told:
    action, owner = each.action, each.uses.owner[:39]
    if action is not None and view.attribute(action, "found", facet=FACET) is False:
        if action.ref.instance != PUBLIC:
            detail = f"{each.name} is not on {action.ref.instance}: it may be taken from github.com"
            raise Missing(action.ref, FACET, Cause.NOT_FOUND, detail)
        if view.given(action, "owner_found", facet=FACET) is False:
            return f"{each.job} uses {each.shown}, and nobody has the login {owner}: it is free to register", ""
    action = known(each, workflow, view)
    now = str(view.given(action, "full_name", facet=FACET))
    if now.lower() == each.name.lower():
        return "", ""
    says = f"{each.job} uses {each.shown}, which is {now[:50]} today"
    if view.given(action, "owner_found", facet=FACET) is False:
        return f"{says}; the login {owner} is free to register", ""
    if now.partition("/")[0].lower() == each.uses.owner.lower():
        return f"{says}: its owner can give the old name to another", "low"
    return f"{says}: {owner} can put another repository there", "medium"
