"""The instance that the company runs: its settings, users, their tokens, its variables and runners. Administrators alone see them.

https://docs.gitlab.com/api/settings/
https://docs.gitlab.com/api/users/
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from pipewarden.access.gitlab.levels import ADMINISTRATOR
from pipewarden.connectors.answers import picked
from pipewarden.connectors.gitlab.machines import personal_token, runners
from pipewarden.connectors.gitlab.members import principal_of, user
from pipewarden.connectors.gitlab.run import Run
from pipewarden.connectors.gitlab.variables import variables
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, AnyFact, Grant, GrantKind, Machine, Resource, Role
from pipewarden.model.ids import Kind, Ref

SETTINGS = (
    "require_two_factor_authentication",
    "two_factor_grace_period",
    "signup_enabled",
    "require_admin_approval_after_user_signup",
    "email_confirmation_setting",
    "password_authentication_enabled_for_web",
    "password_authentication_enabled_for_git",
    "default_project_visibility",
    "default_group_visibility",
    "default_snippet_visibility",
    "default_branch_protection_defaults",
    "require_personal_access_token_expiry",
    "max_personal_access_token_lifetime",
    "allow_runner_registration_token",
    "allow_local_requests_from_web_hooks_and_services",
    "enforce_ci_inbound_job_token_scope_enabled",
    "auto_devops_enabled",
    "deactivate_dormant_users",
)
"""Everything else of the settings stays there: secrets of other systems are among them."""


async def instance(run: Run, tenant: Resource) -> list[AnyFact]:
    """Read all of the instance."""

    async def settings() -> list[AnyFact]:
        row = await run.gitlab.object("/application/settings", template="/application/settings")
        return [
            structs.replace(tenant, attributes=picked(row, *SETTINGS), origin=run.origin("GET /application/settings"))
        ]

    ref = tenant.ref
    facts = await run.guarded(ref, GitLabFacet.INSTANCE_SETTINGS, settings)
    facts += await run.guarded(ref, GitLabFacet.USERS, lambda: users(run, ref))
    who = {fact.ref.key.removeprefix("bot:"): fact.ref for fact in facts if isinstance(fact, (Account, Machine))}
    facts += await run.guarded(ref, GitLabFacet.USER_TOKENS, lambda: tokens(run, ref, who))
    facts += await run.guarded(ref, GitLabFacet.INSTANCE_VARIABLES, lambda: variables(run, ref, tenant.name))
    facts += await run.guarded(ref, GitLabFacet.INSTANCE_RUNNERS, lambda: runners(run, ref, tenant.name))
    return facts


async def users(run: Run, tenant: Ref) -> list[AnyFact]:
    """Read all users; what an ordinary user is told of others holds no administrator flag, and is then not all."""
    origin = run.origin("GET /users")
    facts: list[AnyFact] = []
    role = Role(ref=run.ref(Kind.ROLE, ADMINISTRATOR), name="Administrator", origin=origin)
    async for row in run.gitlab.pages("/users", template="/users", params={"order_by": "id", "sort": "asc"}):
        if "is_admin" not in row:
            raise ValueError("only administrators are told who administers")
        somebody = user(run, row, origin)
        facts.append(_with_factor(somebody, row))
        if row["is_admin"] is True and row.get("state") == "active":
            facts += [
                role,
                Grant(
                    principal=principal_of(run, row),
                    resource=tenant,
                    role=ADMINISTRATOR,
                    kind=GrantKind.OWNERSHIP,
                    origin=origin,
                ),
            ]
    return facts


def _with_factor(somebody: Account | Machine, row: dict[str, Any]) -> Account | Machine:
    """Return an account with what is known of its second factor: GitLab tells that there is one, not of which kind."""
    enrolled = row.get("two_factor_enabled")
    told = {"enrolled": enrolled if isinstance(enrolled, bool) else None, "methods": None, "phishing_resistant": None}
    return structs.replace(somebody, attributes={**somebody.attributes, "mfa": told})


async def tokens(run: Run, tenant: Ref, who: Mapping[str, Ref]) -> list[AnyFact]:
    """Read the personal access tokens of all users: names, scopes, end and last use. The bots' own are told of their project."""
    found: list[AnyFact] = []
    async for row in run.gitlab.pages(
        "/personal_access_tokens", template="/personal_access_tokens", params={"state": "active"}
    ):
        owner = who.get(str(row["user_id"]), run.ref(Kind.ACCOUNT, row["user_id"]))
        if row.get("revoked") is True or owner.kind is Kind.ACCESS_TOKEN:
            continue
        found.append(personal_token(run, owner, tenant, row, "GET /personal_access_tokens"))
    return found
