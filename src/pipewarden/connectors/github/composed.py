"""The jobs of an organization, put together through the workflows they call, in their own repository or another of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from pipewarden.connectors.github.run import Run
from pipewarden.connectors.jobs import by_path, job_facts, owned, with_jobs
from pipewarden.connectors.pipelines import Told
from pipewarden.model.facts import AnyFact, Entity, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.codeowners import Codeowners, Rule
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.github.opened import OpenWorkflow
from pipewarden.pipelines.oidc import Repository

OPENED = "opened"
"""Under this name a workflow keeps what its file says until all files were read; it is gone from the snapshot."""


def waiting(workflow: Resource, told: Told) -> Resource:
    """Return a workflow with what its file says kept for when its callers are known."""
    return replace(workflow, attributes={**workflow.attributes, OPENED: msgspec.to_builtins(told.opened)})


def composed(run: Run) -> None:
    """Put the jobs of every repository of the organization together, and add them to the snapshot."""
    shelves: dict[Ref, dict[str, tuple[Resource, OpenWorkflow]]] = {}
    for workflow in run.known(Kind.WORKFLOW):
        kept = workflow.attributes.get(OPENED)
        if isinstance(workflow, Resource) and workflow.parent is not None and kept is not None:
            opened = msgspec.convert(kept, OpenWorkflow)
            shelves.setdefault(workflow.parent, {})[opened.path] = (workflow, opened)
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
        shelf = Shelf(
            workflows={path: opened for path, (_, opened) in shelves[ref].items()},
            actions_read=False,
            repository=_repository(entity, run),
            default=_default(entity, organization),
            elsewhere=elsewhere,
        )
        run.add(*_facts(shelf, entity, shelves[ref]))


def _facts(shelf: Shelf, repository: Entity, workflows: dict[str, tuple[Resource, OpenWorkflow]]) -> Iterator[AnyFact]:
    public = repository.attributes.get("visibility") == "public"
    owners = _owners(repository)
    jobs = by_path(owned(job, owners) for job in compose(shelf))
    for path, (workflow, _) in sorted(workflows.items()):
        attributes = {name: value for name, value in workflow.attributes.items() if name != OPENED}
        own = jobs.get(path, [])
        yield with_jobs(replace(workflow, attributes=attributes), own, public=public)
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


def _default(repository: Entity, organization: Entity | None) -> Literal["read", "write"] | None:
    """Return what a token may do where files are silent: the repository's setting, else the organization's."""
    for entity in (repository, organization):
        settings: Any = entity.attributes.get("actions_workflow") if entity else None
        level = settings.get("default_workflow_permissions") if isinstance(settings, dict) else None
        if level in {"read", "write"}:
            return "read" if level == "read" else "write"
    return None


def _repository(entity: Entity, run: Run) -> Repository:
    """Return what OIDC subjects say about a repository."""
    owner, _, name = entity.name.partition("/")
    told = entity.attributes.get("oidc_sub")
    keys = told.get("include_claim_keys") if isinstance(told, dict) and told.get("use_default") is False else None
    created = entity.attributes.get("created_at")
    return Repository(
        owner=owner,
        name=name,
        owner_id=int(run.org.key) if run.org.key.isdecimal() else 0,
        id=int(entity.ref.key) if entity.ref.key.isdecimal() else 0,
        created_at=datetime.fromisoformat(str(created)) if created else None,
        default_branch=str(entity.attributes.get("default_branch") or ""),
        server=run.instance != "github.com" and not run.instance.endswith(".ghe.com"),
        claim_keys=tuple(str(key) for key in keys or ()),
    )


__all__ = ["composed", "waiting"]
