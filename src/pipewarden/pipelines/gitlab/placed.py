"""Environments whose name somebody chooses, or that other rules than the meant ones guard."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.definition import DefinedJob, Definition, Weakness
from pipewarden.pipelines.gitlab.authors import chosen
from pipewarden.pipelines.gitlab.telling import gate_of, reaches, short
from pipewarden.pipelines.gitlab.variables import NAME, names_in
from pipewarden.pipelines.parts import Environment

_PRODUCTION = re.compile(r"(?i)(?:^|[^a-z])(?:production|prod|live)(?:[^a-z]|$)")
"""What GitLab takes for production by its name, at the edges of words: `non-production` is asked about below.
https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments"""
_NOT_PRODUCTION = re.compile(r"(?i)(?:^|[^a-z])(?:non|not|pre|no|test|dev|staging|review)(?:[^a-z]|$)")


def environments(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield what is wrong with the names of environments."""
    for job in jobs:
        if job.environment is not None:
            yield from _named_by_others(job, job.environment)
            yield from _overridable(definition, job, job.environment)
            yield from _tier(job, job.environment)
    yield from _letters(jobs)


def _named_by_others(job: DefinedJob, environment: Environment) -> Iterator[Weakness]:
    """A branch called `production` gets the variables of that environment, where its name begins with the branch's.

    https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
    """
    others = {name: what for name, (what, by) in chosen(job).items() if by}
    if "CI_COMMIT_REF_NAME" in others:
        others["CI_COMMIT_REF_SLUG"] = others["CI_COMMIT_REF_NAME"]
    for text in environment.choices or (environment.name,):
        first = NAME.match(text)
        if first is None:
            continue
        what = others.get(first[1] or first[2] or first[3])
        if what and not _ending(text):
            yield Weakness(
                check="gl.env.dynamic",
                position=environment.position,
                says=f"{what} chooses the environment of job {short(job.id)}, and with it the secrets",
                job=job.id,
                by="anyone" if "merge" in what else "writer",
                reaches=(*reaches(job), "environment:*"),
                gate=gate_of(job),
            )
            return


def _ending(text: str) -> bool:
    """Tell whether a name has a fixed part behind the variable: it then cannot come to the name of another environment."""
    return bool(NAME.sub("", text).strip("/-_. "))


def _overridable(definition: Definition, job: DefinedJob, environment: Environment) -> Iterator[Weakness]:
    """A variable that whoever starts a pipeline may set wins over the file's.

    https://docs.gitlab.com/ci/variables/#cicd-variable-precedence
    """
    del definition
    settled = job.settled_variables or (bool(job.branches) and not any(name.startswith("/") for name in job.branches))
    first = NAME.match(environment.name)
    name = (first[1] or first[2] or first[3]) if first else ""
    if name in job.variable_places and not settled and not _ending(environment.name):
        yield Weakness(
            check="gl.var.override",
            position=environment.position,
            says=f"whoever starts the pipeline can set {short(name)}, which chooses the environment of job {short(job.id)}",
            job=job.id,
            by="writer",
            reaches=(*reaches(job), "environment:*"),
            gate=gate_of(job),
        )


def _tier(job: DefinedJob, environment: Environment) -> Iterator[Weakness]:
    """A group guards environments by tier; one that is production by its name and not by its tier goes unguarded.

    https://docs.gitlab.com/ci/environments/protected_environments/#group-level-protected-environments
    """
    tier = environment.tier
    if not tier or names_in(tier) or tier == "production":
        return
    for name in environment.choices or (environment.name,):
        if _PRODUCTION.search(name) and not _NOT_PRODUCTION.search(name):
            yield Weakness(
                check="gl.env.name_mismatch",
                position=environment.position,
                says=f"job {short(job.id)} deploys to {short(name)} as tier {short(tier)}, which rules for production miss",
                job=job.id,
                by="writer",
                reaches=reaches(job),
                gate=gate_of(job),
            )
            return


def _letters(jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Names of environments differ by case: `Production` is not guarded by the rules of `production`."""
    first: dict[str, tuple[str, DefinedJob]] = {}
    for job in jobs:
        for name in (job.environment.choices or (job.environment.name,)) if job.environment else ():
            known = first.setdefault(name.lower(), (name, job))
            if known[0] != name and not names_in(name) and job.environment is not None:
                yield Weakness(
                    check="gl.env.name_mismatch",
                    position=job.environment.position,
                    says=f"jobs {short(known[1].id)} and {short(job.id)} write {short(name)} differently: two environments",
                    job=job.id,
                    by="writer",
                    reaches=reaches(job),
                )
