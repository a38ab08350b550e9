"""Workload identity of Google Cloud as Terraform declares it.

https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/iam_workload_identity_pool_provider
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.trusts.google import MEMBER, Binding, Provider, member_trust, read_provider, unguarded
from pipewarden.pipelines.trusts.hcl import Block
from pipewarden.pipelines.trusts.module import Module
from pipewarden.pipelines.trusts.stated import Stated, texts
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar

BINDINGS = ("google_service_account_iam_member", "google_service_account_iam_binding")


def google_trusts(module: Module) -> Iterator[Stated]:
    """Yield the providers that let everybody in, and the members that may act as service accounts."""
    providers = [
        _provider(module, path, block) for path, block in module.resources("google_iam_workload_identity_pool_provider")
    ]
    for provider in providers:
        made = unguarded(provider)
        if made is not None:
            yield made
    for path, block in module.instances(*BINDINGS):
        members = module.value(block, "members") or module.value(block, "member")
        is_pool = "workloadIdentityUser" in module.text(block, "role")
        for member in texts(members):
            if not is_pool and "principal" not in member.value:
                continue
            binding = Binding(
                account=_account(module.text(block, "service_account_id"), block),
                member=member,
                address=".".join(block.labels),
                path=path,
                line=block.line,
                column=block.column,
            )
            made = member_trust(binding, _of(member, providers))
            if made is not None:
                yield made


def _provider(module: Module, path: str, block: Block) -> Provider:
    pairs: list[tuple[Scalar, Node]] = []
    for name, expression in block.attributes.items():
        value = module.evaluator.value(expression)
        if value is not None:
            pairs.append((Scalar(name, expression.line, 1), value))
    for inner in block.inside("oidc"):
        held = [
            (Scalar(n, e.line, 1), v)
            for n, e in inner.attributes.items()
            if (v := module.evaluator.value(e)) is not None
        ]
        pairs.append((Scalar("oidc", inner.line, inner.column), Mapping(tuple(held), inner.line, inner.column)))
    body = Mapping(tuple(pairs), block.line, block.column)
    name = module.text(block, "workload_identity_pool_provider_id")
    return read_provider(
        body,
        name=name if name and "${" not in name else block.labels[1],
        pool=module.text(block, "workload_identity_pool_id"),
        address=".".join(block.labels),
        path=path,
    )


def _of(member: Scalar, providers: list[Provider]) -> Provider | None:
    """Return the provider of a member's pool: by the pool's name in the files, or the only one there is."""
    match = MEMBER.fullmatch(member.value)
    if match is None:
        return None
    words = set(re.findall(r"google_iam_workload_identity_pool\.[\w-]+", match.group(2)))
    named = [
        each for each in providers if words & set(re.findall(r"google_iam_workload_identity_pool\.[\w-]+", each.pool))
    ]
    last = match.group(2).rsplit("/", 1)[-1]
    named = named or [each for each in providers if each.pool == last]
    if len(named) == 1:
        return named[0]
    return providers[0] if len(providers) == 1 and "${" in match.group(2) else None


def _account(text: str, block: Block) -> str:
    """Return a short name of a service account: its address, else how the files call it."""
    address = text.rsplit("/", 1)[-1]
    if "${" not in text and address:
        return address
    found = re.search(r"google_service_account\.([\w-]+)", text)
    return found.group(1) if found else block.labels[1]
