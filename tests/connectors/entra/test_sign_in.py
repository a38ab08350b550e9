"""Signing in: by secret or certificate, in each cloud, as the configuration says."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from pipewarden.connectors.entra.hosts import CLOUDS, addresses
from pipewarden.connectors.entra.machines import _subjects
from pipewarden.connectors.entra.people import mfa
from pipewarden.connectors.entra.run import moment
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.estate import acme
from pipewarden.errors import ConfigError, CredentialError
from pipewarden.settings import connectors
from pipewarden.settings.config import read
from tests.connectors.entra.reading import collected, connector, gaps


def certificate() -> tuple[str, str]:
    """Return a PEM with a certificate and its key, made for the test, and the thumbprint that is uploaded."""
    import base64

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pipewarden")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=500))
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    thumb = base64.urlsafe_b64encode(made.fingerprint(hashes.SHA256())).decode().rstrip("=")
    return pem.decode(), thumb


def test_a_certificate_signs_in_where_it_was_uploaded_and_nowhere_else() -> None:
    pem, thumb = certificate()
    with EntraServer(acme()) as server:
        with pytest.raises(CredentialError, match="does not accept the application"):
            collected(connector(server, secret=pem, certificate=True))
        server.certificate_thumbs.add(thumb)
        snapshot, _ = collected(connector(server, secret=pem, certificate=True))
        assert gaps(snapshot) == {}
        with pytest.raises(CredentialError, match="not a PEM with a certificate"):
            collected(connector(server, secret="no certificate", certificate=True))


def test_every_cloud_has_its_own_addresses() -> None:
    assert addresses("china").graph == "https://microsoftgraph.chinacloudapi.cn"
    assert len({each.graph for each in CLOUDS.values()}) == 4
    with pytest.raises(ConfigError, match="is not a cloud"):
        addresses("moon")


CONFIG = """
sources:
  - entra: acme
    tenant: 11111111-2222-3333-4444-555555555555
    client_id: 22222222-2222-3333-4444-555555555555
    client_secret: {env: ACME_ENTRA}
    cloud: us_gov
"""


def test_a_configured_tenant_becomes_a_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    [one] = connectors([], read(CONFIG, "pipewarden.yaml"), None)
    assert one.address == "entra:acme"
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "PIPEWARDEN_ENTRA_SECRET"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="lacks the tenant's id"):
        connectors(["entra:acme"], read("sources: []", "pipewarden.yaml"), None)
    without = CONFIG.replace("    client_secret: {env: ACME_ENTRA}\n", "")
    with pytest.raises(CredentialError, match="no secret or certificate"):
        connectors([], read(without, "pipewarden.yaml"), None)


@pytest.mark.parametrize(
    ("row", "subjects", "conditions", "unread"),
    [
        ({"subject": "repo:acme/web:environment:production"}, ("repo:acme/web:environment:production",), (), ""),
        ({"subject": "repo:acme/*"}, ("repo:acme/%2A",), (), ""),
        (
            {"claimsMatchingExpression": {"value": "claims['sub'] matches 'repo:acme/*' and claims['ref'] eq 'x'"}},
            ("repo:acme/*",),
            ("ref = x",),
            "",
        ),
        ({"claimsMatchingExpression": {"value": "claims['ref'] eq 'x'"}}, ("*",), ("ref = x",), ""),
    ],
)
def test_a_subject_is_compared_by_the_letter_and_an_expression_by_its_stars(
    row: dict[str, object], subjects: tuple[str, ...], conditions: tuple[str, ...], unread: str
) -> None:
    assert _subjects(row) == (subjects, conditions, unread)


@pytest.mark.parametrize("row", [{}, {"subject": None}, {"claimsMatchingExpression": {"value": "not a comparison"}}])
def test_what_is_not_followed_is_left_open(row: dict[str, object]) -> None:
    subjects, _, unread = _subjects(row)
    assert subjects == ("${subject}",)
    assert unread


def test_what_graph_prints_in_its_own_examples_is_understood() -> None:
    """Its page shows an empty string among the methods, and dates of year one stand for never."""
    assert mfa({"isMfaRegistered": True, "methodsRegistered": ["", "mobilePhone"]})["weak_only"] is True
    assert mfa({"isMfaRegistered": None, "methodsRegistered": None})["methods"] is None
    assert moment("0001-01-01T00:00:00Z") is None
    assert str(moment("2026-11-22T02:00:00.1234567Z"))[:10] == "2026-11-22"
    assert moment("yesterday") is None
