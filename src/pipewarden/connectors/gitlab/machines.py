"""Machines of a project or group: access tokens with their bots, deploy tokens, deploy keys, triggers, schedules, runners.

https://docs.gitlab.com/security/tokens/
"""

from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.answers import moment, picked
from pipewarden.connectors.gitlab.run import Run, named
from pipewarden.model.facts import AnyFact, Grant, GrantKind, Machine, Resource, Role
from pipewarden.model.ids import Kind, Ref

RUNNER = (
    "active", "paused", "is_shared", "runner_type", "online", "status", "access_level", "locked", "run_untagged",
    "tag_list", "contacted_at", "executor_name", "description",
)  # fmt: skip
"""`token` may stand in a runner's details and is never among them."""


def folder(scope: Ref) -> str:
    """Return where a project or group is in the API."""
    return "projects" if scope.kind is Kind.REPOSITORY else "groups"


def access_token(run: Run, scope: Ref, path: str, row: Mapping[str, Any], endpoint: str) -> Machine:
    """Return a project's or group's access token, told of the bot that it makes: that is who is a member."""
    seen = moment(row.get("last_used_at"))
    attributes = {
        "token": named(row, "name"),
        "of": scope.kind.value,
        **picked(row, "scopes", "active", "revoked", "access_level"),
    }
    if seen:
        attributes["last_used_source"] = "last use that GitLab tells, at most once in ten minutes"
    return Machine(
        ref=run.ref(Kind.ACCESS_TOKEN, f"bot:{row['user_id']}"),
        name=f"token:{path}/{named(row, 'name')}",
        parent=scope,
        created_at=moment(row.get("created_at")),
        expires_at=moment(row.get("expires_at")),
        last_used_at=seen,
        attributes=attributes,
        origin=run.origin(endpoint),
    )


async def access_tokens(run: Run, scope: Ref, path: str) -> list[AnyFact]:
    """Read the access tokens of a project or group; one that was revoked is none any more."""
    template = f"/{folder(scope)}/{{id}}/access_tokens"
    rows = await run.rows(f"/{folder(scope)}/{scope.key}/access_tokens", template=template)
    return [access_token(run, scope, path, row, f"GET {template}") for row in rows if row.get("revoked") is not True]


async def deploy_tokens(run: Run, scope: Ref, path: str) -> list[AnyFact]:
    """Read deploy tokens; the one called gitlab-deploy-token is given to every job by itself.

    https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token
    """
    template = f"/{folder(scope)}/{{id}}/deploy_tokens"
    origin = run.origin(f"GET {template}")
    facts: list[AnyFact] = []
    for row in await run.rows(f"/{folder(scope)}/{scope.key}/deploy_tokens", template=template):
        if row.get("revoked") is True:
            continue
        scopes = sorted(str(each) for each in row.get("scopes") or ())
        role = Role(
            ref=run.ref(Kind.ROLE, f"deploy_token:{'+'.join(scopes)}"),
            name=f"deploy token: {', '.join(scopes)}",
            origin=origin,
        )
        token = Machine(
            ref=run.ref(Kind.DEPLOY_TOKEN, row["id"]),
            name=f"deploy_token:{path}/{named(row, 'name')}",
            parent=scope,
            expires_at=moment(row.get("expires_at")),
            attributes={
                "token": named(row, "name"),
                "of": scope.kind.value,
                "scopes": scopes,
                **picked(row, "expired"),
            },
            origin=origin,
        )
        ends = token.expires_at
        facts += [token, role]
        facts.append(
            Grant(
                principal=token.ref,
                resource=scope,
                role=role.ref.key,
                kind=GrantKind.TOKEN,
                expires=ends,
                origin=origin,
            )
        )
    return facts


async def deploy_keys(run: Run, project: Ref) -> list[AnyFact]:
    """Read a project's deploy keys; one key may be enabled in several projects, with other rights in each.

    https://docs.gitlab.com/user/project/deploy_keys/
    """
    template = "/projects/{id}/deploy_keys"
    origin = run.origin(f"GET {template}")
    facts: list[AnyFact] = []
    for row in await run.rows(f"/projects/{project.key}/deploy_keys", template=template):
        ends = moment(row.get("expires_at"))
        facts.append(
            Machine(
                ref=run.ref(Kind.DEPLOY_KEY, row["id"]),
                name=named(row, "title"),
                created_at=moment(row.get("created_at")),
                expires_at=ends,
                last_used_at=moment(row.get("last_used_at")),
                attributes={"title": named(row, "title"), **picked(row, "fingerprint_sha256", "fingerprint")},
                origin=origin,
            )
        )
        facts.append(
            Grant(
                principal=run.ref(Kind.DEPLOY_KEY, row["id"]),
                resource=project,
                role="deploy_key:write" if row.get("can_push") is not False else "deploy_key:read",
                kind=GrantKind.KEY,
                # whether it may push was not told: then it is not known
                conditions=() if isinstance(row.get("can_push"), bool) else ("can_push was not told",),
                since=moment(row.get("created_at")),
                expires=ends,
                origin=origin,
            )
        )
    return facts


async def service_accounts(run: Run, group: Ref) -> list[AnyFact]:
    """Read the service accounts of a top-level group with their tokens.

    https://docs.gitlab.com/api/service_accounts/
    """
    template = "/groups/{id}/service_accounts"
    origin = run.origin(f"GET {template}")
    rows = await run.rows(f"/groups/{group.key}/service_accounts", template=template)
    facts: list[AnyFact] = []
    for row in rows:
        account = Machine(
            ref=run.ref(Kind.SERVICE_ACCOUNT, row["id"]),
            name=named(row, "username", "name"),
            parent=group,
            attributes={"display": named(row, "name"), **picked(row, "email")},
            origin=origin,
        )
        facts.append(account)
        inner = f"{template}/{{user_id}}/personal_access_tokens"
        tokens = await run.rows(
            f"/groups/{group.key}/service_accounts/{row['id']}/personal_access_tokens", template=inner
        )
        facts += [
            personal_token(run, account.ref, group, each, f"GET {inner}")
            for each in tokens
            if each.get("revoked") is not True
        ]
    return facts


def personal_token(run: Run, owner: Ref, parent: Ref, row: Mapping[str, Any], endpoint: str) -> Machine:
    """Return the token of an account or service account: name, scopes, end and last use, never its value."""
    seen = moment(row.get("last_used_at"))
    told = {"last_used_source": "last use that GitLab tells, at most once in ten minutes"} if seen else {}
    return Machine(
        ref=run.ref(Kind.ACCESS_TOKEN, f"personal:{row['id']}"),
        name=f"token:{owner.key}/{named(row, 'name')}",
        parent=parent,
        owner=owner,
        created_at=moment(row.get("created_at")),
        expires_at=moment(row.get("expires_at")),
        last_used_at=seen,
        attributes={
            "token": named(row, "name"),
            "of": "account",
            **picked(row, "scopes", "active", "impersonation"),
            **told,
        },
        origin=run.origin(endpoint),
    )


async def triggers(run: Run, project: Ref) -> list[dict[str, Any]]:
    """Read trigger tokens: whose they are and when they were last used, never the token."""
    rows = await run.rows(f"/projects/{project.key}/triggers", template="/projects/{id}/triggers")
    return [{**picked(row, "id", "created_at", "last_used"), "owner": _person(row.get("owner"))} for row in rows]


async def schedules(run: Run, project: Ref) -> list[dict[str, Any]]:
    """Read schedules: who owns them, for their jobs run with the owner's rights.

    https://docs.gitlab.com/ci/pipelines/schedules/
    """
    rows = await run.rows(f"/projects/{project.key}/pipeline_schedules", template="/projects/{id}/pipeline_schedules")
    return [{**picked(row, "id", "ref", "cron", "active"), "owner": _person(row.get("owner"))} for row in rows]


def _person(row: Any) -> dict[str, Any] | None:
    return picked(row, "id", "username", "state") if isinstance(row, dict) else None


async def runners(run: Run, scope: Ref, path: str) -> list[AnyFact]:
    """Read the runners of a project, group or of the instance, those that were made there."""
    own = {Kind.REPOSITORY: "project_type", Kind.ORGANIZATION: "group_type"}.get(scope.kind, "instance_type")
    address = "/runners/all" if own == "instance_type" else f"/{folder(scope)}/{scope.key}/runners"
    template = address.replace(f"/{scope.key}/", "/{id}/")
    found: list[AnyFact] = []
    for row in await run.rows(address, template=template, type=own):
        if row.get("runner_type", own) == own and not (own != "instance_type" and row.get("is_shared") is True):
            title = named(row, "description", "name")
            found.append(
                Resource(
                    ref=run.ref(Kind.RUNNER, row["id"]),
                    name=f"runner:{path}/{title}",
                    parent=scope,
                    attributes=picked(row, *RUNNER),
                    origin=run.origin(f"GET {template}"),
                )
            )
    return found
