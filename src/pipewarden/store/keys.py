"""Keys that a store makes once and keeps: whoever reads the store may use them, a report never holds one."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from pipewarden.store.schema import keys

FINGERPRINTS = "fingerprints of secrets in plain text"
BYTES = 32


def kept_key(connection: sa.Connection, name: str, at: datetime) -> tuple[bytes, bool]:
    """Return a key and whether it was made just now. Several processes that make it at once get the same one."""
    found = _read(connection, name)
    if found is not None:
        return found, False
    values = {"name": name, "body": secrets.token_hex(BYTES), "made": at}
    try:
        with connection.begin_nested():
            connection.execute(keys.insert().values(**values))
    except sa.exc.IntegrityError:
        made = False
    else:
        made = True
    found = _read(connection, name)
    assert found is not None  # noqa: S101 - it was made here or by whoever was faster
    return found, made


def _read(connection: sa.Connection, name: str) -> bytes | None:
    body = connection.execute(sa.select(keys.c.body).where(keys.c.name == name)).scalar()
    return None if body is None else bytes.fromhex(body)
