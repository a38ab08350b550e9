"""Machines of the organization: apps, fine-grained tokens, credentials authorized for single sign-on."""

from collections.abc import Iterable, Sequence
from typing import Any

from pipewarden.access.github.roles import CLASSIC_SCOPES, POWERFUL_SCOPES
from pipewarden.connectors.answers import picked
from pipewarden.connectors.github.plans import on_cloud
from pipewarden.connectors.github.run import Run, moment
from pipewarden.connectors.github.shapes import CREDENTIALS
from pipewarden.connectors.shapes import leave_out
from pipewarden.errors import SourceError, UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, AnyFact, Grant, GrantKind, Machine, Resource, Role
from pipewarden.model.ids import Kind

UNSEEN = "selected repositories not read"


async def machines(run: Run) -> None:
    """Read all machines that the organization can list."""
    await run.facet(Facet.ORG_APPS, lambda: _apps(run))
    await run.facet(Facet.ORG_TOKENS, lambda: _tokens(run))
    await run.facet(Facet.ORG_TOKEN_REQUESTS, lambda: _requests(run))
    await on_cloud(run, Facet.ORG_CREDENTIALS, lambda: _credentials(run))


async def _apps(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/installations"
    rows = await run.listed(template.replace("{org}", run.login), template=template, items="installations")
    facts: list[AnyFact] = []
    for row in rows:
        app = run.ref(Kind.APP, row["id"])
        role = f"app:{row['id']}"
        origin = run.origin(f"GET {template}")
        attributes = picked(
            row, "app_id", "app_slug", "repository_selection", "permissions", "events", "suspended_at", "created_at",
            "updated_at", "target_type", "single_file_name",
        )  # fmt: skip
        account = row.get("account") or {}
        attributes["account"] = picked(account, "login", "type")
        facts.append(
            Machine(
                ref=app,
                name=str(row.get("app_slug")),
                parent=run.org,
                created_at=moment(row.get("created_at")),
                attributes=attributes,
                origin=origin,
            )
        )
        facts.append(
            Role(
                ref=run.ref(Kind.ROLE, role),
                name=f"permissions of app {row.get('app_slug')}",
                parent=run.org,
                permissions={str(k): str(v) for k, v in (row.get("permissions") or {}).items()},
                origin=origin,
            )
        )
        if row.get("suspended_at"):
            continue  # a suspended installation can do nothing until it is unsuspended
        # which repositories were selected is only shown to the app itself
        selected = row.get("repository_selection") != "all"
        facts.append(
            Grant(
                principal=app,
                resource=run.org,
                role=role,
                kind=GrantKind.APP,
                conditions=(UNSEEN,) if selected else (),
                since=moment(row.get("created_at")),
                origin=origin,
            )
        )
    return facts


async def _tokens(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/personal-access-tokens"
    rows = await run.listed(template.replace("{org}", run.login), template=template, needs="app")
    facts: list[AnyFact] = []
    for row in rows:
        facts += await _token(run, row, template)
    return facts


async def _token(run: Run, row: dict[str, Any], template: str) -> list[AnyFact]:
    owner = row.get("owner") or {}
    key = str(row.get("token_id") or row["id"])
    token, role = run.ref(Kind.FINE_GRAINED_TOKEN, key), f"token:{key}"
    origin = run.origin(f"GET {template}")
    name = row.get("token_name") or key
    attributes = picked(
        row, "token_name", "repository_selection", "permissions", "access_granted_at", "token_expired", "token_expires_at",
        "token_last_used_at",
    )  # fmt: skip
    given = row.get("permissions") or {}
    flat = {
        str(k): str(v) for group in ("organization", "repository", "other") for k, v in (given.get(group) or {}).items()
    }
    facts: list[AnyFact] = list(_owner(run, owner, template))
    facts += [
        Machine(
            ref=token,
            name=f"{owner.get('login', 'somebody')}'s token {name}",
            parent=run.org,
            owner=run.ref(Kind.ACCOUNT, owner["id"]) if owner.get("id") else None,
            expires_at=moment(row.get("token_expires_at")),
            last_used_at=moment(row.get("token_last_used_at")),
            attributes=attributes,
            origin=origin,
        ),
        Role(
            ref=run.ref(Kind.ROLE, role), name=f"permissions of {name}", parent=run.org, permissions=flat, origin=origin
        ),
    ]
    if row.get("token_expired"):
        return facts
    more: dict[str, Any] = {
        "role": role,
        "kind": GrantKind.TOKEN,
        "since": moment(row.get("access_granted_at")),
        "expires": moment(row.get("token_expires_at")),
        "last_used": moment(row.get("token_last_used_at")),
        "origin": origin,
    }
    if row.get("repository_selection") != "subset":
        return [*facts, Grant(principal=token, resource=run.org, **more)]
    listed = "/orgs/{org}/personal-access-tokens/{pat_id}/repositories"
    path = listed.replace("{org}", run.login).replace("{pat_id}", str(row["id"]))
    try:
        for repository in await run.listed(path, template=listed, needs="app"):
            facts.append(Grant(principal=token, resource=run.ref(Kind.REPOSITORY, repository["id"]), **more))
    except SourceError as refusal:
        facts.append(run.gap(token, Facet.ORG_TOKENS, refusal))
        facts.append(Grant(principal=token, resource=run.org, conditions=(UNSEEN,), **more))
    return facts


def _owner(run: Run, owner: dict[str, Any], template: str) -> Iterable[AnyFact]:
    """Yield a token's owner where no list of people holds them: they left, and the token did not."""
    if not owner.get("id"):
        return
    ref = run.ref(Kind.ACCOUNT, owner["id"])
    if ref not in run._into._entities:  # noqa: SLF001 - the same run: people were read before
        attributes = picked(owner, "type")
        yield Account(
            ref=ref, name=str(owner.get("login")), attributes=attributes, origin=run.origin(f"GET {template}")
        )


async def _requests(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/personal-access-token-requests"
    rows = await run.listed(template.replace("{org}", run.login), template=template, needs="app")
    return [
        Resource(
            ref=run.ref(Kind.TOKEN_REQUEST, row["id"]),
            name=f"token request of {(row.get('owner') or {}).get('login', 'somebody')}",
            parent=run.org,
            attributes={
                **picked(
                    row, "token_name", "repository_selection", "permissions", "created_at", "reason", "token_expires_at"
                ),
                "owner": picked(row.get("owner") or {}, "id", "login"),
            },
            origin=run.origin(f"GET {template}"),
        )
        for row in rows
    ]


async def _credentials(run: Run) -> Iterable[AnyFact]:
    """Read classic tokens and SSH keys authorized for single sign-on: the only list of classic tokens there is.

    https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#list-saml-sso-authorizations-for-an-organization
    """
    template = "/orgs/{org}/credential-authorizations"
    rows = await run.listed(template.replace("{org}", run.login), template=template)
    logins = {entity.name: entity.ref for entity in run.known(Kind.ACCOUNT)}
    facts: list[AnyFact] = []
    for row in rows:
        login = str(row.get("login"))
        if str(row["credential_type"]).lower() not in CREDENTIALS:
            leave_out(template, "credential_type")  # what it may do is not known; the others are read all the same
            continue
        is_key = "ssh" in str(row.get("credential_type", "")).lower()
        kind = Kind.SSH_KEY if is_key else Kind.CLASSIC_TOKEN
        key = str(row["credential_id"])
        if not is_key and not isinstance(row.get("scopes"), list):
            raise UnexpectedAnswer("the scopes of a token are not given", endpoint=template)
        scopes = [str(scope) for scope in row.get("scopes") or ()]
        origin = run.origin(f"GET {template}")
        title = row.get("authorized_credential_title") or row.get("authorized_credential_note") or key
        machine = run.ref(kind, key)
        facts.append(
            Machine(
                ref=machine,
                name=f"{login}'s {'SSH key' if is_key else 'classic token'} {title}",
                parent=run.org,
                owner=logins.get(login),
                expires_at=moment(row.get("authorized_credential_expires_at")),
                last_used_at=moment(row.get("credential_accessed_at")),
                attributes={
                    **picked(
                        row, "credential_type", "credential_authorized_at", "credential_accessed_at", "fingerprint",
                        "authorized_credential_expires_at", "authorized_credential_note", "authorized_credential_title",
                    ),
                    "scopes": scopes,
                    "login": login,
                },
                origin=origin,
            )
        )  # fmt: skip
        if is_key:
            continue
        roles: dict[str, tuple[Sequence[str], tuple[str, ...]]] = {f"scopes:{key}": (scopes, ())}
        if odd := sorted(set(scopes) - CLASSIC_SCOPES):
            # it may allow whatever there is
            roles[f"scopes:{key}:unknown"] = (POWERFUL_SCOPES, (f"what the scope {odd[0][:40]} allows is not known",))
        for role, (allowed, conditions) in roles.items():
            permissions = dict.fromkeys(allowed, "scope")
            facts.append(
                Role(
                    ref=run.ref(Kind.ROLE, role), name="scopes", parent=run.org, permissions=permissions, origin=origin
                )
            )
            facts.append(
                Grant(
                    principal=machine,
                    resource=run.org,
                    role=role,
                    kind=GrantKind.TOKEN,
                    conditions=conditions,
                    since=moment(row.get("credential_authorized_at")),
                    last_used=moment(row.get("credential_accessed_at")),
                    origin=origin,
                )
            )
    return facts
