"""Templates in the paths of policies, filled in for one entity and its groups.

https://openbao.org/docs/concepts/policies/#templated-policies
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_HOLE = re.compile(r"\{\{(.*?)\}\}")


class Barred(ValueError):
    """A value holds what it may not: the server then refuses every request of the token, whatever its other policies give."""


class Subject(NamedTuple):
    """Whom a templated path is filled in for."""

    id: str
    name: str
    metadata: Mapping[str, Any]
    aliases: tuple[Mapping[str, Any], ...]
    groups: tuple["Member", ...]


class Member(NamedTuple):
    """A group that somebody is in."""

    id: str
    name: str
    metadata: Mapping[str, Any]


def is_templated(path: str) -> bool:
    """Tell whether a path has to be filled in."""
    return "{{" in path


def filled(path: str, subject: Subject | None, *, slashes: bool = False, wildcards: bool = False) -> str | None:
    """Return a path with its templates filled in, None where there is nothing to fill in: the rule then gives nothing.

    A value with a star, a plus or a slash is barred unless the policy allows it. Raises Barred.
    https://openbao.org/api-docs/system/policies/#create-update-acl-policy
    """
    if subject is None:
        return None
    barred = ("" if wildcards else "*+") + ("" if slashes else "/")
    parts, at = [], 0
    for hole in _HOLE.finditer(path):
        value = _value(hole.group(1).strip(), subject)
        if not value:
            return None
        if any(each in value for each in barred):
            raise Barred(path)
        parts += [path[at : hole.start()], value]
        at = hole.end()
    rest = path[at:]
    return None if "{{" in rest or "}}" in rest else "".join((*parts, rest))


def _value(selector: str, subject: Subject) -> str | None:
    if selector.startswith("identity.entity."):
        return _of_entity(selector.removeprefix("identity.entity."), subject)
    if selector.startswith("identity.groups."):
        by, _, rest = selector.removeprefix("identity.groups.").partition(".")
        wanted, _, field = rest.partition(".")
        for group in subject.groups:
            if wanted == {"ids": group.id, "names": group.name}.get(by):
                return {"id": group.id, "name": group.name}.get(field) or _metadata(field, group.metadata)
    return None


def _of_entity(selector: str, subject: Subject) -> str | None:
    if selector in {"id", "name"}:
        return subject.id if selector == "id" else subject.name
    if selector.startswith("aliases."):
        accessor, _, field = selector.removeprefix("aliases.").partition(".")
        alias = next((each for each in subject.aliases if each.get("mount_accessor") == accessor), None)
        if alias is None:
            return None
        if field in {"id", "name"}:
            return str(alias.get(field) or "")
        if field.startswith("custom_metadata."):
            return _metadata(field.removeprefix("custom_"), alias.get("custom_metadata") or {})
        return _metadata(field, alias.get("metadata") or {})
    return _metadata(selector, subject.metadata)


def _metadata(selector: str, held: Mapping[str, Any]) -> str | None:
    key = selector.removeprefix("metadata.")
    value = held.get(key) if key != selector else None
    return value if isinstance(value, str) else None
