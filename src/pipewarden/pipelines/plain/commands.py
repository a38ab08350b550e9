"""Secrets in the arguments of commands and in addresses: `curl -u`, `docker login -p`, `mysql -p…`, `user:password@host`."""

# ruff: noqa: E501  (a table: one command, one line)
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.lowered import lowered
from pipewarden.pipelines.plain.assignments import Assignment
from pipewarden.pipelines.plain.sought import SHARED, Seen

_WORD = r"(?:\"(?P<double>[^\"\n]{1,400}+)\"|'(?P<single>[^'\n]{1,400}+)'|(?P<bare>[^\s\"'`;&|<>]{1,400}+))"
# the rest of a command's line, with lines that go on behind a backslash; bounded so that many commands stay cheap
_REST = r"(?:[^\n;|&]|\\\n){0,400}?"
_REGISTRIES = begun(
    "docker", "podman", "buildah", "skopeo", "nerdctl", "helm registry", "oras", "crane", "oc", "az", "az acr", "cf"
)
_CLIENTS = begun("mysql", "mysqldump", "mysqladmin", "mysqlimport", r"mariadb(?:-\w+)?")
_COMMANDS = (
    # https://curl.se/docs/manpage.html#-u
    ("curl", rf"curl\b{_REST}\s(?:-u|--user|--proxy-user|-U)[= ]?\s{{0,3}}{_WORD}", "user"),
    ("wget", rf"wget\b{_REST}\s--(?:http-|ftp-)?password[= ]{_WORD}", "password"),
    ("http", rf"{begun('http')}s?\s{_REST}\s(?:-a|--auth)[= ]{_WORD}", "user"),
    # https://docs.docker.com/reference/cli/docker/login/
    ("login", rf"{_REGISTRIES}\s+(?:registry\s+|auth\s+)?login\b{_REST}\s(?:-p|--password)[= ]?\s{{0,3}}{_WORD}", "password"),
    # https://dev.mysql.com/doc/refman/8.4/en/command-line-options.html : no blank after -p
    ("mysql", rf"{_CLIENTS}\b{_REST}\s-p{_WORD}", "mysql_password"),
    ("mongo", rf"{begun('mongo')}(?:sh|dump|restore|import|export)?\s{_REST}\s(?:-p|--password)[= ]?\s{{0,3}}{_WORD}", "mongo_password"),
    ("redis-cli", rf"{begun('redis-cli')}\b{_REST}\s-a\s{{1,3}}{_WORD}", "redis_password"),
    ("sshpass", rf"{begun('sshpass')}\s+-p\s{{0,3}}{_WORD}", "password"),
    ("sqlcmd", rf"{begun('sqlcmd')}\b{_REST}\s-P\s{{0,3}}{_WORD}", "mssql_password"),
    ("snowsql", rf"{begun('snowsql')}\b{_REST}\s-p\s{{0,3}}{_WORD}", "password"),
    # https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html
    ("password", rf"{begun('machine')}\s+\S{{1,200}}\s+login\s+\S{{1,200}}\s+password\s+{_WORD}", "password"),
    ("password-stdin", rf"{begun('echo', 'printf')}\s+(?:-n\s+|['\"]%s['\"]\s+)?{_WORD}\s*\|\s*(?:docker|podman|helm|crane|oras|skopeo|buildah|nerdctl)\b", "password"),
    # https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    ("earer", r"\b[Bb]earer\s{1,3}(?P<bare>[\w.~+/=-]{16,2000}+)", "bearer_token"),
    ("uthorization", r"[Aa]uthorization\\?[\"']?\s{0,3}[:=,]\s{0,3}\\?[\"']?(?!(?:[Bb]asic|[Bb]earer)\b)(?:[A-Za-z-]{3,16}\s{1,3})?(?:token=)?\"?(?P<bare>[\w.~+/=@-]{16,2000}+)", "bearer_token"),
    ("asic", r"\b[Bb]asic\s{1,3}(?P<bare>[A-Za-z0-9+/]{12,400}+={0,2})", "basic"),
)  # fmt: skip
"""What stands in a command, in lower case, with the command and the kind of what it is given. A pattern is put together for
the first file that holds its word: most commands stand in no file of a repository."""
_WITHIN = {"password-stdin": "password", "earer": "bearer", "uthorization": "auth", "asic": "basic"}
"""Of words that nobody else looks for, a word that stands where they do and that is looked for anyway."""
_NUMBERS = SHARED.share([_WITHIN.get(word, word) for word, _, _ in _COMMANDS])
_SHARED = {word: _NUMBERS[_WITHIN.get(word, word)] for word, _, _ in _COMMANDS}
_pattern = cache(re.compile)
# https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
_ADDRESS = re.compile(
    r"(?<![\w+.-])(?P<scheme>[A-Za-z][\w+.-]{1,24}+)://(?P<user>[^\s:/?#@\"'<>]{0,200}+):(?P<bare>[^\s/?#\"'<>@]{1,400}+)@(?P<host>[\w.\[\]{}$()*-]{0,200}+)"
)


class Standing(NamedTuple):
    """What of all commands may stand in a text, told once for all its parts, and the text in lower case."""

    low: str
    commands: tuple[tuple[str, str, str], ...]


def standing(text: str, seen: Seen | None = None) -> Standing:
    """Return what may stand in a text; `seen` is what the search for shared words saw in it."""
    if seen is None:
        return Standing(lowered(text), _COMMANDS)
    return Standing(seen.low, tuple(each for each in _COMMANDS if _SHARED[each[0]] in seen.numbers))


def commands(text: str, those: Standing, start: int = 0, end: int | None = None) -> Iterator[tuple[str, Assignment]]:
    """Yield (kind, what was given) of commands between two offsets."""
    end = len(text) if end is None else end
    low = those.low
    for word, pattern, kind in those.commands:
        if low.find(word, start, end) < 0:
            continue
        for found in _pattern(pattern).finditer(text, start, end):
            group = next(name for name in ("double", "single", "bare") if found.groupdict().get(name) is not None)
            yield kind, Assignment(word, found[group], found.start(group), found.end(group))


def addresses(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[str, str, str, Assignment]]:
    """Yield (scheme, user, host, password) of addresses that carry one."""
    end = len(text) if end is None else end
    if text.find("://", start, end) < 0 or text.find("@", start, end) < 0:
        return
    for found in _ADDRESS.finditer(text, start, end):
        where = Assignment(found["scheme"], found["bare"], found.start("bare"), found.end("bare"))
        yield found["scheme"], found["user"], found["host"], where
