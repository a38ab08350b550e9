"""Checksums and structures that vendors build into their tokens, verified without asking anybody."""

import base64
import binascii
import json
import zlib

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHOWN_BY_DISCORD = "198622483471925248"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def _digits(number: int, alphabet: str, width: int) -> str:
    """Write a number in the base of an alphabet, filled with zeros to a width."""
    out = ""
    while number:
        number, rest = divmod(number, len(alphabet))
        out = alphabet[rest] + out
    return out.rjust(width, alphabet[0])


def base62_crc(text: str) -> str:
    """Return the CRC-32 of a text as six base62 digits, as GitHub and npm append it.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    return _digits(zlib.crc32(text.encode()), _BASE62, 6)


def base36_crc(text: str) -> str:
    """Return the CRC-32 of a text as seven base36 digits, as GitLab appends it to routable tokens.

    https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/
    """
    return _digits(zlib.crc32(text.encode()), _BASE36, 7)


def github_classic(token: str) -> bool:
    """Tell whether `ghp_` and its siblings, or `npm_`, carry their checksum: the CRC of what follows the prefix."""
    return base62_crc(token[4:-6]) == token[-6:]


def github_fine_grained(token: str) -> bool:
    """Tell whether a `github_pat_` carries a checksum.

    GitHub does not say what it is computed over, so each part that begins or ends at a border is tried; none fitting
    says nothing, one fitting cannot be chance.
    """
    body, given = token[:-6], token[-6:]
    rest = body.removeprefix("github_pat_")
    return given in {base62_crc(part) for part in (body, rest, rest.replace("_", ""), rest.rpartition("_")[2])}


def gitlab_routable(token: str) -> bool:
    """Tell whether a routable token carries its checksum: the CRC of all that stands before it."""
    return base36_crc(token[:-7]) == token[-7:]


def grafana_service_account(token: str) -> bool:
    """Tell whether a `glsa_` token ends in the CRC-32 of what stands before its last underscore.

    https://github.com/grafana/grafana/blob/main/pkg/components/satokengen/satokengen.go
    """
    body, _, given = token.rpartition("_")
    return format(zlib.crc32(body.encode()), "x") == given.lstrip("0").lower()


def json_web_token(token: str) -> bool:
    """Tell whether the header of a JWT is an object with an algorithm that signs (RFC 7519)."""
    head = decoded(token.partition(".")[0])
    if head is None:
        return False
    try:
        header = json.loads(head)
    except (ValueError, RecursionError):
        return False
    # the token that every page about JWTs shows
    claims = decoded(token.split(".")[1]) or ""
    if "John Doe" in claims or '"1234567890"' in claims:
        return False
    return isinstance(header, dict) and isinstance(header.get("alg"), str) and header["alg"].lower() != "none"


def github_stateless(token: str) -> bool:
    """Tell whether what follows `ghs_APPID_` is a JWT (RFC 7519); GitHub signs it for itself alone.

    https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
    """
    return json_web_token(token.split("_", 2)[-1])


def pypi_macaroon(token: str) -> bool:
    """Tell whether a `pypi-` token decodes to a macaroon of version 2 for PyPI (<https://packaging.python.org/en/latest/specifications/pypirc/>)."""
    raw = decoded_bytes(token.removeprefix("pypi-"))
    return raw is not None and raw[:1] == b"\x02" and b"pypi.org" in raw[:24]


def discord_bot(token: str) -> bool:
    """Tell whether a token begins with an id of Discord's in Base64: a number with the time of its making above 22 bits.

    The id of the token that Discord's own pages show opens nothing. https://discord.com/developers/docs/reference#snowflakes
    """
    told = decoded(token.partition(".")[0])
    number = told is not None and told.isascii() and told.isdigit() and 17 <= len(told) <= 19
    return number and told != _SHOWN_BY_DISCORD


def decoded(text: str) -> str | None:
    """Return the text behind base64 of either alphabet, padded or not; None where there is none."""
    raw = decoded_bytes(text)
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def decoded_bytes(text: str) -> bytes | None:
    """Return the bytes behind base64 of either alphabet, padded or not; None where there are none."""
    plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
