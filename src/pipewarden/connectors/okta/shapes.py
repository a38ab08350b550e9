"""What the rows of each list of Okta must say: the fields that a verdict or a grant rests on.

https://developer.okta.com/docs/api/openapi/okta-management/management/
"""

from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.shapes import (
    Shape,
    absent_or,
    flag,
    inner,
    listed,
    none_or,
    odd_field,
    text,
    texts,
    time,
    word,
)

USER_STATES = (
    "ACTIVE", "DEPROVISIONED", "LOCKED_OUT", "PASSWORD_EXPIRED", "PROVISIONED", "RECOVERY", "STAGED", "SUSPENDED",
)  # fmt: skip
"""https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/ (UserStatus)"""

FACTOR_STATES = ("ACTIVE", "DISABLED", "ENROLLED", "EXPIRED", "INACTIVE", "NOT_SETUP", "PENDING_ACTIVATION")
"""https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor/ (UserFactorStatus)"""


def _targets(value: Any) -> bool:
    """Tell whether targets are lists of groups or apps. An empty list narrows nothing: the role is held over all there are.

    "If the role isn't scoped to specific group targets, an empty array `[]` is returned."; of apps the last target cannot be
    removed, for a role "that applies to all apps" is assigned anew, without any.
    https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleBTargetAdmin/
    """
    if not isinstance(value, dict):
        return False
    catalog = value.get("catalog")
    groups, apps = value.get("groups"), catalog.get("apps") if isinstance(catalog, dict) else None
    told = [each for each in (groups, apps) if each is not None]
    return bool(told) and all(isinstance(each, list) for each in told)


_ON = word("ACTIVE", "INACTIVE")
_ROLE: Shape = {
    "id": text,
    "type": text,
    "status": absent_or(_ON),
    "_embedded": none_or(inner),
    "_embedded/targets": _targets,
    "_embedded/targets/groups/*/id": text,
    "assignmentType": absent_or(word("USER", "GROUP", "CLIENT")),
}
OIDC: Shape = {
    "credentials/oauthClient/client_id": text,
    "credentials/oauthClient/token_endpoint_auth_method": word(
        "client_secret_basic", "client_secret_jwt", "client_secret_post", "none", "private_key_jwt"
    ),
    "settings/oauthClient/application_type": word("browser", "native", "service", "web"),
    "credentials": inner,
    "credentials/oauthClient": inner,
    "settings": inner,
    "settings/oauthClient": inner,
}
"""What an app of OpenID Connect that the company made says besides."""
OWN_OIDC = "oidc_client"
"""The name of the kind of such an app."""

SHAPES: dict[str, Shape] = {
    "/api/v1/threats/configuration": {"action": word("none", "audit", "block"), "excludeZones": none_or(listed)},
    "/api/v1/users": {"id": text, "status": word(*USER_STATES), "lastLogin": none_or(time), "created": time},
    "/api/v1/users/{userId}/factors": {"factorType": text, "status": word(*FACTOR_STATES)},
    "/api/v1/users/{userId}/roles": _ROLE,
    "/api/v1/groups/{groupId}/roles": _ROLE,
    "/oauth2/v1/clients/{clientId}/roles": _ROLE,
    "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/groups": {"id": text},
    "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/catalog/apps": {
        "name": text,
        "id": absent_or(text),
    },
    "/api/v1/iam/assignees/users": {"id": text},
    "/api/v1/iam/roles": {"id": text},
    "/api/v1/iam/roles/{roleIdOrLabel}/permissions": {
        "label": lambda value: isinstance(value, str) and value.startswith("okta."),
    },
    "/api/v1/iam/resource-sets": {"id": text},
    "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources": {
        "_links": none_or(inner),
        "_links/self": absent_or(inner),
        "_links/self/href": absent_or(text),
        "orn": none_or(text),
    },
    "/api/v1/groups": {
        "id": text,
        "type": text,
        "profile": inner,
        "profile/name": text,
        "_embedded/stats/hasAdminPrivilege": none_or(flag),
    },
    "/api/v1/groups/{groupId}/users": {"id": text, "status": word(*USER_STATES)},
    "/api/v1/groups/rules": {
        "status": word("ACTIVE", "INACTIVE", "INVALID"),
        "conditions": inner,
        "conditions/expression": inner,
        "conditions/expression/value": text,
        "actions": inner,
        "actions/assignUserToGroups": inner,
        "actions/assignUserToGroups/groupIds": texts,
    },
    "/api/v1/apps": {
        "id": text,
        "label": text,
        "status": word("ACTIVE", "INACTIVE", "DELETED"),
        "features": texts,
        "credentials": none_or(inner),
        "credentials/oauthClient": none_or(inner),
        "settings": none_or(inner),
        "settings/oauthClient": none_or(inner),
    },
    "/api/v1/apps/{appId}/users": {"id": text, "scope": word("USER", "GROUP"), "status": text},
    "/api/v1/apps/{appId}/groups": {"id": text},
    "/api/v1/apps/{appId}/grants": {"scopeId": text, "status": _ON},
    "/api/v1/apps/{appId}/credentials/secrets": {"id": text, "status": _ON},
    "/api/v1/api-tokens": {
        "id": text,
        "userId": text,
        "network": none_or(inner),
        "network/connection": none_or(text),
        "lastUpdated": none_or(time),
        "expiresAt": none_or(time),
    },
    "/api/v1/authenticators": {
        "id": text,
        "key": text,
        "status": _ON,
        "settings": none_or(inner),
        "settings/compliance": none_or(inner),
        "settings/compliance/fips": none_or(text),
    },
    "/api/v1/authenticators/{authenticatorId}/methods": {"type": text, "status": _ON},
    "/api/v1/idps": {
        "id": text,
        "policy": inner,
        "policy/provisioning": inner,
        "policy/provisioning/action": none_or(word("AUTO", "CALLOUT", "DISABLED")),
        "policy/provisioning/groups": inner,
        "policy/provisioning/groups/action": word("APPEND", "ASSIGN", "NONE", "SYNC"),
        "policy/provisioning/groups/assignments": none_or(texts),
        "policy/provisioning/groups/filter": none_or(texts),
        "policy/accountLink/action": none_or(word("AUTO", "DISABLED")),
    },
    "/api/v1/policies": {"id": text, "type": text, "status": _ON, "conditions": none_or(inner)},
    "/api/v1/policies/{policyId}/rules": {
        "id": text,
        "status": _ON,
        "conditions": none_or(inner),
        "actions": none_or(inner),
    },
    "/api/v1/zones": {
        "id": text,
        "status": _ON,
        "usage": absent_or(word("BLOCKLIST", "POLICY")),
        "gateways": none_or(listed),
    },
}
"""What each list's rows must say."""

WHOLE = frozenset(
    {
        "/api/v1/iam/roles/{roleIdOrLabel}/permissions",
        "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources",
        "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/groups",
        "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/catalog/apps",
    }
)
"""Lists that say together what one thing gives: where one row is not understood, none of them is."""


def odd_in(row: Mapping[str, Any], template: str) -> str:
    """Return the first field of a row that is not as it must be; empty where all are."""
    found = odd_field(row, SHAPES.get(template, {}))
    if not found and template == "/api/v1/apps" and row.get("name") == OWN_OIDC:
        found = odd_field(row, OIDC)
    if not found and template.endswith("/resources") and not row.get("orn") and not _linked(row.get("_links")):
        found = "_links"
    if not found and template == "/api/v1/idps":
        groups = ((row.get("policy") or {}).get("provisioning") or {}).get("groups") or {}
        found = "" if groups.get("action") != "ASSIGN" or texts(groups.get("assignments")) else "assignments"
    return found


def _linked(links: Any) -> bool:
    """Tell whether a resource is named by one of its links."""
    named = [links.get(each) for each in ("self", "groups", "users")] if isinstance(links, dict) else []
    return any(isinstance(each, dict) and text(each.get("href")) for each in named)
