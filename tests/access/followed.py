"""A small estate over four systems whose groups follow each other: Okta, GitHub, GitLab and a vault."""

from datetime import UTC, datetime
from typing import Any

from pipewarden.access.engine import Engine
from pipewarden.access.gitlab.levels import role_key
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Entity,
    Grant,
    GrantKind,
    Group,
    Identity,
    Membership,
    Origin,
    Resource,
    Role,
    Trust,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System, source

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEEN = Origin("GET /made-for-a-test", NOW)
OKTA, GITHUB, GITLAB, VAULT = "acme.okta.example", "github.com", "gitlab.acme.example", "vault.acme.example"
ENTRA = "f0a90902-15a1-5fa8-914b-4624b268aa51"
TENANT, ACME, API = (
    Ref(OKTA, Kind.TENANT, "organization"),
    Ref(GITHUB, Kind.ORGANIZATION, "1"),
    Ref(GITHUB, Kind.REPOSITORY, "7"),
)
PROD = Ref(GITHUB, Kind.ENVIRONMENT, "7:prod")
RELEASE, TEAM = Ref(OKTA, Kind.GROUP, "00g13"), Ref(GITHUB, Kind.GROUP, "15")
MAINTAINERS, DEPLOY = Ref(GITLAB, Kind.GROUP, "11:40"), Ref(GITLAB, Kind.REPOSITORY, "101")
PLATFORM, SUBGROUP = Ref(GITLAB, Kind.GROUP, "11"), Ref(GITLAB, Kind.ORGANIZATION, "11")
VAULT_TENANT, DOOR = Ref(VAULT, Kind.TENANT, "root"), Ref(VAULT, Kind.GROUP, "login:auth_oidc_1:staff")
EXTERNAL, SECRET = Ref(VAULT, Kind.GROUP, "g-release"), Ref(VAULT, Kind.SECRET, "kv_1:prod/db")
CI = Ref(VAULT, Kind.SERVICE_ACCOUNT, "auth_jwt_1:github-api")
GROUP_ADMIN = "okta:USER_ADMIN"


def okta(name: str) -> Ref:
    """Return somebody's account at the identity provider."""
    return Ref(OKTA, Kind.ACCOUNT, f"00u-{name}")


def github(name: str) -> Ref:
    """Return somebody's account on GitHub."""
    return Ref(GITHUB, Kind.ACCOUNT, name)


def put(kind: type[Entity], ref: Ref, name: str, parent: Ref | None = None, /, **attributes: Any) -> AnyFact:
    """Return an entity."""
    return kind(ref=ref, name=name, parent=parent, attributes=attributes, origin=SEEN)  # type: ignore[return-value]


def inside(member: Ref, group: Ref) -> Membership:
    """Return a membership."""
    return Membership(member=member, group=group, origin=SEEN)


def held(principal: Ref, resource: Ref, role: str, kind: GrantKind = GrantKind.TEAM) -> Grant:
    """Return a grant."""
    return Grant(principal=principal, resource=resource, role=role, kind=kind, origin=SEEN)


def person(name: str, *, on_github: bool = True) -> list[AnyFact]:
    """Return somebody with their accounts at the identity provider and on GitHub, which single sign-on links."""
    mail = f"{name}@acme.example"
    facts = [put(Account, okta(name), mail, TENANT, profile={"login": mail}, status="ACTIVE", verified_emails=[mail])]
    if on_github:
        facts.append(put(Account, github(name), name, type="User"))
        facts.append(
            Identity(
                ref=Ref(GITHUB, Kind.IDENTITY, name),
                name=mail,
                external_ids=(mail,),
                accounts=(github(name),),
                origin=SEEN,
            )
        )
    return facts


def directory(*members: str) -> list[AnyFact]:
    """Return Okta with the group release and those who are in it."""
    return [
        source(OKTA, System.OKTA, SEEN),
        put(Resource, TENANT, "okta:acme"),
        put(Group, RELEASE, "release", TENANT, type="OKTA_GROUP"),
        put(Role, Ref(OKTA, Kind.ROLE, GROUP_ADMIN), "group administrator", type="USER_ADMIN"),
        *(inside(okta(each), RELEASE) for each in members),
    ]


APP = Ref(OKTA, Kind.APPLICATION, "0oa7")


def pushes(
    *assigned: Ref,
    name: str = "githubcloud",
    into: str = "release",
    status: str = "ACTIVE",
    source: Ref = RELEASE,
    **tells: Any,
) -> list[AnyFact]:
    """Return an app that pushes a group under a name, who is assigned to it, and what it tells of whose it is."""
    row = {"id": "gPm1", "source": source.key, "target": "00g99", "name": into, "status": status}
    return [
        put(Resource, APP, "label", TENANT, name=name, status="ACTIVE", pushes=[row], **tells),
        put(Role, Ref(OKTA, Kind.ROLE, "okta:assigned"), "assigned", TENANT, type="ASSIGNMENT"),
        *(held(each, APP, "okta:assigned", GrantKind.DIRECT) for each in assigned or (RELEASE,)),
    ]  # fmt: skip


def administrator(name: str) -> list[AnyFact]:
    """Let somebody manage the group release at the identity provider."""
    role = Role(
        ref=Ref(OKTA, Kind.ROLE, GROUP_ADMIN), name="group administrator", permissions={"manage_access": "yes"},
        attributes={"type": "USER_ADMIN"}, origin=SEEN,
    )  # fmt: skip
    return [role, held(okta(name), RELEASE, GROUP_ADMIN, GrantKind.DIRECT)]


def team(*members: str, follows: str = "00g13", **row: Any) -> list[AnyFact]:
    """Return GitHub with a team that follows a group and maintains acme/api, which has an environment of production."""
    groups = [{"group_id": follows, "group_name": "release", **row}] if follows else []
    return [
        put(Resource, ACME, "acme"),
        put(Resource, API, "acme/api", ACME, default_branch="main", visibility="private"),
        put(Resource, PROD, "env:acme/api/prod", API, name="prod"),
        put(Group, TEAM, "acme/release", ACME, slug="release", external_groups=groups),
        held(TEAM, API, "maintain"),
        *(inside(github(each), TEAM) for each in members),
    ]


def vault() -> list[AnyFact]:
    """Return a vault whose secret of production a job of acme/api reads, and so does the external group release."""
    rules = [{"path": "secret/data/prod/*", "capabilities": ["read"]}]
    policy = "policy:prod-read"
    return [
        source(VAULT, System.VAULT, SEEN),
        put(Resource, VAULT_TENANT, "vault:acme"),
        put(Resource, Ref(VAULT, Kind.MOUNT, "kv_1"), "vault:acme/secret", VAULT_TENANT, path="secret", type="kv", kv_version=2),
        put(Resource, SECRET, "vault:acme/secret/prod/db", Ref(VAULT, Kind.MOUNT, "kv_1"), path="secret/data/prod/db"),
        put(Role, Ref(VAULT, Kind.ROLE, policy), "prod-read", VAULT_TENANT, rules=rules),
        put(Group, DOOR, "vault:acme/auth/oidc/staff", VAULT_TENANT, mount="auth_oidc_1", groups_claim="groups", issuer=f"https://{OKTA}"),
        put(Group, EXTERNAL, "vault:release", VAULT_TENANT, type="external",
            alias={"name": "release", "mount_accessor": "auth_oidc_1", "mount_path": "auth/oidc/"}),
        held(EXTERNAL, VAULT_TENANT, policy),
        held(CI, VAULT_TENANT, policy),
        Trust(
            ref=Ref(VAULT, Kind.TRUST, CI.key), principal=CI, issuer="https://token.actions.githubusercontent.com",
            subjects=("repo:acme/api:*",), origin=SEEN,
        ),
    ]  # fmt: skip


def entity(name: str) -> list[AnyFact]:
    """Let somebody have logged in to the vault through the identity provider."""
    alias = {"name": f"{name}@acme.example", "mount_accessor": "auth_oidc_1", "mount_type": "oidc"}
    who = Ref(VAULT, Kind.ACCOUNT, f"e-{name}")
    return [put(Account, who, f"vault:{name}", VAULT_TENANT, aliases=[alias], name=name), inside(who, DOOR)]


def gitlab(*members: str, link: str = "release", sends: str = "^rel.*", acs: str = GITLAB) -> list[AnyFact]:
    """Return GitLab with a group that takes maintainers from a SAML group, and the app by which Okta signs in to it."""
    app = Ref(OKTA, Kind.APPLICATION, "0oa4")
    statements = [{"name": "groups", "filterType": "REGEX", "filterValue": sends}]
    facts = [
        source(GITLAB, System.GITLAB, SEEN),
        put(Resource, SUBGROUP, "acme/platform"),
        put(Group, PLATFORM, "acme/platform", SUBGROUP, group_id="11"),
        put(Group, MAINTAINERS, "maintainers of acme/platform", SUBGROUP, implicit=True, access_level=40, group_id="11"),
        put(Resource, DEPLOY, "acme/platform/deploy", SUBGROUP),
        put(Role, Ref(GITLAB, Kind.ROLE, role_key(40)), "Maintainer", access_level=40),
        held(MAINTAINERS, SUBGROUP, role_key(40)),
        put(Resource, Ref(GITLAB, Kind.APPLICATION, "links:11"), "links:acme/platform", SUBGROUP,
            saml_group_links=[{"name": link, "access_level": 40}], ldap_group_links=[]),
        put(Resource, app, "GitLab", TENANT, name="gitlab", saml={"acs": f"https://{acs}/groups/acme/-/saml/callback", "groups": statements}),
    ]  # fmt: skip
    for name in members:
        identities = [{"extern_uid": f"{name}@acme.example", "provider": "group_saml"}]
        who = Ref(GITLAB, Kind.ACCOUNT, name)
        facts += [put(Account, who, name, identities=identities, state="active"), inside(who, MAINTAINERS)]
    return facts


def snapshot(*facts: AnyFact) -> Snapshot:
    """Return what was said as one snapshot."""
    builder = SnapshotBuilder()
    builder.add(*facts)
    return builder.finish(SnapshotInfo(sources=("test",), started=NOW, ended=NOW))


def engine(*facts: AnyFact) -> Engine:
    """Return the engine over what was said."""
    return Engine(snapshot(*facts))
