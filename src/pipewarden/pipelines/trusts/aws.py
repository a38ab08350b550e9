"""The trust policy of an AWS role: which web identities may assume it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.pipelines.trusts.fold import fold, issuer_of, left_open
from pipewarden.pipelines.trusts.hcl import IN_FILE
from pipewarden.pipelines.trusts.stated import (
    OPEN,
    Claim,
    Open,
    Platform,
    Stated,
    Weak,
    Weakness,
    entry,
    has_star,
    opens_in,
    texts,
)
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

WEB_IDENTITY = "sts:assumerolewithwebidentity"
_PROVIDER = re.compile(r"arn:[^:]+:iam::[^:]*:oidc-provider/(.+)")
_OPERATOR = re.compile(
    r"(?:(ForAllValues|ForAnyValue):)?(StringEquals|StringEqualsIgnoreCase|StringLike)(IfExists)?", re.IGNORECASE
)


_KEEPS_OUT = re.compile(r"StringNot(?:Equals|EqualsIgnoreCase|Like)(?:IfExists)?", re.IGNORECASE)


class Provider(Struct, frozen=True):
    """An identity provider of the account: its issuer, and the audiences it lets in (None: not known)."""

    issuer: str
    audiences: tuple[str, ...] | None = None


class Role(Struct, frozen=True, kw_only=True):
    """The role whose policy is read, and where the file declares it."""

    name: str
    address: str
    path: str
    line: int
    column: int


Providers = Callable[[Scalar], Provider | None]
"""Gives the provider that a reference in the files names, None where it is not among them."""


class _Compared(Struct):
    """What the conditions of a statement compare."""

    subjects: list[tuple[str, ...]]
    audiences: list[tuple[str, ...]]
    claims: list[Claim]
    weak: list[Weak]
    opens: list[Open]
    issuers: list[str]
    denied: list[str]
    """Patterns of subjects that are kept out."""
    at: Scalar | None = None
    """Where the subject is compared."""


def aws_trusts(document: Node | None, role: Role, providers: Providers) -> list[Stated]:
    """Return the trusts of a policy document; an empty list where it lets in no web identity."""
    if isinstance(document, Scalar) and document.tag == OPEN:
        opened = Open(
            f"the trust policy {document.value[:80]} is not settled by the files", document.line, document.column
        )
        return [_unknown(role, opened)]
    listed = entry(document, "Statement")
    statements = listed.items if isinstance(listed, Sequence) else (listed,) if listed is not None else ()
    inside = document.tag.removeprefix(IN_FILE) if document and document.tag.startswith(IN_FILE) else role.path
    found: list[Stated] = []
    denials = [each for each in statements[:100] if isinstance(each, Mapping) and _speaks(each, "deny")]
    for statement in statements[:100]:
        if isinstance(statement, Scalar) and statement.tag == OPEN:
            opened = Open(
                f"the statement {statement.value[:80]} is not settled by the files", statement.line, statement.column
            )
            found.append(_unknown(role, opened))
        elif isinstance(statement, Mapping) and _speaks(statement, "allow"):
            found += _statement(statement, role, providers, denials)
    return [replace(each, stated_in=inside) for each in found]


def _unknown(role: Role, opened: Open) -> Stated:
    return Stated(
        platform=Platform.AWS,
        role=role.name,
        address=role.address,
        path=role.path,
        line=role.line,
        column=role.column,
        issuer="",
        opens=(opened,),
    )


def _speaks(statement: Mapping, of: str) -> bool:
    """Tell whether a statement allows web identities, or denies them. One whose effect is open is taken to allow."""
    effect = entry(statement, "Effect")
    said = effect.value.lower() if isinstance(effect, Scalar) and effect.tag != OPEN else "allow"
    if said == of == "deny" and entry(statement, "NotAction") is not None:
        spared = [each.value.lower() for each in texts(entry(statement, "NotAction"))]
        return not any(fnmatchcase(WEB_IDENTITY, each) for each in spared)
    actions = [each.value.lower() for each in texts(entry(statement, "Action"))]
    return said == of and any(fnmatchcase(WEB_IDENTITY, each) for each in actions)


def _statement(statement: Mapping, role: Role, providers: Providers, denials: Iterable[Mapping]) -> Iterator[Stated]:
    principal = entry(statement, "Principal")
    federated = texts(entry(principal, "Federated")) if isinstance(principal, Mapping) else []
    for name in federated:
        compared = _compared(entry(statement, "Condition"))
        shut = [_deny(compared, each) for each in denials if _covers(each, name)]
        if any(each is Denied.ALL for each in shut):
            continue
        subjects = _narrowest(compared.subjects)
        known = _provider(name, providers)
        issuer = known.issuer if known else next((each for each in compared.issuers if "${" not in each), "")
        presumed = not issuer
        issuer = issuer or issuer_of(subjects, compared.claims)
        opens = list(compared.opens)
        if not issuer:
            if subjects and all(each.startswith("system:serviceaccount:") for each in subjects):
                continue  # pods of a cluster, not jobs of a pipeline
            opens.append(Open(f"the issuer {name.value[:80]} is not settled by the files", name.line, name.column))
        audiences = _narrowest(compared.audiences)
        by = ""
        if not audiences:
            audiences = (known.audiences or ()) if known else ()
            by = "" if audiences else "the client ids of the identity provider"
        unsettled = () if subjects or not compared.opens else ("${condition}",)
        let_in = _without(fold(issuer, subjects, tuple(compared.claims)), compared.denied)
        if let_in is None:
            continue
        if Denied.UNCLEAR in shut:
            let_in = left_open(let_in)
        yield Stated(
            platform=Platform.AWS,
            role=role.name,
            address=role.address,
            path=role.path,
            line=role.line,
            column=role.column,
            issuer=issuer,
            presumed=presumed and bool(issuer),
            subjects=let_in or unsettled,
            subject_line=(compared.at or statement).line,
            subject_column=(compared.at or statement).column,
            audiences=audiences,
            audience_by=by,
            claims=tuple(compared.claims),
            weak=tuple(compared.weak),
            opens=tuple(opens),
        )


_DENIES = frozenset({"StringLike", "StringEquals"})


class Denied(Enum):
    """What a statement that denies comes to."""

    ALL = "all"
    SOME = "some"
    """Only those that its condition names: what is compared has them left out."""
    UNCLEAR = "unclear"
    """Some, and which is not followed."""


def _covers(denial: Mapping, name: Scalar) -> bool:
    """Tell whether a statement that denies speaks of tokens of a provider."""
    principal = entry(denial, "Principal")
    if not isinstance(principal, Mapping):
        return True  # everybody, or everybody but some
    told = [each.value for kind in ("Federated", "AWS") for each in texts(entry(principal, kind))]
    return name.value in told or "*" in told


def _deny(compared: _Compared, denial: Mapping) -> Denied:
    """Take from what a statement lets in what another denies: a denial wins, and holds where all its conditions do.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    condition = entry(denial, "Condition")
    if condition is None and entry(denial, "NotPrincipal") is None:
        return Denied.ALL
    told = [
        (operator, key, given)
        for operator, keys in (condition.pairs if isinstance(condition, Mapping) else ())
        for key, given in (keys.pairs if isinstance(keys, Mapping) else ())
    ]
    if len(told) == 1 and entry(denial, "NotPrincipal") is None:
        operator, key, given = told[0]
        claim = key.value.rpartition(":")[2]
        if _KEEPS_OUT.fullmatch(operator.value):  # who does not fit is denied, or has no such claim: who is let in fits
            fits = re.sub("not|ifexists", "", operator.value.lower())
            _one(compared, Scalar(fits, operator.line, operator.column), key, given)
            return Denied.SOME
        values = [each.value for each in texts(given)]
        # a star is one for StringLike alone; one letter that may be any, and letters in any case, are not followed
        stars = "?" if operator.value == "StringLike" else "?*"
        if claim == "sub" and operator.value in _DENIES and not any(set(stars) & set(each) for each in values):
            compared.denied += values
            return Denied.SOME if not opens_in(given) else _unclear(compared, denial)
    return _unclear(compared, denial)


def _unclear(compared: _Compared, denial: Mapping) -> Denied:
    compared.opens.append(Open("a statement that denies is not followed", denial.line, denial.column))
    return Denied.UNCLEAR


def _without(subjects: tuple[str, ...], denied: Iterable[str]) -> tuple[str, ...] | None:
    """Return subjects without those that are kept out, None where nothing is left.

    Of all of a repository of GitHub without its pull requests there remain branches, tags and environments.
    A statement holds where all its conditions do, and an operator with `Not` where no value fits.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
    """
    shut = tuple(denied)
    left: list[str] = []
    for each in subjects:
        kind, _, rest = each.partition(":")
        name, _, context = rest.partition(":")
        if any(fnmatchcase(each, d) for d in shut):
            continue
        pulls = kind == "repo" and context == "*" and any(fnmatchcase(f"repo:{name}:pull_request", d) for d in shut)
        left += [f"repo:{name}:ref:*", f"repo:{name}:environment:*"] if pulls else [each]
    return tuple(left) if left or not subjects else None


def by_address(name: Scalar, declared: Iterable[Provider]) -> Provider | None:
    """Return the provider that an ARN names, where the same files declare one for its address: an account has no second.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    """
    match = _PROVIDER.fullmatch(name.value)
    found = [each for each in declared if match and each.issuer.removeprefix("https://").rstrip("/") == match.group(1)]
    return found[0] if len(found) == 1 else None


def _provider(name: Scalar, providers: Providers) -> Provider | None:
    known = providers(name)
    if known is None and (match := _PROVIDER.fullmatch(name.value)):
        host = match.group(1)
        return Provider(f"https://{host}") if "${" not in host else None
    return known


def _compared(condition: Node | None) -> _Compared:
    found = _Compared([], [], [], [], [], [], [])
    if isinstance(condition, Scalar) and condition.tag == OPEN:
        found.opens.append(
            Open(f"the condition {condition.value[:80]} is not settled", condition.line, condition.column)
        )
    for operator, keys in condition.pairs if isinstance(condition, Mapping) else ():
        for key, given in keys.pairs if isinstance(keys, Mapping) else ():
            _one(found, operator, key, given)
    return found


def _one(found: _Compared, operator: Scalar, key: Scalar, given: Node) -> None:
    issuer, _, claim = key.value.rpartition(":")
    if issuer and not issuer.startswith(("aws", "sts")):
        found.issuers.append(f"https://{issuer}")
    elif issuer:
        return  # a key of AWS itself, such as aws:SourceIp: it may narrow the trust and never widens it
    match = _OPERATOR.fullmatch(operator.value)
    if match is None:
        _another(found, operator, claim, given)
        return
    every, name, exists = match.groups()
    if claim == "sub":
        found.at = found.at or key
    if exists or (every or "").lower() == "forallvalues":
        says = f"compares {claim} with {operator.value}, which also holds for a token without it"
        found.weak.append(Weak(Weakness.ABSENT_HOLDS, says, operator.line, operator.column))
    values = tuple(each.value for each in texts(given))
    found.opens += opens_in(given)
    if name.lower() != "stringlike":
        for each in texts(given):
            if claim == "sub" and has_star(each.value):
                says = f"compares {claim} with {name}, for which the star in {each.value} is a letter"
                found.weak.append(Weak(Weakness.LITERAL_STAR, says, each.line, each.column))
        values = tuple(each.replace("*", "%2A").replace("?", "%3F") for each in values)
    match claim:
        case "sub":
            found.subjects.append(values)
        case "aud":
            found.audiences.append(values)
        case _:
            found.claims.append(Claim(claim, values, key.line))


def _another(found: _Compared, operator: Scalar, claim: str, given: Node) -> None:
    """Take a comparison that keeps subjects out, and tell one that is not followed."""
    if claim in {"sub", "aud"} and re.search("not", operator.value, re.IGNORECASE) is None:
        found.opens.append(Open(f"the operator {operator.value} is not followed", operator.line, operator.column))
    elif claim == "sub" and _KEEPS_OUT.fullmatch(operator.value):
        found.denied += [each.value for each in texts(given)]


def _narrowest(conditions: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the condition that lets in least, where several hold at once: fewest stars, then longest."""
    given = [each for each in conditions if each]
    return min(
        given, key=lambda values: (any("*" in v or "?" in v for v in values), -min(map(len, values))), default=()
    )
