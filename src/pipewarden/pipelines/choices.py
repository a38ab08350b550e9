"""The values a templated text can have, as far as the file itself settles them."""

from collections.abc import Callable
from itertools import product

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.pipelines import untrusted
from pipewarden.pipelines.expressions import Expression, Reference, find
from pipewarden.pipelines.parts import Input, Matrix
from pipewarden.pipelines.untrusted import Author

MAX_CHOICES = 256
"""A text with more possible values counts as not settled."""

MAX_LENGTH = 1000
"""A longer text is not settled: no name of an environment, label or variable is that long."""


class Choices(Struct, frozen=True):
    """The possible values of a text. `dynamic`: others are possible too, `by` whom they are chosen if known."""

    texts: tuple[str, ...]
    dynamic: bool = False
    by: Author | None = None


class Known(Struct, frozen=True):
    """What the file says about its contexts: inputs of dispatch and call, literal env values, the matrix."""

    inputs: dict[str, Input] = {}
    """By name in lower case."""
    callable: bool = False
    """The workflow can be called: its inputs may come from a caller, who writes anything."""
    env: tuple[dict[str, str], ...] = ()
    """The innermost first."""
    matrix: Matrix | None = None
    outputs: Callable[[Reference], Choices] | None = None
    """What outputs of steps and jobs can be (`steps.x.outputs.y`), where they are followed."""

    def with_matrix(self, matrix: Matrix | None) -> "Known":
        """Return this with a job's matrix."""
        return replace(self, matrix=matrix) if matrix is not None else self

    def with_env(self, env: dict[str, str]) -> "Known":
        """Return this with a job's or step's env over it."""
        return replace(self, env=(env, *self.env)) if env else self


def choices_of(value: str, known: Known) -> Choices:
    """Return the values a text can have."""
    if len(value) > MAX_LENGTH:
        return Choices((), dynamic=True)
    placed = list(find(value)) if "${{" in value else []
    if not placed:
        return Choices((value,), dynamic="${{" in value)
    pieces: list[tuple[str, ...]] = []
    at = 0
    dynamic = False
    by: list[Author] = []
    for found in placed:
        pieces.append((value[at : found.start],))
        chosen = _of_expression(found.expression, known)
        dynamic |= chosen.dynamic
        if chosen.by is not None:
            by.append(chosen.by)
        pieces.append(chosen.texts)
        at = found.end
    pieces.append((value[at:],))
    count = 1
    for piece in pieces:
        count *= len(piece)
        if count > MAX_CHOICES:
            return Choices((), dynamic=True, by=_widest(by))
    texts = tuple(dict.fromkeys("".join(parts) for parts in product(*pieces)))
    return Choices(texts, dynamic, _widest(by))


def _widest(authors: list[Author]) -> Author | None:
    """Return the widest circle among authors."""
    return next((author for author in Author if author in authors), None) if authors else None


def _of_expression(expression: Expression, known: Known) -> Choices:
    """Return the results an expression can have."""
    texts = list(expression.texts)
    dynamic = not (expression.texts or expression.flows)
    by: list[Author] = []
    for flow in expression.flows:
        chosen = _of_reference(flow, known)
        texts.extend(chosen.texts)
        dynamic |= chosen.dynamic
        if chosen.by is not None:
            by.append(chosen.by)
    return Choices(tuple(dict.fromkeys(texts)), dynamic or expression.broken, _widest(by))


def _of_reference(reference: Reference, known: Known) -> Choices:
    """Return the values of one context."""
    parts = reference.parts
    if reference.context == "matrix" and known.matrix is not None:
        values = known.matrix.values.get(".".join(parts[1:]), ())
        if len(values) > MAX_CHOICES:
            return Choices((), dynamic=True)
        settled = [value for value in values if "${{" not in value]
        return Choices(tuple(settled), dynamic=known.matrix.dynamic or len(settled) < len(values) or not values)
    if known.outputs is not None and reference.context in {"steps", "needs"}:
        return known.outputs(reference)
    if (name := input_name(reference)) is not None:
        return _of_input(known.inputs.get(name), known)
    if reference.context == "env" and len(parts) == 2:
        value = next((table[parts[1]] for table in known.env if parts[1] in table), None)
        if value is not None and "${{" not in value:
            return Choices((value,))
    return Choices((), dynamic=True, by=untrusted.author_of(reference))


def input_name(reference: Reference) -> str | None:
    """Return the input a context names (`inputs.x`, `github.event.inputs.x`) in lower case, or None."""
    dotted = reference.dotted
    for prefix in ("inputs.", "github.event.inputs."):
        if dotted.startswith(prefix):
            return dotted.removeprefix(prefix)
    return None


def _of_input(given: Input | None, known: Known) -> Choices:
    """Return the values an input can have: its options, or whatever its author writes."""
    author = Author.CALLER if known.callable else Author.WRITER
    if given is None:
        return Choices((), dynamic=True, by=author)
    default = (given.default,) if given.default and "${{" not in given.default else ()
    if given.type == "boolean":
        return Choices(("true", "false"))
    if given.type == "choice":
        return Choices(tuple(dict.fromkeys(default + given.options)), dynamic=known.callable, by=author)
    return Choices(default, dynamic=True, by=author)
