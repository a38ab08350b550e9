"""Text that somebody else writes and a job runs as commands."""

from collections.abc import Iterator

from pipewarden.pipelines.definition import DefinedJob, Definition, Weakness
from pipewarden.pipelines.gitlab.authors import carried
from pipewarden.pipelines.gitlab.commands import read_again
from pipewarden.pipelines.gitlab.inputs import INPUT
from pipewarden.pipelines.gitlab.telling import gate_of, line_of, reaches, short


def injected(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield each place where a title, a message or a name of a branch is read as commands."""
    for job in jobs:
        yield from _variables(job)
        yield from _inputs(definition, job)


def _variables(job: DefinedJob) -> Iterator[Weakness]:
    """A shell hands a variable over as data; what reads it a second time does not.

    https://docs.gitlab.com/ci/variables/#cicd-variable-security
    """
    again = [(script, each) for script in job.scripts for each in read_again(script.text)]
    if not again:
        return
    known = carried(job)
    for script, each in again:
        author = known.get(each.name)
        if author is None:
            continue
        what, by, _ = author
        yield Weakness(
            check="gl.ci.inject",
            position=line_of(script, each.at),
            says=f"{each.by} of job {short(job.id)} runs {what} as commands ({short(each.name)})",
            job=job.id,
            by=by,
            reaches=reaches(job),
            gate=gate_of(job),
        )


def _inputs(definition: Definition, job: DefinedJob) -> Iterator[Weakness]:
    """An input is put in as text before any shell sees it; those of a root file are given by whoever starts the pipeline.

    https://docs.gitlab.com/ci/inputs/#define-input-parameters-with-specinputs
    """
    free = frozenset(definition.inputs)
    if not free:
        return
    for script in job.scripts:
        for found in INPUT.finditer(script.text):
            if found[1] in free:
                yield Weakness(
                    check="gl.ci.inject",
                    position=line_of(script, found.start()),
                    says=f"job {short(job.id)} puts the input {short(found[1])} into a script as text",
                    job=job.id,
                    by="caller",
                    reaches=reaches(job),
                    gate=gate_of(job),
                )
