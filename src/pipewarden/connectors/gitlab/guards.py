"""What guards a project: protected branches, tags and environments, approval rules and settings, push rules.

https://docs.gitlab.com/api/protected_branches/
https://docs.gitlab.com/api/protected_environments/
https://docs.gitlab.com/api/merge_request_approvals/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.gitlab.projects import Project, branch
from pipewarden.connectors.gitlab.run import Run, named
from pipewarden.connectors.gitlab.shapes import PUSH_RULE as SHAPE_OF_PUSH_RULE
from pipewarden.connectors.shapes import odd_field
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Gate, GateKind, Resource
from pipewarden.model.ids import Kind, Ref

LINE = ("access_level", "user_id", "group_id", "deploy_key_id", "member_role_id", "group_inheritance_type")
APPROVAL_SETTINGS = (
    "approvals_before_merge",
    "reset_approvals_on_push",
    "selective_code_owner_removals",
    "disable_overriding_approvers_per_merge_request",
    "merge_requests_author_approval",
    "merge_requests_disable_committers_approval",
    "require_reauthentication_to_approve",
)
PUSH_RULE = ("reject_unsigned_commits", "prevent_secrets", "deny_delete_tag", "member_check", "commit_committer_check")


def _lines(row: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    """Return the lines of a rule, each with what it names; a field that was not given stays absent."""
    return {
        field: [picked(line, *LINE, "required_approvals") if isinstance(line, dict) else line for line in row[field]]
        if isinstance(row[field], list)
        else row[field]
        for field in fields
        if field in row
    }


def branch_gate(run: Run, project: Project, row: Mapping[str, Any], endpoint: str, target: str = "branch") -> Gate:
    """Return a protected branch or tag as a gate."""
    name = str(row["name"])
    fields = ("push_access_levels", "merge_access_levels", "unprotect_access_levels", "create_access_levels")
    rules = _lines(row, *fields) | picked(row, "allow_force_push", "code_owner_approval_required", "inherited")
    return Gate(
        ref=run.ref(Kind.GATE, f"{target}:{project.id}:{name}"),
        resource=project.ref,
        kind=GateKind.BRANCH_PROTECTION,
        name=name,
        patterns=(name,),
        target=target,
        rules=rules,
        origin=run.origin(endpoint),
    )


def environment_gate(run: Run, scope: Ref, row: Mapping[str, Any], endpoint: str) -> Gate:
    """Return a protected environment as a gate; of a group, its name is a deployment tier."""
    name = str(row["name"])
    return Gate(
        ref=run.ref(Kind.GATE, f"environment:{scope.kind}:{scope.key}:{name}"),
        resource=scope,
        kind=GateKind.ENVIRONMENT,
        name=name,
        patterns=(name,),
        target="environment",
        rules=_lines(row, "deploy_access_levels", "approval_rules") | picked(row, "required_approval_count"),
        origin=run.origin(endpoint),
    )


def environment(run: Run, project: Project, name: str, row: Mapping[str, Any], endpoint: str) -> Resource:
    """Return an environment."""
    return Resource(
        ref=run.ref(Kind.ENVIRONMENT, f"{project.id}:{name}"),
        name=f"env:{project.path}/{name}",
        parent=project.ref,
        attributes={"environment": name, **picked(row, "tier", "state", "external_url")},
        origin=run.origin(endpoint),
    )


async def protections(run: Run, project: Project) -> list[AnyFact]:
    """Read protected branches and tags, with the branches that are named in full."""

    async def branches() -> list[AnyFact]:
        template = "/projects/{id}/protected_branches"
        rows = await run.rows(f"/projects/{project.id}/protected_branches", template=template)
        facts: list[AnyFact] = [branch_gate(run, project, row, f"GET {template}") for row in rows]
        names = [row["name"] for row in rows if "*" not in row["name"] and row["name"] != project.default_branch]
        return [*facts, *(branch(run, project, name, f"GET {template}") for name in names)]

    async def tags() -> list[AnyFact]:
        template = "/projects/{id}/protected_tags"
        rows = await run.rows(f"/projects/{project.id}/protected_tags", template=template)
        return [branch_gate(run, project, row, f"GET {template}", "tag") for row in rows]

    return [
        *await run.guarded(project.ref, GitLabFacet.PROTECTED_BRANCHES, branches),
        *await run.guarded(project.ref, GitLabFacet.PROTECTED_TAGS, tags),
    ]


async def environments(run: Run, project: Project) -> list[AnyFact]:
    """Read environments and the rules over them."""

    async def listed() -> list[AnyFact]:
        template = "/projects/{id}/environments"
        rows = await run.rows(f"/projects/{project.id}/environments", template=template)
        return [environment(run, project, named(row, "name"), row, f"GET {template}") for row in rows]

    async def protected() -> list[AnyFact]:
        template = "/projects/{id}/protected_environments"
        rows = await run.rows(f"/projects/{project.id}/protected_environments", template=template)
        return [environment_gate(run, project.ref, row, f"GET {template}") for row in rows]

    facts = await run.guarded(project.ref, GitLabFacet.ENVIRONMENTS, listed)
    facts += await run.premium(project.ref, GitLabFacet.PROTECTED_ENVIRONMENTS, protected)
    known = {fact.ref for fact in facts if isinstance(fact, Resource)}
    for gate in [fact for fact in facts if isinstance(fact, Gate)]:
        # one that is protected before anybody deployed to it
        there = environment(run, project, gate.name, {}, gate.origin.endpoint)
        if there.ref not in known:
            facts.append(there)
    return facts


async def group_environments(run: Run, group: Ref) -> list[AnyFact]:
    """Read which deployment tiers a group protects in all its projects."""
    template = "/groups/{id}/protected_environments"
    rows = await run.rows(f"/groups/{group.key}/protected_environments", template=template)
    return [environment_gate(run, group, row, f"GET {template}") for row in rows]


def approval_rule(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an approval rule asks for; people and groups by their ids."""
    return {
        **picked(row, "id", "name", "rule_type", "approvals_required", "applies_to_all_protected_branches"),
        **{field: _ids(row[field]) for field in ("users", "groups", "eligible_approvers") if field in row},
        "protected_branches": [str(each["name"]) for each in row.get("protected_branches") or ()],
    }


def _ids(rows: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return [str(row["id"]) for row in rows or ()]


async def approvals(run: Run, project: Project) -> tuple[dict[str, Any], list[AnyFact]]:
    """Read approval rules, approval settings and push rules: as attributes of the project, and what was refused."""
    found: dict[str, Any] = {}

    async def settings() -> Iterator[AnyFact]:
        row = await run.gitlab.object(f"/projects/{project.id}/approvals", template="/projects/{id}/approvals")
        found["approvals"] = picked(row, *APPROVAL_SETTINGS)
        return iter(())

    async def rules() -> Iterator[AnyFact]:
        template = "/projects/{id}/approval_rules"
        rows = await run.rows(f"/projects/{project.id}/approval_rules", template=template)
        found["approval_rules"] = [approval_rule(row) for row in rows]
        return iter(())

    async def push_rule() -> Iterator[AnyFact]:
        row = await run.gitlab.get(f"/projects/{project.id}/push_rule", template="/projects/{id}/push_rule")
        if isinstance(row, dict) and (odd := odd_field(row, SHAPE_OF_PUSH_RULE)):
            raise UnexpectedAnswer(f"{odd} is not given as it is documented", endpoint="/projects/{id}/push_rule")
        found["push_rule"] = picked(row, *PUSH_RULE) if isinstance(row, dict) else None
        return iter(())

    async def checks() -> Iterator[AnyFact]:
        template = "/projects/{id}/external_status_checks"
        rows = await run.rows(f"/projects/{project.id}/external_status_checks", template=template)
        found["status_checks"] = [named(row, "name") for row in rows]
        return iter(())

    facts = await run.premium(project.ref, GitLabFacet.APPROVALS, settings)
    facts += await run.premium(project.ref, GitLabFacet.APPROVAL_RULES, rules)
    facts += await run.premium(project.ref, GitLabFacet.PUSH_RULE, push_rule)
    facts += await run.premium(project.ref, GitLabFacet.STATUS_CHECKS, checks)
    return found, facts
