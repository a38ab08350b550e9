"""Facts about a workflow that decide who gets at its secrets and its token; not style, not lint."""

from collections.abc import Iterator
from collections.abc import Mapping as Table
from enum import StrEnum
from typing import Literal, NamedTuple

from msgspec import Struct

from pipewarden.pipelines.choices import input_name
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.gates import Gate, gate_of, gates_of, tighter
from pipewarden.pipelines.injections import Inputs, injections, inputs_of
from pipewarden.pipelines.parts import Job, Mention, RunnerKind, SecretForm, Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, PRIVILEGED_EVENTS, Author
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.workspace import next_runs, runs_what_it_takes, takes_outside_code
from pipewarden.pipelines.yaml_tree import Position


class HazardKind(StrEnum):
    """What is possible that should not be."""

    PWN_REQUEST = "pwn_request"
    """A privileged run takes an outsider's code and runs it."""
    OUTSIDE_CHECKOUT = "outside_checkout"
    """A privileged run takes an outsider's code; nothing is seen that runs it."""
    SCRIPT_INJECTION = "script_injection"
    """Text that somebody else chooses becomes part of a program."""
    SECRET_TO_OUTSIDER = "secret_to_outsider"
    """A job that an outsider can take over holds secrets."""
    FOREIGN_ARTIFACT = "foreign_artifact"
    """A run for `workflow_run` takes files that an outsider's run may have made."""
    SELF_HOSTED_FOR_OUTSIDER = "self_hosted_for_outsider"
    """Code of pull requests runs on a machine that is not thrown away."""
    ENVIRONMENT_BY_INPUT = "environment_by_input"
    """Who starts the run chooses the environment, and with it its secrets and gates."""
    UNPINNED_ACTION = "unpinned_action"
    """Somebody else can change code that runs with secrets or a writing token."""
    ALL_SECRETS = "all_secrets"
    """A job takes every secret instead of the ones it needs."""
    INHERITED_SECRETS = "inherited_secrets"
    """A called workflow is handed every secret instead of the ones it needs."""
    ALWAYS_TRUE = "always_true"
    """A condition that is meant to guard a job or step never holds anything back."""


class Hazard(Struct, frozen=True, kw_only=True):
    """One such fact, with its place. `by` is who can use it, `reaches` what they get by it.

    `reaches` holds `secret:NAME`, `secret:*` (any), `token:SCOPE` (write), `token:?` (not known), `oidc`,
    `runner`. `gate` says what stands before it and can be got around or needs a person (a label, an
    environment); empty where nothing does.
    """

    kind: HazardKind
    position: Position
    job: str
    says: str
    step: int | None = None
    by: Author = Author.ANYONE
    events: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    gate: str = ""
    input: str = ""
    """The input of the workflow that carries the text, in lower case; empty where none does."""
    how: str = ""
    """More of how, by which checks tell one from the other.

    `own`: all that an action gets is the secrets that only its own steps are given. `tagged`: it can only be called by a
    tag. `local`: a local action is what runs the outsider's code, or the called workflow is the repository's own.
    `moving`: the code can change between an approval and the checkout. `runs`: a later step runs the workspace.
    """


_FIRST_PARTY = frozenset({"actions", "github"})
"""Owners whose actions come with the runner's own vendor."""


_BY_TAG = ("slsa-framework/slsa-github-generator/",)
"""Workflows that check their own tag and refuse to be called by a commit.
https://github.com/slsa-framework/slsa-github-generator#referencing-slsa-builders-and-generators"""


class _Scene(NamedTuple):
    """What all jobs of a workflow share."""

    workflow: Workflow
    inputs: Inputs
    owner: str


class Standing(NamedTuple):
    """What stands before each job of a workflow and what it holds, by the job's id: worked out once for all who ask."""

    gates: Table[str, Gate]
    holds: Table[str, tuple[str, ...]]


def standing_of(
    workflow: Workflow, default: Literal["read", "write"] | None = None, *, gates: Table[str, Gate] | None = None
) -> Standing:
    """Return where the jobs of a workflow stand; `gates` where they are known already."""
    holds = {job.id: holds_of(workflow, job, default) for job in workflow.jobs}
    return Standing(gates_of(workflow) if gates is None else gates, holds)


def hazards(
    workflow: Workflow,
    *,
    owner: str = "",
    default: Literal["read", "write"] | None = None,
    standing: Standing | None = None,
) -> tuple[Hazard, ...]:
    """Return the hazards of a workflow, in the order of the file.

    `owner` is the account the repository belongs to: its own actions are not a third party's. `default` is
    what a token may do where the file is silent (None: not known).
    """
    standing = standing or standing_of(workflow, default)
    scene = _Scene(workflow, inputs_of(workflow), owner.lower())
    found = [
        hazard
        for job in workflow.jobs
        for hazard in _of_job(scene, job, standing.gates[job.id], standing.holds[job.id])
    ]
    found.sort(key=lambda hazard: hazard.position)
    return tuple(found)


def _of_job(scene: _Scene, job: Job, gate: Gate, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield the hazards of one job."""
    workflow = scene.workflow
    taken = [*_outside_code(workflow, job, gate, holds), *_injections(scene, job, gate, holds)]
    yield from taken
    yield from _secrets_out(job, taken)
    yield from _artifacts(workflow, job, gate, holds)
    yield from _self_hosted(workflow, job, gate)
    yield from _environment(workflow, job, gate)
    yield from _unpinned(job, scene.owner, holds)
    yield from _all_secrets(job)
    yield from _always_true(job, holds)


def holds_of(workflow: Workflow, job: Job, default: Literal["read", "write"] | None) -> tuple[str, ...]:
    """Return what somebody gets who takes over the job in a privileged run."""
    out = []
    for use in job.secrets:
        if use.form is not SecretForm.NAMED:
            out.append("secret:*")
        elif use.name != "GITHUB_TOKEN":
            out.append(f"secret:{use.name}")
    levels: Table[str, str] | Unknown = effective_permissions(workflow, job, default)
    if isinstance(levels, Unknown):
        out.append("token:?")
    else:
        out += [f"token:{scope}" for scope, level in levels.items() if level == "write" and scope != "id-token"]
    if job.oidc:
        out.append("oidc")
    if job.runner.kind is RunnerKind.SELF_HOSTED:
        out.append("runner")
    return tuple(dict.fromkeys(out))


def open_events(workflow: Workflow, among: frozenset[str], gate: Gate) -> tuple[str, ...]:
    """Return the events among some that start a workflow and that an outsider can pass the gate with."""
    passed = gate.open
    found = [trigger.event for trigger in workflow.triggers if trigger.event in among and trigger.event in passed]
    return tuple(dict.fromkeys(found)) if found else ()


def _outside_code(workflow: Workflow, job: Job, gate: Gate, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield checkouts of an outsider's code in a privileged run, and whether it is then run.

    https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
    """
    if not open_events(workflow, PRIVILEGED_EVENTS, gate):
        return
    taken = list(takes_outside_code(job))
    runs = next_runs(job) if taken else {}
    for step, what in taken:
        own = step_gate(step, gate)
        events = open_events(workflow, PRIVILEGED_EVENTS, own)
        if not events:
            continue
        run = step if runs_what_it_takes(step) else runs.get(step.index)
        if run is None:
            kind = HazardKind.OUTSIDE_CHECKOUT
            tail = "nothing after it is seen to run that code"
        else:
            kind = HazardKind.PWN_REQUEST
            tail = f"step {run.index + 1}{_named(run)} runs it"
        says = f"job {_id(job)} on {_or(events)} {what}, which anyone can write, and {tail}"
        yield Hazard(
            kind=kind,
            position=step.position,
            job=job.id,
            step=step.index,
            says=says,
            events=events,
            reaches=holds,
            gate=own.words,
            how="local" if _is_local(run) else "" if _is_fixed(what) else "moving",
        )


def _is_local(run: Step | None) -> bool:
    return run is not None and run.uses is not None and run.uses.kind is UsesKind.LOCAL


def _is_fixed(what: str) -> bool:
    """Tell whether a checkout names a commit: that of the event, which nothing pushed later changes."""
    return "sha" in what.lower() or "commit.id" in what.lower()


def _injections(scene: _Scene, job: Job, gate: Gate, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield injections, with who can use them in which runs."""
    for step, mention, context, author in injections(scene.workflow, job, scene.inputs):
        by = author
        own = step_gate(step, gate)
        events = open_events(scene.workflow, ANYONE_EVENTS, own) if by is Author.ANYONE else ()
        if by is Author.ANYONE and not events:
            if not scene.workflow.events & ANYONE_EVENTS:
                # the context is empty in the runs this workflow has
                continue
            by = Author.WRITER
        privileged = by is not Author.ANYONE or any(event in PRIVILEGED_EVENTS for event in events)
        says = (
            f"job {_id(job)} writes {context.dotted[:120]} into the program of step {step.index + 1}"
            f"{_named(step)}: {_WHO[by]} can choose it and so run commands"
        )
        yield Hazard(
            kind=HazardKind.SCRIPT_INJECTION,
            position=mention.position,
            job=job.id,
            step=step.index,
            says=says,
            by=by,
            events=events,
            # a run for a fork's pull request has no secrets and cannot write
            reaches=holds if privileged else tuple(item for item in holds if item == "runner"),
            gate=own.words,
            input=input_name(context) or "",
        )


_WHO = {
    Author.ANYONE: "anyone",
    Author.CALLER: "whoever calls this workflow",
    Author.WRITER: "whoever may write to the repository",
    Author.SUPPLIER: "whoever supplies code",
}


def _secrets_out(job: Job, taken: list[Hazard]) -> Iterator[Hazard]:
    """Yield the secrets of a job that an outsider can take over, once per job."""
    open_to = [
        hazard
        for hazard in taken
        if hazard.by is Author.ANYONE and hazard.kind in {HazardKind.PWN_REQUEST, HazardKind.SCRIPT_INJECTION}
    ]
    for hazard in open_to:
        names = [item.removeprefix("secret:") for item in hazard.reaches if item.startswith("secret:")]
        if not names:
            continue
        first = next(use for use in job.secrets if use.name != "GITHUB_TOKEN")
        shown = ", ".join("all secrets" if name == "*" else name for name in names[:8])
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        says = f"anyone can take over job {_id(job)} on {_or(hazard.events)} and read {shown}{more}"
        yield Hazard(
            kind=HazardKind.SECRET_TO_OUTSIDER,
            position=first.position,
            job=job.id,
            step=first.step,
            says=says,
            events=hazard.events,
            reaches=tuple(item for item in hazard.reaches if item.startswith("secret:")),
            gate=hazard.gate,
        )
        return


def _artifacts(workflow: Workflow, job: Job, gate: Gate, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield artifacts of the triggering run that a privileged run takes.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
    """
    if not open_events(workflow, frozenset({"workflow_run"}), gate):
        return
    taken = [each for each in job.transfers if each.what == "artifact_download" and each.other_run]
    if not taken:
        return
    steps = {step.index: step for step in job.steps}
    runs = next_runs(job)
    for transfer in taken:
        own = step_gate(steps[transfer.step], gate)
        if not open_events(workflow, frozenset({"workflow_run"}), own):
            continue
        says = f"job {_id(job)} on workflow_run takes an artifact of the run before it, which anyone can have filled"
        yield Hazard(
            kind=HazardKind.FOREIGN_ARTIFACT,
            position=transfer.position,
            job=job.id,
            step=transfer.step,
            says=says,
            events=("workflow_run",),
            reaches=holds,
            gate=own.words,
            how="runs" if transfer.step in runs and _over_code(steps[transfer.step]) else "",
        )


def _over_code(step: Step) -> bool:
    """Tell whether a download may lie among what later steps run: not where it has a folder of its own."""
    return step.with_.get("path", "").strip().rstrip("/") in {"", ".", "${{ github.workspace }}"}


def _self_hosted(workflow: Workflow, job: Job, gate: Gate) -> Iterator[Hazard]:
    """Yield jobs for pull requests on machines of one's own.

    https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners
    """
    events = open_events(workflow, frozenset({"pull_request", "pull_request_target", "issue_comment"}), gate)
    if job.runner.kind is RunnerKind.SELF_HOSTED and events:
        labels = ", ".join(job.runner.labels) or "self-hosted"
        says = f"job {_id(job)} on {_or(events)} runs on a self-hosted runner ({labels}), where later jobs run too"
        yield Hazard(
            kind=HazardKind.SELF_HOSTED_FOR_OUTSIDER,
            position=job.runner.position,
            job=job.id,
            says=says,
            events=events,
            reaches=("runner",),
            gate=gate.words,
        )


def _environment(workflow: Workflow, job: Job, gate: Gate) -> Iterator[Hazard]:
    """Yield environments that somebody chooses who starts the run."""
    place = job.environment
    if place is None or place.chosen_by is None or (not place.dynamic and len(place.choices) < 2):
        return
    if place.chosen_by is Author.ANYONE and not open_events(workflow, ANYONE_EVENTS, gate):
        return
    shown = f" (one of {', '.join(filter(None, place.choices[:6]))})" if not place.dynamic else ""
    name = place.name.strip()[:100]
    says = f"job {_id(job)} deploys to the environment {name}{shown}, which {_WHO[place.chosen_by]} can choose"
    yield Hazard(
        kind=HazardKind.ENVIRONMENT_BY_INPUT, position=place.position, job=job.id, says=says, by=place.chosen_by
    )


def _unpinned(job: Job, owner: str, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield actions and workflows of others that are not fixed, in a job that holds something.

    https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
    """
    if not any(item != "token:?" for item in holds):
        return
    own = _FIRST_PARTY | {owner}
    places = [(step.uses, step.uses_position, step.index) for step in job.steps]
    for uses, place, step in [*places, (job.uses, job.uses_position, None)]:
        if uses is None or uses.pin.is_fixed or uses.kind is UsesKind.UNREADABLE:
            continue
        if uses.kind is UsesKind.REPOSITORY and uses.owner.lower() in own:
            continue
        says = f"job {_id(job)} gives {uses.text[:120]}, which others can change, {in_words(holds)}"
        yield Hazard(
            kind=HazardKind.UNPINNED_ACTION,
            position=place,
            job=job.id,
            step=step,
            says=says,
            by=Author.SUPPLIER,
            reaches=holds,
            how="own" if _is_all_its_own(job, step, holds) else "tagged" if uses.text.startswith(_BY_TAG) else "",
        )


def _is_all_its_own(job: Job, step: int | None, holds: tuple[str, ...]) -> bool:
    """Tell whether all that a job holds is secrets that only one step is given: the tokens of that action's own service."""
    given = {use.step for use in job.secrets if use.name != "GITHUB_TOKEN"}
    actions = {each.uses.action if each.uses is not None else "" for each in job.steps if each.index in given}
    own = next((each.uses.action for each in job.steps if each.index == step and each.uses is not None), None)
    return None not in given and actions == {own} and all(item.startswith("secret:") for item in holds)


def in_words(holds: tuple[str, ...]) -> str:
    """Say in words what a job holds."""
    secrets = [item.removeprefix("secret:") for item in holds if item.startswith("secret:")]
    parts = []
    if "*" in secrets:
        parts.append("every secret")
    elif secrets:
        parts.append(f"{len(secrets)} secret{'s' if len(secrets) > 1 else ''}")
    if any(item.startswith("token:") and item != "token:?" for item in holds):
        parts.append("a token that can write")
    if "oidc" in holds:
        parts.append("an OIDC identity")
    if "runner" in holds:
        parts.append("a self-hosted runner")
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _all_secrets(job: Job) -> Iterator[Hazard]:
    """Yield the places where a job takes more secrets than it names."""
    for use in job.secrets:
        if use.form is SecretForm.NAMED:
            continue
        says = {
            SecretForm.ALL: f"job {_id(job)} takes every secret at once in {use.where}",
            SecretForm.DYNAMIC: f"job {_id(job)} computes the name of a secret in {use.where}: it may be any of them",
            SecretForm.INHERIT: f"job {_id(job)} hands every secret to {job.uses.text if job.uses else 'a workflow'}",
        }[use.form]
        yield Hazard(
            kind=HazardKind.INHERITED_SECRETS if use.form is SecretForm.INHERIT else HazardKind.ALL_SECRETS,
            position=use.position,
            job=job.id,
            step=use.step,
            says=says,
            by=Author.WRITER,
            reaches=("secret:*",),
            how="local" if job.uses is not None and job.uses.kind is UsesKind.LOCAL else "",
        )


def _always_true(job: Job, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield conditions with text around their expression: the whole is then a text, which always counts as true.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idif
    """
    places: list[tuple[str, tuple[Mention, ...], int | None]] = [(job.condition, job.mentions, None)]
    places += [(step.condition, step.mentions, step.index) for step in job.steps]
    for condition, mentions, step in places:
        if "${{" not in condition:
            continue
        placed = list(find(condition))
        if not placed or (len(placed) == 1 and placed[0].start == 0 and placed[0].end == len(condition)):
            continue
        place = next((mention.position for mention in mentions if mention.where == "if"), job.position)
        where = f"step {step + 1} of job {_id(job)}" if step is not None else f"job {_id(job)}"
        says = f"the condition of {where} has text around its expression and is always true"
        yield Hazard(
            kind=HazardKind.ALWAYS_TRUE,
            position=place,
            job=job.id,
            step=step,
            says=says,
            by=Author.WRITER,
            reaches=holds,
        )


def step_gate(step: Step, gate: Gate) -> Gate:
    """Return the gate before a step: its job's, and its own condition."""
    return tighter(gate, gate_of(step.condition)) if step.condition else gate


def _id(job: Job) -> str:
    return job.id[:100]


def _named(step: Step) -> str:
    name = step.name or step.id
    return f" ({name[:60]})" if name else ""


def _or(events: tuple[str, ...]) -> str:
    return " or ".join(events)
