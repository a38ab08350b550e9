"""Builds the connector of OpenBao or Vault from what the configuration says."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipewarden.errors import ConfigError, CredentialError
from pipewarden.settings.config import CredentialFrom, SourceConfig
from pipewarden.settings.systems import SYSTEMS

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Keeper
    from pipewarden.connectors.vault.client import Vault


def vault(source: SourceConfig, keeper: "Keeper | None") -> "Connector":
    """Build the connector. Raises ConfigError without an address, CredentialError without a token."""
    from pipewarden.connectors.vault.connector import VaultConnector

    make = client(source)
    return VaultConnector(make, source.name, instance=source.host or _host(_api(source)), keeper=keeper)


def client(source: SourceConfig) -> "Callable[[], Vault]":
    """Return what makes the client. Raises ConfigError without an address, CredentialError without a token."""
    from pipewarden.http.secrets import ReadSecret

    api = _api(source)
    if not api:
        raise ConfigError(
            f"it is not known where {source.address} is",
            hint="Set `host` of the source, or BAO_ADDR or VAULT_ADDR to its address.",
        )
    tokens = SYSTEMS["vault"].tokens
    name = next((each for each in tokens if os.environ.get(each)), None)
    given = source.token or (CredentialFrom(how="env", where=name) if name else None)
    if given is None:
        raise CredentialError(
            f"there is no token for {source.address}", hint=f"Set {tokens[0]}; docs/vault.md has the policy it needs."
        )
    secret = ReadSecret(given.how, given.where)

    def make() -> "Vault":
        from pipewarden.connectors.vault.client import Vault
        from pipewarden.http.client import Http

        namespace = str(source.options.get("namespace") or "")
        return Vault(Http(api, concurrency=source.concurrency), secret, budget=source.budget, namespace=namespace)

    return make


def _api(source: SourceConfig) -> str:
    return source.api or (f"https://{source.host}:8200" if source.host else _address())


def _address() -> str:
    return os.environ.get("BAO_ADDR") or os.environ.get("VAULT_ADDR") or ""


def _host(api: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(api).hostname or api
