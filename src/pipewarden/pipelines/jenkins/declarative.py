"""Declarative pipelines: `pipeline { agent … stages { stage('x') { … } } post { … } }`.

https://www.jenkins.io/doc/book/pipeline/syntax/#declarative-pipeline
"""

from contextlib import AbstractContextManager, nullcontext

from msgspec import structs

from pipewarden.pipelines.definition import Hold, Occasion, SecretKind
from pipewarden.pipelines.jenkins import agents, attempts, commands, deploys, flow_steps, offered, settings, when
from pipewarden.pipelines.jenkins.agents import block
from pipewarden.pipelines.jenkins.calls import Assign, Call, Node, named
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import OF_PIPELINE, File, Stage, short
from pipewarden.pipelines.jenkins.tokens import Source
from pipewarden.pipelines.jenkins.walk import Walk
from pipewarden.pipelines.parts import RunnerKind

_ANSWERED = frozenset({"success", "fixed", "unstable"})
"""Parts of `post` for runs that did not fail and were not aborted."""
_BEFORE = frozenset({"beforeInput", "beforeOptions"})
_SECTIONS = frozenset({"stages", "parallel", "matrix"})


class Declarative:
    """Reads one `pipeline` block into the stages of a file."""

    def __init__(self, file: File, walk: Walk) -> None:
        self.file = file
        self.walk = walk
        self.variables: dict[str, str] = {}

    def read(self, call: Call) -> None:
        """Read the block."""
        file = self.file
        nodes = call.body or []
        for title, reader in (("parameters", settings.parameters), ("triggers", settings.triggers)):
            found = block(nodes, title)
            if found is not None:
                reader(file, found.body or [])
        self.walk.outside |= dict.fromkeys(file.webhook, "webhook")
        scope = Scope(parameters=file.parameters, own_params=file.own_params)
        whole = Stage("", "", file.source.position(call.at), "", scope)
        pipeline_agent = block(nodes, "agent")
        runner = agents.agent(file, pipeline_agent, whole) if pipeline_agent else scope.runner
        scope = structs.replace(scope, runner=runner)
        scope = self._environment(nodes, whole, scope, OF_PIPELINE)
        self.variables = whole.variables
        libraries = block(nodes, "libraries")
        for named_lib in (libraries.body or []) if libraries else []:
            if isinstance(named_lib, Call) and named_lib.name == "lib":
                settings.libraries(file, named_lib.low, named_lib.high)
        options = block(nodes, "options")
        self.walk.steps((options.body or []) if options else [], whole, scope)
        for section in nodes:
            if isinstance(section, Call) and section.name in _SECTIONS:
                self._stages(section, "", scope, whole)
        post = block(nodes, "post")
        if post is not None:
            outside = file.outside(post.at, scope)
            outside.secrets |= whole.secrets
            self.walk.steps(post.body or [], outside, scope)
        if whole.images or (whole.secrets and not file.stages):
            outside = file.outside(call.at, scope)
            outside.images += whole.images
            outside.secrets |= whole.secrets

    def _stages(self, section: Call, parent: str, scope: Scope, outer: Stage) -> None:
        """Read the stages of `stages`, `parallel` or `matrix`."""
        body = section.body or []
        if section.name == "matrix":
            cells = offered.cells_of(self.file, block(body, "axes"), block(body, "excludes"))
            scope = structs.replace(scope, cells=cells)
            own = block(body, "agent")
            if own is not None:
                scope = structs.replace(scope, runner=agents.agent(self.file, own, outer))
            scope = self._environment(body, outer, scope, "environment of the matrix")
            scope = self._when(body, outer, scope)
        with self._under(body if section.name == "matrix" else []):
            self._each(body, parent, scope, outer, side_by_side=section.name == "parallel")

    def _each(self, body: list[Node], parent: str, scope: Scope, outer: Stage, *, side_by_side: bool) -> None:
        """Read the stages of a section; a question in one side by side with others holds what is behind all of them."""
        before, under = list(self.file.inputs), self.file.inputs_under
        behind: list[Hold] = []
        behind_under = dict(under)
        if side_by_side:
            self.file.inputs_under = dict(under)
        for each in body:
            if not isinstance(each, Call):
                continue
            if each.name == "stage":
                self._stage(each, parent, scope, outer)
            elif each.name in _SECTIONS:
                self._stages(each, parent, scope, outer)
            elif each.name not in {
                "agent",
                "environment",
                "when",
                "axes",
                "excludes",
                "tools",
                "options",
                "input",
                "post",
            }:
                self.file.open_end(each.at, f"the stages of {short(each.name)} are made by code")
            if side_by_side:
                behind += self.file.inputs[len(before) :]
                behind_under |= self.file.inputs_under
                self.file.inputs[:], self.file.inputs_under = before, dict(under)
        if side_by_side:
            self.file.inputs += behind
            self.file.inputs_under = behind_under

    def _under(self, nodes: list[Node]) -> AbstractContextManager[None]:
        """Return what reads under the `when` among some nodes, if there is one: runs that it keeps out are asked nothing."""
        section = block(nodes, "when")
        if section is None:
            return nullcontext()
        told = [
            self.file.source.between(each.at, _end(self.file.source, each))
            for each in section.body or []
            if isinstance(each, Call) and each.name not in when.NEITHER
        ]
        return flow_steps.under(self.file, "when " + " ".join(told))

    def _stage(self, call: Call, parent: str, scope: Scope, outer: Stage) -> None:
        """Read a stage. What comes behind it waits for its own `input` too, which is asked before its `when` is looked at.

        `beforeInput` and `beforeOptions` turn that round: https://www.jenkins.io/doc/book/pipeline/syntax/#input
        """
        nodes = call.body or []
        asked, section = block(nodes, "input"), block(nodes, "when")
        first = any(isinstance(each, Call) and each.name in _BEFORE for each in (section.body or [] if section else []))
        with self._under(nodes):
            self._one(call, parent, scope, outer)
            if first:
                self._behind(asked)
        if not first:
            self._behind(asked)

    def _behind(self, asked: Call | None) -> None:
        """Have what comes next wait for the `input` of a stage."""
        if asked is not None and len(self.file.inputs) < flow_steps.MOST_INPUTS:
            self.file.inputs.append(flow_steps.hold(self.file, asked))

    def _one(self, call: Call, parent: str, scope: Scope, outer: Stage) -> None:
        file = self.file
        low, high = next(iter(named(file.source, call).values()), (call.low, call.high))
        name = file.text(low, high)
        if name is None:
            name = short(file.source.between(low, high).strip("\"'"))
        stage = file.stage(name, call.at, parent, scope)
        if stage is None:
            return
        nodes = call.body or []
        own = block(nodes, "agent")
        if own is not None:
            runner = agents.agent(file, own, stage)
            if runner.kind is not RunnerKind.NONE or own.low < own.high:
                stage.runner = runner
                scope = structs.replace(scope, runner=runner)
        stage.secrets |= outer.secrets
        stage.variables |= outer.variables
        scope = self._environment(nodes, stage, scope, "environment")
        scope = self._when(nodes, stage, scope)
        asked = block(nodes, "input")
        if asked is not None:
            hold = flow_steps.hold(file, asked)
            stage.holds.append(hold)
            scope = structs.replace(scope, holds=(*scope.holds, hold))
        options = block(nodes, "options")
        self.walk.steps((options.body or []) if options else [], stage, scope)
        stage.begun = False
        post = block(nodes, "post")
        whatever = [each for each in (post.body or []) if not _only_after(each)] if post is not None else []
        apart = not attempts.is_quiet(self.walk, [inner for each in whatever for inner in _of(each)])
        for section in nodes:
            if not isinstance(section, Call):
                continue
            if section.name == "steps":
                stage.in_part += apart
                self.walk.steps(section.body or [], stage, scope)
                stage.in_part -= apart
            elif section.name in _SECTIONS:
                self._stages(section, name, scope, stage)
        if post is not None:
            self._post(post, stage, scope)
        self._undecided(call, stage)

    def _post(self, post: Call, stage: Stage, scope: Scope) -> None:
        """Read what runs behind the steps of a stage: much of it also where a question in them is refused or times out.

        https://www.jenkins.io/doc/book/pipeline/syntax/#post
        """
        after = stage.after
        for each in post.body or []:
            stage.after = after if _only_after(each) else ()
            self.walk.perhaps([each], stage, scope)
        stage.after = after

    def _undecided(self, call: Call, stage: Stage) -> None:
        """Say where a deploying stage is limited by something that only the run decides."""
        if (
            any(hold.kind in {"branch", "approval", "manual"} for hold in (*stage.holds, *stage.asks))
            or not stage.conditions
        ):
            return
        if deploys.by_name(stage.name) and not any("params." in each for each in stage.conditions):
            self.file.open_end(
                call.at, f"what limits stage {short(stage.name, 40)} is decided by code: {stage.conditions[0]}"
            )

    def _when(self, nodes: list[Node], stage: Stage, scope: Scope) -> Scope:
        section = block(nodes, "when")
        if section is None:
            return scope
        file = self.file
        condition = when.of_all(file.source, section.body or [])
        if scope.cells:
            scope = structs.replace(scope, cells=offered.kept(file, scope.cells, section))
        brace = section.high + (file.source.kinds[section.high] == ")")
        text = file.source.between(brace + 1, file.source.close[brace]) if file.source.kinds[brace] == "{" else ""
        position = file.source.position(section.at)
        stage.occasions, stage.limited = condition.occasions, position
        stage.branches = condition.branches
        if condition.limits or condition.no_change:
            kind = "branch" if condition.limits else "no_change"
            hold = Hold(kind=kind, says=short(text), position=position, branches=condition.branches)
            stage.holds.append(hold)
            return structs.replace(scope, holds=(*scope.holds, hold))
        if condition.by_code or condition.occasions:
            stage.conditions.append(short(text))
            return structs.replace(scope, conditions=(*scope.conditions, short(text)))
        return scope

    def _environment(self, nodes: list[Node], stage: Stage, scope: Scope, where: str) -> Scope:
        """Read an `environment` block: its credentials, its literal values, and what flows into its variables."""
        section = block(nodes, "environment")
        if section is None:
            return scope
        file = self.file
        held: dict[str, tuple[str, bool]] = {}
        outside: dict[str, str] = {}
        for each in section.body or []:
            if not isinstance(each, Assign):
                continue
            calls = [node for node in each.inner if isinstance(node, Call)]
            if calls and calls[0].name == "credentials" and calls[0].at == each.low:
                taken = calls[0]
                names = offered.names_of(file, scope, taken.low, taken.high)
                written = (
                    names[0] if len(names) == 1 else short(file.source.between(taken.low, taken.high).strip("\"'"))
                )
                told = f"{where}.{each.name}" if names else f"{where}.{each.name}: {written}"
                for name in names or ("",):
                    stage.take(name, SecretKind.CREDENTIAL, file.source.position(taken.low), told, whole=True)
                held |= {each.name: (written, not is_path(written, each.name)), f"{each.name}_PSW": (written, True)}
                continue
            self.walk.steps(each.inner, stage, scope)
            chosen = commands.chosen_in(file, each.low, each.high, self.walk.seen(scope))
            outside[each.name] = chosen
            text = file.text(each.low, each.high)
            if text is not None:
                stage.variables[each.name] = text
        return structs.replace(scope, outside=scope.outside | outside).with_secrets(held)


def _only_after(node: Node) -> bool:
    """Tell whether a part of `post` runs only where every question of the steps was answered."""
    return isinstance(node, Call) and node.name in _ANSWERED


def _of(node: Node) -> list[Node]:
    """Return what stands in a part of `post`."""
    return (node.body or []) if isinstance(node, Call) else [node]


def _end(source: Source, call: Call) -> int:
    """Return the token behind a call and its block."""
    brace = call.high + (source.kinds[call.high] == ")")
    return source.close[brace] + 1 if call.body is not None and source.kinds[brace] == "{" else brace


def is_path(name: str, variable: str) -> bool:
    """Tell whether a credential's name says that it is a file: its variable then holds a path."""
    words = f"{name} {variable}".lower()
    return any(
        word in words for word in ("file", "kubeconfig", "keystore", ".json", ".pem", "path", "ssh", "certificate")
    )


def occasions_of(file: File) -> tuple[Occasion, ...]:
    """Return what starts the pipeline as far as the file tells."""
    found = dict.fromkeys(file.occasions)
    for stage in file.stages:
        found |= dict.fromkeys(stage.occasions)
    return tuple(found)
