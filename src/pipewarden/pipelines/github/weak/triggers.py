"""Rules about who starts a job: triggers that strangers pull, gates that do not hold, dispatches from any branch, agents."""

import re
from collections.abc import Iterator
from functools import lru_cache

from pipewarden.pipelines.commands import listed, short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.gates import lets_in_whoever_was_merged_once
from pipewarden.pipelines.github.weak.scene import Scene
from pipewarden.pipelines.parts import Mention
from pipewarden.pipelines.yaml_tree import Position

_ANY = frozenset({"pull_request_target", "workflow_run"})


def dangerous_trigger(scene: Scene) -> Iterator[Weakness]:
    """A job that strangers start in a privileged run: what it holds is one mistake away from them.

    https://docs.github.com/en/actions/reference/security/secure-use#mitigating-the-risks-of-untrusted-code-checkout
    """
    events = [event for event in scene.strange if event in _ANY]
    if not events:
        return
    trigger = next(each for each in scene.workflow.triggers if each.event == events[0])
    held = f"with {scene.held}" if scene.held else "with nothing worth taking"
    severity = "medium" if any(not code.startswith("token:") for code in scene.valuable) else "low"
    if "token:contents" in scene.holds or "token:packages" in scene.holds or "token:actions" in scene.holds:
        severity = "medium"
    yield scene.tell(
        "wf.trigger.prt_any",
        trigger.position,
        f"strangers start {scene.name} on {' or '.join(events)}, {held}",
        by="anyone",
        severity=severity if scene.held else "info",
    )


_BOT = re.compile(
    r"github\.(?:triggering_)?actor\s*==\s*'(?P<name>[^']*\[bot\])'|'(?P<other>[^']*\[bot\])'\s*==\s*github\.(?:triggering_)?actor",
    re.IGNORECASE,
)
_CONTAINS = re.compile(
    r"contains\(\s*'(?P<text>[^']*)'\s*,\s*(?P<what>github\.(?:ref|ref_name|head_ref|base_ref|actor|triggering_actor|"
    r"event\.[\w.]+))\s*\)",
    re.IGNORECASE,
)


_LABELLED = re.compile(
    r"contains\(\s*github\.event\.pull_request\.labels\.\*\.name\s*,\s*'(?P<name>[^']*)'\s*\)", re.IGNORECASE
)
_UNLABELLED = re.compile(r"!\s*contains\(\s*github\.event\.pull_request\.labels", re.IGNORECASE)
_PUSHED = frozenset({"synchronize", "reopened", "edited"})


def _stays(scene: Scene) -> bool:
    """Tell whether a label of a pull request lets code in that was pushed after it was given: nothing asks anew."""
    trigger = scene.workflow.trigger("pull_request_target")
    types = set(trigger.types) if trigger is not None else set()
    if types and not types & _PUSHED:
        return False
    if any(_UNLABELLED.search(step.condition) for step in scene.job.steps) or _UNLABELLED.search(scene.job.condition):
        return False
    return _takes_code(scene, "pull_request_target")


def weak_gate(scene: Scene) -> Iterator[Weakness]:
    """A condition that others can fulfil: the name of the last actor, or `contains` over a text instead of a list.

    `github.actor` is who caused the last event, not who wrote the code: on a pull request of a bot's, whoever pushes.
    https://docs.zizmor.sh/audits/#bot-conditions and, for `contains`,
    https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#contains
    """
    if not scene.holds:
        return
    for condition, place in _conditions(scene):
        bot, found = _gate_of(condition)
        if bot and scene.strange and not _has_author(condition):
            who = bot["name"] or bot["other"]
            yield scene.tell(
                "wf.trigger.weak_gate",
                place,
                f"{scene.name} trusts the last actor to be {short(who, 30)}: that says nothing of who wrote the code",
                by="anyone",
                gate="",
            )
            return
        if scene.strange and "author_association" in condition and lets_in_whoever_was_merged_once(condition):
            yield scene.tell(
                "wf.trigger.weak_gate",
                place,
                f"{scene.name} lets contributors pass: whoever had one change merged is one",
                by="anyone",
                severity="" if scene.valuable else "low",
                gate="",
            )
            return
        label = _LABELLED.search(condition)
        if label and "pull_request_target" in scene.strange and _stays(scene):
            yield scene.tell(
                "wf.trigger.weak_gate",
                place,
                f"{scene.name} runs for the label {short(label['name'], 30)}, which stays when its author pushes again",
                by="anyone",
                severity="medium",
                gate="",
            )
            return
        if found and _chosen(found["what"], scene):
            yield scene.tell(
                "wf.trigger.weak_gate",
                place,
                f"{scene.name} looks for {found['what']} inside a text: any part of “{short(found['text'], 40)}” passes",
                by="anyone" if scene.strange else "writer",
                severity="" if scene.strange else "medium",
                gate="",
            )
            return


@lru_cache(maxsize=2048)  # jobs and steps repeat each other's conditions
def _gate_of(condition: str) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """Return where a condition compares the last actor with a bot, and where it looks for something inside a text."""
    return _BOT.search(condition), _CONTAINS.search(condition)


def _has_author(condition: str) -> bool:
    return "pull_request.user.login" in condition or "head.repo" in condition


def _chosen(what: str, scene: Scene) -> bool:
    """Tell whether somebody chooses the value: a branch, by whoever can push one or propose it."""
    lowered = what.lower()
    if lowered.startswith("github.event."):
        return bool(scene.strange)
    return lowered in {"github.ref", "github.ref_name", "github.head_ref"} or bool(scene.strange)


def _conditions(scene: Scene) -> Iterator[tuple[str, Position]]:
    for text, mentions, otherwise in (
        (scene.job.condition, scene.job.mentions, scene.job.position),
        *((step.condition, step.mentions, step.position) for step in scene.job.steps),
    ):
        if text:
            yield text, _place(mentions, otherwise)


def _place(mentions: tuple[Mention, ...], otherwise: Position) -> Position:
    return next((mention.position for mention in mentions if mention.where == "if"), otherwise)


_REF = re.compile(
    r"github\.(?:ref|ref_name|ref_protected|ref_type|event_name|event\.workflow_run|sha)\b", re.IGNORECASE
)


def dispatched(scene: Scene) -> Iterator[Weakness]:
    """A run by hand takes the file and code of whichever branch its starter names, with the secrets of the repository.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch
    """
    job = scene.job
    trigger = scene.workflow.trigger("workflow_dispatch")
    prize = tuple(code for code in scene.holds if code.startswith("secret:") or code == "oidc")
    if trigger is None or not prize or job.environment is not None or _names_ref(job.condition):
        return
    if any(_names_ref(each.condition) for each in scene.workflow.jobs if each.id in job.needs):
        return
    if any(step.condition and _names_ref(step.condition) for step in job.steps):
        return
    yield scene.tell(
        "wf.trigger.dispatch_any_branch",
        trigger.position,
        f"whoever may start {scene.name} by hand chooses the branch whose code gets {_prize(scene, prize)}",
        reaches=prize,
        by="writer",
        severity="medium" if scene.releases else "info",
        gate="",
    )


@lru_cache(maxsize=2048)
def _names_ref(condition: str) -> bool:
    """Tell whether a condition asks what the run was started on."""
    return _REF.search(condition) is not None


def _prize(scene: Scene, prize: tuple[str, ...]) -> str:
    return listed(scene.secrets) if scene.secrets else "an OIDC identity" if "oidc" in prize else "every secret"


def identity_for_strangers(scene: Scene) -> Iterator[Weakness]:
    """A job that may ask for an OIDC token and runs for pull requests: its subject opens what trusts the repository.

    A pull request from a fork is given no such token; one on `pull_request_target` or a comment is.
    https://docs.github.com/en/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token
    """
    job = scene.job
    if not job.oidc:
        return
    place = job.permissions.position if job.permissions is not None else job.position
    if scene.strange:
        yield scene.tell(
            "wf.oidc.id_token_pr",
            place,
            f"{scene.name} may ask for an OIDC identity on {' or '.join(scene.strange)}, which strangers start",
            by="anyone",
            severity="" if not scene.gate.words and _takes_code(scene, *scene.strange) else "medium",
        )
    elif scene.outside and job.uses is None:
        yield scene.tell(
            "wf.oidc.id_token_pr",
            place,
            f"{scene.name} may ask for an OIDC identity for the pull request of whoever may push a branch",
            reaches=("oidc",),
            by="writer",
            severity="low",
        )


def _takes_code(scene: Scene, *events: str) -> bool:
    """Tell whether a job takes the code of strangers in the runs that they start by some events."""
    steps = scene.job.steps
    return any(scene.flows.on(event).taken(step, scene.job).code for event in events for step in steps)
