"""What Groovy puts into a command before the shell sees it, and what a command prints.

https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#string-interpolation
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.definition import Leak
from pipewarden.pipelines.jenkins.calls import Call, named
from pipewarden.pipelines.jenkins.known import SHELLS, reads_commit
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import MOST, File, Stage
from pipewarden.pipelines.jenkins.strings import holes, value
from pipewarden.pipelines.jenkins.tokens import GSTRING, NAME, TEXT
from pipewarden.pipelines.yaml_tree import Position

_ECHO = re.compile(r"^[ \t]*(?:echo|printf|Write-(?:Host|Output))\b([^|>\n]*)$", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(?:env:)?([A-Za-z_]\w*)\}?|%([A-Za-z_]\w*)%")


def expressions(file: File, low: int, high: int) -> Iterator[tuple[str, int]]:
    """Yield what Groovy evaluates among some tokens that give a text: `${…}`, and names beside strings."""
    source = file.source
    at = low
    while at < high:
        kind = source.kinds[at]
        if kind == GSTRING:
            yield from holes(source, at)
        elif kind == NAME:
            called = at + 1 < high and source.kinds[at + 1] == "("
            if called:
                end = min(source.close[at + 1] + 1, high)
                yield source.between(at, end), source.starts[at]
                at = end
                continue
            if (
                at + 1 >= high
                or source.kinds[at + 1] in {"+", "?:", ")", "line", "[", "."}
                or source.kinds[at - 1] in {"+", "(", ":"}
            ):
                indexed = source.kinds[at + 1] == "[" and at + 1 < high
                end = source.close[at + 1] + 1 if indexed else at + 1
                yield source.between(at, min(end, high)), source.starts[at]
        at += 1


def outside_in(file: File, low: int, high: int, scope: Scope) -> Iterator[tuple[str, int]]:
    """Yield the texts that somebody else chose and that become part of a command, with their offsets."""
    for expression, offset in expressions(file, low, high):
        chosen = scope.chosen(expression)
        if chosen:
            yield chosen, offset


def chosen_in(file: File, low: int, high: int, scope: Scope) -> str:
    """Return what somebody else chose that is part of a value, or nothing; a comparison or a call gives no text."""
    if any(file.source.kinds[at] in {"==", "!=", "=~", "==~", "{"} for at in range(low, min(high, low + 100))):
        return ""
    return next((chosen for chosen, _ in outside_in(file, low, high, scope)), "")


def leak(stage: Stage, secret: str, position: Position, how: str) -> None:
    """Note a secret that is written where others read it."""
    if len(stage.leaks) < MOST:
        stage.leaks.setdefault((secret, position), Leak(secret=secret, how=how, position=position, step=stage.steps))


def leaks(file: File, low: int, high: int, stage: Stage, scope: Scope, how: str) -> None:
    """Note the secrets whose text becomes part of a command or of what is printed."""
    if not scope.secrets:
        return
    for expression, offset in expressions(file, low, high):
        secret = scope.secret(expression)
        if secret:
            leak(stage, secret, file.source.place(offset), how)


def printed(text: str, scope: Scope) -> Iterator[str]:
    """Yield the secrets that a command prints; what goes on through a pipe or into a file is not printed."""
    if not scope.secrets:
        return
    for line in _ECHO.finditer(text):
        for found in _VARIABLE.finditer(line[1]):
            secret, is_text = scope.secrets.get(found[1] or found[2], ("", False))
            if is_text and not line[1].lstrip().startswith("'"):
                yield secret


def gives_commit(file: File, call: Call) -> bool:
    """Tell whether a call gives text of a commit: `sh(script: 'git log --format=%s', returnStdout: true)`."""
    if call.name not in SHELLS:
        return False
    place = named(file.source, call).get("script")
    if place is None:
        return False
    return any(reads_commit(value(file.source, at)) for at in range(*place) if file.source.kinds[at] in {TEXT, GSTRING})
