"""A small tenant of Entra ID with something for every check of it, beside the estate of the other tests."""

from pipewarden.model.facts import Account, Gate, GateKind, Grant, GrantKind, Group, Machine, Membership, Resource, Role
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.checks.builder import SEEN, Estate, days_ago

TENANT_ID = "11111111-2222-3333-4444-555555555555"
GLOBAL = "role:62e90394-69f5-4237-9190-012177145e10"


def with_tenant(estate: Estate) -> Estate:
    """Add the tenant to an estate."""

    def ref(kind: Kind, key: str) -> Ref:
        return Ref(TENANT_ID, kind, key)

    tenant, ops, app = ref(Kind.TENANT, TENANT_ID), ref(Kind.GROUP, "ops"), ref(Kind.APPLICATION, "app")
    service, alice, dave = ref(Kind.SERVICE_ACCOUNT, "sp"), ref(Kind.ACCOUNT, "alice"), ref(Kind.ACCOUNT, "dave")
    factor = {"enrolled": True, "capable": True, "methods": ["mobilePhone"], "phishing_resistant": False}
    person = {"accountEnabled": True, "userType": "Member", "onPremisesSyncEnabled": True, "mfa": factor}
    may = {
        "allowedToCreateApps": True,
        "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"],
    }
    things = (
        Resource(
            ref=tenant,
            name="entra:acme",
            attributes={
                "authorization_policy": {"allowInvitesFrom": "everyone", "defaultUserRolePermissions": may},
                "security_defaults": False,
            },
            origin=SEEN,
        ),
        Account(
            ref=alice,
            name="alice@acme.example",
            parent=tenant,
            last_used_at=days_ago(20),
            attributes=person,
            origin=SEEN,
        ),
        Account(
            ref=dave,
            name="dave@acme.example",
            parent=tenant,
            created_at=days_ago(400),
            attributes={**person, "userType": "Guest", "mfa": {**factor, "capable": False}},
            origin=SEEN,
        ),
        Group(
            ref=ops,
            name="ops",
            parent=tenant,
            attributes={"isAssignableToRole": True, "membershipRule": '(user.displayName -contains "ops")'},
            origin=SEEN,
        ),
        Role(
            ref=ref(Kind.ROLE, GLOBAL),
            name="Global Administrator",
            attributes={"activation": {"approval": False}},
            origin=SEEN,
        ),
        Resource(ref=app, name="sync", parent=tenant, origin=SEEN),
        Machine(ref=service, name="sync", parent=app, attributes={"accountEnabled": True}, origin=SEEN),
        Machine(
            ref=ref(Kind.SERVICE_ACCOUNT, "emu"),
            name="GitHub Enterprise Managed User",
            parent=tenant,
            attributes={"accountEnabled": True, "appId": "emu", "preferredSingleSignOnMode": "saml"},
            origin=SEEN,
        ),
        Machine(
            ref=ref(Kind.CLIENT_SECRET, "s"),
            name="secret of sync",
            parent=app,
            created_at=days_ago(400),
            expires_at=days_ago(-400),
            attributes={"type": "secret", "ends": "2027-01-01T00:00:00Z"},
            origin=SEEN,
        ),
    )
    for thing in things:
        estate._put(thing)
    estate._facts += [
        source(TENANT_ID, System.ENTRA, SEEN),
        Membership(member=alice, group=ops, origin=SEEN),
        Grant(principal=ops, resource=tenant, role=GLOBAL, kind=GrantKind.DIRECT, origin=SEEN),
        Grant(principal=dave, resource=tenant, role=GLOBAL, kind=GrantKind.POTENTIAL, origin=SEEN),
        Grant(principal=alice, resource=ops, role="owner of the group", kind=GrantKind.OWNERSHIP, origin=SEEN),
        Grant(principal=alice, resource=app, role="owner of the application", kind=GrantKind.OWNERSHIP, origin=SEEN),
        Grant(
            principal=service,
            resource=tenant,
            role="graph:RoleManagement.ReadWrite.Directory",
            kind=GrantKind.APP,
            origin=SEEN,
        ),
        Gate(
            ref=ref(Kind.GATE, "ca"),
            resource=tenant,
            kind=GateKind.CONDITIONAL_ACCESS,
            name="Second factor",
            rules={
                "state": "enabled",
                "conditions": {
                    "users": {"includeUsers": ["All"], "excludeUsers": ["gone"], "excludeGroups": ["ops"]},
                    "applications": {"includeApplications": ["All"], "excludeApplications": ["emu"]},
                },
                "controls": {"operator": "OR", "builtInControls": ["mfa"]},
            },
            origin=SEEN,
        ),
    ]
    return estate
