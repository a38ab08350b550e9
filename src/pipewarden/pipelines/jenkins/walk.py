"""Follows the code of a pipeline call by call, into the stages of its file."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import structs

from pipewarden.pipelines.definition import Definition, Hold, SecretKind
from pipewarden.pipelines.jenkins import commands
from pipewarden.pipelines.jenkins.calls import CREDENTIAL_KEY, Assign, Call, Key, Node, named
from pipewarden.pipelines.jenkins.known import GLOBALS, QUIET, STEPS
from pipewarden.pipelines.jenkins.offered import names_of
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import File, Stage, short
from pipewarden.pipelines.jenkins.strings import value
from pipewarden.pipelines.jenkins.tokens import TEXT
from pipewarden.pipelines.parts import RunnerKind

MAX_DEPTH = 12
"""Methods of the file that call one another, as deep as they are followed."""
MAX_VISITS = 40_000
"""Calls that are followed in one file, those of methods counted each time."""

_INSIDE = frozenset({"do", "inside", "withRun"})
"""What runs its block for certain and lets its failure through, beside the steps that are known."""
_CONDITIONAL = frozenset({"if", "switch", "while", "for", "catch", "synchronized", "call"})


class Walk:
    """Follows steps into the stages of a file. What a variable holds is told by what was read before it."""

    def __init__(self, file: File, handlers: "Mapping[str, Handler]", read: "Load") -> None:
        self.file = file
        self.read = read
        self.unread: set[int] = set()
        """Where a `load` names a file that is not at hand."""
        self._handlers = handlers
        self.outside: dict[str, str] = dict.fromkeys(file.webhook, "webhook")
        """Variables of the code that hold text somebody else chose."""
        self.called: set[str] = set()
        """Methods of the file that were followed."""
        self._begun: dict[tuple[int, str], Stage] = {}
        """Stages by their place: a method that holds one may be called often."""
        self._calling: list[str] = []
        self._visits = 0

    def steps(self, nodes: Sequence[Node], stage: Stage | None, scope: Scope) -> None:
        """Follow some nodes. `stage` is None outside any stage."""
        for at, node in enumerate(nodes):
            self._visits += 1
            if self._visits > MAX_VISITS:
                self.file.open_end(node.at, "the code is too long to be followed to its end")
                return
            if isinstance(node, Key):
                self._key(node, stage, scope)
            elif isinstance(node, Assign):
                self._assign(node, stage, scope)
            elif _begins(node):
                # the old form `stage 'Build'`: what follows belongs to it
                self.stage(node, list(nodes[at + 1 :]), scope)
                return
            elif node.name == "try" and any(_begins(each) for each in node.body or []):
                # a stage of the old form lasts beyond the block, and with it what is not known of its questions
                rest = [*(node.body or []), *node.inner, *nodes[at + 1 :]]
                self.steps(rest, stage, structs.replace(scope, unsure=True))
                return
            else:
                self._call(node, stage, scope)

    def _call(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        handler = self._handlers.get(call.name)
        if handler is None:
            self._other(call, stage, scope)
        else:
            handler(self, call, stage, scope)
        if stage is not None and call.starts and call.body is None and call.name in STEPS and call.name not in QUIET:
            stage.begun = True

    def _other(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        """Follow a step that is read by no function of its own."""
        name = call.name
        defined = self.file.parser.defined.get(name)
        if CREDENTIAL_KEY.fullmatch(name) and call.body is None and name != "credentials":
            self.credential(call.low, call.high, name, stage, scope)
        if call.body and not _runs(name):
            self.steps(call.inner, stage, scope)
            self.perhaps(call.body, stage, scope)
        else:
            self.inside(call, stage, scope)
        if defined is not None:
            self._method(name, defined, stage, scope)
        elif call.starts and name not in STEPS:
            self._unknown(call, stage)

    def inside(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        """Follow what stands in the arguments and the block of a call."""
        self.steps(call.inner, stage, scope)
        if call.body:
            self.steps(call.body, stage, scope)

    def perhaps(self, nodes: Sequence[Node], stage: Stage | None, scope: Scope) -> tuple[Hold, ...]:
        """Follow what runs perhaps, or beside other things, or whose failure is caught.

        A question in it holds only what comes after it in there. Return the questions that were asked.
        """
        file = self.file
        inputs, under = list(file.inputs), file.inputs_under
        after = stage.after if stage is not None else ()
        file.inputs_under = dict(under)
        if stage is not None:
            stage.in_part += 1
        self.steps(nodes, stage, scope)
        if stage is not None:
            stage.in_part -= 1
            stage.after = after
        found = tuple(file.inputs[len(inputs) :])
        file.inputs[:], file.inputs_under = inputs, under
        return found

    def _method(self, name: str, body: list[Node], stage: Stage | None, scope: Scope) -> None:
        """Follow a method of the file at the place of its call."""
        if name in self._calling or len(self._calling) >= MAX_DEPTH:
            return
        self._calling.append(name)
        self.called.add(name)
        self.steps(body, stage, scope)
        self._calling.pop()

    def _unknown(self, call: Call, stage: Stage | None) -> None:
        """Note a step that is neither a plugin's nor the file's: a shared library's, whose code is not here."""
        first, dot, _ = call.name.replace("?.", ".").partition(".")
        if call.name.startswith("@") or first in GLOBALS or first in _CONDITIONAL or not first[:1].islower():
            return
        if first not in self.file.libraries_as and (
            first in self.file.names or (not dot and first in self.file.parser.defined)
        ):
            return
        if stage is not None:
            stage.begun = True
        self.file.open_end(
            call.at, f"the step {short(call.name)} is not in this file: a shared library's or an unknown plugin's"
        )

    def _key(self, key: Key, stage: Stage | None, scope: Scope) -> None:
        if CREDENTIAL_KEY.fullmatch(key.name):
            self.credential(key.low, key.high, key.name, stage, scope)

    def credential(self, low: int, high: int, where: str, stage: Stage | None, scope: Scope) -> None:
        """Note a credential by its id, or by a list of ids."""
        file = self.file
        if low >= high:
            return
        if where == "credentials" and file.source.kinds[low] == "[":
            for at in range(low + 1, file.source.close[low]):
                if file.source.kinds[at] == TEXT:
                    self.taker(low, stage, scope).take(
                        value(file.source, at), SecretKind.CREDENTIAL, file.source.position(at), where
                    )
            return
        name = file.text(low, high)
        written = file.source.between(low, high)
        if name == "" or written in {"null", "''"} or (name is None and written.startswith("[")):
            return
        self.taker(low, stage, scope).begun = True
        names = names_of(file, scope, low, high)
        told = where if names else f"{where}: {short(written)}"
        self.taker(low, stage, scope).take_each(names, SecretKind.CREDENTIAL, file.source.position(low), told)

    def taker(self, at: int, stage: Stage | None, scope: Scope) -> Stage:
        """Return the stage that what is found belongs to."""
        return stage or self.file.outside(at, scope)

    def _assign(self, node: Assign, stage: Stage | None, scope: Scope) -> None:
        self.steps(node.inner, stage, scope)
        name = node.name.removeprefix("env.")
        chosen = commands.chosen_in(self.file, node.low, node.high, self.seen(scope))
        calls = [each for each in node.inner if isinstance(each, Call)]
        if calls and (calls[0].name == "library" or calls[0].at in self.unread):
            self.file.libraries_as.add(name)
        if calls and not chosen and commands.gives_commit(self.file, calls[0]):
            chosen = "commit"
        if chosen:
            self.outside[name] = chosen
        else:
            self.outside.pop(name, None)
        if node.name in {"currentBuild.description", "currentBuild.displayName"}:
            commands.leaks(self.file, node.low, node.high, self.taker(node.at, stage, scope), scope, "printed")

    def seen(self, scope: Scope) -> Scope:
        """Return a scope with what variables of the code hold so far."""
        return structs.replace(scope, outside=scope.outside | self.outside) if self.outside else scope

    def stage(self, call: Call, body: list[Node], scope: Scope, outer: Stage | None = None) -> None:
        """Read a stage whose steps are `body`."""
        low, high = next(iter(named(self.file.source, call).values()), (call.low, call.high))
        name = self.file.text(low, high)
        if name is None:
            name = short(self.file.source.between(low, high).strip("\"'"))
        begun = self._begun.get((call.at, name)) or self.file.stage(name, call.at, outer.name if outer else "", scope)
        if begun is not None:
            self._begun[call.at, name] = begun
            if outer is not None and begun.runner.kind is RunnerKind.NONE:
                begun.runner = outer.runner
            self.steps(body, begun, scope)


def _begins(node: Node) -> bool:
    """Tell whether a stage of the old form begins: `stage 'Build'`."""
    return isinstance(node, Call) and node.name == "stage" and node.body is None and node.starts


def _runs(name: str) -> bool:
    """Tell whether a call surely runs its block: a step does that is known, and what Jenkins itself gives."""
    return name in STEPS or name in _INSIDE or ("." in name and name.partition(".")[0] in GLOBALS)


Handler = Callable[[Walk, Call, Stage | None, Scope], None]
"""What reads one kind of step."""
Load = Callable[[str], Definition | None]
"""Gives what a file of the repository says that a pipeline loads; None where it is not at hand."""
