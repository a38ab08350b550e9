"""Groovy's strings and comments are told apart as Groovy tells them."""

import pytest

from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.strings import holes, literal, value
from pipewarden.pipelines.jenkins.tokens import GSTRING, MAX_TOKENS, TEXT, Source
from pipewarden.pipelines.yaml_tree import Position


def kinds(text: str) -> list[str]:
    return Source(text).kinds[:-1]


def first(text: str) -> str:
    source = Source(text)
    return value(source, 0)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("'it\\'s'", "it's"),
        ('"a $ sign"', "a $ sign"),
        ("'''two\nlines'''", "two\nlines"),
        ('"""a "quoted" word"""', 'a "quoted" word'),
        ("$/a / and $$ stay/$", "a / and $$ stay"),
        ("'\\u0041\\n'", "A\n"),
        ("''", ""),
        ("''''''", ""),
        ("'''it''s'''", "it''s"),
    ],
)
def test_a_string_of_every_kind_is_one_token(written, says):
    assert kinds(written) == [TEXT]
    assert first(written) == says


@pytest.mark.parametrize(
    ("written", "expressions"),
    [
        ('"${params.A} and $env.B."', ["params.A", "env.B"]),
        ('"${list.join("}")} end"', ['list.join("}")']),
        ('"\\${NOT} ${YES}"', ["YES"]),
        ('"""\n${a ? "x${b}" : \'y\'}\n"""', ["a ? \"x${b}\" : 'y'"]),
        ("'${NOT}'", []),
        ("'''${NOT}'''", []),
    ],
)
def test_what_groovy_puts_into_a_string_is_seen_and_what_the_shell_does_is_not(written, expressions):
    source = Source(written)
    assert len(source.kinds) == 2
    assert [expression for expression, _ in holes(source, 0)] == expressions


def test_a_slash_divides_or_opens_a_string():
    assert kinds("a = b / c / d").count("/") == 2
    assert kinds("x =~ /ab+\\/c/") == ["name", "=~", TEXT]
    assert kinds("if (x ==~ /${y}/) {}").count(GSTRING) == 1
    assert kinds("total / 2\nother / 3").count(TEXT) == 0


def test_comments_hold_no_code():
    assert kinds("#!/usr/bin/env groovy\n// sh 'x'\n/* stage('a') { */ a") == ["line", "line", "name"]
    assert kinds("'http://acme.example' // a comment") == [TEXT]
    assert kinds("'**/*.txt' + '*/'") == [TEXT, "+", TEXT]


def test_places_are_lines_and_columns():
    source = Source("a\n  'b'\r\n\tc")
    places = [source.position(at) for at in range(5)]
    assert [(place.line, place.column) for place in places] == [(1, 1), (1, 2), (2, 3), (2, 7), (3, 2)]


def test_brackets_that_do_not_match_are_told_and_closed():
    source = Source("a { b ( c }\n]")
    assert [message for _, message in source.faults] == ["a `(` is not closed", "a `]` closes nothing"]
    assert source.close[1] == 5


def test_a_string_that_is_not_closed_is_told():
    assert Source("sh 'abc\nb").faults == [(3, "a string is opened and not closed")]
    assert Source('sh """abc\nb').faults == [(3, "a string is opened and not closed")]


def test_a_chain_of_strings_is_one_text_and_a_computed_one_is_none():
    source = Source("'a' + 'b' + c")
    assert literal(source, 0, 3) == "ab"
    assert literal(source, 0, 5) is None


def test_too_many_words_are_not_half_read():
    assert Source("a " * (MAX_TOKENS + 1)).cut


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_comment_ends_with_its_line_however_that_ends(end: str) -> None:
    # the grammar of Groovy ends a line, and so a comment, at each of the three: https://groovy-lang.org/syntax.html#_single_line_comment
    lines = (
        "pipeline { // all of it",
        "  agent any",
        "  stages { stage('A') { steps {",
        "    withCredentials([string(credentialsId: 'key', variable: 'T')]) { sh 'x' } } } }",
        "}",
    )
    definition = read_jenkinsfile("Jenkinsfile", end.join(lines))
    assert not definition.faults
    [read] = [read for job in definition.jobs for read in job.secrets]
    assert (read.name, read.position) == ("key", Position(4, 44))
