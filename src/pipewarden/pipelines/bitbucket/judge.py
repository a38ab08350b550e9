"""What a Bitbucket pipeline lets others do: each rule by Atlassian's documentation.

Pull requests from forks start nothing, and the file comes from the branch that was pushed. What stands between a branch
and production is the deployment environment, and somebody who starts the step by hand.
https://support.atlassian.com/bitbucket-cloud/docs/set-up-and-monitor-deployments/
"""

from collections.abc import Iterator

from pipewarden.pipelines.commands import for_production, for_release, short
from pipewarden.pipelines.definition import DefinedJob, Definition, Occasion, Weakness
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

_OWN = "atlassian/"


def judge_bitbucket(definition: Definition) -> tuple[Weakness, ...]:
    """Return what is weak in a pipelines file, in the order of the file; never raises."""
    found: list[Weakness] = []
    found += _deploys(definition)
    found += _identities(definition)
    found += _injected(definition)
    found += _pipes(definition)
    found += moving_images(definition, "bb.image.moves", lambda image: image.startswith(_OWN))
    found += remote_scripts(definition, "bb.remote_script")
    found += _runners(definition)
    return first_of_each(found)


def _deploys(definition: Definition) -> Iterator[Weakness]:
    for job in shown_jobs(definition):
        place = job.environment
        if place is not None:
            if for_production(place.name) and runs_anywhere(job):
                yield Weakness(
                    check="bb.deploy.any_branch",
                    position=place.position,
                    says=f"{told(job)} deploys to {short(place.name)} from any branch, started by nobody",
                    job=job.id,
                    by="writer",
                    reaches=holds(job),
                )
        elif _ships(job) and not job.holds:
            yield Weakness(
                check="bb.deploy.none",
                position=job.position,
                says=f"{told(job)} ships to production and names no deployment environment",
                job=job.id,
                by="writer",
                reaches=holds(job),
            )


def _ships(job: DefinedJob) -> bool:
    """Tell whether a step's name says production, and it deploys by its name or by a pipe."""
    pipes = [included.project.rpartition("/")[2] for included in job.includes if included.kind == "pipe"]
    return for_production(job.name) and (for_release(job.name) or any(for_release(pipe) for pipe in pipes))


def _identities(definition: Definition) -> Iterator[Weakness]:
    """Any branch may ask for the token that a cloud trusts; without an environment its claims name none.

    https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
    """
    for job in shown_jobs(definition):
        if job.claims and job.environment is None and runs_anywhere(job):
            role = next((claim.role for claim in job.claims if claim.role and not claim.role.startswith("$")), "")
            what = f"the role {short(role.rpartition('/')[2], 40)}" if role else "an OIDC identity"
            yield Weakness(
                check="bb.oidc.any_branch",
                position=job.claims[0].position,
                says=f"{told(job)} takes {what} on every branch, for no environment",
                job=job.id,
                by="writer",
                reaches=holds(job),
            )


def _injected(definition: Definition) -> Iterator[Weakness]:
    """A name or variable that somebody chooses is read as a command by a second shell.

    It counts where a step is kept to an environment, or started by hand with variables: others get more than they have.
    """
    for job in shown_jobs(definition):
        for text, position in job.injections:
            if job.environment is None and not job.claims and not job.secrets:
                continue
            what = "the name of a branch or tag" if text.startswith("BITBUCKET_") else f"the variable {short(text, 30)}"
            yield Weakness(
                check="bb.inject",
                position=position,
                says=f"{told(job)} lets a second shell run {what}",
                job=job.id,
                by="writer",
                reaches=holds(job),
            )


def _pipes(definition: Definition) -> Iterator[Weakness]:
    """A pipe of somebody else's at a version that moves.

    https://support.atlassian.com/bitbucket-cloud/docs/use-pipes-in-bitbucket-pipelines/
    """
    seen: set[str] = set()
    for job in shown_jobs(definition):
        for pipe in job.includes:
            fixed = pipe.pin in {Pin.TAG, Pin.DOCKER_DIGEST}
            if pipe.kind != "pipe" or fixed or pipe.text.startswith(_OWN) or pipe.text in seen:
                continue
            seen.add(pipe.text)
            yield Weakness(
                check="bb.pipe.moves",
                position=pipe.position,
                says=f"{told(job)} runs the pipe {short(pipe.text, 50)}, whose version moves",
                job=job.id,
                by="supplier",
                reaches=holds(job),
            )


def _runners(definition: Definition) -> Iterator[Weakness]:
    for job in shown_jobs(definition):
        if job.runner.kind is RunnerKind.SELF_HOSTED and runs_anywhere(job):
            what = "pull request" if Occasion.MERGE_REQUEST in job.occasions else "branch"
            yield Weakness(
                check="bb.runner.any_branch",
                position=job.runner.position,
                says=f"{told(job)} runs every {what} on your own runner",
                job=job.id,
                by="writer",
                reaches=("runner",),
            )
            return
