"""What an identity provider pushes: which of its groups fills which group of which system, by what both sides state.

Okta names the two groups of a mapping and the app. Which organization is behind the app is told by its settings, by the address
it provisions, by where it sends its assertions, by the sign-on of the organization, or by the configuration; never by a label.
https://developer.okta.com/docs/api/openapi/okta-management/management/tags/grouppushmapping/
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pipewarden.access.sent import host
from pipewarden.model.facts import Entity, Group, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

ORGANIZATIONS, ENTERPRISES, GROUPS, WHOLE = "orgs", "enterprises", "groups", ""

BY_SETTING = {
    "githubcloud": {"githubOrg": ORGANIZATIONS, "orgName": ORGANIZATIONS},
    "githubenterprisemanageduser": {"enterpriseName": ENTERPRISES},
}
"""Settings of apps of Okta's catalog that name whose they are on github.com. Okta describes none of them; they are as answers have them."""

ASSIGNED = "okta:assigned"


class Place(NamedTuple):
    """What an app is for: an organization or enterprise of GitHub, a group of GitLab, or a whole instance."""

    host: str
    """Empty where any instance may be meant."""
    kind: str
    name: str


class Pushed(NamedTuple):
    """A group that an app pushes, under the name that it has at the other system."""

    app: int
    source: int
    name: str
    status: str

    @property
    def runs(self) -> bool:
        """Whether changes of members are pushed: "Okta doesn't push membership changes" in any other state."""
        return self.status == "ACTIVE"


class Pushes:
    """All pushes of one snapshot, worked out when they are asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._systems = dict(zip(snapshot.instances, snapshot.systems, strict=True))
        self._owners: dict[Ref, frozenset[int]] = {}

    @cached_property
    def apps(self) -> dict[int, Resource]:
        """The apps that push groups, by their ordinals."""
        found = {}
        for ordinal in self.snapshot.ordinals(Kind.APPLICATION).tolist():
            app = self.snapshot.entity(ordinal)
            if isinstance(app, Resource) and self._systems[app.ref.instance] is System.OKTA and _rows(app, "pushes"):
                found[ordinal] = app
        return found

    @cached_property
    def by_name(self) -> dict[str, list[Pushed]]:
        """All mappings whose groups are known on both sides, by the name at the other system."""
        found: dict[str, list[Pushed]] = {}
        for ordinal, app in self.apps.items():
            for row in _rows(app, "pushes"):
                source = self.snapshot.ordinal(Ref(app.ref.instance, Kind.GROUP, str(row.get("source"))))
                name = row.get("name")
                if source is not None and isinstance(name, str) and isinstance(self.snapshot.entity(source), Group):
                    found.setdefault(name, []).append(Pushed(ordinal, source, name, str(row.get("status"))))
        return found

    @cached_property
    def _places(self) -> dict[int, tuple[Place, ...]]:
        return {ordinal: tuple(dict.fromkeys(_places(app))) for ordinal, app in self.apps.items()}

    def into_team(self, organization: Entity, name: str) -> list[Pushed]:
        """Return what is pushed under a name into the organization that a team is in, or into its enterprise."""
        fits = self._owners.get(organization.ref)
        if fits is None:
            fits = frozenset(app for app in self.apps if self._is_of(app, organization))
            self._owners[organization.ref] = fits
        return [each for each in self.by_name.get(name, ()) if each.app in fits]

    def into_gitlab(self, instance: str, path: str, name: str) -> list[Pushed]:
        """Return what is pushed under a name into an instance of GitLab, where SAML group links of that name take it up.

        "Offering: GitLab Self-Managed, GitLab Dedicated":
        https://docs.gitlab.com/administration/settings/scim_setup/#group-synchronization-with-scim
        """
        if instance == "gitlab.com":
            return []
        return [each for each in self.by_name.get(name, ()) if self._is_at(each.app, instance, path)]

    def untied(self, system: System, name: str) -> list[Pushed]:
        """Return what is pushed under a name by apps of which is not known whose they are, and that may be of a system."""
        wanted = "github" if system is System.GITHUB else "gitlab"
        return [
            each
            for each in self.by_name.get(name, ())
            if wanted in str(self.apps[each.app].attributes.get("name")) and not self._known(each.app)
        ]

    def assigned(self, app: int) -> frozenset[int]:
        """Return the people and groups that are assigned to an app: nobody else is pushed with a group.

        "all group members in Okta who are also assigned to the app are synced as group members to the app":
        https://developer.okta.com/docs/api/openapi/okta-management/management/tags/application/ (`features`)
        """
        return self._assigned.get(app, frozenset())

    @cached_property
    def _assigned(self) -> dict[int, frozenset[int]]:
        grants = self.snapshot.grants
        code = grants.roles.index(ASSIGNED) if ASSIGNED in grants.roles else -1
        found: dict[int, set[int]] = {}
        for app in self.apps:
            rows = (grants.resource == app) & (grants.role == code)
            found[app] = set(grants.principal[rows].tolist())
        return {app: frozenset(those) for app, those in found.items()}

    # --- whose an app is --------------------------------------------------------------------------------

    def _is_of(self, app: int, organization: Entity) -> bool:
        instance, above = organization.ref.instance, organization.parent
        enterprise = above.key.lower() if above is not None and above.kind is Kind.ENTERPRISE else None
        for place in self._places[app]:
            if place.host not in {"", instance}:
                continue
            if place.kind == ORGANIZATIONS and place.name == organization.name.lower():
                return True
            if place.kind == ENTERPRISES and place.name == enterprise:
                return True
            if place.kind == WHOLE and place.host:
                return True
        return self._signs_in(app, organization)

    def _signs_in(self, app: int, organization: Entity) -> bool:
        """Tell whether the sign-on of an organization or of its enterprise leads to an app: `/app/NAME/KEY/sso/saml`.

        The key is none that the app tells; the name is its catalog entry's, and decides where one active app has it.
        """
        above = organization.parent
        enterprise = self.snapshot.find(above) if above is not None else None
        told = [organization.attributes.get("samlIdentityProvider")]
        if isinstance(enterprise, Resource):
            told.append((enterprise.attributes.get("owner_info") or {}).get("samlIdentityProvider"))
        mine = self.apps[app]
        for provider in told:
            url = provider.get("ssoUrl") if isinstance(provider, dict) else None
            parts = _path(url)
            if host(url) == mine.ref.instance and parts[:1] == ["app"] and parts[1:2] == [mine.attributes.get("name")]:
                return self._alone(mine)
        return False

    def _alone(self, app: Resource) -> bool:
        same = [
            each
            for each in self.snapshot.entities(Kind.APPLICATION)
            if each.ref.instance == app.ref.instance
            and each.attributes.get("name") == app.attributes.get("name")
            and each.attributes.get("status") == "ACTIVE"
        ]
        return len(same) == 1

    def _is_at(self, app: int, instance: str, path: str) -> bool:
        top = path.partition("/")[0].lower()
        for place in self._places[app]:
            if self._systems.get(instance) is not System.GITLAB or place.host not in {"", instance}:
                continue
            if place.kind == WHOLE and place.host:
                return True
            if place.kind == GROUPS and place.name.partition("/")[0] == top:
                return True
        return False

    def _known(self, app: int) -> bool:
        """Tell whether an app is known to be of something, read or not."""
        if self._places[app]:
            return True
        organizations = [each for each in self.snapshot.entities(Kind.ORGANIZATION) if isinstance(each, Resource)]
        return any(
            self._signs_in(app, each) for each in organizations if self._systems[each.ref.instance] is System.GITHUB
        )


def _places(app: Resource) -> Iterator[Place]:
    """Yield what an app is for, by all that tells it; what the configuration says counts alone."""
    declared = app.attributes.get("declared_target")
    if isinstance(declared, str):
        system, _, name = declared.partition(":")
        kind, slash, rest = name.partition("/")
        if system == "gitlab":
            yield Place("", GROUPS, name.lower())
        elif slash and kind == ENTERPRISES:
            yield Place("", ENTERPRISES, rest.lower())
        else:
            yield Place("", ORGANIZATIONS, name.lower())
        return
    settings = app.attributes.get("app_settings")
    for key, kind in BY_SETTING.get(str(app.attributes.get("name")), {}).items():
        value = settings.get(key) if isinstance(settings, dict) else None
        if isinstance(value, str) and value:
            yield Place("github.com", kind, value.lower())
    saml = app.attributes.get("saml")
    for url in (app.attributes.get("provisions"), saml.get("acs") if isinstance(saml, dict) else None):
        yield from _at(url)


def _at(url: object) -> Iterator[Place]:
    """Yield what an address of SCIM or of SAML is of.

    https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/scim (`/scim/v2/enterprises/{enterprise}`)
    https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/saml-configuration-reference
    https://docs.gitlab.com/user/group/saml_sso/ , https://docs.gitlab.com/integration/saml/
    """
    where, parts = host(url), _path(url)
    if not where:
        return
    if where in {"github.com", "api.github.com"} or where.endswith(".ghe.com"):
        where = where.removeprefix("api.")
    for number, part in enumerate(parts[:-1]):
        if part in {ORGANIZATIONS, "organizations"}:
            yield Place(where, ORGANIZATIONS, parts[number + 1].lower())
            return
        if part in {ENTERPRISES, GROUPS}:
            yield Place(where, part, parts[number + 1].lower())
            return
    if "auth" in parts or "scim" in parts:
        yield Place(where, WHOLE, "")


def _path(url: object) -> list[str]:
    try:
        return [each for each in urlsplit(str(url or "")).path.split("/") if each]
    except ValueError:
        return []


def _rows(app: Resource, name: str) -> Iterable[dict[str, Any]]:
    value = app.attributes.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
