"""What was made of each file of a checkout, kept from run to run under the file's content: only what changed is read anew.

Kept is what becomes facts, never a file's text. Whatever is wrong with the store of it, the file is read anew.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from pipewarden import __version__

T = TypeVar("T")

MOST_CHECKOUTS = 50
"""Checkouts whose files are remembered; the ones not asked for longest are forgotten."""

_ENDING = ".kept"
_DIGEST = 32


class Entry(Struct, frozen=True, array_like=True):
    """One thing made of one file: under which content, and which other files it looked into."""

    key: bytes
    body: bytes
    others: dict[str, bytes] = {}
    """Path → content of the files that were looked into; empty content: there was none."""


class Whole(Struct, frozen=True, array_like=True):
    """All of one checkout."""

    stamp: str
    entries: dict[str, Entry]


@lru_cache(maxsize=4)
def content_of(text: str | None) -> bytes:
    """Return what stands for a file's content; empty where there is no file. Two things are made of a file, one after the other."""
    if text is None:
        return b""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@cache
def stamp() -> str:
    """Return a mark of the code that makes what is kept, so that nothing made by another version is taken for its own.

    Asked once in a run: looking at all of it for each of a hundred clones took a tenth of their audit.
    """
    root = Path(__file__).parent.parent
    digest = hashlib.blake2b(__version__.encode(), digest_size=12)
    for part in ("pipelines", "connectors", "model"):
        for path in sorted((root / part).rglob("*.py")):
            # the demo's and the wheel's files do not change under the same size and time
            status = path.stat()
            digest.update(f"{path.name}:{status.st_size}:{status.st_mtime_ns}".encode())
    return digest.hexdigest()


class Kept:
    """What was kept of one checkout. `folder` None keeps nothing."""

    def __init__(self, folder: Path | None, checkout: Path) -> None:
        name = hashlib.blake2b(str(checkout.resolve()).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        self.file = folder / f"{name}{_ENDING}" if folder is not None else None
        self.reused = 0
        self._stamp = stamp() if folder is not None else ""
        self._old = self._load()
        self._new: dict[str, Entry] = {}
        self._early: dict[str, Entry] = {}
        self._records = folder is not None
        self.fresh = 0
        """Files of which something was made in this process."""

    def early(self, body: bytes | None) -> None:
        """Take what another process made of a file in this run, as `apart` returned it."""
        if body is not None:
            self._early |= msgspec.msgpack.decode(body, type=dict[str, Entry])

    def apart(self, make: Callable[[], object]) -> bytes | None:
        """Return what is made of a file meanwhile, for another process to take; None where it was kept already."""
        self._records, self._new = True, {}
        make()
        made = {name: entry for name, entry in self._new.items() if self._old.get(name) is not entry}
        return msgspec.msgpack.encode(made) if made else None

    def _load(self) -> dict[str, Entry]:
        """Read the store; one that is damaged, or made by another version, is as good as none."""
        if self.file is None:
            return {}
        try:
            data = self.file.read_bytes()
            whole = msgspec.msgpack.decode(data[_DIGEST:], type=Whole)
        except (OSError, msgspec.DecodeError):
            return {}
        sound = hashlib.blake2b(data[_DIGEST:], digest_size=_DIGEST).digest() == data[:_DIGEST]
        return whole.entries if sound and whole.stamp == self._stamp else {}

    def made(
        self,
        part: str,
        path: str,
        text: str,
        kind: type[T],
        make: Callable[["Others"], T],
        local: Callable[[str], str | None],
    ) -> T:
        """Return what `make` makes of a file, as it was kept where neither the file nor what it looks into has changed.

        `part` says what is made of it, with all that it depends on beside texts; `make` is given what may be looked into.
        """
        return self.known(part, path, text, kind, make, local)[0]

    def known(
        self,
        part: str,
        path: str,
        text: str,
        kind: type[T],
        make: Callable[["Others"], T],
        local: Callable[[str], str | None] = lambda _path: None,
    ) -> tuple[T, bool]:
        """Return what `made` returns, and whether it was made in this run."""
        if not self._records and not self._early:
            self.fresh += part != "plain"
            return make(Others(local)), True
        name, key = f"{part}\0{path}", content_of(text)
        early = self._early.pop(name, None)
        old = early or self._old.get(name)
        if old is not None and old.key == key and all(content_of(local(p)) == c for p, c in old.others.items()):
            try:
                value = msgspec.msgpack.decode(old.body, type=kind)
            except msgspec.DecodeError:
                pass  # made by code that had another shape: it is made anew
            else:
                if self._records:
                    self._new[name] = old
                self.reused += part != "plain" and early is None  # a file counts once
                return value, False
        self.fresh += part != "plain"
        others = Others(local)
        value = make(others)
        if self._records:
            self._new[name] = Entry(key, msgspec.msgpack.encode(value), others.seen)
        return value, True

    def at_hand(self, part: str, path: str, text: str, kind: type[T]) -> T | None:
        """Return what was kept of a file as it is now, and keep it on; None where nothing was."""
        name = f"{part}\0{path}"
        old = self._old.get(name)
        if old is None or old.key != content_of(text):
            return None
        try:
            value = msgspec.msgpack.decode(old.body, type=kind)
        except msgspec.DecodeError:
            return None
        self._new[name] = old
        return value

    def keep(self, part: str, path: str, text: str, value: object) -> None:
        """Keep what another program made of a file."""
        if self.file is not None:
            self._new[f"{part}\0{path}"] = Entry(content_of(text), msgspec.msgpack.encode(value))

    def close(self) -> None:
        """Write what is to be kept, all or nothing. A folder that cannot be written costs the next run time, nothing else."""
        if self.file is None or self._new == self._old:
            return
        import tempfile

        body = msgspec.msgpack.encode(Whole(self._stamp, self._new))
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, draft = tempfile.mkstemp(dir=self.file.parent, prefix=".draft-")
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(hashlib.blake2b(body, digest_size=_DIGEST).digest() + body)
                Path(draft).replace(self.file)
            finally:
                Path(draft).unlink(missing_ok=True)
            self._forget()

    def _forget(self) -> None:
        if self.file is None:
            return
        every = sorted(self.file.parent.glob(f"*{_ENDING}"), key=lambda path: path.stat().st_mtime)
        for old in every[:-MOST_CHECKOUTS]:
            old.unlink(missing_ok=True)


class Others:
    """The other files of a checkout, remembering which were looked into. A library for the readers of pipeline files."""

    def __init__(self, local: Callable[[str], str | None]) -> None:
        self._local = local
        self.seen: dict[str, bytes] = {}

    def local(self, path: str) -> str | None:
        """Return a file of the checkout."""
        if path.endswith("/"):
            return None  # that would be a listing
        text = self._local(path)
        self.seen[path] = content_of(text)
        return text

    def listed(self, folder: str) -> tuple[str, ...] | None:
        """Return the YAML files below a folder, as the checkout's listing has them; that is asked for as `folder/`."""
        text = self._local(f"{folder}/")
        self.seen[f"{folder}/"] = content_of(text)
        return None if text is None else tuple(text.splitlines())

    def absent(self, path: str) -> bool:
        """Tell whether the checkout has no such file."""
        paths = self.listed(path.rpartition("/")[0])
        return paths is not None and path not in paths

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        """Return nothing: other repositories are not at hand."""
        del project, path, ref
        return None
