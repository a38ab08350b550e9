"""Tokens from environment, file, command and keyring: rotated without a restart, and never shown."""

import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from pipewarden.errors import CredentialError
from pipewarden.http.secrets import FRESH_SECONDS, FixedSecret, ReadSecret


class Hands:
    """A clock whose hands are moved by the test."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


class Chest(keyring.backend.KeyringBackend):
    """A keyring of the test's own."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("hunter2 does not open it")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def chest() -> Iterator[Chest]:
    """Put a keyring in the place of the system's while the test lasts."""
    before, own = keyring.get_keyring(), Chest()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


@pytest.fixture(params=["env", "file", "command", "keyring"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, chest: Chest, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Return the kind of a place, its name, and a function that puts a token there."""
    how, file = request.param, tmp_path / "token"
    if how == "env":
        return how, "ACME_TOKEN", lambda value: monkeypatch.setenv("ACME_TOKEN", value)
    if how == "keyring":
        return how, "acme/deploybot", lambda value: chest.set_password("acme", "deploybot", value)
    print_it = f"{sys.executable} -c \"print(open('{file}').read())\""
    return how, str(file) if how == "file" else print_it, file.write_text


def test_a_token_is_read_from_its_place_and_a_rotated_one_within_a_minute(kept) -> None:  # type: ignore[no-untyped-def]
    how, where, put = kept
    clock = Hands()
    secret = ReadSecret(how, where, clock)
    put("first")
    assert secret.value() == "first"
    put("second")
    assert secret.value() == "first", "it is not read anew for each request"
    clock.at += FRESH_SECONDS + 1
    assert secret.value() == "second"


def test_a_token_that_was_refused_is_read_anew_at_once(kept) -> None:  # type: ignore[no-untyped-def]
    how, where, put = kept
    secret = ReadSecret(how, where, Hands())
    put("first")
    assert secret.value() == "first"
    put("second")
    secret.forget()
    assert secret.value() == "second"


def test_an_empty_place_is_named_with_what_to_do(kept) -> None:  # type: ignore[no-untyped-def]
    how, where, put = kept
    put("")
    with pytest.raises(CredentialError, match="is empty") as told:
        ReadSecret(how, where).value()
    assert where in str(told.value)
    assert told.value.hint


@pytest.mark.parametrize("how", ["env", "command"])
def test_two_words_are_no_token(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "not a token")
    where = "ACME_TOKEN" if how == "env" else f"{sys.executable} -c 'print(1, 2)'"
    with pytest.raises(CredentialError, match="blanks, line ends") as told:
        ReadSecret(how, where).value()
    assert "not a token" not in str(told.value)


def test_a_line_end_after_a_token_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first\n")
    assert ReadSecret("file", str(tmp_path / "token")).value() == "first"


def test_a_place_that_refuses_is_told_without_what_it_said(tmp_path: Path, chest: Chest) -> None:
    chest.locked = True
    told = [
        ("keyring", "acme/deploybot", "the keyring did not answer: KeyringLocked"),
        ("file", str(tmp_path / "none"), "cannot be read: No such file"),
        ("command", f"{sys.executable} -c 'import sys; sys.exit(\"hunter2\")'", "ended with 1"),
        ("command", str(tmp_path / "none"), "did not run: FileNotFoundError"),
        ("command", "'unbalanced", "did not run: ValueError"),
        ("command", "", "the token command is empty"),
    ]
    for how, where, says in told:
        with pytest.raises(CredentialError, match=says) as refused:
            ReadSecret(how, where).value()
        assert how == "command" or "hunter2" not in str(refused.value)


def test_a_private_key_may_have_lines_wherever_it_is_kept(kept) -> None:  # type: ignore[no-untyped-def]
    how, where, put = kept
    key = "-----BEGIN " + "PRIVATE KEY-----\nAAAA\n-----END " + "PRIVATE KEY-----"
    put(key)
    assert ReadSecret(how, where).value() == key


def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CredentialError, match="is not text"):
        ReadSecret("file", str(tmp_path / "token")).value()


def test_a_secret_does_not_show_itself() -> None:
    assert "hunter2" not in repr(FixedSecret("hunter2"))
    assert repr(ReadSecret("env", "ACME_TOKEN")) == "ReadSecret(env ACME_TOKEN)"
    assert FixedSecret("hunter2").value() == "hunter2"
