"""Where text that somebody else chooses becomes part of a program.

https://docs.github.com/en/actions/concepts/security/script-injections
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipewarden.pipelines import untrusted
from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.carried.known import JSON_LIST
from pipewarden.pipelines.choices import input_name
from pipewarden.pipelines.expressions import Reference, find, parse
from pipewarden.pipelines.parts import Input, Job, Mention, Step, Workflow
from pipewarden.pipelines.turning import under
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.uses import Uses, UsesKind
from pipewarden.pipelines.worlds import Who

_SCRIPT_INPUTS = {
    "actions/github-script": ("script",),
    "azure/powershell": ("inlinescript",),
    "azure/cli": ("inlinescript",),
    "appleboy/ssh-action": ("script",),
    "mikefarah/yq": ("cmd",),
}
"""Inputs of well-known actions that are run as a program."""


class Inputs(NamedTuple):
    """The inputs of a workflow, by name in lower case, and who fills them."""

    given: dict[str, Input]
    author: Author


class Injection(NamedTuple):
    """A context whose text goes into a program of a step, and who chooses it."""

    step: Step
    mention: Mention | None
    """None where a shell takes the text out of a variable."""
    context: Reference
    by: Author
    source: str = ""
    """What the context holds, where it is no text of others by itself."""
    through: bool = False
    """The context only carries the text on: an output, a variable, a matrix."""
    across: bool = False
    """It is the output of another job."""
    input: str = ""
    """The input that ends up in what is carried."""
    certain: bool = True


def inputs_of(workflow: Workflow) -> Inputs:
    """Return the inputs of a workflow."""
    given = {
        given.name.lower(): given
        for trigger in workflow.triggers
        if trigger.event in {"workflow_dispatch", "workflow_call"}
        for given in trigger.inputs
    }
    return Inputs(given, Author.CALLER if workflow.trigger("workflow_call") else Author.WRITER)


def injections(workflow: Workflow, job: Job, inputs: Inputs, flows: Flows | None = None) -> Iterator[Injection]:
    """Yield what goes into the programs of a job: `run`, and inputs that actions run.

    `flows` follows what values carry on, for a job that outsiders start; without it, none of theirs can be in them.
    """
    for step in job.steps:
        env = (step.env, job.env, workflow.env)
        programs = step.uses is None or step.run is not None or _runs_inputs(step.uses)
        for mention in step.mentions if programs else ():
            if mention.where != "run" and not _is_script(step, mention):
                continue
            for flow in mention.expression.flows:
                by = _author(flow, env, inputs)
                carried = _carried(step, mention, flow, flows, job) if flows is not None else None
                if carried is not None and (by is None or (carried.by is Author.ANYONE and carried.certain)):
                    yield carried
                elif by is not None:
                    yield Injection(step, mention, flow, by)
        if flows is not None and step.run is not None and ("eval" in step.run or "sh -c" in step.run):
            yield from _evaluated(step, flows, job)
        if flows is not None and "exec" in step.with_.get("script", ""):
            yield from _executed(step, flows, job)


def goes_in(found: Injection, flows: Flows, job: Job, asked: str) -> bool:
    """Tell whether the text goes into the program under an event too, whose values `flows` has."""
    if found.mention is not None and found.context not in parse(under(found.mention.expression.text, asked)).flows:
        return False
    if found.mention is None or found.context.context not in _CARRIERS:
        return True
    held = flows.reference(found.context, job, found.step)
    return bool(held.text or held.inputs or (not found.certain and held.open_text))


_OF_RUN = re.compile(r"github\.(?:event\.|head_ref$)")
"""What some events have and others have not."""


def may_be_there(found: Injection, workflow: Workflow, job: Job, shut: frozenset[str]) -> bool:
    """Tell whether the text is there under an event of a workflow, beside those on which its step never runs."""
    if found.mention is None or found.through:
        return True
    expressions, wanted = [found.mention.expression], {found.context}
    if found.context.context == "env":
        name = found.context.parts[1]
        value = next((table[name] for table in (found.step.env, job.env, workflow.env) if name in table), "")
        expressions = [each.expression for each in find(value)]
        flows = [flow for each in expressions for flow in each.flows]
        wanted = {flow for flow in flows if untrusted.author_of(flow) is not None or input_name(flow) is not None}
    events = [each for each in workflow.asked if each.partition(" ")[0] not in shut]
    if not events or not all(_OF_RUN.match(flow.dotted) for flow in wanted):
        return True
    made = {flow for each in expressions for on in events for flow in parse(under(each.text, on, Who.WHOEVER)).flows}
    return not wanted.isdisjoint(made)


def _carried(step: Step, mention: Mention, flow: Reference, flows: Flows, job: Job) -> Injection | None:
    """Return what a context carries on into a program; None where it is nothing of others."""
    if flow.context not in _CARRIERS:
        return None
    held = flows.reference(flow, job, step)
    if held.text == JSON_LIST and mention.where != "run":
        return None
    across = flow.context == "needs"
    if held.text:
        return Injection(step, mention, flow, Author.ANYONE, held.text, through=True, across=across)
    if held.inputs and not across:
        return Injection(
            step, mention, flow, Author.CALLER, f"inputs.{held.inputs[0]}", through=True, input=held.inputs[0]
        )
    if held.open_text:
        return Injection(step, mention, flow, Author.ANYONE, held.open_text, through=True, across=across, certain=False)
    return None


_CARRIERS = frozenset({"steps", "env", "matrix", "needs"})
_EVALUATED = re.compile(
    rf"(?:[\n;&|({{]|{begun('then', 'do')})\s*(?:eval|(?:ba|z|da)?sh\s+-c)\s+(?P<what>\"(?:[^\"\\]|\\.)*\"|[^\n;&|']+)"
)
"""Asked of a script behind an end of line."""
_SHELL = re.compile(r"\b(?:ba|z|da)?sh\s+-c\b")
_EXECUTED = re.compile(
    r"(?:exec(?<![.\w]exec)|execSync(?<=\bexecSync)|child_process['\")\]]{0,3}\.exec)\(\s*`(?P<what>[^`]{0,2000})`"
)
"""What a JavaScript has a shell run; `exec.exec` of the toolkit uses none.
https://nodejs.org/api/child_process.html#child_processexecsynccommand-options"""
_PUT_IN = re.compile(r"(?<!\$)\$\{(?P<what>[^{}]{1,300})\}")
_PLAIN_VARIABLE = re.compile(r"(?<!\\)\$\{?(?P<name>[A-Za-z_]\w*)\}?")


def _executed(step: Step, flows: Flows, job: Job) -> Iterator[Injection]:
    """Yield what a JavaScript puts into a command for a shell: ``execSync(`echo ${process.env.TITLE}`)``."""
    for found in _EXECUTED.finditer(step.with_["script"]):
        for inner in _PUT_IN.finditer(found["what"]):
            held = flows.javascript(inner["what"], step, job)
            if held.text:
                context = Reference(("script", inner["what"].strip()[:40]))
                yield Injection(step, None, context, Author.ANYONE, held.text, through=True)
                return


def _evaluated(step: Step, flows: Flows, job: Job) -> Iterator[Injection]:
    """Yield the variables that a script has a shell read as commands: `eval "echo $TITLE"`."""
    for found in _EVALUATED.finditer(f"\n{step.run or ''}"):
        for variable in _PLAIN_VARIABLE.finditer(found["what"]):
            held = flows.shell_variable(variable["name"], step, job)
            if held.text:
                context = Reference(("env", variable["name"]))
                yield Injection(step, None, context, Author.ANYONE, held.text, through=True)
                return


def _runs_inputs(uses: Uses) -> bool:
    """Tell whether an action runs any of its inputs as a program: hardly any does."""
    return uses.kind is UsesKind.DOCKER or uses.action in _SCRIPT_INPUTS


def _is_script(step: Step, mention: Mention) -> bool:
    """Tell whether an expression stands in an input that an action runs as a program."""
    if step.uses is None or not mention.where.startswith("with."):
        return False
    if step.uses.kind is UsesKind.DOCKER:
        return (
            mention.where == "with.args"
            and _SHELL.search(f"{step.with_.get('entrypoint', '')} {step.with_['args']}") is not None
        )
    return mention.where.removeprefix("with.").lower() in _SCRIPT_INPUTS.get(step.uses.action, ())


def _author(flow: Reference, env: tuple[dict[str, str], ...], inputs: Inputs) -> Author | None:
    """Tell who can choose the text of a context, through `env` too."""
    if flow.context == "env" and len(flow.parts) == 2:
        value = next((table[flow.parts[1]] for table in env if flow.parts[1] in table), "")
        authors = [
            author
            for placed in find(value)
            for inner in placed.expression.flows
            if inner.context != "env" and (author := _author(inner, (), inputs)) is not None
        ]
        return next((author for author in Author if author in authors), None)
    name = input_name(flow)
    if name is not None:
        given = inputs.given.get(name)
        if given is not None and not given.is_free_text:
            return None
        return inputs.author
    return untrusted.author_of(flow)
