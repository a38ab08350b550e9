"""What disks and databases refuse, as one clear sentence each."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipewarden.errors import FullDisk, StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def disk_faults(what: str) -> Iterator[None]:
    """Turn an OSError while writing into FullDisk or StoreError naming what was written."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _FULL or "no space" in str(fault).lower() or "file too large" in str(fault).lower():
            raise FullDisk(
                f"there is no room to write {what}", hint="Free some space and run it again; nothing was half-written."
            ) from None
        raise StoreError(
            f"{what} cannot be written: {fault.strerror or fault}", hint="Is the folder writable?"
        ) from None


def write_whole(path: Path, text: str | bytes, what: str) -> None:
    """Write a file whole or not at all: beside its place, then renamed. Raises FullDisk or StoreError.

    What is no file, such as `/dev/stdout` or a pipe, is written to as it is: a rename would take its place.
    """
    body = text if isinstance(text, bytes) else text.encode()
    with disk_faults(what):
        if path.exists() and not path.is_file():
            path.write_bytes(body)
            return
        draft = path.with_name(f".{path.name}.draft")
        try:
            draft.write_bytes(body)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
