"""What a configuration includes: followed where it is at hand, an open end where not.

https://docs.gitlab.com/ci/yaml/includes/ and https://docs.gitlab.com/ci/yaml/#include
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from pipewarden.pipelines.definition import Included
from pipewarden.pipelines.gitlab.existing import holding
from pipewarden.pipelines.gitlab.inputs import Header, filled, split, values_for
from pipewarden.pipelines.gitlab.merging import merged, with_merge_keys
from pipewarden.pipelines.gitlab.starts import Rule, Starts, possible, rules_of
from pipewarden.pipelines.gitlab.wildcards import named_by
from pipewarden.pipelines.library import Library, Listing
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.uses import Pin, pin_of
from pipewarden.pipelines.yaml_tree import (
    MAX_FAULTS,
    MAX_NODES,
    Fault,
    Mapping,
    Node,
    Position,
    Scalar,
    Sequence,
    Tree,
    parse,
)

MOST_INCLUDES = 150
"""Files of one pipeline. https://docs.gitlab.com/administration/settings/continuous_integration/#set-maximum-includes"""
MOST_DEPTH = 100
"""Levels of files that include files."""
ROOT = ".gitlab-ci.yml"

Chain = tuple[tuple[Rule, ...], ...]
"""The rules of the includes that lead to a file, the outermost first."""

_FIXED_ADDRESS = re.compile(r"(?i)/(?:raw|blob)/[0-9a-f]{40}/|raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/")
_VERSION = re.compile(r"~latest|\d+(?:\.\d+){0,2}(?:[-+].*)?")


class Loaded:
    """A configuration with all it includes, while it is put together."""

    def __init__(self, path: str, library: Library) -> None:
        self.path = path
        self.library = library
        self.faults: list[Fault] = []
        self.open_ends: list[Fault] = []
        self.includes: list[Included] = []
        self.texts: dict[str, str] = {}
        """Of every file that was read; the key is empty for the file itself."""
        self.chains: dict[str, tuple[Chain, ...]] = {}
        """Of each file, by which rules it is part of the pipeline; nothing for one that always is."""
        self.header: Header | None = None
        self._left = [MAX_NODES]

    def child(self) -> "Loaded":
        """Return what a pipeline is put together in that a job of this one starts: notes, texts and limits are shared."""
        other = Loaded(self.path, self.library)
        other.faults, other.open_ends, other.texts = self.faults, self.open_ends, self.texts
        other._left = self._left
        return other

    def fault(self, node: Node, message: str) -> None:
        """Note what GitLab would refuse."""
        self._note(self.faults, node, message)

    def open_end(self, node: Node, message: str) -> None:
        """Note what decides access and was not followed."""
        self._note(self.open_ends, node, message)

    def _note(self, notes: list[Fault], node: Node, message: str) -> None:
        if len(notes) < MAX_FAULTS:
            notes.append(Fault(node.line, node.column, message, node.file))

    def take(
        self, root: Mapping, project: str, ref: str, chain: tuple[str, ...], rules: tuple[tuple[Rule, ...], ...] = ()
    ) -> Mapping:
        """Return a configuration joined with what it includes; its own keys win. `rules` are those by which it is included."""
        include = root.get("include")
        if include is None:
            return root
        base: Mapping | None = None
        for entry, kind, text in self._found(include, project):
            part = self._entry(entry, kind, text, project, ref, chain, rules)
            if part is not None:
                base = part if base is None else merged(base, part)
        return root if base is None else merged(base, root)

    def _found(self, include: Node, project: str) -> Iterator[tuple[Node, str, str]]:
        """Yield each include, those of a wildcard one by one where it is known which files there are.

        https://docs.gitlab.com/ci/yaml/includes/#include-local-files-with-wildcard-file-paths
        """
        for entry, kind, text in _entries(include):
            if kind != "local" or "*" not in text or "$" in text or project:
                yield entry, kind, text
                continue
            paths = named_by(text, self.library)
            if paths is None:
                yield entry, kind, text
            elif not paths:
                self.fault(entry, f"no file of the repository is called {text[:100]}")
            for path in paths or ():
                yield entry, kind, path

    def _entry(
        self,
        entry: Node,
        kind: str,
        text: str,
        project: str,
        ref: str,
        chain: tuple[str, ...],
        rules: tuple[tuple[Rule, ...], ...],
    ) -> Mapping | None:
        """Follow one include, and tell of it."""
        if len(self.includes) >= MOST_INCLUDES:
            self.open_end(entry, f"more than {MOST_INCLUDES} files are included")
            return None
        given = entry if isinstance(entry, Mapping) else None
        told = given.get("rules") if given is not None else None
        own = rules_of(told if project else holding(told, self.library))
        if own is not None:
            if not possible(Starts(), own, {}, is_child=False, whole=True):
                return None
            rules = (*rules, own)
        included = _included(entry, kind, text)
        followed: Mapping | None = None
        if kind in {"local", "project"}:
            followed = self._follow(entry, included, project, ref, chain, rules)
        elif kind == "":
            self.fault(entry, "an include that names nothing")
            return None
        elif kind == "artifact":
            self.open_end(entry, "a pipeline that another job generates was not read")
        elif kind != "template" or text.startswith("Auto-DevOps"):
            self.open_end(entry, f"what the {kind} {text[:100]} holds was not read")
        else:
            self.open_end(entry, f"the template {text[:100]} comes with GitLab and was not read")
        self.includes.append(_with(included, followed=followed is not None))
        return followed

    def _follow(
        self,
        entry: Node,
        included: Included,
        project: str,
        ref: str,
        chain: tuple[str, ...],
        rules: tuple[tuple[Rule, ...], ...],
    ) -> Mapping | None:
        """Read a file of this repository, or of another one of the same GitLab."""
        path = included.text.lstrip("/")
        if included.kind == "project" and not _is_here(included):
            project, ref = included.project, included.ref
        name = f"{project}:{path}" if project else path
        if "$" in path or "$" in project or "$" in ref:
            self.open_end(entry, f"which file {included.text[:100]} names is computed")
            return None
        if "*" in path:
            self.open_end(entry, f"which files {included.text[:100]} names was not looked up")
            return None
        if name in chain or len(chain) >= MOST_DEPTH:
            self.fault(entry, f"{included.text[:100]} includes itself")
            return None
        text = self.library.elsewhere(project, path, ref) if project else self.library.local(path)
        if text is None:
            unsure = any(rule.open for each in rules for rule in each)  # it may be that nothing is included
            if not project and not unsure and isinstance(self.library, Listing) and self.library.absent(path):
                self.fault(entry, f"the included file {name[:120]} is not there")
            self.open_end(entry, f"the included file {name[:120]} was not read")
            return None
        self.texts[name] = text.removeprefix("\ufeff")
        tree = parsed(text, name)
        if not tree.complete:
            first = tree.faults[0]
            self.open_end(entry, f"{name[:120]} line {first.line} cannot be read: {first.message}")
            return None
        given = entry.get("inputs") if isinstance(entry, Mapping) else None
        root = self.body(tree, given, is_root=False)
        if name not in self.chains or self.chains[name]:
            self.chains[name] = (*self.chains.get(name, ()), rules) if rules else ()
        return None if root is None else self.take(root, project, ref, (*chain, name), rules)

    def body(self, tree: Tree, given: Node | None, *, is_root: bool) -> Mapping | None:
        """Return the jobs of a parsed file: after the header, with inputs and merge keys carried out."""
        header, node = split(tree.documents)
        if is_root:
            self.header = header
        if header is not None and node is not None and not is_root:
            values = values_for(header, given)
            for name in header.inputs.keys() - values.keys():
                self.open_end(node, f"the input {name[:80]} has no value here")
            node = filled(node, values)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return None
        if not isinstance(node, Mapping):
            self.fault(node, "a pipeline file must be a mapping of jobs")
            return None
        self._left[0] -= len(node.pairs)
        if self._left[0] <= 0:
            self.open_end(node, f"more than {MAX_NODES} keys are included")
            return None
        joined = with_merge_keys(node) if _has_merge_keys(tree) else node
        return joined if isinstance(joined, Mapping) else None


def _has_merge_keys(tree: Tree) -> bool:
    return any("merge keys (<<)" in fault.message for fault in tree.faults)


def own_faults(tree: Tree) -> list[Fault]:
    """Return the faults of a file without those that only GitHub has: merge keys are welcome here."""
    return [
        each for each in tree.faults if "merge keys (<<)" not in each.message and "'<<' is given" not in each.message
    ]


@lru_cache(maxsize=256)
def parsed(text: str, file: str) -> Tree:
    """Return the tree of an included file: many files include the same."""
    return parse(text, file)


def _entries(node: Node) -> Iterator[tuple[Node, str, str]]:
    """Yield each include with its kind and what it names; `file` of a project may be a list."""
    for entry in node.items if isinstance(node, Sequence) else (node,):
        if isinstance(entry, Scalar):
            if not entry.is_null:
                yield entry, "remote" if re.match(r"(?i)https?://", entry.value) else "local", entry.value
            continue
        if isinstance(entry, Sequence):
            yield from _entries(entry)
            continue
        kind = next(
            (each for each in ("local", "project", "remote", "template", "component", "artifact") if entry.get(each)),
            "",
        )
        if kind == "project":
            files = texts_of(entry.get("file"))
            for file in files or ("",):
                yield entry, kind, file
        else:
            yield entry, kind, text_of(entry.get(kind)) if kind else ""


def includes_of(node: Node) -> Iterator[Included]:
    """Yield what an `include:` below `trigger:` names, without following it."""
    for entry, kind, text in _entries(node):
        if kind:
            yield _included(entry, kind, text)


def _included(entry: Node, kind: str, text: str) -> Included:
    at = _place(entry, kind)
    if kind == "project" and isinstance(entry, Mapping):
        ref = text_of(entry.get("ref"))
        pin = Pin.DYNAMIC if "$" in ref else pin_of(ref)
        return Included(kind=kind, text=text, position=at, project=text_of(entry.get("project")), ref=ref, pin=pin)
    if kind == "remote":
        fixed = bool(_FIXED_ADDRESS.search(text)) or (isinstance(entry, Mapping) and entry.get("integrity") is not None)
        return Included(kind=kind, text=text, position=at, pin=Pin.SHA if fixed else Pin.REF)
    if kind == "component":
        name, _, ref = text.rpartition("@")
        return Included(kind=kind, text=text, position=at, project=name, ref=ref, pin=_component_pin(ref))
    return Included(kind=kind, text=text, position=at, pin=Pin.LOCAL)


def _is_here(included: Included) -> bool:
    """Tell whether a file is one of this project as it stands: at this commit, at its branch, or at the default one."""
    return included.project in OWN and included.ref.strip("${}") in {"", *_THIS}


OWN = frozenset({"$CI_PROJECT_PATH", "${CI_PROJECT_PATH}"})
"""This project: who may change its branches may change this file too."""
_THIS = frozenset({"CI_COMMIT_SHA", "CI_COMMIT_REF_NAME", "CI_COMMIT_BRANCH", "CI_DEFAULT_BRANCH"})


def _component_pin(ref: str) -> Pin:
    """Tell how firmly a component is tied: `$CI_COMMIT_SHA` is this commit of this project.

    https://docs.gitlab.com/ci/components/#component-versions
    """
    if ref in {"$CI_COMMIT_SHA", "${CI_COMMIT_SHA}"}:
        return Pin.LOCAL
    if "$" in ref:
        return Pin.DYNAMIC
    return Pin.TAG if _VERSION.fullmatch(ref) else pin_of(ref)


def _place(entry: Node, kind: str) -> Position:
    node = entry.get(kind) if isinstance(entry, Mapping) else entry
    return position(node or entry)


def _with(included: Included, *, followed: bool) -> Included:
    return Included(
        kind=included.kind,
        text=included.text,
        position=included.position,
        project=included.project,
        ref=included.ref,
        pin=included.pin,
        followed=followed,
    )
