"""The CODEOWNERS of acme/web."""

from pipewarden.checks import codeowners
from tests.checks.builder import Estate

PLACE = ".github/CODEOWNERS"


def acme(*rules: tuple[str, str], errors: tuple[int, ...] = ()) -> Estate:
    estate = Estate().org("acme").member("alice", owner=True).member("bob").repo("acme/web").workflow("acme/web")
    estate.team("acme/platform", "bob").team_on("acme/platform", "acme/web", "write")
    return estate.set(
        "acme/web",
        codeowners={"path": PLACE, "errors": [{"line": line} for line in errors]},
        codeowners_rules=[{"pattern": p, "owners": o.split(), "line": n} for n, (p, o) in enumerate(rules, 1)],
    )


def test_there_is_none() -> None:
    estate = acme().set("acme/web", codeowners=None)
    assert estate.says(codeowners.missing) == ["acme/web has workflows and no CODEOWNERS"]
    assert estate.verdict(codeowners.owns_itself) == "1 not applicable"
    assert estate.unset("acme/web", "codeowners").verdict(codeowners.missing) == "1 unknown"


def test_workflows_are_left_out() -> None:
    assert acme(("/src/", "@acme/platform")).says(codeowners.missing) == [
        "the workflows of acme/web have no owner in .github/CODEOWNERS"
    ]
    assert acme(("/.github/", "@acme/platform")).verdict(codeowners.missing) == "1 passed"
    assert acme(("*", "@acme/platform"), ("/.github/workflows/", "")).verdict(codeowners.missing) == "1 failed"


def test_owners_are_not_asked() -> None:
    estate = acme(("*", "@acme/platform"))
    assert estate.says(codeowners.unenforced) == [
        "acme/web has .github/CODEOWNERS, but changes to main need no review by the owners it names"
    ]
    estate.protect("acme/web", requiresApprovingReviews=True, requiresCodeOwnerReviews=True)
    assert estate.verdict(codeowners.unenforced) == "1 passed"


def test_the_file_itself_is_not_owned() -> None:
    assert acme(("/.github/workflows/", "@acme/platform")).says(codeowners.owns_itself) == [
        ".github/CODEOWNERS of acme/web has no owner itself"
    ]
    assert acme(("/.github/", "@acme/platform")).verdict(codeowners.owns_itself) == "1 passed"


def test_carol_left_and_one_line_is_wrong() -> None:
    assert acme(("*", "@acme/platform"), ("/docs/", "@carol"), errors=(3,)).says(codeowners.invalid) == [
        ".github/CODEOWNERS of acme/web does not do what it says: @carol cannot write and GitHub skips 1 line"
    ]


def test_team_owner_and_address_are_all_right() -> None:
    estate = acme(("*", "@acme/Platform @Bob @alice docs@acme.example"))
    assert estate.verdict(codeowners.invalid) == "1 passed"
