"""Which variables a job takes that only the settings can define.

https://docs.gitlab.com/ci/variables/
"""

from collections.abc import Iterator
from functools import lru_cache

from pipewarden.pipelines.definition import Script, SecretKind, SecretRead
from pipewarden.pipelines.gitlab.names import predefined, secretive
from pipewarden.pipelines.gitlab.shell import names_of, sets
from pipewarden.pipelines.gitlab.variables import Table, Variable, places_in
from pipewarden.pipelines.inside import first_of, within
from pipewarden.pipelines.reading import position
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

_ELSEWHERE = ("image", "services", "environment", "cache", "artifacts", "variables", "release", "trigger", "id_tokens")
"""Keys besides the scripts in which GitLab puts variables in."""


def reads_of(
    job: Table, scripts: tuple[Script, ...], known: frozenset[str], shared: dict[str, Variable], texts: dict[str, str]
) -> tuple[SecretRead, ...]:
    """Return the variables that a job uses and the file does not define; whether each is a secret, the file cannot tell.

    `shared` are the variables that it inherits: what these are made of, it holds too. `texts` are those of the files.
    """
    found: dict[str, SecretRead] = {}
    for name, at, where, step in (*_in_scripts(scripts), *_in_keys(job, texts), *_in_shared(shared, texts)):
        if name not in found and name not in known and _like_a_variable(name):
            found[name] = SecretRead(
                name=name, kind=SecretKind.VARIABLE, position=at, where=where, step=step, certain=False
            )
    if not found:
        return ()
    own = _given(job).union(*(sets(script.text) for script in scripts))
    return tuple(read for name, read in found.items() if name not in own)


def _in_scripts(scripts: tuple[Script, ...]) -> Iterator[tuple[str, Position, str, int | None]]:
    """Yield what a shell puts in; in single quotes only what is named like a secret, as awk has `$NF`."""
    for script in scripts:
        for name, at, single in names_of(script.text):
            if not single or secretive(name):
                yield name, script.place(at), "script", script.step


def _in_keys(job: Table, texts: dict[str, str]) -> Iterator[tuple[str, Position, str, int | None]]:
    for where in _ELSEWHERE:
        value = job.get(where)
        for text in _texts(value) if value is not None else ():
            for name, at in places_in(text.value):
                yield name, _place(text, at, texts), where, None


def _place(node: Scalar, at: int, texts: dict[str, str]) -> Position:
    first = first_of(texts.get(node.file, ""), node)
    return within(first, node.value, at) if first is not None else position(node)


def _in_shared(shared: dict[str, Variable], texts: dict[str, str]) -> Iterator[tuple[str, Position, str, int | None]]:
    for variable in shared.values():
        if "$" in variable.value:
            for name, at in places_in(variable.value):
                place = variable.position if variable.written is None else _place(variable.written, at, texts)
                yield name, place, f"variables.{variable.name}", None


@lru_cache(maxsize=4096)
def _like_a_variable(name: str) -> bool:
    """Tell whether a name may be a variable of the settings: in capitals, and not one that is there anyway."""
    return len(name) > 1 and name.upper() == name and not name[0].isdecimal() and not predefined(name)


def _given(job: Table) -> frozenset[str]:
    """Return the names that `secrets:` and `id_tokens:` of the job define."""
    return frozenset(
        key.value
        for block in (job.get("secrets"), job.get("id_tokens"))
        if isinstance(block, Mapping)
        for key, _ in block.pairs
    )


def _texts(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item)
    else:
        for _, value in node.pairs:
            yield from _texts(value)
