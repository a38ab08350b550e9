"""Workload identity of Google Cloud: what a provider lets in, and which service account a member of its pool may be.

https://cloud.google.com/iam/docs/workload-identity-federation
https://cloud.google.com/iam/docs/principal-identifiers
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from pipewarden.pipelines.trusts.cel import Way, read_condition
from pipewarden.pipelines.trusts.fold import ANYBODY, fold, issuer_of, left_open, merged
from pipewarden.pipelines.trusts.meeting import meet, possible
from pipewarden.pipelines.trusts.stated import (
    Claim,
    Open,
    Platform,
    Stated,
    Weak,
    Weakness,
    entry,
    is_open,
    opens_in,
    text_of,
    texts,
)
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar

DEFAULT_AUDIENCE = "the name of the provider"
"""What a provider compares the audience with where no list is given.
https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#oidc"""

MEMBER = re.compile(
    r"principal(Set)?://iam\.googleapis\.com/(.+?)(?:/(subject|attribute\.[\w]+|group)/(.*)|/\*)", re.DOTALL
)


class Provider(Struct, frozen=True, kw_only=True):
    """A provider of a workload identity pool."""

    name: str
    pool: str
    address: str
    path: str
    line: int
    column: int
    issuer: str
    audiences: tuple[str, ...]
    ways: tuple[Way, ...]
    """The ways to satisfy its condition, one without claims where it has none; ways that exclude themselves are left out."""
    mapping: dict[str, str]
    maps: bool
    """Whether all that it maps is known: a token then has no other attribute."""
    followed: bool
    """Whether all of the condition was followed."""
    weak: tuple[Weak, ...]
    opens: tuple[Open, ...]


def read_provider(body: Node, *, name: str, pool: str, address: str, path: str) -> Provider:
    """Return a provider given as its properties, in the names of Terraform or of the API."""
    oidc = entry(body, "oidc")
    issuer = entry(oidc, "issuer_uri", "issuerUri")
    listed = entry(oidc, "allowed_audiences", "allowedAudiences")
    mapped = entry(body, "attribute_mapping", "attributeMapping")
    condition = entry(body, "attribute_condition", "attributeCondition")
    mapping = {k.value: text_of(v) for k, v in mapped.pairs} if isinstance(mapped, Mapping) else {}
    opens = list(opens_in(issuer, listed))
    weak: list[Weak] = []
    ways: tuple[Way, ...] = ((),)
    followed = True
    if isinstance(condition, Scalar) and not condition.is_null:
        read = read_condition(" ".join(condition.value.split()), condition.line, mapping)
        ways = tuple(way for way in read.ways if possible(way))
        for loose in read.searched:
            says = f"searches for {loose[:60]} anywhere in a claim"
            weak.append(Weak(Weakness.UNANCHORED, says, condition.line, condition.column))
        followed = read.followed and not is_open(condition)
        if not read.followed:
            opens.append(Open("a part of the attribute condition is not followed", condition.line, condition.column))
        elif is_open(condition):
            opens += opens_in(condition)
    return Provider(
        name=name,
        pool=pool,
        address=address,
        path=path,
        line=body.line,
        column=body.column,
        issuer=text_of(issuer),
        audiences=tuple(each.value for each in texts(listed)) or (DEFAULT_AUDIENCE,),
        ways=ways,
        mapping=mapping,
        maps=bool(mapping) and not any("${" in name for name in mapping),
        followed=followed,
        weak=tuple(weak),
        opens=tuple(opens),
    )


def unguarded(provider: Provider, *, alone: bool = True) -> Iterator[Stated]:
    """Yield the ways by which a provider lets in jobs of everybody: those of its condition that bind no owner.

    What of it is not followed is told with the members of its pool, and here where it stands `alone`, without any.
    Who is let in can act only as what the pool's members are granted. That a provider of a shared issuer needs a
    condition is Google's own rule: https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions
    """
    for way in provider.ways if alone or provider.followed else ():
        if all(claim.name in ANYBODY or _anybody(claim) for claim in way):
            name = f"Google pool {provider.name}"
            yield _stated(provider, name, provider.address, provider.path, provider, way, ())


def _anybody(claim: Claim) -> bool:
    """Tell whether a claim is compared with what tokens of everybody can have: the issuer, or an owner that is left open."""
    if claim.name in {"iss", "aud"}:
        return True
    if claim.name not in {"sub", "repository", "repository_owner", "job_workflow_ref", "workflow_ref"}:
        return False
    return any(_OPEN_OWNER.match(each) is not None for each in claim.values)


_OPEN_OWNER = re.compile(r"(?:repo:)?[^/:]*[*?]")
"""A pattern whose owner is open: a star before the first `/` lets in whoever takes a name that fits."""


class Binding(Struct, frozen=True, kw_only=True):
    """A member that may act as a service account, or holds a role by itself, and where that is written."""

    role: str
    """What the member can act as, as it is told."""
    gives: tuple[str, ...] = ()
    member: Scalar
    address: str
    path: str
    line: int
    column: int


def member_trusts(binding: Binding, providers: Iterable[Provider]) -> Iterator[Stated]:
    """Yield the trusts of a member of a pool: one for each way into each provider of it; nothing for other members.

    A way is left out by which nobody comes who is the member: no token has its attribute, or the condition takes no token
    that has its value. Whoever comes through any provider of a pool is a member of it:
    https://cloud.google.com/iam/docs/workload-identity-federation#pools
    """
    member = binding.member
    match = MEMBER.fullmatch(member.value)
    if match is None and "${" not in member.value:
        return
    known = tuple(providers)
    told, elsewhere = False, not known
    for provider in known:
        alike = match is not None and same_id(match[2], provider.pool)
        nobody = True
        if match is None or not alike or _is_mapped(match, provider):
            for way in provider.ways:
                if not alike or meet(way, _own_claims(match, provider, member.line)):
                    told, nobody = True, False
                    yield _member(binding, match, provider, way)
        elsewhere |= match is not None and alike and nobody and not same_pool(match[2], provider.pool)
    if elsewhere and not told:
        # nobody is the member by these providers: it may be the pool of another project, which has the same id
        yield _member(binding, match, None, ())


def _is_mapped(match: re.Match[str], provider: Provider) -> bool:
    """Tell whether a token of a provider can have the attribute that a member is named by."""
    return not (match[3] and provider.maps) or _attribute(match[3]) in provider.mapping


def same_pool(one: str, other: str) -> bool:
    """Tell whether two texts surely name one pool: by the resource of Terraform that makes it, or by project and id."""
    shared = set(_RESOURCE.findall(one)) & set(_RESOURCE.findall(other))
    return bool(shared) or (one == other and one.startswith("projects/"))


def same_id(one: str, other: str) -> bool:
    """Tell whether two texts name pools of one id, which may be those of different projects."""
    return same_pool(one, other) or (bool(other) and one.rsplit("/", 1)[-1] == other.rsplit("/", 1)[-1])


_RESOURCE = re.compile(r"google_iam_workload_identity_pool\.[\w-]+")


_ATTRIBUTES = {"subject": "google.subject", "group": "google.groups"}


def _attribute(what: str) -> str:
    """Return the attribute that a member is named by.

    https://cloud.google.com/iam/docs/workload-identity-federation#mapping
    """
    return _ATTRIBUTES.get(what, what)


def _own_claims(match: re.Match[str] | None, provider: Provider | None, line: int) -> tuple[Claim, ...]:
    """Return what a member asks of a token by itself."""
    if match is None or not match[3]:
        return ()
    attribute = _attribute(match[3])
    assumed = "assertion.sub" if attribute == "google.subject" else f"assertion.{attribute.removeprefix('attribute.')}"
    source = (provider.mapping if provider else {}).get(attribute, assumed)
    name = source.removeprefix("assertion.") if re.fullmatch(r"assertion\.\w+", source) else attribute
    return (Claim(name, (_letters(match[4]),), line),)


def _member(binding: Binding, match: re.Match[str] | None, provider: Provider | None, way: Way) -> Stated:
    member = binding.member
    pool, value = (match[2], match[4]) if match else (member.value, "")
    own = _own_claims(match, provider, member.line)
    subjects = ("${member}",) if match is None else tuple(each for c in own if c.name == "sub" for each in c.values)
    claims = (*way, *(claim for claim in own if claim.name != "sub"))
    opens = list(opens_in(member)) if match is None or "${" in (value or "") else []
    if provider is None and match is not None:
        opens.append(Open(f"the provider of the pool {pool[:80]} is not in the files", member.line, member.column))
    return _stated(
        binding, binding.role, binding.address, binding.path, provider, claims, subjects, opens, binding.gives
    )


def _stated(
    place: Provider | Binding,
    role: str,
    address: str,
    path: str,
    provider: Provider | None,
    claims: tuple[Claim, ...],
    subjects: tuple[str, ...],
    opens: list[Open] | None = None,
    gives: tuple[str, ...] = (),
) -> Stated:
    named = provider.issuer if provider else ""
    presumed = not named or "${" in named
    issuer = issuer_of(subjects, claims) if presumed else named
    by_subject = next((claim.values for claim in claims if claim.name == "sub"), ())
    others = merged(claim for claim in claims if claim.name != "sub")
    folded = fold(issuer, subjects or by_subject, others)
    if provider is not None and not provider.followed:
        folded = left_open(folded)
    return Stated(
        platform=Platform.GOOGLE,
        role=role,
        address=address,
        path=path,
        line=place.line,
        column=place.column,
        issuer=issuer,
        presumed=presumed and bool(issuer),
        subjects=folded,
        subject_line=place.line,
        subject_column=place.column,
        audiences=provider.audiences if provider else (DEFAULT_AUDIENCE,),
        claims=others,
        gives=gives,
        weak=provider.weak if provider else (),
        opens=(*(provider.opens if provider else ()), *(opens or ())),
    )


def _letters(value: str) -> str:
    return value.replace("*", "%2A").replace("?", "%3F")
