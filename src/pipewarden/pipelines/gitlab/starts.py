"""What starts a job: `rules`, `only` and `except`, and `workflow:rules`, judged for each way a pipeline begins.

https://docs.gitlab.com/ci/yaml/#rules and https://docs.gitlab.com/ci/yaml/deprecated_keywords/
A merge request from a fork runs in the fork, so that no occasion here is one of strangers.
https://docs.gitlab.com/ci/pipelines/merge_request_pipelines/#use-with-forked-projects
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.gitlab.conditions import Open, Situation, holds, limits, parse
from pipewarden.pipelines.gitlab.merging import flat
from pipewarden.pipelines.gitlab.variables import Table
from pipewarden.pipelines.reading import text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

_ON_BRANCH: Situation = {
    "CI": "true",
    "GITLAB_CI": "true",
    "CI_COMMIT_BRANCH": Open.SET,
    "CI_COMMIT_REF_NAME": Open.SET,
    "CI_COMMIT_REF_SLUG": Open.SET,
    "CI_COMMIT_SHA": Open.SET,
    "CI_DEFAULT_BRANCH": Open.SET,
    "CI_PROJECT_ID": Open.SET,
    "CI_PROJECT_NAME": Open.SET,
    "CI_PROJECT_NAMESPACE": Open.SET,
    "CI_PROJECT_PATH": Open.SET,
    "CI_PROJECT_URL": Open.SET,
    "CI_COMMIT_TAG": None,
    "CI_MERGE_REQUEST_ID": None,
    "CI_MERGE_REQUEST_IID": None,
    "CI_MERGE_REQUEST_TITLE": None,
    "CI_MERGE_REQUEST_LABELS": None,
    "CI_MERGE_REQUEST_EVENT_TYPE": None,
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": None,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": None,
    "CI_EXTERNAL_PULL_REQUEST_IID": None,
}
_ON_TAG = _ON_BRANCH | {"CI_COMMIT_BRANCH": None, "CI_COMMIT_TAG": Open.SET}
_ON_REQUEST = _ON_BRANCH | {
    "CI_COMMIT_BRANCH": None,
    "CI_MERGE_REQUEST_ID": Open.SET,
    "CI_MERGE_REQUEST_IID": Open.SET,
    "CI_MERGE_REQUEST_TITLE": Open.SET,
    "CI_MERGE_REQUEST_LABELS": Open.ANY,
    "CI_MERGE_REQUEST_PROJECT_ID": Open.SET,
    "CI_MERGE_REQUEST_PROJECT_PATH": Open.SET,
    "CI_MERGE_REQUEST_REF_PATH": Open.SET,
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": Open.SET,
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": Open.SET,
    "CI_MERGE_REQUEST_EVENT_TYPE": Open.SET,
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": Open.SET,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": Open.SET,
}


def _from(base: Situation, source: str) -> Situation:
    return base | {"CI_PIPELINE_SOURCE": source}


class Way(NamedTuple):
    """A way in which a pipeline begins, with its variables and the words of `only` that it answers to."""

    occasion: Occasion
    situation: Situation
    words: frozenset[str]
    certain: bool = True
    """False where something that the file does not tell decides whether it begins so."""


SITUATIONS: tuple[Way, ...] = (
    Way(Occasion.PUSH, _from(_ON_BRANCH, "push"), frozenset({"branches", "pushes"})),
    Way(Occasion.TAG, _from(_ON_TAG, "push"), frozenset({"tags", "pushes"})),
    Way(Occasion.MERGE_REQUEST, _from(_ON_REQUEST, "merge_request_event"), frozenset({"merge_requests"})),
    Way(Occasion.SCHEDULE, _from(_ON_BRANCH, "schedule"), frozenset({"branches", "schedules"})),
    Way(Occasion.MANUAL, _from(_ON_BRANCH, "web"), frozenset({"branches", "web"})),
    Way(Occasion.API, _from(_ON_BRANCH, "api"), frozenset({"branches", "api"})),
    Way(Occasion.API, _from(_ON_BRANCH, "trigger"), frozenset({"branches", "triggers"})),
    Way(Occasion.PARENT, _from(_ON_BRANCH, "pipeline"), frozenset({"branches", "pipelines"})),
    Way(Occasion.PARENT, _from(_ON_BRANCH, "parent_pipeline"), frozenset({"branches"})),
)
"""Each way a pipeline of the root file begins."""

_REFS = frozenset(
    {"branches", "tags", "merge_requests", "schedules", "pushes", "web", "api", "triggers", "pipelines", "chat"}
    | {"external", "external_pull_requests"}
)
_OF_CHILD = frozenset({"branches", "tags", "merge_requests"})
_ON_REFS = frozenset({Occasion.PUSH, Occasion.SCHEDULE, Occasion.MANUAL, Occasion.API, Occasion.PARENT})


class Rule(Struct, frozen=True):
    """One rule: its condition, what it says, and whether something decides that the file does not tell (`changes`)."""

    condition: str
    when: str
    open: bool
    has_if: bool
    variables: tuple[tuple[str, str], ...] = ()


class Starts(Struct, frozen=True):
    """When a job or pipeline runs. `rules` and `only` are None where none are written."""

    rules: tuple[Rule, ...] | None = None
    only: tuple[str, ...] | None = None
    excepted: tuple[str, ...] = ()
    only_if: tuple[str, ...] = ()
    except_if: tuple[str, ...] = ()
    open: bool = False
    """Whether changes or a cluster decide too."""
    when: str = ""


def starts_of(job: Table, when: str) -> Starts:
    """Read what starts a job."""
    rules = job.get("rules")
    if isinstance(rules, Sequence):
        return Starts(rules=rules_of(rules), when=when)
    only, only_if, only_open = _refs(job.get("only"))
    excepted, except_if, except_open = _refs(job.get("except"))
    return Starts(None, only, excepted or (), only_if, except_if, open=only_open or except_open, when=when)


def rules_of(node: Node | None) -> tuple[Rule, ...] | None:
    """Read a list of rules; None where there is none."""
    if not isinstance(node, Sequence):
        return None
    rules = []
    for item in flat(node):
        if isinstance(item, Mapping):
            variables = item.get("variables")
            given = tuple((k.value, text_of(v)) for k, v in variables.pairs) if isinstance(variables, Mapping) else ()
            test = item.get("if")
            unsure = item.get("changes") is not None or item.get("exists") is not None
            rules.append(Rule(text_of(test), text_of(item.get("when")), unsure, test is not None, given))
    return tuple(rules)


def _refs(node: Node | None) -> tuple[tuple[str, ...] | None, tuple[str, ...], bool]:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return None, (), False
    if not isinstance(node, Mapping):
        return texts_of(node), (), False
    refs = node.get("refs")
    unsure = node.get("changes") is not None or node.get("kubernetes") is not None
    return (None if refs is None else texts_of(refs)), texts_of(node.get("variables")), unsure


def outcomes(rules: tuple[Rule, ...], situation: Situation, default: str) -> dict[str, bool]:
    """Return what rules may come to (`on_success`, `manual`, `never`, …), each with whether it is the only outcome."""
    found: dict[str, bool] = {}
    for rule in rules:
        answer = holds(parse(rule.condition), situation) if rule.has_if else True
        if answer is False:
            continue
        when = rule.when or default or "on_success"
        sure = answer is True and not rule.open
        found[when] = not found and sure
        if sure:
            return found
    found["never"] = not found
    return found


def runs(starts: Starts, situation: Situation, words: frozenset[str], *, has_workflow: bool | None) -> bool | None:
    """Tell whether a job runs in a situation; None: cannot tell, or somebody has to start it.

    Whether there is a `workflow:` may not be known.
    """
    if starts.when == "never":
        return False
    if starts.rules is not None:
        found = outcomes(starts.rules, situation, starts.when)
        if set(found) == {"never"}:
            return False
        return None if {"never", "manual"} & set(found) else True
    only = starts.only
    if only is None:
        # a job without rules: branches and tags, unless `workflow: rules` decide for all
        answer: bool | None = has_workflow or bool(words & {"branches", "tags"}) or has_workflow
    else:
        answer = _any_ref(only, words)
    for text in starts.only_if and (" || ".join(f"({each})" for each in starts.only_if),):
        answer = _and(answer, holds(parse(text), situation))
    excepted = _any_ref(starts.excepted, words) if starts.excepted else False
    if excepted is True:
        return False
    if starts.except_if and holds(parse(" || ".join(f"({e})" for e in starts.except_if)), situation) is not False:
        answer = _and(answer, None)
    return _and(answer, None) if starts.open or excepted is None or starts.when == "manual" else answer


def _and(one: bool | None, two: bool | None) -> bool | None:
    return False if one is False or two is False else None if one is None or two is None else True


def _any_ref(refs: tuple[str, ...], words: frozenset[str]) -> bool | None:
    """Tell whether a list of refs lets a pipeline through; a name of a branch may be the one."""
    answer: bool | None = False
    for ref in refs:
        word = ref.partition("@")[0]
        if word in _REFS:
            if word in words:
                return True
        elif words & {"branches", "tags"}:
            answer = None
    return answer


@lru_cache(maxsize=2048)
def occasions_of(starts: Starts, workflow: tuple[Rule, ...] | None, *, whole: bool, sure: bool) -> tuple[Occasion, ...]:
    """Return the ways of beginning that may run a job: what cannot be told is among them, unless `sure` is asked.

    `whole` tells that all files were read: else one of them may hold a `workflow:`.
    """
    return occasions_among(SITUATIONS, starts, workflow, whole=whole, sure=sure)


def occasions_among(
    ways: tuple[Way, ...], starts: Starts, workflow: tuple[Rule, ...] | None, *, whole: bool, sure: bool
) -> tuple[Occasion, ...]:
    """Return the same among some ways of beginning alone."""
    found = {way.occasion: None for way, answer in _ways(ways, starts, workflow, whole=whole) if answer or not sure}
    return tuple(found)


def _ways(
    ways: tuple[Way, ...], starts: Starts, workflow: tuple[Rule, ...] | None, *, whole: bool
) -> Iterator[tuple[Way, bool]]:
    """Yield the ways of beginning that may run a job, each with whether it surely does."""
    has_workflow = True if workflow is not None else False if whole else None
    for way in ways:
        own = runs(starts, way.situation, way.words, has_workflow=has_workflow)
        answer = _and(_allowed(workflow, way.situation), own)
        if answer is not False:
            yield way, answer is True and way.certain


def possible(
    starts: Starts, workflow: tuple[Rule, ...] | None, fixed: Situation, *, is_child: bool, whole: bool
) -> bool:
    """Tell whether any pipeline may have a job, those too that begin in ways without an occasion of their own.

    A schedule, a start by hand or over the API may be for a tag; a chat or an external system starts pipelines too. `fixed` are
    variables that every pipeline has.
    """
    source: Situation = {"CI_PIPELINE_SOURCE": "parent_pipeline" if is_child else Open.SET}
    sources = [""] if is_child else sorted(_REFS - _OF_CHILD)
    kinds = ((_ON_BRANCH, "branches"), (_ON_TAG, "tags"), (_ON_REQUEST, "merge_requests"))
    ways = tuple(
        Way(Occasion.API, base | source | fixed, frozenset({kind, word})) for base, kind in kinds for word in sources
    )
    return any(True for _ in _ways(ways, starts, workflow, whole=whole))


def ways_with(ways: tuple[Way, ...], chains: tuple[tuple[tuple[Rule, ...], ...], ...]) -> tuple[Way, ...]:
    """Return the ways of beginning in which a file is part of the pipeline: one chain of includes leads to it whose rules hold.

    https://docs.gitlab.com/ci/yaml/includes/#use-rules-with-include
    """
    found = []
    for way in ways:
        answers = [_all(chain, way.situation) for chain in chains]
        if True in answers:
            found.append(way)
        elif None in answers:
            found.append(way._replace(certain=False))
    return tuple(found)


def _all(chain: tuple[tuple[Rule, ...], ...], situation: Situation) -> bool | None:
    answer: bool | None = True
    for rules in chain:
        answer = _and(answer, _allowed(rules, situation))
    return answer


def ways_of_child(
    ways: tuple[Way, ...], starts: Starts, workflow: tuple[Rule, ...] | None, forwarded: Situation, *, whole: bool
) -> tuple[Way, ...]:
    """Return the ways in which the pipeline begins that a job starts: as its own, for the same branch, tag or merge request.

    `forwarded` are the variables that it is given. https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#parent-child-pipelines
    """
    return tuple(
        Way(
            way.occasion,
            way.situation | forwarded | {"CI_PIPELINE_SOURCE": "parent_pipeline"},
            way.words & _OF_CHILD,
            sure,
        )
        for way, sure in _ways(ways, starts, workflow, whole=whole)
    )


def _allowed(workflow: tuple[Rule, ...] | None, situation: Situation) -> bool | None:
    if workflow is None:
        return True
    found = outcomes(workflow, situation, "")
    return True if "never" not in found else False if len(found) == 1 else None


@lru_cache(maxsize=2048)
def branches_of(starts: Starts, workflow: tuple[Rule, ...] | None, occasions: tuple[Occasion, ...]) -> tuple[str, ...]:
    """Return the branches a job is limited to; nothing where it may run on any, merge requests included.

    `$protected` alone holds for merge requests too: their branches are then protected ones.
    """
    own = _rule_limits(starts.rules) if starts.rules is not None else _only_limits(starts)
    outer = _rule_limits(workflow) if workflow is not None else None
    known = own if own is not None else outer
    if Occasion.MERGE_REQUEST in occasions and known != frozenset({"$protected"}):
        return ()
    return tuple(sorted(known)) if known else ()


def _rule_limits(rules: tuple[Rule, ...]) -> frozenset[str] | None:
    found: set[str] = set()
    for rule in rules:
        if rule.when == "never":
            continue
        term = parse(rule.condition) if rule.has_if else None
        if rule.has_if and not any(
            holds(term, way.situation) is not False for way in SITUATIONS if way.occasion in _ON_REFS
        ):
            continue
        allowed = limits(term) if rule.has_if else None
        if allowed is None:
            return None
        found |= allowed
    return frozenset(found)


def _only_limits(starts: Starts) -> frozenset[str] | None:
    if starts.only is None:
        return limits(parse(starts.only_if[0])) if len(starts.only_if) == 1 else None
    words = {ref.partition("@")[0] for ref in starts.only}
    if words & (_REFS - {"tags"}):
        if len(starts.only_if) == 1:
            return limits(parse(starts.only_if[0]))
        return None
    return frozenset(words - _REFS) or None


def manual(starts: Starts) -> bool:
    """Tell whether somebody has to start the job each time."""
    if starts.rules is None:
        return starts.when == "manual"
    ways = {rule.when or starts.when or "on_success" for rule in starts.rules} - {"never"}
    return ways == {"manual"}
