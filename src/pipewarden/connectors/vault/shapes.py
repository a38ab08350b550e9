"""What the answers of a vault must say: the fields that a verdict or a grant rests on, as the real server gives them.

A list that holds nothing is null in some answers and empty in others; null is taken for empty only where the server writes it.
https://openbao.org/api-docs/
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
    null_or,
    number,
    odd_field,
    text,
    texts,
    time,
    word,
)
from pipewarden.errors import UnexpectedAnswer


def _string(value: Any) -> bool:
    """Tell whether a value is a text, an empty one too."""
    return isinstance(value, str)


def _bound(value: Any) -> bool:
    """Tell whether claims are bound as documented: a text or a list of texts for each."""
    return isinstance(value, dict) and all(isinstance(each, (str, bool, int)) or texts(each) for each in value.values())


def _filled_by(value: Any) -> bool:
    """Tell whether a value says by which group elsewhere a group is filled; of an internal group it is empty."""
    return isinstance(value, dict) and (not value or (text(value.get("name")) and text(value.get("mount_accessor"))))


def _moment(value: Any) -> bool:
    return number(value) or time(value) or value == ""


METHOD: Shape = {"type": text, "accessor": text}
MOUNT: Shape = {
    **METHOD,
    "options": null_or(inner),
    "options/version": none_or(word("1", "2")),
}
"""https://openbao.org/api-docs/system/mounts/ ; an engine of the first version has no options."""

_ALIAS: Shape = {"aliases/*/name": text, "aliases/*/mount_accessor": text, "aliases/*/mount_type": text}

ENTITY: Shape = {
    "aliases": listed,
    **_ALIAS,
    "disabled": absent_or(flag),
    "policies": null_or(texts),
    "metadata": none_or(inner),
}

GROUP: Shape = {
    "policies": null_or(texts),
    "type": absent_or(word("internal", "external")),
    "member_entity_ids": null_or(texts),
    "member_group_ids": null_or(texts),
    "alias": none_or(_filled_by),
    "metadata": none_or(inner),
}
"""A group without policies or members has null there."""

_LOGIN: Shape = {
    "token_policies": absent_or(texts),
    "policies": absent_or(texts),
    "token_no_default_policy": absent_or(flag),
    "token_bound_cidrs": none_or(texts),
    "token_num_uses": absent_or(number),
    "token_ttl": absent_or(number),
    "token_max_ttl": absent_or(number),
    "token_period": absent_or(number),
    "token_explicit_max_ttl": absent_or(number),
}

_BY_METHOD: dict[str, Shape] = {
    "approle": {
        "bind_secret_id": flag,
        "secret_id_bound_cidrs": none_or(texts),
        "secret_id_num_uses": number,
        "secret_id_ttl": number,
    },
    "jwt": {
        "role_type": word("jwt", "oidc"),
        "bound_audiences": null_or(texts),
        "bound_claims": null_or(_bound),
        "bound_claims_type": word("string", "glob"),
        "bound_subject": _string,
        "groups_claim": _string,
        "token_policies_template_claims": absent_or(flag),
    },
}

ISSUER: Shape = {name: absent_or(_string) for name in ("bound_issuer", "oidc_discovery_url", "jwks_url")}
"""https://openbao.org/api-docs/auth/jwt/#read-config"""

OWN: Shape = {"accessor": _string}
"""A batch token has an empty one."""

TOKEN: Shape = {
    "display_name": _string,
    "policies": texts,
    "identity_policies": none_or(texts),
    "entity_id": none_or(_string),
    "creation_time": number,
    "expire_time": null_or(time),
    "last_renewal_time": absent_or(_moment),
    "explicit_max_ttl": number,
    "period": absent_or(number),
    "num_uses": number,
    "orphan": flag,
}
"""https://openbao.org/api-docs/auth/token/#lookup-a-token ; a token that is not periodic has no period."""

ENFORCEMENT: Shape = {
    name: absent_or(null_or(texts))
    for name in ("auth_method_accessors", "auth_method_types", "identity_entity_ids", "identity_group_ids")
}


def login_shape(method: str) -> Shape:
    """Return what a role or user of a method must say."""
    return {**_LOGIN, **_BY_METHOD.get("jwt" if method == "oidc" else method, {})}


def must(row: Mapping[str, Any], shape: Shape, endpoint: str) -> None:
    """Go on only where an answer says what it must. Raises UnexpectedAnswer."""
    if odd := odd_field(row, shape):
        raise UnexpectedAnswer(f"{odd} is not given as it is documented", endpoint=endpoint)
