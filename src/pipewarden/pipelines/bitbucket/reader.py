"""A Bitbucket pipelines file as a Definition: each step is a job.

https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/
"""

from typing import NamedTuple

from pipewarden.pipelines.bitbucket.steps import Start, image_of, read_step
from pipewarden.pipelines.definition import DefinedJob, Definition, Hold, Included, Occasion, System
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.merging import faults_of, flat, text, value
from pipewarden.pipelines.reading import position, text_of
from pipewarden.pipelines.uses import Pin, pin_of
from pipewarden.pipelines.yaml_tree import Fault, Mapping, Node, Scalar, Sequence, parse

MAX_STEPS = 2_000
MAX_NESTED = 10

_OCCASIONS = {
    "default": (Occasion.PUSH,),
    "branches": (Occasion.PUSH,),
    "tags": (Occasion.TAG,),
    "bookmarks": (Occasion.PUSH,),
    "pull-requests": (Occasion.MERGE_REQUEST,),
    "custom": (Occasion.MANUAL, Occasion.SCHEDULE, Occasion.API),
}
"""Pull requests from forks start nothing here.

https://support.atlassian.com/bitbucket-cloud/docs/pipeline-start-conditions/#Pull-Requests
"""


class _Place(NamedTuple):
    """What a step gets from where it stands."""

    start: Start
    name: str
    environment: str = ""
    holds: tuple[Hold, ...] = ()
    depth: int = 0


class _Reader:
    """Reads the steps of one file."""

    def __init__(self, source: str, root: Mapping) -> None:
        self.source = source
        self.root = root
        self.image = image_of(value(root, "image"), "container")
        self.services = {
            name: text(node, "image") for name, (_, node) in flat(value(value(root, "definitions"), "services")).items()
        }
        self.jobs: list[DefinedJob] = []
        self.includes: list[Included] = []
        self.open_ends: list[Fault] = []
        self.ids: set[str] = set()

    def pipeline(self, node: Node, place: _Place) -> None:
        """Read one pipeline: a list of steps, groups and stages, or one that another repository shares."""
        if isinstance(node, Sequence):
            for item in node.items:
                self.item(item, place)
        elif isinstance(node, Mapping):
            imported = value(node, "import")
            if imported is not None:
                self._import(imported, place)
            for key in ("steps", "pipeline"):
                inner = value(node, key)
                if isinstance(inner, Sequence):
                    self.pipeline(inner, place._replace(depth=place.depth + 1))

    def item(self, item: Node, place: _Place) -> None:
        """Read one entry of a pipeline."""
        if place.depth > MAX_NESTED or len(self.jobs) >= MAX_STEPS:
            return
        for key, (at, given) in flat(item).items():
            deeper = place._replace(depth=place.depth + 1)
            if key == "step":
                self._step(given, at, place)
            elif key == "parallel":
                inner = value(given, "steps") if isinstance(given, Mapping) else given
                for each in inner.items if isinstance(inner, Sequence) else ():
                    self.item(each, deeper)
            elif key == "stage":
                self._stage(given, deeper)
            elif key == "import":
                self._import(given, place)

    def _stage(self, given: Node, place: _Place) -> None:
        name = text(given, "name")
        environment = text(given, "deployment") or text(given, "environment")
        holds = place.holds
        if text(given, "trigger") == "manual":
            holds = (*holds, Hold(kind="manual", says="somebody starts the stage", position=position(given)))
        inner = value(given, "steps")
        for each in inner.items if isinstance(inner, Sequence) else ():
            self.item(each, place._replace(environment=environment or place.environment, holds=holds, name=place.name))
        if name and not isinstance(inner, Sequence):
            self.open_ends.append(Fault(given.line, given.column, "a stage without steps"))

    def _import(self, node: Node, place: _Place) -> None:
        """Note a pipeline of another repository: `import: repository:ref:name`.

        https://support.atlassian.com/bitbucket-cloud/docs/share-pipelines-configurations/
        """
        source = text_of(node)
        parts = source.split(":")
        ref = parts[1] if len(parts) > 2 else ""
        self.includes.append(
            Included(
                kind="project",
                text=source,
                position=position(node),
                project=parts[0],
                ref=ref,
                pin=pin_of(ref) if ref else Pin.BRANCH,
            )
        )
        message = f"the pipeline {place.name[:60]} comes from {source[:80]}, which was not read"
        self.open_ends.append(Fault(node.line, node.column, message))

    def _step(self, given: Node, at: Scalar, place: _Place) -> None:
        name = text(given, "name")
        wanted = f"{place.name}.{name or 'step'}"
        number, own = 1, wanted
        while own in self.ids:
            number += 1
            own = f"{wanted}-{number}"
        self.ids.add(own)
        job = read_step(
            given,
            at,
            self.source,
            start=place.start,
            job_id=own,
            environment=place.environment,
            holds=place.holds,
            image=self.image,
            services=self.services,
        )
        self.jobs.append(job)


def read_bitbucket(path: str, source: str, library: Library = NOTHING) -> Definition:
    """Read one file; never raises. Nothing beside it is looked into: all it may take over lies in other repositories."""
    del library
    source = source.removeprefix("\ufeff")
    tree = parse(source)
    faults = faults_of(tree)
    root = tree.root
    if not tree.complete or not isinstance(root, Mapping):
        if tree.complete:
            faults = (*faults, Fault(1, 1, "a pipelines file must be a mapping"))
        return Definition(path=path, system=System.BITBUCKET, faults=faults, complete=False)
    reader = _Reader(source, root)
    for kind, (named, node) in flat(value(root, "pipelines")).items():
        occasions = _OCCASIONS.get(kind)
        if occasions is None:
            continue
        if kind == "default":
            reader.pipeline(node, _Place(Start(occasions, (), frozenset(), position(named)), "default"))
            continue
        for pattern, (key, inner) in flat(node).items():
            branches = (pattern,) if kind in {"branches", "bookmarks"} else ()
            chosen = _chosen(inner) if kind == "custom" else frozenset()
            short = {"pull-requests": "pull-requests"}.get(kind, kind)
            reader.pipeline(inner, _Place(Start(occasions, branches, chosen, position(key)), f"{short}.{pattern}"))
    return Definition(
        path=path,
        system=System.BITBUCKET,
        occasions=tuple(dict.fromkeys(o for job in reader.jobs for o in job.occasions)),
        jobs=tuple(reader.jobs),
        includes=tuple(reader.includes),
        faults=faults,
        open_ends=tuple(reader.open_ends),
    )


def _chosen(node: Node) -> frozenset[str]:
    """Return the variables that whoever starts a custom pipeline fills with any text."""
    found: set[str] = set()
    for item in node.items if isinstance(node, Sequence) else ():
        variables = value(item, "variables")
        for each in variables.items if isinstance(variables, Sequence) else ():
            if value(each, "allowed-values") is None and text(each, "name"):
                found.add(text(each, "name"))
    return frozenset(found)
