"""Where the reference material beside the checkout is; a test that needs it skips aloud without it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_path(name: str) -> Path:
    """Return a file of the reference material (`apis/…`, `reference/…`); skips the test where it is missing."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the reference material {name} is not beside this checkout")
    return path
