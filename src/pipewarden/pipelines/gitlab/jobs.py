"""One job of a configuration, with everything it takes from `default`, `extends` and the global keys."""

from collections.abc import Iterator

from msgspec import Struct

from pipewarden.pipelines.definition import DefinedJob, Hold, Included, Occasion, Script
from pipewarden.pipelines.gitlab.conditions import Open, Situation
from pipewarden.pipelines.gitlab.includes import Chain, includes_of
from pipewarden.pipelines.gitlab.merging import flat
from pipewarden.pipelines.gitlab.names import DEFAULTS, OLD_DEFAULTS
from pipewarden.pipelines.gitlab.parts import claims_of, environment_of, images_of, runner_of, transfers_of
from pipewarden.pipelines.gitlab.secrets import reads_of
from pipewarden.pipelines.gitlab.starts import (
    SITUATIONS,
    Rule,
    Starts,
    Way,
    branches_of,
    manual,
    occasions_among,
    occasions_of,
    possible,
    starts_of,
    ways_with,
)
from pipewarden.pipelines.gitlab.stored import stored_secrets
from pipewarden.pipelines.gitlab.variables import Table, Variable, matrix_of, scope_of, variables_of
from pipewarden.pipelines.inside import begin_of
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

TRAITS = (
    "release", "pages", "publish", "resource_group", "interruptible", "allow_failure", "retry", "timeout", "inherit",
    "dast_configuration", "identity", "manual_confirmation",
)  # fmt: skip
"""Keys that are kept as written."""


class Parent(Struct, frozen=True):
    """The job that starts a pipeline of the same project, as far as it decides about that pipeline's jobs."""

    job: DefinedJob
    forwarded: dict[str, Variable]
    """The variables that its pipeline is given: they win over those that the file of that pipeline defines."""
    choices: dict[str, tuple[str, ...]]
    """Of these, all values of those that rules or a matrix decide."""
    pipeline_variables: bool
    """Whether what was given at the start is handed on too."""

    @property
    def told(self) -> Situation:
        """What conditions see of the variables: those made of others, or with several values, are not known."""
        return {
            name: Open.ANY if "$" in each.value or name in self.choices else each.value
            for name, each in self.forwarded.items()
        }


class Scene(Struct, frozen=True):
    """What all jobs of a configuration share."""

    given: Table
    """What jobs take from `default:` and the old global keys."""
    variables: dict[str, Variable]
    workflow: tuple[Rule, ...] | None
    whole: bool
    """Whether all that is included was read."""
    texts: dict[str, str]
    """The text of each file, for the place of a line inside a block."""
    chains: dict[str, tuple[Chain, ...]] = {}
    """Of each file that is not always part of the pipeline, by which rules it is."""
    ways: tuple[Way, ...] = SITUATIONS
    parent: Parent | None = None

    def ways_of(self, file: str) -> tuple[Way, ...]:
        """Return the ways of beginning in which the jobs of a file are there at all."""
        chains = self.chains.get(file)
        return ways_with(self.ways, chains) if chains else self.ways


def job_of(scene: Scene, key: Scalar, mapping: Mapping) -> DefinedJob:
    """Read a job."""
    job = {name.value: value for name, value in mapping.pairs}
    whole = _with_defaults(scene, job)
    when = text_of(job.get("when"))
    starts = starts_of(job, when)
    parent = scene.parent
    occasions, sure = (_occasions(scene, starts, key.file, sure=each) for each in (False, True))
    branches = branches_of(starts, scene.workflow, occasions)
    near, far = variables_of(job.get("variables")), inherited(scene, job)
    if parent is not None:
        branches = _within(branches, parent.job.branches)
        near, far = near | parent.forwarded, far | parent.forwarded
    own = {name: each.value for name, each in near.items()}
    shared = {name: each.value for name, each in far.items()}
    ruled = [rule.variables for rule in starts.rules or () if rule.variables]
    scope = scope_of((shared, own), choices_of(job, starts, shared | own) | (parent.choices if parent else {}))
    scripts = tuple(scripts_of(whole, scene.texts))
    claims = claims_of(whole, scripts, scope)
    trigger = job.get("trigger")
    known = frozenset(scope.values)
    prefix = f"{parent.job.id}/" if parent else ""
    return DefinedJob(
        id=prefix + key.value,
        position=position(key),
        name=key.value,
        stage=text_of(job.get("stage")) or "test",
        occasions=occasions,
        doubtful=tuple(each for each in occasions if each not in sure),
        start_places=_start_places(mapping),
        branches=branches,
        condition=_condition(job),
        needs=tuple(prefix + each for each in _needs(job.get("needs"))),
        runner=runner_of(whole.get("tags"), scope),
        environment=environment_of(job.get("environment"), scope),
        images=tuple(images_of(whole, scope)),
        secrets=(*stored_secrets(job.get("secrets"), scope), *reads_of(whole, scripts, known, far, scene.texts)),
        claims=claims,
        includes=tuple(_includes(trigger, job.get("run"))),
        holds=(
            *_holds(job, key, manual=manual(starts), branches=branches),
            *(hold for hold in (parent.job.holds if parent else ()) if hold.kind != "branch"),
        ),
        scripts=scripts,
        variables=dict(variable for variables in ruled for variable in variables) | shared | own,
        variable_places={name: each.position for name, each in (far | near).items()},
        calls=tuple(_calls(trigger)),
        transfers=tuple(transfers_of(whole)),
        traits={name: _written(whole.get(name)) for name in TRAITS if whole.get(name) is not None},
        parents=(*parent.job.parents, parent.job.position) if parent else (),
        never=not occasions
        and not possible(
            starts, scene.workflow, parent.told if parent else {}, is_child=parent is not None, whole=scene.whole
        ),
        settled_variables=parent is not None and not parent.pipeline_variables,
    )


def _start_places(mapping: Mapping) -> dict[str, Position]:
    """Return where a job says when it runs: at `rules`, else at `only` or `except`."""
    places = {name.value: position(name) for name, _ in mapping.pairs if name.value in {"rules", "only", "except"}}
    at = places.get("rules") or places.get("only") or places.get("except")
    return {"": at} if at is not None else {}


def choices_of(job: Table, starts: Starts, values: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Return all values of the variables that rules or a matrix decide; rules leave those of before beside their own."""
    found = matrix_of(job.get("parallel"))
    for rule in starts.rules or ():
        for name, value in rule.variables:
            before = found.get(name) or ((values[name],) if name in values else ())
            found[name] = tuple(dict.fromkeys((*before, value)))
    return found


def _occasions(scene: Scene, starts: Starts, file: str, *, sure: bool) -> tuple[Occasion, ...]:
    """Return what starts a job; what most files ask is remembered."""
    ways = scene.ways_of(file)
    if ways is SITUATIONS:
        return occasions_of(starts, scene.workflow, whole=scene.whole, sure=sure)
    return occasions_among(ways, starts, scene.workflow, whole=scene.whole, sure=sure)


def _within(own: tuple[str, ...], outer: tuple[str, ...]) -> tuple[str, ...]:
    """Return the branches of a job whose pipeline itself begins only on some."""
    if not own or not outer:
        return own or outer
    return tuple(each for each in own if each in outer) or own


def _with_defaults(scene: Scene, job: Table) -> Table:
    """Return a job with what `default:` and the old global keys give; a key of the job replaces them whole.

    https://docs.gitlab.com/ci/yaml/#default and https://docs.gitlab.com/ci/yaml/#inheritdefault
    """
    inherit = job.get("inherit")
    wish = inherit.get("default") if isinstance(inherit, Mapping) else None
    if isinstance(wish, Scalar) and wish.value == "false":
        return job
    wanted = frozenset(texts_of(wish)) if isinstance(wish, Sequence) else None
    return {name: value for name, value in scene.given.items() if wanted is None or name in wanted} | job


def given_by(top: Mapping, default: Node | None) -> Table:
    """Return what jobs are given where they say nothing: `default:` first, then the old global keys."""
    old = {key.value: value for key, value in top.pairs if key.value in OLD_DEFAULTS}
    new = default.pairs if isinstance(default, Mapping) else ()
    return old | {key.value: value for key, value in new if key.value in DEFAULTS}


def inherited(scene: Scene, job: Table) -> dict[str, Variable]:
    """Return the global variables that a job inherits.

    https://docs.gitlab.com/ci/yaml/#inheritvariables
    """
    inherit = job.get("inherit")
    wish = inherit.get("variables") if isinstance(inherit, Mapping) else None
    if isinstance(wish, Scalar) and wish.value == "false":
        return {}
    if isinstance(wish, Sequence):
        wanted = texts_of(wish)
        return {name: each for name, each in scene.variables.items() if name in wanted}
    return scene.variables


def scripts_of(job: Table, texts: dict[str, str]) -> Iterator[Script]:
    """Yield each entry of the scripts in the order in which it runs: one command, or a block of lines."""
    step = 0
    for name in ("before_script", "script", "after_script", "run"):
        for item in flat(job.get(name)):
            if isinstance(item, Scalar):
                if item.value.strip():
                    yield _script(item, step, texts)
                    step += 1
            elif isinstance(item, Mapping) and name == "run":
                inner = item.get("script")
                if isinstance(inner, Scalar):
                    yield _script(inner, step, texts)
                    step += 1


def _script(node: Scalar, step: int, texts: dict[str, str]) -> Script:
    """Return commands with their place; what inputs are put into has only that of its begin."""
    text = texts.get(node.file, "")
    at, laid = begin_of(text, node)
    return Script(text=node.value, position=at, step=step, laid=laid and text.find("$[[", node.start, node.end) < 0)


def _needs(node: Node | None) -> Iterator[str]:
    """Yield the jobs of this pipeline that a job waits for."""
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar):
            yield item.value
        elif isinstance(item, Mapping) and item.get("project") is None and item.get("pipeline") is None:
            name = text_of(item.get("job"))
            if name:
                yield name


def _condition(job: Table) -> str:
    """Return the conditions of the rules as written, one a line."""
    rules = job.get("rules")
    tests = (
        [text_of(rule.get("if")) for rule in rules.items if isinstance(rule, Mapping)]
        if isinstance(rules, Sequence)
        else []
    )
    return "\n".join(test for test in tests if test)


def _holds(job: Table, key: Scalar, *, manual: bool, branches: tuple[str, ...]) -> Iterator[Hold]:
    rules = job.get("rules") or job.get("only")
    if manual:
        yield Hold(kind="manual", says="somebody starts it by hand", position=position(job.get("when") or rules or key))
    if branches:
        protected = "$protected" in branches
        says = "only on protected branches and tags" if protected else f"only on {', '.join(branches)[:80]}"
        yield Hold(kind="branch", says=says, position=position(rules or key), branches=branches)


def _calls(trigger: Node | None) -> Iterator[str]:
    """Yield the pipelines that a job starts.

    https://docs.gitlab.com/ci/pipelines/downstream_pipelines/
    """
    if isinstance(trigger, Scalar):
        if not trigger.is_null:
            yield trigger.value
        return
    if not isinstance(trigger, Mapping):
        return
    project = text_of(trigger.get("project"))
    if project:
        branch = text_of(trigger.get("branch"))
        yield f"{project}@{branch}" if branch else project
    include = trigger.get("include")
    for each in includes_of(include) if include is not None else ():
        yield f"{each.kind}:{each.text}"


def _includes(trigger: Node | None, run: Node | None) -> Iterator[Included]:
    include = trigger.get("include") if isinstance(trigger, Mapping) else None
    if include is not None:
        yield from includes_of(include)
    for item in run.items if isinstance(run, Sequence) else ():
        step = item.get("step") if isinstance(item, Mapping) else None
        if isinstance(step, Scalar) and not step.value.startswith("."):
            yield from includes_of(Mapping(((Scalar("component", 0, 0), step),), step.line, step.column, "", step.file))


def _written(node: Node | None) -> str:
    if isinstance(node, Mapping):
        return ", ".join(f"{key.value}: {text_of(value)}" for key, value in node.pairs)[:200]
    return ", ".join(texts_of(node))[:200]
