"""Telling in one cheap pass that a text names no secret with a literal beside it: most texts end here."""

import re
from functools import cache

from pipewarden.pipelines.plain.sought import SHARED

_NEXT = r"[\w.-]{0,40}+\\?[\"'`]?\]?(?:[ \t]{1,3}string)?"
_JOINED = r"(?:[ \t]*+(?::=|=>|\?=|=(?!=)|:(?!:)|,(?=[ \t]{0,5}[\"'])|>)[ \t]*+)"
_MARKED = r"(?:(?:!<[^>\s]{0,100}+>|[&!][^\s\"',{}]{0,100}+)[ \t]++){0,3}"  # anchors and tags of YAML
_LITERAL = _MARKED + r"\\?[\"'`]?(?!\$|\{\{|<|true\b|false\b|read\b|write\b|none\b|inherit\b|null\b)"
_ALIAS = r"(?:\[[ \t]*+|-[ \t]++)?\*[\w-]"  # what an alias of YAML stands for
_CHOSEN = rf"(?:[^\s\"'`,;]{{3}}|{_ALIAS})"
# what is drawn at random and shorter than 24 characters has a digit; people choose passwords without one
_DRAWN = rf"(?:(?=[^\s\"'`,;]{{0,200}}\d|[^\s\"'`,;]{{24}})[^\s\"'`,;]{{4}}|{_ALIAS})"
# the value begins on the line below: a block, or a text that was too long for the line of its name
_PROPERTIES = r"(?:(?:!<[^>\s]{0,100}+>|[&!][^\s\"',{}]{0,100}+)[ \t]*+){0,3}"
_NOTE = r"(?:#[^\r\n]{0,200}+)?"
_BELOW = rf"[ \t]*+:[ \t]*+{_PROPERTIES}(?:[|>][-+\d]{{0,2}}+[ \t]*+)?{_NOTE}\r?\n(?:[ \t]*+{_NOTE}\r?\n){{0,5}}[ \t\r\n]{{1,400}}+"
_PASSWORD = rf"{_NEXT}(?:{_JOINED}{_LITERAL}{_CHOSEN}|(?:[ \t]{{1,10}}|{_BELOW}){_LITERAL}{_DRAWN})"
_NAMED = rf"{_NEXT}(?:{_JOINED}|[ \t]{{1,10}}|{_BELOW}){_LITERAL}{_DRAWN}"
_HEADER = r"[ \t]{1,3}[\w+/.~=-]{12}"
# the name stands on another line: `name: X` above it, or the block of a variable
_VALUE = rf"[\"']?[ \t]*+[:=][ \t]*+{_LITERAL}{_DRAWN}"
_ANY_VALUE = rf"[\"']?[ \t]*+[:=][ \t]*+{_LITERAL}{_CHOSEN}"
_WORDS = (("value", _VALUE), ("default", _VALUE), ("pass", _PASSWORD), ("pwd", _PASSWORD), ("bearer", _HEADER), ("basic", _HEADER), *(
    (word, _NAMED) for word in ("secret", "token", "key", "cred", "auth", "_pat", "psk", "jwt", "dsn", "cookie", "session",
                                "login", "salt", "webhook", "signature", "licen", "conn")
))  # fmt: skip
"""How names of secrets begin, each with what follows where a literal stands beside it."""
_AFTER = dict(_WORDS)
_BETWEEN = {"_pat": "(?![a-z])", "licen": "[sc]e"}
_COMMANDS = (("curl", (" -u", "--user", "--proxy-user")), ("http", (" -a ", "--auth")), ("sshpass", (" -p",)),
             ("redis-cli", (" -a",)), ("sqlcmd", (" -p",)), ("snowsql", (" -p",)), ("mysql", (" -p",)), ("mariadb", (" -p",)),
             ("mongo", (" -p", "--password")), ("login", (" -p", "--password")), ("wget", ("password",)),
             ("base64", (" -d", "--decode")))  # fmt: skip
"""Commands that take or decode a secret, each with how that begins."""
_USER = re.compile(r"://[^\s:/?#@\"'<>]{0,200}+:[^\s/@$\"'<>{}][^\s/@\"'<>]{0,400}+@")
_ENCODED = re.compile(r"kind[\"']?[ \t]*+:\s*+(?:[&!]\S{0,100}+\s++){0,3}[\"']?Secret")
_MOST_PLACES = 20_000
_NUMBERS = SHARED.share((*_AFTER, "passw", *(word for command, flags in _COMMANDS for word in (command, *flags))))
_RULES = {_NUMBERS[word]: _BETWEEN.get(word, "") + after for word, after in _WORDS}
"""What follows each word, by its number."""
_LATER = frozenset(_NUMBERS[word] for word, after in _WORDS if after is _VALUE)
"""Words of which it depends on the rest of the text what follows them."""
_CHOOSING = frozenset((_NUMBERS["passw"], _NUMBERS["pwd"]))
"""Beside one of these a value may be a password, which people choose."""
_FLAGS = tuple((word, _NUMBERS[word], frozenset(_NUMBERS[flag] for flag in flags)) for word, flags in _COMMANDS)


_pattern = cache(re.compile)
"""What follows words is a handful of patterns, which are tried behind the word."""


def places_of_names(text: str) -> list[int] | None:
    """Return the offsets that are worth a closer look, none where nothing is; None where all of the text is."""
    seen = SHARED.over(text)
    if seen is None or (_NUMBERS["secret"] in seen.numbers and _ENCODED.search(text)):
        return None  # all entries of a Kubernetes Secret count
    low = seen.low
    found: list[int] = []
    values: list[tuple[int, int]] = []
    for number, at, end in seen.hits:
        if number in _LATER:
            values.append((at, end))
        elif number in _RULES and _pattern(_RULES[number]).match(low, end):
            found.append(at)
    if values:
        after = _pattern(_VALUE if seen.numbers.isdisjoint(_CHOOSING) else _ANY_VALUE)
        found.extend(at for at, end in values if after.match(low, end))
    if len(found) > _MOST_PLACES:
        return None
    for word, number, flags in _FLAGS:
        if number in seen.numbers and not seen.numbers.isdisjoint(flags):
            found.extend(match.start() for match in re.finditer(re.escape(word), low))
    if "://" in text and "@" in text:
        found.extend(match.start() for match in _USER.finditer(text))
    return sorted(set(found))
