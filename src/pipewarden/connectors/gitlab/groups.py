"""Groups and subgroups: settings, direct members, and which groups are invited.

https://docs.gitlab.com/api/groups/
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.gitlab.members import group_members
from pipewarden.connectors.gitlab.run import Run, named
from pipewarden.connectors.gitlab.shapes import GROUP_SETTINGS
from pipewarden.connectors.gitlab.shares import Invited, shares_of
from pipewarden.connectors.shapes import sound
from pipewarden.errors import SourceError, UnexpectedAnswer
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause, Group, Resource
from pipewarden.model.ids import Kind, Ref

SETTINGS = (
    "visibility",
    "require_two_factor_authentication",
    "two_factor_grace_period",
    "share_with_group_lock",
    "prevent_sharing_groups_outside_hierarchy",
    "prevent_forking_outside_group",
    "project_creation_level",
    "subgroup_creation_level",
    "ip_restriction_ranges",
    "allowed_email_domains_list",
    "default_branch_protection_defaults",
    "auto_devops_enabled",
    "shared_runners_setting",
    "membership_lock",
    "lfs_enabled",
    "emails_enabled",
    "request_access_enabled",
    "marked_for_deletion_on",
    "enterprise_users_can_create_groups",
)


class Seen:
    """A group that was read."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.id = str(row["id"])
        self.path = named(row, "full_path", "path", "name")
        self.parent = str(row["parent_id"]) if row.get("parent_id") else ""
        self.shares = shares_of(row)
        self.locked = row.get("share_with_group_lock")
        """Whether the projects of the group may not be shared; anything but yes and no is not known."""


def group_facts(run: Run, row: Mapping[str, Any], endpoint: str, *, guest: bool = False) -> Iterator[AnyFact]:
    """Yield a group as what can be reached, and as those who are in it."""
    seen = Seen(row)
    origin = run.origin(endpoint)
    ref = run.ref(Kind.ORGANIZATION, seen.id)
    outer = run.ref(Kind.ORGANIZATION, seen.parent) if seen.parent else run.tenant
    attributes = sound(picked(row, *SETTINGS), GROUP_SETTINGS, endpoint)
    attributes["created_at"] = row.get("created_at")
    attributes["full_path"] = seen.path
    attributes["guest"] = guest
    if not isinstance(row.get("shared_with_groups"), list):
        detail = "which groups are invited was not told"
        yield run.gap(ref, GitLabFacet.GROUP_MEMBERS, cause=Cause.MISSING_FIELD, detail=detail)
    else:
        attributes["shared_with_groups"] = [
            picked(each, "group_id", "group_full_path", "group_access_level", "expires_at", "member_role_id")
            for each in row["shared_with_groups"]
        ]
    yield Resource(ref=ref, name=seen.path, parent=outer, attributes=attributes, origin=origin)
    yield Group(
        ref=run.ref(Kind.GROUP, seen.id), name=seen.path, parent=ref, attributes={"group_id": seen.id}, origin=origin
    )


async def group(run: Run, id_: str, invited: Invited, *, guest: bool = False) -> Seen | None:
    """Read one group with its direct members; None where the group itself was refused.

    What is not read of a guest stands as a gap of its members: whatever it is invited into is then not known in full.
    """
    ref = run.ref(Kind.ORGANIZATION, id_)
    scope = run.ref(Kind.GROUP, id_) if guest else ref
    held: dict[str, Mapping[str, Any]] = {}

    async def whole() -> list[AnyFact]:
        row = await run.gitlab.object(f"/groups/{id_}", template="/groups/{id}")
        if (row["parent_id"] is None) == ("/" in row["full_path"]):
            raise UnexpectedAnswer("/groups/{id}: parent_id and full_path do not agree", endpoint="/groups/{id}")
        held["row"] = row
        return list(group_facts(run, row, "GET /groups/{id}", guest=guest))

    async def work() -> list[AnyFact]:
        facts = await run.guarded(scope, GitLabFacet.GROUPS, whole)
        if "row" in held:
            facts += await run.guarded(
                scope, GitLabFacet.GROUP_MEMBERS, lambda: members(run, ref, Seen(held["row"]).path)
            )
        return facts

    facts = await run.step(f"group {id_}", work)
    seen = seen_again(facts)
    if seen is not None:
        invited.parents[seen.id] = seen.parent
        invited.shares[seen.id] = seen.shares
        if seen.locked is True:
            invited.locked.add(seen.id)
        elif seen.locked is not False:
            invited.untold.add(seen.id)
    for fact in facts:
        invited.learn(fact)
    return seen


def seen_again(facts: list[AnyFact]) -> Seen | None:
    """Return a group from its facts, which a run before this one may have kept."""
    for fact in facts:
        if isinstance(fact, Resource) and fact.ref.kind is Kind.ORGANIZATION:
            inside = fact.parent is not None and fact.parent.kind is Kind.ORGANIZATION
            return Seen(
                {
                    "id": fact.ref.key,
                    "full_path": fact.name,
                    "parent_id": fact.parent.key if inside and fact.parent else None,
                    "shared_with_groups": fact.attributes.get("shared_with_groups"),
                    "share_with_group_lock": fact.attributes.get("share_with_group_lock"),
                }
            )
    return None


async def members(run: Run, organization: Ref, path: str) -> list[AnyFact]:
    """Read a group's direct members."""
    rows = await run.rows(f"/groups/{organization.key}/members", template="/groups/{id}/members")
    return list(group_members(run, organization, path, rows, "GET /groups/{id}/members"))


async def below(run: Run, top: str) -> list[str]:
    """Return the ids of all groups below a group; a refusal becomes a gap."""
    ref = run.ref(Kind.ORGANIZATION, top)
    try:
        rows = await run.rows(f"/groups/{top}/descendant_groups", template="/groups/{id}/descendant_groups")
    except CredentialRefused:
        raise
    except SourceError as refusal:
        run.add(run.gap(ref, GitLabFacet.GROUPS, refusal))
        return []
    return [str(row["id"]) for row in rows if "id" in row]
