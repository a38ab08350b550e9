"""A small Okta organization for the tests of checks: made of facts, so that each can be taken away."""

from typing import Any

from pipewarden.access.okta.places import Place, around, place_ref, tenant_ref
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Entity,
    Gate,
    GateKind,
    Grant,
    GrantKind,
    Group,
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.checks.builder import NOW, days_ago

HOST = "acme.okta.example"
TENANT = tenant_ref(HOST)
SEEN = Origin("GET /api/v1/made-for-a-test", NOW)
STRONG = {"enrolled": True, "methods": ["webauthn"], "phishing_resistant": True, "weak_only": False}


def ref(kind: Kind, key: str) -> Ref:
    return Ref(HOST, kind, key)


class Okta:
    """What the organization holds; every method adds to it and returns it."""

    def __init__(self) -> None:
        self.facts: list[AnyFact] = [source(HOST, System.OKTA, SEEN)]
        self.facts.append(Resource(ref=TENANT, name="okta:acme", origin=SEEN))
        for place in Place:
            if place is not Place.TENANT:
                where = place_ref(TENANT, place)
                made = Resource(ref=where, name=f"okta:acme/{place}", parent=around(TENANT, place), origin=SEEN)
                self.facts.append(made)

    def person(
        self, name: str, *, seen: float | None = 1, admin: bool = False, top: bool = False, **attributes: Any
    ) -> "Okta":
        last = None if seen is None else "then"
        given = {"status": "ACTIVE", "mfa": STRONG, "lastLogin": last, "passwordChanged": None, **attributes}
        where = place_ref(TENANT, Place.SUPERS if top else Place.ADMINISTRATORS if admin else Place.USERS)
        self.facts.append(
            Account(
                ref=ref(Kind.ACCOUNT, name), name=name, parent=where, attributes=given, created_at=days_ago(400),
                last_used_at=None if seen is None else days_ago(seen), origin=SEEN,
            )
        )  # fmt: skip
        return self

    def group(self, name: str, *members: str, admin: bool = False, **attributes: Any) -> "Okta":
        where = place_ref(TENANT, Place.ADMIN_GROUPS if admin else Place.GROUPS)
        given = {"type": "OKTA_GROUP", "has_admin_privilege": admin, **attributes}
        group = ref(Kind.GROUP, name)
        self.facts.append(Group(ref=group, name=name, parent=where, attributes=given, origin=SEEN))
        self.facts += [Membership(member=ref(Kind.ACCOUNT, each), group=group, origin=SEEN) for each in members]
        return self

    def role(self, who: Ref, kind: str, on: Ref, *capabilities: str) -> "Okta":
        key = f"okta:{kind}:{'+'.join(capabilities)}"
        self.facts.append(
            Role(
                ref=ref(Kind.ROLE, key), name=kind.lower(), parent=TENANT, attributes={"type": kind},
                permissions=dict.fromkeys(capabilities, "yes"), origin=SEEN,
            )
        )  # fmt: skip
        self.facts.append(Grant(principal=who, resource=on, role=key, kind=GrantKind.DIRECT, origin=SEEN))
        return self

    def super(self, *names: str) -> "Okta":
        for name in names:
            self.role(ref(Kind.ACCOUNT, name), "SUPER_ADMIN", TENANT, "administer", "manage_access", "assume_role")
        return self

    def app(self, name: str, *groups: str, policy: str = "", **attributes: Any) -> "Okta":
        given = {
            "name": name.lower(), "status": "ACTIVE", "signOnMode": "SAML_2_0", "access_policy": policy,
            "features": ["PUSH_USER_DEACTIVATION"], **attributes,
        }  # fmt: skip
        app, where = ref(Kind.APPLICATION, name), place_ref(TENANT, Place.APPS)
        self.facts.append(Resource(ref=app, name=name, parent=where, attributes=given, origin=SEEN))
        self.facts.append(
            Role(
                ref=ref(Kind.ROLE, "okta:assigned"), name="assigned", parent=TENANT, permissions={"read": "yes"},
                attributes={"type": "ASSIGNMENT"}, origin=SEEN,
            )
        )  # fmt: skip
        for group in groups:
            principal = ref(Kind.GROUP, group)
            self.facts.append(
                Grant(principal=principal, resource=app, role="okta:assigned", kind=GrantKind.DIRECT, origin=SEEN)
            )
        return self

    def policy(self, key: str, kind: str, *rules: dict[str, Any], name: str = "", **more: Any) -> "Okta":
        return self.setting(kind, key, name or key, rules=list(rules), priority=1, **more)

    def setting(self, kind: str, key: str, name: str = "", /, *, active: bool = True, **more: Any) -> "Okta":
        self.facts.append(
            Gate(
                ref=ref(Kind.GATE, key), resource=TENANT, kind=GateKind.SIGN_ON, name=name or key, active=active,
                rules={"type": kind, **more}, origin=SEEN,
            )
        )  # fmt: skip
        return self

    def machine(
        self, kind: Kind, name: str, *, owner: str = "", age: float = 10, used: float = 1, **given: Any
    ) -> "Okta":
        self.facts.append(
            Machine(
                ref=ref(kind, name), name=name, parent=TENANT, attributes=given, created_at=days_ago(age),
                last_used_at=days_ago(used), owner=ref(Kind.ACCOUNT, owner) if owner else None, origin=SEEN,
            )
        )  # fmt: skip
        return self

    def into(self, estate: Any) -> Any:
        """Put all of it into an estate."""
        for fact in self.facts:
            if isinstance(fact, Entity):
                estate._put(fact)
            else:
                estate._facts.append(fact)
        return estate


def rule(name: str, factors: str = "2FA", *, system: bool = False, **possession: str) -> dict[str, Any]:
    """Return a rule of an app's sign-in policy."""
    method = {
        "type": "ASSURANCE",
        "factorMode": factors,
        "reauthenticateIn": "PT2H",
        "constraints": [{"possession": possession}] if possession else [],
    }
    actions = {"appSignOn": {"access": "ALLOW", "verificationMethod": method}}
    return {"id": name, "name": name, "status": "ACTIVE", "priority": 1, "system": system, "actions": actions}


def everything() -> Okta:
    """Return an organization in which something of each sort is there, well kept or not."""
    okta = Okta()
    okta.person("alice@acme.example", admin=True).person("bob@acme.example").person("dave@acme.example", seen=200)
    okta.person("leo@acme.example", seen=None, status="STAGED", mfa=None)
    okta.person("erin@acme.example", admin=True, mfa={**STRONG, "enrolled": False})
    okta.group("Everyone", "bob@acme.example", type="BUILT_IN")
    rules = [{"name": "r", "status": "ACTIVE", "attributes": ["nickName"], "expression": 'user.nickName=="x"'}]
    okta.group("release", "bob@acme.example", rules=rules)
    okta.super("alice@acme.example")
    okta.role(ref(Kind.ACCOUNT, "erin@acme.example"), "USER_ADMIN", ref(Kind.GROUP, "release"), "manage_access")
    okta.app("saasure", policy="console").app("okta_enduser", policy="two").app("GitHub", "release", policy="one")
    okta.app(
        "GitLab", "Everyone", policy="one", features=[], signOnMode="AUTO_LOGIN", scheme="EDIT_USERNAME_AND_PASSWORD"
    )
    okta.policy("console", "ACCESS_POLICY", rule("admins"))
    okta.policy("two", "ACCESS_POLICY", rule("Catch-all Rule", system=True))
    okta.policy("one", "ACCESS_POLICY", rule("Catch-all Rule", "1FA", system=True))
    session = {"maxSessionIdleMinutes": 720, "maxSessionLifetimeMinutes": 0, "usePersistentCookie": True}
    signon = {"signon": {"access": "ALLOW", "session": session}}
    okta.policy("global", "OKTA_SIGN_ON", {"name": "Default Rule", "status": "ACTIVE", "actions": signon})
    password = {"complexity": {"minLength": 8}, "age": {"historyCount": 0}, "lockout": {"maxAttempts": 0}}
    okta.policy("passwords", "PASSWORD", settings={"password": password})
    okta.setting("authenticator", "phone", methods=[{"type": "sms", "status": "ACTIVE"}], allowedFor="any")
    okta.setting("zone", "blocked", usage="BLOCKLIST", gateways=0)
    okta.setting("identity provider", "partner", **{"provisioning.groups": "ASSIGN", "assignments": ["release"]})
    anywhere = {"connection": "ANYWHERE"}
    okta.machine(Kind.ACCESS_TOKEN, "alice's API token x", owner="alice@acme.example", age=900, network=anywhere)
    okta.machine(
        Kind.SERVICE_ACCOUNT, "deploybot", status="ACTIVE", scopes=["okta.groups.manage"], client_id="c",
        token_endpoint_auth_method="client_secret_basic",
    )  # fmt: skip
    okta.role(ref(Kind.SERVICE_ACCOUNT, "deploybot"), "USER_ADMIN", place_ref(TENANT, Place.GROUPS), "manage_access")
    return okta
