"""Which certificate authorities are trusted: the system's, or those that the usual environment variables name."""

import os
import ssl
from pathlib import Path

from pipewarden.errors import ConfigError

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""What other clients read; `SSL_CERT_FILE` and `SSL_CERT_DIR`, which OpenSSL itself reads, come before them."""
VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", *BUNDLES)


def authorities() -> ssl.SSLContext | bool:
    """Return what to verify servers with; True leaves it to the system. Raises ConfigError naming the variable.

    A variable that is set and cannot be used is refused: to fall back on the system's would hide the mistake.
    """
    name = next((name for name in VARIABLES if os.environ.get(name)), None)
    if name is None:
        return True
    place = Path(os.environ[name])
    hint = f"{name} must name a {'folder' if name == 'SSL_CERT_DIR' else 'file'} of PEM certificates; unset it to use the system's."
    if not place.exists():
        raise ConfigError(f"the certificates in {place} ({name}) are not there", hint=hint)
    try:
        if place.is_dir():
            return ssl.create_default_context(capath=str(place))
        return ssl.create_default_context(cafile=str(place))
    except OSError:  # ssl.SSLError is one
        raise ConfigError(f"the certificates in {place} ({name}) cannot be read", hint=hint) from None
