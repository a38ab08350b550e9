"""Stages, jobs and deployments of Azure Pipelines.

https://learn.microsoft.com/en-us/azure/devops/pipelines/process/phases
"""

import re
from typing import NamedTuple

from msgspec import structs

from pipewarden.pipelines.azure.scope import Bound, Scope, items, table
from pipewarden.pipelines.azure.steps import Taken, read_step
from pipewarden.pipelines.azure.templates import Templates
from pipewarden.pipelines.azure.triggers import branches_of
from pipewarden.pipelines.commands import pin_of_image
from pipewarden.pipelines.definition import DefinedJob, Hold, SecretKind, SecretRead
from pipewarden.pipelines.parts import Environment, Image, Runner, RunnerKind
from pipewarden.pipelines.reading import text_of
from pipewarden.pipelines.yaml_tree import Mapping, Position, Scalar, Sequence

MAX_JOBS = 2_000
MAX_GROUPS = 100
"""Groups of variables of one job."""
_MARKS = ("$(", "$[", "${{")
_OWN_PARAMETER = re.compile(r"\$\{\{\s*parameters\.(?P<name>\w+)\s*\}\}", re.IGNORECASE)
_HOOKS = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic", "on")
_MICROSOFT = frozenset({"azure pipelines"})
"""The pool of machines that Microsoft gives, by name: https://learn.microsoft.com/en-us/azure/devops/pipelines/agents/hosted"""


class Around(NamedTuple):
    """What a job gets from the stage and the pipeline around it."""

    stage: str = ""
    pool: Runner = Runner(RunnerKind.HOSTED)
    groups: tuple[SecretRead, ...] = ()
    condition: str = ""
    needs: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()


class Reader:
    """Reads the jobs of one pipeline."""

    def __init__(self, templates: Templates, *, hidden: bool) -> None:
        self.templates = templates
        self.hidden = hidden
        self.found: list[DefinedJob] = []
        self.literals: dict[str, str] = {}
        self.images: dict[str, str] = {}
        self._ids: set[str] = set()

    def finished(self) -> tuple[DefinedJob, ...]:
        """Return all jobs; what waits for a job in which a person approves is held by it too."""
        held = {job.id: job.holds for job in self.found if any(hold.kind == "approval" for hold in job.holds)}
        if not held:
            return tuple(self.found)
        out = []
        for job in self.found:
            waits = {f"{job.stage}.{name}" if job.stage else name for name in job.needs} | set(job.needs)
            before = [hold for name, holds in held.items() if {name, name.partition(".")[0]} & waits for hold in holds]
            out.append(structs.replace(job, holds=(*job.holds, *before)) if before and not job.holds else job)
        return tuple(out)

    def containers(self, resources: Bound) -> None:
        """Read the images that jobs may name."""
        parts = table(resources)
        for item in items(parts["containers"]) if "containers" in parts else ():
            given = table(item)
            if "container" in given and "image" in given:
                self.images[given["container"].scope.text(given["container"].node)] = given["image"].scope.text(
                    given["image"].node
                )

    def around(self, parts: dict[str, Bound], outer: Around) -> Around:
        """Return what jobs get from these parts of a pipeline or stage, over what is around it."""
        around = outer
        if "pool" in parts:
            around = around._replace(pool=runner_of(parts["pool"]))
        if "variables" in parts:
            groups: list[SecretRead] = []
            self._variables(parts["variables"], groups)
            every = (*around.groups, *groups)
            if len(every) > MAX_GROUPS:
                scope = parts["variables"].scope
                scope.shared.open_end(every[MAX_GROUPS].position, f"only {MAX_GROUPS} groups of variables are read")
            around = around._replace(groups=every[:MAX_GROUPS])
        return around

    def stages(self, node: Bound, around: Around) -> None:
        """Read a list of stages."""
        for item in items(node):
            parts = table(item)
            if "template" in parts:
                self._template(parts, "stages", around)
                continue
            if "jobs" not in parts:
                if "stages" in parts:
                    self.stages(parts["stages"], around)
                continue
            scope, condition = _conditioned(item.scope, parts)
            name = _text(parts, "stage") or "stage"
            inner = self.around(parts, around)._replace(
                stage=name, condition=condition, needs=_names(parts.get("dependsOn"))
            )
            if _text(parts, "trigger").lower() == "manual" and isinstance(item.node, Mapping):
                hold = Hold(kind="manual", says="somebody starts the stage", position=scope.place(item.node))
                inner = inner._replace(holds=(*inner.holds, hold))
            self.jobs(_excluding(parts["jobs"], scope), inner)

    def jobs(self, node: Bound, around: Around) -> None:
        """Read a list of jobs."""
        for item in items(node):
            parts = table(item)
            if "template" in parts:
                self._template(parts, "jobs", around)
            elif "steps" in parts or "job" in parts or "deployment" in parts or "strategy" in parts:
                self.job(item, parts, around)
            elif "jobs" in parts:
                self.jobs(parts["jobs"], around)

    def _template(self, parts: dict[str, Bound], kind: str, around: Around) -> None:
        inner = self._followed(parts)
        if kind == "stages" and "stages" in inner:
            self.stages(inner["stages"], around)
        elif "jobs" in inner:
            self.jobs(inner["jobs"], around)

    def _followed(self, parts: dict[str, Bound]) -> dict[str, Bound]:
        """Return what the template holds that an entry names; nothing where it is not at hand."""
        node, scope = parts["template"]
        if node is None:
            return {}
        root = self.templates.follow(scope.text(node), parts.get("parameters"), scope, scope.place(node))
        return table(root) if root is not None else {}

    def job(self, item: Bound, parts: dict[str, Bound], around: Around, name: str = "") -> None:
        """Read one job or deployment."""
        if len(self.found) >= MAX_JOBS or item.node is None:
            return
        scope, condition = _conditioned(item.scope, parts) if not name else (item.scope, "")
        occasions = tuple(o for o in scope.shared.occasions if o not in scope.excluded)
        if scope.shared.occasions and not occasions:
            return
        own = name or _text(parts, "job") or _text(parts, "deployment") or "job"
        at = scope.place(item.node)
        inner = self.around({} if name else parts, around)
        taken = Taken(self.templates.texts, {key.lower(): value for key, value in self.literals.items()})
        for steps in _step_lists(parts):
            self._steps(_excluding(steps, scope), taken)
        withheld = set(scope.withheld())
        images = self._images(parts)
        self.found.append(
            DefinedJob(
                id=self._id(f"{inner.stage}.{own}" if inner.stage else own),
                position=at,
                name=_text(parts, "displayName"),
                stage=inner.stage,
                occasions=occasions,
                doubtful=tuple(o for o in occasions if o in scope.doubtful),
                branches=branches_of(condition) or branches_of(around.condition),
                condition=condition or around.condition,
                needs=(*_names(parts.get("dependsOn")), *around.needs),
                runner=inner.pool,
                environment=_environment(parts),
                images=images,
                secrets=(
                    *(
                        structs.replace(group, withheld=tuple(sorted(withheld | set(group.withheld))))
                        for group in inner.groups
                    ),
                    *taken.secrets,
                ),
                claims=tuple(taken.claims),
                includes=tuple(taken.includes),
                holds=(*inner.holds, *taken.holds),
                scripts=tuple(taken.scripts),
                injections=tuple(dict.fromkeys(taken.injections)),
                kept_tokens=tuple(taken.kept_token),
                hidden=self.hidden,
            )
        )

    def _id(self, wanted: str) -> str:
        """Return an id that no other job has: a template may be used twice."""
        number, name = 1, wanted
        while name in self._ids:
            number += 1
            name = f"{wanted}-{number}"
        self._ids.add(name)
        return name

    def _steps(self, node: Bound, taken: Taken) -> None:
        for item in items(node):
            parts = table(item)
            if "template" not in parts:
                read_step(item.scope, parts, taken)
                continue
            inner = self._followed(parts)
            if "steps" in inner:
                self._steps(inner["steps"], taken)

    def _variables(self, node: Bound, groups: list[SecretRead]) -> None:
        """Read variables in both forms: groups are shared sets whose values the settings hold."""
        resolved = node.scope.resolve(node.node)
        if isinstance(resolved.node, Mapping):
            for name, value in table(resolved).items():
                self.literals.setdefault(name, value.scope.text(value.node))
            if not any(key.value.startswith("${{") for key, _ in resolved.node.pairs):
                return
        for item in items(node):
            parts = table(item)
            if "template" in parts:
                inner = self._followed(parts)
                if "variables" in inner:
                    self._variables(inner["variables"], groups)
            elif "group" in parts:
                groups += _group(parts["group"])
            elif "name" in parts:
                self.literals.setdefault(_text(parts, "name"), _text(parts, "value"))

    def _images(self, parts: dict[str, Bound]) -> tuple[Image, ...]:
        named: list[tuple[str, Bound]] = [("container", parts["container"])] if "container" in parts else []
        if "services" in parts:
            named += list(table(parts["services"]).items())
        images = []
        for name, bound in named:
            node, inner = bound.scope.resolve(bound.node)
            if isinstance(node, Mapping):
                node = node.get("image") or node.get("alias")
            text = inner.text(node)
            if node is not None and text:
                image = self.images.get(text, text)
                # a name without any mark of an image is an alias that a template elsewhere declares
                known = text in self.images or any(mark in text for mark in ":/@")
                pin = pin_of_image(image if known else f"$({image})", *_MARKS)
                images.append(Image(name, image, pin, inner.place(node)))
        return tuple(images)


def _group(bound: Bound) -> list[SecretRead]:
    """Return the read of a group of variables, whose values the settings hold."""
    node, scope = bound
    name = scope.text(node)
    if node is None or not name:
        return []
    computed = "$" in name
    return [
        SecretRead(
            name="" if computed else name,
            kind=SecretKind.CONTEXT,
            position=scope.place(node),
            where="variables.group",
            dynamic=computed,
            certain=False,
            withheld=scope.withheld(),
        )
    ]


def runner_of(bound: Bound) -> Runner:
    """Read `pool`: `vmImage` is a machine of Microsoft's, a name is a pool of one's own.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/pool
    """
    node, scope = bound.scope.resolve(bound.node)
    if isinstance(node, Scalar):
        return _pool(scope.text(node), "", scope.place(node))
    if not isinstance(node, Mapping):
        return Runner(RunnerKind.HOSTED)
    parts = table(Bound(node, scope))
    named = next((parts[key] for key in ("name", "vmImage") if key in parts and parts[key].node is not None), None)
    at = named.scope.place(named.node) if named is not None and named.node is not None else scope.place(node)
    name, image = _text(parts, "name"), _text(parts, "vmImage")
    demands = _names(parts.get("demands"))
    if name and (_text(parts, "image") or any(demand.lower().startswith("imageoverride") for demand in demands)):
        # a pool that makes a machine from an image for each job
        # https://learn.microsoft.com/en-us/azure/devops/managed-devops-pools/demands
        return Runner(RunnerKind.GROUP, (), name, at, dynamic="$" in name)
    return _pool(name, image, at)


def _pool(name: str, image: str, at: Position) -> Runner:
    if name.lower() == "server":
        return Runner(RunnerKind.NONE, (), "", at)
    if any(mark in name for mark in _MARKS):
        return Runner(RunnerKind.DYNAMIC, (), name, at, dynamic=True)
    if name and name.lower() not in _MICROSOFT and not name.lower().startswith("hosted "):
        return Runner(RunnerKind.SELF_HOSTED, (), name, at)
    return Runner(RunnerKind.HOSTED, (image,) if image else (), "", at)


def _environment(parts: dict[str, Bound]) -> Environment | None:
    """Read `environment` of a deployment: `name` or `name.resource`.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/jobs-deployment-environment
    """
    if "environment" not in parts:
        return None
    node, scope = parts["environment"].scope.resolve(parts["environment"].node)
    if node is None:
        return None
    inner = node.get("name") if isinstance(node, Mapping) else node
    name = scope.text(inner)
    if not name or inner is None:
        return None
    chosen = "$" in name or _is_free(parts["environment"])
    return Environment(name.partition(".")[0] if "$" not in name else name, scope.place(inner), dynamic=chosen)


def _is_free(bound: Bound) -> bool:
    """Tell whether whoever starts the pipeline by hand gives a value as they like: its default is one of many.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/runtime-parameters
    """
    found = _OWN_PARAMETER.fullmatch(bound.node.value.strip()) if isinstance(bound.node, Scalar) else None
    return found is not None and bound.scope.root and found["name"] in bound.scope.free


def _step_lists(parts: dict[str, Bound]) -> list[Bound]:
    """Return the lists of steps of a job, or those of a deployment's hooks."""
    lists = [parts["steps"]] if "steps" in parts else []
    if "strategy" not in parts:
        return lists
    for strategy in table(parts["strategy"]).values():
        hooks = table(strategy)
        for name in _HOOKS:
            if name not in hooks:
                continue
            inner = table(hooks[name])
            if "steps" in inner:
                lists.append(inner["steps"])
            else:
                lists += [given["steps"] for given in map(table, inner.values()) if "steps" in given]
    return lists


def _conditioned(scope: Scope, parts: dict[str, Bound]) -> tuple[Scope, str]:
    condition = _text(parts, "condition")
    return (scope.under(condition) if condition else scope), condition


def _excluding(bound: Bound, scope: Scope) -> Bound:
    """Return a part of which is known, too, on which occasions its stage or job is left out."""
    return Bound(
        bound.node,
        bound.scope._replace(
            excluded=bound.scope.excluded | scope.excluded, doubtful=bound.scope.doubtful | scope.doubtful
        ),
    )


def _text(parts: dict[str, Bound], key: str) -> str:
    bound = parts.get(key)
    return bound.scope.text(bound.node) if bound else ""


def _names(bound: Bound | None) -> tuple[str, ...]:
    if bound is None:
        return ()
    node, scope = bound.scope.resolve(bound.node)
    if isinstance(node, Sequence):
        return tuple(text for item in node.items if (text := scope.text(item)))
    text = text_of(node)
    return (text,) if text else ()
