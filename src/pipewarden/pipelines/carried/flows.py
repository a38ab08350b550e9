"""Follows values of one workflow to where they come from: env, matrix, needs, outputs of steps, and the scripts that make them.

Three answers: an outsider's surely, not an outsider's surely, open. Asked of jobs that outsiders start: elsewhere nothing of
theirs can be in a value. Each value is followed once.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from pipewarden.model.lazy import lazy
from pipewarden.pipelines import untrusted
from pipewarden.pipelines.carried import javascript, known
from pipewarden.pipelines.carried.brought import CHECKOUT, taken
from pipewarden.pipelines.carried.commands import answer_of
from pipewarden.pipelines.carried.held import OWN, Held, filtered, joined, unfollowed
from pipewarden.pipelines.carried.shell import Command, Piece, Script, commands_of, parts_of
from pipewarden.pipelines.choices import input_name
from pipewarden.pipelines.expressions import ANY, Expression, Reference, find, parse
from pipewarden.pipelines.parts import Input, Job, Step, Workflow
from pipewarden.pipelines.turning import any_turns, under, written_under
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.worlds import PULLS

MOST_STEPS = 30
"""Links of one chain that are followed."""

_RUNNERS_OWN = re.compile(
    r"(?:GITHUB_|RUNNER_|ACTIONS_|CI$|HOME$|PATH$|PWD$|USER$|TMPDIR$|SHELL$|RANDOM$|LANG$|HOSTNAME$|DEBIAN_FRONTEND$)"
)
_HEAD = Held(code="github.head_ref", text="github.head_ref")
_PULL = re.compile(r"\bpull/[^\n/]{1,300}/(?:merge|head)\b")
_SCRIPTED = "actions/github-script"
_INTO = re.compile(r"(?<![0-9&])(?:2|&)?>>?\s*(?P<file>[\w.\"'/${}-]+)")
_CAT = re.compile(r"\s*(?:cat\s|<)[^|;&]*$")


class Flows:
    """What the values of one workflow may hold."""

    def __init__(self, workflow: Workflow, asked: str = "") -> None:
        self._workflow = workflow
        self._asked = asked
        self._under: dict[str, Flows] = {}
        self._jobs = {job.id: job for job in workflow.jobs}
        self._inputs: dict[str, Input] = {}
        for trigger in workflow.triggers:
            if trigger.event in {"workflow_dispatch", "workflow_call"}:
                self._inputs.update((given.name.lower(), given) for given in trigger.inputs)
        self._called = workflow.trigger("workflow_call") is not None
        self._known: dict[tuple[object, ...], Held] = {}
        self._scripts: dict[tuple[str, int], Script] = {}
        self._depth = 0

    @lazy
    def turns(self) -> bool:
        """Whether a value is another one under another event: chosen by what is known of a run, or of its payload."""
        return any_turns(self._workflow)

    def on(self, event: str) -> "Flows":
        """Return what the values hold in a run that an outsider starts by an event."""
        if not self.turns:
            return self
        if event not in self._under:
            self._under[event] = Flows(self._workflow, self._workflow.asked_as(event))
        return self._under[event]

    # --- expressions ----------------------------------------------------------------------------------

    def value(self, value: str, job: Job, step: Step | None = None) -> Held:
        """Return what a text with expressions may hold."""
        if "${{" not in value:
            return OWN
        held = joined(self.expression(placed.expression, job, step) for placed in find(value))
        if (held.number or held.open_code) and not held.code and _PULL.search(value):
            return joined((held, Held(code=" ".join(value.split())[:100])))
        return held

    def as_run(self, script: str) -> str:
        """Return a script without the expressions that are empty under the event."""
        return written_under(script, self._asked).replace("${{ '' }}", "") if self._asked else script

    def expression(self, expression: Expression, job: Job, step: Step | None = None) -> Held:
        """Return what an expression may result in."""
        if self._asked:
            expression = parse(under(expression.text, self._asked))
        held = joined(self.reference(flow, job, step) for flow in expression.flows)
        if (held.number or held.open_code) and not held.code and _PULL.search(expression.text):
            return joined((held, Held(code=expression.text[:100])))
        return held

    def reference(self, reference: Reference, job: Job, step: Step | None = None) -> Held:
        """Return what a context may hold."""
        context = reference.context
        if context == "github":
            return self._event(reference)
        if context == "inputs":
            return self._input(reference.dotted.removeprefix("inputs."))
        parts, dotted = reference.parts, reference.dotted
        index = step.index if step is not None else None
        if context == "env" and len(parts) == 2:
            return self.variable(parts[1], job, step)
        if context == "matrix":
            return self._once(("matrix", job.id, dotted), lambda: self._matrix(dotted, job))
        if context == "needs" and len(parts) > 1:
            return self._once(("needs", dotted), lambda: self._needs(parts))
        if context == "steps" and len(parts) > 2 and parts[2].lower() == "outputs":
            made = next((each for each in job.steps if each.id.lower() == parts[1].lower()), None)
            name = parts[3] if len(parts) > 3 else ANY
            return self._output(made, name, job) if made is not None and made.index != index else OWN
        return OWN

    def _once(self, key: tuple[object, ...], work: Callable[[], Held]) -> Held:
        known = self._known.get(key)
        if known is not None:
            return known
        if self._depth >= MOST_STEPS:
            return unfollowed("a long chain of values")
        self._known[key] = OWN  # what leads back to itself adds nothing
        self._depth += 1
        held = self._known[key] = work()
        self._depth -= 1
        return held

    def _event(self, reference: Reference) -> Held:
        if (name := input_name(reference)) is not None:
            return self._input(name)
        dotted = reference.dotted
        anyones = untrusted.author_of(reference) is Author.ANYONE
        code = dotted if untrusted.names_untrusted_code(reference) else ""
        number = untrusted.is_pull_number(reference)
        return Held(code=code, text=dotted if anyones else "", number=number) if anyones or code or number else OWN

    def _input(self, name: str) -> Held:
        """Return what an input holds: what the caller passes. In a run that an outsider starts an input of a dispatch is empty."""
        given = self._inputs.get(name)
        if not self._called or (given is not None and given.type in {"boolean", "number"}):
            return OWN
        return Held(inputs=(name,))

    # --- env and matrix -------------------------------------------------------------------------------

    def variable(self, name: str, job: Job, step: Step | None = None) -> Held:
        """Return what a variable of the environment holds when a step runs."""
        index = step.index if step is not None else -1
        return self._once(("env", name, job.id, index), lambda: self._variable(name, job, step))

    def _variable(self, name: str, job: Job, step: Step | None) -> Held:
        if step is not None and name in step.env:
            return self.value(step.env[name], job, step)
        parts: list[Held] = []
        static = next((table[name] for table in (job.env, self._workflow.env) if name in table), None)
        if static is not None:
            parts.append(self.value(static, job))
        unknown = ""
        for before in job.steps[: step.index] if step is not None else ():
            if before.run is not None and "GITHUB_ENV" in before.run:
                written = self.scripted(before, job).written("GITHUB_ENV")
                pieces = written.of(name)
                if pieces is not None:
                    parts.append(joined(self._piece(piece, before, job) for piece in pieces))
                elif written.of("") or not written.values:
                    unknown = f"the variable {name}"
            elif before.uses is not None and not known.sets_no_variables(before):
                unknown = f"the variable {name}, which {before.uses.text[:50]} may set"
        if parts:
            return joined(parts)
        if name == "GITHUB_HEAD_REF":
            return _HEAD if not self._asked or self._asked.partition(" ")[0] in PULLS else OWN
        return unfollowed(unknown) if unknown and not _RUNNERS_OWN.match(name) else OWN

    def _matrix(self, dotted: str, job: Job) -> Held:
        if job.matrix is None:
            return OWN
        key = dotted.removeprefix("matrix.")
        values = [
            value
            for name, found in job.matrix.values.items()
            if name.lower() == key or name.lower().startswith(f"{key}.") or key == "matrix"
            for value in found
        ]
        parts = [self.value(value, job) for value in values]
        if job.matrix.dynamic and (not values or any("${{" in value for value in values)):
            first = key.partition(".")[0]
            parts += [
                self.expression(mention.expression, job)
                for mention in job.mentions
                if mention.where.lower() in {"strategy.matrix", f"strategy.matrix.{first}", "strategy.matrix.include"}
            ]
        return joined(parts)

    # --- outputs --------------------------------------------------------------------------------------

    def _needs(self, parts: tuple[str, ...]) -> Held:
        job = self._jobs.get(parts[1])
        if job is None or (len(parts) > 2 and parts[2].lower() != "outputs"):
            return OWN
        name = parts[3].lower() if len(parts) > 3 else ANY
        if job.uses is not None:
            return unfollowed(f"the output {name} of {job.uses.text[:60]}")
        return joined(
            self.expression(mention.expression, job)
            for mention in job.mentions
            if mention.where.lower() == f"outputs.{name}" or (name == ANY and mention.where.startswith("outputs."))
        )

    def _output(self, step: Step, name: str, job: Job) -> Held:
        return self._once(("output", job.id, step.index, name), lambda: self._made(step, name, job))

    def _made(self, step: Step, name: str, job: Job) -> Held:
        """Return what a step sets an output to."""
        if step.uses is not None:
            if step.gives is not None:
                given = step.gives.values() if name == ANY else (step.gives.get(name.lower(), ""),)
                return joined(self.value(each, job) for each in given)
            if step.uses.action == _SCRIPTED:
                return self._of_javascript(step, name, job)
            if step.uses.action == CHECKOUT:
                taken = self.taken(step, job)
                return Held(code=taken.code, open_code=taken.open_code)
            held = known.outputs_of(step, name)
            return unfollowed(f"the output {name} of {step.uses.text[:60]}") if held is None else held
        written = self.scripted(step, job).written("GITHUB_OUTPUT")
        pieces = written.of(name)
        if pieces is None and name == ANY:
            pieces = [piece for each in written.values.values() for piece in each]
        if pieces is None:
            pieces = next((each for key, each in written.values.items() if key.lower() == name.lower()), None)
        if pieces is not None:
            return joined(self._piece(piece, step, job) for piece in pieces)
        return unfollowed(f"the output {name} of {step.words}")

    def javascript(self, value: str, step: Step, job: Job) -> Held:
        """Return what a value holds in the script of actions/github-script."""
        return self._expression_of_javascript(value, step.with_.get("script", ""), step, job)

    def _of_javascript(self, step: Step, name: str, job: Job) -> Held:
        script = step.with_.get("script", "")
        values = javascript.outputs_of(script, name)
        if not values:
            return unfollowed(f"the output {name} of {step.words}") if name != "result" else OWN
        return joined(self._expression_of_javascript(value, script, step, job) for value in values)

    def _expression_of_javascript(self, value: str, script: str, step: Step, job: Job) -> Held:
        if javascript.decides(value):
            return OWN
        parts = [self.expression(placed.expression, job, step) for placed in find(value)] if "${{" in value else []
        if javascript.BRANCH.search(value):
            parts.append(Held(code="the head of the pull request", text="the branch of the pull request"))
        if javascript.COMMIT.search(value):
            parts.append(Held(code="the head of the pull request"))
        if (written := javascript.TEXT.search(value)) is not None:
            parts.append(Held(text=written.group()[:60]))
        parts += [
            self.variable(found["dotted"] or found["named"], job, step)
            for found in javascript.ENVIRONMENT.finditer(value)
        ]
        if not (parts or javascript.is_fixed(value)):
            named = [self._of_name(name, script, step, job) for name in javascript.variables_of(value)]
            parts = [held for held in named if held is not None]
            if not parts:
                return unfollowed(f"what {step.words} works out")
        return filtered(joined(parts)) if javascript.cleans(value) else joined(parts)

    def _of_name(self, name: str, script: str, step: Step, job: Job) -> Held | None:
        """Return what a variable of a JavaScript holds; None where nothing is seen to set it."""
        values = list(javascript.assignments_of(script, name))
        if not values:
            return None
        key = ("javascript", job.id, step.index, name)
        return self._once(
            key, lambda: joined(self._expression_of_javascript(value, script, step, job) for value in values)
        )

    # --- scripts --------------------------------------------------------------------------------------

    def scripted(self, step: Step, job: Job) -> Script:
        """Return the script of a step, taken apart once."""
        key = (job.id, step.index)
        known_script = self._scripts.get(key)
        if known_script is None:
            known_script = self._scripts[key] = Script(step.run or "")
        return known_script

    def _piece(self, piece: Piece, step: Step, job: Job) -> Held:
        """Return what a text holds that a script writes."""
        if piece.command:
            return self._command(piece.text, step, job)
        return self.text(piece.text, step, job, raw=piece.raw)

    def text(self, text: str, step: Step, job: Job, *, raw: bool = False) -> Held:
        """Return what a text of a script holds once the shell has put in what stands in it."""
        parts = parts_of(text, raw=raw)
        if not (parts.variables or parts.commands or parts.expressions):
            return OWN
        found = [self.value(each, job, step) for each in parts.expressions]
        found += [self.shell_variable(name, step, job) for name in parts.variables]
        found += [self._command(each, step, job) for each in parts.commands]
        held = joined(found)
        if (held.number or held.open_code) and not held.code and _PULL.search(text):
            return joined((held, Held(code="refs/pull/…")))
        return held

    def written(self, step: Step, job: Job, file: str) -> Iterator[tuple[str, Held]]:
        """Yield what the script of a step writes into `GITHUB_ENV` or `GITHUB_PATH`: names (empty: any) with what they hold."""
        for name, pieces in self.scripted(step, job).written(file).values.items():
            for piece in pieces:
                yield name, self._piece(piece, step, job)

    def script(self, step: Step, job: Job) -> Held:
        """Return what goes into the script of a step: by expressions, by variables, by what its commands answer."""
        script = self.scripted(step, job)
        named = {name for command in script.commands for name in parts_of(command.text).variables}
        found = [self.value(step.run or "", job, step)]
        found += [self.shell_variable(name, step, job) for name in sorted(named)]
        return joined(found)

    def shell_variable(self, name: str, step: Step, job: Job) -> Held:
        """Return what a variable holds in the script of a step."""
        return self._once(("shell", job.id, step.index, name), lambda: self._assigned(name, step, job))

    def _assigned(self, name: str, step: Step, job: Job) -> Held:
        script = self.scripted(step, job)
        values = script.assigned.get(name)
        if name in script.read:
            return unfollowed(f"the variable {name}, which {step.words} reads")
        if name == "BASH_REMATCH":
            return unfollowed("a part of a text")
        if not values:
            return self.variable(name, job, step)
        parts = [self.text(value, step, job) for value in values]
        if any(f"${name}" in value or f"${{{name}" in value for value in values):
            parts.append(self.variable(name, job, step))  # it is made of what it was before
        return joined(parts)

    def _command(self, text: str, step: Step, job: Job) -> Held:
        """Return what a command of a script prints."""
        return self._once(("command", job.id, step.index, text), lambda: self._answered(text, step, job))

    def _answered(self, text: str, step: Step, job: Job) -> Held:
        commands = commands_of(text)
        answer = answer_of(text, [each.text for each in commands])
        if answer.held is not OWN or not answer.passes:
            return answer.held
        # what goes in by its words comes out
        inside = self.text(text, step, job)
        parts = [filtered(inside) if answer.cleans else inside]
        if answer.files:
            whole = _CAT.match(text) is not None
            parts += [held if whole else filtered(held) for held in self._of_files(text, step, job)]
        if answer.commit or answer.files:
            parts.append(self._lying(text, step, job, commit=answer.commit))
        return joined(parts)

    def _lying(self, text: str, step: Step, job: Job, *, commit: bool) -> Held:
        """Return what a command reads of the workspace, by who brought what lies there."""
        before = self.taken_before(step, job)
        if before and commit:
            return Held(code=before)
        foreign = self._foreign_before(step, job)
        if foreign and not before and not self._checked_out(step, job) and _CAT.match(text):
            return Held(text="a file of the artifact")
        return unfollowed(f"what step {step.index + 1} reads from a file") if before or foreign else OWN

    # --- code -----------------------------------------------------------------------------------------

    def taken(self, step: Step, job: Job) -> Held:
        """Return whose code a step brings into the workspace, as far as it brings any."""
        return self._once(("taken", job.id, step.index), lambda: taken(self, step, job))

    def taken_before(self, step: Step, job: Job) -> str:
        """Return whose code surely lies in the workspace when a step runs; empty where it is none of an outsider's."""
        return next((held.code for each in job.steps[: step.index] if (held := self.taken(each, job)).code), "")

    def _of_files(self, text: str, step: Step, job: Job) -> Iterator[Held]:
        """Yield what scripts up to a step wrote into files that a command reads."""
        for before in job.steps[: step.index + 1]:
            if before.run is None or ">" not in before.run:
                continue
            for command in self.scripted(before, job).commands:
                for found in _INTO.finditer(command.text):
                    name = found["file"].rpartition("/")[2].strip("\"'")
                    if len(name) > 1 and name in text and command.text not in text:
                        key = ("file", job.id, before.index, command.text)
                        yield self._once(key, partial(self._printed, command, before, job))

    def _printed(self, command: Command, step: Step, job: Job) -> Held:
        if command.body:
            return self.text(command.body, step, job, raw=command.quoted)
        return self._command(command.text, step, job)

    def _checked_out(self, step: Step, job: Job) -> bool:
        """Tell whether a checkout lies before a step: files are then not an artifact's alone."""
        return any(each.uses is not None and each.uses.action == CHECKOUT for each in job.steps[: step.index])

    def _foreign_before(self, step: Step, job: Job) -> bool:
        return any(
            each.what == "artifact_download" and each.other_run and each.step < step.index for each in job.transfers
        )
