"""Makes effective jobs of GitHub Actions: environments, runners and roles by what callers pass, and the subjects of their tokens."""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from pipewarden.model.jobs import (
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
from pipewarden.pipelines.github.approvals import Approval
from pipewarden.pipelines.github.calling import calls_of
from pipewarden.pipelines.github.differing import under_of
from pipewarden.pipelines.github.frames import Frame, Shelf
from pipewarden.pipelines.github.machines import open_machine
from pipewarden.pipelines.github.members import with_members
from pipewarden.pipelines.github.opened import OpenJob, OpenStep
from pipewarden.pipelines.github.passing import asks_callers, chosen_from, passed_to
from pipewarden.pipelines.github.places import environment_of, runner_of, under_called
from pipewarden.pipelines.github.taking import open_texts, takeovers
from pipewarden.pipelines.image_choices import BEARS as OF_IMAGES
from pipewarden.pipelines.oidc import ANY, Repository, refs_of, subjects
from pipewarden.pipelines.parts import Passed, Trigger
from pipewarden.pipelines.token import Unknown
from pipewarden.pipelines.yaml_tree import Position

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
    place = environment_of(job, given)
    under = under_called(frame, job) if given and asks_callers(job) else job.under
    weak = tuple(takeovers(frame, job, gate, given))
    inside = {event for each in weak if each.side == "inside" for event in each.events}
    if under or inside or any(each.idle or each.absent for each in secrets):
        starts = tuple(with_members(starts, secrets, under, gate.no_bot, inside))
    if under:
        starts = tuple(replace(s, under=under_of(under, s)) for s in starts)
    approval = Approval(job, place, under)
    if job.environment is not None:
        # what stands before it is told by the names that its callers and its event settle
        starts = tuple(replace(s, gate=approval.put(s.gate, s.under)) for s in starts)
    runner, labels, runner_open = runner_of(job, given)
    calls, action_files, action_ends = calls_of(shelf, frame, job)
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
        takeovers=tuple(_told(weak, approval)),
        after=job.needs if frame.caller is None else tuple(_after(frame, job)),
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


def _told(found: Iterable[Takeover], approval: Approval) -> Iterator[Takeover]:
    """Yield what takes a job over, with the environments that stand before it under its events."""
    for each in found:
        yield replace(each, gate=approval.put_for(each.gate, each.events)) if each.gate else each


def _after(frame: Frame, job: OpenJob) -> Iterator[str]:
    """Yield the jobs that one of a called workflow waits for: its own, and those of the jobs that call it."""
    yield from ("/".join((*frame.ids, need)) for need in job.needs)
    if frame.caller is not None and frame.call is not None:
        yield from _after(frame.caller, frame.call)


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
