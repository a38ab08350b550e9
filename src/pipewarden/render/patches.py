"""Unified patches as git takes them, whatever the file is called and however its lines end."""

import difflib
import re
from collections.abc import Sequence

from pipewarden.render.text import clean


def patch_of(path: str, before: str, after: str, told: Sequence[str] = ()) -> str:
    """Return one file's edit as a unified patch; a last line without its end says so, as git wants it.

    `told` stands above it as comments, which git and patch pass over: each line begins with `# ` and holds plain letters.
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), _quoted(f"a/{path}"), _quoted(f"b/{path}"))
    body = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(f"# {_ascii(each)}\n" for each in told) + body


def _ascii(text: str) -> str:
    """Return a sentence on one line in plain letters."""
    return clean(text).replace("…", "...").encode("ascii", "backslashreplace").decode("ascii")


def _lines(text: str) -> list[str]:
    """Return the lines of a text as git counts them: other characters that break lines are letters to it."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _quoted(path: str) -> str:
    """Return a path as git writes it in a patch: one with more than plain letters is quoted, so that it stays one path.

    https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath
    """
    if path.isascii() and path.isprintable() and not {'"', "\\"} & set(path):
        return path
    parts = (
        f"\\{chr(byte)}" if chr(byte) in '"\\' else chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "surrogateescape")
    )
    return f'"{"".join(parts)}"'
