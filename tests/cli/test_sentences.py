"""Every sentence of the demo's report and of the checks, read as its reader would: short, grammatical, a step to take."""

import json
import re
from functools import lru_cache
from typing import Any

import pytest
from click.testing import CliRunner

from pipewarden.checks import ALL
from pipewarden.cli.main import main

LONGEST = 160
"""Characters of one sentence."""

LOOKS = re.compile(r"(See|Check|Look|Go through|Read|Review|Decide|Find out|Ask (who|why|whether|if))\b")
"""How a step begins that only looks: the first step of a remedy ends the finding."""

BAD = {
    "a word twice": re.compile(r"\b([a-z]+) \1\b", re.IGNORECASE),
    "one of many": re.compile(
        r"(?<![\d,.])1 (people|secrets|repositories|findings|machines|runners|owners|members|checks|keys|tokens|days)\b"
    ),
    "many of one": re.compile(
        r"\b([2-9]|\d\d+) (person|secret|repository|finding|machine|runner|owner|member|check)\b"
    ),
    "nought as a number": re.compile(r"(?<![\d,.])0 (people|person|secrets|machines|runners)\b"),
    "a code of ours": re.compile(r"\b(token:[a-z]|direct_member)"),
    "space before a mark": re.compile(r" [,;.:]( |$)"),
}


@lru_cache
def report() -> dict[str, Any]:
    done = CliRunner().invoke(main, ["--demo", "--quiet", "audit", "--no-store", "--format", "json"])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sentences() -> list[tuple[str, str]]:
    """Return what the report says, each sentence with where it stands."""
    whole = report()
    told = [(each["check"], each["says"]) for each in whole["findings"]]
    told += [(f"{each['check']} reaches", reach) for each in whole["findings"] for reach in each["reach"]]
    told += [("fix next", fix[part]) for fix in whole["fix_next"] for part in ("step", "why")]
    told += [(f"gap {each['facet']}", each["detail"]) for each in whole["gaps"]]
    return told


@pytest.mark.parametrize("fault", BAD)
def test_no_sentence_of_the_report_has_a_fault(fault: str) -> None:
    assert len(sentences()) > 200
    assert [told for told in sentences() if BAD[fault].search(told[1])] == []


def test_a_finding_is_one_short_sentence() -> None:
    assert [told for told in sentences() if len(told[1]) > LONGEST and told[0] != "fix next"] == []


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_a_check_is_told_in_short_sentences_and_its_remedy_begins_with_a_fix(check: Any) -> None:
    info = check.info
    for text in (info.title, *info.remedy, *re.split(r"(?<=[.:;]) ", info.rationale)):
        assert len(text) <= LONGEST
        for name, fault in BAD.items():
            assert not fault.search(text), f"{name}: {text}"
    assert not LOOKS.match(info.remedy[0]), info.remedy[0]


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize(
    "command",
    [
        "audit --no-store",
        "who-can push acme/web",
        "who-can deploy env:acme/web/production --paths",
        "what-can bob",
        "why carol acme/web",
        "reach dave",
        "without bob@team:platform",
        "diff previous",
        "list admins",
        "list machines",
        "list resources",
        "list credentials",
        "leavers",
        "leavers deploy",
        "reach fork",
        "reach carol --person",
        "identity",
        "identity carol",
        "pipelines",
        "snapshots",
        "ledger",
        "checks list",
        "checks list --not-built",
        "checks explain gh.pat.fg_owner_left",
    ],
)
def test_no_line_is_wider_than_the_screen_and_no_name_or_date_is_cut(command: str, columns: int) -> None:
    done = CliRunner().invoke(main, ["--demo", "--quiet", *command.split()], env={"COLUMNS": str(columns)})
    assert done.exit_code in {0, 1}, done.output
    lines = done.stdout.splitlines()
    addresses = ("https://", "DELETE /", "POST /", "PUT /", "/orgs/", "/repos/")
    wide = [line for line in lines if len(line) > columns and not any(part in line for part in addresses)]
    assert wide == []
    text = "\n".join(lines)
    assert not re.search(r"\d{4}-(\d\d-)?$", text, re.MULTILINE), "a date is cut"
    for start in ("administe", "organizat", "reposito", "product"):
        assert not re.search(rf"\b{start}\s*$", text, re.MULTILINE), f"a word is cut after {start}"
