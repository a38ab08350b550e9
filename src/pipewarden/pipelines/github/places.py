"""The environments and the machine of a job by what callers pass, and what those are under each event of who calls it."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from pipewarden.model.jobs import Under
from pipewarden.pipelines.choices import Choices
from pipewarden.pipelines.conditions import holds, tree_of
from pipewarden.pipelines.github.frames import Frame
from pipewarden.pipelines.github.opened import OpenJob
from pipewarden.pipelines.github.passing import chosen_from, passed_to, put, turns_on
from pipewarden.pipelines.parts import Passed, Trigger, asked_of
from pipewarden.pipelines.runners import labels_in, widest
from pipewarden.pipelines.untrusted import ANYONE_EVENTS
from pipewarden.pipelines.worlds import NOWHERE, OF_BOTS, Who, World, world


def environment_of(job: OpenJob, given: Mapping[str, Passed], run: World = NOWHERE) -> Choices:
    """Return the environments that a job can have."""
    place = job.environment
    if place is None:
        return Choices(())
    if given and "inputs." in place.name.lower():
        chosen = chosen_from(place.name, given, run)
        if chosen.texts:
            return chosen
    return Choices(place.choices, place.dynamic, place.chosen_by)


def runner_of(job: OpenJob, given: Mapping[str, Passed], run: World = NOWHERE) -> tuple[str, tuple[str, ...], bool]:
    """Return the kind of machine, its labels, and whether others are possible."""
    runner = job.runner
    if given and any("inputs." in label.lower() for label in runner.asked):
        chosen = [chosen_from(label, given, run) for label in runner.asked]
        labels = tuple(dict.fromkeys(label for each in chosen for text in each.texts for label in labels_in(text)))
        dynamic = any(each.dynamic for each in chosen)
        if labels:
            return widest(labels, group=runner.group, dynamic=dynamic).value, labels, dynamic
    return runner.kind.value, runner.labels, runner.dynamic


def runs_of(triggers: tuple[Trigger, ...]) -> Iterator[tuple[str, World]]:
    """Yield how each start of a workflow is called, by event and who causes it, with what is known of its run."""
    for trigger in triggers:
        event = trigger.event
        for who in Who:
            if (who is Who.OUTSIDER and event not in ANYONE_EVENTS) or (who is Who.BOT and event not in OF_BOTS):
                continue
            if event != "workflow_call":
                yield f"{event} {who.value}", world(asked_of(trigger), who)


def under_called(frame: Frame, job: OpenJob) -> dict[str, Under]:
    """Return what a job of a called workflow has in the runs of each event, where that is not all that it can have."""
    if not (job.under or turns_on(frame)):
        return {}
    most = _under(job, passed_to(frame), NOWHERE)
    found: dict[str, Under] = {}
    for name, run in runs_of(frame.root.triggers):
        under = _under(job, passed_to(frame, run), run)
        own = job.under.get(name)
        if own is not None and not _asks(job.runner.asked):
            under = replace(under, runner=own.runner, labels=own.labels)
        if own is not None and not (job.environment is not None and _asks((job.environment.name,))):
            under = replace(under, environments=own.environments, environment_open=own.environment_open)
        if under != most:
            found[name] = under
    return found


def _asks(written: tuple[str, ...]) -> bool:
    return any("inputs." in text.lower() for text in written)


def idle_called(frame: Frame, condition: str) -> Iterator[str]:
    """Yield the starts under which a condition surely does not hold by what callers pass."""
    for name, run in runs_of(frame.root.triggers):
        if holds(tree_of(put(condition, passed_to(frame, run))), run) is False:
            yield name


def _under(job: OpenJob, given: Mapping[str, Passed], run: World) -> Under:
    kind, labels, _ = runner_of(job, given, run)
    place = environment_of(job, given, run)
    return Under(
        runner=kind, labels=labels, environments=tuple(filter(None, place.texts)), environment_open=place.dynamic
    )
