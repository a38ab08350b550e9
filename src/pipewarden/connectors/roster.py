"""Reads a list of people or machines from a CSV, JSON or YAML file: who is here, who left, what is whose, with the reason.

For what has no API, or has one that nobody may ask: an export of the personnel system, an on-call list, a mapping of
accounts that no system links, the owners of machines. A list that says of something whose it is says why.
"""

import csv
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from msgspec import structs

from pipewarden.connectors.base import Progress
from pipewarden.connectors.roster_columns import COLUMNS, MANY, ONE, READ, facet_of, joins_nobody, nearly
from pipewarden.connectors.roster_machines import MACHINE_COLUMNS, MOST_MACHINES, Declared, declared, yaml_rows
from pipewarden.errors import UsageError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets_roster import RosterFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Identity, Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source

MOST_BYTES = 64 * 1024 * 1024
MOST_TEXT = 500
"""Characters of one cell that are kept."""

MOST_EMPLOYMENT = 40
"""Characters that are kept of how somebody is employed."""

DELIMITERS = (",", ";", "\t")
CUT: Mapping[str, Any] = {}
"""Stands for a row that ends early."""
WIDE: Mapping[str, Any] = {}
"""Stands for a row that has more cells than there are columns: from where one too many stands, each is in another's place."""
MISCOUNTED = (
    (CUT, "has fewer cells than the first one"),
    (WIDE, "has more cells than the first one: quote a cell with several values"),
)
MISSPELT = "the column"
HALF = "ends the file with an empty cell, which may have been cut: end the file with a line end"

_NO = frozenset({"no", "false", "0", "left", "inactive", "terminated", "disabled", "deprovisioned"})
_YES = frozenset({"yes", "true", "1", "active", "employed", "here", "enabled"})


class Roster:
    """One list in a file."""

    def __init__(self, name: str, path: Path, *, now: datetime | None = None) -> None:
        self.name = name
        self.path = path
        self.address = f"roster:{name}"
        self.now = now
        self._holds_machines = False
        self._half = 0
        self._heads_of_people: set[str] = set()
        self._misspelt: dict[str, str] = {}
        """The column that each head of the list may have meant; "" where it is none of ours."""

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read the list. Raises UsageError where the file cannot be read; a row that cannot be is a gap."""
        moment = self.now or datetime.now(UTC)
        origin = Origin(f"file {self.path.name}", moment)
        instance = self.name
        scope = Ref(instance, Kind.TENANT, self.name)
        facts: list[AnyFact] = [source(instance, System.ROSTER, origin)]
        people = 0
        listed: dict[Ref, tuple[Identity, int]] = {}
        silent: set[Ref] = set()
        machines: list[Declared] = []
        nameless: list[str] = []
        for count, (line, row) in enumerate(self._rows(), 1):
            progress("rows of the roster", count, 0)
            self._holds_machines |= "owner" in row or "machine" in row
            if machine := _one(row.get("machine")):
                said = declared(machine, list(_many(row.get("owner"))), _one(row.get("because")), line)
                if isinstance(said, Declared) and len(machines) < MOST_MACHINES:
                    machines.append(said)
                else:
                    facts.append(_unread_machine(said, line, scope, origin))
                continue
            people += 1
            self._heads_of_people |= row.keys()
            person = _person(row, line, instance, origin)
            if isinstance(person, Identity) and person.ref not in listed:
                listed[person.ref] = person, line
                if "left_on" in row and person.active is None:
                    silent.add(person.ref)
            elif isinstance(person, Identity):
                # two people of one id would be one, and who of them left would be gone
                one, first = listed[person.ref]
                if person.active is False and one.active is not False:
                    listed[person.ref] = structs.replace(one, active=None), first
                    silent.discard(person.ref)
                person = f"line {line} has the id {person.ref.key} of line {first}"
            wrong = person if isinstance(person, str) else _odd_word(row, line)
            if wrong:
                facts.append(_gap(scope, wrong, origin))
                silent -= {person.ref} if isinstance(person, Identity) else set()
            if isinstance(person, str) and not row.keys() & {"id", "email"}:
                nameless.append(f"line {line} names no machine")
        facts += [_gap(scope, text, origin, facet) for text, facet in self._wrong_as_a_whole()]
        facts += _settled(listed, silent)
        if self._holds_machines:  # then any of these rows may have been about one
            facts += [_unread_machine(each, 0, scope, origin) for each in nameless]
        told: dict[str, Any] = {"file": self.path.name} | ({"machines": machines} if machines else {})
        into.add(Resource(ref=scope, name=self.address, attributes=told, origin=origin), *facts)
        return {"people": people, "machines": len(machines)}

    def _look_at(self, heads: Iterable[str]) -> None:
        """Note the columns that are not read and are spelt nearly as one that is, and is not there: `lefton`."""
        for head in heads:
            if head not in READ and head not in self._misspelt:
                self._misspelt[head] = nearly(head, heads)

    @property
    def left_out(self) -> list[str]:
        """The columns that nobody reads and that are near to none that is."""
        return [head for head, meant in self._misspelt.items() if head and not meant]

    def _wrong_as_a_whole(self) -> Iterator[tuple[str, RosterFacet]]:
        """Yield what is said of each misspelt column, and of the list itself, with the part of the list that it is of."""
        for head, meant in self._misspelt.items():
            if meant:
                yield f"{MISSPELT} `{head[:40]}` is not read: did you mean `{meant}`?", facet_of(meant)
        if says := joins_nobody(self._heads_of_people):
            yield says, RosterFacet.PEOPLE
        if self._half:
            yield f"line {self._half} {HALF}", RosterFacet.PEOPLE

    def _rows(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for line, row in self._every_row():
            self._look_at(row)
            yield line, row

    def _every_row(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        text = self._text()
        if self.path.suffix.lower() in {".yaml", ".yml"}:
            self._holds_machines = True
            yield from yaml_rows(text, str(self.path))
            return
        if self.path.suffix.lower() == ".json":
            try:
                found = orjson.loads(text)  # which takes no half of a character
            except ValueError as broken:
                raise UsageError(f"{self.path} is not JSON: {broken}", hint="It should be a list of objects.") from None
            if not isinstance(found, list):
                raise UsageError(f"{self.path} is not a list of people", hint="It should be a list of objects.")
            yield from enumerate((row if isinstance(row, dict) else {} for row in found), 1)
            return
        yield from self._csv(text)

    def _csv(self, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield the rows of a list in CSV. A row that ends early is yielded as CUT: whatever it still says may be half a cell.

        One with too many cells is yielded as WIDE; empty ones at its end are no cells too many.
        """
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter(text))
        try:
            names = [head.strip().lower() for head in next(reader, ())]
            self._check(names)
            whole = text.endswith(("\n", "\r"))
            # lines as the reader counts them: a cell may hold other ends of lines
            size = text.count("\n") + text.count("\r") - text.count("\r\n") + (not whole)
            for cells in reader:
                if not cells:
                    continue
                at_end = reader.line_num >= size and not whole
                if len(cells) < len(names):
                    yield reader.line_num, CUT
                elif any(cell.strip() for cell in cells[len(names) :]):
                    yield reader.line_num, WIDE
                elif at_end and not cells[len(names) - 1]:  # spreadsheets end so, and so does half a file
                    self._half = reader.line_num
                    yield reader.line_num, dict(zip(names[:-1], cells, strict=False))
                else:
                    yield reader.line_num, dict(zip(names, cells, strict=False))
        except csv.Error as broken:
            raise UsageError(f"{self.path}:{reader.line_num}: {broken}", hint="Save it as CSV in UTF-8.") from None

    def _check(self, names: list[str]) -> None:
        heads = set(names)
        self._holds_machines = "machine" in heads
        if twice := next((name for name in names if name in READ and names.count(name) > 1), ""):
            raise UsageError(f"{self.path}:1: the column `{twice}` stands there twice", hint="Keep one of them.")
        if not heads & {"id", "email", "machine"}:
            meant = next(
                (f"Did you mean `{near}` by `{head[:40]}`? " for head in names if (near := nearly(head, names))), ""
            )
            raise UsageError(
                f"{self.path}:1: there is no column `email` or `id`, and none `machine`",
                hint=f"{meant}Columns that are read: {', '.join(COLUMNS)}; of machines {', '.join(MACHINE_COLUMNS)}.",
            )

    def _text(self) -> str:
        try:
            handle = os.open(self.path, os.O_RDONLY)
        except OSError as refusal:
            raise UsageError(
                f"{self.path} cannot be read: {refusal.strerror}", hint="Name the file of the list."
            ) from None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
                raise UsageError(f"{self.path} is no file, or larger than {MOST_BYTES:,} bytes")
            body = file.read()
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError(f"{self.path} is not UTF-8 text", hint="Save it as UTF-8.") from None


def delimiter(text: str) -> str:
    """Return what parts the cells, by the first line: a spreadsheet of another country writes `;`, an export may write tabs.

    Decided is by which of them it has the most columns that are read; where that is none, a comma it is.
    """
    first = text.lstrip("\r\n").partition("\n")[0]
    heads = {each: [head.strip().strip('"').lower() for head in first.split(each)] for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: sum(head in READ for head in heads[each]))


def _settled(listed: Mapping[Ref, tuple[Identity, int]], silent: set[Ref]) -> Iterator[Identity]:
    """Yield the people: a list that tells of anybody who left tells of the others that they are here.

    Where its column is empty from top to bottom nobody filled it in, or it was lost on the way: then it tells nothing.
    """
    tells = any("left_on" in one.attributes for one, _ in listed.values())
    for ref, (one, _) in listed.items():
        yield structs.replace(one, active=True) if tells and ref in silent else one


def _gap(scope: Ref, detail: str, origin: Origin, facet: RosterFacet = RosterFacet.PEOPLE) -> Gap:
    return Gap(scope=scope, facet=facet, cause=Cause.UNREADABLE, detail=detail, origin=origin)


def _odd_word(row: Mapping[str, Any], line: int) -> str:
    """Say that a row has a word under `active` that is neither yes nor no; whether that person is here is then not known."""
    word = _one(row.get("active"))
    return f"line {line}: active is neither yes nor no: {word[:40]}" if word and _active(word) is None else ""


def _person(row: Mapping[str, Any], line: int, instance: str, origin: Origin) -> Identity | str:
    """Return a row as an identity, or what is wrong with it."""
    if miscounted := next((says for each, says in MISCOUNTED if row is each), ""):
        return f"line {line} {miscounted}"
    if odd := next((name for name in ONE if isinstance(row.get(name), (list, dict))), ""):
        return f"line {line}: {odd} is no single value"
    if odd := next((name for name in MANY if isinstance(row.get(name), dict)), ""):
        return f"line {line}: {odd} is neither a value nor a list"
    addresses = [each.lower() for each in (*_many(row.get("email")), *_many(row.get("emails"))) if "@" in each]
    key = _one(row.get("id")) or (addresses[0] if addresses else "")
    if not key:
        return f"line {line} names neither an id nor an address"
    left = _one(row.get("left_on"))
    ended = _date(left)
    if left and ended is None:
        return f"line {line}: left_on is not a date such as 2026-03-03"
    active = _active(row.get("active"))
    if ended is not None:
        active = ended > origin.fetched_at.date()
    attributes: dict[str, Any] = {
        "name": _one(row.get("name")) or None,
        "manager": _one(row.get("manager")) or None,
        "employment": _one(row.get("employment"))[:MOST_EMPLOYMENT] or None,
        "left_on": left or None,
        "accounts": list(_many(row.get("accounts"))),
        "because": _one(row.get("because")) or None,
        "line": line,
    }
    return Identity(
        ref=Ref(instance, Kind.IDENTITY, key),
        name=addresses[0] if addresses else key,
        emails=tuple(dict.fromkeys(addresses)),
        external_ids=tuple(_many(row.get("external_id"))),
        active=active,
        attributes={name: value for name, value in attributes.items() if value},
        origin=origin,
    )


def _unread_machine(said: object, line: int, scope: Ref, origin: Origin) -> Gap:
    wrong = isinstance(said, str)
    detail = str(said) if wrong else f"line {line} is beyond the {MOST_MACHINES:,} machines that one list may hold"
    cause = Cause.UNREADABLE if wrong else Cause.TOO_LARGE
    return Gap(scope=scope, facet=RosterFacet.MACHINES, cause=cause, detail=detail, origin=origin)


def _one(value: object) -> str:
    """Return the text of a cell; half of a character, which an escape in YAML may be, is a question mark."""
    told = str(value).strip()[:MOST_TEXT] if value is not None and not isinstance(value, (list, dict)) else ""
    return told.encode("utf-8", "replace").decode()


def _many(value: object) -> Iterable[str]:
    parts = value if isinstance(value, list) else str(value).split(";") if value is not None else ()
    return [text for each in parts if (text := _one(each))]


def _active(value: object) -> bool | None:
    word = _one(value).lower()
    return False if word in _NO else True if word in _YES else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
