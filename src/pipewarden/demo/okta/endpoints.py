"""What each path answers: one function for each template of Okta's API that the estate knows."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pipewarden.demo.okta import shapes
from pipewarden.demo.okta.directory import App, Directory, Group, Json, Person, target_of


class Made(Sequence[Json]):
    """Rows that are made when they are looked at: a page of a long list costs no more than the page."""

    def __init__(self, of: Sequence[Any], make: Callable[[Any], Json]) -> None:
        self._of = of
        self._make = make

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._of)

    def __getitem__(self, place: Any) -> Any:
        """Return one row, or those of a slice."""
        if isinstance(place, slice):
            return [self._make(each) for each in self._of[place]]
        return self._make(self._of[place])


class Listed(NamedTuple):
    """A list that is paged. `under` names it where it stands inside an object, whose links then tell the next page."""

    rows: Sequence[Any]
    most: int = 200
    under: str = ""


class Refused(Exception):
    """An answer that is no answer."""

    def __init__(self, status: int, code: str, told: str) -> None:
        super().__init__(told)
        self.status = status
        self.code = code
        self.told = told


class Asked(NamedTuple):
    """One request: the organization, the names in its path, and its query."""

    okta: Directory
    names: Mapping[str, str]
    query: Mapping[str, str]

    def person(self) -> Person:
        """Return the person whom the path names."""
        found = self.okta.person_by_id(self.names.get("userId") or self.names.get("id") or "")
        if found is None:
            raise _absent("User")
        return found

    def group(self) -> Group:
        """Return the group that the path names."""
        found = self.okta.group_by_id(self.names["groupId"])
        if found is None:
            raise _absent("UserGroup")
        return found

    def app(self) -> App:
        """Return the app that the path names."""
        found = next((each for each in self.okta.apps if each.id == self.names["appId"]), None)
        if found is None:
            raise _absent("AppInstance")
        return found


def _absent(kind: str) -> Refused:
    return Refused(404, "E0000007", f"Not found: Resource not found ({kind})")


Answerer = Callable[[Asked], Any]
ROUTES: list[tuple[str, re.Pattern[str], Answerer, str]] = []
"""Template, its pattern, what answers, and the scope that it needs."""


def route(template: str, scope: str) -> Callable[[Answerer], Answerer]:
    """Register what answers a template."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + r"\Z")

    def register(answerer: Answerer) -> Answerer:
        ROUTES.append((template, pattern, answerer, scope))
        return answerer

    return register


@cache
def _ordered() -> list[tuple[str, re.Pattern[str], Answerer, str]]:
    return sorted(ROUTES, key=lambda each: each[0].count("{"))


def found(path: str) -> tuple[str, Mapping[str, str], Answerer, str] | None:
    """Return what answers a path; fixed words win over names."""
    for template, pattern, answerer, scope in _ordered():
        match = pattern.match(path)
        if match:
            return template, match.groupdict(), answerer, scope
    return None


@route("/api/v1/org", "okta.orgs.read")
def _org(asked: Asked) -> Json:
    return {
        "id": "00o00000000000000001", "subdomain": asked.okta.name, "companyName": asked.okta.name.capitalize(),
        "status": "ACTIVE", "created": "2022-01-01T08:00:00.000Z", "lastUpdated": "2022-01-01T08:00:00.000Z",
        "phoneNumber": "", "website": "https://acme.example",
    }  # fmt: skip


@route("/api/v1/users", "okta.users.read")
def _users(asked: Asked) -> Listed:
    """A list without a search leaves out the deactivated, as the real one does."""
    gone = asked.query.get("search") == 'status eq "DEPROVISIONED"'
    people = [each for each in asked.okta.people.values() if (each.status == "DEPROVISIONED") == gone]
    return Listed(Made(people, shapes.user))


@route("/api/v1/users/{id}", "okta.users.read")
def _user(asked: Asked) -> Json:
    return shapes.user(asked.person())


@route("/api/v1/users/{userId}/factors", "okta.users.read")
def _factors(asked: Asked) -> list[Json]:
    person = asked.person()
    return [shapes.factor(person, number, kind) for number, kind in enumerate(person.factors)]


@route("/api/v1/users/{userId}/roles", "okta.roles.read")
def _user_roles(asked: Asked) -> list[Json]:
    """Return the roles of a person, those of their groups among them."""
    person, okta, expand = asked.person(), asked.okta, asked.query.get("expand", "")
    login = next(login for login, each in okta.people.items() if each is person)
    rows = [shapes.assignment(okta, row, "USER", person.id, n, expand) for n, row in enumerate(person.roles)]
    for group in okta.groups.values():
        if login in group.members:
            rows += [shapes.assignment(okta, row, "GROUP", group.id, n, expand) for n, row in enumerate(group.roles)]
    return rows


@route("/api/v1/groups", "okta.groups.read")
def _groups(asked: Asked) -> Listed:
    stats = "stats" in asked.query.get("expand", "")
    return Listed([shapes.group(each, stats=stats) for each in asked.okta.groups.values()], 10_000)


@route("/api/v1/groups/{groupId}", "okta.groups.read")
def _group(asked: Asked) -> Json:
    return shapes.group(asked.group())


@route("/api/v1/groups/{groupId}/users", "okta.groups.read")
def _members(asked: Asked) -> Listed:
    people = asked.okta.people
    return Listed(Made(asked.group().members, lambda login: shapes.user(people[login])), 1000)


@route("/api/v1/groups/{groupId}/roles", "okta.roles.read")
def _group_roles(asked: Asked) -> list[Json]:
    group, expand = asked.group(), asked.query.get("expand", "")
    return [shapes.assignment(asked.okta, row, "GROUP", group.id, n, expand) for n, row in enumerate(group.roles)]


@route("/api/v1/groups/rules", "okta.groups.read")
def _rules(asked: Asked) -> Listed:
    return Listed(asked.okta.rules, 50)


@route("/api/v1/iam/assignees/users", "okta.roles.read")
def _assignees(asked: Asked) -> Listed:
    in_groups = {login for group in asked.okta.groups.values() if group.roles for login in group.members}
    people = [each for login, each in asked.okta.people.items() if each.roles or login in in_groups]
    rows = [{"id": each.id, "_links": {"self": {"href": f"{shapes.API}/users/{each.id}"}}} for each in people]
    return Listed(rows, 100, "value")


@route("/api/v1/iam/roles", "okta.roles.read")
def _custom(asked: Asked) -> Listed:
    when = {"created": "2023-05-01T08:00:00.000Z", "lastUpdated": "2023-05-01T08:00:00.000Z"}
    rows = [
        {"id": each["id"], "label": each["label"], "description": each["label"], **when}
        for each in asked.okta.custom_roles
    ]
    return Listed(rows, 100, "roles")


@route("/api/v1/iam/roles/{roleIdOrLabel}/permissions", "okta.roles.read")
def _permissions(asked: Asked) -> Json:
    role = next((each for each in asked.okta.custom_roles if each["id"] == asked.names["roleIdOrLabel"]), None)
    if role is None:
        raise _absent("CustomRole")
    return {"permissions": [{"label": each, "created": "2023-05-01T08:00:00.000Z"} for each in role["permissions"]]}


@route("/api/v1/iam/resource-sets", "okta.roles.read")
def _sets(asked: Asked) -> Listed:
    rows = [
        {"id": each["id"], "label": each["label"], "description": each["label"]} for each in asked.okta.resource_sets
    ]
    return Listed(rows, 100, "resource-sets")


@route("/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources", "okta.roles.read")
def _resources(asked: Asked) -> Listed:
    name = asked.names["resourceSetIdOrLabel"]
    chosen = next((each for each in asked.okta.resource_sets if each["id"] == name), None)
    if chosen is None:
        raise _absent("ResourceSet")
    rows = [
        {
            "id": f"ire{number:017d}",
            "created": "2023-05-01T08:00:00.000Z",
            "_links": {"self": {"href": f"{shapes.API}/{path}"}},
        }
        for number, path in enumerate(chosen["resources"])
    ]
    return Listed(rows, 100, "resources")


@route("/oauth2/v1/clients/{clientId}/roles", "okta.roles.read")
def _client_roles(asked: Asked) -> list[Json]:
    app = next((each for each in asked.okta.apps if each.client == asked.names["clientId"]), None)
    if app is None:
        raise _absent("Client")
    return [shapes.assignment(asked.okta, row, "CLIENT", app.client, n, "") for n, row in enumerate(app.roles)]


def _client_role(asked: Asked) -> Json:
    """Return the assignment that the path names."""
    app = next((each for each in asked.okta.apps if each.client == asked.names["clientId"]), None)
    rows = _client_roles(asked) if app else []
    for made, row in zip(rows, app.roles if app else (), strict=True):
        if made["id"] == asked.names["roleAssignmentId"]:
            return row
    raise _absent("RoleAssignment")


@route("/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/groups", "okta.roles.read")
def _client_groups(asked: Asked) -> list[Json]:
    found = [asked.okta.group_by_id(each) for each in _client_role(asked).get("targets") or ()]
    return [shapes.group(each) for each in found if each]


@route("/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/catalog/apps", "okta.roles.read")
def _client_apps(asked: Asked) -> list[Json]:
    return [shapes.target(each) for each in _client_role(asked).get("apps") or ()]


@route("/api/v1/apps", "okta.apps.read")
def _apps(asked: Asked) -> Listed:
    return Listed([shapes.app(each) for each in asked.okta.apps])


@route("/api/v1/apps/{appId}", "okta.apps.read")
def _app(asked: Asked) -> Json:
    return shapes.app(asked.app())


@route("/api/v1/apps/{appId}/users", "okta.apps.read")
def _app_users(asked: Asked) -> Listed:
    """Return who may use an app: by themselves, and through a group; each person once."""
    app, okta = asked.app(), asked.okta
    through = {login: "GROUP" for name in app.groups for login in okta.groups[name].members}
    every = through | dict.fromkeys(app.people, "USER")
    return Listed(
        [
            {
                "id": okta.people[login].id, "created": "2023-05-01T08:00:00.000Z",
                "lastUpdated": "2023-05-01T08:00:00.000Z", "scope": scope, "status": "ACTIVE",
                "statusChanged": "2023-05-01T08:00:00.000Z", "syncState": "DISABLED", "profile": {},
            }
            for login, scope in every.items()
            if okta.people[login].status not in {"DEPROVISIONED", "STAGED", "SUSPENDED"}
        ],
        500,
    )  # fmt: skip


@route("/api/v1/apps/{appId}/groups", "okta.apps.read")
def _app_groups(asked: Asked) -> Listed:
    groups = asked.okta.groups
    rows = [
        {"id": groups[name].id, "lastUpdated": "2023-05-01T08:00:00.000Z", "priority": number, "profile": {}}
        for number, name in enumerate(asked.app().groups)
    ]
    return Listed(rows)


@route("/api/v1/apps/{appId}/group-push/mappings", "okta.apps.read")
def _pushes(asked: Asked) -> Listed:
    app, groups = asked.app(), asked.okta.groups
    rows = [
        shapes.pushed(app, number, groups[source].id, target_of(app, number), status)
        for number, (source, _, status) in enumerate(app.pushes)
    ]
    return Listed(rows, 1000)


@route("/api/v1/apps/{appId}/connections/default", "okta.apps.read")
def _connection(asked: Asked) -> Json:
    app = asked.app()
    if not app.base:
        raise _absent("ProvisioningConnection")
    return {
        "baseUrl": app.base, "authScheme": "TOKEN", "profile": {"authScheme": "TOKEN"}, "status": "ENABLED",
        "_links": {"self": {"href": f"{shapes.API}/apps/{app.id}/connections/default"}},
    }  # fmt: skip


@route("/api/v1/apps/{appId}/grants", "okta.appGrants.read")
def _grants(asked: Asked) -> list[Json]:
    app = asked.app()
    return [
        {
            "id": f"oag{number:017d}", "status": "ACTIVE", "created": "2023-09-01T08:00:00.000Z",
            "lastUpdated": "2023-09-01T08:00:00.000Z", "issuer": "https://acme.okta.example",
            "clientId": app.client, "scopeId": scope, "source": "ADMIN",
        }
        for number, scope in enumerate(app.scopes)
    ]  # fmt: skip


@route("/api/v1/apps/{appId}/credentials/secrets", "okta.apps.read")
def _secrets(asked: Asked) -> list[Json]:
    """Return secrets with their values, as the real API does: a reader has to drop them."""
    return [
        {**each, "lastUpdated": each["created"], "client_secret": "not-to-be-kept", "secret_hash": "nor-this"}
        for each in asked.app().secrets
    ]


@route("/api/v1/api-tokens", "okta.apiTokens.read")
def _tokens(asked: Asked) -> list[Json]:
    return asked.okta.tokens


@route("/api/v1/policies", "okta.policies.read")
def _policies(asked: Asked) -> list[Json]:
    kind = asked.query.get("type")
    if not kind:
        raise Refused(400, "E0000001", "Api validation failed: type")
    return [
        {name: value for name, value in each.items() if name != "rules"}
        for each in asked.okta.policies
        if each["type"] == kind
    ]


@route("/api/v1/policies/{policyId}/rules", "okta.policies.read")
def _policy_rules(asked: Asked) -> list[Json]:
    policy = next((each for each in asked.okta.policies if each["id"] == asked.names["policyId"]), None)
    if policy is None:
        raise _absent("Policy")
    rules: list[Json] = policy["rules"]
    return rules


@route("/api/v1/authenticators", "okta.authenticators.read")
def _authenticators(asked: Asked) -> list[Json]:
    return [{name: value for name, value in each.items() if name != "methods"} for each in asked.okta.authenticators]


@route("/api/v1/authenticators/{authenticatorId}/methods", "okta.authenticators.read")
def _methods(asked: Asked) -> list[Json]:
    key = asked.names["authenticatorId"]
    chosen = next((each for each in asked.okta.authenticators if each["id"] == key), None)
    if chosen is None:
        raise _absent("Authenticator")
    methods: list[Json] = chosen["methods"]
    return methods


@route("/api/v1/zones", "okta.networkZones.read")
def _zones(asked: Asked) -> Listed:
    return Listed(asked.okta.zones)


@route("/api/v1/idps", "okta.idps.read")
def _idps(asked: Asked) -> Listed:
    return Listed(asked.okta.idps)


@route("/api/v1/logStreams", "okta.logStreams.read")
def _streams(asked: Asked) -> Listed:
    return Listed(asked.okta.log_streams)


@route("/api/v1/threats/configuration", "okta.threatInsights.read")
def _threats(asked: Asked) -> Json:
    return {
        "action": asked.okta.threat_action,
        "excludeZones": [],
        "created": "2024-01-01T00:00:00.000Z",
        "lastUpdated": "2024-01-01T00:00:00.000Z",
    }
