"""How a right answer is made wrong, as a variant asks for it."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from pipewarden.demo.github.variant import Variant, names

UNHEARD = "unheard_of"
WORDS = frozenset(
    {
        "visibility", "enforcement", "actor_type", "bypass_mode", "allowed_actions", "default_workflow_permissions",
        "role", "state", "repository_selection", "target", "source_type", "permission", "approval_policy", "status",
        "enabled_repositories", "privacy", "role_name", "credential_type", "conclusion",
    }
)  # fmt: skip
"""Fields that hold one of a few words."""
KEPT = frozenset({"id", "total_count"})


def unheard(body: Any) -> Any:
    """Return a body whose enumerations have a value that nobody has heard of."""
    if isinstance(body, list):
        return [unheard(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {key: UNHEARD if key in WORDS and isinstance(value, str) else unheard(value) for key, value in body.items()}


def emptied(body: Any) -> Any:
    """Return a body whose objects have null in every field but the id; lists and their counts stay."""
    if isinstance(body, list):
        return [emptied(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {key: value if key in KEPT else None for key, value in body.items()}


def renamed(body: Any, letters: int) -> Any:
    """Return a body whose first named thing has a very long name."""
    rows = body if isinstance(body, list) else next((v for v in body.values() if isinstance(v, list)), [body])
    if rows and isinstance(rows[0], dict):
        key = next((key for key in ("name", "login", "title", "token_name") if key in rows[0]), "name")
        rows[0] = {**rows[0], key: "x" * letters}
    return body


def bent(body: Any, template: str, variant: Variant) -> Any:
    """Return a body as a variant wants it."""
    if names(variant.nulls, template):
        listed = isinstance(body, dict) and any(isinstance(value, list) for value in body.values())
        body = {key: emptied(value) for key, value in body.items()} if listed else emptied(body)
    if names(variant.unknown_words, template):
        body = unheard(body)
    if names(variant.long_names, template):
        body = renamed(body, variant.long_name)
    return body


# --- places in an answer of GraphQL ---------------------------------------------------------------

Place = tuple[str | int, ...]


def places(data: Any, outer: Place = ()) -> Iterator[Place]:
    """Yield every place in the data of an answer, outer ones first."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield (*outer, key)
        yield from places(value, (*outer, key))


def is_named(place: Place, operation: str, patterns: frozenset[str]) -> bool:
    """Tell whether a place of an operation's answer is one of those that a variant names."""
    text = f"{operation}:{'.'.join(map(str, place))}"
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def broken(body: Any, operation: str, variant: Variant) -> Any:
    """Return an answer of GraphQL with nulls and unheard words where a variant wants them."""
    if not variant.null_places and not variant.unheard_places:
        return body
    for place in list(places(body.get("data"))):
        null = is_named(place, operation, variant.null_places)
        if not null and not is_named(place, operation, variant.unheard_places):
            continue
        holder = body["data"]
        for key in place[:-1]:
            holder = holder[key] if holder is not None else None
        if holder is None:
            continue  # what holds it is null already
        holder[place[-1]] = None if null else UNHEARD
        if null and variant.errors_told:
            told = {"type": "FORBIDDEN", "path": list(place), "message": "Resource not accessible"}
            body.setdefault("errors", []).append(told)
    return body
