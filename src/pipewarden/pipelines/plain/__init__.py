"""Secrets that stand in plain text in pipeline definitions and what they pull in: text in, places out, never a value."""

from pipewarden.pipelines.plain.engine import MAX_CHARACTERS, find_secrets
from pipewarden.pipelines.plain.file_kinds import FileKind, file_kind
from pipewarden.pipelines.plain.found import RANKS, Confidence, Found, Key
from pipewarden.pipelines.plain.instead import Instead, instead_of
from pipewarden.pipelines.plain.pulled_in import Pull, is_example, is_named, named_in, pull_of
from pipewarden.pipelines.plain.titles import source_of, title_of

__all__ = [
    "MAX_CHARACTERS",
    "RANKS",
    "Confidence",
    "FileKind",
    "Found",
    "Instead",
    "Key",
    "Pull",
    "file_kind",
    "find_secrets",
    "instead_of",
    "is_example",
    "is_named",
    "named_in",
    "pull_of",
    "source_of",
    "title_of",
]
