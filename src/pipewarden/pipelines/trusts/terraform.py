"""Trusts that folders of Terraform files state, for every cloud."""

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Table

from pipewarden.pipelines.trusts.aws import Provider, Providers, Role, aws_trusts, by_address
from pipewarden.pipelines.trusts.entra import entra_trust
from pipewarden.pipelines.trusts.google_terraform import google_trusts
from pipewarden.pipelines.trusts.hcl import Block
from pipewarden.pipelines.trusts.known_modules import module_trusts
from pipewarden.pipelines.trusts.module import Module
from pipewarden.pipelines.trusts.stated import OPEN, Reading, Stated, Template, is_open, text_of, texts
from pipewarden.pipelines.trusts.vault import vault_trust
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

MOST_TRUSTS = 5_000
"""Trusts of one folder that are kept."""

_REFERENCE = re.compile(r"\$\{((?:data\.)?aws_iam_openid_connect_provider\.[\w-]+)(?:\[[^\]]*\])?\.(?:arn|id)\}")


def read_folders(folders: Table[str, Table[str, str]], known: Collection[str] | None = None) -> Iterator[Reading]:
    """Yield the trusts of each of some folders, texts by path by folder. Never raises.

    `known`: all folders of the repository that hold Terraform, where that is known.
    """
    modules = {folder: Module(files) for folder, files in sorted(folders.items())}
    unmade = _unmade(modules)
    for folder, module in modules.items():
        yield Reading(faults=tuple(module.faults)) if folder in unmade else _read(module, known)


def _unmade(modules: Table[str, Module]) -> set[str]:
    """Return the folders of modules of which every use makes nothing, or stands in such a folder itself."""
    uses: dict[str, list[tuple[str, bool]]] = {}
    for folder, module in modules.items():
        for target, makes in module.local_calls():
            uses.setdefault(target, []).append((folder, makes))
    unmade: set[str] = set()
    asked = {folder for folder in uses if folder in modules and not modules[folder].is_root}
    while more := {each for each in asked - unmade if not any(makes and by not in unmade for by, makes in uses[each])}:
        unmade |= more
    return unmade


def _read(module: Module, folders: Collection[str] | None) -> Reading:
    found: list[Stated] = []
    amazon, known = _aws(module), module_trusts(module, _providers(module), folders)
    for each in (amazon, _entra(module), google_trusts(module), _vault(module), known):
        found += each
    return Reading(tuple(found[:MOST_TRUSTS]), tuple(_templates(module)), tuple(module.faults))


def _providers(module: Module) -> Providers:
    """Return what gives the identity provider that a principal names: by a reference, or the folder's one for its address."""

    def made(block: Block | None) -> Provider | None:
        url = module.value(block, "url") if block else None
        if block is None or not isinstance(url, Scalar) or (is_open(url) and "aws_eks_cluster" not in url.value):
            return None
        listed = module.value(block, "client_id_list")
        known = None if listed is None or is_open(listed) else tuple(each.value for each in texts(listed))
        return Provider(url.value if "://" in url.value else f"https://{url.value}", known)

    declared = [each for _, block in module.resources("aws_iam_openid_connect_provider") if (each := made(block))]

    def provider(name: Scalar) -> Provider | None:
        match = _REFERENCE.fullmatch(name.value)
        return made(module.block(match.group(1))) if match else by_address(name, declared)

    return provider


def _aws(module: Module) -> Iterator[Stated]:
    provider = _providers(module)
    for path, block in module.instances("aws_iam_role"):
        document = module.document(module.value(block, "assume_role_policy"))
        name = module.text(block, "name")
        shown = name if name and "${" not in name else block.labels[1]
        role = Role(name=f"AWS role {shown}", address=_address(block), path=path, line=block.line, column=block.column)
        yield from aws_trusts(document, role, provider)
    for path, label, body in module.json_resources("aws_iam_role"):
        given = text_of(body.get("name"))
        shown = given if given and "${" not in given else label
        role = Role(
            name=f"AWS role {shown}", address=f"aws_iam_role.{label}", path=path, line=body.line, column=body.column
        )
        yield from aws_trusts(module.document(body.get("assume_role_policy")), role, provider)


def _entra(module: Module) -> Iterator[Stated]:
    kinds = (
        "azuread_application_federated_identity_credential",
        "azuread_application_flexible_federated_identity_credential",
        "azurerm_federated_identity_credential",
    )
    for path, block in module.instances(*kinds):
        owner = module.text(block, "application_id") or module.text(block, "parent_id")
        owner = owner or module.text(block, "application_object_id") or module.text(block, "user_assigned_identity_id")
        shown = module.text(block, "display_name") or module.text(block, "name") or block.labels[1]
        yield entra_trust(
            _fields(module, block),
            role=f"Entra credential {shown if '${' not in shown else block.labels[1]}",
            address=_address(block),
            path=path,
            of=owner,
        )


def _vault(module: Module) -> Iterator[Stated]:
    for path, block in module.instances("vault_jwt_auth_backend_role"):
        backend = block.attributes.get("backend")
        words = text_of(module.evaluator.value(backend))
        label = re.search(r"vault_jwt_auth_backend\.([\w-]+)", words or "")
        found = module.block(f"vault_jwt_auth_backend.{label.group(1)}") if label else None
        if found is None:
            same = [b for _, b in module.resources("vault_jwt_auth_backend") if module.text(b, "path") == words]
            found = same[0] if len(same) == 1 else None
        issuer = ""
        if found is not None:
            issuer = module.text(found, "bound_issuer") or module.text(found, "oidc_discovery_url")
        name = module.text(block, "role_name")
        shown = name if name and "${" not in name else block.labels[1]
        made = vault_trust(_fields(module, block), name=shown, address=_address(block), path=path, issuer=issuer)
        if made is not None:
            yield made


def _templates(module: Module) -> Iterator[Template]:
    """Yield the customised subjects that are settled, of organizations and repositories.

    https://registry.terraform.io/providers/integrations/github/latest/docs/resources/actions_organization_oidc_subject_claim_customization_template
    """
    kinds = (
        f"github_actions_{what}_oidc_subject_claim_customization_template" for what in ("organization", "repository")
    )
    for path, block in module.resources(*kinds):
        keys = module.value(block, "include_claim_keys")
        if isinstance(keys, Sequence) and not is_open(keys):
            yield Template(path, _address(block), block.line, tuple(each.value for each in texts(keys)), block.column)


def _fields(module: Module, block: Block) -> Mapping:
    """Return the attributes of a block as a tree, those of its single blocks under their names."""
    pairs: list[tuple[Scalar, Node]] = []
    for name, expression in block.attributes.items():
        value = module.evaluator.value(expression)
        if value is not None:
            pairs.append((Scalar(name, expression.line, 1), value))
    for inner in block.blocks:
        if inner.kind == "dynamic":
            opened = Scalar("${dynamic}", inner.line, inner.column, tag=OPEN)
            pairs.append((Scalar(inner.labels[0] if inner.labels else "", inner.line, inner.column), opened))
        else:
            pairs.append((Scalar(inner.kind, inner.line, inner.column), _fields(module, inner)))
    return Mapping(tuple(pairs), block.line, block.column)


def _address(block: Block) -> str:
    return ".".join(block.labels)
