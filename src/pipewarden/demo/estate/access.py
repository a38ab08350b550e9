"""What the estate's own rules give: every source of a person's role on a repository, and the highest.

Kept as plain as the vendor's pages say it, and apart from the product's engine, so that the two can disagree.
https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipewarden.demo.estate.kinds import Organization, Repository, Team

ORDER = ("read", "triage", "write", "maintain", "admin")
"""GitHub's repository roles, from the least."""


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that gives a role."""

    kind: str
    """`repository`, `team` or `organization`."""
    name: str
    role: str
    """The role's name; a custom one by its own."""


def base_of(org: Organization, role: str) -> str:
    """Return the built-in role behind a role's name."""
    custom = next((r for r in org.repository_roles if r["name"] == role), None)
    return str(custom["base_role"]) if custom else role


def lineage(org: Organization, team: Team | None) -> Iterator[Team]:
    """Yield a team and those it is nested in: their access is its own too."""
    seen: set[str] = set()
    while team is not None and team.slug not in seen:
        seen.add(team.slug)
        yield team
        team = org.teams.get(team.parent)


def below(org: Organization, slug: str) -> Iterator[Team]:
    """Yield a team and all nested in it, whose members count as its members where children are asked for."""
    todo = [slug]
    while todo:
        team = org.teams[todo.pop()]
        yield team
        todo += [each.slug for each in org.teams.values() if each.parent == team.slug]


def teams_of(org: Organization, login: str) -> Iterator[Team]:
    """Yield every team whose access somebody has, by their own membership or through a nested team."""
    seen: set[str] = set()
    for team in org.teams.values():
        if login in team.members:
            for each in lineage(org, team):
                if each.slug not in seen:
                    seen.add(each.slug)
                    yield each


def sources(org: Organization, repo: Repository, login: str, *, colleagues: bool = False) -> list[Source]:
    """Return every source of somebody's role on a repository.

    `colleagues` says that the person is a member of another organization of the same enterprise, who may read what
    is internal.
    """
    found = []
    if login in repo.collaborators:
        found.append(Source("repository", repo.name, repo.collaborators[login]))
    for team in teams_of(org, login):
        if repo.name in team.repositories:
            found.append(Source("team", team.slug, team.repositories[repo.name]))
    if org.people.get(login) == "admin":
        found.append(Source("organization", org.login, "admin"))
    elif login in org.people:
        base = str(org.settings.get("default_repository_permission", "none"))
        if base != "none":
            found.append(Source("organization", org.login, base))
        if repo.visibility == "internal" and base == "none":
            found.append(Source("organization", org.login, "read"))
    elif colleagues and repo.visibility == "internal":
        found.append(Source("organization", org.login, "read"))
    if login in org.people:
        mine = {team.slug for team in teams_of(org, login)}
        for role in org.roles:
            if role["base_role"] and (login in role["users"] or mine & set(role["teams"])):
                found.append(Source("organization", org.login, str(role["base_role"])))
    return found


def highest(org: Organization, found: list[Source]) -> str:
    """Return the name of the highest role among sources; of equals a custom one, "" for none."""
    if not found:
        return ""
    return max(found, key=lambda each: (ORDER.index(base_of(org, each.role)), each.role not in ORDER)).role


def role_on_team(org: Organization, team: Team, name: str) -> str:
    """Return the highest role that a team has on a repository, by itself or inherited; "" for none."""
    held = [
        Source("team", each.slug, each.repositories[name]) for each in lineage(org, team) if name in each.repositories
    ]
    return highest(org, held)


def flags(base: str) -> dict[str, bool]:
    """Return a role as the five flags of the REST API."""
    rank = ORDER.index(base) if base in ORDER else -1
    return {name: rank >= n for n, name in enumerate(("pull", "triage", "push", "maintain", "admin"))}
