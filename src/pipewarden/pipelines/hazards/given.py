"""What a job is given too freely: machines, environments, secrets, the code of others, a condition that holds nothing back."""

from collections.abc import Iterator

from pipewarden.pipelines.expressions import find, shortened
from pipewarden.pipelines.gates import Gate
from pipewarden.pipelines.hazards.kinds import WHO, Hazard, HazardKind, either, in_words, job_id
from pipewarden.pipelines.hazards.standing import open_events
from pipewarden.pipelines.machine_choices import runner_on
from pipewarden.pipelines.parts import Job, Mention, RunnerKind, SecretForm, Step, Workflow
from pipewarden.pipelines.turning import turns
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, Author
from pipewarden.pipelines.uses import UsesKind

_FIRST_PARTY = frozenset({"actions", "github"})
"""Owners whose actions come with the runner's own vendor."""
_BY_TAG = ("slsa-framework/slsa-github-generator/",)
"""Workflows that check their own tag and refuse to be called by a commit.
https://github.com/slsa-framework/slsa-github-generator#referencing-slsa-builders-and-generators"""


def self_hosted(workflow: Workflow, job: Job, gate: Gate) -> Iterator[Hazard]:
    """Yield jobs for pull requests on machines of one's own.

    https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners
    """
    events = open_events(workflow, frozenset({"pull_request", "pull_request_target", "issue_comment"}), gate)
    if job.runner.kind is RunnerKind.SELF_HOSTED and any(map(turns, job.runner.asked)):
        events = tuple(event for event in events if runner_on(workflow, job, event) is RunnerKind.SELF_HOSTED)
    if job.runner.kind is RunnerKind.SELF_HOSTED and events:
        labels = ", ".join(job.runner.labels) or "self-hosted"
        says = (
            f"job {job_id(job)} on {either(events)} runs on a self-hosted runner ({labels}), where later jobs run too"
        )
        yield Hazard(
            kind=HazardKind.SELF_HOSTED_FOR_OUTSIDER,
            position=job.runner.position,
            job=job.id,
            says=says,
            events=events,
            reaches=("runner",),
            gate=gate.words,
        )


def chosen_environment(workflow: Workflow, job: Job, gate: Gate) -> Iterator[Hazard]:
    """Yield environments that somebody chooses who starts the run."""
    place = job.environment
    if place is None or place.chosen_by is None or (not place.dynamic and len(place.choices) < 2):
        return
    if place.chosen_by is Author.ANYONE and not open_events(workflow, ANYONE_EVENTS, gate):
        return
    shown = f" (one of {', '.join(filter(None, place.choices[:6]))})" if not place.dynamic else ""
    name = shortened(place.name, 100)
    says = f"job {job_id(job)} deploys to the environment {name}{shown}, which {WHO[place.chosen_by]} can choose"
    yield Hazard(
        kind=HazardKind.ENVIRONMENT_BY_INPUT, position=place.position, job=job.id, says=says, by=place.chosen_by
    )


def unpinned(job: Job, owner: str, holds: tuple[str, ...]) -> Iterator[Hazard]:
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
        says = f"job {job_id(job)} gives {uses.text[:120]}, which others can change, {in_words(holds)}"
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


def all_secrets(job: Job) -> Iterator[Hazard]:
    """Yield the places where a job takes more secrets than it names."""
    for use in job.secrets:
        if use.form is SecretForm.NAMED:
            continue
        says = {
            SecretForm.ALL: f"job {job_id(job)} takes every secret at once in {use.where}",
            SecretForm.DYNAMIC: f"job {job_id(job)} computes the name of a secret in {use.where}: it may be any of them",
            SecretForm.INHERIT: f"job {job_id(job)} hands every secret to {job.uses.text if job.uses else 'a workflow'}",
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


def always_true(job: Job, holds: tuple[str, ...]) -> Iterator[Hazard]:
    """Yield conditions with text around their expression: the whole is then a text, which always counts as true.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idif
    """
    places: list[tuple[str, tuple[Mention, ...], Step | None]] = [(job.condition, job.mentions, None)]
    places += [(step.condition, step.mentions, step) for step in job.steps]
    for condition, mentions, step in places:
        if "${{" not in condition:
            continue
        placed = list(find(condition))
        if not placed or (len(placed) == 1 and placed[0].start == 0 and placed[0].end == len(condition)):
            continue
        place = next((mention.position for mention in mentions if mention.where == "if"), job.position)
        where = f"{step.words} of job {job_id(job)}" if step is not None else f"job {job_id(job)}"
        says = f"the condition of {where} has text around its expression and is always true"
        yield Hazard(
            kind=HazardKind.ALWAYS_TRUE,
            position=place,
            job=job.id,
            step=step.index if step is not None else None,
            says=says,
            by=Author.WRITER,
            reaches=holds,
        )
