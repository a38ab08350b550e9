"""Trusts that let everybody in: whoever has an account on GitHub runs a job of a repository of their own, and becomes the role.

https://docs.github.com/en/actions/reference/security/oidc (anybody's job is given a token by the same issuer)
"""

import re
from collections.abc import Iterable

from pipewarden.access.github.oidc import is_github_issuer
from pipewarden.model.facts import Group, Trust
from pipewarden.model.ids import Kind, Ref

HOST = "github.com"
"""Where anybody may have an account: elsewhere they are given."""
ANYBODY = Ref(HOST, Kind.GROUP, "account-holders")
NAME = "anybody with an account on GitHub"
RUNS = "runs a job of a repository of their own, whose OIDC token is accepted"

FREE = frozenset(
    {
        "aud", "sub", "environment", "ref", "ref_type", "ref_protected", "event_name", "base_ref", "head_ref", "workflow",
        "runner_environment", "visibility", "repository_visibility", "run_attempt", "iss",
    }
)  # fmt: skip
"""Claims that whoever owns a repository may have as they like."""
_BY_OWNER = frozenset({"repository", "repository_owner", "workflow_ref", "job_workflow_ref"})
"""Claims that begin with the owner's name: a star in it lets in whoever is called so."""
_WILD = frozenset("*?")
_OPEN = re.compile(r"\$\{|…")
"""A part that the files do not settle."""


def lets_in_anybody(trust: Trust) -> bool:
    """Tell whether a trust accepts jobs of anybody's repositories; where that is left open it is not said to."""
    if not is_github_issuer(trust.issuer, HOST) or not all(map(_is_free, trust.conditions)):
        return False
    claims = trust.attributes.get("claims")
    if isinstance(claims, dict) and not all(_claim_is_free(str(name), values) for name, values in claims.items()):
        return False
    return not trust.subjects or any(map(_is_anybodys, trust.subjects))


def _is_free(condition: str) -> bool:
    """Tell whether a condition such as `HOST:ref = refs/heads/main` holds for jobs of a repository that is made for it."""
    name, _, values = condition.partition(" = ")
    return _claim_is_free(name.rpartition(":")[2].strip(), values.split(","))


def _claim_is_free(name: str, values: object) -> bool:
    if name in FREE:
        return True
    every = [str(each).strip() for each in values] if isinstance(values, (list, tuple)) else [str(values)]
    return name in _BY_OWNER and any(_has_star(each.partition("/")[0]) for each in every)


def _has_star(owner: str) -> bool:
    """Tell whether a pattern leaves the owner's name open; behind an @ stands an id, which nobody chooses."""
    return bool(_WILD & set(owner)) and "@" not in owner and not _OPEN.search(owner)


def _is_anybodys(pattern: str) -> bool:
    """Tell whether a subject pattern takes in subjects of repositories whose owner may be anybody."""
    if _OPEN.search(pattern):
        return False
    kind, colon, rest = pattern.partition(":")
    if _WILD & set(kind):
        return True
    return bool(colon) and kind == "repo" and _has_star(rest.partition("/")[0])


def whom(trusts: Iterable[Trust]) -> list[Group]:
    """Return the group of all who have an account, where any trust lets them in."""
    first = next((each for each in trusts if lets_in_anybody(each)), None)
    return [] if first is None else [Group(ref=ANYBODY, name=NAME, origin=first.origin)]
