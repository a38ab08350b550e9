"""How a right answer is made wrong, as a variant asks for it."""

from collections.abc import Sequence
from typing import Any

from pipewarden.demo.okta.variant import Variant

UNHEARD = "UNHEARD_OF"
WORDS = frozenset(
    {"status", "type", "factorType", "signOnMode", "access", "factorMode", "scope", "connection", "usage"}
)
"""Fields that hold one of a few words."""


def bent(rows: Sequence[Any], template: str, variant: Variant) -> Sequence[Any]:
    """Return rows as a variant wants them."""
    if template in variant.nulls:
        rows = [{key: value if key == "id" else None for key, value in row.items()} for row in rows]
    if template in variant.unheard:
        rows = [unheard(row) for row in rows]
    if template in variant.long_names and rows:
        rows = [
            {**rows[0], "name": "x" * 10_000_000, "profile": {"name": "x" * 1_000, "login": "x" * 10_000_000}},
            *rows[1:],
        ]
    return rows


def unheard(body: Any) -> Any:
    """Return a body whose words are ones that nobody has heard of."""
    if isinstance(body, list):
        return [unheard(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {key: UNHEARD if key in WORDS and isinstance(value, str) else unheard(value) for key, value in body.items()}
