"""Where tokens come from: environment, keyring, file or command, read again when they may have been rotated."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Protocol

from pipewarden.errors import CredentialError
from pipewarden.http.clock import Clock, SystemClock

_PEM = "-----BEGIN "
"""A private key has lines; a token has none."""

FRESH_SECONDS = 60.0
"""How long a value read once is used before it is read again: a rotated token is picked up within a minute."""


class Secret(Protocol):
    """Something that yields a secret value when asked."""

    def value(self) -> str:
        """Return the value. Raises CredentialError."""

    def forget(self) -> None:
        """Read it anew next time: the system refused the one we had."""


class FixedSecret:
    """A value that was handed in; it never shows itself."""

    def __init__(self, value: str) -> None:
        self._value = value

    def value(self) -> str:
        """Return it."""
        return self._value

    def forget(self) -> None:
        """Nothing to read anew."""

    def __repr__(self) -> str:
        """Say what it is and not what it holds."""
        return "FixedSecret(…)"


class ReadSecret:
    """A secret read from its place, and again when it may have changed."""

    def __init__(self, how: str, where: str, clock: Clock | None = None) -> None:
        self.how = how
        self.where = where
        self._clock = clock or SystemClock()
        self._known: tuple[float, str] | None = None

    def value(self) -> str:
        """Return the value. Raises CredentialError naming the place, never the value."""
        now = self._clock.now()
        if self._known is None or now - self._known[0] > FRESH_SECONDS:
            text = self._read().strip()
            if not text:
                raise CredentialError(f"the token from {self.how} {self.where} is empty", hint=_HINTS[self.how])
            if not text.startswith(_PEM) and not all(32 < ord(char) < 127 for char in text):
                raise CredentialError(
                    f"the token from {self.how} {self.where} holds blanks, line ends or other letters than ASCII",
                    hint="Is it the token alone? An app's private key begins with -----BEGIN.",
                )
            self._known = (now, text)
        return self._known[1]

    def forget(self) -> None:
        """Read it anew next time."""
        self._known = None

    def _read(self) -> str:
        match self.how:
            case "env":
                return os.environ.get(self.where, "")
            case "file":
                try:
                    return Path(self.where).expanduser().read_text(encoding="utf-8")
                except OSError as refusal:
                    raise CredentialError(f"the token file {self.where} cannot be read: {refusal.strerror}") from None
                except UnicodeDecodeError:
                    raise CredentialError(f"the token file {self.where} is not text") from None
            case "command":
                return self._run()
            case "keyring":
                return self._keyring()
        raise CredentialError(f"a token cannot be read from {self.how}", hint="Use env, file, keyring or command.")

    def _run(self) -> str:
        try:
            words = shlex.split(self.where)
            if not words:
                raise CredentialError("the token command is empty", hint=_HINTS["command"])
            done = subprocess.run(  # noqa: S603 - the user's own command, no shell
                words, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as refusal:
            raise CredentialError(f"the token command {self.where} did not run: {type(refusal).__name__}") from None
        if done.returncode:
            raise CredentialError(f"the token command {self.where} ended with {done.returncode}")
        return done.stdout

    def _keyring(self) -> str:
        import keyring
        import keyring.errors

        service, _, user = self.where.partition("/")
        try:
            return keyring.get_password(service, user or "token") or ""
        except keyring.errors.KeyringError as refusal:
            raise CredentialError(f"the keyring did not answer: {type(refusal).__name__}") from None

    def __repr__(self) -> str:
        """Say where it is read from."""
        return f"ReadSecret({self.how} {self.where})"


_HINTS = {
    "env": "Set that environment variable, or configure another place in pipewarden.yaml.",
    "file": "Put the token into that file.",
    "command": "The command must print the token.",
    "keyring": "Store it with `keyring set SERVICE USER`.",
}
