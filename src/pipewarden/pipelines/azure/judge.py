"""What an Azure pipeline lets others do: each rule by Microsoft's documentation.

The pipeline's own file comes from the branch or pull request that is built, so whoever may push there may change
every script; a rule speaks only where somebody gets more than that.
https://learn.microsoft.com/en-us/azure/devops/pipelines/security/overview
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.commands import for_production, is_secret, listed, short
from pipewarden.pipelines.definition import DefinedJob, Definition, Occasion, SecretKind, Weakness
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.weaknesses import (
    first_of_each,
    holds,
    moving_images,
    remote_scripts,
    secrets_of,
    shown_jobs,
    told,
)

_LATER = frozenset({Occasion.PUSH, Occasion.TAG, Occasion.PARENT, Occasion.SCHEDULE})
"""Runs of the branch's own file, over text that came in with a merge."""
_SET = re.compile(r"##vso\[task\.setvariable\s+([^\]\n]{1,300})\]", re.IGNORECASE)
_NAME = re.compile(r"variable\s*=\s*([\w.-]+)", re.IGNORECASE)
_SECRET = re.compile(r"issecret\s*=\s*(?:true|\$)", re.IGNORECASE)
_STRONG = frozenset({SecretKind.CONNECTION, SecretKind.VAULT, SecretKind.FILE})
_TEXTS = {
    "build.sourceversionmessage": "the message of a commit",
    "build.sourceversionauthor": "the name of a commit's author",
    "build.requestedfor": "the name of whoever caused the build",
}
_MICROSOFT = ("mcr.microsoft.com/", "mcr.microsoft.com:")


def judge_azure(definition: Definition) -> tuple[Weakness, ...]:
    """Return what is weak in a pipeline, in the order of the file; never raises."""
    found: list[Weakness] = []
    found += moving_images(definition, "ado.pipe", lambda image: image.startswith(_MICROSOFT), digest=True)
    found += _plain_variables(definition)
    found += _injected(definition)
    found += _parameters(definition)
    found += _forks(definition)
    found += _pools(definition)
    found += _kept_tokens(definition)
    found += _templates(definition)
    found += remote_scripts(definition, "ado.pipe.remote_script", groups=False)
    found += _deploys(definition)
    return first_of_each(found)


def _plain_variables(definition: Definition) -> Iterator[Weakness]:
    """A variable that a script sets without `issecret=true` is shown in logs and is in the environment of later steps.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/set-secret-variables#set-a-secret-variable-in-a-script
    """
    for job in shown_jobs(definition):
        for script in job.scripts:
            for found in _SET.finditer(script.text) if "setvariable" in script.text.lower() else ():
                named = _NAME.search(found.group(1))
                if named is None or not is_secret(named.group(1)) or _SECRET.search(found.group(1)):
                    continue
                yield Weakness(
                    check="ado.pipe",
                    position=script.place(found.start()),
                    says=f"{told(job)} sets {short(named.group(1))} without marking it secret",
                    job=job.id,
                    reaches=(f"secret:{named.group(1)}",),
                )


def _injected(definition: Definition) -> Iterator[Weakness]:
    for job in shown_jobs(definition):
        if not _LATER & set(job.occasions):
            continue
        for text, position in job.injections:
            if text.startswith("parameters."):
                continue
            what = _TEXTS.get(text.lower(), "the branch name of another pipeline's run")
            yield Weakness(
                check="ado.pipe.inject",
                position=position,
                says=f"{told(job)} runs {what} as commands",
                job=job.id,
                by="anyone",
                reaches=holds(job),
            )


def _parameters(definition: Definition) -> Iterator[Weakness]:
    """Whoever may queue the pipeline, and not change it, runs commands with what it holds."""
    seen: set[str] = set()
    for job in shown_jobs(definition):
        reaches = holds(job)
        for text, position in job.injections:
            if not text.startswith("parameters.") or text in seen or not reaches:
                continue
            if Occasion.MANUAL not in job.occasions:
                continue
            seen.add(text)
            yield Weakness(
                check="ado.pipe.parameter",
                position=position,
                says=f"{told(job)} runs the parameter {short(text.partition('.')[2])} as commands",
                job=job.id,
                by="writer",
                reaches=reaches,
            )


def _strong(job: DefinedJob, occasion: Occasion) -> tuple[str, ...]:
    """Return what a job surely takes on an occasion, besides the token that every job has."""
    return tuple(
        f"secret:{read.name or '*'}" for read in job.secrets if read.kind in _STRONG and occasion not in read.withheld
    )


def _for_forks(job: DefinedJob) -> bool:
    """Tell whether a job surely runs for pull requests from forks, where those are built."""
    return Occasion.FORK in job.settled


def _forks(definition: Definition) -> Iterator[Weakness]:
    """Builds of forks get secrets only where a setting says so; a pull request build that needs some is why it is set.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/repos/github#contributions-from-forks
    """
    if not definition.asks_for_forks:
        return
    for job in shown_jobs(definition):
        reaches = tuple(dict.fromkeys(_strong(job, Occasion.FORK))) if _for_forks(job) else ()
        if not reaches:
            continue
        at = next(read.position for read in job.secrets if read.kind in _STRONG and Occasion.FORK not in read.withheld)
        yield Weakness(
            check="ado.pipe.fork_secrets",
            position=at,
            says=f"{told(job)} takes {listed(secrets_of(reaches))} in builds of pull requests",
            job=job.id,
            by="anyone",
            reaches=reaches,
            gate="the setting for secrets in builds of forks",
        )


def _pools(definition: Definition) -> Iterator[Weakness]:
    """Code of pull requests runs on machines of one's own.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/security/misc#dont-use-self-hosted-agents-for-fork-builds
    """
    if not definition.asks_for_forks:
        return
    seen: set[str] = set()
    for job in shown_jobs(definition):
        runner = job.runner
        if runner.kind is not RunnerKind.SELF_HOSTED or not _for_forks(job) or runner.group in seen:
            continue
        seen.add(runner.group)
        count = sum(1 for each in shown_jobs(definition) if each.runner.group == runner.group and _for_forks(each))
        more = f" and {count - 1} more" if count > 1 else ""
        yield Weakness(
            check="ado.pipe.pr_pool",
            position=job.position,
            says=f"{told(job)}{more} builds pull requests on the pool {short(runner.group, 30)}",
            job=job.id,
            by="anyone",
            reaches=("runner",),
        )


def _kept_tokens(definition: Definition) -> Iterator[Weakness]:
    for job in shown_jobs(definition):
        for position in job.kept_tokens[:1]:
            yield Weakness(
                check="ado.pipe.token_kept",
                position=position,
                says=f"{told(job)} leaves the token of its checkout on disk for all later steps",
                job=job.id,
                reaches=("secret:System.AccessToken",),
            )


def _templates(definition: Definition) -> Iterator[Weakness]:
    """A template of another host's repository at a branch or tag: whoever writes there changes this pipeline.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/templates#use-other-repositories
    """
    reaches = tuple(dict.fromkeys(code for job in shown_jobs(definition) for code in holds(job)))
    seen: set[str] = set()
    for included in definition.includes:
        if included.kind != "template" or not included.project or included.pin in {Pin.SHA, Pin.LOCAL, Pin.DYNAMIC}:
            continue
        if not included.outside or included.project in seen or not reaches:
            continue
        seen.add(included.project)
        how = f"at {short(included.ref, 30)}" if included.ref else "at its default branch"
        yield Weakness(
            check="ado.pipe.template_moves",
            position=included.position,
            says=f"takes templates of {short(included.project, 50)} {how}",
            by="supplier",
            reaches=reaches,
        )


def _deploys(definition: Definition) -> Iterator[Weakness]:
    """A job for production without an environment: approvals of the environment never stand before it.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/approvals
    """
    for job in shown_jobs(definition):
        if job.environment is not None or job.holds:
            continue
        connections = [read for read in job.secrets if read.kind is SecretKind.CONNECTION]
        named = next((name for name in (job.id, job.name, job.stage) if for_production(name)), "")
        if not named or not connections:
            continue
        yield Weakness(
            check="ado.pipe.deploy_open",
            position=job.position,
            says=f"{told(job)} is for production and uses {listed([read.name for read in connections])}, "
            "without an environment",
            job=job.id,
            by="writer",
            reaches=holds(job),
        )
