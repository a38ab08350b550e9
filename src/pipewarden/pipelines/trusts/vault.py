"""JWT roles of Vault and OpenBao: which tokens may log in, and with which policies.

https://developer.hashicorp.com/vault/api-docs/auth/jwt#create-update-role
https://openbao.org/api-docs/auth/jwt/
"""

from pipewarden.pipelines.trusts.fold import fold, issuer_of
from pipewarden.pipelines.trusts.stated import (
    Claim,
    Open,
    Platform,
    Stated,
    Weak,
    Weakness,
    entry,
    has_star,
    opens_in,
    text_of,
    texts,
)
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence


def vault_trust(body: Node, *, name: str, address: str, path: str, issuer: str = "") -> Stated | None:
    """Return the trust of a JWT role given as its parameters; None for a role by which people log in."""
    kind = text_of(entry(body, "role_type")).lower()
    if kind == "oidc" and entry(body, "bound_subject") is None and entry(body, "allowed_redirect_uris") is not None:
        return None
    glob = text_of(entry(body, "bound_claims_type")).lower() == "glob"
    subject, audiences, bound = (
        entry(body, "bound_subject"),
        entry(body, "bound_audiences"),
        entry(body, "bound_claims"),
    )
    opens = list(opens_in(subject, audiences))
    weak: list[Weak] = []
    subjects = tuple(each.value.replace("*", "%2A") for each in texts(subject) if each.value)
    place = subject or body
    claims: list[Claim] = []
    if bound is not None and not isinstance(bound, Mapping):
        subjects = subjects or ("${bound_claims}",)
        opens.append(Open("the bound claims are not settled by the files", bound.line, bound.column))
    for key, given in bound.pairs if isinstance(bound, Mapping) else ():
        opens += opens_in(*(given.items if isinstance(given, Sequence) else (given,)))
        patterns, starred = _patterns(given, glob=glob)
        if starred is not None:
            says = f"compares {key.value} letter by letter, for which the star in {starred.value} is a letter"
            weak.append(Weak(Weakness.LITERAL_STAR, says, starred.line, starred.column))
        if key.value == "sub":
            subjects = subjects or patterns
            place = key
        else:
            claims.append(Claim(key.value, patterns, key.line))
    presumed = not issuer or "${" in issuer
    signer = issuer_of(subjects, claims) if presumed else issuer
    if not signer:
        opens.append(Open("the issuer is set on the mount, which the files do not show", body.line, body.column))
    return Stated(
        platform=Platform.VAULT,
        role=f"Vault role {name}",
        address=address,
        path=path,
        line=body.line,
        column=body.column,
        issuer=signer,
        presumed=presumed and bool(signer),
        subjects=fold(signer, subjects, tuple(claims)),
        subject_line=place.line,
        subject_column=place.column,
        audiences=tuple(each.value for each in texts(audiences)),
        claims=tuple(claims),
        gives=tuple(each.value for each in texts(entry(body, "token_policies", "policies"))),
        weak=tuple(weak),
        opens=tuple(opens),
    )


def _patterns(given: Node, *, glob: bool) -> tuple[tuple[str, ...], Scalar | None]:
    """Return the patterns of a bound claim (a list, or one text with commas in HCL), and a star that is no star.

    https://developer.hashicorp.com/vault/api-docs/auth/jwt#bound_claims_type
    """
    values = texts(given)
    if glob:
        return tuple(part.strip() for each in values for part in each.value.split(",")), None
    starred = next((each for each in values if has_star(each.value)), None)
    return tuple(p.strip().replace("*", "%2A") for each in values for p in each.value.split(",")), starred
