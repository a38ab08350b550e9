"""Which machine, and which environments, a job has in the runs of one event, where expressions choose them."""

from pipewarden.pipelines.choices import Choices, Known, choices_of
from pipewarden.pipelines.parts import Input, Job, RunnerKind, Workflow
from pipewarden.pipelines.runners import asked_for
from pipewarden.pipelines.turning import value_under
from pipewarden.pipelines.worlds import Who


def known_of(workflow: Workflow, job: Job) -> Known:
    """Return what the file says of the values of a job."""
    inputs: dict[str, Input] = {}
    for trigger in workflow.triggers:
        if trigger.event in {"workflow_dispatch", "workflow_call"}:
            inputs.update((given.name.lower(), given) for given in trigger.inputs)
    called = workflow.trigger("workflow_call") is not None
    return Known(inputs, called, (workflow.env,)).with_matrix(job.matrix).with_env(job.env)


def runner_on(workflow: Workflow, job: Job, event: str) -> RunnerKind:
    """Return the kind of machine that a job asks for in the runs that outsiders start by an event."""
    return machine_on(workflow, job, workflow.asked_as(event), Who.OUTSIDER)[0]


def machine_on(workflow: Workflow, job: Job, asked: str, who: Who) -> tuple[RunnerKind, tuple[str, ...], bool]:
    """Return the kind of machine that a job asks for in some runs, its labels, and whether others are possible."""
    written = [value_under(label, asked, who) for label in job.runner.asked]
    return asked_for(written, job.runner.group, known_of(workflow, job))


def environment_on(workflow: Workflow, job: Job, asked: str, who: Who) -> Choices:
    """Return the environments that a job can have in some runs."""
    if job.environment is None:
        return Choices(())
    return choices_of(value_under(job.environment.name, asked, who), known_of(workflow, job))
