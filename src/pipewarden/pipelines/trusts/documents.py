"""Trusts in YAML and JSON, told by their shape: templates, policies, credentials, providers, roles."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.trusts.aws import WEB_IDENTITY, Role, aws_trusts
from pipewarden.pipelines.trusts.cloudformation import cloudformation_trusts, settled
from pipewarden.pipelines.trusts.entra import entra_trust
from pipewarden.pipelines.trusts.google import Binding, Provider, member_trusts, read_provider, unguarded
from pipewarden.pipelines.trusts.stated import Open, Reading, Stated, entry, text_of, texts
from pipewarden.pipelines.trusts.vault import vault_trust
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, parse

MOST_TRUSTS = 5_000
"""Trusts of one file that are kept."""

_SHAPES = re.compile(
    r"AssumeRoleWithWebIdentity|OIDCProvider|federatedIdentityCredential|principal(?:Set)?://iam|bound_(?:claims|subject)"
    r"|issuerUri|claimsMatchingExpression|roles/iam\.workloadIdentityUser",
    re.IGNORECASE,
)
"""What stands in a file whose shape is read here; `audiences` and settings of workload identity stand in many others."""
FEDERATED = "federatedidentitycredentials"


def read_document(path: str, text: str) -> Reading:
    """Return the trusts that a YAML or JSON file states by its shape. Never raises."""
    tree = parse(text)
    if not tree.complete:
        if "{{" in text and not _SHAPES.search(
            text
        ):  # a template, such as a chart's, that states no trust by any shape
            return Reading()
        fault = tree.faults[0]
        return Reading(faults=((path, Open(fault.message, fault.line, fault.column)),))
    found: list[Stated] = []
    for root in tree.documents:
        if isinstance(root, Mapping) and isinstance(root.get("Resources"), Mapping):
            found += cloudformation_trusts(path, root)
        elif root is not None:
            bodies = list(mappings(settled(root)))
            providers = [each for body in bodies if (each := _provider(path, body)) is not None]
            inner = {id(body.get("properties")) for body in bodies if _is_typed(body)}
            for body in bodies:
                if id(body) in inner:
                    continue  # told with the resource that it belongs to
                found += _shaped(path, body, providers)
            found += [open_to_all for each in providers for open_to_all in unguarded(each)]
        if len(found) > MOST_TRUSTS:
            break
    return Reading(tuple(found[:MOST_TRUSTS]))


def mappings(node: Node) -> Iterator[Mapping]:
    """Yield every mapping of a tree, outer ones first."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Mapping):
            yield here
            waiting += [value for _, value in reversed(here.pairs)]
        elif isinstance(here, Sequence):
            waiting += reversed(here.items)


def stem(path: str) -> str:
    """Return the name of a file without its folder and endings."""
    return path.rsplit("/", 1)[-1].partition(".")[0] or path


def _shaped(path: str, body: Mapping, providers: list[Provider]) -> Iterator[Stated]:
    if _is_web_identity(body):
        role = Role(name=f"AWS role of {path}", address=stem(path), path=path, line=body.line, column=body.column)
        yield from aws_trusts(body, role, lambda _: None)
    elif _is_federated(body):
        given = body.get("properties") or body
        told = text_of(body.get("name"))
        name = told.rsplit("/", 1)[-1] if told and "${" not in told else stem(path)
        yield entra_trust(given, role=f"Entra credential {name}", address=name, path=path)
    elif _is_role(body):
        name = text_of(body.get("name")) or stem(path)
        made = vault_trust(body, name=name, address=name, path=path, issuer=text_of(body.get("bound_issuer")))
        if made is not None:
            yield made
    elif text_of(body.get("role")) == "roles/iam.workloadIdentityUser":
        for member in texts(body.get("members")):
            yield from _member(path, body, member, providers)


def _member(path: str, body: Mapping, member: Scalar, providers: list[Provider]) -> Iterator[Stated]:
    name = stem(path)
    role = f"Google service account {name}"
    binding = Binding(role=role, member=member, address=name, path=path, line=body.line, column=body.column)
    yield from member_trusts(binding, providers)


def _is_web_identity(body: Mapping) -> bool:
    listed = body.get("Statement")
    statements = listed.items if isinstance(listed, Sequence) else (listed,)
    return any(
        each.value.lower() == WEB_IDENTITY
        for one in statements
        if isinstance(one, Mapping) and isinstance(one.get("Principal"), Mapping)
        for each in texts(one.get("Action"))
    )


def _is_federated(body: Mapping) -> bool:
    if _is_typed(body):
        return True
    told = body.get("subject") or entry(body, "claimsMatchingExpression")
    return body.get("issuer") is not None and told is not None and isinstance(body.get("audiences"), Sequence)


def _is_typed(body: Mapping) -> bool:
    return FEDERATED in text_of(body.get("type")).lower()


def _is_role(body: Mapping) -> bool:
    bound = body.get("bound_claims") or body.get("bound_subject")
    return bound is not None and (body.get("user_claim") is not None or body.get("role_type") is not None)


def _provider(path: str, body: Mapping) -> Provider | None:
    """Return a provider as the API gives it, None where the shape is another."""
    oidc = body.get("oidc")
    if not isinstance(oidc, Mapping) or oidc.get("issuerUri") is None:
        return None
    full = text_of(body.get("name"))
    match = re.search(r"((?:projects/[^/]+/locations/[^/]+/)?workloadIdentityPools/[^/]+)/providers/([^/]+)", full)
    name = match.group(2) if match else full.rsplit("/", 1)[-1] or stem(path)
    return read_provider(body, name=name, pool=match.group(1) if match else "", address=name, path=path)
