"""Workload identity of Google Cloud as Terraform declares it.

https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/iam_workload_identity_pool_provider
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.trusts.google import MEMBER, Binding, Provider, member_trusts, read_provider, unguarded
from pipewarden.pipelines.trusts.hcl import Block
from pipewarden.pipelines.trusts.module import Module
from pipewarden.pipelines.trusts.stated import Stated, texts
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar

ACCOUNTS = ("google_service_account_iam_member", "google_service_account_iam_binding")
_HOLDS = re.compile(r"google_(\w+?)_iam_(?:member|binding)")
"""Resources that give a role on something of Google Cloud to members, those of pools among them: no service account stands
between. https://cloud.google.com/iam/docs/workload-identity-federation#access_management"""

_THINGS = (
    "project",
    "folder",
    "org_id",
    "bucket",
    "secret_id",
    "repository",
    "dataset_id",
    "topic",
    "cluster",
    "name",
    "service",
)
"""Arguments that name what a role is given on, the project last of those that are more than one."""


def google_trusts(module: Module) -> Iterator[Stated]:
    """Yield the providers that let everybody in, and the members that may act as service accounts or hold roles."""
    providers = [
        _provider(module, path, block) for path, block in module.resources("google_iam_workload_identity_pool_provider")
    ]
    used: set[str] = set()
    kinds = {block.labels[0] for _, block in module.blocks if block.labels and _HOLDS.fullmatch(block.labels[0])}
    for path, block in module.instances(*sorted(kinds)):
        members = module.value(block, "members") or module.value(block, "member")
        account = block.labels[0] in ACCOUNTS
        is_pool = account and "workloadIdentityUser" in module.text(block, "role")
        for member in texts(members):
            if not is_pool and ("principal" not in member.value if account else MEMBER.fullmatch(member.value) is None):
                continue
            given = module.text(block, "role")
            binding = Binding(
                role=f"Google service account {_account(module.text(block, 'service_account_id'), block)}"
                if account
                else f"Google holder of {given if given and '${' not in given else 'a role'} on {_thing(module, block)}",
                member=member,
                address=".".join(block.labels),
                path=path,
                line=block.line,
                column=block.column,
            )
            pool = _of(member, providers)
            used |= {provider.address for provider in pool}
            yield from member_trusts(binding, pool)
    for provider in providers:
        yield from unguarded(provider, alone=provider.address not in used)


def _thing(module: Module, block: Block) -> str:
    """Return the name of what a role is given on, else how the files call what gives it."""
    named = [text for each in _THINGS if (text := module.text(block, each)) and "${" not in text]
    kind = block.labels[0].removeprefix("google_").rsplit("_iam_", 1)[0].replace("_", " ")
    return f"{kind} {named[-1] if kind != 'project' else named[0]}" if named else block.labels[1]


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


def _of(member: Scalar, providers: list[Provider]) -> list[Provider]:
    """Return the providers of a member's pool: by the pool's name in the files, or the only one there is."""
    match = MEMBER.fullmatch(member.value)
    if match is None:
        return []
    words = set(re.findall(r"google_iam_workload_identity_pool\.[\w-]+", match.group(2)))
    named = [
        each for each in providers if words & set(re.findall(r"google_iam_workload_identity_pool\.[\w-]+", each.pool))
    ]
    last = match.group(2).rsplit("/", 1)[-1]
    named = named or [each for each in providers if each.pool == last]
    return named or (providers if len(providers) == 1 and "${" in match.group(2) else [])


def _account(text: str, block: Block) -> str:
    """Return a short name of a service account: its address, else how the files call it."""
    address = text.rsplit("/", 1)[-1]
    if "${" not in text and address:
        return address
    found = re.search(r"google_service_account\.([\w-]+)", text)
    return found.group(1) if found else block.labels[1]
