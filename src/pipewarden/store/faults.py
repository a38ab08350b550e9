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
    """Write a file whole or not at all: beside its place, then renamed. Raises FullDisk or StoreError."""
    draft = path.with_name(f".{path.name}.draft")
    with disk_faults(what):
        try:
            draft.write_bytes(text if isinstance(text, bytes) else text.encode())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
