"""Acme's Okta: alice administers, erin may let anybody into the group that deploys, carol is gone, dave has text messages."""

from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.okta.directory import App, Directory, Group, Json, Person
from pipewarden.demo.okta.settings import authenticators, policies, zones

DOMAIN = "acme.example"
CREATED = "2022-02-01T08:00:00.000Z"
LEFT = "2026-03-03T16:00:00.000Z"

STRONG = frozenset({"alice", "grace", "heidi"})
"""People with a passkey."""

UNKNOWN_HERE = frozenset({"mallory", "acme-ci"})
"""Accounts of the code host that the identity provider has never heard of."""

ROLE = {
    "SUPER_ADMIN": "Super Administrator",
    "USER_ADMIN": "Group Administrator",
    "APP_ADMIN": "Application Administrator",
    "HELP_DESK_ADMIN": "Help Desk Administrator",
    "READ_ONLY_ADMIN": "Read-only Administrator",
}


def key(kind: str, number: int) -> str:
    """Return an id in Okta's form: `00u`, `00g` or `0oa`, and seventeen more."""
    return f"{kind}{number:017d}"


def role(kind: str, *, targets: tuple[str, ...] = ()) -> Json:
    """Return an assignment of a standard role; `targets` are the ids of groups that narrow it."""
    return {"type": kind, "label": ROLE[kind], "targets": list(targets)}


def directory(estate: Estate) -> Directory:
    """Return the organization that belongs to an estate: acme's story, or one as large as a generated estate."""
    if "acme" in estate.organizations:
        return _acme(estate)
    from pipewarden.demo.okta.scale import generated

    return generated(estate)


def _acme(estate: Estate) -> Directory:
    okta = Directory("acme", estate.now)
    numbers = {login: person.id for login, person in estate.people.items() if login not in UNKNOWN_HERE}
    for login, number in numbers.items():
        mail = "frank@mail.example" if login == "frank" else f"{login}@{DOMAIN}"
        person = Person(key("00u", number), mail, first=login.capitalize(), last="Acme", department="Engineering")
        person.factors = ("webauthn", "push") if login in STRONG else ("push", "token:software:totp")
        okta.people[login] = person
    _particular(okta.people)
    _groups(okta)
    _rules(okta)
    _apps(okta)
    okta.policies, okta.authenticators, okta.zones = policies(), authenticators(), zones()
    okta.tokens = [
        _token(1, okta.people["alice"], "terraform", created="2025-01-15T09:00:00.000Z", used="2026-11-22T23:10:00.000Z"),
        _token(2, okta.people["sybil"], "directory sync", created="2023-04-02T09:00:00.000Z", used="2026-11-20T03:00:00.000Z"),
        _token(
            3, okta.people["rupert"], "reports", created="2026-10-01T09:00:00.000Z", used="2026-10-30T09:00:00.000Z", zones=("nzo00000000000000002",)
        ),
    ]  # fmt: skip
    okta.idps = [
        {
            "id": key("0oa", 901), "type": "SAML2", "name": "Partner sign-in", "status": "ACTIVE", "created": CREATED,
            "policy": {
                "accountLink": {"action": "AUTO"},
                "provisioning": {
                    "action": "AUTO",
                    "profileMaster": False,
                    "groups": {"action": "ASSIGN", "assignments": [okta.groups["release"].id]},
                },
                "maxClockSkew": 0,
            },
        }
    ]  # fmt: skip
    return okta.index()


def _particular(people: dict[str, Person]) -> None:
    """Make those of the story what they are."""
    people["carol"].status, people["carol"].status_changed = "DEPROVISIONED", LEFT
    people["carol"].last_login, people["carol"].factors = "2026-03-02T17:12:00.000Z", ()
    people["dave"].kind, people["dave"].factors = "Contractor", ("sms",)
    people["dave"].department = "Contractors"
    people["frank"].last_login = "2026-05-04T10:00:00.000Z"
    people["erin"].factors = ("sms", "question")
    people["sybil"].factors = ()
    people["sybil"].last_login = "2026-06-30T07:00:00.000Z"
    people["sybil"].password_changed = "2024-02-01T08:00:00.000Z"
    people["leo"].status, people["leo"].last_login, people["leo"].factors = "STAGED", None, ()
    people["kate"].status, people["kate"].last_login = "PROVISIONED", None
    people["kate"].created, people["kate"].factors = "2026-05-01T08:00:00.000Z", ()
    people["jonas"].status = "SUSPENDED"
    people["alice"].roles = [role("SUPER_ADMIN")]
    people["ivan"].roles = [role("HELP_DESK_ADMIN")]
    people["judy"].roles = [role("APP_ADMIN")]
    people["rupert"].roles = [role("READ_ONLY_ADMIN")]
    people["karl"].roles = [
        {"type": "CUSTOM", "label": "Team lead", "role": "cr000000000000000001", "set": "iam00000000000000001"}
    ]


def _groups(okta: Directory) -> None:
    here = [login for login, person in okta.people.items() if person.status != "DEPROVISIONED"]
    developers = [login for login in here if login not in {"dave", "frank", "alice"}]

    def group(number: int, name: str, members: list[str], *, of: str = "OKTA_GROUP", about: str | None = None) -> Group:
        made = Group(key("00g", number), name, of, about, members)
        okta.groups[name] = made
        return made

    group(1, "Everyone", here, of="BUILT_IN", about="All users in your organization")
    group(11, "engineering", developers)
    group(12, "platform", ["bob", "grace", "heidi", "zoe"])
    group(13, "release", ["bob", "heidi", "jonas"], about="May deploy to production")
    group(14, "contractors", ["dave"])
    group(15, "it-admins", ["sybil", "trent", "grace", "heidi"]).roles = [role("SUPER_ADMIN")]
    # erin may add anyone to group release, herself too
    okta.people["erin"].roles = [role("USER_ADMIN", targets=(okta.groups["release"].id,))]
    okta.custom_roles = [
        {
            "id": "cr000000000000000001",
            "label": "Team lead",
            "permissions": ["okta.groups.read", "okta.groups.members.manage"],
        }
    ]
    okta.resource_sets = [
        {"id": "iam00000000000000001", "label": "Platform", "resources": [f"groups/{okta.groups['platform'].id}"]}
    ]


def _rules(okta: Directory) -> None:
    def rule(number: int, name: str, expression: str, group: str, status: str = "ACTIVE") -> Json:
        return {
            "type": "group_rule", "id": key("0pr", number), "status": status, "name": name, "created": CREATED,
            "lastUpdated": CREATED, "conditions": {"expression": {"value": expression, "type": "urn:okta:expression:1.0"}},
            "actions": {"assignUserToGroups": {"groupIds": [okta.groups[group].id]}},
        }  # fmt: skip

    platform = okta.groups["platform"].id
    okta.rules = [
        rule(1, "engineers", 'user.department=="Engineering"', "engineering"),
        rule(2, "platform is engineering", f'isMemberOfAnyGroup("{platform}")', "engineering"),
        rule(3, "release crew", 'user.nickName=="release"', "release"),
    ]


def _apps(okta: Directory) -> None:
    okta.apps = [
        App(key("0oa", 1), "Okta Admin Console", "saasure", "OPENID_CONNECT", policy="rst00000000000000001"),
        App(key("0oa", 2), "Okta Dashboard", "okta_enduser", "OPENID_CONNECT", policy="rst00000000000000002", groups=("Everyone",)),
        App(
            key("0oa", 3), "GitHub Enterprise Cloud", "githubcloud", policy="rst00000000000000003",
            features=("PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION"), groups=("engineering", "platform", "release"),
            settings={"githubOrg": "acme"},
        ),
        App(
            key("0oa", 4), "GitLab", "gitlab", policy="rst00000000000000002", groups=("Everyone",),
            acs="https://gitlab.acme.example/users/auth/saml/callback", features=("PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION", "GROUP_PUSH"),
            base="https://gitlab.acme.example/api/scim/v2/application",
            pushes=(("platform", "platform", "ACTIVE"), ("release", "release", "ERROR")),
        ),
        App(key("0oa", 5), "AWS Account Federation", "amazon_aws", policy="rst00000000000000003", groups=("release",), people=("frank",)),
        App(key("0oa", 6), "Vault", "oidc_client", "OPENID_CONNECT", policy="rst00000000000000002", groups=("release", "it-admins"),
            client="0oa00000000000000006", method="client_secret_basic", kind="web"),
        App(key("0oa", 7), "Status page", "statuspage_swa", "AUTO_LOGIN", scheme="SHARED_USERNAME_AND_PASSWORD", groups=("platform",)),
        App(
            key("0oa", 8), "deploybot", "oidc_client", "OPENID_CONNECT", client="0oa00000000000000008",
            method="client_secret_basic", kind="service", scopes=("okta.groups.manage", "okta.users.read"),
            secrets=({"id": key("ocs", 1), "created": "2023-09-01T08:00:00.000Z", "status": "ACTIVE"},),
            roles=[role("USER_ADMIN")],
        ),
        App(key("0oa", 9), "Pipewarden", "oidc_client", "OPENID_CONNECT", client="0oa00000000000000009",
            method="private_key_jwt", kind="service", scopes=("okta.users.read", "okta.groups.read"), roles=[role("READ_ONLY_ADMIN")]),
        App(key("0oa", 10), "Old wiki", "template_saml_2_0", status="INACTIVE"),
    ]  # fmt: skip


def _token(number: int, owner: Person, name: str, *, created: str, used: str, zones: tuple[str, ...] = ()) -> Json:
    """Return a token: each use moves its end to thirty days later."""
    from datetime import datetime, timedelta

    end = datetime.fromisoformat(used) + timedelta(days=30)
    network: Json = {"connection": "ZONE", "include": list(zones)} if zones else {"connection": "ANYWHERE"}
    return {
        "id": key("00T", number), "name": name, "userId": owner.id, "clientName": "Okta API", "tokenWindow": "P30D",
        "network": network, "created": created, "lastUpdated": used,
        "expiresAt": end.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }  # fmt: skip
