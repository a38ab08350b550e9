"""What an expression is under one event: of `a && b || c` and `case(a, b, c)` what can be its result there, of a payload what it has.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
"""

from collections.abc import Callable
from functools import lru_cache

from pipewarden.pipelines.conditions import Node, chooses, results, tree_of
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.parts import Mention, Workflow
from pipewarden.pipelines.payloads import absent, is_no_link
from pipewarden.pipelines.untrusted import ANYONE_EVENTS
from pipewarden.pipelines.worlds import NOWHERE, PULLS, Who, World, world

_OF_PULLS = frozenset({"github.head_ref", "github.base_ref"})
"""They "are only available when the event that triggers a workflow run is either pull_request or pull_request_target".
https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context"""


def turns(text: str) -> bool:
    """Tell whether an expression in a text chooses by what is known of a run."""
    return ("&&" in text or "||" in text or "case(" in text) and "github." in text.lower()


def any_turns(workflow: Workflow) -> bool:
    """Tell whether a value of a workflow is another one under another event that outsiders cause: chosen so, or not there."""
    lacking = _lacking(workflow)

    def differs(mention: Mention) -> bool:
        return mention.where != "if" and (
            turns(mention.expression.text) or (bool(lacking) and _reads(mention, lacking))
        )

    return (
        any(map(differs, workflow.mentions))
        or any(differs(mention) for job in workflow.jobs for mention in job.mentions)
        or any(differs(mention) for job in workflow.jobs for step in job.steps for mention in step.mentions)
        or (
            "github.head_ref" in lacking
            and any("GITHUB_HEAD_REF" in (each.run or "") for job in workflow.jobs for each in job.steps)
        )
    )


def _lacking(workflow: Workflow) -> frozenset[str]:
    """Return what is not there under each of the events by which outsiders start a workflow: keys of payloads, contexts."""
    events = {asked.partition(" ")[0] for asked in workflow.asked} & ANYONE_EVENTS
    return frozenset[str]().union(*map(absent, events), *((_OF_PULLS,) if events - PULLS else ()))


def _reads(mention: Mention, lacking: frozenset[str]) -> bool:
    """Tell whether an expression results in something of the payload that is not there under each event."""
    for flow in mention.expression.flows:
        if flow.context != "github" or len(flow.parts) == 1:
            continue
        _, name, *more = map(str.lower, flow.parts)
        if flow.dotted in lacking or (name == "event" and more and (more[0] in lacking or is_no_link(flow.dotted))):
            return True
    return False


def value_under(value: str, asked: str, who: Who = Who.OUTSIDER) -> str:
    """Return a text with expressions as it is in the runs of an event; `asked` is as `Workflow.asked` names it."""
    if "${{" not in value or not turns(value):
        return value
    return written_under(value, asked, who)


def written_under(value: str, asked: str, who: Who = Who.OUTSIDER) -> str:
    """Return a text with each of its expressions as `under` writes it."""
    out, last = [], 0
    for placed in find(value):
        text = placed.expression.text
        made = under(text, asked, who)
        out += [value[last : placed.start], value[placed.start : placed.end] if made == text else f"${{{{ {made} }}}}"]
        last = placed.end
    return "".join([*out, value[last:]])


def folded(value: str, put: Callable[[str], str], run: World = NOWHERE) -> str:
    """Return a text with each expression changed, and then no more of it than it can result in."""
    out, last = [], 0
    for placed in find(value):
        text = put(placed.expression.text)
        tree = tree_of(text)
        made = value[placed.start : placed.end]
        if tree is not None and (text != placed.expression.text or run is not NOWHERE):
            made = f"${{{{ {_written(tree, text, run)} }}}}"
        out += [value[last : placed.start], made]
        last = placed.end
    return "".join([*out, value[last:]])


@lru_cache(maxsize=1024)
def under(text: str, asked: str, who: Who = Who.OUTSIDER) -> str:
    """Return an expression as it is in the runs of an event; several results that it can have stand with `||`."""
    tree = tree_of(text) if "github" in text.lower() else None
    return text if tree is None else _written(tree, text, world(asked, who))


def _written(node: Node, text: str, run: World) -> str:
    if chooses(node):
        found = dict.fromkeys(_written(each, text, run) for each in results(node, run))
        return " || ".join(f"({each})" if len(found) > 1 else each for each in found) or "''"
    if node.kind == "context":
        worth = run.of(str(node.value))
        return "''" if worth is None or worth == "" else text[node.start : node.end]
    if node.kind == "call":
        return f"{node.value}({', '.join(_written(each, text, run) for each in node.parts)})"
    return text[node.start : node.end]
