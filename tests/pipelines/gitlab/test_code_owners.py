"""CODEOWNERS as GitLab reads it: sections with owners of their own, patterns in every folder, lines that take away."""

from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.gitlab.code_owners import read_code_owners

FILE = """\
# who is asked
* @acme/platform
*.md @writers bob@acme.example

[Pipelines][2] @ivan @judy
/.gitlab-ci.yml
ci/ @bob

^[Docs]
docs/ @writers
!docs/generated/

[pipelines]
/ci/release.yml @grace
"""


def test_each_section_names_its_owners() -> None:
    found = read_code_owners(FILE)
    assert found.of_all() == ("@acme/platform",)
    assert found.of(".gitlab-ci.yml") == ("@acme/platform", "@ivan", "@judy")
    assert found.of("ci/build.yml") == ("@acme/platform", "@bob")
    assert found.of("a/ci/build.yml") == ("@acme/platform", "@bob"), "without a slash before it, in every folder"
    assert found.of("ci/release.yml") == ("@acme/platform", "@grace"), "sections of one name are one"
    assert found.of("README.md") == ("@writers", "bob@acme.example")


def test_what_is_excluded_has_no_owner_in_its_section() -> None:
    found = read_code_owners(FILE)
    assert found.of("docs/a.txt") == ("@acme/platform", "@writers")
    assert found.of("docs/generated/a.txt") == ("@acme/platform",)


def test_a_section_for_everything_takes_its_own_owners() -> None:
    assert read_code_owners("[All] @alice\n*\n").of_all() == ("@alice",)
    assert read_code_owners("[All]\n*\n").of_all() == ()
    assert read_code_owners("").of_all() == ()


@given(st.text(alphabet="[]^*/\\!# @ab\n.", max_size=60), st.text(alphabet="ab/.*[", max_size=12))
def test_no_text_breaks_it(text: str, path: str) -> None:
    found = read_code_owners(text)
    assert all("@" in owner for owner in (*found.of_all(), *found.of(path)))
