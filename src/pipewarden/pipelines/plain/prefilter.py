"""Telling in one cheap pass that a text names no secret with a literal beside it: most texts end here."""

import re

# the word, the rest of the name, what joins it to a value, and a value that could be a literal
_NAMES = re.compile(
    r"(?:pass|pwd|secret|token|key|cred|auth|_pat|psk|jwt|dsn|cookie|session|login|salt|webhook|signature|licen[sc]e|bearer|basic)"
    r"[\w.-]{0,40}+\\?[\"'`]?\]?(?:[ \t]{0,40}(?::=|=>|\?=|=(?!=)|:(?!:)|,(?=[ \t]{0,5}[\"'])|>)[ \t]{0,40}|[ \t]{1,10})"
    r"\\?[\"'`]?(?!\$|\{\{|<|true\b|false\b|read\b|write\b|none\b|inherit\b|null\b)[^\s\"'`,;]{4,}",
    re.IGNORECASE,
)
_WORDS = ("pass", "pwd", "secret", "token", "key", "cred", "auth", "_pat", "psk", "jwt", "dsn", "cookie", "session", "login",
          "salt", "webhook", "signature", "licen", "bearer", "basic")  # fmt: skip
_COMMANDS = ("curl", "mysql", "mongo", "sshpass", "redis-cli", "sqlcmd", "mariadb", "snowsql")
_USER = re.compile(r"://[^\s:/?#@\"'<>]{0,200}+:[^\s/@$\"'<>{}][^\s/@\"'<>]{0,400}+@")
_ENCODED = "kind: Secret"


def may_name(text: str) -> bool:
    """Tell whether the names or the commands of a text are worth a closer look."""
    low = text.lower()
    for word in _WORDS:
        at = low.find(word)
        while at >= 0:
            if _NAMES.match(low, at):
                return True
            at = low.find(word, at + len(word))
    if any(word in low for word in _COMMANDS) or _ENCODED in text:
        return True
    return "://" in text and "@" in text and bool(_USER.search(text))
