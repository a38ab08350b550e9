"""Blocks whose failure does not end the run: a question in them is refused, or times out, and what stands behind runs.

https://www.jenkins.io/doc/pipeline/steps/workflow-basic-steps/#catcherror-catch-error-and-set-build-result-to-failure
https://groovy-lang.org/semantics.html#_try_catch_finally
"""

from collections.abc import Iterator, Sequence

from pipewarden.pipelines.jenkins.calls import CREDENTIAL_KEY, Assign, Call, Key, Node, named
from pipewarden.pipelines.jenkins.known import GLOBALS, QUIET, STEPS
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import Stage
from pipewarden.pipelines.jenkins.tokens import LINE, NAME, Source
from pipewarden.pipelines.jenkins.walk import Walk

_BRANCHES = frozenset({"", "if", "else", "for", "while", "switch", "try", "catch", "finally", "do", "script"})


def caught(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`catchError { … }` and `warnError('…') { … }`: by default they catch that a question is refused or times out too."""
    walk.steps(call.inner, stage, scope)
    source = walk.file.source
    given = named(source, call).get("catchInterruptions")
    if given is not None and source.between(*given).strip() == "false":
        walk.steps(call.body or [], stage, scope)
    else:
        walk.perhaps(call.body or [], stage, scope)


def attempt(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`try { … } catch (e) { … } finally { … }`.

    What stands in `catch` and `finally` runs where the question is refused as well; what stands behind only where no
    `catch` ends the failure.
    """
    file, body = walk.file, call.body or []
    others = [each for each in call.inner if isinstance(each, Call)]
    inputs, after = list(file.inputs), stage.after if stage is not None else ()
    if any(not fails_on(file.source, each) for each in others):
        walk.perhaps(body, stage, scope)
    else:
        apart = stage is not None and not is_quiet(walk, [each for other in others for each in other.body or []])
        if stage is not None:
            stage.in_part += apart
        walk.steps(body, stage, scope)
        if stage is not None:
            stage.in_part -= apart
    behind = list(file.inputs)
    file.inputs[:] = inputs
    behind_after = stage.after if stage is not None else ()
    for each in others:
        if stage is not None:
            stage.after = after
        walk.steps(each.inner, stage, scope)
        walk.perhaps(each.body or [], stage, scope)
    file.inputs[:] = behind
    if stage is not None:
        stage.after = behind_after


def is_quiet(walk: Walk, nodes: Sequence[Node]) -> bool:
    """Tell whether some code runs nothing of the repository's and takes nothing of the stage's."""
    return not any(_is_loud(walk, node) for node in nodes)


def _is_loud(walk: Walk, node: Node) -> bool:
    if isinstance(node, Key):
        return CREDENTIAL_KEY.fullmatch(node.name) is not None
    if isinstance(node, Assign):
        return not is_quiet(walk, node.inner)
    known = node.name in QUIET or node.name in _BRANCHES or node.name.partition(".")[0] in GLOBALS
    if not known and (node.starts or node.name in STEPS or node.name in walk.file.parser.defined):
        return True
    return not (is_quiet(walk, node.inner) and is_quiet(walk, node.body or []))


def fails_on(source: Source, call: Call) -> bool:
    """Tell whether a failure goes on behind a `catch` or a `finally`: no `return`, and a `catch` surely throws again."""
    brace = call.high if call.name == "finally" else call.high + 1
    while source.kinds[brace] == LINE:
        brace += 1
    end = source.close[brace] if source.kinds[brace] == "{" else brace
    words = {source.word(at) for at in range(brace, end) if source.kinds[at] == NAME}
    if "return" in words:
        return False
    return call.name == "finally" or any(word in {"throw", "error"} for word in _certain(source, brace + 1, end))


def _certain(source: Source, low: int, high: int) -> Iterator[str]:
    """Yield the first words of the statements that run in any case: not those of inner blocks or of conditions."""
    kinds = source.kinds
    fresh, at = True, low
    while at < high:
        kind = kinds[at]
        if fresh and kind == NAME:
            word = source.word(at)
            if word in {"if", "else", "for", "while", "switch", "try", "do"}:
                at, fresh = _behind(source, at + 1, high), True
                continue
            yield word
        at = source.close[at] if kind in {"(", "[", "{"} else at
        fresh = kinds[at] in {LINE, ";", "}"}
        at += 1


def _behind(source: Source, at: int, high: int) -> int:
    """Return the token behind the block or the statement that belongs to a condition."""
    kinds = source.kinds
    if at < high and kinds[at] == "(":
        at = source.close[at] + 1
    while at < high and kinds[at] == LINE:
        at += 1
    if at < high and kinds[at] == "{":
        return source.close[at] + 1
    while at < high and kinds[at] not in {LINE, ";"}:
        at = source.close[at] + 1 if kinds[at] in {"(", "[", "{"} else at + 1
    return at
