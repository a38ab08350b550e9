"""Reading a GitHub Actions workflow: text in, a frozen `Workflow` out; never raises.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from msgspec.structs import replace

from pipewarden.pipelines.choices import Known
from pipewarden.pipelines.jobs import read_jobs
from pipewarden.pipelines.parts import Input, Job, Mention, Trigger, Workflow
from pipewarden.pipelines.reading import Source, table_of, text_of
from pipewarden.pipelines.token import effective_permissions, may_ask_oidc, read_permissions
from pipewarden.pipelines.triggers import read_triggers
from pipewarden.pipelines.yaml_tree import Fault, Mapping, parse

__all__ = ["effective_permissions", "read_workflow"]

MAX_SHARED = 200
"""Expressions of the workflow's `env` that are followed into every job."""

_APART = frozenset({"jobs", "on"})


def read_workflow(path: str, text: str) -> Workflow:
    """Read a workflow file. What is wrong with it stands in `faults`; limits are those of `yaml_tree`."""
    tree = parse(text)
    root = tree.root
    if not tree.complete:
        return Workflow(path=path, faults=tree.faults, complete=False)
    if not isinstance(root, Mapping):
        line, column = (root.line, root.column) if root is not None else (1, 1)
        return Workflow(path=path, faults=(*tree.faults, Fault(line, column, "a workflow must be a mapping")))
    source = Source(text)
    if len(tree.documents) > 1:
        source.fault(root, "the file holds several documents; GitHub reads one")
    for key in ("on", "jobs"):
        if root.get(key) is None:
            source.fault(root, f"the workflow has no {key}")
    triggers = read_triggers(source, root.get("on"))
    permissions = read_permissions(source, root.get("permissions"))
    env = table_of(root.get("env"))
    outer = tuple(source.mentions_beside(root, _APART))
    shared = _of_env(outer)
    if len(shared) > MAX_SHARED:
        source.fault(root, f"only the first {MAX_SHARED} expressions of env are followed into the jobs")
        shared = shared[:MAX_SHARED]
    jobs = read_jobs(source, root.get("jobs"), known_of(triggers, env), shared)
    concurrency = root.get("concurrency")
    read = Workflow(
        path=path,
        name=text_of(root.get("name")),
        triggers=triggers,
        permissions=permissions,
        env=env,
        concurrency=text_of(concurrency.get("group") if isinstance(concurrency, Mapping) else concurrency),
        mentions=outer,
        jobs=jobs,
        faults=(*tree.faults, *source.faults),
    )
    return replace(read, jobs=tuple(_with_oidc(read, job) for job in jobs))


def _with_oidc(workflow: Workflow, job: Job) -> Job:
    asks = may_ask_oidc(workflow, job)
    return job if asks is job.oidc else replace(job, oidc=asks)


def _of_env(mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Return the expressions that every job receives."""
    return tuple(mention for mention in mentions if mention.where.startswith("env."))


def known_of(triggers: tuple[Trigger, ...], env: dict[str, str]) -> Known:
    """Collect what the file says about inputs and env."""
    inputs: dict[str, Input] = {}
    for trigger in triggers:
        if trigger.event in {"workflow_dispatch", "workflow_call"}:
            inputs.update((given.name.lower(), given) for given in trigger.inputs)
    return Known(inputs, any(trigger.event == "workflow_call" for trigger in triggers), (env,))
