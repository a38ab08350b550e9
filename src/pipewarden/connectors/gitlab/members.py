"""Members with their provenance: who is directly in what, at which level; inheritance and shares follow from these.

The API's `members/all` gives the highest level and not where it comes from; it is never read.
https://docs.gitlab.com/api/members/
https://docs.gitlab.com/user/project/members/
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pipewarden.access.gitlab.levels import as_level, level_named, role_key
from pipewarden.connectors.answers import moment, picked
from pipewarden.connectors.gitlab.run import Run, named, number
from pipewarden.model.facts import Account, AnyFact, Grant, GrantKind, Group, Machine, Membership, Origin, Role
from pipewarden.model.ids import Kind, Ref

_BOT = re.compile(r"(project|group)_\d+_bot(_|\d|$)")
"""The user that stands behind a project's or group's access token.

https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
https://docs.gitlab.com/user/group/settings/group_access_tokens/#bot-users-for-groups
"""

_SERVICE = re.compile(r"service_account_(group_\d+_)?[0-9a-f]{8,}")
"""https://docs.gitlab.com/user/profile/service_accounts/ (the user name that GitLab makes up)"""

FIELDS = (
    "state",
    "email",
    "public_email",
    "membership_state",
    "group_saml_identity",
    "group_scim_identity",
    "two_factor_enabled",
    "is_admin",
    "is_auditor",
    "external",
    "bot",
    "locked",
    "last_activity_on",
    "last_sign_in_at",
    "confirmed_at",
    "identities",
    "using_license_seat",
)

SHUT_OUT = frozenset({"blocked", "ldap_blocked", "banned", "blocked_pending_approval"})


class Held(NamedTuple):
    """At which level somebody is in a group, and by which custom role: the members of one such set share all access."""

    group: str
    level: int
    custom: str = ""

    @property
    def key(self) -> str:
        """The key of the set of those who hold it."""
        return f"{self.group}:{self.level}" + (f":{self.custom}" if self.custom else "")


def principal_of(run: Run, row: Mapping[str, Any]) -> Ref:
    """Return the id of who a user of GitLab is: an account, the bot of an access token, or a service account."""
    name = row.get("username")
    if isinstance(name, str) and _BOT.match(name):
        return run.ref(Kind.ACCESS_TOKEN, f"bot:{row['id']}")
    if str(row["id"]) in run.services or (isinstance(name, str) and _SERVICE.match(name)):
        return run.ref(Kind.SERVICE_ACCOUNT, row["id"])
    return run.ref(Kind.ACCOUNT, row["id"])


def lets_in(row: Mapping[str, Any]) -> bool:
    """Tell whether a membership gives anything now. A state that is not known is taken for one that does.

    Who was deactivated is let in again by signing in; who is blocked, banned or waits for an approval is not.
    https://docs.gitlab.com/administration/moderate_users/ , https://docs.gitlab.com/api/members/ (`membership_state`)
    """
    return row.get("state") not in SHUT_OUT and row.get("membership_state") != "awaiting"


def user(run: Run, row: Mapping[str, Any], origin: Origin) -> Account | Machine:
    """Return who a row is about."""
    ref = principal_of(run, row)
    attributes = {"display": named(row, "name", "username"), **picked(row, *FIELDS)}
    if ref.kind is not Kind.ACCOUNT:
        attributes |= made_by(row, ref.kind, origin.endpoint)
        return Machine(
            ref=ref, name=named(row, "username", "name"), parent=run.tenant, attributes=attributes, origin=origin
        )
    seen = moment(row.get("last_activity_on"))
    if seen is not None:
        attributes["last_used_source"] = "last activity that GitLab counts"
    return Account(
        ref=ref,
        name=named(row, "username", "name"),
        parent=run.tenant,
        attributes=attributes,
        created_at=moment(row.get("created_at")) if "confirmed_at" in row or "is_admin" in row else None,
        last_used_at=seen,
        origin=origin,
    )


def made_by(row: Mapping[str, Any], kind: Kind, endpoint: str) -> dict[str, Any]:
    """Return who made a machine, where a row tells: of a user its maker, of a member who added it.

    A token's bot is added when its token is made, so both are one; who adds a service account need not have made it.
    https://docs.gitlab.com/api/users/ , https://docs.gitlab.com/api/members/ (`created_by`)
    """
    maker = row.get("created_by")
    if not isinstance(maker, dict) or (kind is not Kind.ACCESS_TOKEN and "/members" in endpoint):
        return {}
    return {"made_by": picked(maker, "id", "username")}


def level_role(run: Run, level: int, origin: Origin) -> Role:
    """Return the fact about a built-in role."""
    word = as_level(level).word
    return Role(
        ref=run.ref(Kind.ROLE, role_key(level)),
        name=level_named(level),
        level=None if word == "none" else word,
        attributes={"access_level": level},
        origin=origin,
    )


def custom_role(run: Run, row: Mapping[str, Any], origin: Origin) -> Role:
    """Return the fact about a custom role: its base is what is compared, its abilities come on top.

    https://docs.gitlab.com/user/custom_roles/
    """
    known = {"id", "name", "description", "group_id", "base_access_level", "occupied"}
    return Role(
        ref=run.ref(Kind.ROLE, f"custom:{row['id']}"),
        name=named(row, "name"),
        permissions={key: "yes" for key, value in sorted(row.items()) if key not in known and value is True},
        attributes={"base_access_level": number(row.get("base_access_level"))},
        origin=origin,
    )


def level_in(row: Mapping[str, Any]) -> int:
    """Return the access level of a membership. Raises ValueError where there is none: that is no membership we know."""
    level = number(row.get("access_level"))
    if level is None:
        raise ValueError("a member without an access level")
    return level


def held_by(group: str, row: Mapping[str, Any]) -> Held:
    """Return at which level, and by which custom role, a row of a group's members holds it."""
    custom = row.get("member_role")
    return Held(group, level_in(row), str(custom["id"]) if isinstance(custom, dict) and "id" in custom else "")


def group_members(
    run: Run, organization: Ref, path: str, rows: Iterable[Mapping[str, Any]], endpoint: str
) -> Iterator[AnyFact]:
    """Yield a group's direct members, each in the set of those of its level, and what each set holds on the group.

    What a group contains is inherited by its members.
    https://docs.gitlab.com/user/project/members/#membership-types
    """
    origin = run.origin(endpoint)
    sets: dict[Held, Mapping[str, Any]] = {}
    for row in rows:
        held = held_by(organization.key, row)
        somebody = user(run, row, origin)
        yield somebody
        if not lets_in(row):
            continue
        sets.setdefault(held, row)
        yield Membership(
            member=somebody.ref,
            group=run.ref(Kind.GROUP, held.key),
            role=level_named(held.level).lower(),
            since=moment(row.get("created_at")),
            expires=moment(row.get("expires_at")),
            origin=origin,
        )
    for held, row in sets.items():
        yield from level_set(run, held, path, row, organization, origin)


def level_set(
    run: Run, held: Held, path: str, row: Mapping[str, Any], organization: Ref, origin: Origin
) -> Iterator[AnyFact]:
    """Yield the set of those who hold a level in a group, its place in the group as a whole, and its grants."""
    members = run.ref(Kind.GROUP, held.key)
    custom = row.get("member_role")
    role = level_role(run, held.level, origin)
    name = f"{level_named(held.level).lower()}s of {path}"
    if held.custom and isinstance(custom, dict):
        extra = custom_role(run, custom, origin)
        name = f"{extra.name} of {path}"
        yield extra
        yield Grant(principal=members, resource=organization, role=extra.ref.key, kind=GrantKind.TEAM, origin=origin)
    attributes = {"implicit": True, "access_level": held.level, "group_id": held.group}
    yield Group(ref=members, name=name, parent=organization, attributes=attributes, origin=origin)
    yield Membership(member=members, group=run.ref(Kind.GROUP, held.group), role="child", origin=origin)
    yield role
    yield Grant(principal=members, resource=organization, role=role.ref.key, kind=GrantKind.TEAM, origin=origin)


def linked_sets(
    run: Run, organization: Ref, path: str, links: Iterable[Mapping[str, Any]], known: Container[Held], origin: Origin
) -> Iterator[AnyFact]:
    """Yield the sets that SAML links fill and nobody is in yet: who signs in with such a group is a member of it.

    https://docs.gitlab.com/user/group/saml_sso/group_sync/
    """
    for link in links:
        level, custom = number(link.get("access_level")), link.get("member_role_id")
        if level is None:
            continue
        held = Held(organization.key, level, str(custom) if custom else "")
        if held in known:
            continue
        yield from level_set(run, held, path, {}, organization, origin)
        if held.custom:
            members = run.ref(Kind.GROUP, held.key)
            key = f"custom:{held.custom}"
            yield Grant(principal=members, resource=organization, role=key, kind=GrantKind.TEAM, origin=origin)


def project_members(run: Run, project: Ref, rows: Iterable[Mapping[str, Any]], endpoint: str) -> Iterator[AnyFact]:
    """Yield a project's direct members with their grants."""
    origin = run.origin(endpoint)
    for row in rows:
        somebody = user(run, row, origin)
        role = level_role(run, level_in(row), origin)
        since, ends = moment(row.get("created_at")), moment(row.get("expires_at"))
        yield somebody
        if not lets_in(row):
            continue
        yield role
        roles = [role.ref.key]
        custom = row.get("member_role")
        if isinstance(custom, dict) and "id" in custom:
            extra = custom_role(run, custom, origin)
            yield extra
            roles.append(extra.ref.key)
        for key in roles:
            yield Grant(
                principal=somebody.ref,
                resource=project,
                role=key,
                kind=GrantKind.DIRECT,
                since=since,
                expires=ends,
                origin=origin,
            )
