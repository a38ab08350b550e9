"""Groups invited into projects and into other groups: two rules that differ.

https://docs.gitlab.com/user/project/members/sharing_projects_groups/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipewarden.connectors.gitlab.members import Held, level_role
from pipewarden.connectors.gitlab.run import Run, moment, number
from pipewarden.model.facts import AnyFact, Grant, GrantKind, Group
from pipewarden.model.ids import Kind, Ref


class Invited:
    """Who is in which group at which level, and which group is inside which: what a share passes on."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self.sets: dict[str, set[Held]] = {}
        self.shares: dict[str, list[tuple[str, int, Any]]] = {}
        """Which groups are invited into each group: the guest's id, the most it is given, until when."""

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

    def of_group(self, group: str) -> list[tuple[Held, int]]:
        """Return who a group's invitation into another group reaches: its direct members alone, each at its own level.

        Neither inherited members nor those of its subgroups come along.
        """
        return [(held, held.level) for held in sorted(self.sets.get(group, ()))]

    def of_project(self, group: str) -> list[tuple[Held, int]]:
        """Return who a group's invitation into a project reaches: direct and inherited members, those invited into it too.

        Members of its subgroups do not come along.
        """
        found: dict[Held, int] = {}
        for each in self.line(group):
            for held in self.sets.get(each, ()):
                found[held] = held.level
            for guest, most, _ in self.shares.get(each, ()):
                for held, level in self.of_group(guest):
                    found[held] = max(found.get(held, 0), min(level, most))
        return sorted(found.items())


def shares_of(row: Mapping[str, Any]) -> list[tuple[str, int, Any]]:
    """Return the groups that are invited: id, the most they are given, until when. Raises ValueError for odd shapes."""
    found = []
    for each in row.get("shared_with_groups") or ():
        level = number(each.get("group_access_level"))
        if level is None:
            raise ValueError("a share without a level")
        found.append((str(each["group_id"]), level, each.get("expires_at")))
    return found


def share_facts(
    run: Run, resource: Ref, shares: Sequence[tuple[str, int, Any]], invited: Invited, endpoint: str
) -> Iterator[AnyFact]:
    """Yield what shares give: everybody gets the lower of their own level and the most that the share allows."""
    origin = run.origin(endpoint)
    for group, most, ends in shares:
        reached = invited.of_project(group) if resource.kind is Kind.REPOSITORY else invited.of_group(group)
        for held, level in reached:
            role = level_role(run, min(level, most), origin)
            yield role
            yield Grant(
                principal=run.ref(Kind.GROUP, held.key),
                resource=resource,
                role=role.ref.key,
                kind=GrantKind.SHARE,
                expires=moment(ends),
                origin=origin,
            )
