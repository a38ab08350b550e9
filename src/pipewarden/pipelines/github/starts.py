"""Who can start a workflow's jobs, event by event, and what such a run is given.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from collections.abc import Iterable, Iterator

from pipewarden.model.jobs import Circle, Given, Start
from pipewarden.pipelines.gates import OPEN, Gate
from pipewarden.pipelines.github.bots import pushed_by_bot
from pipewarden.pipelines.parts import Trigger
from pipewarden.pipelines.untrusted import ANYONE_EVENTS

FROM_FORKS = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
"""Events that run what a pull request proposes; "With the exception of GITHUB_TOKEN, secrets are not passed to the runner
when a workflow is triggered from a forked repository. The GITHUB_TOKEN has read-only permissions".
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories"""

FROM_BOTS = FROM_FORKS | {"push", "create", "deployment", "deployment_status"}
"""Events under which a run of Dependabot's gets "read-only permissions by default" and "Secrets are populated from
Dependabot secrets. GitHub Actions secrets are not available."
https://docs.github.com/en/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions"""

BRANCH_EVENTS = frozenset({"push", "create", "workflow_dispatch", "release", "deployment", "merge_group"})
"""Events that run the workflow file of the branch or tag they name: whoever pushes one brings the file with it."""


def starts_of(triggers: Iterable[Trigger], gate: Gate, before: "dict[str, frozenset[Circle]]") -> tuple[Start, ...]:
    """Return the ways to start a job behind a gate.

    `before` holds, by the name of a workflow, who can start it: for `workflow_run`.
    """
    return tuple(start for trigger in triggers for start in _of(trigger, gate, before))


def _start(
    trigger: Trigger,
    by: Circle,
    gate: Gate,
    *,
    secrets: Given = Given.ALL,
    reads_only: bool = False,
    theirs: bool = False,
) -> Start:
    at = trigger.position
    return Start(
        event=trigger.event, by=by, secrets=secrets, reads_only=reads_only, theirs=theirs, gate=gate.words,
        edited=trigger.event in gate.shut, line=at.line, column=at.column,
    )  # fmt: skip


def _of(trigger: Trigger, gate: Gate, before: "dict[str, frozenset[Circle]]") -> Iterator[Start]:
    event = trigger.event
    passes = event in gate.open
    shut = event in gate.shut
    if event == "workflow_call":
        yield _start(trigger, Circle.WORKFLOW, OPEN)
    elif shut and event not in FROM_FORKS | BRANCH_EVENTS:
        # whoever brings the file of their branch can change its condition; nobody else can
        return
    elif event == "schedule":
        yield _start(trigger, Circle.SCHEDULE, OPEN)
    elif event == "workflow_run":
        yield from _after(trigger, before, gate, passes=passes)
    elif event in FROM_FORKS:
        if passes and not shut:
            yield _start(trigger, Circle.FORK, gate, secrets=Given.NONE, reads_only=True, theirs=True)
        yield _start(trigger, Circle.DEVELOPER, gate, theirs=True)
        yield from _of_bot(trigger, gate)
    elif event == "pull_request_target":
        # "This event runs in the context of the default branch of the base repository", with its secrets and token
        yield _start(trigger, Circle.FORK if passes else Circle.DEVELOPER, gate)
        if not passes and event not in gate.no_bot:
            # who is no outsider may be Dependabot: its branches are the repository's own
            yield _start(trigger, Circle.BOT, gate)
    elif event in ANYONE_EVENTS:
        yield _start(trigger, Circle.OUTSIDER if passes else Circle.DEVELOPER, gate)
    else:
        yield _start(trigger, Circle.DEVELOPER, gate, theirs=event in BRANCH_EVENTS)
        if event in FROM_BOTS and (event != "push" or pushed_by_bot(trigger)):
            yield from _of_bot(trigger, gate)


def _of_bot(trigger: Trigger, gate: Gate) -> Iterator[Start]:
    """Yield that Dependabot starts a job: it proposes versions, and edits no condition."""
    if trigger.event not in gate.no_bot:
        yield _start(trigger, Circle.BOT, gate, secrets=Given.DEPENDABOT, reads_only=True, theirs=True)


def _after(trigger: Trigger, before: "dict[str, frozenset[Circle]]", gate: Gate, *, passes: bool) -> Iterator[Start]:
    """Yield who can cause a `workflow_run`: whoever starts the run before it.

    "The workflow started by the workflow_run event is able to access secrets and write tokens, even if the previous
    workflow was not."
    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
    """
    circles: set[Circle] = set()
    for name in trigger.workflows:
        # a workflow that is not at hand may be started by anyone
        circles |= before.get(name, {Circle.FORK})
    circles = circles or {Circle.FORK}
    outside = circles & {Circle.FORK, Circle.OUTSIDER}
    if passes and outside:
        # a change from a fork starts the run before it, and so this one; else an issue or a comment does
        yield _start(trigger, Circle.FORK if Circle.FORK in outside else Circle.OUTSIDER, gate)
    for circle in (Circle.DEVELOPER, Circle.BOT, Circle.SCHEDULE):
        if circle in circles and not (circle is Circle.BOT and trigger.event in gate.no_bot):
            yield _start(trigger, circle, gate)
    if not passes and not circles - outside:
        yield _start(trigger, Circle.DEVELOPER, gate)
