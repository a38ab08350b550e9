"""Which files of a checkout are read: pipeline files of any system outside folders that tools fill."""

from pipewarden.pipelines.files import kind_of

SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"})


def is_wanted(path: str) -> bool:
    """Tell whether a repository-relative path is read."""
    return _is_open(path) and kind_of(path) is not None


def may_be_named(path: str) -> bool:
    """Tell whether a pipeline file may name a file as a part of itself: an include, a template, a script that is loaded."""
    return path.endswith((".yml", ".yaml", ".groovy")) and _is_open(path)


def _is_open(path: str) -> bool:
    parts = path.split("/")
    return ".." not in parts and not any(part in SKIPPED for part in parts[:-1])
