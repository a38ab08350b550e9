"""A secret is found as a shell reads it: parts that it joins, and the escapes of its own quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.plain import FileKind, file_kind, find_secrets, spoken
from pipewarden.pipelines.plain.spoken import pieces
from tests.pipelines.plain import tokens

KEY = b"a key of the estate acme"
PAT, DRAWN, CHOSEN = tokens.classic("gh" + "p_"), tokens.drawn(32), tokens.password()
HEAD, TAIL = PAT[:9], PAT[9:]
RUN = "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          "


def coded(text: str, how: str = "x") -> str:
    """Return a text as the escapes of a shell."""
    forms = {"x": "\\x{:x}", "u": "\\u{:04x}", "octal": "\\{:o}"}
    return "".join(forms[how].format(ord(letter)) for letter in text)


def find(text, path="ci/deploy.sh"):
    return find_secrets(path, text, file_kind(path, text), KEY)


def told(text, path="ci/deploy.sh"):
    return [(found.kind, found.where, found.position.line) for found in find(text, path)]


def mark_of(value):
    [found] = find_secrets(".env", f"API_TOKEN={value}\n", FileKind.ENV, KEY)
    return found.fingerprint


@pytest.mark.parametrize("how", ["x", "u", "octal"])
def test_the_escapes_of_a_shell_are_read(how):
    [found] = find(f"export X=$'{coded(PAT[:2], how)}{PAT[2:]}'\n")
    assert (found.kind, found.fingerprint, found.length) == ("github_pat", mark_of(PAT), len(PAT))
    assert (found.position.line, found.position.column) == (1, 10)


@pytest.mark.parametrize(
    "line",
    [f"T=$'{coded(PAT[:1])}'{PAT[1:]}", f"T={PAT[:2]}$'{coded(PAT[2])}'{PAT[3:]}", f"curl -H \"x: \"$'{coded(PAT)}'"],
)
def test_a_quote_may_be_a_part_of_a_word(line):
    [found] = find(f"set -e\n{line}\n")
    assert (found.kind, found.fingerprint, found.position.line) == ("github_pat", mark_of(PAT), 2)


def test_a_name_tells_of_what_the_escapes_say():
    assert told(f"PASSWORD=$'{coded(CHOSEN)}'\n") == [("password", "PASSWORD", 1)]
    assert told(f"{RUN}DB_PASSWORD=$'{coded(CHOSEN[:3])}{CHOSEN[3:]}'\n", ".github/workflows/a.yml") == [
        ("password", "jobs.deploy.steps[0].run", 7)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "RED=$'\\x1b[31m'", "IFS=$'\\n\\t'", "TOKEN=$'\\xEF\\xBB\\xBF'", "PASSWORD=$'plain'", "X='\\x67'", "NUL=$'\\0'",
        f"X='{coded(PAT[:1])}{PAT[1:]}'", f'X="{coded(PAT[:1])}{PAT[1:]}"', "echo $'it\\'s'",
    ],
)  # fmt: skip
def test_colours_line_ends_and_other_quotes_are_none(line):
    assert told(f"{line}\n") == []


def test_parts_that_a_shell_joins_are_one():
    [found] = find(f'A={HEAD}\nB="{TAIL}"\nexport X="$A$B"\n')
    assert (found.kind, found.fingerprint, found.length) == ("github_pat", mark_of(PAT), len(PAT))
    assert (found.position.line, found.position.column) == (3, 11)
    braces = f"{RUN}A={PAT[:4]}; B={PAT[4:20]}\n          C={PAT[20:]}\n          login ${{A}}${{B}}$C\n"
    assert told(braces, ".github/workflows/a.yml") == [("github_pat", "jobs.deploy.steps[0].run", 9)]
    in_env = f'env:\n  A: {HEAD}\n  B: "{TAIL}"\n{RUN}login "${{A}}${{B}}"\n'
    assert told(in_env, ".github/workflows/a.yml") == [("github_pat", "jobs.deploy.steps[0].run", 10)]


def test_a_part_may_be_written_beside_them():
    assert told(f"A={PAT[4:20]}\nB={PAT[20:]}\nlogin gh{PAT[2:4]}$A$B\n") == [("github_pat", "", 3)]


@pytest.mark.parametrize(
    "text",
    [
        f'A={HEAD}\nB={TAIL}\nX="$A $B"\n',  # two words
        f'A={HEAD}\nX="$A$B"\n',  # the other comes from elsewhere
        f'A={HEAD}\nB={TAIL}\nB=other\nX="$A$B"\n',  # which of the two is not known
        f'A={HEAD}\nB=$(cat {TAIL})\nX="$A$B"\n',
        f'A={HEAD}\nB={TAIL}x\nX="$A$B"\n',  # no checksum of GitHub's
        f'A=cache-\nB={tokens.drawn(20)}\nTOKEN="$A$B"\nexport CACHE_KEY=${{A}}${{B}}\n',  # a name alone says too little
        'A=registry.acme.example/\nB=web\ndocker push "$A$B:$TAG"\n',
    ],
)
def test_other_parts_are_no_secret(text):
    assert told(text) == []


@pytest.mark.parametrize(
    "second",
    ["B=$(cat x)", 'B="$(cat x)"', 'B="${{ secrets.B }}"', "B=`cat x`", "read B", "read -r -s C B", "B=$OTHER"],
)
def test_a_part_that_is_also_given_something_else_is_not_known(second):
    assert told(f'A={HEAD}\nB={TAIL}\n{second}\nX="$A$B"\n') == []


@pytest.mark.parametrize("second", ["B=", 'B=""', "read C", "thread B", "C=$(cat x)"])
def test_what_gives_it_nothing_changes_nothing(second):
    assert told(f'{second}\nA={HEAD}\nB={TAIL}\nX="$A$B"\n') == [("github_pat", "", 4)]


def test_most_texts_have_nothing_to_put_together():
    assert pieces(f"{RUN}echo ${{{{ secrets.A }}}}${{{{ secrets.B }}}} $HOME/$X cost $5$6\n") == []
    assert pieces("") == []
    assert len(pieces("A=x\nB=y\n" + '"$A$B"\n' * 2_000)) == 500


def test_what_stands_beside_is_told_once():
    text = f"export GH={tokens.classic('gh' + 'p_', 3)} X=$'{coded(PAT[:1])}{PAT[1:]}'\n"
    assert [found.position.column for found in find(text)] == [11, 54]


WORDS = ("A", "B", "AB", "$A", "$B", "${A}", "=", ": ", "x", "read ", '"', " ", "\n", "\r\n", "-", "C=")


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_of_few_names_the_lines_that_hold_them_say_all(text):
    joined = f'{text}\n"$A$B"'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spoken, "FEW", 0)
        every = pieces(joined)
    assert pieces(joined) == every
