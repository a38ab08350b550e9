"""Which names of branches GitHub's patterns cover: a rule that is taken for wider than it is hides who may push."""

import pytest

from pipewarden.access.github.patterns import covers_all, matches


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("qa/*", "qa/foo", True), ("qa/*", "qa/foo/bar", False),
        ("qa/**/*", "qa/foo/bar/foobar/hello-world", True), ("qa/**/*", "qa/foo", True),
        ("qa/**", "qa/foo", True), ("qa/**", "qa/foo/bar", False),
        ("**", "main", True), ("**", "feature/x", False), ("refs/heads/**", "feature/x", False),
        ("**/*", "feature/x", True), ("**/*", "main", True),
    ],
)  # fmt: skip
def test_two_stars_span_folders_only_before_a_slash(pattern: str, name: str, *, covered: bool) -> None:
    """“You can include any number of slashes after qa with qa/**/*.”"""
    assert matches(pattern, name) is covered


def test_what_covers_all_names_covers_each_of_them() -> None:
    for pattern in ("~ALL", "**/*", "refs/heads/**/*", "**", "refs/heads/**", "*", "main"):
        assert covers_all(pattern) is all(matches(pattern, name) for name in ("main", "feature/x", "a/b/c"))
