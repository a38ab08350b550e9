"""How each kind of plain-text secret is called in a sentence, and the vendor's page about it."""

from pipewarden.pipelines.plain.shapes import SHAPES

_TITLES = {
    "password": "password",
    "service_password": "password of a test service",
    "simple_password": "password that does not look random",
    "secret": "secret",
    "token": "token",
    "api_key": "API key",
    "private_key": "private key",
    "basic_auth": "password in an address or a header",
    "bearer_token": "bearer token",
    "random_value": "random value under a name that speaks of access",
    "registry_auth": "registry login in a Docker configuration",
    "aws_secret_access_key": "AWS secret access key",
    "gcp_service_account": "private key of a Google Cloud service account",
}
_SHAPED = {shape.kind: shape for shape in SHAPES}


def title_of(kind: str) -> str:
    """Return how a kind is called; the kind itself in words where nobody named it."""
    shape = _SHAPED.get(kind)
    return shape.title if shape else _TITLES.get(kind, kind.replace("_", " "))


def source_of(kind: str) -> str:
    """Return the vendor's page about a kind, empty where no vendor stands behind it."""
    shape = _SHAPED.get(kind)
    return shape.source if shape else ""
