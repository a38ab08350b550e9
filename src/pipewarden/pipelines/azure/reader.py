"""An Azure pipeline, with the local templates it leads to, as a Definition.

https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/
"""

import posixpath
import re

from pipewarden.pipelines.azure.jobs import Around, Reader
from pipewarden.pipelines.azure.scope import Bound, Scope, Shared, items, table
from pipewarden.pipelines.azure.templates import Templates, defaults_of, free_parameters, repositories_of
from pipewarden.pipelines.azure.triggers import explicit_pull_requests, occasions_of, start_places_of
from pipewarden.pipelines.definition import Definition, System
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.reading import text_of
from pipewarden.pipelines.yaml_tree import Fault, Mapping, Position, Tree, parse

BODY = ("stages", "jobs", "steps", "extends")
_OWN = frozenset({"trigger", "pr", "schedules", "resources", "pool", "extends", "name", "variables"})
"""Keys that only a pipeline has, and no template of stages, jobs or steps."""
_TEMPLATE_NAME = re.compile(r"(?:.*[/_.-])?templates?(?:[/_.-].*)?", re.IGNORECASE)
_PARAMETER = re.compile(r"\$\{\{[^}]*\bparameters\.")
_OF_OTHERS = "merge keys (<<)"
"""A fault that only GitHub's files can have."""


def read_azure(path: str, text: str, library: Library = NOTHING) -> Definition:
    """Read one file; never raises. A file of templates has hidden jobs: what they may do depends on who uses them."""
    text = text.removeprefix("\ufeff")
    tree = parse(text)
    faults = _faults(tree)
    root = tree.root
    if not tree.complete or not isinstance(root, Mapping):
        if tree.complete:
            faults = (*faults, Fault(1, 1, "a pipeline must be a mapping"))
        return Definition(path=path, system=System.AZURE, faults=faults, complete=False)
    hidden = is_template(path, root)
    occasions = () if hidden else occasions_of(root)
    shared = Shared(occasions, {})
    templates = Templates(path, library, repositories_of(root))
    parameters = {name: Bound(node, _bare(shared)) for name, node in defaults_of(root).items()}
    scope = Scope(shared, not hidden, parameters, free_parameters(root), folder=posixpath.dirname(path))
    templates.texts[""] = text
    reader = Reader(templates, hidden=hidden)
    reader.containers(Bound(root.get("resources"), scope))
    _body(reader, Bound(root, scope))
    if shared.left <= 0:
        shared.open_end(Position(1, 1), "more parts than are read of one pipeline")
    return Definition(
        path=path,
        system=System.AZURE,
        name=text_of(root.get("name")),
        occasions=occasions,
        start_places={} if hidden else start_places_of(root),
        jobs=reader.finished(),
        includes=tuple(templates.included.values()),
        variables=reader.literals,
        faults=faults,
        open_ends=() if hidden else tuple(shared.open_ends),
        asks_for_forks=explicit_pull_requests(root),
    )


def is_template(path: str, root: Mapping) -> bool:
    """Tell whether a file is there to be used by others: by its name, or because nothing but parameters leads in."""
    keys = {key.value for key, _ in root.pairs}
    if keys & {"trigger", "pr", "schedules", "extends"}:
        return False
    if _TEMPLATE_NAME.fullmatch(path) or isinstance(root.get("parameters"), Mapping):
        return True
    if not keys & set(BODY):
        return True
    return "parameters" in keys and not keys & _OWN


def _bare(shared: Shared) -> Scope:
    return Scope(shared, root=False, parameters={})


def _faults(tree: Tree) -> tuple[Fault, ...]:
    """Return what is wrong with a file; directives may stand twice, and merge keys are told in Azure's name."""
    kept = []
    for fault in tree.faults:
        if "'${{" in fault.message:
            continue
        message = "merge keys (<<) are not known to Azure Pipelines" if _OF_OTHERS in fault.message else fault.message
        kept.append(Fault(fault.line, fault.column, message))
    return tuple(kept)


def _body(reader: Reader, root: Bound) -> None:
    """Read what a pipeline or an extended template runs."""
    parts = table(root)
    around = reader.around(parts, Around())
    if "extends" in parts:
        _extends(reader, parts["extends"], around)
    if "stages" in parts:
        reader.stages(parts["stages"], around)
    elif "jobs" in parts:
        reader.jobs(parts["jobs"], around)
    elif "steps" in parts:
        reader.job(root, parts, around, name="job")


def _extends(reader: Reader, extends: Bound, around: Around) -> None:
    """Follow `extends`; where the template is elsewhere, what it is given to run is still the pipeline's own."""
    parts = table(extends)
    node = parts["template"].node if "template" in parts else None
    if node is None:
        return
    scope = parts["template"].scope
    at = scope.place(node)
    given = parts.get("parameters")
    root = reader.templates.follow(scope.text(node), given, scope, at)
    if root is not None:
        inner = table(root)
        inside = reader.around(inner, around)
        if "extends" in inner and root.scope.depth < 10:
            _extends(reader, inner["extends"], inside)
        for key, read in (("stages", reader.stages), ("jobs", reader.jobs)):
            if key in inner:
                read(inner[key], inside)
        if "steps" in inner:
            reader.job(root, inner, inside, name="job")
    elif given is not None:
        passed = table(given)
        if "stages" in passed:
            reader.stages(passed["stages"], around)
        if "jobs" in passed:
            reader.jobs(passed["jobs"], around)
        for key in ("steps", "buildSteps"):
            if key in passed and any(True for _ in items(passed[key])):
                reader.job(given, {"steps": passed[key]}, around, name="job")
