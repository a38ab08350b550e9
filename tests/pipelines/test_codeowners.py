"""CODEOWNERS by GitHub's rules: alice owns acme, bob and the team platform own parts of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.codeowners import MAX_BYTES, read_codeowners


def owners(text, path):
    return read_codeowners("CODEOWNERS", text).owners_of(path)


def test_the_last_rule_that_matches_decides():
    text = "* @alice\n*.js @bob\n"
    assert owners(text, "src/web.js") == ("@bob",)
    assert owners(text, "src/web.py") == ("@alice",)


def test_a_rule_without_owners_takes_them_away():
    text = "/apps/ @alice\n/apps/github\n"
    assert owners(text, "apps/web/main.py") == ("@alice",)
    assert owners(text, "apps/github/main.py") == ()
    rule = read_codeowners("CODEOWNERS", text).rule_for("apps/github/main.py")
    assert rule is not None
    assert rule.line == 2
    assert read_codeowners("CODEOWNERS", text).rule_for("other") is None


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        # https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#example-of-a-codeowners-file
        ("*", "a/b/c", True),
        ("*.js", "deep/in/side.js", True),
        ("/build/logs/", "build/logs/x/y", True),
        ("/build/logs/", "src/build/logs/x", False),
        ("docs/*", "docs/start.md", True),
        ("docs/*", "docs/build/start.md", False),
        ("docs/*", "src/docs/start.md", False),
        ("apps/", "src/apps/x", True),
        ("apps/", "apps", False),
        ("/docs/", "docs/a/b", True),
        ("/docs/", "src/docs/a", False),
        ("/apps/github", "apps/github", True),
        ("/apps/github", "apps/github/x/y", True),
        ("/apps/github", "apps/github2", False),
        ("**/logs", "build/logs", True),
        ("**/logs", "deeply/nested/logs/x", True),
        ("**/logs", "logs", True),
        ("/.github/", ".github/workflows/ci.yml", True),
        (".github/workflows/*.yml", ".github/workflows/ci.yml", True),
        (".github/workflows/*.yml", ".github/workflows/ci.yaml", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "b/a/z", False),
        ("docs/**", "docs/a/b", True),
        ("docs/**", "docs", False),
        ("/*", "README.md", True),
        ("/*", "src/README.md", False),
        ("?at.md", "cat.md", True),
        ("?at.md", "/at.md", False),
        ("my\\ file.md", "my file.md", True),
        ("README.md", "readme.md", False),
        ("a.c", "abc", False),
    ],
)
def test_a_pattern_covers_a_path(pattern, path, matches):
    assert bool(owners(f"{pattern} @alice", path)) is matches


def test_comments_and_blank_lines_are_nothing():
    text = "# owners of acme\n\n   # more\n*.js @bob # bob knows it\n*.py @alice #@bob\n"
    read = read_codeowners("CODEOWNERS", text)
    assert read.faults == ()
    assert [rule.owners for rule in read.rules] == [("@bob",), ("@alice",)]


def test_owners_are_accounts_teams_and_addresses():
    read = read_codeowners("CODEOWNERS", "* @alice @acme/platform bob@acme.example @bob_acme\n")
    assert read.rules[0].owners == ("@alice", "@acme/platform", "bob@acme.example", "@bob_acme")


@pytest.mark.parametrize(
    ("line", "column"),
    [("!*.js @bob", 1), ("\\#x @bob", 1), ("[Section] @bob", 1), ("*.[ch] @bob", 1), ("*.js bob", 6), ("*.js @", 6)],
)
def test_a_line_github_skips_is_reported_and_does_not_count(line, column):
    read = read_codeowners("CODEOWNERS", f"* @alice\n{line}\n")
    assert [(fault.line, fault.column) for fault in read.faults] == [(2, column)]
    assert read.owners_of("x.js") == ("@alice",)


def test_a_file_over_three_megabytes_owns_nothing():
    line = "# padding padding padding\n"
    small = read_codeowners("CODEOWNERS", "* @alice\n" + line * 10)
    large = read_codeowners("CODEOWNERS", "* @alice\n" + line * (MAX_BYTES // len(line) + 1))
    assert small.owners_of("x") == ("@alice",)
    assert large.owners_of("x") == ()
    assert len(large.faults) == 1


def test_windows_line_ends_do_not_belong_to_owners():
    assert owners("* @alice\r\n", "x") == ("@alice",)


def test_hostile_patterns_are_matched_at_once():
    pattern = "/" + "*a" * 200 + "/" + "**/b/" * 200 + "*c"
    assert owners(f"{pattern} @alice", "a" * 200 + "/" + "b/" * 199 + "x") == ()
    assert owners(f"{pattern} @alice", "a" * 200 + "/" + "b/" * 200 + "xc") == ("@alice",)


def by_hand(pattern: str, path: str) -> bool:
    """The rules once more, spelled out: try every way a star can fall."""

    def parts(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
        if not wanted:
            return not have
        if wanted[0] == "**":
            return any(parts(wanted[1:], have[n:]) for n in range(len(have) + 1))
        return bool(have) and one(wanted[0], have[0]) and parts(wanted[1:], have[1:])

    def one(glob: str, name: str) -> bool:
        expression = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in glob)
        return re.fullmatch(expression, name) is not None

    have = tuple(path.split("/"))
    anchored = "/" in pattern.rstrip("/")
    folder = pattern.endswith("/")
    wanted = tuple(part for part in pattern.strip("/").split("/") if part)
    if not wanted:
        return False
    shallow = anchored and not folder and wanted[-1] == "*"
    while len(wanted) > 1 and wanted[-1] == "**":
        wanted, folder = wanted[:-1], True
    if not anchored:
        wanted = ("**", *wanted)
    for length in range(1, len(have) + 1):
        if (shallow and length != len(have)) or (folder and length == len(have)):
            continue
        if set(wanted) == {"**"} or parts(wanted, have[:length]):
            return True
    return False


names = st.text("ab.", min_size=1, max_size=4).filter(lambda name: name != ".")
globs = st.one_of(st.just("**"), st.text("ab.*?", min_size=1, max_size=5).filter(lambda g: "**" not in g))


@given(st.booleans(), st.lists(globs, min_size=1, max_size=4), st.booleans(), st.lists(names, min_size=1, max_size=5))
def test_matching_agrees_with_trying_every_way(lead, wanted, folder, have):
    pattern = "/" * lead + "/".join(wanted) + "/" * folder
    path = "/".join(have)
    assert bool(owners(f"{pattern} @alice", path)) is by_hand(pattern, path)
