"""What `cond && a || b` is under one event: the parts that can be its result there.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
"""

from functools import lru_cache

from pipewarden.pipelines.conditions import Node, results, tree_of
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.parts import Mention, Workflow
from pipewarden.pipelines.worlds import Who, World, world


def turns(text: str) -> bool:
    """Tell whether an expression in a text chooses by what is known of a run."""
    return ("&&" in text or "||" in text) and "github." in text.lower()


def any_turns(workflow: Workflow) -> bool:
    """Tell whether a value of a workflow is chosen so."""
    return (
        any(map(_chooses, workflow.mentions))
        or any(_chooses(mention) for job in workflow.jobs for mention in job.mentions)
        or any(_chooses(mention) for job in workflow.jobs for step in job.steps for mention in step.mentions)
    )


def _chooses(mention: Mention) -> bool:
    return mention.where != "if" and turns(mention.expression.text)


def value_under(value: str, asked: str, who: Who = Who.OUTSIDER) -> str:
    """Return a text with expressions as it is in the runs of an event; `asked` is as `Workflow.asked` names it."""
    if "${{" not in value or not turns(value):
        return value
    out, last = [], 0
    for placed in find(value):
        text = placed.expression.text
        made = under(text, asked, who)
        out += [value[last : placed.start], value[placed.start : placed.end] if made == text else f"${{{{ {made} }}}}"]
        last = placed.end
    return "".join([*out, value[last:]])


@lru_cache(maxsize=1024)
def under(text: str, asked: str, who: Who = Who.OUTSIDER) -> str:
    """Return an expression as it is in the runs of an event; several results that it can have stand with `||`."""
    tree = tree_of(text) if turns(text) else None
    return text if tree is None else _written(tree, text, world(asked, who))


def _written(node: Node, text: str, run: World) -> str:
    if node.kind in {"and", "or"}:
        found = dict.fromkeys(_written(each, text, run) for each in results(node, run))
        return " || ".join(f"({each})" if len(found) > 1 else each for each in found) or "''"
    if node.kind == "call":
        return f"{node.value}({', '.join(_written(each, text, run) for each in node.parts)})"
    return text[node.start : node.end]
