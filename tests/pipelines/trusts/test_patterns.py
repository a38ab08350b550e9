"""Regular expressions and conditions as patterns: what they cover, and that they cover no less."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.trusts.cel import read_condition
from pipewarden.pipelines.trusts.fold import fold
from pipewarden.pipelines.trusts.regexes import is_anchored, patterns_of
from pipewarden.pipelines.trusts.stated import Claim

GITHUB = "https://token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("expression", "patterns"),
    [
        ("repo:acme/web:.*", ("repo:acme/web:*",)),
        (r"repo:acme/web\.site:ref:refs/heads/main", ("repo:acme/web.site:ref:refs/heads/main",)),
        ("repo:acme/(?:web|api):x", ("repo:acme/web:x", "repo:acme/api:x")),
        ("repo:acme/web(-next)?:x", ("repo:acme/web-next:x", "repo:acme/web:x")),
        ("a[^/]+b", ("a*b",)),
        ("^a$", ("a",)),
        ("(a|b|c|d)(a|b|c|d)(a|b|c|d)", ("*",)),
        ("(" * 50, ("*",)),
    ],
)
def test_an_expression_that_is_held_at_both_ends(expression: str, patterns: tuple[str, ...]) -> None:
    assert patterns_of(expression, searched=False) == patterns


@pytest.mark.parametrize(
    ("expression", "patterns", "anchored"),
    [
        ("acme/web", ("*acme/web*",), False),
        ("^acme/web$", ("acme/web",), True),
        ("^acme/web", ("acme/web*",), False),
        ("^acme/.*", ("acme/*",), True),
        (r"acme/web\$", ("*acme/web$*",), False),
        ("^a$|b", ("a", "*b*"), False),
        ("^(a|b)$", ("a", "b"), True),
    ],
)
def test_an_expression_that_is_searched_for(expression: str, patterns: tuple[str, ...], anchored: bool) -> None:
    assert patterns_of(expression, searched=True) == patterns
    assert is_anchored(expression) is anchored


PIECES = st.sampled_from(
    ["a", "b", "/", ":", ".", ".*", "[ab]", "[^a]+", "(a|b)", "(?:ab)?", "a{1,2}", r"\.", r"\d", "x*"]
)


@given(st.lists(PIECES, max_size=6).map("".join), st.text("ab/:.x1", max_size=8), st.booleans())
def test_patterns_cover_no_less_than_the_expression(expression: str, value: str, searched: bool) -> None:
    fits = re.search(expression, value) if searched else re.fullmatch(expression, value)
    if fits:
        assert any(fnmatchcase(value, each) for each in patterns_of(expression, searched=searched))


@pytest.mark.parametrize(
    ("condition", "claims"),
    [
        ("assertion.repository == 'acme/web'", {"repository": ("acme/web",)}),
        ("'acme' == assertion.repository_owner", {"repository_owner": ("acme",)}),
        ("attribute.repository == \"acme/web\" && assertion.ref == 'x'", {"repository": ("acme/web",), "ref": ("x",)}),
        ("(assertion.a == 'x') && ((assertion.b == 'y'))", {"a": ("x",), "b": ("y",)}),
        ("assertion.repository in ['acme/web', 'acme/api']", {"repository": ("acme/web", "acme/api")}),
        ("assertion.ref == 'a' || assertion.ref == 'b'", {"ref": ("a", "b")}),
        ("assertion.sub.startsWith('repo:acme/')", {"sub": ("repo:acme/*",)}),
        ("google.subject == 'a'", {"sub": ("a",)}),
    ],
)
def test_conditions_that_are_followed(condition: str, claims: dict[str, tuple[str, ...]]) -> None:
    read = read_condition(condition, 1, {"attribute.repository": "assertion.repository"})
    assert read.followed
    assert [{claim.name: claim.values for claim in way} for way in read.ways] == [claims]


@pytest.mark.parametrize(
    ("condition", "ways"),
    [
        ("assertion.a == 'x' || assertion.b == 'y'", [{"a": ("x",)}, {"b": ("y",)}]),
        ("assertion.a == 'x' && (assertion.b == 'y' || assertion.c == 'z')", [{"a": "x", "b": "y"}, {"a": "x", "c": "z"}]),
        ("(assertion.a == 'x' && assertion.b == 'y') || assertion.a == 'z'", [{"a": "x", "b": "y"}, {"a": "z"}]),
        ("assertion.a == 'x' || assertion.b == 'y' || assertion.a == 'z'", [{"a": ("x", "z")}, {"b": "y"}]),
        ("assertion.a == 'x || y' && assertion.b == '(z'", [{"a": "x || y", "b": "(z"}]),
    ],
)  # fmt: skip
def test_each_way_to_satisfy_a_condition_is_told(condition: str, ways: list[dict[str, str | tuple[str, ...]]]) -> None:
    read = read_condition(condition, 1, {})
    assert read.followed
    wanted = [{k: (v,) if isinstance(v, str) else v for k, v in way.items()} for way in ways]
    assert [{claim.name: claim.values for claim in way} for way in read.ways] == wanted


def test_a_part_that_is_not_followed_leaves_open_what_lets_in_besides() -> None:
    both = read_condition("assertion.a == 'x' && has(assertion.b)", 1, {})
    assert (both.followed, [len(way) for way in both.ways]) == (False, [1])
    either = read_condition("assertion.a == 'x' || has(assertion.b)", 1, {})
    assert (either.followed, [len(way) for way in either.ways]) == (False, [1, 0])


@pytest.mark.parametrize(
    "condition",
    [
        " && ".join(f"(assertion.a{n} == 'x' || assertion.b{n} == 'y')" for n in range(5)),
        "assertion.a != 'x'",
        "!(assertion.a == 'x')",
        "has(assertion.a)",
        "assertion.a == assertion.b",
        "assertion.a in list",
        "(" * 3000,
        "a && " * 500,
    ],
)
def test_conditions_that_are_not_followed_say_so(condition: str) -> None:
    assert not read_condition(condition, 1, {}).followed


@pytest.mark.parametrize(
    ("subjects", "claims", "folded"),
    [
        ((), {"repository": ("acme/web",)}, ("repo:acme/web:*",)),
        ((), {"repository": ("acme/web",), "environment": ("production",)}, ("repo:acme/web:environment:production",)),
        ((), {"repository_owner": ("acme",)}, ("repo:acme/*:*",)),
        (("repo:acme/*",), {"repository": ("acme/web",)}, ("repo:acme/web:*",)),
        (("repo:acme/web:pull_request",), {"ref": ("refs/heads/main",)}, ("repo:acme/web:pull_request",)),
        (("repo:acme/web:*",), {"ref": ("refs/heads/main",)}, ("repo:acme/web:ref:refs/heads/main",)),
        (
            (),
            {"repository": ("acme/web",), "event_name": ("push",)},
            ("repo:acme/web:ref:*", "repo:acme/web:environment:*"),
        ),
        (
            (),
            {"workflow_ref": ("acme/web/.github/workflows/x.yml@refs/heads/main",)},
            ("repo:acme/web:ref:refs/heads/main",),
        ),
        ((), {"repository_id": ("9",)}, ()),
        (("*repo:acme/web:x*",), {}, ("repo:acme/web:x*",)),
    ],
)
def test_claims_are_told_as_subjects(
    subjects: tuple[str, ...], claims: dict[str, tuple[str, ...]], folded: tuple[str, ...]
) -> None:
    assert fold(GITHUB, subjects, tuple(Claim(name, values) for name, values in claims.items())) == folded
