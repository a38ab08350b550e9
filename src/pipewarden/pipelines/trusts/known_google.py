"""The pool, its provider and the service accounts that Google's own module for GitHub declares, read from its arguments.

https://github.com/terraform-google-modules/terraform-google-github-actions-runners/blob/main/modules/gh-oidc/main.tf
"""

from collections.abc import Iterator

from pipewarden.pipelines.trusts.aws import Providers
from pipewarden.pipelines.trusts.google import Binding, member_trusts, read_provider, unguarded
from pipewarden.pipelines.trusts.hcl import Block
from pipewarden.pipelines.trusts.module import Module
from pipewarden.pipelines.trusts.stated import Stated, entry, text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar

_ISSUER = "https://token.actions.githubusercontent.com"
_MAPPED = {
    "google.subject": "assertion.sub",
    "attribute.actor": "assertion.actor",
    "attribute.aud": "assertion.aud",
    "attribute.repository": "assertion.repository",
}
"""What it maps where nothing else is given."""

_POOLS = "projects/0/locations/global/workloadIdentityPools/"


def gh_oidc(module: Module, path: str, block: Block, providers: Providers) -> Iterator[Stated]:
    """Yield the pool where everybody is let in, and each member that may act as a service account."""
    del providers
    line, column, label = block.line, block.column, block.labels[0]

    def scalar(text: str) -> Scalar:
        return Scalar(text, line, column, plain=False)

    default = Mapping(tuple((scalar(k), scalar(v)) for k, v in _MAPPED.items()), line, column)
    issuer = module.value(block, "issuer_uri") or scalar(_ISSUER)
    oidc: list[tuple[Scalar, Node]] = [(scalar("issuer_uri"), issuer)]
    audiences = module.value(block, "allowed_audiences")
    if audiences is not None:
        oidc.append((scalar("allowed_audiences"), audiences))
    pairs: list[tuple[Scalar, Node]] = [
        (scalar("attribute_mapping"), module.value(block, "attribute_mapping") or default),
        (scalar("oidc"), Mapping(tuple(oidc), line, column)),
    ]
    condition = module.value(block, "attribute_condition")
    if condition is not None:
        pairs.append((scalar("attribute_condition"), condition))
    pool = module.text(block, "pool_id") or label
    name = module.text(block, "provider_id")
    provider = read_provider(
        Mapping(tuple(pairs), line, column),
        name=name if name and "${" not in name else label,
        pool=_POOLS + pool,
        address=f"module.{label}",
        path=path,
    )
    yield from unguarded(provider)
    given = module.value(block, "sa_mapping")
    for key, value in given.pairs if isinstance(given, Mapping) else ():
        attribute = text_of(entry(value, "attribute"))
        account = text_of(entry(value, "sa_name")).rsplit("/", 1)[-1]
        text = f"principalSet://iam.googleapis.com/{_POOLS}{pool}/{attribute}"
        binding = Binding(
            role=f"Google service account {account if account and '${' not in account else key.value}",
            member=Scalar(
                text, value.line, value.column, plain=False, tag=getattr(entry(value, "attribute"), "tag", "")
            ),
            address=f"module.{label}.{key.value}",
            path=path,
            line=key.line,
            column=key.column,
        )
        yield from member_trusts(binding, (provider,))
