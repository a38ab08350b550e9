"""GitHub's branch and tag patterns: does a name match, and could somebody create a name that does."""

import re
from functools import lru_cache

DEFAULT_BRANCH = "~DEFAULT_BRANCH"
ALL = "~ALL"


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate Ruby's `File.fnmatch` with FNM_PATHNAME, which GitHub uses for branch patterns.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/managing-a-branch-protection-rule
    `*` stays inside one path part, `**/` spans any number of them; two stars with no slash behind are as one, so that
    `qa/**` is no wider than `qa/*`, and `qa/**/*` is what covers all below.
    https://docs.ruby-lang.org/en/master/File.html#method-c-fnmatch
    """
    out = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out.append("(?:[^/]+/)*")
            at += 3
            continue
        if pattern.startswith("**", at):
            out.append("[^/]*")
            at += 2
            continue
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\")
            out.append("[" + ("^" + inside[1:] if inside[0] in "!^" else inside) + "]")
            at = end
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append(re.escape(char))
        at += 1
    try:
        return re.compile("".join(out))
    except re.error:
        return re.compile(re.escape(pattern))


def matches(pattern: str, name: str, default_branch: str = "") -> bool:
    """Tell whether a pattern of a rule covers a branch or tag name (without `refs/heads/`)."""
    if pattern == ALL:
        return True
    if pattern == DEFAULT_BRANCH:
        return name == default_branch
    for prefix in ("refs/heads/", "refs/tags/"):
        pattern = pattern.removeprefix(prefix)
    return _compiled(pattern).fullmatch(name) is not None


def covers_all(pattern: str) -> bool:
    """Tell whether a pattern covers every possible name: only then can nobody create a name outside it."""
    return pattern in {ALL, "refs/heads/**/*", "**/*"}


def is_open(pattern: str) -> bool:
    """Tell whether somebody could create a new name that the pattern matches."""
    return pattern == ALL or any(mark in pattern for mark in "*?[")


def example(pattern: str) -> str | None:
    """Return the name of a branch to be created that a pattern accepts, None where it accepts but one name."""
    if pattern == ALL:
        return "a-new-branch"
    if pattern == DEFAULT_BRANCH or not is_open(pattern):
        return None
    for prefix in ("refs/heads/", "refs/tags/"):
        pattern = pattern.removeprefix(prefix)
    plain = re.sub(r"\[([^]!^])[^]]*\]", r"\1", pattern.replace("**/", ""))
    return re.sub(r"\*+", "a-new-branch", plain).replace("?", "x")
