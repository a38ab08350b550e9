"""Reading the jobs of a workflow: what each runs on, deploys to, calls and takes.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs
"""

from collections.abc import Iterator
from typing import NamedTuple

from pipewarden.pipelines.choices import MAX_LENGTH, Known, choices_of
from pipewarden.pipelines.matrices import read_matrix
from pipewarden.pipelines.parts import (
    Environment,
    Image,
    Job,
    Mention,
    Passed,
    SecretForm,
    SecretUse,
    Step,
    VariableUse,
)
from pipewarden.pipelines.reading import Source, position, table_of, text_of, texts_of
from pipewarden.pipelines.runners import read_runner
from pipewarden.pipelines.steps import checkouts_of, read_steps, transfers_of, uses_of
from pipewarden.pipelines.token import read_permissions
from pipewarden.pipelines.uses import image_pin
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar

_Placed = tuple[Mention, int | None, bool]
"""An expression, the step that receives it (None: the whole job), and whether it is the workflow's."""


class _Shared(NamedTuple):
    """What every job receives through the `env` of its workflow."""

    secrets: tuple[SecretUse, ...]
    variables: tuple[VariableUse, ...]


_APART = frozenset({"steps", "secrets"})


def read_jobs(source: Source, node: Node | None, known: Known, outer: tuple[Mention, ...]) -> tuple[Job, ...]:
    """Read `jobs:`. `known` are the values of the workflow, `outer` the expressions of its env."""
    parts = source.mapping(node, "jobs")
    if parts is None:
        return ()
    placed: tuple[_Placed, ...] = tuple((mention, None, True) for mention in outer)
    shared = _Shared(tuple(_secrets(placed)), tuple(_variables(placed)))
    out = []
    for key, value in parts.pairs:
        body = source.mapping(value, f"the job {key.value[:40]}")
        if body is None:
            source.fault(key, f"the job {key.value[:40]} has no content")
        else:
            out.append(_job(source, key, body, known, shared))
    _check_needs(source, parts, out)
    return tuple(out)


def _check_needs(source: Source, parts: Mapping, jobs: list[Job]) -> None:
    """Report a job that waits for one that is not there."""
    ids = {job.id for job in jobs}
    for (key, _), job in zip((pair for pair in parts.pairs if pair[0].value in ids), jobs, strict=False):
        for need in job.needs:
            if need not in ids:
                source.fault(key, f"the job {job.id[:40]} needs {need[:40]!r}, which is not a job here")


def _job(source: Source, key: Scalar, body: Mapping, known: Known, shared: _Shared) -> Job:
    """Read one job."""
    parts = {name.value: value for name, value in body.pairs}
    matrix = read_matrix(parts.get("strategy"))
    env = table_of(parts.get("env"))
    here = known.with_matrix(matrix).with_env(env)
    steps = read_steps(source, parts.get("steps"))
    mentions = tuple(source.mentions_beside(body, _APART))
    inherited, passed = _passed_secrets(source, parts.get("secrets"))
    placed = tuple(_placed(mentions + passed, steps))
    uses = parts.get("uses")
    if uses is None and "runs-on" not in parts:
        source.fault(key, f"the job {key.value[:40]} has neither runs-on nor uses")
    return Job(
        id=key.value,
        position=position(key),
        name=text_of(parts.get("name")),
        uses=uses_of(source, uses),
        uses_position=position(uses) if uses is not None else Position(0, 0),
        with_=table_of(parts.get("with"), lower=True),
        passes=tuple(_passed(parts.get("with"), here)) if uses is not None else (),
        needs=texts_of(parts.get("needs")),
        condition=text_of(parts.get("if")),
        runner=read_runner(parts.get("runs-on"), here),
        environment=_environment(parts.get("environment"), here),
        permissions=read_permissions(source, parts.get("permissions")),
        matrix=matrix,
        env=env,
        outputs=table_of(parts["outputs"]) if "outputs" in parts else {},
        images=tuple(_images(source, parts)),
        steps=steps,
        secrets=shared.secrets + inherited + tuple(_secrets(placed)),
        variables=shared.variables + tuple(_variables(placed)),
        mentions=mentions + passed,
        checkouts=checkouts_of(steps),
        transfers=transfers_of(steps),
    )


def _passed(node: Node | None, known: Known) -> Iterator[Passed]:
    """Yield what a job hands to the inputs of the workflow it calls."""
    for name, value in table_of(node, lower=True).items():
        chosen = choices_of(value, known)
        forwards = "inputs." in value and "${{" in value
        yield Passed(
            name,
            chosen.texts,
            chosen.dynamic,
            chosen.by,
            value[:MAX_LENGTH] if forwards else "",
            turning=value if _turns(value) else "",
        )


def _turns(value: str) -> bool:
    """Tell whether a value that is handed on may be another one under another event."""
    asks = "${{" in value and len(value) <= MAX_LENGTH and "github." in value.lower()
    return asks and any(mark in value for mark in ("&&", "||", "==", "!", "("))


def _environment(node: Node | None, known: Known) -> Environment | None:
    """Read `environment:` in its two forms."""
    name = node.get("name") if isinstance(node, Mapping) else node
    if node is None or not isinstance(name, Scalar) or name.is_null:
        return None
    chosen = choices_of(name.value, known)
    url = text_of(node.get("url")) if isinstance(node, Mapping) else ""
    return Environment(name.value, position(name), url, chosen.texts, chosen.dynamic, chosen.by)


def _images(source: Source, parts: dict[str, Node]) -> Iterator[Image]:
    """Yield the images of `container:` and `services:`."""
    container = parts.get("container")
    if container is not None:
        yield from _image("container", container)
    services = source.mapping(parts.get("services"), "services")
    for key, value in services.pairs if services else ():
        yield from _image(key.value, value)


def _image(name: str, node: Node) -> Iterator[Image]:
    image = node.get("image") if isinstance(node, Mapping) else node
    if isinstance(image, Scalar) and not image.is_null:
        private = isinstance(node, Mapping) and node.get("credentials") is not None
        plain = image.value.removeprefix("docker://")
        options = text_of(node.get("options")) if isinstance(node, Mapping) else ""
        volumes = texts_of(node.get("volumes")) if isinstance(node, Mapping) else ()
        yield Image(name, plain, image_pin(plain), position(image), private, options, volumes)


def _passed_secrets(source: Source, node: Node | None) -> tuple[tuple[SecretUse, ...], tuple[Mention, ...]]:
    """Read `secrets:` of a job that calls a workflow: inherited, or passed one by one."""
    if isinstance(node, Scalar) and node.value == "inherit":
        return (SecretUse("", SecretForm.INHERIT, position(node), "secrets"),), ()
    parts = source.mapping(node, "secrets")
    return (), tuple(source.mentions(parts, "secrets")) if parts else ()


def _placed(mentions: tuple[Mention, ...], steps: tuple[Step, ...]) -> Iterator[_Placed]:
    """Yield every expression of a job, with the step that receives it."""
    for mention in mentions:
        yield mention, None, False
    for step in steps:
        for mention in step.mentions:
            yield mention, step.index, False


def _secrets(placed: tuple[_Placed, ...]) -> Iterator[SecretUse]:
    """Yield the secrets that a job takes; names in upper case, as GitHub compares them.

    https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
    """
    for mention, step, outer in placed:
        for read in mention.expression.reads:
            if read.context != "secrets":
                continue
            if len(read.parts) == 1:
                form, name = SecretForm.ALL, ""
            elif read.parts[1] == "*":
                form, name = SecretForm.DYNAMIC, ""
            else:
                form, name = SecretForm.NAMED, read.parts[1].upper()
            yield SecretUse(name, form, mention.position, mention.where, step, outer)


def _variables(placed: tuple[_Placed, ...]) -> Iterator[VariableUse]:
    """Yield the configuration variables that a job reads."""
    for mention, step, _ in placed:
        for read in mention.expression.reads:
            if read.context == "vars":
                name = "" if len(read.parts) == 1 or read.parts[1] == "*" else read.parts[1].upper()
                yield VariableUse(name, mention.position, mention.where, step)
