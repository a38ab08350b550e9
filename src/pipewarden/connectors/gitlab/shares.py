"""Groups invited into projects and into other groups: two rules that differ.

https://docs.gitlab.com/user/project/members/sharing_projects_groups/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pipewarden.connectors.answers import moment
from pipewarden.connectors.gitlab.members import Held, level_role
from pipewarden.connectors.gitlab.run import Run, number
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Grant, GrantKind, Group
from pipewarden.model.ids import Kind, Ref


class Share(NamedTuple):
    """A group that is invited: the most that its people are given, and until when."""

    guest: str
    most: int
    ends: datetime | None = None
    custom: str | None = ""
    """The custom role that it is invited with, by its id; empty where there is none, None where the list has no such field.

    The field is there where groups can be invited with custom roles; "you can only assign custom roles when you invite a
    group to another group".
    """


class Reached(NamedTuple):
    """Those whom an invitation reaches: at which level, by which custom role, and until when."""

    held: Held
    level: int
    ends: datetime | None = None
    custom: str | None = ""
    """None: it is not known which."""
    direct: bool = True
    """Whether they are members of the invited group itself."""


class Invited:
    """Who is in which group at which level, and which group is inside which: what a share passes on."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self.sets: dict[str, set[Held]] = {}
        self.locked: set[str] = set()
        """Groups whose projects are not shared: groups that were invited before lose their access.

        https://docs.gitlab.com/user/project/members/sharing_projects_groups/#prevent-a-project-from-being-shared-with-groups
        """
        self.untold: set[str] = set()
        """Groups of which it was not told whether they are locked."""
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
        return [Reached(held, held.level, custom=held.custom) for held in sorted(self.sets.get(group, ()))]

    def of_project(self, group: str) -> list[Reached]:
        """Return who a group's invitation into a project reaches: direct and inherited members, those invited into it too.

        Members of its subgroups do not come along.
        """
        found: set[Reached] = set()
        for each in self.line(group):
            found |= {reached._replace(direct=each == group) for reached in self.of_group(each)}
            for share in self.shares.get(each, ()):
                found |= {
                    Reached(r.held, min(r.level, share.most), share.ends, lent(r, share), direct=False)
                    for r in self.of_group(share.guest)
                }
        return sorted(found, key=lambda each: (each.held, each.level, str(each.ends), str(each.custom), each.direct))


def lent(reached: Reached, share: Share) -> str | None:
    """Return by which custom role somebody is in what their group is invited into; None where that is not known.

    The lower of both roles counts, by their bases; where these are the same and both are custom, they keep their own.
    "Invited with Guest role + read_code": somebody with Guest gets Guest, one with Guest + read_vulnerability keeps that,
    a Developer gets Guest + read_code.
    https://docs.gitlab.com/user/custom_roles/#assign-a-custom-role-to-an-invited-group
    """
    if reached.level > share.most:
        return share.custom or ""
    if reached.level == share.most:
        return reached.custom if share.custom else ""
    return reached.custom if share.custom is not None or not reached.custom else None


def shares_of(row: Mapping[str, Any]) -> list[Share]:
    """Return the groups that are invited. Raises ValueError for odd shapes."""
    found = []
    for each in row.get("shared_with_groups") or ():
        level = number(each.get("group_access_level"))
        if level is None:
            raise ValueError("a share without a level")
        custom = None if "member_role_id" not in each else str(each["member_role_id"] or "")
        found.append(Share(str(each["group_id"]), level, moment(each.get("expires_at")), custom))
    return found


def share_facts(
    run: Run,
    resource: Ref,
    shares: Sequence[Share],
    invited: Invited,
    endpoint: str,
    conditions: tuple[str, ...] = (),
) -> Iterator[AnyFact]:
    """Yield what shares give: everybody gets the lower of their own role and the one that their group is invited with.

    What of a custom role they get stands as a gap where it is not known: where the list does not tell whether the group is
    invited with one, and in projects for those who are no direct members of the invited group. Where several invitations
    give somebody the same, the one that ends last counts. Conditions are what was not told of whether they hold at all.
    """
    origin = run.origin(endpoint)
    project = resource.kind is Kind.REPOSITORY
    unknown = False
    given: dict[tuple[Ref, str], datetime | None] = {}
    for share in shares:
        for reached in invited.of_project(share.guest) if project else invited.of_group(share.guest):
            role = level_role(run, min(reached.level, share.most), origin)
            custom = lent(reached, share)
            unsure = custom is None or (custom != "" and not reached.direct)
            unknown |= unsure
            yield role
            ends = min((each for each in (share.ends, reached.ends) if each), default=None)
            for key in (role.ref.key, f"custom:{custom}") if custom and not unsure else (role.ref.key,):
                by = (run.ref(Kind.GROUP, reached.held.key), key)
                given[by] = _later(given[by], ends) if by in given else ends
    for (principal, key), ends in given.items():
        yield Grant(
            principal=principal,
            resource=resource,
            role=key,
            kind=GrantKind.SHARE,
            conditions=conditions,
            expires=ends,
            origin=origin,
        )
    if unknown:
        yield _open(run, resource, "a group is invited, and custom roles decide what it may do beside its level")


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def untold_roles(run: Run, resource: Ref, shares: Iterable[Share]) -> Iterator[AnyFact]:
    """Yield a gap where a group is invited with a custom role whose abilities nothing told."""
    missing = [
        share.custom for share in shares if share.custom and not run.knows(run.ref(Kind.ROLE, f"custom:{share.custom}"))
    ]
    if missing:
        yield _open(run, resource, f"a group is invited with the custom role {missing[0]}, which was not read")


def _open(run: Run, resource: Ref, detail: str) -> Gap:
    facet = GitLabFacet.MEMBERS if resource.kind is Kind.REPOSITORY else GitLabFacet.GROUP_MEMBERS
    return run.gap(resource, facet, cause=Cause.NOT_FOLLOWED, detail=detail)
