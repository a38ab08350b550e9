"""Which secrets that a job names it is not handed under some event: its step does not run then, or an expression chooses another.

They are in the memory of the runner all the same: "Although GitHub Actions scrubs secrets from memory that are not referenced in
the workflow (or an included action), the GITHUB_TOKEN and any referenced secrets can be harvested by a determined attacker."
https://docs.github.com/en/actions/concepts/security/compromised-runners#accessing-secrets
"""

from collections.abc import Iterator

from pipewarden.pipelines.conditions import Node, holds, tree_of
from pipewarden.pipelines.expanding import expanded
from pipewarden.pipelines.expressions import parse
from pipewarden.pipelines.gates import expression_of
from pipewarden.pipelines.parts import Job, Mention, SecretForm, SecretUse, Step, Workflow
from pipewarden.pipelines.turning import turns, under
from pipewarden.pipelines.untrusted import ANYONE_EVENTS
from pipewarden.pipelines.worlds import OF_BOTS, Who, world


def idle_of(workflow: Workflow, job: Job) -> tuple[tuple[str, ...], ...]:
    """Return, for each secret of a job, the starts by event and who causes it under which it is surely not handed; empty where none is."""
    steps: dict[int | None, Step] = {step.index: step for step in job.steps}
    found = tuple(tuple(_idle(workflow, job, steps.get(use.step), use)) for use in job.secrets)
    return found if any(found) else ()


def _idle(workflow: Workflow, job: Job, step: Step | None, use: SecretUse) -> Iterator[str]:
    tree = _condition(workflow, job, step)
    choosing = tuple(_choosing(workflow, job, step, use))
    for asked, who in _runs(workflow) if tree is not None or choosing else ():
        skipped = tree is not None and holds(tree, world(asked, who)) is False
        if skipped or (choosing and not any(_reads(under(text, asked, who), use) for text in choosing)):
            yield f"{asked.partition(' ')[0]} {who.value}"


def _runs(workflow: Workflow) -> Iterator[tuple[str, Who]]:
    """Yield the events of a workflow, as they are asked about, with who can cause them."""
    for asked in sorted(workflow.asked):
        event = asked.partition(" ")[0]
        for who in Who:
            if (who is not Who.OUTSIDER or event in ANYONE_EVENTS) and (who is not Who.BOT or event in OF_BOTS):
                yield asked, who


def _condition(workflow: Workflow, job: Job, step: Step | None) -> Node | None:
    """Return the condition of a step that asks what is known before a run; None where there is none."""
    if step is None or not step.condition:
        return None
    text = expression_of(expanded(step.condition, workflow, job, step))
    return tree_of(text) if text is not None and "github" in text.lower() else None


def _choosing(workflow: Workflow, job: Job, step: Step | None, use: SecretUse) -> Iterator[str]:
    """Yield the expressions that hand a secret on, where each of them chooses by what is known of a run; none where one does not."""
    if use.form is not SecretForm.NAMED:
        return
    mentions = workflow.mentions if use.from_workflow else job.mentions if step is None else step.mentions
    here = [each for each in mentions if _is_of(each, use)]
    if here and all(turns(each.expression.text) for each in here):
        texts = [each.expression.text for each in here]
        # one that stands in a condition alone is asked for, not handed on: that no event tells apart
        if any(_reads(under(text, ""), use) for text in texts):
            yield from texts


def _is_of(mention: Mention, use: SecretUse) -> bool:
    return (
        mention.position == use.position
        and mention.where == use.where
        and use.name.lower() in mention.expression.text.lower()
        and _reads(mention.expression.text, use)
    )


def _reads(text: str, use: SecretUse) -> bool:
    """Tell whether an expression reads a secret."""
    return any(
        len(read.parts) > 1 and read.context == "secrets" and read.parts[1].upper() in {use.name, "*"}
        for read in parse(text).reads
    )
