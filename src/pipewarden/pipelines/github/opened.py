"""What a workflow or action file says by itself, before its callers are known: small, and kept from run to run."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.model.jobs import Under
from pipewarden.pipelines.actions import Action
from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.carried.held import OWN, Held, joined
from pipewarden.pipelines.choices import Known, choices_of
from pipewarden.pipelines.gates import Gate
from pipewarden.pipelines.github.called_gates import conditions_of_calls
from pipewarden.pipelines.github.differing import may_differ, under_events
from pipewarden.pipelines.github.idle import asking_of, idle_of
from pipewarden.pipelines.github.roles import places_of_roles, roles_of
from pipewarden.pipelines.github.stores import StoreRead, reads_of
from pipewarden.pipelines.hazards import all_hazards
from pipewarden.pipelines.hazards.kinds import Hazard, HazardKind
from pipewarden.pipelines.hazards.standing import Standing, standing_of
from pipewarden.pipelines.image_choices import unfollowed
from pipewarden.pipelines.parts import (
    Environment,
    Job,
    Passed,
    Permissions,
    Runner,
    SecretUse,
    Step,
    Transfer,
    Trigger,
    Workflow,
)
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, PRIVILEGED_EVENTS
from pipewarden.pipelines.uses import Uses
from pipewarden.pipelines.yaml_tree import Position

TAKEOVERS = frozenset(
    {
        HazardKind.PWN_REQUEST,
        HazardKind.SCRIPT_INJECTION,
        HazardKind.ENVIRONMENT_INJECTION,
        HazardKind.FOREIGN_ARTIFACT,
    }
)
"""Hazards by which others run commands in the job."""


class OpenStep(Struct, frozen=True, gc=False, omit_defaults=True):
    """What is kept of a step: what it uses, where that stands, and how it is called in a sentence."""

    index: int
    line: int
    column: int
    name: str = ""
    uses: Uses | None = None
    number: int | None = None
    """Its index in the file, where steps of actions were put among those of its job."""


class OpenJob(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A job as its file alone describes it."""

    id: str
    position: Position
    stated: Permissions | None = None
    """The permissions block that counts: the job's own, else its workflow's."""
    environment: Environment | None = None
    runner: Runner
    secrets: tuple[SecretUse, ...] = ()
    variables: tuple[str, ...] = ()
    uses: Uses | None = None
    uses_position: Position = Position(0, 0)
    passes: tuple[Passed, ...] = ()
    steps: tuple[OpenStep, ...] = ()
    """Those that use something or are given a secret."""
    images: tuple[tuple[str, str, int, int], ...] = ()
    """Name, pin, line and column of each container image."""
    open_images: tuple[tuple[str, Position], ...] = ()
    """Of these, as written and with their place, those that nothing in the file settles."""
    brings: bool = False
    """Whether it checks out another repository, whose files then stand in the workspace."""
    transfers: tuple[Transfer, ...] = ()
    roles: tuple[str, ...] = ()
    role_places: tuple[Position, ...] = ()
    reads: tuple[StoreRead, ...] = ()
    """What its steps read from stores of secrets outside GitHub."""
    open_to: tuple[str, ...] = tuple(sorted(ANYONE_EVENTS))
    """The events that an outsider can pass its conditions with."""
    gate: str = ""
    never: bool = False
    """Its condition holds for nobody."""
    shut: tuple[str, ...] = ()
    """Events on which it holds for nobody."""
    no_bot: tuple[str, ...] = ()
    """Events on which it does not hold for what Dependabot proposes."""
    no_own: tuple[str, ...] = ()
    """Events of outsiders on which it does not hold for what lies on a branch of the repository itself."""
    under: dict[str, Under] = {}
    """Where expressions choose its machine or environment by the run: what they are, by event and who causes it."""
    idle: tuple[tuple[str, ...], ...] = ()
    """For each of its secrets the starts under which it is surely not handed; empty where none is kept back."""
    conditions: tuple[str, ...] = ()
    """For each of its secrets the condition of its step where that asks for inputs of a call; empty where none does."""
    asks: tuple[str, ...] = ()
    """The conditions before it, its own and of the jobs it needs, that ask for inputs of a call."""
    needs: tuple[str, ...] = ()
    takeovers: tuple[Hazard, ...] = ()
    """Hazards, certain or not; of a workflow that can be called, those it would have under any event."""

    def idle_of(self, number: int) -> tuple[str, ...]:
        """Return the starts under which one of its secrets is surely not handed."""
        return self.idle[number] if self.idle else ()


class OpenWorkflow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A workflow file as it stands."""

    path: str
    name: str = ""
    triggers: tuple[Trigger, ...] = ()
    jobs: tuple[OpenJob, ...] = ()
    unpassed: tuple[Passed, ...] = ()
    """What its inputs are in a call that does not pass them."""
    complete: bool = True

    @property
    def only_called(self) -> bool:
        """Whether nothing but a call starts it."""
        return {trigger.event for trigger in self.triggers} == {"workflow_call"}

    @property
    def callable(self) -> bool:
        """Whether it can be called."""
        return any(trigger.event == "workflow_call" for trigger in self.triggers)


class OpenAction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An action of the repository itself: what its own steps use."""

    path: str
    using: str = ""
    steps: tuple[OpenStep, ...] = ()
    image: str = ""
    image_pin: str = ""
    image_line: int = 0
    image_column: int = 0
    complete: bool = True
    scripts: bool = False
    """Whether scripts are among its steps."""


def opened_workflow(
    workflow: Workflow,
    *,
    owner: str = "",
    default: Literal["read", "write"] | None = None,
    found: tuple[Hazard, ...],
    standing: Standing | None = None,
) -> OpenWorkflow:
    """Return what composition needs of a workflow. `found` are its hazards under its own events, certain or not."""
    standing = standing or standing_of(workflow, default)
    gates = standing.gates
    callable_ = any(trigger.event == "workflow_call" for trigger in workflow.triggers)
    if callable_:
        found = _latent(workflow, owner, default, standing)
    taken: dict[str, list[Hazard]] = {}
    for hazard in found:
        if hazard.kind in TAKEOVERS:
            taken.setdefault(hazard.job, []).append(replace(hazard, reaches=()))
    # only where an outsider can be who starts it, something of theirs can be in what it passes on
    strange = callable_ or not PRIVILEGED_EVENTS.isdisjoint(workflow.events)
    flows = standing.flows if strange else None
    return OpenWorkflow(
        path=workflow.path,
        name=workflow.name,
        triggers=tuple(_slim(trigger) for trigger in workflow.triggers),
        jobs=tuple(_job(workflow, flows, job, gates[job.id], tuple(taken.get(job.id, ()))) for job in workflow.jobs),
        unpassed=tuple(_unpassed(workflow)) if callable_ else (),
        complete=workflow.complete,
    )


def _latent(
    workflow: Workflow, owner: str, default: Literal["read", "write"] | None, known: Standing
) -> tuple[Hazard, ...]:
    """Return the hazards that a workflow would have under any event that its callers may have: its gates are the same."""
    own = {trigger.event for trigger in workflow.triggers}
    more = tuple(Trigger(event, Position(1, 1)) for event in sorted(ANYONE_EVENTS - own))
    whole = replace(workflow, triggers=(*workflow.triggers, *more))
    standing = standing_of(whole, default, gates=known.gates, flows=known.flows)
    return all_hazards(whole, owner=owner, default=default, standing=standing, latent=True)


_EMPTY = {"boolean": "false", "number": "0"}


def _unpassed(workflow: Workflow) -> Iterator[Passed]:
    """Yield what the inputs of a call are that it does not pass; one that it must pass has nothing but its default.

    "If a default parameter is not set, the default value of the input is false for a boolean, 0 for a number, and "" for a string."
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callinputsinput_iddefault
    """
    called = workflow.trigger("workflow_call")
    for each in called.inputs if called is not None else ():
        if each.default is None and each.required:
            continue
        chosen = choices_of(_EMPTY.get(each.type, "") if each.default is None else each.default, Known(callable=True))
        texts = tuple(text.lower() for text in chosen.texts) if each.type == "boolean" else chosen.texts
        yield _quiet(Passed(each.name.lower(), texts, chosen.dynamic, chosen.by, type=each.type, passed=False), OWN)


def _slim(trigger: Trigger) -> Trigger:
    """Return a trigger without what nothing asks it for: defaults of inputs may be any text."""
    given = tuple(replace(each, default=None) for each in trigger.inputs)
    return replace(trigger, inputs=given, paths=(), paths_ignore=())


def _job(workflow: Workflow, flows: Flows | None, job: Job, gate: Gate, takeovers: tuple[Hazard, ...]) -> OpenJob:
    given = {secret.step for secret in job.secrets}
    return OpenJob(
        id=job.id,
        position=job.position,
        stated=job.permissions if job.permissions is not None else workflow.permissions,
        environment=job.environment,
        runner=job.runner,
        secrets=job.secrets,
        variables=tuple(sorted({each.name for each in job.variables if each.name})),
        uses=job.uses,
        uses_position=job.uses_position,
        passes=tuple(
            _quiet(passed, _held(workflow, flows, job, gate, job.with_[passed.name]) if flows else OWN)
            for passed in job.passes
        ),
        steps=tuple(
            _step(step) for step in job.steps if not step.within and (step.uses is not None or step.index in given)
        ),
        images=tuple(
            (image.image, image.pin.value, image.position.line, image.position.column) for image in job.images
        ),
        open_images=unfollowed(workflow, job) if job.images else (),
        brings=any(_is_another(each.repository) for each in job.checkouts),
        transfers=job.transfers,
        roles=tuple(dict.fromkeys(roles_of(workflow, job))) if job.steps else (),
        role_places=tuple(places_of_roles(job)) if job.steps else (),
        reads=tuple(reads_of(workflow, job)) if job.steps else (),
        open_to=_in_order(gate.open),
        gate=gate.words,
        never=gate.never,
        shut=_in_order(gate.shut) if gate.shut else (),
        no_bot=_in_order(gate.no_bot) if gate.no_bot else (),
        no_own=_in_order(gate.no_own) if gate.no_own else (),
        under=under_events(workflow, job) if may_differ(job) else {},
        idle=idle_of(workflow, job) if job.secrets else (),
        conditions=asking_of(workflow, job) if job.secrets and workflow.trigger("workflow_call") is not None else (),
        asks=conditions_of_calls(workflow, job) if workflow.trigger("workflow_call") is not None else (),
        needs=job.needs,
        takeovers=takeovers,
    )


def _held(workflow: Workflow, flows: Flows, job: Job, gate: Gate, value: str) -> Held:
    """Return what of an outsider's may be in a value that is handed on, in the runs with rights that one starts."""
    if not flows.turns or workflow.trigger("workflow_call") is not None:
        return flows.value(value, job)
    return joined(flows.on(event).value(value, job) for event in workflow.events & PRIVILEGED_EVENTS & gate.open)


@lru_cache(maxsize=1024)  # most jobs are open to the same events
def _in_order(events: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(events))


def _step(step: Step) -> OpenStep:
    at = step.position if step.uses is None else step.uses_position
    return OpenStep(step.index, at.line, at.column, (step.name or step.id)[:60], step.uses, step.number)


_LONGEST_NAME = 40
_ENTRY = r"\s*+[\w.-]{1,60}+(?:/[\w.-]{1,60}+){1,12}+\s++[\w.*-]{1,60}+\s*+(?:\|\s*+\w{1,60}+\s*+)?+"
_IS_ROLE = re.compile(
    r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]{1,100}"
    r"|projects/\d+/locations/global/workloadIdentityPools/[\w/-]{1,100}"
    r"|[\w-]{1,60}@[\w.-]{1,60}\.iam\.gserviceaccount\.com"
    # what a step is to read from Vault, or from 1Password
    rf"|{_ENTRY}(?:;{_ENTRY}){{0,20}}+;?\s*+"
    r"|op://[\w ./-]{1,150}"
)
"""Names of roles of clouds and of secrets in stores, which are no secrets however long they are."""


def _quiet(passed: Passed, held: Held) -> Passed:
    """Return what is handed to an input, without texts that might be a secret: only what can be a name is kept."""
    kept = tuple(text for text in passed.texts if is_name(text) or _IS_ROLE.fullmatch(text))
    less = len(kept) < len(passed.texts)
    turning = "" if less else passed.turning
    return replace(passed, texts=kept, dynamic=passed.dynamic or less, held=held, turning=turning)


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of an environment or label, and is not long and mixed as a token is."""
    if len(text) > _LONGEST_NAME or any(char in text for char in "\n\"'"):
        return False
    return len(text) < 20 or not any(char.isdigit() for char in text)


def _is_another(repository: str) -> bool:
    """Tell whether a checkout names another repository than the one that runs."""
    return repository.strip() not in {"", "${{ github.repository }}", "${{github.repository}}"}


def opened_action(action: Action) -> OpenAction:
    """Return what composition needs of an action."""
    return OpenAction(
        path=action.path,
        using=action.using,
        steps=tuple(_step(step) for step in action.steps if step.uses is not None),
        image=action.image,
        image_pin=action.image_pin.value if action.image_pin else "",
        image_line=action.image_position.line,
        image_column=action.image_position.column,
        complete=action.complete,
        scripts=any(step.run is not None for step in action.steps),
    )
