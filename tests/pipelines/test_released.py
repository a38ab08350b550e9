"""Versions of actions: what a name can stand for, which ranges cover it, and the version written beside a commit."""

import pytest

from pipewarden.pipelines.advisories import KNOWN, KNOWN_UP_TO, about
from pipewarden.pipelines.released import ANYTHING, Covers, covers, span_of
from pipewarden.pipelines.uses import read_uses
from pipewarden.pipelines.versions import Versions

SHA = "a" * 40


@pytest.mark.parametrize(
    ("affected", "name", "expected"),
    [
        (">= 4.0.0, < 4.1.3", "v4.1.2", Covers.ALL),
        (">= 4.0.0, < 4.1.3", "v4.1.3", Covers.NONE),
        (">= 4.0.0, < 4.1.3", "v4.1.3-rc.1", Covers.ALL),
        (">= 4.0.0, < 4.1.3", "v4", Covers.SOME),
        (">= 4.0.0, < 4.1.3", "v4.0", Covers.ALL),
        (">= 4.0.0, < 4.1.3", "v4.1", Covers.SOME),
        (">= 4.0.0, < 4.1.3", "v4.2", Covers.NONE),
        (">= 4.0.0, < 4.1.3", "v3", Covers.NONE),
        (">= 4.0.0, < 4.1.3", "v5", Covers.NONE),
        ("<= 45.0.7", "45.0.7", Covers.ALL),
        ("<= 45.0.7", "v45", Covers.SOME),
        ("<= 45.0.7", "v44", Covers.ALL),
        ("> 1.0.0, <= 2.0.0", "v1.0.0", Covers.NONE),
        ("= 1", "v1", Covers.ALL),
        ("= 1", "v1.3.0", Covers.NONE),
        ("= 1.2.3", "v1.2.3", Covers.ALL),
        ("= 1.2.3", "v1", Covers.SOME),
        (">= 0", "v9", Covers.ALL),
        ("< 2", "release-v1.9.9", Covers.ALL),
        ("< 2", "pkg/v2.0.0", Covers.NONE),
        ("whatever", "v1.0.0", Covers.SOME),
        ("< 4.1.3", "v4.x", Covers.SOME),
    ],
)
def test_a_range_covers_all_none_or_some_of_what_a_name_stands_for(affected: str, name: str, expected: Covers) -> None:
    span = span_of(name)
    assert span is not None
    assert covers(affected, span) is expected


def test_a_branch_can_stand_for_anything() -> None:
    assert span_of("main") is None
    assert covers("< 4.1.3", ANYTHING) is Covers.SOME
    assert covers(">= 0", ANYTHING) is Covers.ALL


@pytest.mark.parametrize("name", ["", "v", "main", "2024", "v1." + "1" * 200, "x" * 10_000, "v1.2.3.4.5"])
def test_odd_names_are_read_or_refused_and_never_break(name: str) -> None:
    span = span_of(name)
    assert span is None or span.low <= span.high


@pytest.mark.parametrize(
    ("line", "version"),
    [
        (f"uses: actions/checkout@{SHA} # v4.2.2", "v4.2.2"),
        (f"uses: actions/checkout@{SHA}  #v4", "v4"),
        (f"uses: 'actions/checkout@{SHA}' # tag=v4.2.2", "v4.2.2"),
        (f"{{uses: actions/checkout@{SHA}}} # pin@v4", "v4"),
        (f"uses: actions/checkout@{SHA} # ratchet:actions/checkout@v4", "v4"),
        (f"uses: actions/checkout@{SHA} # 4.2.2, by hand", "4.2.2"),
        (f"uses: actions/checkout@{SHA} # release-v2.0.1\r", "release-v2.0.1"),
        (f"uses: actions/checkout@{SHA} # pinned on 2024-01-01", ""),
        (f"uses: actions/checkout@{SHA} # 3 jobs need it", ""),
        (f"uses: actions/checkout@{SHA} # main", ""),
        (f"uses: actions/checkout@{SHA}", ""),
        (f"uses: >-\n  actions/checkout@{SHA}", ""),
        ("uses: actions/checkout@v4 # v4.2.2", ""),
    ],
)
def test_the_version_beside_a_pinned_commit(line: str, version: str) -> None:
    text = line.partition("uses: ")[2] if line.startswith("uses: ") else line[7:]
    word = "actions/checkout@v4" if SHA not in text else f"actions/checkout@{SHA}"
    told = Versions(f"on: push\n{line}\n").beside(read_uses(word), 2)
    assert told == ({"version": version} if version else {})


def test_what_ships_is_dated_named_once_and_readable() -> None:
    assert KNOWN_UP_TO.year >= 2026
    assert len({(each.action, each.id) for each in KNOWN}) == len(KNOWN)
    for each in KNOWN:
        assert each.action == each.action.lower()
        assert each.source == f"https://github.com/advisories/{each.id}"
        assert covers(each.affected, ANYTHING) is Covers.SOME, each
        assert not each.patched or covers(each.affected, span_of(each.patched)) is Covers.NONE  # type: ignore[arg-type]


def test_an_advisory_about_one_path_is_not_about_its_neighbour() -> None:
    part = KNOWN[0]._replace(action="a/b/one")
    assert about("A/B", "one", (part,)) == (part,)
    assert about("a/b", "two", (part,)) == about("a/b", "", (part,)) == ()
    assert about("tj-actions/changed-files", "")[0].id == "GHSA-mrrh-fwg8-r2c3"
