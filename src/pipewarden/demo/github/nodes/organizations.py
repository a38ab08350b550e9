"""Organizations of the GraphQL schema, with their teams and the identity provider they are linked to."""

from collections.abc import Iterable
from typing import Any

from pipewarden.demo.estate.access import base_of, below, lineage, role_on_team
from pipewarden.demo.estate.kinds import Json, Organization, Team
from pipewarden.demo.github.nodes.parts import Asked, connection, forbidden, page, user
from pipewarden.demo.github.nodes.repositories import RepositoryNode


class OrganizationNode:
    """An Organization."""

    def __init__(self, root: Asked, org: Organization) -> None:
        self.root = root
        self.org = org
        self.databaseId = org.id
        self.login = org.login
        self.membersCanForkPrivateRepositories = bool(org.settings.get("members_can_fork_private_repositories"))
        self.isVerified = bool(org.settings.get("is_verified"))
        self.requiresTwoFactorAuthentication = (
            org.settings.get("two_factor_requirement_enabled") if root.viewer.owner else None
        )

    def _owners_only(self, name: str) -> Any:
        if not self.root.viewer.owner:
            raise forbidden(name)
        return self.org.graphql[name]

    @property
    def ipAllowListEnabledSetting(self) -> str:  # noqa: N802
        """For owners only."""
        return str(self._owners_only("ipAllowListEnabledSetting"))

    @property
    def ipAllowListForInstalledAppsEnabledSetting(self) -> str:  # noqa: N802
        """For owners only."""
        return str(self._owners_only("ipAllowListForInstalledAppsEnabledSetting"))

    @property
    def notificationDeliveryRestrictionEnabledSetting(self) -> str:  # noqa: N802
        """For owners only."""
        return str(self._owners_only("notificationDeliveryRestrictionEnabledSetting"))

    def domains(self, _info: Any, first: int | None = None, after: str | None = None) -> Json:
        """For owners only."""
        return connection(self._owners_only("domains"), first, after)

    @property
    def samlIdentityProvider(self) -> Any:  # noqa: N802
        """For owners only; null where there is none."""
        if not self.root.viewer.owner:
            raise forbidden("samlIdentityProvider")
        issuer = self.org.saml_issuer
        return Provider(self.root, self.org.people, {"issuer": issuer, "ssoUrl": f"{issuer}/sso"}) if issuer else None

    def membersWithRole(self, _info: Any, first: int | None = None, after: str | None = None) -> Json:  # noqa: N802
        """Members; their second factor for owners only."""
        people = self.root.estate.people
        edges = [
            {
                "role": role.upper(),
                "hasTwoFactorEnabled": people[login].mfa != "disabled" if self.root.viewer.owner else None,
                "node": user(people[login], self.root),
            }
            for login, role in page(list(self.org.people.items()), first, after)
        ]
        return {**connection(list(self.org.people), first, after), "edges": edges, "nodes": []}

    def teams(self, _info: Any, first: int | None = None, after: str | None = None) -> Json:
        """Teams."""
        return connection([TeamNode(self.root, self.org, t) for t in self.org.teams.values()], first, after)

    def team(self, _info: Any, slug: str) -> Any:
        """One team."""
        found = self.org.teams.get(slug)
        return TeamNode(self.root, self.org, found) if found else None

    def repositories(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:
        """Repositories by name; strangers see the public ones."""
        repos = sorted(self.org.repositories.values(), key=lambda r: r.name)
        if self.root.viewer.kind in {"nobody", "member"}:
            repos = [r for r in repos if r.visibility == "public"]
        start = page(repos, first, after)
        return {**connection(repos, first, after), "nodes": [RepositoryNode(self.root, self.org, r) for r in start]}


class Provider:
    """An identity provider with the identities it links: of an organization, or of the enterprise."""

    def __init__(self, root: Asked, logins: Iterable[str], told: Json, key: str = "guid") -> None:
        self.root = root
        self.logins = list(logins)
        self.key = key
        self.issuer, self.ssoUrl = told.get("issuer"), told.get("ssoUrl")
        self.providerType, self.tenantId = "AAD", told.get("tenantId")

    def externalIdentities(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:  # noqa: N802
        """The linked identities."""
        known = [self.root.estate.people[login] for login in self.logins if self.root.estate.people[login].saml]
        nodes = [
            {
                "guid": f"{self.key}-{p.id}",
                "samlIdentity": None if self.tenantId else {"nameId": p.saml, "username": p.saml},
                "scimIdentity": {"username": p.saml} if p.scim_active is not None else None,
                "user": user(p, self.root),
            }
            for p in page(known, first, after)
        ]
        return {**connection(known, first, after), "nodes": nodes, "edges": nodes}


def enterprise_provider(root: Asked) -> Json:
    """Return the identity provider of the enterprise; a linked identity has the id that SCIM gives to the same user."""
    told = root.estate.enterprise.get("sign_on") or {}
    made = Provider(root, root.estate.people, told, "scim")
    return {
        "samlIdentityProvider": made if told.get("issuer") else None,
        "oidcProvider": made if told.get("tenantId") else None,
    }


class TeamNode:
    """A Team."""

    def __init__(self, root: Asked, org: Organization, team: Team) -> None:
        self.root = root
        self.org = org
        self.team = team
        self.databaseId = team.id
        self.slug = team.slug
        self.name = team.name
        self.combinedSlug = f"{org.login}/{team.slug}"
        self.privacy = "SECRET" if team.privacy == "secret" else "VISIBLE"
        self.description = team.description

    @property
    def parentTeam(self) -> Any:  # noqa: N802
        """The team it is nested in."""
        return TeamNode(self.root, self.org, self.org.teams[self.team.parent]) if self.team.parent else None

    def ancestors(self, _info: Any, first: int | None = None, after: str | None = None) -> Json:
        """All teams it is nested in, near or far."""
        above = [each for each in lineage(self.org, self.team) if each is not self.team]
        found = connection(above, first, after)
        return {**found, "nodes": [TeamNode(self.root, self.org, each) for each in page(above, first, after)]}

    def members(self, _info: Any, first: int | None = None, after: str | None = None, membership: str = "ALL") -> Json:
        """Members: immediate ones, or those of child teams too, as the real one does by default."""
        found = dict(self.team.members)
        if membership != "IMMEDIATE":
            nested = {k: v for each in below(self.org, self.team.slug) for k, v in each.members.items()}
            own = {} if membership == "CHILD_TEAM" else found
            found = {**{k: v for k, v in nested.items() if membership == "ALL" or k not in found}, **own}
        edges = [
            {"role": role.upper(), "node": user(self.root.estate.people[login], self.root)}
            for login, role in found.items()
        ]
        return connection(edges, first, after)

    def repositories(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:
        """Repositories, those inherited from parents among them, with the highest permission."""
        names = {name for team in lineage(self.org, self.team) for name in team.repositories}
        held = {name: base_of(self.org, role_on_team(self.org, self.team, name)) for name in names}
        edges = [
            {"permission": role.upper(), "node": RepositoryNode(self.root, self.org, self.org.repositories[name])}
            for name, role in sorted(held.items())
        ]
        return connection(edges, first, after)
