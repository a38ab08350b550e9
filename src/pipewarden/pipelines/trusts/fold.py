"""Claims besides the subject, told as patterns of the subject, so that one judgement serves every cloud.

https://docs.github.com/en/actions/reference/security/oidc
https://docs.gitlab.com/ci/secrets/id_token_authentication/
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from pipewarden.pipelines.trusts.stated import Claim

GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"
MOST = 64
"""Patterns that a fold makes; more of them become one that covers all."""

ANYBODY = frozenset(
    {"actor", "base_ref", "environment", "event_name", "head_ref", "ref", "ref_type", "repository_visibility",
     "runner_environment", "workflow", "ref_protected", "run_id", "sha"}
)  # fmt: skip
"""Claims of GitHub whose value every repository can have: they bind nobody by themselves."""


def values(claims: Iterable[Claim], *names: str) -> tuple[str, ...]:
    """Return the patterns of the first of some claims that is compared."""
    known = {claim.name: claim.values for claim in claims}
    return next((known[name] for name in names if known.get(name)), ())


def merged(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return claims of which each is compared once: of two lists for one claim, the values that fit both."""
    found: dict[str, Claim] = {}
    for claim in claims:
        known = found.get(claim.name)
        if known is not None:
            both = [each for each in claim.values if _fits(each, known.values)]
            both = both or [each for each in known.values if _fits(each, claim.values)]
            claim = Claim(claim.name, tuple(both) or claim.values, claim.line)  # noqa: PLW2901 - the narrowed one
        found[claim.name] = claim
    return tuple(found.values())


def _fits(value: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(value, each) for each in patterns)


def issuer_of(subjects: Iterable[str], claims: Iterable[Claim] = ()) -> str:
    """Return the issuer whose subjects have a form, "" where the form tells nothing."""
    names = {claim.name for claim in claims}
    starts = tuple(subjects)
    if any(each.startswith("repo:") for each in starts) or names & {"repository", "repository_owner", "repository_id"}:
        return GITHUB
    gitlab = {"project_path", "namespace_path", "project_id", "namespace_id"}
    if any(each.startswith("project_path:") for each in starts) or names & gitlab:
        return GITLAB
    return ""


def fold(issuer: str, subjects: tuple[str, ...], claims: tuple[Claim, ...]) -> tuple[str, ...]:
    """Return the patterns of the subject that remain once the other claims are compared too.

    A star before `repo:` is taken away: colons inside values are encoded, so that no subject holds it further on.
    """
    subjects = tuple(each.removeprefix("*") if each.startswith("*repo:") else each for each in subjects)
    if not claims:
        return subjects
    if "githubusercontent" in issuer or issuer.endswith("/_services/token") or "token.actions." in issuer:
        made = _github(subjects, claims)
    elif "gitlab" in issuer:
        made = _gitlab(subjects, claims)
    else:
        return subjects
    return made if len(made) <= MOST else subjects


def left_open(subjects: tuple[str, ...]) -> tuple[str, ...]:
    """Return subjects of which a condition that was not followed may hold some out: what they leave to any is open."""
    return tuple(dict.fromkeys(f"{each[:-1]}${{condition}}" if each.endswith(":*") else each for each in subjects)) or (
        "${condition}",
    )


def _github(subjects: tuple[str, ...], claims: tuple[Claim, ...]) -> tuple[str, ...]:
    names = values(claims, "repository")
    contexts = _contexts(claims)
    called = [each.partition("@") for each in values(claims, "workflow_ref")]
    if not names and called:
        names = tuple("/".join(path.split("/")[:2]) for path, _, _ in called)
        contexts = contexts or tuple(f"ref:{ref}" for _, _, ref in called if ref and ref != "*")
    if not names:
        names = tuple(f"{owner}/*" for owner in values(claims, "repository_owner"))
    if not names and not contexts:
        return subjects
    made = []
    for subject in subjects or ("*",):
        repository, context = _parts(subject)
        bases = names if set("*?") & set(repository) and names else (repository,)
        ends = contexts if context == "*" and contexts else (context,)
        made += [f"repo:{base}:{end}" for base in bases for end in ends]
    return tuple(dict.fromkeys(made))


def _parts(subject: str) -> tuple[str, str]:
    """Return the repository and the rest of a subject pattern, `*` for what it leaves open."""
    kind, _, rest = subject.partition(":")
    if kind != "repo":
        return ("*/*", "*")
    name, _, context = rest.partition(":")
    return (name if "/" in name else "*/*" if name == "*" else name, context or "*")


def _contexts(claims: tuple[Claim, ...]) -> tuple[str, ...]:
    environments = values(claims, "environment")
    if environments:
        return tuple(f"environment:{each}" for each in environments)
    refs = values(claims, "ref")
    if refs:
        return tuple(f"ref:{each}" for each in refs)
    kinds = {"branch": "ref:refs/heads/*", "tag": "ref:refs/tags/*"}
    typed = tuple(kinds[each] for each in values(claims, "ref_type") if each in kinds)
    if typed:
        return typed
    events = values(claims, "event_name")
    if not events or any(set("*?") & set(each) for each in events):
        return ()
    opened = [each for each in events if each.startswith("pull_request")]
    return ("pull_request",) * bool(opened) + ("ref:*", "environment:*") * (len(opened) < len(events))


def _gitlab(subjects: tuple[str, ...], claims: tuple[Claim, ...]) -> tuple[str, ...]:
    projects = values(claims, "project_path") or tuple(f"{group}/*" for group in values(claims, "namespace_path"))
    kinds, refs = values(claims, "ref_type") or ("*",), values(claims, "ref") or ("*",)
    if not projects and refs == ("*",):
        return subjects
    if subjects and not any(each in {"*", "project_path:*"} for each in subjects):
        return subjects
    return tuple(
        f"project_path:{project}:ref_type:{kind}:ref:{ref}"
        for project in projects or ("*",)
        for kind in kinds
        for ref in refs
    )
