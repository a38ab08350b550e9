"""Reads a Jenkinsfile into a Definition; it never raises, and what it could not follow is an open end."""

import re

from pipewarden.pipelines.definition import Definition, System
from pipewarden.pipelines.jenkins import settings
from pipewarden.pipelines.jenkins.calls import Call
from pipewarden.pipelines.jenkins.declarative import Declarative, occasions_of
from pipewarden.pipelines.jenkins.known import HINTS, NEW_POWERS, POWERS
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import PIPELINE, File
from pipewarden.pipelines.jenkins.steps import walker
from pipewarden.pipelines.jenkins.tokens import MAX_CHARACTERS, MAX_TOKENS, NAME, Source
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.yaml_tree import Fault

MOST_FAULTS = 20
MOST_LOADED = 20
"""Files that a pipeline loads, and those that they load, as many as are followed."""


def read_jenkinsfile(path: str, text: str, library: Library = NOTHING) -> Definition:
    """Read a Jenkinsfile, declarative or scripted, with the files of its repository that it loads."""
    return _read(path, text, library, {path: None})


def _read(path: str, text: str, library: Library, known: dict[str, Definition | None]) -> Definition:
    """Read a file; `known` are the files that were loaded on the way here, None while they are read."""
    if len(text) > MAX_CHARACTERS:
        fault = Fault(1, 1, f"the file has more than {MAX_CHARACTERS:,} characters and was not read")
        return Definition(path=path, system=System.JENKINS, faults=(fault,), complete=False)
    source = Source(text)
    if source.cut:
        fault = Fault(1, 1, f"the file has more than {MAX_TOKENS:,} words and was not read")
        return Definition(path=path, system=System.JENKINS, faults=(fault,), complete=False)
    file = File(source)

    def load(name: str) -> Definition | None:
        if name not in known and len(known) <= MOST_LOADED:
            known[name] = None
            there = library.local(name)
            known[name] = None if there is None else _read(name, there, library, known)
        return known.get(name)

    walk = walker(file, load)
    _powers(file)
    _annotations(file)
    variables: dict[str, str] = {}
    for declared in file.parser.pipelines:
        reader = Declarative(file, walk)
        reader.read(declared)
        variables |= reader.variables
    _properties_first(file)
    scope = Scope(parameters=file.parameters, own_params=file.own_params)
    walk.steps(file.tree, None, scope)
    for name, body in file.parser.defined.items():
        # a file of a shared library: others call its methods
        if name not in walk.called:
            walk.called.add(name)
            walk.steps(body, None, scope)
    if file.parser.gave_up is not None:
        file.open_end(file.parser.gave_up, "the code is nested too deep to be followed")
    faults = tuple(_fault(source, offset, message) for offset, message in source.faults[:MOST_FAULTS])
    for fault in faults[:1]:
        file.open_ends.setdefault(fault.message, fault)
    stages = [stage for stage in file.stages if stage.id != PIPELINE or not stage.is_empty or len(file.stages) == 1]
    return Definition(
        path=path,
        system=System.JENKINS,
        occasions=occasions_of(file),
        start_places=dict(file.occasions.items()),
        jobs=tuple(stage.finished() for stage in stages),
        includes=tuple(file.includes),
        variables=variables,
        faults=faults,
        open_ends=tuple(sorted(file.open_ends.values(), key=lambda end: (end.line, end.column))),
        powers=tuple(file.powers.items()),
        start_tokens=tuple(file.start_tokens),
    )


def _fault(source: Source, offset: int, message: str) -> Fault:
    place = source.place(offset)
    return Fault(place.line, place.column, message)


def _annotations(file: File) -> None:
    """Note the libraries of `@Library('name@version')`."""
    source = file.source
    for at, kind in enumerate(source.kinds if "@Library" in source.text else ()):
        if kind == NAME and source.word(at) == "@Library" and source.kinds[at + 1] == "(":
            settings.libraries(file, at + 2, source.close[at + 1])


def _properties_first(file: File) -> None:
    """Note the parameters of `properties([…])` before the code that uses them."""
    for node in file.tree:
        if isinstance(node, Call) and node.name == "properties":
            settings.parameters(file, node.inner)


def _powers(file: File) -> None:
    """Note the names in the code that the sandbox refuses."""
    source = file.source
    for at, kind in enumerate(source.kinds if any(hint in source.text for hint in HINTS) else ()):
        if kind != NAME:
            continue
        word = source.word(at)
        if word == "new" and source.word(at + 1) in NEW_POWERS:
            file.powers.setdefault(f"new {source.word(at + 1)}", source.position(at))
        elif (match := POWERS.match(word)) and not re.match(r"\w", word[match.end() :]):
            file.powers.setdefault(match[0], source.position(at))
