"""Whether some token can fit all claims of a trust: claims that exclude one another let in nobody."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from pipewarden.pipelines.trusts.stated import Claim

_WILD = frozenset("*?")
_ID = re.compile(r"@\d+")


def meet(claims: Iterable[Claim], others: Iterable[Claim]) -> bool:
    """Tell whether a token may fit two sets of claims at once; False only where it is known that none does."""
    known = _parts(others)
    return all(
        any(_may_be_one(one, other) for one in values for other in other_values)
        for name, values in _all_parts(claims)
        for other_values in known.get(name, ())
    )


def possible(claims: tuple[Claim, ...]) -> bool:
    """Tell whether a token may fit some claims, of which two can be about one thing."""
    return all(meet(claims[:at], claims[at : at + 1]) for at in range(1, len(claims)))


def _parts(claims: Iterable[Claim]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, values in _all_parts(claims):
        found.setdefault(name, []).append(values)
    return found


def _all_parts(claims: Iterable[Claim]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what claims say, and what follows from it: a subject names its repository, a repository its owner.

    https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
    """
    for claim in claims:
        name, values = claim.name, claim.values
        yield name, values
        if name == "sub" and all(each.startswith("repo:") for each in values):
            name, values = "repository", tuple(_ID.sub("", _before(each[5:], ":")) for each in values)
            yield name, values
        if name == "repository":
            yield "repository_owner", tuple(_before(each, "/") for each in values)


def _before(pattern: str, mark: str) -> str:
    """Return the part of a pattern before a mark: a star may stand for the mark and all behind it."""
    part = pattern.partition(mark)[0]
    return f"{part.partition('*')[0]}*" if "*" in part or mark not in pattern else part


def _may_be_one(one: str, other: str) -> bool:
    """Tell whether a value may fit two patterns; of two with stars that is taken for possible, of open texts too."""
    if "${" in one or "${" in other:
        return True
    if not _WILD & set(one):
        return _fits(one, other)
    return bool(_WILD & set(other)) or _fits(other, one)


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))
