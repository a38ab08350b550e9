"""Which repositories' jobs a trust accepts: does a subject pattern leave room for a token of theirs.

https://docs.github.com/en/actions/reference/security/oidc
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from pipewarden.model.facts import Entity, Trust

IMMUTABLE_SINCE = "2026-07-15"
"""Repositories created after this day have ids in their subject.

https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
"""

_WILD = re.compile(r"[*?]")

_VALUES = ("repo", "repository", "repository_id", "repository_owner", "repository_owner_id")
"""Claims of a customised subject whose value follows from the repository alone."""


def is_github_issuer(issuer: str, instance: str) -> bool:
    """Tell whether an issuer signs the tokens of a GitHub host's jobs.

    GitHub.com has one, with the enterprise's name after it where that was customised; data residency and
    GitHub Enterprise Server have their own hosts.
    """
    try:
        parts = urlsplit(issuer if "://" in issuer else f"https://{issuer}")
    except ValueError:
        return False  # no address at all, such as one that a file leaves to a variable
    if instance == "github.com":
        return parts.hostname == "token.actions.githubusercontent.com"
    if instance.endswith(".ghe.com"):
        return parts.hostname == f"token.actions.{instance}"
    return parts.hostname == instance and parts.path.rstrip("/") == "/_services/token"


def trust_accepts(trust: Trust, repository: Entity, owner: Entity | None) -> bool:
    """Tell whether any subject pattern of a trust accepts a subject of a repository's jobs.

    Subjects carry the names, `repo:acme/web:…`, or names with ids, `repo:acme@7/web@9:…`. Of a repository created after
    July 15, 2026 none has the names alone; of another either counts, for it may have been renamed, moved or opted in since.
    A trust that states no subject accepts every one.
    """
    if not is_github_issuer(trust.issuer, repository.ref.instance) or not _claims_fit(trust, repository, owner):
        return False
    starts = list(starts_of(repository, owner))
    return not trust.subjects or any(accepts_start(p, start) for p in trust.subjects for start in starts)


def _claims_fit(trust: Trust, repository: Entity, owner: Entity | None) -> bool:
    """Tell whether the claims about the repository that a trust compares beside the subject leave room for it."""
    claims = trust.attributes.get("claims") or {}
    login = repository.name.partition("/")[0]
    own = {
        "repository": repository.name,
        "repository_id": repository.ref.key,
        "repository_owner": login,
        "repository_owner_id": owner.ref.key if owner else "",
    }
    return all(
        not claims.get(name) or any("${" in each or fnmatchcase(value, each) for each in claims[name])
        for name, value in own.items()
    )


def starts_of(repository: Entity, owner: Entity | None) -> Iterator[str]:
    """Yield how the subjects of a repository's jobs begin."""
    login, _, name = repository.name.partition("/")
    custom = repository.attributes.get("oidc_sub") or {}
    keys = custom.get("include_claim_keys") or ["repo"] if custom.get("use_default") is False else ["repo"]
    values = {
        "repository": f"{login}/{name}",
        "repository_id": repository.ref.key,
        "repository_owner": login,
        "repository_owner_id": owner.ref.key if owner else "",
    }
    first = str(keys[0])
    if first != "repo":
        yield f"{first}:{values[first]}" if first in _VALUES else f"{first}:"
        return
    immutable = _immutable(repository, custom)
    if immutable is not True:
        yield f"repo:{login}/{name}:"
    if immutable is not False:
        yield f"repo:{login}@{owner.ref.key if owner else ''}/{name}@{repository.ref.key}:"


def _immutable(repository: Entity, custom: Mapping[str, Any]) -> bool | None:
    """Tell whether a repository's subjects carry ids; None where it is not known.

    https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
    The answer of the repository itself goes first; that it has not opted in says nothing of one that was renamed or is new.
    GitHub Enterprise Server has only the form with names.
    """
    host = repository.ref.instance
    if host != "github.com" and not host.endswith(".ghe.com"):
        return False
    prefix = custom.get("sub_claim_prefix")
    if isinstance(prefix, str) and prefix.startswith("repo:"):
        return "@" in prefix
    if custom.get("use_immutable_subject") is True:
        return True
    created = str(repository.attributes.get("created_at") or "")
    return True if created[:10] > IMMUTABLE_SINCE else None


def accepts_start(pattern: str, start: str) -> bool:
    """Tell whether a pattern with `*` and `?` matches some text that begins with `start`."""
    firm = _WILD.split(pattern, maxsplit=1)[0]
    if len(firm) == len(pattern):
        return pattern.startswith(start)
    if not (start.startswith(firm) or firm.startswith(start)):
        return False
    return bool(_through(pattern, start))


def accepts(pattern: str, subject: str) -> bool:
    """Tell whether a pattern with `*` and `?` matches a whole subject."""
    return len(pattern) in _through(pattern, subject)


def _through(pattern: str, text: str) -> set[int]:
    """Return the places in a pattern that reading a text may lead to."""
    places = _with_stars(pattern, {0})
    for char in text:
        after = set()
        for at in places:
            if at < len(pattern):
                if pattern[at] == "*":
                    after.add(at)
                elif pattern[at] in ("?", char):
                    after.add(at + 1)
        places = _with_stars(pattern, after)
        if not places:
            break
    return places


def _with_stars(pattern: str, places: set[int]) -> set[int]:
    """Return the places in a pattern, with those behind a star, which may stand for nothing."""
    found = set(places)
    for place in places:
        at = place
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found
