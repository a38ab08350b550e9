"""Writes acme's list of people, and its list of machines' owners, to files and yields the connectors that read them."""

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
CONTRACTORS = frozenset({"dave"})
MAPPED = {
    "carol": (
        "github:carol;jenkins:carol;vault:token-carol-laptop",
        "her keys and the token on her laptop were found in the review of October 2026",
    ),
    "dave": ("github:dave", "contract 2025-114, signed with this login"),
}
"""Accounts, and a token, that no system links, and why they are whose."""
OWNERS = """\
# whose the machines are that no system names an owner of
- machine: github:deploybot
  owner: team:acme/platform
  because: the platform team runs the releases with it
- machine: okta:deploybot
  owner: heidi@acme.example
  because: she keeps the groups that it fills
- machine: entra:terraform-plan
  owner: [bob@acme.example, grace@acme.example]
  because: they review its plans
- machine: vault:acme/auth/jwt-github
  owner: heidi@acme.example
  because: whoever keeps the vault's roles keeps those of the workflows, too
- machine: vault:acme/auth/approle/backup
  owner: jonas@acme.example
  because: he set the backups up
- machine: github:old-import
  owner: erin@acme.example
  because: she moved the repositories
"""
"""Jonas left since, and the name of the last one is not that of the app."""


@contextmanager
def staged(estate: Estate) -> "Iterator[list[Connector]]":
    """Keep the files while the `with` block lasts."""
    from pipewarden.connectors.roster import Roster

    with tempfile.TemporaryDirectory(prefix="pipewarden-demo-") as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("name", "email", "manager", "employment", "left_on", "accounts", "because"))
            for person in estate.people.values():
                if any(address.endswith("@acme.example") for address in person.emails) or person.login in MAPPED:
                    account, why = MAPPED.get(person.login, ("", ""))
                    row = (person.name, f"{person.login}@acme.example", MANAGERS.get(person.login, "bob"))
                    employed = "contractor" if person.login in CONTRACTORS else "employee"
                    writer.writerow((*row, employed, LEFT.get(person.login, ""), account, why))
        lists = [Roster("hr", path, now=estate.now)]
        if "acme" in estate.organizations:
            owners = Path(folder) / "owners.yaml"
            owners.write_text(OWNERS, encoding="utf-8")
            lists.append(Roster("owners", owners, now=estate.now))
        yield [*lists]
