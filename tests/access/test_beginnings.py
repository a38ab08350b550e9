"""Subjects of jobs against patterns of trusts, the quick ways beside the slow ones: equal, whatever the pattern."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipewarden.access.crossing import Crossing
from pipewarden.access.github.oidc import accepts_start, trust_accepts
from pipewarden.access.graph import Graph
from pipewarden.model.facts import Trust
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate

LETTERS = "ab:/"
NAMES = ("acme/web", "acme/website", "acme/we", "other/web", "acme/a*b")
SUBJECTS = (
    "repo:acme/web:*",
    "repo:acme/web:ref:refs/heads/main",
    "repo:acme/we*",
    "repo:acme/we?:*",
    "repo:acme/*",
    "repo:*",
    "*",
    "repo:acme",
    "repo:acme/web",
    "repo:ac?e/web:*",
    "repo:nobody/web:*",
    "repo:acme@*/web@*:*",
    "",
)


def matches_some(pattern: str, start: str, more: int = 3) -> bool:
    """Tell by trying: is there a text of a few letters more that the pattern matches."""
    told = re.compile("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern), re.DOTALL)
    ends, todo = {""}, {""}
    for _ in range(more):
        todo = {end + letter for end in todo for letter in LETTERS}
        ends |= todo
    return any(told.fullmatch(start + end) for end in ends)


@given(st.text(LETTERS + "*?", max_size=5), st.text(LETTERS, max_size=4))
def test_a_pattern_accepts_a_beginning_where_some_text_goes_on_from_it(pattern: str, start: str) -> None:
    # a pattern asks for no more letters behind the beginning than it has itself
    assert accepts_start(pattern, start) == matches_some(
        pattern, start, len(pattern.replace("*", "")) if pattern else 0
    )


def crossing(*subjects: str) -> tuple[Crossing, Trust]:
    estate = Estate()
    estate.org("acme").org("other")
    for name in NAMES:
        estate.repo(name, default_branch="main")
    principal = Ref("aws", Kind.CLOUD_ROLE, "deploy")
    issuer = "https://token.actions.githubusercontent.com"
    trust = Trust(
        ref=Ref("aws", Kind.TRUST, "deploy"), principal=principal, issuer=issuer, subjects=subjects, audiences=("sts",),
        origin=SEEN,
    )  # fmt: skip
    return Crossing(Graph(estate.snapshot()), lambda _capability, _resource: []), trust


def test_every_repository_that_a_trust_accepts_is_looked_at() -> None:
    for subjects in ((), *((subject,) for subject in SUBJECTS), SUBJECTS[:2]):
        found, trust = crossing(*subjects)
        looked = set(found._perhaps(trust))
        for ordinal in found.snapshot.ordinals(Kind.REPOSITORY).tolist():
            repository = found.snapshot.entity(ordinal)
            owner = found.snapshot.find(repository.parent) if repository.parent else None
            if trust_accepts(trust, repository, owner):
                assert ordinal in looked, (subjects, repository.name)


def test_a_repository_of_another_name_is_not_looked_at() -> None:
    found, trust = crossing("repo:acme/web:*")
    names = {found.snapshot.name_of(each) for each in found._perhaps(trust)}
    assert names == {"acme/web"}
