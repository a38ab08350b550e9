"""What commands and names of any system's pipelines tell: what is fetched and run, what is for production, what is secret."""

# ruff: noqa: SIM905  (a list of words reads best as text)
import re
from functools import lru_cache
from typing import NamedTuple

from pipewarden.pipelines.lowered import lowered
from pipewarden.pipelines.plain.names import Says, says, words_of
from pipewarden.pipelines.uses import Pin, image_pin

MOST_TEXT = 100_000
"""Characters of one script that are looked through."""

_FETCH = r"(?:curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod)\b"
_RUN = re.compile(
    rf"(?P<a>\b{_FETCH}[^\n|;&]{{0,400}}\|\s*(?:sudo\s+(?:-\S+\s+){{0,4}})?(?:/\S{{1,40}}/)?"
    r"(?:(?:ba|z|da|k|a)?sh|python3?|perl|ruby|node|php|iex|invoke-expression)(?![\w./=-])(?!\s+-[cme]\b))"
    rf"|(?P<b>\b(?:ba|z|da)?sh\s+(?:-[a-z]+\s+)?(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s*{_FETCH})"
    rf"|(?P<c>\b(?:iex|invoke-expression)\b[^\n]{{0,80}}(?:downloadstring|{_FETCH}))"
    r"|(?P<d>(?:downloadstring|\biwr\b|\birm\b)[^\n|]{0,300}\|\s*(?:iex|invoke-expression)\b)",
    re.IGNORECASE,
)
_OPENED = re.compile(r"(?:<\(|\$\(|`)[ \t]*\n")
"""What is run may begin on the next line, after a comment."""
_COMMENT = re.compile(r"^[ \t]*(?:#|rem\b|::).*$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"https?://[^\s\"'|)<>]{1,300}")
_COMPUTED = re.compile(r"\$|%\w|<<")
_CONTINUED = re.compile(r"[\\`]\n")
_VARIABLE = re.compile(r"\$(?:\{(?:env:)?|env:|\(?env:)?([A-Za-z_][A-Za-z0-9_]{1,80})")

_PRODUCTION = frozenset({"prod", "production", "prd", "live"})
_NOT_PRODUCTION = frozenset(
    {"non", "nonprod", "pre", "preprod", "no", "not", "like", "test", "dependencies", "deps", "build"}
)
_DEPLOYS = frozenset(
    {"deploy", "deploys", "deployment", "release", "publish", "rollout", "promote", "publishing", "deploying"}
)
_TRIES = frozenset(
    """preview previews pr prs pull review dry run test tests testing check checks validate verify lint plan staging stage
    dev develop development qa uat sandbox snapshot nightly ephemeral local draft notes changelog build non no not
    prepare pre demo integration beta alpha canary""".split()
)
"""Words of names that take it back: what is tried out is not for customers."""

_MOVING = frozenset(
    {"latest", "stable", "edge", "nightly", "current", "main", "master", "dev", "next", "canary", "lts"}
)


class Download(NamedTuple):
    """What a script fetches and runs: its address as far as it is written, and where inside the script, from 0."""

    address: str
    at: int
    computed: bool = False
    """No address is written: variables make it."""

    @property
    def words(self) -> str:
        """What answers, in a sentence."""
        return self.address or ("a computed address" if self.computed else "an address")


_POWERSHELL = re.compile(r"\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b", re.IGNORECASE)
POWERSHELL_WORDS = ("iwr", "irm", "invoke-", "downloadstring")
"""One of these, in lower case, stands in whatever fetches something in PowerShell."""
_PRINTED = re.compile(r"\s*(?:-\s*)?(?:echo|printf|write-host|write-output)\b[^;&|]*$", re.IGNORECASE)


def _fetches(line: str, *, shell: bool) -> bool:
    """Tell whether a line fetches something; `shell` tells whether words of PowerShell stand in the script at all."""
    return "curl" in line or "wget" in line or (shell and _POWERSHELL.search(line) is not None)


def _hands_on(line: str, *, shell: bool) -> bool:
    """Tell whether what a line fetches can be run: it goes through a pipe, is put in, or words of PowerShell run it."""
    return "|" in line or "(" in line or "`" in line or shell or "iex" in line.lower()


def run_download(text: str) -> Download | None:
    """Return the first thing that a script fetches from the network and runs at once, or None.

    A command that is commented out or only printed is none.
    """
    text = text[:MOST_TEXT]
    if "curl" not in text and "wget" not in text:
        low = lowered(text)
        if not any(word in low for word in POWERSHELL_WORDS) or not _POWERSHELL.search(text):
            return None
    elif "|" not in text and "(" not in text and "`" not in text:
        return None  # what is fetched goes into nothing
    # both keep the length, so that offsets stay those of the text
    joined = _CONTINUED.sub("  ", text)
    shell = any(word in joined.lower() for word in POWERSHELL_WORDS)
    fetching = [line for line in joined.split("\n") if _fetches(line, shell=shell) and _hands_on(line, shell=shell)]
    if not any(_RUN.search(line) for line in fetching) and not _OPENED.search(joined):
        return None
    joined = _CONTINUED.sub("  ", _COMMENT.sub(lambda found: " " * len(found.group()), text))
    for found in _RUN.finditer(joined):
        start = joined.rfind("\n", 0, found.start()) + 1
        if _PRINTED.match(joined[start : found.start()]):
            continue
        address = _ADDRESS.search(joined, start, found.end() + 300)
        line_end = joined.find("\n", found.end())
        until = line_end if line_end >= 0 else len(joined)
        computed = address is None and _COMPUTED.search(joined, found.start(), until) is not None
        return Download(address.group()[:120] if address else "", found.start(), computed)
    return None


@lru_cache(maxsize=4096)
def for_production(name: str) -> bool:
    """Tell whether a name says that something is for production: `deploy-prod`, `Production EU`, not `non-prod`."""
    words = words_of(name)
    return any(word in _PRODUCTION for word in words) and _NOT_PRODUCTION.isdisjoint(words)


@lru_cache(maxsize=4096)
def for_release(name: str) -> bool:
    """Tell whether a name says that something deploys or publishes: `publish-npm`, `deploy_eu`, not `deploy-preview`."""
    words = words_of(name)
    return not _DEPLOYS.isdisjoint(words) and _TRIES.isdisjoint(words)


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Tell whether a variable's name says that its value is secret."""
    return says(name) >= Says.SECRET


def variables_in(text: str) -> tuple[tuple[str, int], ...]:
    """Return the variables of the environment that a script reads and whose names say that they are secret.

    Each is told once, with the place from 0 where it is first put in.
    """
    if "$" not in text:
        return ()
    places: dict[str, int] = {}
    for found in _VARIABLE.finditer(text[:MOST_TEXT]):
        places.setdefault(found.group(1), found.start())
    return tuple((name, at) for name, at in places.items() if is_secret(name))


def pin_of_image(image: str, *marks: str) -> Pin:
    """Classify the name of an image; `marks` begin what the system computes."""
    return Pin.DYNAMIC if any(mark in image for mark in marks) else image_pin(image)


def moves(image: str) -> bool:
    """Tell whether an image has no tag, or one that is meant to move: `latest`, `stable`, `main`."""
    if "@sha" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return not tag or tag.lower() in _MOVING


def short(name: str, most: int = 40) -> str:
    """Return a name that fits into a sentence."""
    plain = " ".join(name.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def listed(names: tuple[str, ...] | list[str], most: int = 2) -> str:
    """Return names in a row, few of many: `a, b and 3 more`."""
    told = [short(name, 30) for name in dict.fromkeys(names)]
    if len(told) <= most:
        return " and ".join(filter(None, (", ".join(told[:-1]), told[-1]))) if told else ""
    return f"{', '.join(told[:most])} and {len(told) - most} more"
