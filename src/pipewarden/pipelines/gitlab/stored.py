"""What `secrets:` of a job reads from stores outside GitLab, by the address that each store knows it under.

A name is made as for the steps of GitHub's jobs: `vault:secret/prod/db`, `aws:prod/db`, `gcp:acme-prod/db`, `azure:acme-kv/db`;
`*` stands for what the file does not settle. https://docs.gitlab.com/ci/yaml/#secrets
"""

from collections.abc import Callable, Iterator

from pipewarden.model.stores import named_by_aws, named_by_google
from pipewarden.pipelines.definition import SecretKind, SecretRead
from pipewarden.pipelines.gitlab.variables import NAME, Scope
from pipewarden.pipelines.reading import position, text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar

_ANY = "*"
_ENGINE = "kv-v2"
"""The mount that a short form without `@` means. https://docs.gitlab.com/ci/yaml/#secretsvault"""
_INSIDE = ("gitlab_secrets_manager", "akeyless")
"""Providers whose names are told as they stand: GitLab's own, and one that has no address here."""


def stored_secrets(node: Node | None, scope: Scope) -> Iterator[SecretRead]:
    """Yield what `secrets:` reads, each with its store."""
    for key, value in node.pairs if isinstance(node, Mapping) else ():
        yield from _reads(key, value, scope)


def _reads(key: Scalar, value: Node, scope: Scope) -> Iterator[SecretRead]:
    where = f"secrets.{key.value}"
    for provider, (store, make) in _PROVIDERS.items():
        found = value.get(provider) if isinstance(value, Mapping) else None
        if not found:
            continue
        at = position(found if isinstance(found, Scalar) else key)
        address = _one(scope, "$VAULT_SERVER_URL") if store == "vault" else ""
        for name in dict.fromkeys(make(found, scope)):
            yield SecretRead(
                name=f"{store}:{name}",
                kind=SecretKind.VAULT,
                position=at,
                where=where,
                certain=_ANY not in name,
                store=store,
                address="" if _ANY in address else address[:200],
            )
        return
    found = next((value.get(each) for each in _INSIDE if value.get(each)), None) if isinstance(value, Mapping) else None
    name = _own_name(found) or key.value
    at = position(found if isinstance(found, Scalar) else key)
    yield SecretRead(name=name, kind=SecretKind.VAULT, position=at, where=where, dynamic="$" in name)


def _own_name(node: Node | None) -> str:
    return text_of(node.get("name")) if isinstance(node, Mapping) else text_of(node)


def _all(scope: Scope, written: str) -> tuple[str, ...]:
    """Return what a text can be, `*` in place of the variables that the file does not settle."""
    texts, _ = scope.texts(written)
    return tuple(NAME.sub(_ANY, text).strip().strip("/") for text in texts)


def _one(scope: Scope, written: str) -> str:
    found = _all(scope, written)
    return found[0] if len(found) == 1 else _ANY


def _given(node: Node, scope: Scope, key: str) -> tuple[str, ...]:
    """Return what a key of a long form can be; the short form is the value itself."""
    if isinstance(node, Mapping):
        return _all(scope, text_of(node.get(key)))
    return _all(scope, text_of(node))


def _in_vault(node: Node, scope: Scope) -> Iterator[str]:
    """Yield the path below which a vault keeps it, with its mount; the field that is read of it is no part of the address.

    `prod/db/password@secret` is the field `password` of `secret/prod/db`. https://docs.gitlab.com/ci/yaml/#secretsvault
    """
    space = _one(scope, "$VAULT_NAMESPACE")
    before = f"{space}/" if space not in {_ANY, ""} else ""
    if isinstance(node, Mapping):
        engine = node.get("engine")
        mounts = _all(scope, text_of(engine.get("path"))) if isinstance(engine, Mapping) else ()
        for path in _given(node, scope, "path"):
            yield from (f"{before}{mount or _ENGINE}/{path}" for mount in mounts or (_ENGINE,))
        return
    for text in _given(node, scope, ""):
        if text == _ANY:
            yield _ANY
            continue
        inside, at, mount = text.partition("@")
        path, slash, _ = inside.rpartition("/")
        yield f"{before}{mount.strip('/') if at else _ENGINE}/{path if slash else inside}"


def _in_aws(node: Node, scope: Scope) -> Iterator[str]:
    """Yield a secret's name, or what its ARN ends in; behind `#` stands a field of it.

    https://docs.gitlab.com/ci/yaml/#secretsaws_secrets_manager
    """
    for text in _given(node, scope, "secret_id"):
        yield named_by_aws(text.partition("#")[0])


def _in_google(node: Node, scope: Scope) -> Iterator[str]:
    """Yield project and secret; the project of a plain name is that of the variable `GCP_PROJECT_NUMBER`.

    https://docs.gitlab.com/ci/secrets/gcp_secret_manager/
    """
    for text in _given(node, scope, "name"):
        found = named_by_google(text)
        yield "/".join(found) if found else f"{_one(scope, '$GCP_PROJECT_NUMBER')}/{text}"


def _in_azure(node: Node, scope: Scope) -> Iterator[str]:
    """Yield vault and secret; which vault, the variable `AZURE_KEY_VAULT_SERVER_URL` tells.

    https://docs.gitlab.com/ci/secrets/azure_key_vault/
    """
    server = _one(scope, "$AZURE_KEY_VAULT_SERVER_URL")
    host = server.partition("://")[2].partition("/")[0].partition(".")[0]
    yield from (f"{host or _ANY}/{text}" for text in _given(node, scope, "name"))


_PROVIDERS: dict[str, tuple[str, Callable[[Node, Scope], Iterator[str]]]] = {
    "vault": ("vault", _in_vault),
    "aws_secrets_manager": ("aws", _in_aws),
    "gcp_secret_manager": ("gcp", _in_google),
    "azure_key_vault": ("azure", _in_azure),
}
"""By provider: the word that names of its store begin with, and what makes the rest of them."""
