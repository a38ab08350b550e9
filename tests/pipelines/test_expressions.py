"""Expressions are read for what they touch and for what can come out of them."""

import pytest

from pipewarden.pipelines.expressions import MAX_LENGTH, find, parse


def reads(text):
    return [reference.dotted for reference in parse(text).reads]


def flows(text):
    return [reference.dotted for reference in parse(text).flows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("secrets.NPM_TOKEN", ["secrets.npm_token"]),
        ("secrets['NPM_TOKEN']", ["secrets.npm_token"]),
        ("SECRETS.npm_token", ["secrets.npm_token"]),
        ("secrets[matrix.name]", ["matrix.name", "secrets.*"]),
        ("toJSON(secrets)", ["secrets"]),
        ("github.event.commits[0].message", ["github.event.commits.*.message"]),
        ("join(github.event.commits.*.message, ' ')", ["github.event.commits.*.message"]),
        ("steps.a-b.outputs.c_d", ["steps.a-b.outputs.c_d"]),
        ("'secrets.NPM_TOKEN'", []),
        ("always() && true", []),
    ],
)
def test_an_expression_reads_these_contexts(text, expected):
    assert reads(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github.head_ref", ["github.head_ref"]),
        ("format('x {0}', github.head_ref)", ["github.head_ref"]),
        ("github.head_ref || github.ref_name", ["github.head_ref", "github.ref_name"]),
        ("github.head_ref && inputs.x", ["inputs.x"]),
        ("fromJSON(github.head_ref).part", ["github.head_ref"]),
        ("(github.head_ref)", ["github.head_ref"]),
        # near misses: the result is true or false, or a fixed text
        ("github.head_ref == 'main'", []),
        ("contains(github.head_ref, 'x')", []),
        ("startsWith(github.event.comment.body, '/deploy')", []),
        ("!github.head_ref", []),
        ("github.head_ref == 'main' && 'yes' || 'no'", []),
        ("hashFiles(github.head_ref)", []),
    ],
)
def test_what_can_come_out_of_an_expression(text, expected):
    assert flows(text) == expected


def test_the_fixed_texts_an_expression_can_give():
    assert parse("github.ref == 'x' && 'production' || 'staging'").texts == ("production", "staging")


@pytest.mark.parametrize("text", ["secrets.A +", "((secrets.A)", "secrets.A secrets.B", "secrets.", "${{ secrets.A"])
def test_what_cannot_be_parsed_still_names_its_contexts(text):
    expression = parse(text)
    assert expression.broken
    assert any(reference.context == "secrets" for reference in expression.reads)
    assert expression.flows == expression.reads


def test_an_expression_longer_than_github_takes_is_broken():
    assert parse(" || ".join(["github.sha"] * (MAX_LENGTH // 10 + 1))).broken


def test_expressions_are_found_in_order_with_their_places():
    value = "a ${{ github.sha }} b ${{ secrets.A }}"
    assert [(value[p.start : p.end]) for p in find(value)] == ["${{ github.sha }}", "${{ secrets.A }}"]


def test_braces_inside_a_string_do_not_close():
    assert [p.expression.text for p in find("${{ format('}}{0}', github.sha) }} and ${{ inputs.x }}")] == [
        "format('}}{0}', github.sha)",
        "inputs.x",
    ]


def test_an_open_quote_does_not_hide_what_follows():
    assert [p.expression.text for p in find("${{ it's }} ${{ secrets.A }}")][-1].endswith("secrets.A")


def test_an_expression_that_is_not_closed_is_none():
    assert list(find("${{ secrets.A")) == []
