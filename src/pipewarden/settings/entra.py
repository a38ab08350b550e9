"""Builds the reader of an Entra tenant from what the configuration says."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipewarden.errors import ConfigError, CredentialError
from pipewarden.settings.systems_entra import CLIENT_VARIABLE, SECRET_VARIABLES, TENANT_VARIABLE

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Keeper
    from pipewarden.connectors.entra.client import Graph
    from pipewarden.http.secrets import ReadSecret
    from pipewarden.settings.config import SourceConfig


def build(source: "SourceConfig", keeper: "Keeper | None") -> "Connector":
    """Build the connector of a tenant. Raises ConfigError or CredentialError for what is not given."""
    from pipewarden.connectors.entra.connector import EntraConnector

    make = client(source)
    return EntraConnector(make, source.name, _tenant(source), keeper=keeper)


def client(source: "SourceConfig") -> "Callable[[], Graph]":
    """Return what makes the client, inside the event loop that uses it. Raises ConfigError or CredentialError."""
    from pipewarden.connectors.entra.auth import ClientCredentials
    from pipewarden.connectors.entra.client import Graph
    from pipewarden.connectors.entra.hosts import addresses
    from pipewarden.http.client import Http

    tenant = _tenant(source)
    client_id = _given(source, "client_id", CLIENT_VARIABLE, "the application's client id")
    secret, certificate = _secret(source)
    where = addresses(str(source.options.get("cloud", "global")), source.api)

    def make() -> "Graph":
        http = Http(where.graph, concurrency=source.concurrency)
        login = Http(where.login) if where.login != where.graph else None
        credential = ClientCredentials(login or http, where, tenant, client_id, secret, certificate=certificate)
        return Graph(http, credential, login=login, budget=source.budget)

    return make


def _tenant(source: "SourceConfig") -> str:
    return _given(source, "tenant", TENANT_VARIABLE, "the tenant's id")


def _given(source: "SourceConfig", key: str, variable: str, what: str) -> str:
    found = str(source.options.get(key) or os.environ.get(variable) or "")
    if not found:
        raise ConfigError(f"{source.address} lacks {what}", hint=f"Set {key} in pipewarden.yaml, or {variable}.")
    return found


def _secret(source: "SourceConfig") -> "tuple[ReadSecret, bool]":
    """Return where the secret or the certificate is read from, and which of both it is."""
    from pipewarden.http.secrets import ReadSecret

    for key, is_certificate in (("certificate", True), ("client_secret", False)):
        given: Any = source.options.get(key)
        if isinstance(given, dict) and given:
            ((how, where),) = given.items()
            return ReadSecret(how, where), is_certificate
    if source.token:
        return ReadSecret(source.token.how, source.token.where), False
    name = next((each for each in SECRET_VARIABLES if os.environ.get(each)), None)
    if name is None:
        raise CredentialError(
            f"there is no secret or certificate for {source.address}",
            hint=f"Set certificate or client_secret in pipewarden.yaml, or {SECRET_VARIABLES[0]}.",
        )
    return ReadSecret("env", name), False
