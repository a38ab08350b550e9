"""What of a job could not be followed, with the checks that it keeps from a verdict; and machines that callers choose."""

from collections.abc import Iterator
from typing import Any

from pipewarden.model.jobs import POISONED, Circle, EffectiveJob, Given, LooseEnd, Spot, Takeover
from pipewarden.pipelines.github.machines import BEARS as OF_MACHINES
from pipewarden.pipelines.hazards.kinds import check_of_checkout, either

MOST = 20
"""Open ends told of one file."""
_INJECTED = ("wf.inject.template",)
_ARTIFACT = ("wf.trigger.workflow_run_artifact",)
_PINNED = ("wf.uses.unpinned",)
_PULLS = frozenset({"pull_request", "pull_request_target", "issue_comment"})


def open_ends_of(job: EffectiveJob) -> list[dict[str, Any]]:
    """Return the open ends of a job, each with the checks that it bears on (`bears`)."""
    strange = [start.event for start in job.starts if _is_strange(start.by, start.secrets)]
    rows = [_row(end, job, end.bears or (*_bears(strange), *_pinning(end, job))) for end in job.open_ends]
    open_ = (taken for taken in job.takeovers if not taken.certain and taken.kind != POISONED)
    # what only whoever may write can have run there bears on no check
    rows += [_of_takeover(taken, job) for taken in open_ if taken.side != "inside"]
    return rows


def _is_strange(by: Circle, secrets: Given) -> bool:
    """Tell whether a start is an outsider's, with the rights of the repository."""
    return by in {Circle.FORK, Circle.OUTSIDER} and secrets is Given.ALL


def _bears(events: list[str]) -> tuple[str, ...]:
    """Return the checks on which it bears that what a job runs was not at hand: those about what outsiders can do there."""
    if not events:
        return ()
    return (check_of_checkout(events), *_INJECTED, *(_ARTIFACT if "workflow_run" in events else ()))


def _pinning(end: LooseEnd, job: EffectiveJob) -> tuple[str, ...]:
    """Return the check that an own action keeps from a verdict that was not read: it may use what others can change."""
    return (
        _PINNED
        if end.unread and (job.secrets or job.oidc or job.token is None or "write" in job.token.values())
        else ()
    )


def _place(spot: Spot, job: EffectiveJob) -> dict[str, Any]:
    """Return a place in the workflow's own file: the call, where the spot lies in another."""
    if spot.path == job.path and not spot.project:
        return {"line": spot.line, "column": spot.column or 1}
    return {"line": job.line, "column": job.column or 1}


def _row(end: LooseEnd, job: EffectiveJob, bears: tuple[str, ...]) -> dict[str, Any]:
    row = {**_place(end.spot, job), "message": end.says, "bears": list(bears)}
    if bears == OF_MACHINES:
        row |= {"job": job.id, "labels": list(job.labels), "group": job.runner_group, "open": job.runner_open}
    return row


def _of_takeover(taken: Takeover, job: EffectiveJob) -> dict[str, Any]:
    return {**_place(taken.spot, job), "message": taken.says, "bears": [check_of_checkout(taken.events)]}


def first_ends(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the open ends of a file that are kept, those that keep a check from a verdict before the others."""
    once = {(row["line"], row["message"]): row for row in rows}
    # those about machines are many, and alike
    return sorted(once.values(), key=lambda row: (not row["bears"], "labels" in row))[:MOST]


def machine_of(job: EffectiveJob) -> Iterator[dict[str, Any]]:
    """Yield that a job of a called workflow runs on a machine of one's own for pull requests: its caller chose it."""
    if not job.chain or job.runner != "self_hosted":
        return
    starts = [start for start in job.starts if start.event in _PULLS and start.by in {Circle.FORK, Circle.OUTSIDER}]
    if not starts:
        return
    events = tuple(dict.fromkeys(start.event for start in starts))
    labels = ", ".join(job.labels) or "self-hosted"
    yield {
        "kind": "self_hosted_for_outsider",
        "line": job.line,
        "column": job.column,
        "job": job.id,
        "says": f"job {job.id[:100]} on {either(events)} runs on a self-hosted runner ({labels}), where later jobs run too",
        "by": "anyone",
        "reaches": ["runner"],
        "gate": starts[0].gate,
        "events": list(events),
        "through": True,
    }
