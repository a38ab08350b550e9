"""How a right answer is made wrong, as a variant asks for it."""

from typing import Any

from pipewarden.demo.gitlab.variant import Variant, names

UNHEARD = "unheard_of"
WORDS = frozenset(
    {"visibility", "state", "status", "runner_type", "access_level", "variable_type", "rule_type", "group_access_level"}
)
LONG = 10_000_000


def bent(body: Any, template: str, variant: Variant) -> Any:
    """Return a body as a variant wants it."""
    if names(variant.nulls, template):
        body = _mapped(body, lambda key, value: value if key == "id" else None)
    if names(variant.unknown_words, template):
        body = _unheard(body)
    if names(variant.long_names, template) and isinstance(body, list) and body:
        body = [{**body[0], "name": "x" * LONG, "username": "x" * LONG}, *body[1:]]
    return body


def _mapped(body: Any, how: Any) -> Any:
    if isinstance(body, list):
        return [_mapped(each, how) for each in body]
    return {key: how(key, value) for key, value in body.items()} if isinstance(body, dict) else body


def _unheard(body: Any) -> Any:
    if isinstance(body, list):
        return [_unheard(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {key: UNHEARD if key in WORDS and value is not None else _unheard(value) for key, value in body.items()}
