"""What the server of the estate answers, held against Okta's own description."""

import json
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from pipewarden.demo.okta.directory import Directory
from pipewarden.demo.okta.endpoints import ROUTES
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.story import role
from tests.connectors.okta.reading import NOW, okta
from tests.shared import shared_path

CLIENT = "/oauth2/v1/clients/0oa00000000000000008/roles"
ASKED = {
    "/api/v1/users": "/api/v1/users?limit=200",
    "/api/v1/users/{id}": "/api/v1/users/00u00000000000000101",
    "/api/v1/users/{userId}/factors": "/api/v1/users/00u00000000000000101/factors",
    "/api/v1/users/{userId}/roles": "/api/v1/users/00u00000000000000107/roles?expand=targets/groups",
    "/api/v1/groups": "/api/v1/groups?expand=stats",
    "/api/v1/groups/{groupId}/users": "/api/v1/groups/00g00000000000000013/users",
    "/api/v1/groups/{groupId}/roles": "/api/v1/groups/00g00000000000000015/roles",
    "/api/v1/iam/roles/{roleIdOrLabel}/permissions": "/api/v1/iam/roles/cr000000000000000001/permissions",
    "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources": "/api/v1/iam/resource-sets/iam00000000000000001/resources",
    "/oauth2/v1/clients/{clientId}/roles": "/oauth2/v1/clients/0oa00000000000000008/roles",
    "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/groups": f"{CLIENT}/raUSER_ADMIN0000080/targets/groups",
    "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/catalog/apps": f"{CLIENT}/raAPP_ADMIN0000081/targets/catalog/apps",
    "/api/v1/apps/{appId}": "/api/v1/apps/0oa00000000000000003",
    "/api/v1/apps/{appId}/users": "/api/v1/apps/0oa00000000000000005/users",
    "/api/v1/apps/{appId}/groups": "/api/v1/apps/0oa00000000000000003/groups",
    "/api/v1/apps/{appId}/group-push/mappings": "/api/v1/apps/0oa00000000000000004/group-push/mappings",
    "/api/v1/apps/{appId}/connections/default": "/api/v1/apps/0oa00000000000000004/connections/default",
    "/api/v1/groups/{groupId}": "/api/v1/groups/00g00000000000000013",
    "/api/v1/apps/{appId}/grants": "/api/v1/apps/0oa00000000000000008/grants",
    "/api/v1/apps/{appId}/credentials/secrets": "/api/v1/apps/0oa00000000000000008/credentials/secrets",
    "/api/v1/policies": "/api/v1/policies?type=ACCESS_POLICY",
    "/api/v1/policies/{policyId}/rules": "/api/v1/policies/rst00000000000000003/rules",
    "/api/v1/authenticators/{authenticatorId}/methods": "/api/v1/authenticators/aut00000000000000003/methods",
}
"""How a template is asked where it is not by itself."""

UNTOLD = {"/api/v1/api-tokens", "/api/v1/logStreams"}
"""`tokenWindow` has a pattern in the description that real values (P30D) break; acme has no log stream."""


WORD, MOMENT = {"type": "string"}, {"type": "string", "format": "date-time"}
LINKS = {"type": "object", "additionalProperties": {"type": "object", "required": ["href"]}}
BESIDE: dict[str, dict[str, Any]] = {
    "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/groups": {
        "scopes": ["okta.roles.read"],
        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Group"}},
    },
    "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/catalog/apps": {
        "scopes": ["okta.roles.read"],
        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/CatalogApplication"}},
    },
    "/api/v1/apps/{appId}/group-push/mappings": {
        "scopes": ["okta.apps.read", "okta.groups.read"],
        "schema": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "appConfig": {"type": "object"}, "created": MOMENT, "errorSummary": WORD, "id": WORD, "lastPush": MOMENT,
                    "lastUpdated": MOMENT, "sourceGroupId": WORD, "targetGroupId": WORD, "_links": LINKS,
                    "status": {"enum": ["ACTIVE", "ERROR", "INACTIVE"]},
                },
            },
        },
    },
    "/api/v1/threats/configuration": {
        "scopes": ["okta.threatInsights.read"],
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["action"],
            "properties": {
                "action": {"enum": ["none", "audit", "block"]}, "excludeZones": {"type": "array", "items": WORD},
                "created": MOMENT, "lastUpdated": MOMENT, "_links": LINKS,
            },
        },
    },
    "/api/v1/apps/{appId}/connections/default": {
        "scopes": ["okta.apps.read"],
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["profile", "status"],
            "properties": {
                "authScheme": {"enum": ["TOKEN"]}, "baseUrl": WORD, "_links": LINKS,
                "status": {"enum": ["DISABLED", "ENABLED", "UNKNOWN"]},
                "profile": {"type": "object", "required": ["authScheme"]},
            },
        },
    },
}  # fmt: skip
"""Paths that the kept part of the description lacks, after release 2026.06.3 of it and Okta's pages; Okta's SDK reads them too (tests/clients)."""


def plain(schema: Any) -> Any:
    """Turn OpenAPI's `nullable` into JSON Schema's null, and drop what JSON Schema does not know."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    # standard and custom roles are told apart by `type` alone: both schemas accept either
    schema = {"anyOf" if key == "oneOf" else key: value for key, value in schema.items()}
    out = {key: plain(value) for key, value in schema.items() if key not in {"discriminator", "example", "nullable"}}
    if schema.get("nullable") and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    return out


def narrowed() -> Directory:
    """Return acme's organization, whose service app holds roles over one group and one kind of app."""
    found = okta()
    app = next(each for each in found.apps if each.client == "0oa00000000000000008")
    app.roles = [
        role("USER_ADMIN", targets=(found.groups["release"].id,)),
        role("APP_ADMIN") | {"apps": ["github_enterprise"]},
    ]
    return found


@pytest.mark.parametrize("template", sorted(template for template, *_ in ROUTES if template not in UNTOLD))
def test_what_is_answered_is_what_okta_describes(template: str) -> None:
    described = json.loads(shared_path("apis/okta-access-subset.json").read_text(encoding="utf-8"))
    if template in BESIDE:
        schema = BESIDE[template]["schema"]
    else:
        answer = described["paths"][template]["get"]["responses"]["200"]
        schema = plain(answer["content"]["application/json"]["schema"])
    with OktaServer(narrowed(), clock=NOW.timestamp) as server:
        reply = httpx2.get(
            server.url + ASKED.get(template, template), headers={"authorization": f"SSWS {server.token}"}
        )
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body, "an empty answer proves nothing"
    root = {"components": plain(described["components"]), **schema}
    errors = [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message[:160]}"
        for e in Draft202012Validator(root).iter_errors(body)
    ]
    assert errors == []


def test_every_path_that_is_served_is_one_of_oktas() -> None:
    described = json.loads(shared_path("apis/okta-access-subset.json").read_text(encoding="utf-8"))
    assert {template for template, *_ in ROUTES} <= set(described["paths"]) | BESIDE.keys()
    for template, _, _, scope in ROUTES:
        if template in BESIDE:
            assert scope in BESIDE[template]["scopes"]
            continue
        security = described["paths"][template]["get"].get("security") or []
        scopes = {name for each in security for names in each.values() for name in names}
        assert not scopes or scope in scopes, (template, scopes)
