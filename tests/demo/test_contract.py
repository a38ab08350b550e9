"""What the estate's server answers, held against the official description and schema."""

import json
from typing import Any

import httpx2
import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, build_schema
from jsonschema import Draft202012Validator

from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer
from pipewarden.demo.github.graph import Graph
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
    "/repos/acme/web/environments/production/deployment_protection_rules": "/repos/{owner}/{repo}/environments/{environment_name}/deployment_protection_rules",
    "/repos/acme/web/environments/production/secrets": "/repos/{owner}/{repo}/environments/{environment_name}/secrets",
    "/repos/acme/web/actions/secrets": "/repos/{owner}/{repo}/actions/secrets",
    "/repos/acme/web/actions/variables": "/repos/{owner}/{repo}/actions/variables",
    "/repos/acme/site/actions/runners": "/repos/{owner}/{repo}/actions/runners",
    "/repos/acme/web/actions/permissions": "/repos/{owner}/{repo}/actions/permissions",
    "/repos/acme/web/actions/permissions/workflow": "/repos/{owner}/{repo}/actions/permissions/workflow",
    "/repos/acme/web/actions/permissions/fork-pr-contributor-approval": "/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval",
    "/repos/acme/web/actions/oidc/customization/sub": "/repos/{owner}/{repo}/actions/oidc/customization/sub",
    "/scim/v2/organizations/acme/Users": "/scim/v2/organizations/{org}/Users",
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
    with GitHubServer(acme()) as running:
        yield running


def test_every_answer_of_acme_is_what_the_official_description_says(server: GitHubServer) -> None:
    description = described()
    components = plain(description["components"])
    wrong = []
    with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {server.owner_token}"}) as client:
        for path, template in PATHS.items():
            answer = client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:200]}"
            content = description["paths"][template]["get"]["responses"]["200"]["content"]
            schema = plain(next(iter(content.values()))["schema"])
            validator = Draft202012Validator({**schema, "components": components})
            for mistake in validator.iter_errors(answer.json()):
                where = "/".join(str(part) for part in mistake.absolute_path)
                wrong.append(f"{template} {where}: {mistake.message[:200]}")
                break
    assert wrong == []


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
        assert client.get("/orgs/acme/installations").status_code == 403
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
