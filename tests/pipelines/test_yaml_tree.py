"""The tree reader keeps positions and limits, and never raises."""

import pytest

from pipewarden.pipelines.yaml_tree import MAX_CHARACTERS, MAX_DEPTH, Mapping, Scalar, Sequence, parse


def root_of(text: str) -> Mapping:
    tree = parse(text)
    assert tree.complete, tree.faults
    assert isinstance(tree.root, Mapping)
    return tree.root


def test_the_key_on_stays_text():
    assert [key.value for key, _ in root_of("on: push\nyes: no\n").pairs] == ["on", "yes"]


def test_every_node_knows_its_line_and_column():
    jobs = root_of("on: push\njobs:\n  web:\n    steps:\n      - run: make\n").get("jobs")
    assert isinstance(jobs, Mapping)
    key, web = jobs.pairs[0]
    assert (key.line, key.column) == (3, 3)
    assert isinstance(web, Mapping)
    steps = web.get("steps")
    assert isinstance(steps, Sequence)
    assert (steps.items[0].line, steps.items[0].column) == (5, 9)


def test_a_byte_order_mark_does_not_shift_the_first_line():
    key, value = root_of("\ufeffon: push").pairs[0]
    assert (key.value, key.column, value.column) == ("on", 1, 5)


def test_a_quoted_null_is_text_and_a_bare_one_is_nothing():
    root = root_of("a: ~\nb: '~'\nc:\nd: true\ne: 'true'\nf: yes\n")
    values = {key.value: value for key, value in root.pairs}
    nulls = {name for name, value in values.items() if isinstance(value, Scalar) and value.is_null}
    trues = {name for name, value in values.items() if isinstance(value, Scalar) and value.is_true}
    assert nulls == {"a", "c"}
    assert trues == {"d"}


def test_a_key_given_twice_is_a_fault_with_its_place_and_the_last_counts():
    tree = parse("a: 1\nb: 2\na: 3\n")
    assert [(fault.line, fault.column) for fault in tree.faults] == [(3, 1)]
    assert isinstance(tree.root, Mapping)
    value = tree.root.get("a")
    assert isinstance(value, Scalar)
    assert value.value == "3"


def test_the_same_key_in_two_mappings_is_no_fault():
    assert parse("a: {x: 1}\nb: {x: 1}\n").faults == ()


def test_an_alias_stands_for_its_anchor():
    root = root_of("a: &shared [x, y]\nb: *shared\n")
    assert root.get("a") == root.get("b")


@pytest.mark.parametrize(
    ("written", "value", "place"),
    [
        ("&x one", "one", (1, 7)),
        ("!!str &x 'one'", "'one'", (1, 13)),
        ("!<tag:yaml.org,2002:str> one", "one", (1, 29)),
        ("&x |\n  one", "|\n  one\n", (1, 7)),
        ("&x # said below\n  # here\n\n  one", "one", (4, 3)),
        ("&x\r\n  one", "one", (2, 3)),
        ("&x", "", (1, 6)),
    ],
)
def test_a_text_begins_behind_its_anchor_and_its_tag(written, value, place):
    text = f"a: {written}\n"
    found = root_of(text).get("a")
    assert isinstance(found, Scalar)
    assert (text[found.start : found.end], found.line, found.column) == (value, *place)


def test_merge_keys_are_a_fault_because_github_does_not_know_them():
    tree = parse("a: &shared {x: 1}\nb:\n  <<: *shared\n")
    assert [fault.line for fault in tree.faults] == [3]


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: *missing\n", "is not defined"), ("a: &me [*me]\n", "contains itself")],
)
def test_an_alias_without_a_finished_anchor_is_a_fault(text, says):
    assert [says in fault.message for fault in parse(text).faults] == [True]


def test_a_billion_laughs_are_refused_quickly():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    tree = parse("\n".join(lines))
    assert not tree.complete
    assert "nodes" in tree.faults[0].message


def test_a_chain_of_aliases_cannot_be_deeper_than_nesting_may_be():
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)]
    tree = parse("\n".join(lines))
    assert not tree.complete
    assert f"{MAX_DEPTH} deep" in tree.faults[0].message


@pytest.mark.parametrize("opener", ["[", "{", "- ", "? ", "a: ["])
def test_endless_nesting_is_refused_where_it_gets_too_deep(opener):
    tree = parse(opener * 100_000)
    assert not tree.complete
    assert len(tree.faults) == 1


def test_nesting_up_to_the_limit_is_read():
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH).complete
    assert not parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).complete


def test_a_file_larger_than_github_reads_is_refused():
    assert not parse("a" * (MAX_CHARACTERS + 1)).complete


@pytest.mark.parametrize("text", ["a: b\x00c\n", "a: b\x07\n", "a: \ud800\n"])
def test_a_character_yaml_does_not_allow_is_placed(text):
    tree = parse(text)
    assert not tree.complete
    assert tree.faults[0].line == 1
    assert "character" in tree.faults[0].message


def test_broken_yaml_is_a_fault_with_its_line():
    tree = parse("on: push\njobs:\n  a: [1\n  b: 2\n")
    assert not tree.complete
    assert tree.documents == ()
    assert tree.faults[0].line >= 3


def test_several_documents_are_told_apart_and_anchors_do_not_cross():
    tree = parse("--- &x a\n--- b\n--- *x\n")
    assert len(tree.documents) == 3
    assert [fault.line for fault in tree.faults] == [3]


def test_nothing_is_one_thing_and_an_empty_mapping_another():
    assert parse("").root is None
    assert isinstance(parse("{}").root, Mapping)


def test_custom_tags_are_kept_and_do_not_stop_the_reading():
    node = root_of("script: !reference [.setup, script]\n").get("script")
    assert isinstance(node, Sequence)
    assert node.tag == "!reference"
