"""All jobs of a configuration, with those of the pipelines that its jobs start in the same project.

https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#parent-child-pipelines
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from pipewarden.pipelines.definition import DefinedJob
from pipewarden.pipelines.gitlab.belonging import MOST_CHILDREN, MOST_LEVELS, started_by
from pipewarden.pipelines.gitlab.includes import Loaded
from pipewarden.pipelines.gitlab.jobs import Parent, Scene, choices_of, given_by, inherited, job_of
from pipewarden.pipelines.gitlab.merging import REFERENCE, Joined, flat
from pipewarden.pipelines.gitlab.names import NOT_JOBS
from pipewarden.pipelines.gitlab.starts import Starts, Way, rules_of, starts_of, ways_of_child
from pipewarden.pipelines.gitlab.variables import Table, Variable, variables_of
from pipewarden.pipelines.reading import position, text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

MOST_JOBS = 2_000
MOST_WEIGHT = 500_000
"""Of all jobs with what each is given; a file whose defaults and jobs come to more is read up to here."""
_RUNS = ("script", "trigger", "run", "extends", "before_script", "after_script")


def joined_of(loaded: Loaded, root: Mapping, known: int = 0) -> Joined:
    """Return a configuration whose jobs are asked for. `known` open ends were there before it was put together."""
    references = any(REFERENCE in each for each in loaded.texts.values())
    return Joined(root, loaded.fault, whole=len(loaded.open_ends) <= known, references=references)


class Composed:
    """The jobs of one file while they are gathered: the limits hold for all pipelines together."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._jobs = MOST_JOBS
        self._weight = MOST_WEIGHT
        self._children = MOST_CHILDREN

    def scene(self, joined: Joined, ways: tuple[Way, ...] | None = None, parent: Parent | None = None) -> Scene:
        """Return what the jobs of a configuration share."""
        workflow = joined.value("workflow")
        scene = Scene(
            given_by(joined.root, joined.value("default")),
            variables_of(joined.value("variables")),
            rules_of(workflow.get("rules")) if isinstance(workflow, Mapping) else None,
            joined.whole,
            self._loaded.texts,
        )
        return scene if ways is None else replace(scene, ways=ways, parent=parent)

    def jobs(self, joined: Joined, scene: Scene, loaded: Loaded | None = None) -> Iterator[DefinedJob]:
        """Yield the jobs of a configuration, those of a pipeline that one of them starts behind it."""
        loaded = loaded or self._loaded
        scene = replace(scene, chains=loaded.chains)
        given = len(scene.variables) + _weight(scene.given.items())
        for key, value in joined.root.pairs:
            if key.value in NOT_JOBS:
                continue
            if self._jobs <= 0:
                loaded.open_end(key, f"more than {MOST_JOBS} jobs")
                return
            if isinstance(value, Mapping):
                whole = joined.job(key.value)
                if whole is None:
                    continue
                self._weight -= given + _weight((name.value, inner) for name, inner in whole.pairs)
                if self._weight <= 0:
                    loaded.open_end(key, "its jobs and what they are given are more than is read")
                    return
                self._jobs -= 1
                _look_at(key, whole, loaded, joined)
                yield from self._job(key, whole, scene, loaded)
            elif not key.value.startswith(".") and not (isinstance(value, Scalar) and value.is_null):
                loaded.fault(key, f"the job {key.value[:80]} must be a mapping")

    def _job(self, key: Scalar, whole: Mapping, scene: Scene, loaded: Loaded) -> Iterator[DefinedJob]:
        """Yield a job and what it starts; one that a pipeline which is started never has is none."""
        hidden = key.value.startswith(".")
        if hidden:
            if scene.parent is None:
                yield DefinedJob(id=key.value, position=position(key), hidden=True)
            return
        job = job_of(scene, key, whole)
        if scene.parent is not None:
            if job.never:
                return
            job = replace(job, includes=(*scene.parent.job.includes, *job.includes))
        started = started_by(whole.get("trigger"))
        if started is None:
            yield job
        else:
            yield from self._with_started(job, key, whole, started, scene, loaded.child())

    def _with_started(
        self, job: DefinedJob, key: Scalar, whole: Mapping, started: Mapping, scene: Scene, loaded: Loaded
    ) -> Iterator[DefinedJob]:
        """Yield a job and those of the pipeline that it starts.

        It runs in the same project, for the same commit, with all variables of the project, and with those that the job hands on.
        """
        if len(job.parents) >= MOST_LEVELS:
            loaded.fault(key, f"GitLab starts no pipeline more than {MOST_LEVELS} levels below the first")
            yield job
            return
        if self._children <= 0:
            loaded.open_end(key, f"more than {MOST_CHILDREN} pipelines are started")
            yield job
            return
        self._children -= 1
        known = len(loaded.open_ends)
        joined = joined_of(loaded, loaded.take(started, "", "", ()), known)
        before = scene.parent.job.includes if scene.parent else ()
        job = replace(job, includes=(*before, *loaded.includes))
        yield job
        table = {name.value: value for name, value in whole.pairs}
        starts = starts_of(table, text_of(whole.get("when")))
        parent = _parent(job, table, starts, scene)
        ways = ways_of_child(scene.ways_of(key.file), starts, scene.workflow, parent.told, whole=scene.whole)
        if ways or not job.never:
            yield from self.jobs(joined, self.scene(joined, ways, parent), loaded)
            loaded.open_ends += joined.unknown


def _parent(job: DefinedJob, table: Table, starts: Starts, scene: Scene) -> Parent:
    """Return what a job hands on to the pipeline that it starts.

    By default it hands on the variables that files define, and not those that were given at the start. What the first pipeline
    handed on was given to the second at its start. https://docs.gitlab.com/ci/yaml/#triggerforward
    """
    trigger = table.get("trigger")
    forward = trigger.get("forward") if isinstance(trigger, Mapping) else None
    yaml = forward.get("yaml_variables") if isinstance(forward, Mapping) else None
    given = forward.get("pipeline_variables") if isinstance(forward, Mapping) else None
    found: dict[str, Variable] = {}
    choices: dict[str, tuple[str, ...]] = {}
    if not (isinstance(yaml, Scalar) and yaml.value == "false"):
        found = inherited(scene, table) | variables_of(table.get("variables"))
        choices = choices_of(table, starts, {name: each.value for name, each in found.items()})
        found |= {
            name: Variable(name, values[0], job.position)
            for name, values in choices.items()
            if values and name not in found
        }
    all_given = isinstance(given, Scalar) and given.is_true
    above = scene.parent
    if all_given and above is not None:
        found, choices = found | above.forwarded, choices | above.choices
    return Parent(job, found, choices, all_given and (above is None or above.pipeline_variables))


def _weight(pairs: Iterable[tuple[str, Node]]) -> int:
    """Return how much work the keys of a job are, from two levels of them."""
    total = 0
    for _, node in pairs:
        if isinstance(node, Scalar):
            total += 1 + len(node.value) // 100
        elif isinstance(node, Sequence):
            total += sum(1 + len(item.value) // 100 if isinstance(item, Scalar) else 5 for item in node.items)
        else:
            total += 1 + len(node.pairs)
    return total


def _look_at(key: Scalar, job: Mapping, loaded: Loaded, joined: Joined) -> None:
    """Note what is wrong with a job as a whole."""
    for name in ("before_script", "script", "after_script"):
        for item in flat(job.get(name)):
            if isinstance(item, Mapping):
                loaded.fault(item, "a command must be text: what holds a colon and a space needs quotes")
    if key.value.startswith(".") or not joined.whole:
        return
    if not any(job.get(name) is not None for name in _RUNS):
        loaded.fault(key, f"the job {key.value[:80]} runs nothing: it has neither script nor trigger")
