"""Secrets that stand in plain text in pipeline definitions and what they pull in: text in, places out, never a value."""

from pipewarden.pipelines.plain.engine import MAX_CHARACTERS, find_secrets
from pipewarden.pipelines.plain.file_kinds import FileKind, file_kind
from pipewarden.pipelines.plain.found import Confidence, Found
from pipewarden.pipelines.plain.titles import source_of, title_of

__all__ = ["MAX_CHARACTERS", "Confidence", "FileKind", "Found", "file_kind", "find_secrets", "source_of", "title_of"]
