"""Groups invited into projects and into other groups: two rules that differ.

https://docs.gitlab.com/user/project/members/sharing_projects_groups/
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pipewarden.connectors.answers import moment
from pipewarden.connectors.gitlab.members import Held, level_role
from pipewarden.connectors.gitlab.run import Run, number
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause, Grant, GrantKind, Group
from pipewarden.model.ids import Kind, Ref


class Share(NamedTuple):
    """A group that is invited: the most that its people are given, and until when."""

    guest: str
    most: int
    ends: datetime | None = None
    custom: bool = False
    """It is invited with a custom role, whose abilities the list does not tell."""


class Reached(NamedTuple):
    """Those whom an invitation reaches: at which level, and until when."""

    held: Held
    level: int
    ends: datetime | None = None


class Invited:
    """Who is in which group at which level, and which group is inside which: what a share passes on."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self.sets: dict[str, set[Held]] = {}
        self.locked: set[str] = set()
        """Groups whose projects are not shared: groups that were invited before lose their access.

        https://docs.gitlab.com/user/project/members/sharing_projects_groups/#prevent-a-project-from-being-shared-with-groups
        """
        self.shares: dict[str, list[Share]] = {}
        """Which groups are invited into each group."""

    def learn(self, fact: AnyFact) -> None:
        """Take note of a set of members of one level."""
        if isinstance(fact, Group) and "access_level" in fact.attributes:
            group, level, *custom = fact.ref.key.split(":")
            self.sets.setdefault(group, set()).add(Held(group, int(level), custom[0] if custom else ""))

    def line(self, group: str) -> list[str]:
        """Return a group and those it is inside of, innermost first."""
        found = [group]
        while (outer := self.parents.get(found[-1])) and outer not in found:
            found.append(outer)
        return found

    def of_group(self, group: str) -> list[Reached]:
        """Return who a group's invitation into another group reaches: its direct members alone, each at its own level.

        Neither inherited members nor those of its subgroups come along.
        """
        return [Reached(held, held.level) for held in sorted(self.sets.get(group, ()))]

    def of_project(self, group: str) -> list[Reached]:
        """Return who a group's invitation into a project reaches: direct and inherited members, those invited into it too.

        Members of its subgroups do not come along.
        """
        found: set[Reached] = set()
        for each in self.line(group):
            found |= set(self.of_group(each))
            for share in self.shares.get(each, ()):
                found |= {Reached(r.held, min(r.level, share.most), share.ends) for r in self.of_group(share.guest)}
        return sorted(found, key=lambda each: (each.held, each.level, str(each.ends)))


def shares_of(row: Mapping[str, Any]) -> list[Share]:
    """Return the groups that are invited. Raises ValueError for odd shapes."""
    found = []
    for each in row.get("shared_with_groups") or ():
        level = number(each.get("group_access_level"))
        if level is None:
            raise ValueError("a share without a level")
        found.append(
            Share(str(each["group_id"]), level, moment(each.get("expires_at")), bool(each.get("member_role_id")))
        )
    return found


def share_facts(run: Run, resource: Ref, shares: Sequence[Share], invited: Invited, endpoint: str) -> Iterator[AnyFact]:
    """Yield what shares give: everybody gets the lower of their own level and the most that the share allows.

    Which abilities a custom role of the share leaves somebody depends on both roles, and stands as a gap.
    https://docs.gitlab.com/user/custom_roles/#assign-a-custom-role-to-an-invited-group
    """
    origin = run.origin(endpoint)
    for share in shares:
        project = resource.kind is Kind.REPOSITORY
        for held, level, ends in invited.of_project(share.guest) if project else invited.of_group(share.guest):
            role = level_role(run, min(level, share.most), origin)
            yield role
            yield Grant(
                principal=run.ref(Kind.GROUP, held.key),
                resource=resource,
                role=role.ref.key,
                kind=GrantKind.SHARE,
                expires=min((each for each in (share.ends, ends) if each), default=None),
                origin=origin,
            )
        if share.custom or (not project and any(r.held.custom for r in invited.of_group(share.guest))):
            detail = "a group is invited, and custom roles decide what it may do beside its level"
            facet = GitLabFacet.MEMBERS if project else GitLabFacet.GROUP_MEMBERS
            yield run.gap(resource, facet, cause=Cause.NOT_FOLLOWED, detail=detail)
