"""Templates of Azure Pipelines: local ones are followed with their parameters, others are told as what was not read.

https://learn.microsoft.com/en-us/azure/devops/pipelines/process/templates
"""

import posixpath
from functools import lru_cache
from typing import NamedTuple

from pipewarden.pipelines.azure.scope import Bound, Scope, pairs
from pipewarden.pipelines.commands import short
from pipewarden.pipelines.definition import Included
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.reading import text_of
from pipewarden.pipelines.uses import Pin, pin_of
from pipewarden.pipelines.yaml_tree import Mapping, Position, Scalar, Sequence, Tree, parse

MAX_NESTED = 20
MAX_FILES = 100
"""https://learn.microsoft.com/en-us/azure/devops/pipelines/process/templates (template limits)"""


class Repository(NamedTuple):
    """An entry of `resources.repositories`."""

    name: str
    kind: str
    ref: str
    position: Position


class Templates:
    """The templates that a pipeline leads to."""

    def __init__(self, path: str, library: Library, repositories: dict[str, Repository]) -> None:
        self.path = path
        self.library = library
        self.repositories = repositories
        self.included: dict[tuple[str, Position], Included] = {}
        self.texts: dict[str, str] = {}
        """The texts that values stand in, by their file; that of the pipeline has none."""
        self._trees: dict[str, Mapping | None] = {}
        self._files = 0

    def follow(self, name: str, given: Bound | None, scope: Scope, at: Position) -> Bound | None:
        """Return the root of a template with its parameters bound; None where it is not at hand (and said so)."""
        path, _, alias = name.partition("@")
        if alias and alias != "self":
            self._elsewhere(path, alias, scope, at)
            return None
        if "${{" in name or "$(" in name or "$[" in name:
            self._note(Included(kind="template", text=name, position=at, pin=Pin.DYNAMIC))
            scope.shared.open_end(at, f"the name of a template is computed: {short(name, 60)}")
            return None
        target = path.lstrip("/") if path.startswith("/") else posixpath.join(scope.folder, path)
        target = posixpath.normpath(target.replace("\\", "/"))
        root = self._tree(target) if scope.depth < MAX_NESTED else None
        self._note(
            Included(kind="template", text=name, position=at, pin=Pin.LOCAL, followed=root is not None, file=target),
        )
        if root is None:
            why = "is nested too deep" if scope.depth >= MAX_NESTED else "is not at hand"
            scope.shared.open_end(at, f"the template {short(name, 60)} {why}")
            return None
        return Bound(root, self._inside(root, given, scope, at, posixpath.dirname(target)))

    def _inside(self, root: Mapping, given: Bound | None, scope: Scope, at: Position, folder: str) -> Scope:
        plain = scope._replace(root=False, parameters={}, loops={}, at=at, folder=folder, depth=scope.depth + 1)
        bound = {name: Bound(node, plain) for name, node in defaults_of(root).items()}
        if given is not None:
            for key, value in pairs(given):
                bound[key.value] = value
        return plain._replace(parameters=bound)

    def _tree(self, path: str) -> Mapping | None:
        if path not in self._trees:
            self._files += 1
            text = self.library.local(path) if self._files <= MAX_FILES and not path.startswith("..") else None
            if text is not None:
                self.texts[path] = text = text.removeprefix("\ufeff")
            root = _parsed(text, path).root if text is not None else None
            self._trees[path] = root if isinstance(root, Mapping) else None
        return self._trees[path]

    def _elsewhere(self, path: str, alias: str, scope: Scope, at: Position) -> None:
        known = self.repositories.get(alias)
        ref = known.ref if known else ""
        self._note(
            Included(
                kind="template",
                text=f"{path}@{alias}",
                position=at,
                project=known.name if known else alias,
                ref=ref,
                pin=pin_of_ref(ref),
                outside=known is not None and known.kind in {"github", "githubenterprise", "bitbucket"},
            )
        )
        where = short(known.name if known else alias, 40)
        scope.shared.open_end(at, f"the template {short(path, 60)} of {where} was not read")

    def _note(self, included: Included) -> None:
        self.included.setdefault((included.text, included.position), included)


@lru_cache(maxsize=128)
def _parsed(text: str, file: str) -> Tree:
    """Parse a template once for all the pipelines that use it."""
    return parse(text, file)


def pin_of_ref(ref: str) -> Pin:
    """Classify `ref` of a repository resource; without one the default branch is taken."""
    if "$" in ref:
        return Pin.DYNAMIC
    if not ref or ref.startswith("refs/heads/"):
        return Pin.BRANCH
    return pin_of(ref)


def defaults_of(root: Mapping) -> dict[str, Scalar | Sequence | Mapping | None]:
    """Return the parameters that a file declares with their defaults, in the list form or the older mapping form."""
    node = root.get("parameters")
    if isinstance(node, Mapping):
        return {key.value: value for key, value in node.pairs}
    if not isinstance(node, Sequence):
        return {}
    return {
        text_of(item.get("name")): item.get("default")
        for item in node.items
        if isinstance(item, Mapping) and text_of(item.get("name"))
    }


def free_parameters(root: Mapping) -> frozenset[str]:
    """Return the parameters of a pipeline that take any text: of type string (or none) and without `values`.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/runtime-parameters
    """
    node = root.get("parameters")
    if not isinstance(node, Sequence):
        return frozenset()
    return frozenset(
        text_of(item.get("name"))
        for item in node.items
        if isinstance(item, Mapping)
        and item.get("values") is None
        and text_of(item.get("type")).lower() in {"", "string"}
    )


def repositories_of(root: Mapping) -> dict[str, Repository]:
    """Return the repositories that a pipeline names under `resources`, by alias."""
    resources = root.get("resources")
    node = resources.get("repositories") if isinstance(resources, Mapping) else None
    if not isinstance(node, Sequence):
        return {}
    return {
        text_of(item.get("repository")): Repository(
            text_of(item.get("name")),
            text_of(item.get("type")).lower(),
            text_of(item.get("ref")),
            Position(item.line, item.column),
        )
        for item in node.items
        if isinstance(item, Mapping)
    }
