"""What the configuration may say of an Entra tenant."""

from typing import Any

TENANT_VARIABLE = "AZURE_TENANT_ID"
CLIENT_VARIABLE = "AZURE_CLIENT_ID"
SECRET_VARIABLES = ("PIPEWARDEN_ENTRA_SECRET", "AZURE_CLIENT_SECRET")
"""Environment variables that are looked into where the file says nothing."""

PROPERTIES: dict[str, Any] = {
    "tenant": {"type": "string", "description": "The Entra tenant's id; AZURE_TENANT_ID where it is left out."},
    "client_id": {
        "type": "string",
        "description": "The application's client id; AZURE_CLIENT_ID where it is left out.",
    },
    "client_secret": {"$ref": "#/$defs/credential", "description": "A client secret of the application."},
    "certificate": {
        "$ref": "#/$defs/credential",
        "description": "A PEM with a certificate and its RSA key, instead of a client secret.",
    },
    "cloud": {
        "enum": ["global", "us_gov", "us_gov_dod", "china"],
        "default": "global",
        "description": "The cloud of Microsoft that the tenant is in.",
    },
}
"""JSON Schema of its own settings."""
