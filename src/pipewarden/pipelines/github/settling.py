"""What a text of a step can be once its job runs, as far as its file tells: literals of env and the matrix are put in."""

from collections.abc import Iterator
from itertools import islice, product

from pipewarden.pipelines.choices import Known, choices_of
from pipewarden.pipelines.expressions import ANY, find
from pipewarden.pipelines.github.outputs import Outputs
from pipewarden.pipelines.parts import Job, Step, Workflow

MOST = 20
"""Texts that one can be; more of them say nothing new."""


def _known(workflow: Workflow, job: Job, step: Step) -> Known:
    return Known(env=(step.env, job.env, workflow.env), matrix=job.matrix)


def settled(workflow: Workflow, job: Job, step: Step, written: str, longest: int) -> Iterator[str]:
    """Yield what a text can be, `*` for what only the run settles; one made of inputs stays as written for the callers."""
    if "${{" not in written:
        yield written[:longest]
        return
    if "inputs." in written.lower() and workflow.trigger("workflow_call") is not None:
        yield written[:longest]
        return
    known = Outputs(workflow, job).known(step) if "outputs" in written.lower() else _known(workflow, job, step)
    pieces: list[tuple[str, ...]] = []
    at = 0
    for each in find(written):
        chosen = choices_of(written[each.start : each.end], known)
        texts = tuple(text for text in chosen.texts if text)
        pieces += [(written[at : each.start],), (*texts, ANY) if chosen.dynamic or not texts else texts]
        at = each.end
    pieces.append((written[at:],))
    for parts in islice(product(*pieces), MOST):
        yield "".join(parts)[:longest]
