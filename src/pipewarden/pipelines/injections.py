"""Where text that somebody else chooses becomes part of a program.

https://docs.github.com/en/actions/concepts/security/script-injections
"""

from collections.abc import Iterator
from typing import NamedTuple

from pipewarden.pipelines import untrusted
from pipewarden.pipelines.choices import input_name
from pipewarden.pipelines.expressions import Reference, find
from pipewarden.pipelines.parts import Input, Job, Mention, Step, Workflow
from pipewarden.pipelines.untrusted import Author

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
    mention: Mention
    context: Reference
    by: Author


def inputs_of(workflow: Workflow) -> Inputs:
    """Return the inputs of a workflow."""
    given = {
        given.name.lower(): given
        for trigger in workflow.triggers
        if trigger.event in {"workflow_dispatch", "workflow_call"}
        for given in trigger.inputs
    }
    return Inputs(given, Author.CALLER if workflow.trigger("workflow_call") else Author.WRITER)


def injections(workflow: Workflow, job: Job, inputs: Inputs) -> Iterator[Injection]:
    """Yield what goes into the programs of a job: `run`, and inputs that actions run."""
    for step in job.steps:
        env = (step.env, job.env, workflow.env)
        for mention in step.mentions:
            if mention.where != "run" and not _is_script(step, mention):
                continue
            for flow in mention.expression.flows:
                by = _author(flow, env, inputs)
                if by is not None:
                    yield Injection(step, mention, flow, by)


def _is_script(step: Step, mention: Mention) -> bool:
    """Tell whether an expression stands in an input that an action runs as a program."""
    if step.uses is None or not mention.where.startswith("with."):
        return False
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
