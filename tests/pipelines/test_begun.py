"""Patterns that begin at a word's border, found by their first letter: the same places as with the border written first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.github.shells import commands

WORDS = ("docker", "podman", "gh", r"yarn(?:\s+npm)?", "az", "az acr", "7z")
_PLAIN = re.compile(rf"\b(?:{'|'.join(WORDS)})[ \t]+\w+")
_BEGUN = re.compile(begun(*WORDS) + r"[ \t]+\w+")


@given(
    st.lists(st.sampled_from(["docker", "gh", "az", " ", "acr", "yarn", "npm", "7z", "x", "é", "_", "\n", "-"])),
    st.integers(0, 20),
)
def test_the_same_places_are_found(parts: list[str], start: int) -> None:
    text = "".join(parts)
    places = [found.span() for found in _PLAIN.finditer(text, start)]
    assert [found.span() for found in _BEGUN.finditer(text, start)] == places


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("docker login -p op://ci/registry/token", [("op://ci/registry/token",)]),
        ('TOKEN="op://ci/my token/field"', [("op://ci/my token/field",)]),
        ("open shop://ci/registry/token", []),
    ],
)
def test_a_reference_of_1password_begins_a_word(script: str, names: list[tuple[str, ...]]) -> None:
    assert [read.names for read in commands(script)] == names
