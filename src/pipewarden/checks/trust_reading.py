"""What checks ask of the trusts of a role: which are a host's, what their patterns leave open, where they stand."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, TypedDict

from pipewarden.access.github.oidc import is_github_issuer
from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.once import once
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Resource, Trust
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Ref

_ANY_ID = re.compile(r"(?<=[\w-])@\*(?=[/:])")
OPEN = "…"
"""Stands for a part of a pattern that the files do not settle."""

_UNSETTLED = re.compile(r"\$\{[^}]*\}?")

MOST_SHOWN = 60
"""Characters of a pattern that a sentence shows."""

PULL_REQUEST = "pull_request"
NEW_BRANCH = "ref:refs/heads/a-new-branch"
NEW_ENVIRONMENT = "environment:a-new-one"


class Place(TypedDict, total=False):
    """The keyword arguments of a hit that say where it stands; none for a trust of no file."""

    file: str
    line: int
    column: int


class Parts(NamedTuple):
    """A subject pattern of a GitHub job: the repository and the context, `*` where a star covers it."""

    repository: str
    context: str


@once
def _trusts_by_role(view: View) -> dict[Ref, list[Trust]]:
    found: dict[Ref, list[Trust]] = {}
    for trust in view.trusts():
        found.setdefault(trust.principal, []).append(trust)
    return found


def all_trusts(view: View, role: Resource) -> list[Trust]:
    """Return the trusts by which tokens of any issuer become a role."""
    return _trusts_by_role(view).get(role.ref, [])


def platform(trust: Trust) -> str:
    """Return where the role of a trust is, "" where that was not read."""
    return str(trust.attributes.get("platform") or "")


def github_trusts(view: View, role: Resource, *, without: Iterable[str] = ()) -> list[Trust]:
    """Return the trusts by which jobs of a GitHub host become a role, without those of some platforms.

    Raises NotApplicable where there are none, Missing where that is left open.
    """
    hosts = {organization.ref.instance for organization in view.organizations} or {"github.com"}
    found = [t for t in all_trusts(view, role) if any(is_github_issuer(t.issuer, host) for host in hosts)]
    found = [trust for trust in found if platform(trust) not in without]
    if not found:
        if not all_trusts(view, role):
            settle(view, role)
        raise NotApplicable(f"{role.name} trusts no GitHub job")
    return found


def settle(view: View, role: Resource) -> None:
    """Go on only where nothing of a role's trusts is left open; raises Missing with what is."""
    view.need(role.ref, Facet.REPO_TRUST_VALUES, EntraFacet.FEDERATED)


def place(trust: Trust, nearer: Mapping[str, Any] | None = None) -> Place:
    """Return the file, line and column that state a trust, nothing where it is stated in no file; `nearer` has nearer ones."""
    path = trust.attributes.get("path")
    at = nearer if nearer and nearer.get("line") else trust.attributes
    return Place(file=str(path), line=int(at.get("line") or 0), column=int(at.get("column") or 0)) if path else Place()


def plain(pattern: str) -> str:
    """Return a pattern with `…` for every part that is not settled."""
    return _UNSETTLED.sub(OPEN, pattern)


def parts(pattern: str) -> Parts:
    """Return what a subject pattern says of the repository and of the context, "" where it names none."""
    kind, _, rest = plain(pattern).partition(":")
    name, _, context = rest.partition(":")
    if kind == OPEN:
        return Parts(OPEN, OPEN)
    if kind != "repo":
        return Parts("*" if "*" in kind + rest else "", "*" if pattern.endswith("*") else "")
    return Parts(name, context or (OPEN if OPEN in name and "/" not in name else "*" if name.endswith("*") else ""))


def repository_of(pattern: str) -> str:
    """Return the repository that a subject pattern names, "" where it leaves the owner or the name open."""
    name = parts(pattern).repository
    owner, slash, short = name.partition("/")
    settled = bool(slash and owner and short) and not set("*?" + OPEN) & set(name)
    return name if settled and pattern.startswith("repo:") and pattern.count(":") > 1 else ""


def is_loose(pattern: str) -> bool:
    """Tell whether a pattern lets in jobs of more than one repository; what is not settled is not said to.

    A star for the id alone (`repo:acme@*/web@*:…`) names owner and repository, as subjects without ids do.
    """
    pattern = _ANY_ID.sub("", pattern)
    if repository_of(pattern):
        return False
    name = parts(pattern).repository
    if OPEN in plain(pattern):
        return "/" in name and bool(set("*?") & set(name))
    return True


def accepts(pattern: str, context: str) -> bool:
    """Tell whether the context of a pattern takes one in, such as `pull_request`; an unsettled one is not said to."""
    wanted = parts(pattern).context
    return OPEN not in wanted and fnmatchcase(context, wanted)


def any_branch(pattern: str) -> bool:
    """Tell whether a job on a branch or in an environment that is made for the purpose fits a pattern."""
    return accepts(pattern, NEW_BRANCH) or accepts(pattern, NEW_ENVIRONMENT)


def told(patterns: list[str]) -> str:
    """Return patterns for a sentence: the first, shortened in its middle, and how many more there are."""
    first = patterns[0]
    shown = first if len(first) <= MOST_SHOWN else f"{first[: MOST_SHOWN - 20]}{OPEN}{first[-19:]}"
    return f"{shown} and {len(patterns) - 1} more" if len(patterns) > 1 else shown


def claims(trust: Trust) -> dict[str, tuple[str, ...]]:
    """Return the claims besides the subject that a trust compares, with the values it takes."""
    found = {}
    for condition in trust.conditions:
        name, _, values = condition.partition(" = ")
        found[name.rpartition(":")[2].strip()] = tuple(each.strip() for each in values.split(","))
    return found


def is_bounded(trust: Trust) -> bool:
    """Tell whether a trust asks for one repository, or one called workflow, by another claim than the subject."""
    known = claims(trust)
    if known.get("repository_id"):
        return True
    named = [known[name] for name in ("repository", "workflow_ref", "job_workflow_ref") if name in known]
    return any(all(_names_one(value) for value in values) for values in named)


def _names_one(value: str) -> bool:
    owner, _, rest = value.partition("/")
    return bool(owner and rest) and not set("*?") & set(owner + "/" + rest.partition("/")[0])


_TALK = frozenset({"issues", "pull_requests", "discussions"})
"""Permissions by which an identity of octo-sts takes part in conversations, and changes neither code nor checks.
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps"""
_VOUCH = _TALK | {"statuses", "checks", "deployments"}
"""Those by which it says besides that a check passed, or that something was deployed: a rule that waits for it then lets the
change through, which somebody who may write has still to merge. Nothing here changes code, settings, secrets or runs.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-status-checks-before-merging"""


def weaker(trust: Trust, *, own: bool = False) -> Severity | None:
    """Return a lower severity for a trust by what it lets one do; None where that changes code or more, or is not known.

    Reading alone is low. Where only jobs of the team's `own` repository fit, conversations are medium, and results of checks
    high; where others' fit too, both are one step more, so results of checks are what the check says.
    """
    gives = [str(each) for each in trust.attributes.get("gives") or ()]
    permissions = [each for each in gives if not each.startswith("in ")]
    if platform(trust) != "octo-sts" or not permissions:
        return None
    writes = {each.partition(":")[0] for each in permissions if not each.endswith(": read")}
    if not writes:
        return Severity.LOW
    if writes <= _TALK:
        return Severity.MEDIUM if own else Severity.HIGH
    return Severity.HIGH if own and writes <= _VOUCH else None


def weak(trust: Trust, *kinds: str) -> list[dict[str, Any]]:
    """Return the weaknesses of some kinds that a reader saw in the text of a trust."""
    return [each for each in trust.attributes.get("weak") or () if each.get("kind") in kinds]
