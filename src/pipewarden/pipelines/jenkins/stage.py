"""A stage while it is read, and the file that its facts are gathered in."""

import re
from functools import cached_property

from pipewarden.pipelines.definition import (
    Claim,
    DefinedJob,
    Hold,
    Included,
    Leak,
    Occasion,
    Script,
    SecretKind,
    SecretRead,
)
from pipewarden.pipelines.jenkins.calls import Node, Parser
from pipewarden.pipelines.jenkins.constants import Constants
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.strings import holes, literal, value
from pipewarden.pipelines.jenkins.tokens import GSTRING, NAME, Source
from pipewarden.pipelines.parts import Image, Runner
from pipewarden.pipelines.yaml_tree import Fault, Position

MOST = 2_000
"""Of one kind of fact in one file; more of them say nothing new."""
MOST_STAGES = 1_000
MOST_QUESTIONS = 20
"""In the midst of one stage."""
PIPELINE = "(pipeline)"
"""The id of what runs outside any stage."""

OF_PIPELINE = "environment of the pipeline"
"""How the places of credentials begin that every stage gets."""

_FOLLOW = frozenset({"=", "->", ",", ")", ":", "line"})
"""What stands behind a name that the file gives to something, or hands on."""
_PARAMS = re.compile(r"params\b")


class Stage:
    """What one stage holds, gathered step by step."""

    def __init__(self, id_: str, name: str, position: Position, parent: str, scope: Scope) -> None:
        self.id = id_
        self.name = name
        self.position = position
        self.parent = parent
        self.runner: Runner = scope.runner
        self.holds: list[Hold] = list(scope.holds)
        self.asks: list[Hold] = []
        """Questions that are asked in the midst of its steps."""
        self.after: tuple[Hold, ...] = ()
        """Those of them that what comes next waits for."""
        self.in_part = 0
        """How many conditions and branches side by side are around: a question in them does not hold the whole stage."""
        self.begun = False
        """Whether something of it ran that a question behind it does not hold."""
        self.conditions: list[str] = list(scope.conditions)
        self.branches: tuple[str, ...] = ()
        self.occasions: tuple[Occasion, ...] = ()
        self.limited: Position | None = None
        """Where it says on which occasions it runs."""
        self.images: list[Image] = []
        self.secrets: dict[tuple[str, Position], SecretRead] = {}
        self.claims: list[Claim] = []
        self.includes: list[Included] = []
        self.scripts: dict[Position, Script] = {}
        self.injections: dict[tuple[str, Position], None] = {}
        self.leaks: dict[tuple[str, Position], Leak] = {}
        self.calls: dict[str, None] = {}
        self.variables: dict[str, str] = {}
        self.steps = 0

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing of it was seen."""
        return not (self.scripts or self.secrets or self.images or self.calls or self.claims or self.injections)

    def take(self, name: str, kind: SecretKind, position: Position, where: str, *, whole: bool = False) -> None:
        """Note that the stage takes a secret; an empty name is a computed one. `whole`: all its steps get it."""
        if len(self.secrets) < MOST:
            step = None if whole else self.steps
            after = () if whole else self.after
            read = SecretRead(
                name=name, kind=kind, position=position, where=where, step=step, dynamic=not name, after=after
            )
            self.secrets.setdefault((name, position), read)

    def take_each(self, names: tuple[str, ...], kind: SecretKind, position: Position, where: str) -> None:
        """Note that the stage takes each of some secrets at one place; none are known: a computed one."""
        for name in names or ("",):
            self.take(name, kind, position, where)

    def waits_for(self, asked: Hold) -> None:
        """Note a question: it holds the whole stage where nothing ran before it, else what comes after it."""
        if not self.begun and not self.in_part:
            self.holds.append(asked)
        elif len(self.asks) < MOST_QUESTIONS:
            self.asks.append(asked)
            self.after = (*self.after, asked)

    def finished(self) -> DefinedJob:
        """Return it as a frozen fact."""
        return DefinedJob(
            id=self.id,
            position=self.position,
            name=self.name,
            stage=self.parent,
            occasions=self.occasions,
            start_places={"": self.limited} if self.limited is not None and self.occasions else {},
            branches=self.branches,
            condition=" && ".join(self.conditions)[:300],
            runner=self.runner,
            images=tuple(self.images),
            secrets=tuple(self.secrets.values()),
            claims=tuple(self.claims),
            includes=tuple(self.includes),
            holds=tuple(self.holds),
            asks=tuple(self.asks),
            scripts=tuple(self.scripts.values()),
            variables=self.variables,
            injections=tuple(self.injections),
            leaks=tuple(self.leaks.values()),
            calls=tuple(self.calls),
        )


class File:
    """A Jenkinsfile while it is read: its tree, its stages, and what holds for all of them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.parser = Parser(source)
        self.tree: list[Node] = self.parser.tree()
        self.stages: list[Stage] = []
        self.includes: list[Included] = []
        self.occasions: dict[Occasion, Position] = {}
        """What the file says to start it, with the place."""
        self.parameters: dict[str, str] = {}
        self.choices: dict[str, tuple[str, ...]] = {}
        """What its parameters offer whose whole list stands in the file."""
        self.axes: set[str] = set()
        """Axes of its matrices."""
        self.set_by_code: frozenset[str] | None = None
        """Names to which code gives a value anywhere in the file, once somebody asks."""
        self.webhook: set[str] = set()
        """Variables that a webhook fills."""
        self.start_tokens: list[Position] = []
        self.powers: dict[str, Position] = {}
        """Calls that the sandbox refuses, with their first place."""
        self.open_ends: dict[str, Fault] = {}
        self.inputs: list[Hold] = []
        """Approvals that everything after them waits for."""
        self.inputs_under: dict[str, tuple[Hold, ...]] = {}
        """Those that are asked under a condition, by its text: what stands under the same one waits for them."""
        self.libraries_as: set[str] = set()
        """Variables that hold a shared library or a loaded script."""
        self._ids: dict[str, int] = {}
        self._names: set[str] | None = None

    def stage(self, name: str, at: int, parent: str, scope: Scope) -> Stage | None:
        """Begin a stage; None where there are too many to tell."""
        if len(self.stages) >= MOST_STAGES:
            self.open_end(at, f"the file has more than {MOST_STAGES:,} stages")
            return None
        key = name if name not in self._ids or not parent else f"{parent}/{name}"
        count = self._ids[key] = self._ids.get(key, 0) + 1
        found = Stage(key if count == 1 else f"{key} ({count})", name, self.source.position(at), parent, scope)
        found.holds += self.inputs
        self.stages.append(found)
        return found

    def outside(self, at: int, scope: Scope) -> Stage:
        """Return what stands for steps outside any stage."""
        for stage in self.stages:
            if stage.id == PIPELINE:
                return stage
        found = Stage(PIPELINE, "", self.source.position(at), "", scope)
        self.stages.insert(0, found)
        return found

    def open_end(self, at: int, message: str) -> None:
        """Note what could not be followed; the same words are noted once."""
        if len(self.open_ends) < MOST and message not in self.open_ends:
            self.open_ends[message] = self.source.fault(at, message)

    def text(self, low: int, high: int) -> str | None:
        """Return the text of an expression: a literal, or a name or `${name}` that is set to one there."""
        found = literal(self.source, low, high)
        if found is not None or high - low != 1:
            return found
        kind = self.source.kinds[low]
        if kind == NAME:
            return self.constant(self.source.word(low), low)
        if kind == GSTRING:
            whole = value(self.source, low)
            for expression, _ in holes(self.source, low):
                known = self.constant(expression, low)
                if known is None:
                    return None
                whole = whole.replace(f"${{{expression}}}", known).replace(f"${expression}", known)
            return whole
        return None

    @property
    def names(self) -> set[str]:
        """Names that the file gives to something: variables, parameters of methods and blocks."""
        if self._names is None:
            source = self.source
            kinds, text = source.kinds, source.text
            tokens = zip(kinds, kinds[1:], source.starts, source.ends, strict=False)
            self._names = {text[start:end] for kind, after, start, end in tokens if kind == NAME and after in _FOLLOW}
            if " in " in text:
                inner = [at for at, kind in enumerate(kinds) if kind == NAME and at and source.word(at) == "in"]
                self._names |= {source.word(at - 1) for at in inner}
        return self._names

    @property
    def own_params(self) -> bool:
        """Tell whether a variable or an argument of the file is named `params`, and note that it hides the parameters."""
        source, kinds = self.source, self.source.kinds
        for at in range(1, len(kinds) if self._hides_params() else 0):
            if kinds[at] == NAME and kinds[at - 1] in {NAME, ">"} and source.word(at) == "params":
                self.open_end(
                    at, "`params` is also a name of the file's own: which of the two is meant is not followed"
                )
                return True
        return False

    def _hides_params(self) -> bool:
        """Tell whether `params` ever stands behind a word and a space: a first look that is cheap."""
        text = self.source.text
        return any(
            text[found.start() - 1].isspace()
            and text[max(0, found.start() - 80) : found.start()].rstrip(" \t")[-1:] not in "(,=+{[:\n"
            for found in _PARAMS.finditer(text)
        )

    @cached_property
    def constants(self) -> Constants:
        """The values that the file gives to names."""
        return Constants(self.source)

    def constant(self, name: str, at: int) -> str | None:
        """Return the text that a name has at a token, as far as the file tells."""
        plain = name.rpartition(".")[2]
        return self.constants.text(name, at, given=plain in self.parameters or plain in self.axes)


def short(text: str, length: int = 60) -> str:
    """Return a text on one line, cut where it is long."""
    plain = re.sub(r"\s+", " ", text).strip()
    return plain if len(plain) <= length else f"{plain[: length - 1]}…"
