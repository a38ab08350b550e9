"""The actions of others that a workflow uses, with what was read of them: what the checks about them share."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pipewarden.access.jobs import ranked
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit
from pipewarden.checks.files import Row, gathered
from pipewarden.checks.workflow_access import codes_of, jobs_of
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import action_of
from pipewarden.model.named_uses import NamedUse
from pipewarden.pipelines.uses import Pin, Uses, UsesKind, read_uses

FACET = Facet.REPO_USED_ACTIONS
PUBLIC = "github.com"
"""The host that actions are on wherever another host does not have them itself."""
SHORT = 7
"""Letters of a commit's hash that a sentence shows."""
LONGEST_NAME = 60


class Used(NamedTuple):
    """One use of an action or workflow of somebody else's."""

    use: NamedUse
    uses: Uses
    action: Resource | None
    """What was read of its repository; None where nothing was."""
    version: str
    """The version named in a comment beside a pinned commit."""

    @property
    def name(self) -> str:
        """`owner/name`, as the file says it."""
        return f"{self.uses.owner}/{self.uses.repo}"

    @property
    def shown(self) -> str:
        """The name at a length that a sentence bears."""
        return self.name if len(self.name) <= LONGEST_NAME else f"{self.name[: LONGEST_NAME - 1]}…"

    @property
    def job(self) -> str:
        """The job that uses it, as a sentence begins."""
        return f"the action {self.use.of}" if self.use.of else f"job {self.use.job[:40]}"

    @property
    def commit(self) -> str:
        """The pinned commit, in short."""
        return self.uses.ref[:SHORT]

    @property
    def pinned(self) -> bool:
        """Whether it names a commit."""
        return self.uses.pin is Pin.SHA


def used(workflow: Resource, view: View) -> list[Used]:
    """Return the actions and workflows of others that a workflow names, without those that an expression chooses."""
    known = view.memo["actions that workflows use"]
    found: list[Used] | None = known.get(workflow.ref)
    if found is None:
        found = known[workflow.ref] = list(_looked_up(workflow, view))
    return found


def _looked_up(workflow: Resource, view: View) -> Iterator[Used]:
    organization = view.organization_of(workflow)
    repository = view.repository_of(workflow)
    own = (organization.name if organization else repository.name.partition("/")[0] if repository else "").lower()
    for use in view.actions(workflow.ref):
        uses = read_uses(use.name)
        if uses.kind is not UsesKind.REPOSITORY or uses.pin is Pin.DYNAMIC or uses.owner.lower() == own:
            continue
        found = view.find(action_of(organization.ref, f"{uses.owner}/{uses.repo}")) if organization else None
        action = found if isinstance(found, Resource) else None
        yield Used(use, uses, action, use.version)


def known(each: Used, workflow: Resource, view: View) -> Resource:
    """Return what was read of an action's repository. Raises Missing where nothing was, or it was not found."""
    if each.action is None:
        raise unasked(each, workflow, view)
    if not view.given(each.action, "found", facet=FACET):
        detail = f"{each.name} does not exist, or is hidden from this credential"
        raise Missing(each.action.ref, FACET, Cause.NOT_FOUND, detail)
    return each.action


def unasked(each: Used, workflow: Resource, view: View) -> Missing:
    """Return that nobody was asked about an action, with the gap that is told of it where there is one."""
    gap = view.gap(workflow.ref, FACET)
    if gap is not None:
        return Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)
    return Missing(workflow.ref, FACET, Cause.NOT_COLLECTED, f"nothing was asked about {each.name}")


def unknown(each: Used, workflow: Resource, view: View, why: str) -> Missing:
    """Return that something of a known action is not known, with the gap that is told of it where there is one."""
    scope = each.action.ref if each.action else workflow.ref
    gap = view.gap(scope, FACET)
    if gap is not None:
        return Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)
    return Missing(scope, FACET, Cause.MISSING_FIELD, f"{each.name}@{each.uses.ref[:40]}: {why}")


def row(each: Used, says: str, workflow: Resource, view: View, severity: str = "") -> dict[str, Any]:
    """Return what is told of one use, at its line, with what its job reaches."""
    job = each.use.job
    there = [found for found in jobs_of(workflow, view) if _is_in(found.job.id, job)]
    inside = [code for found in (ranked(there) if len(there) > 1 else there) for code in codes_of(found)]
    told: dict[str, Any] = {"line": each.use.line, "column": each.use.column, "job": job, "says": says}
    told["reaches"] = list(dict.fromkeys(inside))
    return told | ({"severity": severity} if severity else {})


def _is_in(job: str, asked: str) -> bool:
    return job == asked or job.startswith(f"{asked}/")


def together(workflow: Resource, check: str, rows: Iterable[Row], worst: Severity) -> Iterator[Hit]:
    """Yield the finding of a file: what is told here, and what another program says of the same."""
    seconding = [each for each in workflow.attributes.get("weaknesses") or () if each["check"] == check]
    yield from gathered(workflow, [*rows, *seconding], worst)


__all__ = ["FACET", "PUBLIC", "Used", "known", "row", "together", "unasked", "unknown", "used"]
