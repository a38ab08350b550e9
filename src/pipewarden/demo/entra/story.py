"""Acme's tenant: who is in it, who administers it, which applications act in it, and what a sign-in must show."""

from dataclasses import dataclass, field
from datetime import timedelta

from pipewarden.demo.entra import rows
from pipewarden.demo.entra.rows import ROLES, Json, made
from pipewarden.demo.estate.kinds import Estate

TENANT = made("tenant")

ON_CALL = made("group", "SRE on call")

NOT_HERE = frozenset({"acme-ci", "mallory", "frank", "dave"})
"""People of the code host who have no account of the company's here; dave is a guest."""

PASSWORDLESS = ("passKeyDeviceBound", "microsoftAuthenticatorPush")
PUSH = ("microsoftAuthenticatorPush",)


@dataclass
class Directory:
    """All that one tenant holds, as Graph's collections."""

    tenant: str
    plans: tuple[str, ...] = ("P1", "P2")
    users: list[Json] = field(default_factory=list)
    registered: list[Json] = field(default_factory=list)
    groups: list[Json] = field(default_factory=list)
    units: list[Json] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=dict)
    """By the id of a group or administrative unit."""
    owners: dict[str, list[str]] = field(default_factory=dict)
    """By the id of a group, application or service principal."""
    applications: list[Json] = field(default_factory=list)
    services: list[Json] = field(default_factory=list)
    federated: dict[str, list[Json]] = field(default_factory=dict)
    permissions: list[Json] = field(default_factory=list)
    definitions: list[Json] = field(default_factory=list)
    assignments: list[Json] = field(default_factory=list)
    eligible: list[Json] = field(default_factory=list)
    joining: list[Json] = field(default_factory=list)
    """Who may become a member or owner of a group."""
    role_policies: list[Json] = field(default_factory=list)
    access_policies: list[Json] = field(default_factory=list)
    reviews: list[Json] = field(default_factory=list)
    """Definitions of access reviews."""
    authorization: Json = field(default_factory=dict)
    security_defaults: bool = False
    objects: tuple[tuple[int, ...], dict[str, Json]] | None = None
    """Every object by its id, as lists of several types carry it, and how many there were."""

    def give(self, principal: str, role: str, scope: str = "/", ends: str | None = None) -> None:
        """Assign a role that is active."""
        self.assignments.append(
            {
                "id": made("assignment", principal, role, scope),
                "principalId": principal,
                "roleDefinitionId": ROLES.get(role, role),
                "directoryScopeId": scope,
                "appScopeId": None,
                "condition": None,
                "ends": ends,
            }
        )

    def offer(self, principal: str, role: str) -> None:
        """Make somebody eligible for a role."""
        self.eligible.append(
            {
                "id": made("eligible", principal, role),
                "principalId": principal,
                "roleDefinitionId": ROLES[role],
                "directoryScopeId": "/",
                "appScopeId": None,
                "startDateTime": "2026-01-05T08:00:00Z",
                "endDateTime": None,
                "memberType": "Direct",
                "roleEligibilityScheduleId": made("schedule", principal, role),
            }
        )

    def let_join(self, principal: str, group: str, relation: str = "member") -> None:
        """Make somebody eligible to become a member or owner of a group."""
        self.joining.append(
            {
                "id": made("joining", principal, group, relation),
                "principalId": principal,
                "groupId": group,
                "accessId": relation,
                "startDateTime": "2026-01-05T08:00:00Z",
                "endDateTime": None,
                "memberType": "direct",
                "eligibilityScheduleId": made("schedule", principal, group),
            }
        )

    def permit(self, service: str, permission: str) -> None:
        """Give an application a permission of Microsoft Graph."""
        self.permissions.append(
            {
                "id": made("permitted", service, permission),
                "appRoleId": made("permission", permission),
                "principalId": made("service", service),
                "principalDisplayName": service,
                "principalType": "ServicePrincipal",
                "resourceId": made("service", "Microsoft Graph"),
                "resourceDisplayName": "Microsoft Graph",
                "createdDateTime": "2024-05-02T08:10:00Z",
                "deletedDateTime": None,
            }
        )

    def assign(self, principal: str, kind: str, application: str, role: str) -> None:
        """Give somebody a role that an application declares; without one it is the default access."""
        self.permissions.append(
            {
                "id": made("assigned", principal, application, role),
                "appRoleId": made("app role", application, role) if role else "00000000-0000-0000-0000-000000000000",
                "principalId": principal,
                "principalDisplayName": None,
                "principalType": kind,
                "resourceId": made("service", application),
                "resourceDisplayName": application,
                "createdDateTime": "2025-09-01T08:10:00Z",
                "deletedDateTime": None,
            }
        )

    def register(self, name: str, **parts: tuple[Json, ...]) -> None:
        """Register an application with its service principal."""
        self.applications.append(rows.application(name, **parts))
        self.services.append(rows.service(name, self.tenant))


def directory(estate: Estate) -> Directory:
    """Return the tenant of an estate: its people as users, and acme's own story where acme is in it."""
    found = Directory(TENANT)
    seen = rows.stamp(estate.now - timedelta(days=2))
    for number, (login, _) in enumerate(sorted(estate.people.items())):
        if login in NOT_HERE:
            continue
        activity = {"lastSignInDateTime": seen, "lastSuccessfulSignInDateTime": seen}
        found.users.append(rows.user(login, signInActivity=activity))
        found.registered.append(rows.registered(found.users[-1], *(PUSH if number % 9 else ("mobilePhone",))))
    found.definitions = [rows.definition(name, template) for name, template in ROLES.items()]
    found.services.append(
        rows.service(
            "Microsoft Graph",
            "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
            appId=rows.GRAPH_APP,
            appRoles=[rows.permission(name) for name in rows.PERMISSIONS],
        )
    )
    found.authorization = {
        "id": "authorizationPolicy",
        "displayName": "Authorization Policy",
        "allowInvitesFrom": "everyone",
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "allowUserConsentForRiskyApps": None,
        "defaultUserRolePermissions": {
            "allowedToCreateApps": True,
            "allowedToCreateSecurityGroups": True,
            "allowedToCreateTenants": True,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"],
        },
    }
    if "acme" in estate.organizations:
        _people(found, estate)
        _roles(found)
        _machines(found)
        _policies(found)
    else:
        found.groups = [rows.group(f"group {number:05d}") for number in range(max(1, len(found.users) // 20))]
        ids = [each["id"] for each in found.users]
        for number, each in enumerate(found.groups):
            found.members[each["id"]] = ids[number * 20 : number * 20 + 25]
        for each in ids[:2]:
            found.give(each, "Global Administrator")
    return found


def _person(found: Directory, login: str) -> Json:
    return next(row for row in found.users if row["userPrincipalName"].startswith(f"{login}@"))


def _enrolled(found: Directory, login: str, *methods: str) -> None:
    row = _person(found, login)
    found.registered = [each for each in found.registered if each["id"] != row["id"]]
    found.registered.append(rows.registered(row, *methods))


def _people(found: Directory, estate: Estate) -> None:
    """Tell who left, who is a guest, who is synchronised, and who has registered what."""
    left = rows.stamp(estate.now.replace(month=3, day=2))
    _person(found, "carol").update(
        accountEnabled=False, signInActivity={"lastSignInDateTime": left, "lastSuccessfulSignInDateTime": left}
    )
    found.users.append(
        rows.user(
            "dave",
            userPrincipalName="dave_acme.example#EXT#@acmecorp.onmicrosoft.com",
            userType="Guest",
            externalUserState="Accepted",
            signInActivity={"lastSignInDateTime": "2026-06-30T12:00:00Z"},
        )
    )
    found.registered.append(rows.registered(found.users[-1], "mobilePhone"))
    found.users.append(
        rows.user("breakglass", userPrincipalName="breakglass@acmecorp.onmicrosoft.com", mail=None, signInActivity=None)
    )
    found.registered.append(rows.registered(found.users[-1]))
    _person(found, "olga").update(onPremisesSyncEnabled=True)
    _enrolled(found, "alice", *PASSWORDLESS)
    _enrolled(found, "heidi", *PASSWORDLESS)
    _enrolled(found, "nils", "mobilePhone")
    _enrolled(found, "karl")


def _roles(found: Directory) -> None:
    """Give the roles: alice owns, erin adds to groups, heidi and ivan are eligible, nils may give any role."""
    found.give(made("user", "alice"), "Global Administrator")
    found.give(made("user", "breakglass"), "Global Administrator")
    found.give(made("user", "nils"), "Privileged Role Administrator")
    found.give(made("user", "erin"), "Groups Administrator")
    found.give(made("user", "olga"), "Security Administrator")
    found.give(made("user", "carol"), "User Administrator")
    found.give(made("user", "peggy"), "Authentication Administrator", "/administrativeUnits/" + made("unit", "sales"))
    sales = rows.unit("sales")
    found.units.append(sales)
    found.members[sales["id"]] = [made("user", "dave"), made("user", "karl")]
    found.offer(made("user", "heidi"), "Global Administrator")
    found.offer(made("user", "ivan"), "Application Administrator")
    found.role_policies = [
        rows.policy(ROLES["Global Administrator"], approval=True, approvers=(made("user", "alice"),)),
        *(rows.policy(role, approval=False) for name, role in ROLES.items() if name != "Global Administrator"),
    ]
    operators = rows.group("Application operators", isAssignableToRole=True)
    engineers = rows.group("Engineers")
    leads = rows.group("Engineering leads")
    trusted = rows.group(
        "Trusted devices",
        groupTypes=["DynamicMembership"],
        membershipRule='(user.mobilePhone -startsWith "+49 30 5550")',
        membershipRuleProcessingState="On",
    )
    standby = rows.group("SRE on call")
    found.groups += [operators, engineers, leads, trusted, standby]
    found.members[operators["id"]] = [made("user", "liam")]
    found.owners[operators["id"]] = [made("user", "karl")]
    found.members[engineers["id"]] = [made("user", "bob"), made("user", "judy"), leads["id"]]
    found.members[leads["id"]] = [made("user", "ivan")]
    found.members[trusted["id"]] = [made("user", "mona")]
    found.give(operators["id"], "Cloud Application Administrator")
    found.reviews = [rows.role_review("Global Administrators", ROLES["Global Administrator"])]
    # nobody is in it: ivan becomes a member for some hours, and maintainers of acme on GitLab follow it
    found.let_join(made("user", "ivan"), ON_CALL)
    found.role_policies.append(rows.policy("member", approval=False, group=ON_CALL))
    found.role_policies.append(rows.policy("owner", approval=True, approvers=(made("user", "alice"),), group=ON_CALL))


def _machines(found: Directory) -> None:
    """Register deploybot, which jobs of acme/web act as, and others that were forgotten or hold too much."""
    found.register("deploybot", secrets=(rows.secret("pipeline", "2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z"),))
    found.register("directory-sync", secrets=(rows.secret("sync", "2024-05-02T00:00:00Z", "2027-05-02T00:00:00Z"),))
    found.register("terraform-plan")
    found.register("site-publisher")
    emu = rows.service("GitHub Enterprise Managed User", found.tenant, preferredSingleSignOnMode="saml")
    found.services.append(emu)
    emu["appRoles"] = [rows.app_role(emu["displayName"], "", name="Enterprise Owner")]
    publisher = next(each for each in found.services if each["displayName"] == "site-publisher")
    publisher["appRoles"] = [rows.app_role("site-publisher", "Site.Publish", members=("Application",))]
    found.assign(made("service", "deploybot"), "ServicePrincipal", "site-publisher", "Site.Publish")
    found.assign(made("user", "alice"), "User", emu["displayName"], "Enterprise Owner")
    found.assign(made("group", "Engineers"), "Group", emu["displayName"], "")
    found.permit("directory-sync", "RoleManagement.ReadWrite.Directory")
    found.permit("directory-sync", "Directory.Read.All")
    found.permit("deploybot", "User.Read.All")
    found.owners[made("application", "deploybot")] = [made("user", "bob")]
    found.owners[made("application", "directory-sync")] = [made("user", "judy")]
    found.owners[made("service", "directory-sync")] = [made("user", "judy")]
    found.federated = {
        made("application", "deploybot"): [rows.federated("production", "repo:acme/web:environment:production")],
        made("application", "terraform-plan"): [rows.federated("plan", "repo:acme/infra:pull_request")],
        made("application", "site-publisher"): [rows.federated("site", "repo:acme/website:ref:refs/heads/main")],
    }


def _policies(found: Directory) -> None:
    """Ask administrators for a second factor and everybody else only in a report."""
    glass = made("user", "breakglass")
    found.access_policies = [
        rows.access_policy(
            "Second factor for administrators",
            "enabled",
            includeRoles=[ROLES["Global Administrator"], ROLES["Privileged Role Administrator"]],
            excludeUsers=[glass],
            excludeGroups=[made("group", "Trusted devices")],
        ),
        rows.access_policy(
            "Second factor for everybody",
            "enabledForReportingButNotEnforced",
            includeUsers=["All"],
            excludeUsers=[glass],
            excludeGroups=[made("group", "Pilot")],
        ),
    ]
