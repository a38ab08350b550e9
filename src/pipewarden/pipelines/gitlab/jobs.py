"""One job of a configuration, with everything it takes from `default`, `extends` and the global keys."""

from collections.abc import Iterator

from msgspec import Struct

from pipewarden.pipelines.definition import DefinedJob, Hold, Included, Script
from pipewarden.pipelines.gitlab.includes import includes_of
from pipewarden.pipelines.gitlab.names import DEFAULTS, OLD_DEFAULTS
from pipewarden.pipelines.gitlab.parts import claims_of, environment_of, images_of, runner_of, transfers_of
from pipewarden.pipelines.gitlab.secrets import reads_of, vault_reads
from pipewarden.pipelines.gitlab.starts import Rule, branches_of, manual, occasions_of, starts_of
from pipewarden.pipelines.gitlab.variables import Variable, matrix_of, scope_of, variables_of
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

TRAITS = (
    "release", "pages", "publish", "resource_group", "interruptible", "allow_failure", "retry", "timeout", "inherit",
    "dast_configuration", "identity", "manual_confirmation",
)  # fmt: skip
"""Keys that are kept as written."""


class Scene(Struct, frozen=True):
    """What all jobs of a configuration share."""

    top: Mapping
    default: Mapping | None
    variables: dict[str, Variable]
    workflow: tuple[Rule, ...] | None
    texts: dict[str, str]
    """The text of each file, for the place of a line inside a block."""


def job_of(scene: Scene, key: Scalar, job: Mapping) -> DefinedJob:
    """Read a job."""
    whole = _with_defaults(scene, job)
    when = text_of(job.get("when"))
    starts = starts_of(job, when)
    occasions = occasions_of(starts, scene.workflow)
    branches = branches_of(starts, scene.workflow, occasions)
    own = {name: each.value for name, each in variables_of(job.get("variables")).items()}
    shared = {name: each.value for name, each in _shared(scene, job).items()}
    ruled = [rule.variables for rule in starts.rules or () if rule.variables]
    matrix = matrix_of(job.get("parallel"))
    for variables in ruled:
        for name, value in variables.items():
            before = matrix.get(name) or tuple(level[name] for level in (own, shared) if name in level)[:1]
            matrix[name] = tuple(dict.fromkeys((*before, value)))
    scope = scope_of((shared, own), matrix)
    scripts = tuple(scripts_of(whole, scene.texts))
    claims = claims_of(whole, scripts, scope)
    trigger = job.get("trigger")
    known = frozenset(scope.values)
    return DefinedJob(
        id=key.value,
        position=position(key),
        name=key.value,
        stage=text_of(job.get("stage")) or "test",
        occasions=occasions,
        branches=branches,
        condition=_condition(job),
        needs=tuple(_needs(job.get("needs"))),
        runner=runner_of(whole.get("tags"), scope),
        environment=environment_of(job.get("environment"), scope),
        images=tuple(images_of(whole, scope)),
        secrets=(*vault_reads(job.get("secrets")), *reads_of(whole, scripts, known)),
        claims=claims,
        includes=tuple(_includes(trigger, job.get("run"))),
        holds=tuple(_holds(job, manual=manual(starts), branches=branches)),
        scripts=scripts,
        variables=shared | own,
        calls=tuple(_calls(trigger)),
        transfers=tuple(transfers_of(whole)),
        traits={name: _written(whole.get(name)) for name in TRAITS if whole.get(name) is not None},
        hidden=key.value.startswith("."),
    )


def _with_defaults(scene: Scene, job: Mapping) -> Mapping:
    """Return a job with what `default:` and the old global keys give; a key of the job replaces them whole.

    https://docs.gitlab.com/ci/yaml/#default and https://docs.gitlab.com/ci/yaml/#inheritdefault
    """
    inherit = job.get("inherit")
    wish = inherit.get("default") if isinstance(inherit, Mapping) else None
    if isinstance(wish, Scalar) and wish.value == "false":
        return job
    wanted = frozenset(texts_of(wish)) if isinstance(wish, Sequence) else None
    own = {name.value for name, _ in job.pairs}
    more = []
    for name in DEFAULTS:
        if name in own or (wanted is not None and name not in wanted):
            continue
        for place in (scene.default, scene.top if name in OLD_DEFAULTS else None):
            for pair in place.pairs if place is not None else ():
                if pair[0].value == name:
                    more.append(pair)
                    own.add(name)
            if name in own:
                break
    return Mapping((*job.pairs, *more), job.line, job.column, job.tag, job.file) if more else job


def _shared(scene: Scene, job: Mapping) -> dict[str, Variable]:
    """Return the global variables that a job inherits. https://docs.gitlab.com/ci/yaml/#inheritvariables"""
    inherit = job.get("inherit")
    wish = inherit.get("variables") if isinstance(inherit, Mapping) else None
    if isinstance(wish, Scalar) and wish.value == "false":
        return {}
    if isinstance(wish, Sequence):
        wanted = texts_of(wish)
        return {name: each for name, each in scene.variables.items() if name in wanted}
    return scene.variables


def scripts_of(job: Mapping, texts: dict[str, str]) -> Iterator[Script]:
    """Yield each entry of the scripts in the order in which it runs: one command, or a block of lines."""
    step = 0
    for name in ("before_script", "script", "after_script", "run"):
        for item in _flat(job.get(name), 0):
            if isinstance(item, Scalar):
                if item.value.strip():
                    yield Script(text=item.value, position=_first_line(item, texts), step=step)
                    step += 1
            elif isinstance(item, Mapping) and name == "run":
                inner = item.get("script")
                if isinstance(inner, Scalar):
                    yield Script(text=inner.value, position=_first_line(inner, texts), step=step)
                    step += 1


def _flat(node: Node | None, depth: int) -> Iterator[Node]:
    """Yield the entries of a script; lists inside lists are flattened (at most 10 levels)."""
    if isinstance(node, Sequence) and depth <= 10:
        for item in node.items:
            yield from _flat(item, depth + 1)
    elif node is not None:
        yield node


def _first_line(node: Scalar, texts: dict[str, str]) -> Position:
    """Return where the text of a value begins: the line after the `|` of a block."""
    text = texts.get(node.file, "")
    if not node.plain and node.start < len(text) and text[node.start] in "|>":
        return Position(node.line + 1, 1, node.file)
    return position(node)


def _needs(node: Node | None) -> Iterator[str]:
    """Yield the jobs of this pipeline that a job waits for."""
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar):
            yield item.value
        elif isinstance(item, Mapping) and item.get("project") is None and item.get("pipeline") is None:
            name = text_of(item.get("job"))
            if name:
                yield name


def _condition(job: Mapping) -> str:
    """Return the conditions of the rules as written, one a line."""
    rules = job.get("rules")
    tests = [text_of(rule.get("if")) for rule in rules.items if isinstance(rule, Mapping)] if isinstance(rules, Sequence) else []
    return "\n".join(test for test in tests if test)


def _holds(job: Mapping, *, manual: bool, branches: tuple[str, ...]) -> Iterator[Hold]:
    rules = job.get("rules") or job.get("only") or job
    if manual:
        yield Hold(kind="manual", says="somebody starts it by hand", position=position(job.get("when") or rules))
    if branches:
        protected = "$protected" in branches
        says = "only on protected branches and tags" if protected else f"only on {', '.join(branches)[:80]}"
        yield Hold(kind="branch", says=says, position=position(rules), branches=branches)


def _calls(trigger: Node | None) -> Iterator[str]:
    """Yield the pipelines that a job starts. https://docs.gitlab.com/ci/pipelines/downstream_pipelines/"""
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
