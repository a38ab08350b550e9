"""The jobs of an organization, put together through the workflows they call, in their own repository or another of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pipewarden.connectors.github.run import Run
from pipewarden.connectors.jobs import by_path, job_facts, owned, with_jobs
from pipewarden.connectors.pipelines import Told
from pipewarden.connectors.second_opinion import ASKED, of_actions, with_told
from pipewarden.connectors.zizmor import Told as ToldByZizmor
from pipewarden.model.facts import AnyFact, Entity, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.codeowners import Codeowners, Rule
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Elsewhere, Shelf
from pipewarden.pipelines.github.opened import OpenAction, OpenWorkflow
from pipewarden.pipelines.oidc import Repository

OPENED = "opened"
"""Under this name a workflow keeps what its file says until all files were read; it is gone from the snapshot."""
BESIDE = "opened_actions"
"""Under this name one workflow of a repository keeps the repository's own actions, for as long."""
SAID = "told_by_zizmor"
WAITING = frozenset({OPENED, BESIDE, SAID})


class Beside(Struct, frozen=True):
    """What a repository's workflows take from it beside workflows."""

    actions: dict[str, OpenAction] = {}
    """By folder."""
    looked_for: tuple[str, ...] = ()
    """The folders in which an action was looked for, found or not."""
    said: dict[str, tuple[ToldByZizmor, ...]] = {}
    """What zizmor told of the actions, by path."""


def waiting(
    workflow: Resource,
    told: Told,
    *,
    beside: Beside | None = None,
    said: Iterable[ToldByZizmor] = (),
    zizmor: str = "",
) -> Resource:
    """Return a workflow with what its file says, and what zizmor says of it, kept for when its callers are known.

    `zizmor` is the version that was asked; `beside` is kept at one workflow of each repository.
    """
    kept: dict[str, Any] = {OPENED: msgspec.to_builtins(told.opened)}
    if beside is not None and beside.looked_for:
        kept[BESIDE] = msgspec.to_builtins(beside)
    if zizmor:
        kept |= {ASKED: zizmor, SAID: msgspec.to_builtins(tuple(said))}
    return replace(workflow, attributes={**workflow.attributes, **kept})


def composed(run: Run) -> Elsewhere:
    """Put the jobs of every repository of the organization together, and add them to the snapshot.

    Returns what gives the workflows of the organization's default branches to whoever calls them.
    """
    shelves: dict[Ref, dict[str, tuple[Resource, OpenWorkflow]]] = {}
    beside: dict[Ref, Beside] = {}
    for workflow in run.known(Kind.WORKFLOW):
        kept = workflow.attributes.get(OPENED)
        if (
            isinstance(workflow, Resource)
            and workflow.parent is not None
            and kept is None
            and BESIDE in workflow.attributes
        ):
            _unused(run, workflow, workflow.parent, beside)
        if isinstance(workflow, Resource) and workflow.parent is not None and kept is not None:
            opened = msgspec.convert(kept, OpenWorkflow)
            shelves.setdefault(workflow.parent, {})[opened.path] = (workflow, opened)
            if BESIDE in workflow.attributes:
                _add(beside, workflow.parent, msgspec.convert(workflow.attributes[BESIDE], Beside))
    repositories = {entity.ref: entity for entity in run.known(Kind.REPOSITORY)}
    by_name = {entity.name.lower(): entity for entity in repositories.values()}

    def elsewhere(project: str, path: str, ref: str) -> OpenWorkflow | None:
        other = by_name.get(project.lower())
        # what was read is the default branch; a tag or commit may hold something else
        if other is None or ref.removeprefix("refs/heads/") != other.attributes.get("default_branch"):
            return None
        found = shelves.get(other.ref, {}).get(path)
        return found[1] if found else None

    organization = next((entity for entity in run.known(Kind.ORGANIZATION) if entity.ref == run.org), None)
    for ref in sorted(shelves):
        entity = repositories.get(ref)
        if entity is None:
            continue
        own = beside.get(ref, Beside())
        shelf = Shelf(
            workflows={path: opened for path, (_, opened) in shelves[ref].items()},
            actions=own.actions,
            actions_read=False,
            looked_for=frozenset(own.looked_for),
            repository=subject_parts(entity, run.org, run.instance),
            default=default_of(entity, organization),
            elsewhere=elsewhere,
        )
        run.add(*_facts(shelf, entity, shelves[ref], own))
    return elsewhere


def _add(beside: dict[Ref, Beside], repository: Ref, more: Beside) -> None:
    """Add what one file keeps of a repository's own actions to what others do."""
    own = beside.get(repository, Beside())
    beside[repository] = Beside(
        {**more.actions, **own.actions}, (*own.looked_for, *more.looked_for), {**more.said, **own.said}
    )


def _unused(run: Run, action: Resource, repository: Ref, beside: dict[Ref, Beside]) -> None:
    """Take what an action that no workflow uses keeps for whoever calls one that does, out of the snapshot."""
    _add(beside, repository, msgspec.convert(action.attributes[BESIDE], Beside))
    run.add(replace(action, attributes={name: value for name, value in action.attributes.items() if name != BESIDE}))


def _facts(
    shelf: Shelf, repository: Entity, workflows: dict[str, tuple[Resource, OpenWorkflow]], beside: Beside
) -> Iterator[AnyFact]:
    public = repository.attributes.get("visibility") == "public"
    owners = _owners(repository)
    jobs = by_path(owned(job, owners) for job in compose(shelf))
    inside = of_actions(beside.said, beside.said, jobs)
    for path, (workflow, _) in sorted(workflows.items()):
        attributes = {name: value for name, value in workflow.attributes.items() if name not in WAITING}
        own = jobs.get(path, [])
        said = msgspec.convert(workflow.attributes.get(SAID, ()), tuple[ToldByZizmor, ...])
        yield with_told(
            with_jobs(replace(workflow, attributes=attributes), own, public=public), said, own, inside.get(path)
        )
        for job in own:
            named = repository.name
            yield from job_facts(job, repository=repository.ref, repository_name=named, origin=workflow.origin)


def _owners(repository: Entity) -> Codeowners:
    """Return the code owners that were read with a repository."""
    told = repository.attributes.get("codeowners") or {}
    rules = repository.attributes.get("codeowners_rules") or ()
    return Codeowners(
        path=str(told.get("path") or ""),
        rules=tuple(
            Rule(str(each["pattern"]), tuple(str(owner) for owner in each["owners"]), int(each["line"]))
            for each in rules
        ),
        faults=(),
    )


def default_of(repository: Entity, organization: Entity | None) -> Literal["read", "write"] | None:
    """Return what a token may do where files are silent: the repository's setting, else the organization's."""
    for entity in (repository, organization):
        settings: Any = entity.attributes.get("actions_workflow") if entity else None
        level = settings.get("default_workflow_permissions") if isinstance(settings, dict) else None
        if level in {"read", "write"}:
            return "read" if level == "read" else "write"
    return None


def subject_parts(entity: Entity, organization: Ref, instance: str) -> Repository:
    """Return what OIDC subjects say about a repository."""
    owner, _, name = entity.name.partition("/")
    told = entity.attributes.get("oidc_sub")
    keys = told.get("include_claim_keys") if isinstance(told, dict) and told.get("use_default") is False else None
    created = entity.attributes.get("created_at")
    return Repository(
        owner=owner,
        name=name,
        owner_id=int(organization.key) if organization.key.isdecimal() else 0,
        id=int(entity.ref.key) if entity.ref.key.isdecimal() else 0,
        created_at=datetime.fromisoformat(str(created)) if created else None,
        default_branch=str(entity.attributes.get("default_branch") or ""),
        server=instance != "github.com" and not instance.endswith(".ghe.com"),
        claim_keys=tuple(str(key) for key in keys or ()),
    )


__all__ = ["Beside", "composed", "default_of", "subject_parts", "waiting"]
