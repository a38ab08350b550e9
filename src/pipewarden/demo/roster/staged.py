"""Writes acme's list of people to a file and yields the connector that reads it."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipewarden.demo.estate.kinds import Estate

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector

LEFT = {"carol": "2026-03-03"}
"""Who left, and when."""
MANAGERS = {"bob": "alice", "erin": "alice", "grace": "alice", "heidi": "alice", "carol": "alice"}
MAPPED = {
    "carol": ("github:carol;jenkins:carol", "her deploy keys were found in the review of October 2026"),
    "dave": ("github:dave", "contract 2025-114, signed with this login"),
}
"""Accounts that no system links, and why they are whose."""


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Keep the file while the `with` block lasts."""
    from pipewarden.connectors.roster import Roster

    with tempfile.TemporaryDirectory(prefix="pipewarden-demo-") as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("name", "email", "manager", "left_on", "accounts", "because"))
            for person in estate.people.values():
                if any(address.endswith("@acme.example") for address in person.emails) or person.login in MAPPED:
                    account, why = MAPPED.get(person.login, ("", ""))
                    row = (person.name, f"{person.login}@acme.example", MANAGERS.get(person.login, "bob"))
                    writer.writerow((*row, LEFT.get(person.login, ""), account, why))
        yield [Roster("hr", path, now=estate.now)]
