"""Trust policies of octo-sts: which tokens are exchanged for tokens of its GitHub App.

https://github.com/octo-sts/app#the-trust-policy
"""

import re

from pipewarden.pipelines.trusts.fold import fold, issuer_of
from pipewarden.pipelines.trusts.regexes import alternatives, patterns_of
from pipewarden.pipelines.trusts.stated import (
    Claim,
    Open,
    Platform,
    Reading,
    Stated,
    Weak,
    Weakness,
    entry,
    text_of,
    texts,
)
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, parse

OWN_DOMAIN = "the domain of the service"
"""What octo-sts compares the audience with where the policy names none."""

PATH = re.compile(r"\.github/chainguard/([^/]+)\.sts\.ya?ml")


def read_octo_sts(path: str, text: str, *, organization: bool = False) -> Reading:
    """Return the trust of a policy file. Never raises.

    `organization` tells that the file is in the repository `.github`, whose policies are those of the organization.
    """
    tree = parse(text)
    body = tree.root
    if not isinstance(body, Mapping):
        fault = tree.faults[0] if tree.faults else None
        place = (fault.line, fault.column) if fault else (1, 1)
        return Reading(faults=((path, Open(fault.message if fault else "the policy is empty", *place)),))
    match = PATH.fullmatch(path)
    return Reading((_policy(path, match.group(1) if match else path, body, organization=organization),))


def _policy(path: str, name: str, body: Mapping, *, organization: bool) -> Stated:
    weak: list[Weak] = []
    subjects, place = _matched(body, "subject", weak)
    audiences, _ = _matched(body, "audience", weak)
    claims = []
    given = entry(body, "claim_pattern")
    for key, value in given.pairs if isinstance(given, Mapping) else ():
        claims.append(Claim(key.value, _patterns(key.value, value, weak), key.line))
    issuer, pattern = entry(body, "issuer"), entry(body, "issuer_pattern")
    opens: list[Open] = []
    if place is None:
        opens.append(Open("no subject is given, which octo-sts refuses", body.line, body.column))
        subjects = ("${subject}",)
    signer = text_of(issuer)
    if issuer is None and isinstance(pattern, Scalar):
        signer = _issuer(pattern, subjects, claims, weak)
    permissions = entry(body, "permissions")
    listed = entry(body, "repositories")
    gives = [f"{k.value}: {text_of(v)}" for k, v in permissions.pairs] if isinstance(permissions, Mapping) else []
    if listed is None and (organization or entry(body, "repositories") is not None):
        says = "gives its token for every repository of the organization"
        weak.append(Weak(Weakness.ALL_REPOSITORIES, says, body.line, body.column))
    return Stated(
        platform=Platform.STS,
        role=f"octo-sts identity {name}",
        address=name,
        path=path,
        line=body.line,
        column=body.column,
        issuer=signer,
        subjects=fold(signer, subjects, tuple(claims)),
        subject_line=place.line if place else body.line,
        subject_column=place.column if place else body.column,
        audiences=audiences or (OWN_DOMAIN,),
        claims=tuple(claims),
        gives=(*gives, *(f"in {each.value}" for each in texts(listed))),
        weak=tuple(weak),
        opens=tuple(opens),
    )


def _issuer(pattern: Scalar, subjects: tuple[str, ...], claims: list[Claim], weak: list[Weak]) -> str:
    """Return the one issuer that a pattern comes to; where it leaves the host open, the one that the subject speaks of."""
    patterns = _patterns("issuer", pattern, weak)
    if len(patterns) == 1 and not set("*?") & set(patterns[0]):
        return patterns[0]
    hosts = [each.removeprefix("https://").partition("/")[0] for each in patterns]
    if any(set("*?") & set(host) for host in hosts):
        says = f"takes tokens of every issuer that fits {pattern.value[:60]}"
        weak.append(Weak(Weakness.ISSUER_PATTERN, says, pattern.line, pattern.column))
        return issuer_of(subjects, claims) or pattern.value
    return patterns[0].partition("*")[0].rstrip("/")


def _matched(body: Mapping, name: str, weak: list[Weak]) -> tuple[tuple[str, ...], Node | None]:
    exact, pattern = entry(body, name), entry(body, f"{name}_pattern")
    if isinstance(exact, Scalar):
        return (exact.value.replace("*", "%2A").replace("?", "%3F"),), exact
    if isinstance(pattern, Scalar):
        return _patterns(name, pattern, weak), pattern
    return (), None


def _patterns(name: str, value: Node, weak: list[Weak]) -> tuple[str, ...]:
    """Return what a pattern lets in.

    It is put between `^` and `$` as it stands, so that alternatives outside brackets are held at one end only:
    https://github.com/octo-sts/app/blob/main/pkg/octosts/trust_policy.go
    """
    text = text_of(value)
    if len(alternatives(text)) == 1:
        return patterns_of(text, searched=False)
    says = f"compares {name} with alternatives outside brackets, each held at one end only"
    weak.append(Weak(Weakness.UNANCHORED, says, value.line, value.column))
    return patterns_of(f"^{text}$", searched=True)
