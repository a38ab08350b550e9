"""Which secrets that a job names it is not handed under some event: its step does not run then, or an expression chooses another.

They are in the memory of the runner all the same: "Although GitHub Actions scrubs secrets from memory that are not referenced in
the workflow (or an included action), the GITHUB_TOKEN and any referenced secrets can be harvested by a determined attacker."
https://docs.github.com/en/actions/concepts/security/compromised-runners#accessing-secrets
"""

from collections.abc import Iterator
from functools import lru_cache

from pipewarden.pipelines.conditions import holds, tree_of
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
    found = tuple(_idle(workflow, job, steps.get(use.step), use) for use in job.secrets)
    return found if any(found) else ()


def asking_of(workflow: Workflow, job: Job) -> tuple[str, ...]:
    """Return, for each secret of a job, the condition of its step where that asks for inputs of a call; empty where none does."""
    steps: dict[int | None, Step] = {step.index: step for step in job.steps}
    found = tuple(_asking(workflow, job, steps.get(use.step)) for use in job.secrets)
    return found if any(found) else ()


def _asking(workflow: Workflow, job: Job, step: Step | None) -> str:
    if step is None or not step.condition:
        return ""
    text = expression_of(expanded(step.condition, workflow, job, step)) or ""
    return text if "inputs." in text.lower() else ""


def _idle(workflow: Workflow, job: Job, step: Step | None, use: SecretUse) -> tuple[str, ...]:
    skipped: tuple[str, ...] = ()
    if step is not None and step.condition:
        skipped = _skipped(expanded(step.condition, workflow, job, step), workflow.asked)
    choosing = tuple(_choosing(workflow, job, step, use))
    return tuple(dict.fromkeys((*skipped, *_unchosen(choosing, use, workflow.asked)))) if choosing else skipped


def _runs(asked: frozenset[str]) -> Iterator[tuple[str, Who, str]]:
    """Yield events as they are asked about, with who can cause them, and how that start is called."""
    for each in sorted(asked):
        event = each.partition(" ")[0]
        for who in Who:
            if (who is not Who.OUTSIDER or event in ANYONE_EVENTS) and (who is not Who.BOT or event in OF_BOTS):
                yield each, who, f"{event} {who.value}"


@lru_cache(maxsize=1024)  # the steps of many jobs have the same conditions
def _skipped(condition: str, asked: frozenset[str]) -> tuple[str, ...]:
    """Return the starts under which a condition surely does not hold."""
    text = expression_of(condition)
    tree = tree_of(text) if text is not None and "github" in text.lower() else None
    if tree is None:
        return ()
    return tuple(name for each, who, name in _runs(asked) if holds(tree, world(each, who)) is False)


def _unchosen(texts: tuple[str, ...], use: SecretUse, asked: frozenset[str]) -> tuple[str, ...]:
    """Return the starts under which no expression of some hands a secret on."""
    return tuple(
        name for each, who, name in _runs(asked) if not any(_reads(under(text, each, who), use) for text in texts)
    )


def _choosing(workflow: Workflow, job: Job, step: Step | None, use: SecretUse) -> Iterator[str]:
    """Yield the expressions that hand a secret on, where each of them chooses by what is known of a run; none where one does not."""
    if use.form not in {SecretForm.NAMED, SecretForm.ALL}:
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
    """Tell whether an expression reads a secret, or all of them at once."""
    if use.form is SecretForm.ALL:
        return any(read.context == "secrets" and len(read.parts) == 1 for read in parse(text).reads)
    return any(
        len(read.parts) > 1 and read.context == "secrets" and read.parts[1].upper() in {use.name, "*"}
        for read in parse(text).reads
    )
