"""CODEOWNERS files by GitHub's rules: which owners a path has, and which lines GitHub skips.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

import re
from functools import lru_cache

from msgspec import Struct

from pipewarden.pipelines.yaml_tree import Fault

MAX_BYTES = 3 * 1024 * 1024
"""A larger file is not loaded by GitHub."""
MAX_PATTERN = 4096
"""A pattern longer than any path can be matches nothing; it is reported instead of compiled."""

_TOKEN = re.compile(r"(?:\\.|[^\s\\]|\\$)+")
_OWNER = re.compile(
    r"@[A-Za-z0-9](?:[A-Za-z0-9_-]*)(?:/[A-Za-z0-9_.-]+)?"  # @user (also EMU's user_short), @org/team
    r"|[^\s@]+@[^\s@]+\.[^\s@]+"  # an e-mail address of an account
)


class Rule(Struct, frozen=True):
    """A line that counts: a pattern and its owners. No owners: the path is owned by nobody, on purpose."""

    pattern: str
    owners: tuple[str, ...]
    line: int
    column: int = 0


class Codeowners(Struct, frozen=True):
    """A CODEOWNERS file: its rules in order, and the lines GitHub skips with the reason."""

    path: str
    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]

    def rule_for(self, path: str) -> Rule | None:
        """Return the rule that decides a path: the last that matches, or None."""
        plain = path.removeprefix("./").removeprefix("/")
        for rule in reversed(self.rules):
            if _compiled(rule.pattern).fullmatch(plain):
                return rule
        return None

    def owners_of(self, path: str) -> tuple[str, ...]:
        """Return the owners of a repository-relative path, empty where it has none."""
        rule = self.rule_for(path)
        return rule.owners if rule else ()


def read_codeowners(path: str, text: str) -> Codeowners:
    """Read a CODEOWNERS file; never raises. A line with a mistake is skipped, as GitHub does, and reported."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        fault = Fault(1, 1, "the file is larger than 3 MB: GitHub does not load it and nobody owns anything")
        return Codeowners(path, (), (fault,))
    rules: list[Rule] = []
    faults: list[Fault] = []
    number = 1
    for raw in text.removeprefix("\ufeff").split("\n"):
        read = _rule(raw.rstrip("\r"), number)
        number += 1 + raw.removesuffix("\r").count("\r")  # it ends a line to an editor, and not to GitHub
        if isinstance(read, Rule):
            rules.append(read)
        elif read is not None:
            faults.append(read)
    return Codeowners(path, tuple(rules), tuple(faults))


def _rule(line: str, number: int) -> Rule | Fault | None:
    """Read one line: a rule, what is wrong with it, or None where there is nothing."""
    tokens = []
    for found in _TOKEN.finditer(line):
        # `#` begins a comment at the start of a word; inside one it is an ordinary character
        if found.group().startswith("#"):
            break
        tokens.append(found)
    if not tokens:
        return None
    pattern = tokens[0].group()
    wrong = _wrong_pattern(pattern)
    if wrong:
        return Fault(number, tokens[0].start() + 1, wrong)
    for found in tokens[1:]:
        if not _OWNER.fullmatch(found.group()):
            return Fault(
                number, found.start() + 1, f"{found.group()[:100]!r} is not @user, @org/team or an e-mail address"
            )
    return Rule(pattern, tuple(found.group() for found in tokens[1:]), number, tokens[0].start() + 1)


def _wrong_pattern(pattern: str) -> str:
    """Say why GitHub does not take a pattern, or an empty text.

    The three rules of .gitignore that do not work are on the page's "CODEOWNERS syntax".
    """
    if len(pattern) > MAX_PATTERN:
        return f"the pattern is longer than {MAX_PATTERN} characters"
    if pattern.startswith("!"):
        return "negation with ! does not work in CODEOWNERS"
    if pattern.startswith("\\#"):
        return "escaping a leading # does not work in CODEOWNERS"
    if "[" in pattern or "]" in pattern:
        return "sections and character ranges with [ ] do not work in GitHub's CODEOWNERS"
    if "***" in pattern:
        return "three stars in a row are not a pattern"
    return ""


@lru_cache(maxsize=16384)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate a pattern to an expression over whole paths.

    Everything a star may swallow is fixed at its first fitting place (atomic groups): for patterns made
    only of stars and fixed parts the first fit is as good as any, and matching stays quick on hostile ones.
    """
    anchored = "/" in pattern.rstrip("/")
    below_only = pattern.endswith("/")
    parts = [part for part in pattern.strip("/").split("/") if part]
    if not parts:
        return re.compile(r"(?!)")
    # `docs/*` covers the files of a folder and not what is nested deeper
    shallow = anchored and not below_only and parts[-1] == "*"
    while len(parts) > 1 and parts[-1] == "**":
        parts.pop()
        below_only = True
    if not anchored and parts[0] != "**":
        parts.insert(0, "**")
    runs: list[list[str]] = [[]]
    for part in parts:
        if part == "**":
            runs.append([])
        else:
            runs[-1].append(_segment(part))
    tail = r"" if shallow else r"/.+" if below_only else r"(?:/.*)?"
    *before, last = runs
    out = "".join(_run(run, first=not at) for at, run in enumerate(before))
    lead = r"(?:[^/]+/)*?" if before else r""
    return re.compile(out + lead + ("/".join(last) if last else r"[^/]+") + tail, re.DOTALL)


def _run(run: list[str], *, first: bool) -> str:
    """One stretch of fixed parts before a `**`."""
    if not run:
        return ""
    fixed = "/".join(run) + "/"
    return fixed if first else rf"(?>(?:[^/]+/)*?{fixed})"


def _segment(part: str) -> str:
    """One part of a path, in which `*` and `?` stay."""
    pieces = re.findall(r"\\.|\*+|\?|[^*?\\]+|\\", part, re.DOTALL)
    out: list[str] = []
    for at, piece in enumerate(pieces):
        if piece[0] == "*":
            rest = "".join(_literal(p) for p in _until_star(pieces[at + 1 :]))
            final = all(p[0] != "*" for p in pieces[at + 1 :])
            out.append(r"[^/]*" if final else rf"(?>[^/]*?{rest})")
        elif not (out and _covered(pieces, at)):
            out.append(_literal(piece))
    return "".join(out)


def _until_star(pieces: list[str]) -> list[str]:
    """Return the pieces before the next star."""
    out = []
    for piece in pieces:
        if piece[0] == "*":
            break
        out.append(piece)
    return out


def _covered(pieces: list[str], at: int) -> bool:
    """Tell whether a piece stands between two stars, and so is already inside the group of the first."""
    return any(p[0] == "*" for p in pieces[:at]) and any(p[0] == "*" for p in pieces[at + 1 :])


def _literal(piece: str) -> str:
    """One piece that is not a star."""
    if piece == "?":
        return r"[^/]"
    return re.escape(piece[1:] if piece[0] == "\\" and len(piece) > 1 else piece)
