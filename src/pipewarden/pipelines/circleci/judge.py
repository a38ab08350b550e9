"""What a CircleCI configuration lets others do: each rule by CircleCI's documentation.

The configuration comes from the branch that was pushed, so whoever may push may change every command. Rules speak of
outsiders' text, of what suppliers change, and of what every branch gets without anybody meaning it.
https://circleci.com/docs/guides/security/security-recommendations/
"""

from collections.abc import Iterator

from pipewarden.pipelines.commands import for_production, for_release, listed, short
from pipewarden.pipelines.definition import DefinedJob, Definition, SecretKind, Weakness
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.weaknesses import (
    first_of_each,
    holds,
    moving_images,
    remote_scripts,
    runs_anywhere,
    shown_jobs,
    told,
)

_OWN = ("circleci/", "cimg/")
"""Orbs and images of CircleCI's own."""


def judge_circleci(definition: Definition) -> tuple[Weakness, ...]:
    """Return what is weak in a configuration, in the order of the file; never raises."""
    found: list[Weakness] = []
    found += _injected(definition)
    found += _orbs(definition)
    found += _contexts(definition)
    found += moving_images(definition, "cc.image.moves", lambda image: image.startswith(_OWN))
    found += remote_scripts(definition, "cc.remote_script")
    found += _runners(definition)
    return first_of_each(found)


def _injected(definition: Definition) -> Iterator[Weakness]:
    """Text of a pull request or commit stands in a command before the shell reads it.

    A parameter of the pipeline counts where the job is kept to some branches: whoever starts a pipeline there
    over the API runs commands that no review of that branch has seen.
    """
    for job in shown_jobs(definition):
        for text, position in job.injections:
            free = text.startswith("pipeline.parameters.")
            if free and (not job.branches or not holds(job)):
                continue
            what = f"the parameter {short(text.rpartition('.')[2], 30)}" if free else f"the text of {short(text, 50)}"
            yield Weakness(
                check="cc.parameter" if free else "cc.inject",
                position=position,
                says=f"{told(job)} runs {what} as commands",
                job=job.id,
                by="writer" if free else "anyone",
                reaches=holds(job),
            )


def _orbs(definition: Definition) -> Iterator[Weakness]:
    """An orb whose version can move; whole versions cannot be changed, `volatile` and `dev:` can at any time.

    https://circleci.com/docs/orbs/use/orb-intro/#semantic-versioning
    """
    for orb in definition.includes:
        loose = orb.pin is Pin.BRANCH
        if orb.kind != "orb" or orb.pin in {Pin.TAG, Pin.DYNAMIC} or (orb.text.startswith(_OWN) and not loose):
            continue
        users = [job for job in shown_jobs(definition) if any(each.text == orb.text for each in job.includes)]
        reaches = tuple(dict.fromkeys(code for job in users for code in holds(job)))
        yield Weakness(
            check="cc.orb.moves",
            position=orb.position,
            says=f"the orb {short(orb.text, 50)} changes without a change here",
            by="supplier",
            reaches=reaches,
        )


def _meant_for_few(job: DefinedJob, context: str) -> bool:
    """Tell whether a job or context is for production or for what customers get."""
    named = (context, job.name)
    if any(for_production(name) for name in named):
        return True
    return for_release(context) or for_release(job.name.rpartition("/")[2])


def _contexts(definition: Definition) -> Iterator[Weakness]:
    """Every branch gets a context that is for releases: a bot's branch and its new dependency too.

    https://circleci.com/docs/guides/security/contexts/#restrict-a-context
    """
    for job in shown_jobs(definition):
        if not runs_anywhere(job):
            continue
        contexts = [read for read in job.secrets if read.kind is SecretKind.CONTEXT and _meant_for_few(job, read.name)]
        if contexts:
            names = [read.name for read in contexts]
            yield Weakness(
                check="cc.context.any_branch",
                position=contexts[0].position,
                says=f"{told(job)} gets {listed(names)} on every branch, without an approval",
                job=job.id,
                by="writer",
                reaches=holds(job),
            )


def _runners(definition: Definition) -> Iterator[Weakness]:
    """Every branch runs on machines of one's own.

    https://circleci.com/docs/guides/execution-runner/runner-overview/
    """
    seen: set[str] = set()
    for job in shown_jobs(definition):
        runner = job.runner
        if runner.kind is not RunnerKind.SELF_HOSTED or runner.group in seen or not runs_anywhere(job):
            continue
        seen.add(runner.group)
        yield Weakness(
            check="cc.runner.any_branch",
            position=job.position,
            says=f"{told(job)} runs every branch on your own runner {short(runner.group, 40)}",
            job=job.id,
            by="writer",
            reaches=("runner",),
        )
