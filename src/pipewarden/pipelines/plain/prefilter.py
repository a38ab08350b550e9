"""Telling in one cheap pass that a text names no secret with a literal beside it: most texts end here."""

import re

_NEXT = r"[\w.-]{0,40}+\\?[\"'`]?\]?(?:[ \t]{1,3}string)?"
_JOINED = r"(?:[ \t]{0,40}(?::=|=>|\?=|=(?!=)|:(?!:)|,(?=[ \t]{0,5}[\"'])|>)[ \t]{0,40})"
_LITERAL = r"\\?[\"'`]?(?!\$|\{\{|<|true\b|false\b|read\b|write\b|none\b|inherit\b|null\b)"
# what is drawn at random and shorter than 24 characters has a digit; people choose passwords without one
_DRAWN = r"(?=[^\s\"'`,;]{0,200}\d|[^\s\"'`,;]{24})[^\s\"'`,;]{4}"
_PASSWORD = re.compile(rf"(?:pass|pwd){_NEXT}(?:{_JOINED}{_LITERAL}[^\s\"'`,;]{{3}}|[ \t]{{1,10}}{_LITERAL}{_DRAWN})")
_NAMED = re.compile(
    rf"(?:secret|token|key|cred|auth|_pat(?![a-z])|psk|jwt|dsn|cookie|session|login|salt|webhook|signature|licen[sc]e|conn)"
    rf"{_NEXT}(?:{_JOINED}|[ \t]{{1,10}}){_LITERAL}{_DRAWN}"
)
_HEADER = re.compile(r"(?:bearer|basic|token)[ \t]{1,3}[\w+/.~=-]{12}")
# the name stands on another line: `name: X` above it, or the block of a variable
_VALUE = re.compile(rf"(?:value|default)[\"']?[ \t]{{0,20}}[:=][ \t]{{0,20}}{_LITERAL}{_DRAWN}")
_ANY_VALUE = re.compile(rf"(?:value|default)[\"']?[ \t]{{0,20}}[:=][ \t]{{0,20}}{_LITERAL}[^\s\"'`,;]{{3}}")
_WORDS = (("value", _VALUE), ("default", _VALUE), ("pass", _PASSWORD), ("pwd", _PASSWORD), ("bearer", _HEADER), ("basic", _HEADER), *(
    (word, _NAMED) for word in ("secret", "token", "key", "cred", "auth", "_pat", "psk", "jwt", "dsn", "cookie", "session",
                                "login", "salt", "webhook", "signature", "licen", "conn")
))  # fmt: skip
_COMMANDS = (("curl", (" -u", "--user", "--proxy-user")), ("http", (" -a ", "--auth")), ("sshpass", (" -p",)),
             ("redis-cli", (" -a",)), ("sqlcmd", (" -p",)), ("snowsql", (" -p",)), ("mysql", (" -p",)), ("mariadb", (" -p",)),
             ("mongo", (" -p", "--password")), ("login", (" -p", "--password")), ("wget", ("password",)))  # fmt: skip
"""Commands that take a secret, each with how one begins."""
_USER = re.compile(r"://[^\s:/?#@\"'<>]{0,200}+:[^\s/@$\"'<>{}][^\s/@\"'<>]{0,400}+@")
_ENCODED = "kind: Secret"
_MOST_PLACES = 20_000


def places_of_names(text: str) -> list[int] | None:
    """Return the offsets that are worth a closer look, none where nothing is; None where all of the text is."""
    low = text.lower()
    found: list[int] = []
    tried = 0
    chosen = "passw" in low or "pwd" in low
    for word, drawn in _WORDS:
        pattern = _ANY_VALUE if chosen and drawn is _VALUE else drawn
        at = low.find(word)
        while at >= 0:
            tried += 1
            if tried > _MOST_PLACES:
                return None
            if pattern.match(low, at):
                found.append(at)
            at = low.find(word, at + len(word))
    if _ENCODED in text or len(low) != len(text):
        return None  # all entries of a Kubernetes Secret count; or lower case has other offsets
    for word, flags in _COMMANDS:
        if word in low and any(flag in low for flag in flags):
            found.extend(match.start() for match in re.finditer(re.escape(word), low))
    if "://" in text and "@" in text:
        found.extend(match.start() for match in _USER.finditer(text))
    return sorted(set(found))
