"""What stands before a job of any system but GitHub's, in words: who approves it, who starts it, to which branches it is held."""

import re
from collections.abc import Iterator

from pipewarden.model.jobs import Circle, Start
from pipewarden.pipelines.circleci import patterns
from pipewarden.pipelines.definition import UNSAID, DefinedJob, Definition, Hold, Occasion, System

ONLY_ON = "only on "
"""What begins the words for the branches that a job is held to."""
MAY_BE = ", which may be protected"
PROTECTED = "protected branches and tags"
_DEFAULT = "the default branch"
_MOST = 3
_LONGEST = 60


def gate_of(definition: Definition, job: DefinedJob, start: Start) -> str:
    """Return what stands before a run, in words joined by `; `; empty where nothing does.

    A branch that is named may be protected, and then not everybody who may write pushes to it: the file does not tell.
    """
    return "; ".join(dict.fromkeys(_words(definition, job, start)))


def _words(definition: Definition, job: DefinedJob, start: Start) -> Iterator[str]:
    if definition.system is System.GITLAB and job.occasions == (Occasion.TAG,) and not job.branches:
        yield f"only for tags{MAY_BE}"
    for hold in job.holds:
        match hold.kind:
            case "branch" if start.by is Circle.DEVELOPER:
                yield _branches(job, hold)
            case "approval":
                yield asked(hold)
            case "manual" if definition.system is System.JENKINS:
                yield asked(hold)
            case "manual":
                yield "somebody starts it by hand"
            case _:
                pass
    if definition.system in FILTERED and start.theirs and start.by is Circle.DEVELOPER:
        yield from _filters(definition, job, start)
    place = job.environment
    if definition.system is System.GITLAB and place is not None and not place.dynamic:
        names = place.choices or (place.name,)
        yield from (f"the environment {name} may be protected" for name in names[:_MOST])
        if len(names) > _MOST:
            yield f"{len(names) - _MOST} more environments may be protected"


FILTERED = frozenset({System.AZURE, System.CIRCLECI, System.BITBUCKET})
"""Systems whose files name the branches that a job runs on beside it: filters, conditions, the keys of `branches`."""
_ANY = frozenset({"*", "**", "/.*/", ".*", "{*,*/**}"})
_LISTED = re.compile(r"\{([^{}\[\]]+)\}")


def _filters(definition: Definition, job: DefinedJob, start: Start) -> Iterator[str]:
    """Say to which branches or tags a run is held that a push starts, by what the file says of it.

    Azure's `trigger` holds nothing: whoever runs the pipeline by hand chooses any branch, and what it runs is that branch's.
    https://circleci.com/docs/reference/configuration-reference/#filters
    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/conditions
    https://support.atlassian.com/bitbucket-cloud/docs/pipeline-start-conditions/#Branches
    """
    if start.event == "tag" and definition.system is not System.AZURE:
        yield f"only for tags{MAY_BE}"
    if start.event != "push":
        return
    if job.branches == (UNSAID,):
        yield "only where its condition lets the branch"
        return
    listed = [found[1].split(",") if (found := _LISTED.fullmatch(each)) else [each] for each in job.branches]
    names = [name.strip() for names in listed for name in names]
    tried = [each for each in names if definition.system is System.CIRCLECI and each.startswith("/")]
    if any(patterns.takes(each, patterns.OWN) is not False for each in tried):
        return
    if names and not _ANY.intersection(names):
        yield _held_to(names)


def asked(hold: Hold) -> str:
    """Say who has to answer a question: those who approve, or anybody."""
    return f"{approvers(hold)} approves it" if hold.kind == "approval" else "somebody answers its question"


def approvers(hold: Hold) -> str:
    """Say who approves: those whom the file names, or that it leaves open who."""
    if hold.computed:
        return "whoever the code names"
    return " or ".join(hold.approvers) or "somebody"


def _branches(job: DefinedJob, hold: Hold) -> str:
    """Say to which branches a job is held."""
    if "$protected" in hold.branches:
        return f"{ONLY_ON}{PROTECTED}"
    names = [_DEFAULT if each == "$CI_DEFAULT_BRANCH" else each for each in hold.branches]
    if not names:
        return f"only for tags{MAY_BE}" if job.occasions == (Occasion.TAG,) else f"only where {hold.says}"
    return _held_to(names)


def _held_to(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    which = MAY_BE if len(names) == 1 else ", which may all be protected"
    return f"{ONLY_ON}{', '.join(name[:_LONGEST] for name in names[:_MOST])}{more}{which}"
