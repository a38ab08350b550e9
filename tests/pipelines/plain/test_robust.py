"""No text breaks the search, none makes it slow, and what a file may cost is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.hostile import IN_TEXT, repeated
from benchmarks.planted_files import PLACES, planted
from pipewarden.pipelines.plain import FileKind, find_secrets, instead_of, named_in, pull_of
from pipewarden.pipelines.plain.engine import MAX_FOUND
from tests.pipelines.plain import tokens

KEY = b"a key of the estate acme"
KINDS = st.sampled_from(list(FileKind))
FILES = planted(1, 1)
PIECES = st.sampled_from(
    [
        "TOKEN", "password", "secret:", "=", ": ", "'", '"', "\\", "\n", "\r\n", "\t", "{", "}", "[", "]", "<", ">", "://", "@",
        "curl -u ", "docker login -p ", "Authorization: Bearer ", "kind: Secret", "data:", "eyJ", "gh" + "p_", "AK" + "IA",
        "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "|", "- ", "&a ", "*a", "!!binary ", "é", "\x00", "\ufeff",
        "\ud800", 'variable "x" {', "default = ", "name: ", "value: ", "${{ ", "$(", "%", "a" * 40, "0" * 64, "AccountKey=",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=400), st.lists(PIECES, max_size=60).map("".join)
)


@given(TEXTS, KINDS)
def test_no_text_breaks_the_search(text, kind):
    for found in find_secrets("x", text, kind, KEY):
        assert found.position.line >= 1
        assert found.position.column >= 1
        assert found.end_column >= found.position.column
    assert isinstance(named_in(text), set)
    assert instead_of("x", text) is not None


@given(st.text(max_size=60))
def test_no_path_breaks_the_choice(path):
    assert pull_of(path)


@given(st.sampled_from(FILES), st.integers(0, 3000), st.integers(0, 40), TEXTS)
def test_a_mutated_file_breaks_nothing_and_shows_nothing(file, at, cut, text):
    mutated = file.text[:at] + text + file.text[at + cut :]
    found = find_secrets(file.path, mutated, FileKind.PIPELINE, KEY)
    if file.value.secret and len(file.value.text) >= 16:
        assert file.value.text not in repr(found)


@pytest.mark.parametrize("kind", [FileKind.PIPELINE, FileKind.XML, FileKind.DOCKERFILE])
@pytest.mark.parametrize("name", IN_TEXT)
def test_a_piece_repeated_without_end_is_searched(name, kind):
    """How the time grows with the size is measured by `make bench-growth`; here it ends and tells no more than it may."""
    text = repeated(IN_TEXT[name], 40_000)
    assert len(find_secrets("x", text, kind, KEY)) <= MAX_FOUND
    assert isinstance(named_in(text), set)
    assert instead_of("x", text) is not None


def test_a_list_of_secrets_ends_somewhere():
    text = "".join(f"API_TOKEN_{n}={tokens.drawn(32, seed=n)}\n" for n in range(MAX_FOUND + 200))
    assert len(find_secrets(".env", text, FileKind.ENV, KEY)) == MAX_FOUND


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_deep_file_is_searched_as_text(place):
    deep = "[" * 5000 + f"API_TOKEN={tokens.drawn(32)}"
    assert find_secrets(place.path, deep, FileKind.PIPELINE, KEY)
