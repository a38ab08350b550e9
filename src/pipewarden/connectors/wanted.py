"""Which files of a checkout are read: pipeline files of any system outside folders that tools fill."""

from pipewarden.pipelines.files import kind_of

SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache"})


def is_wanted(path: str) -> bool:
    """Tell whether a repository-relative path is read."""
    parts = path.split("/")
    if ".." in parts or any(part in SKIPPED for part in parts[:-1]):
        return False
    return kind_of(path) is not None
