"""What is said of a secret in plain text: its kind, its place, how sure we are, and nothing of its value."""

import hashlib
import hmac
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from pipewarden.pipelines.yaml_tree import Position

MIN_KEY = 16
"""Bytes of the key of fingerprints: with a guessable one, short passwords could be guessed from their fingerprints."""
Key = bytes | Callable[[], bytes]
"""The key of fingerprints, or what gives it: asked for only where there is something to fingerprint."""
FINGERPRINT_DIGITS = 32
"""Hexadecimal digits kept of the HMAC: 128 bits."""
LOW_KINDS = frozenset({"service_password", "simple_password", "publishable_key"})
"""Kinds that open next to nothing: the password of a throw-away database, a key that is meant to be published."""


class Confidence(StrEnum):
    """Why we take a text for a secret."""

    CERTAIN = "certain"
    """Its checksum or its structure fits."""
    SHAPED = "shaped"
    """It has the shape of one provider's secrets."""
    NAMED = "named"
    """A literal under a name that says secret."""
    RANDOM = "random"
    """It looks random, and what stands around it speaks of access."""


RANKS = {Confidence.CERTAIN: 3, Confidence.SHAPED: 2, Confidence.NAMED: 1, Confidence.RANDOM: 0}
"""The higher one is kept where two readings overlap."""


class Found(Struct, frozen=True, kw_only=True):
    """A secret in plain text. Holds neither the value nor a part of it.

    `position` and `end_column` (exclusive, on the line of `position`) count from 1; `length` is in characters of the
    value itself (decoded, where it stood in base64); `fingerprint` is equal wherever the same value stands, for one key.
    """

    path: str
    kind: str
    position: Position
    end_column: int
    where: str = ""
    """The key path (`jobs.deploy.env.TOKEN`) or the variable, empty where there is none."""
    confidence: Confidence
    fingerprint: str
    length: int

    @property
    def is_low(self) -> bool:
        """Tell whether it opens next to nothing."""
        return self.kind in LOW_KINDS


def bytes_of(key: Key) -> bytes:
    """Return the key itself. Raises ValueError for one that could be guessed."""
    real = key if isinstance(key, bytes) else key()
    if len(real) < MIN_KEY:
        raise ValueError(f"the key of fingerprints needs {MIN_KEY} bytes or more")
    return real


def mark_of(key: bytes) -> str:
    """Return what tells one key from another: a report says by which its fingerprints were made."""
    return hmac.new(key, b"pipewarden key of fingerprints", hashlib.sha256).hexdigest()[:16]


def fingerprint(value: str, key: bytes) -> str:
    """Return the keyed fingerprint of a value (HMAC-SHA256, 128 bits in hexadecimal)."""
    message = b"pipewarden plain secret\0" + value.encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:FINGERPRINT_DIGITS]
