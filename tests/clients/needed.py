"""Gives a client that somebody else wrote, or skips aloud: `make test-clients` installs them all, and then none may be missing."""

import importlib
import os
from types import ModuleType

import pytest


def client(module: str, distribution: str) -> ModuleType:
    """Return a client's module; skips the tests of a file where it is not installed, and fails where it must be."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        if os.environ.get("CLIENTS"):
            raise
        pytest.skip(f"{distribution} is not installed; `make test-clients` installs it", allow_module_level=True)
