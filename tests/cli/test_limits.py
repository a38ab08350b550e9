"""A list of a large company ends with how many more there are and how to see them; files hold all."""

import csv
import io

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.limits import left_out
from pipewarden.cli.main import main


def test_a_table_says_what_it_leaves_out() -> None:
    assert left_out(1_000, 1_000) == ""
    said = left_out(104_635, 1_000, "--match narrows them")
    assert said == " (the first 1,000 are shown; --limit shows more, --match narrows them, --format csv has all)"


def test_a_list_shows_as_many_rows_as_one_asks_for(ask) -> None:  # type: ignore[no-untyped-def]
    whole, said = ask("list", "accounts", "--kind", "account")
    assert "are shown" not in said
    short, told = ask("list", "accounts", "--kind", "account", "--limit", "2")
    assert "(the first 2 are shown; --limit shows more" in told
    accounts = next(each for each in said.split(", as of")[0].split()[-2:] if each.isdigit())
    assert f"{accounts} accounts, as of" in told, "the count is that of all"
    assert len(short) < len(whole)


def test_all_people_are_limited_too(ask) -> None:  # type: ignore[no-untyped-def]
    out, err = ask("identity", "--limit", "1")
    assert "people (the first 1 are shown" in err
    assert len(out) < len(ask("identity")[0])


def test_a_file_has_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    def rows(*more: str) -> list[dict[str, str]]:
        assert ended(main, ["--demo", "list", "accounts", "--format", "csv", *more]) == 0
        return list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))

    assert len(rows()) > 2
    assert rows("--limit", "2") == rows()


def test_no_rows_are_refused(ask) -> None:  # type: ignore[no-untyped-def]
    assert "--limit" in ask("list", "accounts", "--limit", "0", code=2)[1]
