"""Hostile scripts: whatever stands in them, they are read in bounded time and depth, and nothing is raised."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.pipelines.carried.shell import MOST_TEXT, Script, commands_of, parts_of
from tests.pipelines.carried.test_flows import asked, kind, script

MARKS = "${}()`'\"<>|&;\n#\\ =ab\tEOF"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=MARKS, max_size=200))
def test_any_text_is_a_script(text):
    read = Script(text + "\necho t=1 >> $GITHUB_OUTPUT")
    assert set(read.written("GITHUB_OUTPUT").values) >= set()
    parts_of(text)
    assert all(command.text for command in commands_of(text))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=MARKS, max_size=120), st.text(alphabet=MARKS, max_size=60))
def test_any_text_is_followed(first, second):
    step = script(f'echo "t={first}" >> $GITHUB_OUTPUT\n{second}')
    assert kind(asked("steps.x.outputs.t", step)) in {"own", "open", "theirs"}


@pytest.mark.parametrize(
    "text",
    [
        "echo t=" + "$(" * 5_000 + ")" * 5_000 + " >> $GITHUB_OUTPUT",
        "echo t=" + "$(echo " * 2_000 + "1" + ")" * 2_000 + " >> $GITHUB_OUTPUT",
        "".join(f"V{n}=$V{n + 1}$V{n + 2}\n" for n in range(400)) + "echo t=$V0 >> $GITHUB_OUTPUT",
        "".join(f"V{n}=$(echo $V{n + 1}$V{n + 2})\n" for n in range(400)) + "echo t=$V0 >> $GITHUB_OUTPUT",
        "(" * 5_000 + "echo t=1" + ")" * 5_000 + " >> $GITHUB_OUTPUT",
        "echo t=1 >> $GITHUB_OUTPUT\n" + "cat <<A\nA\n" * 2_000,
        "echo t=1 >> $GITHUB_OUTPUT\n" + "${{" * (MOST_TEXT // 3),
        "echo t=1 >> $GITHUB_OUTPUT\n" + "echo x > f\ncat f\n" * 1_000,
    ],
)
def test_deep_and_wide_scripts_end(text):
    assert kind(asked("steps.x.outputs.t", script(text))) in {"own", "open"}


def test_deep_and_wide_javascript_ends():
    text = "".join(f"const v{n} = v{n + 1} + v{n + 2};\n" for n in range(300)) + "return v0"
    step = {"id": "x", "uses": "actions/github-script@v7", "with": {"script": text}}
    assert kind(asked("steps.x.outputs.result", step)) == "open"
