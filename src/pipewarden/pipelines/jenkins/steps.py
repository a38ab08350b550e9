"""Follows the steps of a pipeline, declarative or scripted: commands, secrets, approvals, stages within code.

https://www.jenkins.io/doc/pipeline/steps/
"""

from collections.abc import Callable, Sequence

from msgspec import structs

from pipewarden.pipelines.definition import Claim, Hold, Included, Script, SecretKind
from pipewarden.pipelines.jenkins import agents, commands, settings, when
from pipewarden.pipelines.jenkins.bindings import bindings
from pipewarden.pipelines.jenkins.calls import CREDENTIAL_KEY, Assign, Call, Key, Node, arguments, named
from pipewarden.pipelines.jenkins.known import GLOBALS, SHELLS, STEPS
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import File, Stage, short
from pipewarden.pipelines.jenkins.strings import holes, texts, value
from pipewarden.pipelines.jenkins.tokens import GSTRING, TEXT
from pipewarden.pipelines.parts import Runner, RunnerKind
from pipewarden.pipelines.uses import Pin

MAX_DEPTH = 12
"""Methods of the file that call one another, as deep as they are followed."""
MAX_VISITS = 40_000
"""Calls that are followed in one file, those of methods counted each time."""

_PRINTS = frozenset({"echo", "println", "print", "error", "unstable", "buildDescription", "currentBuild.setDescription"})
_OWN_KEYS = frozenset({"withCredentials", "sshagent"})
_CONDITIONAL = frozenset({"if", "switch", "while", "for", "catch", "synchronized", "call"})


class Walk:
    """Follows steps into the stages of a file. What a variable holds is told by what was read before it."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.outside: dict[str, str] = dict.fromkeys(file.webhook, "webhook")
        """Variables of the code that hold text somebody else chose."""
        self.called: set[str] = set()
        """Methods of the file that were followed."""
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
            elif node.name == "stage" and node.body is None and node.starts:
                # the old form `stage 'Build'`: what follows belongs to it
                self._stage(node, list(nodes[at + 1 :]), scope)
                return
            else:
                self._call(node, stage, scope)

    # --- calls ------------------------------------------------------------------------------------

    def _call(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        handler = _HANDLERS.get(call.name)
        if handler is not None:
            handler(self, call, stage, scope)
            return
        name = call.name
        defined = self.file.parser.defined.get(name)
        if CREDENTIAL_KEY.fullmatch(name) and call.body is None and name != "credentials":
            self._credential(call.low, call.high, name, stage, scope)
        self._inside(call, stage, scope)
        if defined is not None:
            self._method(name, defined, stage, scope)
        elif call.starts and name not in STEPS:
            self._unknown(call)

    def _inside(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        self.steps(call.inner, stage, scope)
        if call.body:
            self.steps(call.body, stage, scope)

    def _method(self, name: str, body: list[Node], stage: Stage | None, scope: Scope) -> None:
        """Follow a method of the file at the place of its call."""
        if name in self._calling or len(self._calling) >= MAX_DEPTH:
            return
        self._calling.append(name)
        self.called.add(name)
        self.steps(body, stage, scope)
        self._calling.pop()

    def _unknown(self, call: Call) -> None:
        """Note a step that is neither a plugin's nor the file's: a shared library's, whose code is not here."""
        first, dot, _ = call.name.replace("?.", ".").partition(".")
        if call.name.startswith("@") or first in GLOBALS or first in _CONDITIONAL or not first[:1].islower():
            return
        if first not in self.file.libraries_as and (first in self.file.names or (not dot and first in self.file.parser.defined)):
            return
        self.file.open_end(call.at, f"the step {short(call.name)} is not in this file: a shared library's or an unknown plugin's")

    def _key(self, key: Key, stage: Stage | None, scope: Scope) -> None:
        if CREDENTIAL_KEY.fullmatch(key.name):
            self._credential(key.low, key.high, key.name, stage, scope)

    def _credential(self, low: int, high: int, where: str, stage: Stage | None, scope: Scope) -> None:
        """Note a credential by its id, or by a list of ids."""
        file = self.file
        if low >= high:
            return
        if where == "credentials" and file.source.kinds[low] == "[":
            for at in range(low + 1, file.source.close[low]):
                if file.source.kinds[at] == TEXT:
                    self._taker(low, stage, scope).take(value(file.source, at), SecretKind.CREDENTIAL, file.source.position(at), where)
            return
        name = file.text(low, high)
        written = file.source.between(low, high)
        if name == "" or written in {"null", "''"} or (name is None and written.startswith("[")):
            return
        told = where if name else f"{where}: {short(written)}"
        self._taker(low, stage, scope).take(name or "", SecretKind.CREDENTIAL, file.source.position(low), told)

    def _taker(self, at: int, stage: Stage | None, scope: Scope) -> Stage:
        return stage or self.file.outside(at, scope)

    # --- variables --------------------------------------------------------------------------------

    def _assign(self, node: Assign, stage: Stage | None, scope: Scope) -> None:
        self.steps(node.inner, stage, scope)
        name = node.name.removeprefix("env.")
        chosen = commands.chosen_in(self.file, node.low, node.high, self._seen(scope))
        calls = [each for each in node.inner if isinstance(each, Call)]
        if calls and calls[0].name in {"library", "load"}:
            self.file.libraries_as.add(name)
        if calls and not chosen and commands.gives_commit(self.file, calls[0]):
            chosen = "commit"
        if chosen:
            self.outside[name] = chosen
        else:
            self.outside.pop(name, None)
        if node.name == "currentBuild.description" or node.name == "currentBuild.displayName":
            commands.leaks(self.file, node.low, node.high, self._taker(node.at, stage, scope), scope, "printed")

    def _seen(self, scope: Scope) -> Scope:
        return structs.replace(scope, outside=scope.outside | self.outside) if self.outside else scope

    # --- steps with a meaning ---------------------------------------------------------------------

    def _shell(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        self.steps(call.inner, stage, scope)
        taker = self._taker(call.at, stage, scope)
        given = named(self.file.source, call)
        place = given.get("script") or given.get("")
        if place is None or place[0] >= place[1]:
            return
        low, high = place
        text = "\n".join(
            value(self.file.source, at) for at in range(low, high) if self.file.source.kinds[at] in {TEXT, GSTRING}
        )
        if text:
            position = self.file.source.position(low)
            taker.scripts.append(Script(text=text, position=position, step=taker.steps, shell=call.name))
            for name in commands.printed(text, scope):
                commands.leak(taker, name, position, "printed")
        for origin, offset in commands.outside_in(self.file, low, high, self._seen(scope)):
            taker.injections.setdefault((origin, self.file.source.place(offset)))
        commands.leaks(self.file, low, high, taker, scope, "interpolated")
        taker.steps += 1

    def _print(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        self._inside(call, stage, scope)
        if call.low < call.high:
            commands.leaks(self.file, call.low, call.high, self._taker(call.at, stage, scope), scope, "printed")

    def _with_credentials(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        file = self.file
        taker = self._taker(call.at, stage, scope)
        found, computed = bindings(file.source, call.low, call.high)
        held: dict[str, tuple[str, bool]] = {}
        for each in found:
            name = each.name or file.text(each.at, each.at + 1) or ""
            where = "withCredentials" if name else f"withCredentials: {short(each.written)}"
            taker.take(name, SecretKind.CREDENTIAL, file.source.position(each.at), where)
            held |= {variable: (name or short(each.written), is_text) for variable, is_text in each.variables}
        for at in computed:
            file.open_end(at, f"the credentials {short(file.source.word(at))} are named by code")
        self.steps(call.body or [], stage, scope.with_secrets(held))

    def _ssh_agent(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        source = self.file.source
        for at in range(call.low, call.high):
            if source.kinds[at] in {TEXT, GSTRING}:
                name = self.file.text(at, at + 1) or ""
                where = "sshagent" if name else f"sshagent: {short(source.word(at))}"
                self._taker(at, stage, scope).take(name, SecretKind.CREDENTIAL, source.position(at), where)
        self.steps(call.body or [], stage, scope)

    def _with_vault(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        """https://plugins.jenkins.io/hashicorp-vault-plugin/."""
        file = self.file
        held: dict[str, tuple[str, bool]] = {}
        path = ""
        for key in [node for node in _flat(call.inner) if isinstance(node, Key)]:
            text = file.text(key.low, key.high)
            if key.name == "path":
                path = text or ""
                where = "withVault" if text else f"withVault: {short(file.source.between(key.low, key.high))}"
                self._taker(key.at, stage, scope).take(path, SecretKind.VAULT, file.source.position(key.low), where)
            elif key.name == "envVar" and text:
                held[text] = (path or "a vault's secret", True)
        self.steps(call.inner, stage, scope)
        self.steps(call.body or [], stage, scope.with_secrets(held))

    def _with_aws(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        """https://plugins.jenkins.io/pipeline-aws/."""
        file, given = self.file, named(self.file.source, call)
        if "role" in given or "federatedUserId" in given:
            low, high = given.get("role", (call.low, call.low))
            role = file.text(low, high) or short(file.source.between(low, high))
            account = file.text(*given["roleAccount"]) if "roleAccount" in given else None
            name = f"{account}:{role}" if account else role
            claim = Claim(name=call.name, position=file.source.position(call.at), role=name, provider="aws")
            self._taker(call.at, stage, scope).claims.append(claim)
        if "credentials" in given:
            self._credential(*given["credentials"], "withAWS", stage, scope)
        self._inside(call, stage, scope)

    def _registry(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        given = arguments(self.file.source, call.low, call.high)
        if len(given) > 1 and not given[1][0]:
            self._credential(given[1][1], given[1][2], call.name, stage, scope)
        self._inside(call, stage, scope)

    def _image(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        given = named(self.file.source, call).get("")
        if given:
            taker = self._taker(call.at, stage, scope)
            written = self.file.text(*given) or self.file.source.between(*given).strip("\"'")
            taker.images.append(agents.image_of("image", short(written, 200), self.file.source.position(given[0])))
        self._inside(call, stage, scope)

    def _pod(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        taker = self._taker(call.at, stage, scope) if stage else None
        yaml = named(self.file.source, call).get("yaml")
        if yaml:
            agents.images_of_pod(self.file, yaml, taker or self.file.outside(call.at, scope))
        runner = Runner(RunnerKind.CUSTOM, group=agents.POD, position=self.file.source.position(call.at))
        self._on(call, stage, structs.replace(scope, runner=runner))

    def _node(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        runner = agents.node(self.file, call)
        within_pod = scope.runner.group == agents.POD and runner.kind is not RunnerKind.SELF_HOSTED
        if scope.runner.group == agents.POD and (runner.dynamic or runner.kind is RunnerKind.SELF_HOSTED or within_pod):
            runner = scope.runner
        self._on(call, stage, structs.replace(scope, runner=runner))

    def _on(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        if stage is not None:
            stage.runner = scope.runner
        self._inside(call, stage, scope)

    def _stage_block(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        self._stage(call, call.body or [], scope, stage)

    def _stage(self, call: Call, body: list[Node], scope: Scope, outer: Stage | None = None) -> None:
        low, high = next(iter(named(self.file.source, call).values()), (call.low, call.high))
        name = self.file.text(low, high)
        if name is None:
            name = short(self.file.source.between(low, high).strip("\"'"))
        begun = self.file.stage(name, call.at, outer.name if outer else "", scope)
        if begun is not None:
            if outer is not None and begun.runner.kind is RunnerKind.NONE:
                begun.runner = outer.runner
            self.steps(body, begun, scope)

    def _build(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        given = named(self.file.source, call)
        place = given.get("job") or given.get("")
        if place:
            called = self.file.text(*place) or short(self.file.source.between(*place).strip("\"'"))
            self._taker(call.at, stage, scope).calls.setdefault(called)
        self.steps(call.inner, stage, scope)

    def _input(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        self.steps(call.inner, stage, scope)
        hold = self.hold(call)
        if stage is not None:
            stage.holds.append(hold)
        self.file.inputs.append(hold)

    def hold(self, call: Call) -> Hold:
        """Return the approval that an `input` asks for; without a submitter anybody who may run the job gives it.

        https://www.jenkins.io/doc/pipeline/steps/pipeline-input-step/
        """
        file, given = self.file, named(self.file.source, call)
        lines = {each.name: (each.low, each.high) for each in call.body or [] if isinstance(each, Call)}
        message = given.get("message") or given.get("") or lines.get("message")
        says = (file.text(*message) or file.source.between(*message).strip("\"'")) if message else "input"
        place = given.get("submitter") or lines.get("submitter")
        position = file.source.position(call.at)
        if place is None:
            return Hold(kind="manual", says=short(says), position=position)
        named_by = file.text(*place)
        who = tuple(part.strip() for part in named_by.split(",") if part.strip()) if named_by else ()
        if named_by is not None and not who:
            return Hold(kind="manual", says=short(says), position=position)
        if not who:
            who = (short(file.source.between(*place).strip("\"'")),)
        return Hold(kind="approval", says=short(says), position=position, approvers=who)

    def _load(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        file = self.file
        self.steps(call.inner, stage, scope)
        place = named(file.source, call).get("")
        if place is None:
            return
        path = file.text(*place)
        what = path or file.source.between(*place)
        if path and call.name == "load":
            included = Included(kind="local", text=short(path, 200), position=file.source.position(place[0]), pin=Pin.LOCAL)
            self._taker(call.at, stage, scope).includes.append(included)
        for origin, offset in commands.outside_in(file, *place, self._seen(scope)):
            self._taker(call.at, stage, scope).injections.setdefault((origin, file.source.place(offset)))
        file.open_end(call.at, f"{call.name} {short(what)} runs code that is not followed")

    def _library(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        given = named(self.file.source, call)
        low, high = given.get("identifier") or given.get("") or (call.low, call.high)
        chosen = commands.chosen_in(self.file, low, high, self._seen(scope))
        settings.libraries(self.file, low, high)
        if chosen and self.file.includes:
            self._taker(call.at, stage, scope).injections.setdefault((f"library:{chosen}", self.file.source.position(low)))
        self.steps(call.inner, stage, scope)

    def _properties(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        del stage, scope
        settings.parameters(self.file, call.inner)
        settings.triggers(self.file, call.inner)

    def _credentials_value(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        """`X = credentials('id')`; elsewhere a parameter or a list of ids."""
        if call.low < call.high and not named(self.file.source, call).keys() - {""}:
            self._credential(call.low, call.high, "credentials", stage, scope)

    def _if(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        self.steps(call.inner, stage, scope)
        text = self.file.source.between(call.low, call.high)
        condition = when.of_expression(text)
        inner = scope
        if condition.limits or condition.no_change:
            kind = "branch" if condition.limits else "no_change"
            hold = Hold(kind=kind, says=short(text), position=self.file.source.position(call.at), branches=condition.branches)
            inner = structs.replace(scope, holds=(*scope.holds, hold))
        else:
            inner = structs.replace(scope, conditions=(*scope.conditions, short(text)))
        if stage is not None and not any(isinstance(n, Call) and n.name == "stage" for n in call.body or []):
            stage.conditions.append(f"in part {short(text)}")
        self.steps(call.body or [], stage, inner)

    def _with_env(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        """https://www.jenkins.io/doc/pipeline/steps/workflow-basic-steps/#withenv-set-environment-variables."""
        self.steps(call.inner, stage, scope)
        source = self.file.source
        seen = self._seen(scope)
        more: dict[str, str] = {}
        held: dict[str, tuple[str, bool]] = {}
        for at in range(call.low, call.high):
            if source.kinds[at] != GSTRING:
                continue
            name, equals, rest = value(source, at).partition("=")
            whole = [expression for expression, _ in holes(source, at)]
            if not equals or not name.isidentifier():
                continue
            more[name] = next(filter(None, (seen.chosen(each) for each in whole)), "")
            secret = scope.secret(whole[0]) if len(whole) == 1 and rest.startswith("$") else ""
            if secret:
                held[name] = (secret, True)
        inner = structs.replace(scope, outside=scope.outside | more).with_secrets(held) if more else scope
        self.steps(call.body or [], stage, inner)

    def _skip(self, call: Call, stage: Stage | None, scope: Scope) -> None:
        """What was read before: a `pipeline` block, annotations."""


def _flat(nodes: Sequence[Node]) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        out.append(node)
        if not isinstance(node, Key):
            out += _flat(node.inner)
    return out


_Handler = Callable[[Walk, Call, Stage | None, Scope], None]
_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(SHELLS, Walk._shell),
    **dict.fromkeys(_PRINTS, Walk._print),
    "sshCommand": Walk._shell,
    "withCredentials": Walk._with_credentials,
    "sshagent": Walk._ssh_agent,
    "withVault": Walk._with_vault,
    "withAWS": Walk._with_aws,
    "docker.withRegistry": Walk._registry,
    "docker.withServer": Walk._registry,
    "docker.image": Walk._image,
    "podTemplate": Walk._pod,
    "node": Walk._node,
    "stage": Walk._stage_block,
    "build": Walk._build,
    "input": Walk._input,
    "load": Walk._load,
    "evaluate": Walk._load,
    "library": Walk._library,
    "properties": Walk._properties,
    "credentials": Walk._credentials_value,
    "if": Walk._if,
    "withEnv": Walk._with_env,
    "@Library": Walk._skip,
    "pipeline": Walk._skip,
}
