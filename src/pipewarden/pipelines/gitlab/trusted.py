"""Identities, caches and files that reach further than they should; and pipelines that run twice."""

from collections.abc import Iterator

from pipewarden.pipelines.definition import DefinedJob, Definition, Occasion, Weakness
from pipewarden.pipelines.gitlab.authors import LINES, carried
from pipewarden.pipelines.gitlab.shell import expansions
from pipewarden.pipelines.gitlab.telling import gate_of, line_of, reaches, short
from pipewarden.pipelines.gitlab.variables import names_in

_ANY_BRANCH = frozenset({Occasion.PUSH, Occasion.MERGE_REQUEST})


def identities(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield each ID token that runs of any branch are given, with no environment that could guard it.

    https://docs.gitlab.com/ci/secrets/id_token_authentication/
    """
    del definition
    for job in jobs:
        if job.environment is None and not job.branches and _ANY_BRANCH & frozenset(job.occasions):
            for claim in job.claims:
                where = "for merge requests" if Occasion.MERGE_REQUEST in job.settled else "on any branch"
                for_what = (
                    f" for {short(claim.role)}" if claim.role else f" for {claim.provider}" if claim.provider else ""
                )
                yield Weakness(
                    check="gl.oidc.trust",
                    position=claim.position,
                    says=f"job {short(job.id)} gets the identity {short(claim.name)}{for_what} {where}, with no environment",
                    job=job.id,
                    by="writer",
                    reaches=reaches(job),
                    gate=gate_of(job),
                )


def poisoned(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield what somebody else's run or text can put into a job: a shared cache, foreign files, lines of variables."""
    for job in jobs:
        yield from _caches(job)
        yield from _foreign(job)
        yield from _lines(job)
    del definition


def _caches(job: DefinedJob) -> Iterator[Weakness]:
    """GitLab keeps the caches of protected branches apart, unless a job asks it not to.

    https://docs.gitlab.com/ci/yaml/#cacheunprotect
    """
    for each in job.transfers:
        if each.what == "cache_unprotected":
            yield Weakness(
                check="gl.ci.artifact_poison",
                position=each.position,
                says=f"job {short(job.id)} takes its cache from runs of any branch, protected or not",
                job=job.id,
                by="writer",
                reaches=reaches(job),
            )


def _foreign(job: DefinedJob) -> Iterator[Weakness]:
    """Files of another project's branch, where somebody chooses the branch.

    https://docs.gitlab.com/ci/yaml/#needsproject
    """
    known = None
    for each in job.transfers:
        if each.what == "artifact_download" and each.other_run:
            known = carried(job) if known is None else known
            ref = each.name.rpartition("@")[2]
            author = next((known[name] for name in names_in(ref) if name in known), None)
            if author:
                yield Weakness(
                    check="gl.ci.artifact_poison",
                    position=each.position,
                    says=f"{author[0]} chooses whose files job {short(job.id)} takes",
                    job=job.id,
                    by=author[1],
                    reaches=reaches(job),
                    gate=gate_of(job),
                )


def _lines(job: DefinedJob) -> Iterator[Weakness]:
    """A text of several lines that goes into a dotenv report sets any variable of the jobs after it.

    https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
    """
    files = [each.name.rpartition("/")[2] for each in job.transfers if each.what == "dotenv"]
    if not files:
        return
    known = carried(job)
    for script in job.scripts:
        for each in expansions(script.text):
            author = known.get(each.name)
            if author is None or each.single or each.rest or author[2] not in LINES:
                continue
            line = script.text[script.text.rfind("\n", 0, each.at) + 1 :].partition("\n")[0]
            command, arrow, target = line.partition(">")
            quoted = command.count("$(", 0, max(command.find(each.name), 0))
            if arrow and not quoted and "|" not in command and any(name and name in target for name in files):
                yield Weakness(
                    check="gl.ci.artifact_poison",
                    position=line_of(script, each.at),
                    says=f"job {short(job.id)} writes {author[0]} into {short(files[0])}, which sets variables of later jobs",
                    job=job.id,
                    by=author[1],
                    reaches=reaches(job),
                    gate=gate_of(job),
                )


def twice(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield the first job that runs both for a branch and for the merge request of that branch.

    https://docs.gitlab.com/ci/jobs/job_rules/#avoid-duplicate-pipelines
    """
    if any(not each.followed for each in definition.includes):
        return  # what was not read may hold a `workflow:` that keeps one of the two away
    both = [job for job in jobs if {Occasion.PUSH, Occasion.MERGE_REQUEST} <= set(job.settled)]
    if both:
        more = f" and {len(both) - 1} more" if len(both) > 1 else ""
        yield Weakness(
            check="gl.ci.rules_trigger",
            position=both[0].position,
            says=f"job {short(both[0].id)}{more} runs twice for each push to a merge request's branch",
            job=both[0].id,
        )
