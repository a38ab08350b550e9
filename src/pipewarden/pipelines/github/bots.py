"""Which of a workflow's filters let the branches of Dependabot's updates in.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

import re
from functools import lru_cache

from pipewarden.pipelines.parts import Trigger

_BRANCHES = ("dependabot/npm_and_yarn/left-pad-1.3.0", "dependabot-npm_and_yarn-left-pad-1.3.0")
"""How it names its branches: with `/`, or with `-` where `pull-request-branch-name.separator` says so.
https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference"""
_OWN = re.compile(r"!?dependabot[/_-]")
_SPECIAL = re.compile(r"\*\*|[*?+]|\[[^\]]*\]")
_LONGEST = 200
_MOST = 1_000
"""Patterns of one filter that are compared; a longer filter may let anything in."""


def pushed_by_bot(trigger: Trigger) -> bool:
    """Tell whether a push of Dependabot's can start a trigger: its branches alone, never a tag or the default branch."""
    if trigger.branches_ignore:
        return len(trigger.branches_ignore) > _MOST or not any(map(_ignores, trigger.branches_ignore))
    if trigger.branches:
        return len(trigger.branches) > _MOST or _named(trigger.branches)
    return not (trigger.tags or trigger.tags_ignore)


@lru_cache(maxsize=64)  # every job of a workflow asks for the same
def _named(patterns: tuple[str, ...]) -> bool:
    """Tell whether branches that are let in are its own."""
    named = any("dependabot" in pattern for pattern in patterns)
    return any(_lets_in(patterns, branch) for branch in _BRANCHES[: 1 if named else 2]) or any(
        _OWN.match(pattern) and not pattern.startswith("!") for pattern in patterns
    )


def _ignores(pattern: str) -> bool:
    """Tell whether a pattern leaves all of its branches out."""
    return all(_fits(pattern, branch) for branch in _BRANCHES[:1])


def _lets_in(patterns: tuple[str, ...], branch: str) -> bool:
    """Tell whether the last pattern that fits a branch lets it in: one with `!` takes it out again."""
    inside = False
    for pattern in patterns:
        if _fits(pattern.removeprefix("!"), branch):
            inside = not pattern.startswith("!")
    return inside


def _fits(pattern: str, branch: str) -> bool:
    if len(pattern) > _LONGEST or "${{" in pattern:
        return True
    if _SPECIAL.search(pattern) is None:
        return pattern == branch
    return _compiled(pattern).fullmatch(branch) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    out, last = [], 0
    for found in _SPECIAL.finditer(pattern):
        out.append(re.escape(pattern[last : found.start()]))
        last = found.end()
        match found[0]:
            case "**":
                out.append(".*")
            case "*":
                out.append("[^/]*")
            case "?" | "+":
                out.append(found[0] if found.start() else "")
            case letters:
                out.append(letters)
    out.append(re.escape(pattern[last:]))
    try:
        return re.compile("".join(out))
    except re.error:
        return re.compile(".*")  # what cannot be read as a pattern may let anything in
