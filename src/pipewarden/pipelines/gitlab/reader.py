"""Reads `.gitlab-ci.yml` with what it includes into a Definition. Never raises; what was not followed is an open end.

https://docs.gitlab.com/ci/yaml/
"""

from pipewarden.pipelines.definition import Definition, Occasion, System
from pipewarden.pipelines.gitlab.belonging import part_of
from pipewarden.pipelines.gitlab.composed import Composed, joined_of
from pipewarden.pipelines.gitlab.includes import ROOT, Loaded, own_faults, parsed
from pipewarden.pipelines.gitlab.inputs import free_names
from pipewarden.pipelines.gitlab.merging import Joined
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.reading import position, text_of
from pipewarden.pipelines.yaml_tree import MAX_FAULTS, Mapping, Node, Position, parse


def read_gitlab(path: str, text: str, library: Library = NOTHING) -> Definition:
    """Read one file. A file that the root file includes tells no jobs: they stand in the root's definition."""
    tree = parsed(text, "") if path == ROOT else parse(text)
    if not tree.complete:
        return Definition(path=path, system=System.GITLAB, faults=tree.faults, complete=False)
    root_file = part_of(path, library)
    if root_file:
        return Definition(path=path, system=System.GITLAB, faults=tuple(own_faults(tree)), part_of=root_file)
    loaded = Loaded(path, library)
    loaded.faults += own_faults(tree)
    loaded.texts[""] = text.removeprefix("\ufeff")
    root = loaded.body(tree, None, is_root=True)
    if root is None:
        return Definition(path=path, system=System.GITLAB, faults=tuple(loaded.faults))
    whole = loaded.take(root, "", "", (path,))
    return _definition(path, loaded, joined_of(loaded, whole))


def _definition(path: str, loaded: Loaded, joined: Joined) -> Definition:
    composed = Composed(loaded)
    scene = composed.scene(joined)
    jobs = tuple(composed.jobs(joined, scene))
    workflow = joined.value("workflow")
    found = {occasion for job in jobs if not job.hidden for occasion in job.occasions}
    return Definition(
        path=path,
        system=System.GITLAB,
        name=text_of(workflow.get("name")) if isinstance(workflow, Mapping) else "",
        occasions=tuple(occasion for occasion in Occasion if occasion in found),
        start_places=_start_places(workflow),
        jobs=jobs,
        includes=tuple(loaded.includes),
        variables={name: each.value for name, each in scene.variables.items()},
        inputs=tuple(sorted(free_names(loaded.header))) if path == ROOT else (),
        faults=tuple(dict.fromkeys(loaded.faults))[:MAX_FAULTS],
        open_ends=tuple(dict.fromkeys((*loaded.open_ends, *joined.unknown)))[:MAX_FAULTS],
    )


def _start_places(workflow: Node | None) -> dict[str, Position]:
    """Return where `workflow:rules` say which pipelines begin."""
    pairs = workflow.pairs if isinstance(workflow, Mapping) else ()
    at = next((position(name) for name, _ in pairs if name.value == "rules"), None)
    return {"": at} if at is not None else {}
