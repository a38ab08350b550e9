"""Tokens that the tests plant, put together from parts so that none stands in this repository as a literal."""

import base64
import json
import random
import string

from pipewarden.pipelines.plain.checksums import base36_crc, base62_crc

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def drawn(count: int, alphabet: str = LETTERS, seed: int = 7) -> str:
    """Return characters that look drawn at random, with a letter and a digit among them."""
    rng = random.Random(f"{seed}/{count}/{alphabet}")
    while True:
        text = "".join(rng.choices(alphabet, k=count))
        if any(c.isdigit() for c in text) or not any(c.isdigit() for c in alphabet):
            return text


def classic(prefix: str, seed: int = 7) -> str:
    """Return a token with the checksum that GitHub and npm append."""
    body = drawn(30, seed=seed)
    return prefix + body + base62_crc(body)


def routable(prefix: str = "glpat", seed: int = 7) -> str:
    """Return a routable token of GitLab with its checksum."""
    raw = b"o:1\nu:a9" + random.Random(seed).randbytes(16) + bytes([16])
    payload = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    body = f"{prefix}-{payload}.{len(payload) // 36}{'0123456789abcdefghijklmnopqrstuvwxyz'[len(payload) % 36]}"
    return body + base36_crc(body)


def web_token(seed: int = 7) -> str:
    """Return a signed token (JWT)."""

    def part(data: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return ".".join(
        (part({"alg": "RS256", "typ": "JWT"}), part({"iss": "acme", "n": seed}), drawn(86, LETTERS + "-_", seed))
    )


def stateless(seed: int = 7) -> str:
    """Return an installation token in the form it has since 2026-04-27."""
    return f"{'ghs'}_1234567_{web_token(seed)}"


def pem(what: str = "RSA PRIVATE KEY", seed: int = 7) -> str:
    """Return something between the lines of a key; it is no key."""
    body = drawn(64 * 8, LETTERS + "+/", seed)
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {what}-----\n{lines}\n-----END {what}-----"


def password(seed: int = 7) -> str:
    """Return a password somebody's generator made."""
    return drawn(9, seed=seed) + "!" + drawn(6, string.digits, seed) + "qX"


def discord(bot: str = "1048293847561029384", seed: int = 7) -> str:
    """Return a token of a Discord bot, by the bot's id."""
    head = base64.urlsafe_b64encode(bot.encode()).decode().rstrip("=")
    return f"{head}.G{drawn(5, seed=seed)}.{drawn(38, LETTERS + '-_', seed)}"
