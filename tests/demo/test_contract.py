"""What the estate's server answers, held against the official description and schema."""

import json
import time
from typing import Any

import httpx2
import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, build_schema
from joserfc import jwt
from joserfc.jwk import RSAKey
from jsonschema import Draft202012Validator

from pipewarden.demo.estate import acme, neglected
from pipewarden.demo.github import GitHubServer
from pipewarden.demo.github.endpoints import ROUTES
from pipewarden.demo.github.graph import Graph
from pipewarden.demo.github.server import APP_ID
from tests.shared import shared_path

PATHS = {
    "/orgs/acme": "/orgs/{org}",
    "/orgs/acme/members": "/orgs/{org}/members",
    "/orgs/acme/outside_collaborators": "/orgs/{org}/outside_collaborators",
    "/orgs/acme/invitations": "/orgs/{org}/invitations",
    "/orgs/acme/failed_invitations": "/orgs/{org}/failed_invitations",
    "/orgs/acme/teams": "/orgs/{org}/teams",
    "/orgs/acme/repos": "/orgs/{org}/repos",
    "/orgs/acme/installations": "/orgs/{org}/installations",
    "/orgs/acme/credential-authorizations": "/orgs/{org}/credential-authorizations",
    "/orgs/acme/custom-repository-roles": "/orgs/{org}/custom-repository-roles",
    "/orgs/acme/organization-roles": "/orgs/{org}/organization-roles",
    "/orgs/acme/organization-roles/42/users": "/orgs/{org}/organization-roles/{role_id}/users",
    "/orgs/acme/organization-roles/41/teams": "/orgs/{org}/organization-roles/{role_id}/teams",
    "/orgs/acme/rulesets": "/orgs/{org}/rulesets",
    "/orgs/acme/rulesets/82": "/orgs/{org}/rulesets/{ruleset_id}",
    "/orgs/acme/hooks": "/orgs/{org}/hooks",
    "/orgs/acme/actions/permissions": "/orgs/{org}/actions/permissions",
    "/orgs/acme/actions/permissions/workflow": "/orgs/{org}/actions/permissions/workflow",
    "/orgs/acme/actions/permissions/fork-pr-contributor-approval": "/orgs/{org}/actions/permissions/fork-pr-contributor-approval",
    "/orgs/acme/actions/permissions/fork-pr-workflows-private-repos": "/orgs/{org}/actions/permissions/fork-pr-workflows-private-repos",
    "/orgs/acme/actions/permissions/self-hosted-runners": "/orgs/{org}/actions/permissions/self-hosted-runners",
    "/orgs/acme-labs/actions/permissions/selected-actions": "/orgs/{org}/actions/permissions/selected-actions",
    "/orgs/acme/actions/oidc/customization/sub": "/orgs/{org}/actions/oidc/customization/sub",
    "/orgs/acme/actions/runner-groups": "/orgs/{org}/actions/runner-groups",
    "/orgs/acme/actions/runner-groups/2/repositories": "/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories",
    "/orgs/acme/actions/runners": "/orgs/{org}/actions/runners",
    "/orgs/acme/actions/secrets": "/orgs/{org}/actions/secrets",
    "/orgs/acme/actions/secrets/NETLIFY_TOKEN/repositories": "/orgs/{org}/actions/secrets/{secret_name}/repositories",
    "/orgs/acme/actions/variables": "/orgs/{org}/actions/variables",
    "/orgs/acme/dependabot/secrets": "/orgs/{org}/dependabot/secrets",
    "/users/carol": "/users/{username}",
    "/repos/acme/web/keys": "/repos/{owner}/{repo}/keys",
    "/repos/acme/web/hooks": "/repos/{owner}/{repo}/hooks",
    "/repos/acme/web/invitations": "/repos/{owner}/{repo}/invitations",
    "/repos/acme/infra/rulesets": "/repos/{owner}/{repo}/rulesets",
    "/repos/acme/infra/rulesets/83": "/repos/{owner}/{repo}/rulesets/{ruleset_id}",
    "/repos/acme/web/environments": "/repos/{owner}/{repo}/environments",
    "/repos/acme-labs/rocket/environments/production/deployment-branch-policies": "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
    "/repos/acme/web/environments/production/secrets": "/repos/{owner}/{repo}/environments/{environment_name}/secrets",
    "/repos/acme/web/actions/secrets": "/repos/{owner}/{repo}/actions/secrets",
    "/repos/acme/web/actions/variables": "/repos/{owner}/{repo}/actions/variables",
    "/repos/acme/site/actions/runners": "/repos/{owner}/{repo}/actions/runners",
    "/repos/acme/web/actions/permissions": "/repos/{owner}/{repo}/actions/permissions",
    "/repos/acme/web/actions/permissions/workflow": "/repos/{owner}/{repo}/actions/permissions/workflow",
    "/repos/acme/web/actions/permissions/fork-pr-contributor-approval": "/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval",
    "/repos/acme/web/actions/oidc/customization/sub": "/repos/{owner}/{repo}/actions/oidc/customization/sub",
    "/scim/v2/organizations/acme/Users": "/scim/v2/organizations/{org}/Users",
    "/rate_limit": "/rate_limit",
    "/user": "/user",
    "/users/carol/keys": "/users/{username}/keys",
    "/orgs/acme/memberships/bob": "/orgs/{org}/memberships/{username}",
    "/orgs/acme/teams/sre": "/orgs/{org}/teams/{team_slug}",
    "/orgs/acme/teams/engineering/members": "/orgs/{org}/teams/{team_slug}/members",
    "/orgs/acme/teams/platform/memberships/bob": "/orgs/{org}/teams/{team_slug}/memberships/{username}",
    "/orgs/acme/teams/sre/repos": "/orgs/{org}/teams/{team_slug}/repos",
    "/orgs/acme/teams/engineering/teams": "/orgs/{org}/teams/{team_slug}/teams",
    "/teams/12/members": "/teams/{team_id}/members",
    "/orgs/acme/actions/runner-groups/1/runners": "/orgs/{org}/actions/runner-groups/{runner_group_id}/runners",
    "/orgs/acme/audit-log?include=all": "/orgs/{org}/audit-log",
    "/orgs/acme/organization-roles/42": "/orgs/{org}/organization-roles/{role_id}",
    "/enterprises/acme-corp/audit-log": "/enterprises/{enterprise}/audit-log",
    "/enterprises/acme-corp/consumed-licenses": "/enterprises/{enterprise}/consumed-licenses",
    "/enterprises/acme-corp/actions/permissions": "/enterprises/{enterprise}/actions/permissions",
    "/enterprises/acme-corp/actions/runner-groups": "/enterprises/{enterprise}/actions/runner-groups",
    "/enterprises/acme-corp/actions/runners": "/enterprises/{enterprise}/actions/runners",
    "/repos/acme/web": "/repos/{owner}/{repo}",
    "/repos/acme/web/collaborators": "/repos/{owner}/{repo}/collaborators",
    "/repos/acme/web/collaborators/bob/permission": "/repos/{owner}/{repo}/collaborators/{username}/permission",
    "/repos/acme/web/teams": "/repos/{owner}/{repo}/teams",
    "/repos/acme/web/branches": "/repos/{owner}/{repo}/branches",
    "/repos/acme/web/branches/main/protection": "/repos/{owner}/{repo}/branches/{branch}/protection",
    "/repos/acme/infra/rules/branches/main": "/repos/{owner}/{repo}/rules/branches/{branch}",
    "/repos/acme/web/environments/production": "/repos/{owner}/{repo}/environments/{environment_name}",
    "/repos/acme/web/actions/permissions/access": "/repos/{owner}/{repo}/actions/permissions/access",
    "/repos/acme-labs/rocket/actions/permissions/selected-actions": "/repos/{owner}/{repo}/actions/permissions/selected-actions",
    "/repos/acme/web/actions/organization-secrets": "/repos/{owner}/{repo}/actions/organization-secrets",
    "/repos/acme/web/actions/workflows": "/repos/{owner}/{repo}/actions/workflows",
    "/repos/acme/web/actions/workflows/deploy.yml/runs": "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
    "/repos/acme/web/contents/.github/workflows/deploy.yml": "/repos/{owner}/{repo}/contents/{path}",
    "/repos/acme/web/deployments": "/repos/{owner}/{repo}/deployments",
    "/scim/v2/enterprises/acme-corp/Users": "/scim/v2/enterprises/{enterprise}/Users",
    "/scim/v2/enterprises/acme-corp/Groups": "/scim/v2/enterprises/{enterprise}/Groups",
    "/enterprises/acme-corp/audit-log/streams": "/enterprises/{enterprise}/audit-log/streams",
}
"""What is asked, and the template of the official description that it belongs to."""


def described() -> dict[str, Any]:
    return json.loads(shared_path("apis/github-ghec-access-subset.json").read_text(encoding="utf-8"))


def plain(schema: Any) -> Any:
    """Turn OpenAPI's `nullable` into JSON Schema's null, and drop what JSON Schema does not know."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    out = {
        key: plain(value)
        for key, value in schema.items()
        if key not in {"nullable", "example", "examples", "discriminator"}
    }
    if schema.get("nullable"):
        return {"anyOf": [out, {"type": "null"}]}
    return out


@pytest.fixture(scope="module")
def server():  # type: ignore[no-untyped-def]
    with GitHubServer(acme(), scopes="admin:enterprise, admin:org, repo, read:audit_log") as running:
        yield running


BY_APP = {
    "/orgs/acme/personal-access-tokens": "/orgs/{org}/personal-access-tokens",
    "/orgs/acme/personal-access-tokens/62/repositories": "/orgs/{org}/personal-access-tokens/{pat_id}/repositories",
    "/orgs/acme/personal-access-token-requests": "/orgs/{org}/personal-access-token-requests",
}
"""What only an app may ask."""

OF_MANAGED_USERS = {
    "/orgs/acme/teams/platform/external-groups": "/orgs/{org}/teams/{team_slug}/external-groups",
    "/orgs/acme/external-groups": "/orgs/{org}/external-groups",
    "/orgs/acme/external-group/601": "/orgs/{org}/external-group/{group_id}",
}
"""What is there only where the identity provider makes the accounts."""

IN_THE_ATTIC = {
    "/orgs/acme-attic/actions/permissions/repositories": "/orgs/{org}/actions/permissions/repositories",
    "/orgs/acme-attic/security-managers": "/orgs/{org}/security-managers",
    "/orgs/acme-attic/rulesets/94": "/orgs/{org}/rulesets/{ruleset_id}",
    "/repos/acme-attic/vault/rules/branches/main": "/repos/{owner}/{repo}/rules/branches/{branch}",
    "/repos/acme-attic/vault/environments/production/deployment_protection_rules": "/repos/{owner}/{repo}/environments/{environment_name}/deployment_protection_rules",
    "/repos/acme-attic/press/environments/prod-eu/variables": "/repos/{owner}/{repo}/environments/{environment_name}/variables",
    "/repos/acme-attic/press/environments": "/repos/{owner}/{repo}/environments",
    "/repos/acme-attic/vault/branches/main/protection": "/repos/{owner}/{repo}/branches/{branch}/protection",
}
"""What acme has nothing of."""

EMPTY = {"/enterprises/{enterprise}/audit-log/streams"}
"""What is empty because that is the fault."""


def test_nothing_of_the_official_description_is_left_out() -> None:
    sets = (PATHS, BY_APP, OF_MANAGED_USERS, IN_THE_ATTIC)
    asked = {*(template for each in sets for template in each.values()), "/orgs/{org}/members/{username}"}
    assert set(described()["paths"]) - asked == set()
    assert asked - {template for _, template, _ in ROUTES} == set()


def installed(server: GitHubServer) -> str:
    """Return an installation's token, got as an app gets it."""
    key = RSAKey.import_key(server.private_key)
    now = int(time.time())
    signed = jwt.encode({"alg": "RS256"}, {"iat": now - 60, "exp": now + 300, "iss": APP_ID}, key)
    with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {signed}"}) as client:
        number = client.get("/orgs/acme/installation").json()["id"]
        answer = client.post(f"/app/installations/{number}/access_tokens")
        assert answer.status_code == 201
        return str(answer.json()["token"])


def mistakes(server: GitHubServer, paths: dict[str, str], token: str) -> list[str]:
    """Return what is wrong with the answers: an empty list is too, for it proves nothing about its shape."""
    description = described()
    components = plain(description["components"])
    wrong = []
    with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {token}"}) as client:
        for path, template in paths.items():
            answer = client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:200]}"
            body = answer.json()
            if template not in EMPTY and (not body or (isinstance(body, dict) and body.get("total_count") == 0)):
                wrong.append(f"{path}: empty")
            content = description["paths"][template]["get"]["responses"]["200"]["content"]
            schema = plain(next(iter(content.values()))["schema"])
            validator = Draft202012Validator({**schema, "components": components})
            for mistake in validator.iter_errors(body):
                where = "/".join(str(part) for part in mistake.absolute_path)
                wrong.append(f"{template} {where}: {mistake.message[:200]}")
                break
    return wrong


def test_every_answer_of_acme_is_what_the_official_description_says(server: GitHubServer) -> None:
    assert mistakes(server, PATHS, server.owner_token) == []
    assert mistakes(server, BY_APP, installed(server)) == []


def test_so_is_what_only_managed_users_bring() -> None:
    estate = acme()
    estate.organizations["acme"].managed_users = True
    with GitHubServer(estate) as server:
        assert mistakes(server, OF_MANAGED_USERS, server.owner_token) == []


def test_so_is_what_acme_has_nothing_of() -> None:
    with GitHubServer(neglected()) as server:
        assert mistakes(server, IN_THE_ATTIC, server.owner_token) == []


def test_the_graphql_schema_is_a_part_of_the_official_one() -> None:
    official = build_schema(
        shared_path("apis/github-graphql-schema.graphql").read_text(encoding="utf-8"), assume_valid=True
    )
    ours = Graph().schema
    differs = []
    for name, kind in ours.type_map.items():
        if name.startswith("__"):
            continue
        theirs = official.type_map.get(name)
        if theirs is None:
            differs.append(f"{name} is not in the official schema")
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
            for field, described_as in kind.fields.items():
                real = theirs.fields.get(field)
                if real is None or str(real.type) != str(described_as.type):
                    differs.append(f"{name}.{field}: {described_as.type}, officially {real and real.type}")
        elif isinstance(kind, GraphQLEnumType):
            assert isinstance(theirs, GraphQLEnumType)
            differs += [f"{name}.{value}" for value in kind.values if value not in theirs.values]
        elif isinstance(kind, GraphQLUnionType):
            assert isinstance(theirs, GraphQLUnionType)
            differs += [f"{name}: {t}" for t in kind.types if t.name not in {o.name for o in theirs.types}]
    assert differs == []


def test_without_a_token_only_what_is_public_answers(server: GitHubServer) -> None:
    with httpx2.Client(base_url=server.url) as client:
        assert client.get("/repos/acme/web").status_code == 404
        assert client.get("/repos/acme/site").status_code == 200
        assert client.get("/orgs/acme/installations").status_code == 401
        assert "default_repository_permission" not in client.get("/orgs/acme").json()
        assert client.get("/orgs/acme", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_only_owners_may_use_the_second_factor_filter(server: GitHubServer) -> None:
    with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {server.member_token}"}) as client:
        answer = client.get("/orgs/acme/members", params={"filter": "2fa_disabled"})
        assert (answer.status_code, answer.json()["message"]) == (422, "Only owners can use this filter.")


def test_pages_follow_numeric_links_and_unchanged_answers_cost_nothing(server: GitHubServer) -> None:
    with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {server.owner_token}"}) as client:
        first = client.get("/orgs/acme/members", params={"per_page": 10})
        link = first.headers["link"]
        assert "/organizations/1/members?" in link
        second = client.get(link[1 : link.index(">")])
        assert {m["id"] for m in first.json()} & {m["id"] for m in second.json()} == set()
        again = client.get(
            "/orgs/acme/members", params={"per_page": 10}, headers={"if-none-match": first.headers["etag"]}
        )
        assert again.status_code == 304
