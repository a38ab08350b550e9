"""A list of people from a file: who is here, who left, whose accounts are whose; a bad row is a gap, a bad file a sentence."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from pipewarden.connectors.roster import Roster
from pipewarden.connectors.roster_machines import SCHEMA
from pipewarden.errors import UsageError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets_roster import RosterFacet
from pipewarden.model.facts import Gap, Identity
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def read(path: Path) -> Snapshot:
    builder = SnapshotBuilder()
    asyncio.run(Roster("hr", path, now=NOW).collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=("roster:hr",), started=NOW, ended=NOW))


def test_a_csv_with_other_columns_and_two_addresses(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "\ufeffName,Email,Shoe size,Left_on,Accounts,Because\n"
        "Carol,Carol@acme.example; c@acme.example,38,2026-03-03,github:carol;jenkins:carol,review\n"
        "Bob,bob@acme.example,44,,,\n"
        "Soon,soon@acme.example,44,2027-01-01,,\n"
    )
    snapshot = read(path)
    assert snapshot.systems == (System.ROSTER,)
    carol, bob, soon = sorted(
        snapshot.records(Identity), key=lambda each: ("carol", "bob", "soon").index(each.name[:-13])
    )
    assert (carol.active, carol.emails) == (False, ("carol@acme.example", "c@acme.example"))
    assert carol.attributes["accounts"] == ["github:carol", "jenkins:carol"]
    assert (bob.active, soon.active) == (True, True)


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(
        '[{"id": 7, "email": "a@acme.example", "active": false, "accounts": ["github:a"]}, {"active": true}, 3]'
    )
    snapshot = read(path)
    [one] = snapshot.records(Identity)
    assert (one.ref.key, one.active) == ("7", False)
    assert sorted(gap.detail for gap in snapshot.records(Gap)) == [
        "line 2 names neither an id nor an address",
        "line 3 names neither an id nor an address",
    ]


def test_a_date_that_is_none_is_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,left_on\na@acme.example,last spring\n")
    [gap] = read(path).records(Gap)
    assert gap.detail == "line 2: left_on is not a date such as 2026-03-03"


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("people.csv", b"name,size\nx,1\n", "there is no column `email` or `id`"),
        ("people.csv", b"email\n\xff\xfe\n", "is not UTF-8 text"),
        ("people.json", b"{", "is not JSON"),
        ("people.json", b"{}", "is not a list of people"),
        ("people.json", b"[" * 100_000, "is not JSON"),
        ("people.json", rb'[{"email": "\ud800@acme.example"}]', "is not JSON"),
        (
            "owners.yaml",
            b"- {machine: m}\n- {machine: 2026-13-45}\n",
            "owners.yaml:2: a value that is none: month must be",
        ),
        ("owners.yaml", b"- " * 3000, "owners.yaml"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(tmp_path: Path, name: str, body: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(UsageError, match=says):
        read(path)


def test_half_of_a_character_in_yaml_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text('- {id: "\\ud800", email: bob@acme.example}\n')
    [bob] = read(path).records(Identity)
    assert (bob.ref.key, bob.name) == ("?", "bob@acme.example")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.csv")


def test_an_id_that_two_rows_have_takes_nobodys_place(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,email,left_on\n7,carol@acme.example,2026-03-03\n7,dan@acme.example,\n")
    snapshot = read(path)
    [carol] = snapshot.records(Identity)
    assert carol.emails == ("carol@acme.example",)
    assert carol.active is False
    [gap] = snapshot.records(Gap)
    assert gap.detail == "line 3 has the id 7 of line 2"


OWNERS = """\
# whose the machines are
- machine: github:deploybot
  owner: team:acme/platform
  because: the releases
- machine: vault:acme/auth/approle/backup
  owner: [bob@acme.example, erin@acme.example]
  because: the backups
"""


def machines_of(snapshot: Snapshot) -> list[tuple[str, list[str], str, int]]:
    [tenant] = snapshot.entities(Kind.TENANT)
    told = tenant.attributes.get("machines", [])
    return [(each["machine"], each["owners"], each["because"], each["line"]) for each in told]


def test_owners_of_machines_in_yaml_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "owners.yaml"
    path.write_text(OWNERS)
    assert machines_of(read(path)) == [
        ("github:deploybot", ["team:acme/platform"], "the releases", 2),
        ("vault:acme/auth/approle/backup", ["bob@acme.example", "erin@acme.example"], "the backups", 5),
    ]
    validator = jsonschema_rs.validator_for(SCHEMA)
    assert validator.is_valid(yaml.safe_load(OWNERS))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "both.csv",
            "email,left_on,machine,owner,because\na@acme.example,,,,\n,,github:x,a@acme.example;team:t,it is\n",
        ),
        (
            "both.json",
            '[{"email": "a@acme.example"}, {"machine": "github:x", "owner": ["a@acme.example", "team:t"], "because": "it is"}]',
        ),
    ],
)
def test_one_list_may_hold_people_and_machines(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    snapshot = read(path)
    assert [each.name for each in snapshot.records(Identity)] == ["a@acme.example"]
    [(machine, owners, because, _)] = machines_of(snapshot)
    assert (machine, owners, because) == ("github:x", ["a@acme.example", "team:t"], "it is")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("- machine: github:x\n  because: y\n", "line 1 names no owner of the machine github:x"),
        ("- machine: github:x\n  owner: bob\n", "line 1 gives no reason for the owner of the machine github:x"),
        ("- owner: bob\n", "line 1 names neither an id nor an address"),
        ("- github:x\n", "line 1 names neither an id nor an address"),
    ],
)
def test_a_row_about_a_machine_that_says_too_little_is_a_gap(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "owners.yml"
    path.write_text(row)
    gaps = {gap.detail: gap.facet for gap in read(path).records(Gap)}
    assert gaps[says] == (RosterFacet.MACHINES if "machine" in says else RosterFacet.PEOPLE)
    assert RosterFacet.MACHINES in gaps.values(), "any row of such a list may have been about a machine"
    assert machines_of(read(path)) == []
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(yaml.safe_load(row))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("machine: x\n", "is not a list"),
        ("", "is not a list"),
        ("- [a, {b: c}\n", "owners.yaml:2: expected"),
        ("[" * 100_000, "owners.yaml"),
        ("- !!python/object:os.system x\n", "owners.yaml:1: could not determine a constructor"),
    ],
)
def test_a_bad_list_in_yaml_is_refused_with_a_sentence(tmp_path: Path, body: str, says: str) -> None:
    path = tmp_path / "owners.yaml"
    path.write_text(body)
    with pytest.raises(UsageError, match=says):
        read(path)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_cells_are_parted_by_what_the_first_line_shows(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "people.csv"
    rows = (
        ("Name", "email", "left_on", "accounts"),
        ("Carol", "carol@acme.example", "2026-03-03", '"github:carol;gitlab:carol"'),
    )
    path.write_text("".join(f"{mark.join(row)}\n" for row in rows))
    [carol] = read(path).records(Identity)
    assert (carol.name, carol.active) == ("carol@acme.example", False)
    assert carol.attributes["accounts"] == ["github:carol", "gitlab:carol"]


@pytest.mark.parametrize(
    ("head", "meant"),
    [
        ("lefton", "left_on"),
        ("Left on", "left_on"),
        ("maneger", "manager"),
        ("naem", "name"),
        ("acocunts", "accounts"),
        ("shoe size", ""),
        ("left", ""),
        ("inactive", ""),
        ("manager_id", ""),
        ("fname", ""),
    ],
)
def test_a_column_that_is_nearly_one_of_ours_is_a_gap(tmp_path: Path, head: str, meant: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"email,{head}\ncarol@acme.example,x\n")
    told = [gap.detail for gap in read(path).records(Gap)]
    assert told == ([f"the column `{head.lower()}` is not read: did you mean `{meant}`?"] if meant else [])


def test_a_misspelt_column_that_is_needed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,e-mail\nCarol,carol@acme.example\n")
    with pytest.raises(UsageError) as refused:
        read(path)
    assert "Did you mean `email` by `e-mail`?" in str(refused.value.hint)


def test_how_somebody_is_employed_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,employment\ndave@acme.example,Contractor\nbob@acme.example,\n")
    told = {each.name: each.attributes.get("employment") for each in read(path).records(Identity)}
    assert told == {"dave@acme.example": "Contractor", "bob@acme.example": None}


def test_an_address_with_two_letters_swapped_is_told_and_that_nothing_joins_anybody(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,emial,name,left_on\n7,carol@acme.example,Carol,2026-03-03\n")
    assert sorted(gap.detail for gap in read(path).records(Gap)) == [
        "no column joins anybody to an account: it needs one of `email`, `emails`, `external_id`, `accounts`",
        "the column `emial` is not read: did you mean `email`?",
    ]


@pytest.mark.parametrize("column", ["email", "emails", "external_id", "accounts"])
def test_any_column_that_joins_people_is_enough(tmp_path: Path, column: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"id,{column}\n7,\n")
    assert not list(read(path).records(Gap))
    path.write_text("machine,owner,because\ngithub:x,bob@acme.example,it is\n")
    assert not list(read(path).records(Gap)), "a list of machines joins nobody, and need not"


def test_a_row_with_more_cells_than_columns_is_a_gap_unless_they_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "email;name;left_on;accounts;because\n"
        "carol@acme.example;Carol;2026-03-03;github:carol; gitlab:carol;HR\n"
        "bob@acme.example;Bob;;github:bob;review;;\n"
    )
    snapshot = read(path)
    assert [each.name for each in snapshot.records(Identity)] == ["bob@acme.example"]
    [gap] = snapshot.records(Gap)
    assert gap.detail == "line 2 has more cells than the first one: quote a cell with several values"
