"""Makes effective jobs of GitHub Actions: environments and runners by what callers pass, actions, subjects, handovers."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from pipewarden.model.jobs import (
    POISONED,
    Called,
    Circle,
    EffectiveJob,
    Handover,
    LooseEnd,
    Spot,
    Start,
    TakenSecret,
    Takeover,
)
from pipewarden.pipelines.choices import Choices
from pipewarden.pipelines.gates import Gate
from pipewarden.pipelines.github.differing import under_of
from pipewarden.pipelines.github.frames import Frame, Shelf
from pipewarden.pipelines.github.machines import open_machine
from pipewarden.pipelines.github.opened import OpenAction, OpenJob, OpenStep
from pipewarden.pipelines.github.passing import chosen_from, passed_to
from pipewarden.pipelines.github.splicing import folder_of
from pipewarden.pipelines.github.taking import open_texts, takeovers
from pipewarden.pipelines.image_choices import BEARS as OF_IMAGES
from pipewarden.pipelines.oidc import ANY, Repository, refs_of, subjects
from pipewarden.pipelines.parts import Passed, Trigger
from pipewarden.pipelines.runners import labels_in, widest
from pipewarden.pipelines.token import Unknown
from pipewarden.pipelines.untrusted import PRIVILEGED_EVENTS
from pipewarden.pipelines.uses import Uses, UsesKind
from pipewarden.pipelines.yaml_tree import Position

MAX_ACTIONS = 10
"""Composite actions can be nested up to ten deep.
https://docs.github.com/en/actions/concepts/workflows-and-actions/reusing-workflow-configurations"""
MAX_CALLS = 500
"""Of one job; more of them say nothing new."""
MAX_SUBJECTS = 50
"""A job with more possible subjects is told with the first."""


def made(
    shelf: Shelf,
    frame: Frame,
    job: OpenJob,
    *,
    starts: tuple[Start, ...],
    token: Mapping[str, str] | Unknown,
    oidc: bool,
    secrets: tuple[TakenSecret, ...],
    gate: Gate,
    ends: tuple[LooseEnd, ...],
) -> EffectiveJob:
    """Return one job as it runs."""
    given = passed_to(frame)
    place = _environment(job, given)
    if job.environment is not None and frame.caller is not None:
        # what stands before it is told by the names that its callers settle
        written, settled = job.environment.name.strip()[:60], ", ".join(place.texts)
        gate = Gate(gate.open, gate.words.replace(written, settled or written))
        starts = tuple(replace(s, gate=s.gate.replace(written, settled or written)) for s in starts)
    if job.under and not given:
        starts = tuple(replace(s, under=under_of(job.under, s)) for s in starts)
    runner, labels, runner_open = _runner(job, given)
    calls, action_files, action_ends = _calls(shelf, frame, job)
    at = frame.spot(job.position)
    chain = frame.chain
    return EffectiveJob(
        id="/".join((*frame.ids, job.id)),
        system="github",
        path=frame.root.path,
        line=chain[0].line if chain else job.position.line,
        column=chain[0].column if chain else job.position.column,
        chain=chain,
        at=at,
        starts=starts,
        token=None
        if isinstance(token, Unknown)
        else {scope: level for scope, level in token.items() if level != "none"},
        token_unknown=token.reason if isinstance(token, Unknown) else "",
        secrets=secrets,
        variables=job.variables,
        environments=tuple(text for text in place.texts if text),
        environment_open=place.dynamic,
        runner=runner,
        labels=labels,
        runner_group=job.runner.group,
        runner_open=runner_open,
        oidc=oidc,
        subjects=_subjects(shelf.repository, frame.root.triggers, place) if oidc else (),
        roles=_roles(job, given),
        calls=calls,
        handovers=tuple(
            Handover(
                what=t.what,
                name=t.name[:100],
                spot=frame.spot(t.position),
                other_run=t.other_run,
            )
            for t in job.transfers
        ),
        takeovers=tuple(takeovers(frame, job, gate, given)),
        holds=tuple(f"environment {name} may ask for an approval" for name in place.texts if name),
        files=tuple(dict.fromkeys((*frame.own_files, *action_files))),
        open_ends=(
            *ends,
            *action_ends,
            *open_texts(frame, job, gate),
            *(
                LooseEnd(
                    says=f"job {job.id[:60]} runs in the image {text}, which was not followed",
                    spot=frame.spot(place),
                    bears=OF_IMAGES,
                )
                for text, place in job.open_images
            ),
            *open_machine(runner, labels, job.runner.group, starts, frame.spot(job.runner.position), job.id),
        ),
        places=_places(frame, job, oidc=oidc),
        callable=frame.root.only_called,
    )


def switched_off(frame: Frame, job: OpenJob) -> EffectiveJob:
    """Return a job that never runs: nobody starts it, and it is given nothing."""
    chain = frame.chain
    return EffectiveJob(
        id="/".join((*frame.ids, job.id)),
        system="github",
        path=frame.root.path,
        line=chain[0].line if chain else job.position.line,
        column=chain[0].column if chain else job.position.column,
        chain=chain,
        at=frame.spot(job.position),
        files=tuple(dict.fromkeys(frame.own_files)),
        off=True,
        callable=frame.root.only_called,
    )


def _places(frame: Frame, job: OpenJob, *, oidc: bool) -> dict[str, tuple[Spot, ...]]:
    """Return where a job's file says what token, environment, machine and identity it has."""
    found: dict[str, tuple[Spot, ...]] = {}
    if job.stated is not None:
        found["token"] = (_here(frame, job.stated.position),)
        if oidc and job.stated.oidc_position is not None:
            found["oidc"] = (_here(frame, job.stated.oidc_position),)
    if job.environment is not None:
        # what stands before it is a rule of its environment
        found["environment"] = found["hold"] = (_here(frame, job.environment.position),)
    if job.runner.position.line:
        found["runner"] = (_here(frame, job.runner.position),)
    if job.role_places:
        found["role"] = tuple(_here(frame, place) for place in job.role_places)
    return found


def _here(frame: Frame, at: Position) -> Spot:
    """Return a place in the file that the job stands in, which is not named then; in an action of its own, whole."""
    return frame.spot(at) if at.file else Spot(line=at.line, column=at.column)


def step_words(step: OpenStep) -> str:
    """Name a step in a sentence: `step 3 (deploy)`, `step 2 (actions/cache)`."""
    name = step.name or (step.uses.action if step.uses else "")
    number = (step.index if step.number is None else step.number) + 1
    return f"step {number} ({name})" if name else f"step {number}"


def _environment(job: OpenJob, given: Mapping[str, Passed]) -> Choices:
    """Return the environments that a job can have."""
    place = job.environment
    if place is None:
        return Choices(())
    if given and "inputs." in place.name:
        chosen = chosen_from(place.name, given)
        if chosen.texts:
            return chosen
    return Choices(place.choices, place.dynamic, place.chosen_by)


def _runner(job: OpenJob, given: Mapping[str, Passed]) -> tuple[str, tuple[str, ...], bool]:
    """Return the kind of machine, its labels, and whether others are possible."""
    runner = job.runner
    if given and any("inputs." in label for label in runner.asked):
        chosen = [chosen_from(label, given) for label in runner.asked]
        labels = tuple(dict.fromkeys(label for each in chosen for text in each.texts for label in labels_in(text)))
        dynamic = any(each.dynamic for each in chosen)
        if labels:
            return widest(labels, group=runner.group, dynamic=dynamic).value, labels, dynamic
    return runner.kind.value, runner.labels, runner.dynamic


def _roles(job: OpenJob, given: Mapping[str, Passed]) -> tuple[str, ...]:
    """Return the roles that a job asks for; of one of which nothing is known there is nothing to tell."""
    found = dict.fromkeys(role for written in job.roles for role in _role(written, given))
    return () if set(found) <= {ANY} else tuple(found)


def _role(written: str, given: Mapping[str, Passed]) -> Iterator[str]:
    """Yield what a role can be by what callers pass; what none of them settles is `*`."""
    if "${{" not in written:
        yield written
        return
    chosen = chosen_from(written, given)
    yield from (text for text in chosen.texts if text)
    if chosen.dynamic or not chosen.texts:
        yield _EXPRESSION.sub(ANY, written)


_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)

# --- identity ---------------------------------------------------------------------------------------


def _subjects(repository: Repository, triggers: Iterable[Trigger], place: Choices) -> tuple[str, ...]:
    """Return the subjects that a job's token can carry: those of the workflow that was started, also in one it calls.

    https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-with-reusable-workflows
    """
    names = (*place.texts, *((ANY,) if place.dynamic else ())) or ("",)
    out: dict[str, None] = {}
    for name in names:
        for trigger in triggers:
            settled_ref = bool(name) and not repository.claim_keys
            for ref in ("",) if settled_ref else refs_of(trigger, repository.default_branch):
                for each in subjects(repository, event=trigger.event, ref=ref, environment=name):
                    out[each] = None
    return tuple(out)[:MAX_SUBJECTS]


# --- code from elsewhere ----------------------------------------------------------------------------


def _calls(
    shelf: Shelf, frame: Frame, job: OpenJob
) -> tuple[tuple[Called, ...], tuple[str, ...], tuple[LooseEnd, ...]]:
    """Return the code that a job runs, the local actions among it, and what of those was not at hand."""
    found: list[Called] = []
    files: list[str] = []
    ends: list[LooseEnd] = []
    up: list[tuple[Uses, Spot]] = []
    at: Frame | None = frame
    while at is not None and at.call is not None and at.call.uses is not None and at.caller is not None:
        up.append((at.call.uses, at.caller.spot(at.call.uses_position)))
        at = at.caller
    found += [_called(uses, spot, followed=True) for uses, spot in reversed(up)]
    if job.uses is not None:
        found.append(_called(job.uses, frame.spot(job.uses_position)))
    for step in job.steps:
        if step.uses is not None:
            spot = Spot(frame.workflow.path, step.line, frame.project, step.column)
            found.append(_called(step.uses, spot, step.index))
            if step.uses.kind is UsesKind.LOCAL:
                if frame.project and frame.project.lower() != shelf.name.lower():
                    ends += _of_another(step.uses, frame, spot)
                    continue
                inner, own, open_ends = _action(shelf, step.uses, spot, step.index, ())
                found += inner
                files += own
                ends += open_ends
    found += [
        Called(
            text=name,
            kind="docker",
            pin=pin,
            fixed=pin == "docker_digest",
            spot=Spot(frame.workflow.path, line, frame.project, column),
        )
        for name, pin, line, column in job.images
    ]
    return tuple(found[:MAX_CALLS]), tuple(dict.fromkeys(files)), tuple(dict.fromkeys(ends))


def _of_another(uses: Uses, frame: Frame, spot: Spot) -> Iterator[LooseEnd]:
    """Yield that an own action of a called workflow in another repository is not judged: `./` is a path of the workspace.

    Into that its caller's repository is checked out. `$/` is of its own, and judged with it.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
    """
    if not uses.text.startswith("$/"):
        whose = f"{frame.project[:60]} takes it from the checkout of whoever calls its workflow"
        yield LooseEnd(says=f"the action {uses.text[:80]} was not judged: {whose}", spot=spot)


def _called(uses: Uses, spot: Spot, step: int | None = None, *, through: str = "", followed: bool = False) -> Called:
    return Called(
        text=uses.text[:200],
        kind=uses.kind.value,
        pin=uses.pin.value,
        spot=spot,
        step=step,
        through=through,
        fixed=uses.pin.is_fixed,
        followed=followed,
    )


def _action(
    shelf: Shelf, uses: Uses, spot: Spot, step: int, inside: tuple[str, ...]
) -> tuple[list[Called], list[str], list[LooseEnd]]:
    """Follow a local action: what its own steps use. It is taken from the workspace, so from the repository that runs."""
    folder = folder_of(uses.path)
    if folder in inside or len(inside) >= MAX_ACTIONS or ".." in folder.split("/"):
        return (
            [],
            [],
            [LooseEnd(says=f"the action {uses.text[:80]} leads back to itself or out of the checkout", spot=spot)],
        )
    action = shelf.actions.get(folder)
    if action is None or not action.complete:
        if not (shelf.actions_read or folder in shelf.looked_for):
            return [], [], [LooseEnd(says=f"the action {uses.text[:80]} of this repository was not read", spot=spot)]
        # it may be made, or checked out from elsewhere, while the job runs
        why = "could not be read" if action else "is not in the repository: the job itself brings it"
        return [], [], [LooseEnd(says=f"the action {uses.text[:80]} {why}", spot=spot)]
    return _inner(shelf, action, step, (*inside, folder))


def _inner(
    shelf: Shelf, action: OpenAction, step: int, inside: tuple[str, ...]
) -> tuple[list[Called], list[str], list[LooseEnd]]:
    found: list[Called] = []
    files = [action.path]
    ends: list[LooseEnd] = []
    if action.image_pin:
        fixed = action.image_pin == "docker_digest"
        found.append(
            Called(
                text=action.image,
                kind="docker",
                pin=action.image_pin,
                fixed=fixed,
                spot=Spot(action.path, action.image_line or 1, column=action.image_column),
                step=step,
                through=action.path,
            )
        )
    for each in action.steps:
        if each.uses is None:
            continue
        spot = Spot(action.path, each.line, column=each.column)
        found.append(_called(each.uses, spot, step, through=action.path))
        if each.uses.kind is UsesKind.LOCAL and len(found) < MAX_CALLS:
            inner, own, open_ends = _action(shelf, each.uses, spot, step, inside)
            found += inner
            files += own
            ends += open_ends
    return found, files, ends


# --- across jobs ------------------------------------------------------------------------------------


def across(jobs: Iterable[EffectiveJob], shelf: Shelf) -> tuple[EffectiveJob, ...]:
    """Return the jobs with who can have filled what each takes over from other runs.

    Artifacts: of a run that an outsider started. Caches: "Workflow runs can restore caches created in either the current
    branch or the default branch", and a privileged run for an outsider runs on the default branch.
    https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache
    """
    del shelf
    every = list(jobs)
    artifacts: list[tuple[str, str]] = []
    caches: list[tuple[str, str]] = []
    for job in every:
        outside = [start for start in job.starts if start.by in {Circle.FORK, Circle.OUTSIDER}]
        name = f"{job.path}#{job.id}"
        for given in job.handovers:
            if outside and given.what == "artifact_upload":
                artifacts.append((given.name, name))
            if given.what == "cache" and any(start.event in PRIVILEGED_EVENTS for start in outside):
                if "/setup-" in given.name and all(each.by != "anyone" for each in job.takeovers):
                    continue  # what such an action keeps, only commands in the job can change
                caches.append((given.name, name))
    if not artifacts and not caches:
        return tuple(every)
    filled = [
        replace(job, handovers=tuple(_filled(job, each, artifacts, caches) for each in job.handovers))
        if job.handovers
        else job
        for job in every
    ]
    return _through_caches(filled) if caches else tuple(filled)


def _through_caches(jobs: list[EffectiveJob]) -> tuple[EffectiveJob, ...]:
    """Return the jobs with who takes them over through caches that others' commands fill.

    What is unpacked may lie anywhere: a cache is restored with the paths that it was saved with.
    https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching
    """
    fillers: dict[str, Takeover] = {}
    for job in jobs:
        taken = [each for each in job.takeovers if each.by == "anyone"]
        if taken:
            name = f"{job.path}#{job.id}"
            fillers.setdefault(name, min(taken, key=lambda each: (not each.certain, bool(each.gate))))
    if not fillers:
        return tuple(jobs)
    return tuple(_poisoned(job, fillers) if any(each.filled_by for each in job.handovers) else job for job in jobs)


def _poisoned(job: EffectiveJob, fillers: Mapping[str, Takeover]) -> EffectiveJob:
    if any(each.by == "anyone" and each.certain for each in job.takeovers):
        return job
    found: list[Takeover] = []
    for each in job.handovers:
        # a key that begins with what is computed: nothing says that the two meet
        if each.what not in {"cache", "cache_restore"} or each.name.startswith("${{"):
            continue
        for who in each.filled_by:
            if who in fillers:
                through, other = fillers[who], who.rpartition("/")[2]
                says = f"job {job.id[:60]} restores the cache {each.name[:60]}, which commands of others fill in {other[:80]}"
                found.append(
                    Takeover(
                        kind=POISONED,
                        by="anyone",
                        says=says,
                        spot=each.spot,
                        events=("cache",),
                        gate=through.gate,
                        certain=through.certain,
                    )
                )
    if not found:
        return job
    worst = min(found, key=lambda each: (not each.certain, bool(each.gate)))
    return replace(job, takeovers=(*job.takeovers, worst))


def _filled(
    job: EffectiveJob, taken: Handover, artifacts: list[tuple[str, str]], caches: list[tuple[str, str]]
) -> Handover:
    own = f"{job.path}#{job.id}"
    if taken.what == "artifact_download" and taken.other_run:
        by = [who for name, who in artifacts if _same(name, taken.name)]
    elif taken.what in {"cache", "cache_restore"}:
        by = [who for name, who in caches if who != own and _begins(name, taken.name)]
    else:
        return taken
    return replace(taken, filled_by=tuple(dict.fromkeys(by))[:20])


def _same(one: str, other: str) -> bool:
    """Tell whether two names of artifacts can be the same; a computed or missing name can be any."""
    return one == other or not one or not other or "${{" in one or "${{" in other or "*" in other


def _begins(one: str, other: str) -> bool:
    """Tell whether two keys of caches can meet: they begin alike up to their first expression."""
    if "/setup-" in one or "/setup-" in other:
        return one == other
    first, second = one.partition("${{")[0], other.partition("${{")[0]
    return first.startswith(second) or second.startswith(first)
