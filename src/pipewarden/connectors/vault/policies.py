"""The text of an ACL policy, HCL or JSON, as rules over paths; what cannot be read is said, never guessed.

https://openbao.org/docs/concepts/policies/
"""

from typing import Any

import orjson

from pipewarden.pipelines.trusts.hcl import Block, Evaluator, Expression, read_hcl
from pipewarden.pipelines.trusts.stated import OPEN
from pipewarden.pipelines.yaml_tree import Scalar, Sequence

CAPABILITIES = frozenset(
    {"create", "read", "update", "patch", "delete", "list", "scan", "sudo", "deny", "subscribe", "recover"}
)
OLD = {
    "deny": ("deny",),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", "sudo"),
}
"""The shorthand of old policies. https://github.com/openbao/openbao/blob/main/CHANGELOG.md"""

LIMITS = (
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
    "control_group",
    "mfa_methods",
)
"""What a rule may ask for beside the path; told as a condition, not evaluated."""

Rule = dict[str, Any]


class Unreadable(ValueError):
    """A policy's text is not one that we understand."""


def rules_of(text: str) -> list[Rule]:
    """Return the rules of a policy: `path`, `capabilities`, and where given `limits` and `expires`. Raises Unreadable."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return _json_rules(stripped)
    file = read_hcl(text)
    if file.faults:
        raise Unreadable(f"line {file.faults[0].line}: {file.faults[0].says}")
    return [_hcl_rule(block) for block in file.root.inside("path")]


def _hcl_rule(block: Block) -> Rule:
    if len(block.labels) != 1:
        raise Unreadable(f"line {block.line}: a path has one name")
    words = _words(block.attributes.get("capabilities"), block.line)
    old = _words(block.attributes.get("policy"), block.line)
    expires = _words(block.attributes.get("expiration"), block.line)
    given = [name for name in LIMITS if name in block.attributes or any(True for _ in block.inside(name))]
    return _rule(block.labels[0], words, old, given, expires)


def _words(expression: Expression | None, line: int) -> list[str]:
    value = Evaluator(lambda _name, _depth: None).value(expression)
    if value is None:
        return []
    items = value.items if isinstance(value, Sequence) else (value,)
    words = []
    for each in items:
        if not isinstance(each, Scalar) or each.tag == OPEN:
            raise Unreadable(f"line {line}: a value is not a plain text")
        words.append(each.value)
    return words


def _json_rules(text: str) -> list[Rule]:
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unreadable("it begins like JSON and is none") from None
    paths = body.get("path", {}) if isinstance(body, dict) else None
    listed = paths if isinstance(paths, list) else [paths]
    rules = []
    for each in listed:
        if not isinstance(each, dict):
            raise Unreadable("its paths are no object")
        for path, rule in each.items():
            inner = rule[0] if isinstance(rule, list) and len(rule) == 1 else rule
            if not isinstance(inner, dict):
                raise Unreadable(f"the rule of {path} is no object")
            words = [_text(each) for each in _many(inner.get("capabilities"))]
            old = [_text(each) for each in _many(inner.get("policy"))]
            expires = [_text(each) for each in _many(inner.get("expiration"))]
            rules.append(_rule(path, words, old, [name for name in LIMITS if name in inner], expires))
    return rules


def _many(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable("a value is not a plain text")
    return value


def _rule(path: str, words: list[str], old: list[str], limits: list[str], expires: list[str]) -> Rule:
    for word in old:
        if word not in OLD:
            raise Unreadable(f"{word} is no policy of a path")
        words = [*words, *OLD[word]]
    if unknown := sorted(set(words) - CAPABILITIES):
        raise Unreadable(f"{unknown[0]} is no capability that is known")
    rule: Rule = {"path": path.removeprefix("/"), "capabilities": sorted(set(words))}
    if limits:
        rule["limits"] = limits
    if expires:
        rule["expires"] = expires[0]
    return rule
