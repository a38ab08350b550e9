"""What a job has under one start and not under another: its machine and its environments, where expressions choose them."""

from collections.abc import Mapping

from pipewarden.model.jobs import Start, Under
from pipewarden.pipelines.machine_choices import environment_on, machine_on
from pipewarden.pipelines.parts import Job, Workflow
from pipewarden.pipelines.turning import turns
from pipewarden.pipelines.untrusted import ANYONE_EVENTS
from pipewarden.pipelines.worlds import OF_BOTS, Who


def may_differ(job: Job) -> bool:
    """Tell whether a job's machine or environment is chosen by what is known of a run."""
    if job.runner.asked and any(map(turns, job.runner.asked)):
        return True
    return job.environment is not None and turns(job.environment.name)


def under_events(workflow: Workflow, job: Job) -> dict[str, Under]:
    """Return what a job has in the runs of each event, by who causes it, where that is not all that it can have."""
    found: dict[str, Under] = {}
    place = job.environment
    most = Under(
        runner=job.runner.kind.value,
        labels=job.runner.labels,
        environments=tuple(filter(None, place.choices)) if place is not None else (),
        environment_open=place is not None and place.dynamic,
    )
    for asked in sorted(workflow.asked):
        event = asked.partition(" ")[0]
        for who in Who:
            if (who is Who.OUTSIDER and event not in ANYONE_EVENTS) or (who is Who.BOT and event not in OF_BOTS):
                continue
            under = _under(workflow, job, asked, who)
            if under != most:
                found[f"{event} {who.value}"] = under
    return found


def _under(workflow: Workflow, job: Job, asked: str, who: Who) -> Under:
    kind, labels = job.runner.kind, job.runner.labels
    if job.runner.asked:
        kind, labels, _ = machine_on(workflow, job, asked, who)
    place = environment_on(workflow, job, asked, who)
    return Under(
        runner=kind.value,
        labels=labels,
        environments=tuple(filter(None, place.texts)),
        environment_open=place.dynamic,
    )


def under_of(under: Mapping[str, Under], start: Start) -> Under | None:
    """Return what a run has by how it is started; None where it can have all, or whoever starts it writes it themselves."""
    return under.get(start.key)
