"""What is asked of every edit before it is offered, beside that it says just what it is to say: nothing got worse."""

from collections.abc import Mapping

from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.github.weak.judge import github_weaknesses
from pipewarden.pipelines.hazards import hazards
from pipewarden.pipelines.least.kinds import Default
from pipewarden.pipelines.parts import Workflow

_GRAVE = ("info", "low", "medium", "high", "critical", "")
"""From light to grave; the empty one is the check's own, the gravest it has."""
_BY_NAME = frozenset({"wf.env.missing"})
"""Checks that go by what a job is called: of a job that was made of another one they tell what was true of that already."""

_INSTEAD = {"wf.perm.missing": "wf.perm.default_on_risky"}
"""Checks that tell of what another one told of under the event that an edit takes away."""


def weaknesses_of(workflow: Workflow, text: str, default: Default) -> tuple[Weakness, ...]:
    """Return all that the checks tell of a workflow by itself: what an edit ends would else make room for what was cut off."""
    return github_weaknesses(workflow, text, default=default, most=None)


def worse(
    before: Workflow,
    after: Workflow,
    texts: tuple[str, str],
    default: Default = None,
    stems_from: Mapping[str, str] | None = None,
) -> str:
    """Return the first thing that is told of the edited workflow and was not, or graver; empty where there is none.

    `stems_from` names the job that a new one was made of: it may have what that one had.
    """
    return next(iter(worse_by_job(before, after, texts, default, stems_from).values()), "")


def worse_by_job(
    before: Workflow,
    after: Workflow,
    texts: tuple[str, str],
    default: Default = None,
    stems_from: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return, by job, the first thing that is told of it in the edited workflow and was not, or graver."""
    known = _told(before, texts[0], default)
    found: dict[str, str] = {}
    for (job, check), (grave, says) in _told(after, texts[1], default).items():
        origin = (stems_from or {}).get(job, job)
        if origin != job and check in _BY_NAME:
            continue
        if (origin, _INSTEAD.get(check)) in known:
            continue
        if grave > known.get((origin, check), (-1, ""))[0]:
            found.setdefault(job, says)
    return found


def _told(workflow: Workflow, text: str, default: Default) -> dict[tuple[str, str], tuple[int, str]]:
    """Return the gravest of what is told of each job by each check."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for weak in weaknesses_of(workflow, text, default):
        key, grave = (weak.job, weak.check), _GRAVE.index(weak.severity)
        if grave > found.get(key, (-1, ""))[0]:
            found[key] = (grave, weak.says)
    for hazard in hazards(workflow, default=default):
        found.setdefault((hazard.job, hazard.kind), (0, hazard.says))
    return found
