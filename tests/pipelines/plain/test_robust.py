"""No text breaks the search, none makes it slow, and what a file may cost is bounded."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


SIZE = 40_000
HOSTILE = {
    "anchors": "gh" + "p_ ",
    "anchors without end": "eyJ" + "a" * 60 + ".",
    "one long word": "a",
    "one long line of names": "token_",
    "names": "token=",
    "names with blanks": "password     ",
    "quotes": 'token="',
    "colons": "a:",
    "flags": "--token ",
    "commands": "curl -u ",
    "logins": "docker login x ",
    "addresses": "a://b:c",
    "addresses with at": "://:@",
    "begins of keys": "-----BEGIN RSA PRIVATE KEY-----\n",
    "headers": "Bearer ",
    "pipes": "echo a | ",
    "brackets": "<a b",
    "variables": 'variable "x" {\n',
    "defaults": 'default = "abcdef123456"\n',
    "backslashes": "\\\n",
    "open": "[{",
    "aliases": "- &a [*a]\n",
    "values": "name: TOKEN\nvalue: ",
    "dots": "x.",
    "equals": "=",
    "base64": "QUJD",
    "atlas": ".atlasv1.",
}  # fmt: skip


@pytest.mark.parametrize("kind", [FileKind.PIPELINE, FileKind.XML, FileKind.DOCKERFILE])
@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_no_faster_than_the_file(piece, kind):
    """Four times the text costs some four times the time, or next to nothing."""

    def spent(size: int) -> float:
        text = f"token: abcdefgh12345678\n{HOSTILE[piece] * (size // len(HOSTILE[piece]))}"
        began = time.process_time()
        find_secrets("x", text, kind, KEY)
        named_in(text)
        instead_of("x", text)
        return time.process_time() - began

    small, large = spent(SIZE // 4), spent(SIZE)
    assert large < max(0.3, 8 * small)


def test_a_list_of_secrets_ends_somewhere():
    text = "".join(f"API_TOKEN_{n}={tokens.drawn(32, seed=n)}\n" for n in range(MAX_FOUND + 200))
    assert len(find_secrets(".env", text, FileKind.ENV, KEY)) == MAX_FOUND


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_deep_file_is_searched_as_text(place):
    deep = "[" * 5000 + f"API_TOKEN={tokens.drawn(32)}"
    assert find_secrets(place.path, deep, FileKind.PIPELINE, KEY)
