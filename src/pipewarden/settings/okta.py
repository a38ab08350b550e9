"""Builds the connector of an Okta organization from its settings."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipewarden.errors import CredentialError
from pipewarden.settings.config import CredentialFrom, SourceConfig
from pipewarden.settings.systems import SYSTEMS

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Keeper
    from pipewarden.connectors.okta.auth import Credential
    from pipewarden.connectors.okta.client import Okta
    from pipewarden.http.client import Http


def build(source: SourceConfig, keeper: "Keeper | None") -> "Connector":
    """Build the connector of a source. Raises CredentialError where there is no credential at all."""
    from pipewarden.connectors.okta.connector import MOST_FACTORS, OktaConnector

    return OktaConnector(
        client(source),
        source.name,
        instance=source.host,
        most_factors=int(source.options.get("factors", MOST_FACTORS)),
        targets=source.options.get("pushes"),
        keeper=keeper,
    )


def client(source: SourceConfig) -> "Callable[[], Okta]":
    """Return what makes the client, inside the event loop that uses it. Raises CredentialError without a credential."""
    given = _given(source)
    if given is None and source.app is None:
        raise CredentialError(
            f"there is no credential for {source.address}",
            hint=f"Set {SYSTEMS['okta'].tokens[-1]}, or configure `app` with the id and private key of a service app.",
        )

    def make() -> "Okta":
        from pipewarden.connectors.okta.client import Okta
        from pipewarden.http.client import Http

        http = Http(source.api or f"https://{source.host}", concurrency=source.concurrency)
        return Okta(http, _credential(http, source, given), budget=source.budget)

    return make


def _given(source: SourceConfig) -> CredentialFrom | None:
    """Return the token that is configured, or else the one that the environment holds."""
    if source.token:
        return source.token
    name = next((name for name in SYSTEMS["okta"].tokens if os.environ.get(name)), None)
    return CredentialFrom(how="env", where=name) if name else None


def _credential(http: "Http", source: SourceConfig, given: CredentialFrom | None) -> "Credential":
    """Return the service app where there is one: it can be given less than a token, which is as strong as its owner."""
    from pipewarden.connectors.okta.auth import ServiceApp, Token
    from pipewarden.http.secrets import ReadSecret

    if source.app:
        key = source.app.private_key
        return ServiceApp(http, str(source.app.id), ReadSecret(key.how, key.where))
    assert given is not None  # noqa: S101 - checked when built
    return Token(ReadSecret(given.how, given.where))
