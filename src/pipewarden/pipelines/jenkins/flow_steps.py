"""What decides whether, where and after whom steps run: stages, nodes, questions, conditions.

https://www.jenkins.io/doc/book/pipeline/syntax/#scripted-pipeline
"""

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from msgspec import structs

from pipewarden.pipelines.definition import Hold
from pipewarden.pipelines.jenkins import agents, settings, when
from pipewarden.pipelines.jenkins.calls import Call, Node, arguments, named
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import File, Stage, short
from pipewarden.pipelines.jenkins.tokens import LINE, Source
from pipewarden.pipelines.jenkins.walk import Walk
from pipewarden.pipelines.parts import Runner, RunnerKind

MOST_INPUTS = 100
"""Questions that one stage waits for; more of them say nothing new."""
MOST_BEFORE = 200
"""Tokens of a statement that are looked at before a question in it; where there are more, what it holds is not known."""
_CHOOSES = frozenset({"&&", "||", "?", "?:"})
MOST_TEXT = 300
"""Characters of a condition that is known again; a longer one is not."""


def stage_block(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`stage('name') { … }`."""
    walk.stage(call, call.body or [], scope, stage)


def pod(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`podTemplate(…) { … }` of the Kubernetes plugin."""
    taker = walk.taker(call.at, stage, scope) if stage else None
    yaml = named(walk.file.source, call).get("yaml")
    if yaml:
        agents.images_of_pod(walk.file, yaml, taker or walk.file.outside(call.at, scope))
    runner = Runner(RunnerKind.CUSTOM, group=agents.POD, position=walk.file.source.position(call.at))
    _on(walk, call, stage, structs.replace(scope, runner=runner))


def node(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`node('label') { … }`."""
    runner = agents.node(walk.file, call)
    within_pod = scope.runner.group == agents.POD and runner.kind is not RunnerKind.SELF_HOSTED
    if scope.runner.group == agents.POD and (runner.dynamic or runner.kind is RunnerKind.SELF_HOSTED or within_pod):
        runner = scope.runner
    _on(walk, call, stage, structs.replace(scope, runner=runner))


def _on(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    if stage is not None:
        stage.runner = scope.runner
    walk.inside(call, stage, scope)


def asks(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """An `input` step: what comes after it waits for an answer, and nothing that ran before."""
    walk.steps(call.inner, stage, scope)
    asked = hold(walk.file, call)
    if scope.unsure or _chosen(walk.file.source, call.at):
        return
    if stage is not None:
        stage.waits_for(asked)
    if len(walk.file.inputs) < MOST_INPUTS:
        walk.file.inputs.append(asked)


def _chosen(source: Source, at: int) -> bool:
    """Tell whether what stands before a question in its statement decides whether it is asked: `isMain() && input('ok?')`."""
    kinds = source.kinds
    for before in range(at - 1, max(-1, at - MOST_BEFORE), -1):
        if kinds[before] in _CHOOSES:
            return True
        if kinds[before] in {";", "{", "}"} or (kinds[before] == LINE and kinds[before - 1] not in {*_CHOOSES, LINE}):
            return False
    return at > MOST_BEFORE


def parallel(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`parallel a: { … }, b: { … }`: a question in one branch holds no other, and all that comes behind them.

    https://www.jenkins.io/doc/pipeline/steps/workflow-cps/#parallel-execute-in-parallel
    """
    behind: list[Hold] = []
    for branch in _branches(walk, call, [*call.inner, *(call.body or [])]):
        closures = [inner for each in branch for inner in (_closure(each) or [each])]
        behind += walk.perhaps(closures, stage, scope)
    walk.file.inputs += behind


def _closure(node: Node) -> list[Node] | None:
    """Return what stands in a closure without a name."""
    return node.body if isinstance(node, Call) and not node.name else None


def _branches(walk: Walk, call: Call, nodes: list[Node]) -> Iterator[list[Node]]:
    """Yield what stands in each branch, as they are written."""
    source = walk.file.source
    low, high = call.low, call.high
    if low < high and source.kinds[low] == "[" and source.close[low] == high - 1:
        low, high = low + 1, high - 1
    left = deque(nodes)
    for _, _, end in arguments(source, low, high):
        branch = []
        while left and left[0].at < end:
            branch.append(left.popleft())
        yield branch
    yield list(left)


def hold(file: File, call: Call) -> Hold:
    """Return the approval that an `input` asks for; without a submitter anybody who may run the job gives it.

    https://www.jenkins.io/doc/pipeline/steps/pipeline-input-step/
    """
    given = named(file.source, call)
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
    return Hold(kind="approval", says=short(says), position=position, approvers=who, computed=named_by is None)


def conditional(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`if (…) { … }`: what it limits to, as far as the names in it tell."""
    walk.steps(call.inner, stage, scope)
    text = walk.file.source.between(call.low, call.high)
    condition = when.of_expression(text)
    inner = scope
    if condition.limits or condition.no_change:
        kind = "branch" if condition.limits else "no_change"
        hold = Hold(
            kind=kind, says=short(text), position=walk.file.source.position(call.at), branches=condition.branches
        )
        inner = structs.replace(scope, holds=(*scope.holds, hold))
    else:
        inner = structs.replace(scope, conditions=(*scope.conditions, short(text)))
    if stage is not None and not any(isinstance(n, Call) and n.name == "stage" for n in call.body or []):
        stage.conditions.append(f"in part {short(text)}")
    with under(walk.file, text):
        walk.file.inputs += walk.perhaps(call.body or [], stage, inner)


@contextmanager
def under(file: File, condition: str) -> Generator[None]:
    """What is read meanwhile runs under a condition: it waits for what was asked under the same one, what is behind does not."""
    key = " ".join(condition.split())
    inputs, before = list(file.inputs), file.inputs_under
    known = before.get(key, ())
    file.inputs += [each for each in known if each not in inputs]
    file.inputs_under = dict(before)
    count = len(file.inputs)
    yield
    asked = file.inputs[count:]
    file.inputs[:], file.inputs_under = inputs, before
    if asked and len(key) <= MOST_TEXT and len(before) < MOST_INPUTS:
        before[key] = (*known, *asked)


def properties(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """What the pipeline sets about its own job."""
    del stage, scope
    settings.parameters(walk.file, call.inner)
    settings.triggers(walk.file, call.inner)


def skip(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """What was read before: a `pipeline` block, annotations."""
