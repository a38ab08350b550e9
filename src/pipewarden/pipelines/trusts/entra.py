"""Federated identity credentials of Entra applications and managed identities.

https://learn.microsoft.com/en-us/graph/api/resources/federatedidentitycredential
https://learn.microsoft.com/en-us/entra/workload-id/workload-identities-flexible-federated-identity-credentials
"""

import re

from pipewarden.pipelines.trusts.fold import fold, issuer_of
from pipewarden.pipelines.trusts.stated import Claim, Open, Platform, Stated, entry, opens_in, text_of, texts
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar

DEFAULT_AUDIENCE = "api://AzureADTokenExchange"

_COMPARED = re.compile(r"claims\['(\w+)'\]\s+(matches|eq)\s+'((?:[^'\\]|\\.)*)'", re.IGNORECASE)


def entra_trust(body: Node, *, role: str, address: str, path: str, of: str = "") -> Stated:
    """Return the trust of a federated credential given as its properties: issuer, subject, audiences or an expression."""
    issuer, subject = entry(body, "issuer"), entry(body, "subject")
    audiences = entry(body, "audiences", "audience")
    expression = entry(body, "claims_matching_expression", "claimsMatchingExpression")
    if isinstance(expression, Mapping):
        expression = entry(expression, "value")
    opens = list(opens_in(issuer, subject, audiences, expression))
    subjects = tuple(each.value for each in texts(subject))
    subjects = tuple(each.replace("*", "%2A") for each in subjects)
    claims: tuple[Claim, ...] = ()
    if isinstance(expression, Scalar) and "${" not in expression.value:
        claims, unread = matching(expression)
        opens += unread
        subjects = next((claim.values for claim in claims if claim.name == "sub"), ())
        claims = tuple(claim for claim in claims if claim.name != "sub")
    elif isinstance(expression, Scalar):
        subjects = (expression.value,)
    elif not subjects:
        opens.append(Open("neither a subject nor an expression is given", body.line, body.column))
        subjects = ("${subject}",)
    named = text_of(issuer)
    presumed = not named or "${" in named
    signer = issuer_of(subjects, claims) if presumed else named
    place = subject or expression
    return Stated(
        platform=Platform.ENTRA,
        role=role,
        address=address,
        path=path,
        line=body.line,
        column=body.column,
        issuer=signer,
        presumed=presumed and bool(signer),
        subjects=fold(signer, subjects, claims),
        subject_line=place.line if place else body.line,
        subject_column=place.column if place else body.column,
        audiences=tuple(each.value for each in texts(audiences)) or (DEFAULT_AUDIENCE,),
        claims=claims,
        gives=(of,) if of else (),
        opens=tuple(opens),
    )


def matching(expression: Scalar) -> tuple[tuple[Claim, ...], list[Open]]:
    """Return the claims that an expression compares; what is not a chain of `and` is an open end."""
    claims = []
    left = _COMPARED.sub("", expression.value)
    for name, how, value in _COMPARED.findall(expression.value):
        pattern = value if how.lower() == "matches" else value.replace("*", "%2A").replace("?", "%3F")
        claims.append(Claim(name, (pattern,), expression.line))
    unread = re.sub(r"\band\b|[\s()]", "", left, flags=re.IGNORECASE)
    if unread or not claims:
        return tuple(claims), [
            Open(f"the expression {expression.value[:80]} is not followed", expression.line, expression.column)
        ]
    return tuple(claims), []
