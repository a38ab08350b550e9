"""Whose settings hold: those of the branch that a change wants to go into, never the change's own."""

import subprocess
from pathlib import Path

import pytest

from pipewarden.errors import UsageError
from pipewarden.settings.heeded import change_of, heeded

PULL = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_BASE_REF": "main"}
OFF = "checks: {disable: ['wf.*', 'gh.*']}\n"
OURS = "checks: {disable: [gh.dkey.old]}\n"


def git(*words: str) -> str:
    who = ("-c", "user.name=bob", "-c", "user.email=bob@acme.example", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *words], check=True, capture_output=True, text=True).stdout.strip()


def commit(text: str | None) -> str:
    if text is None:
        Path("pipewarden.yaml").unlink(missing_ok=True)
    else:
        Path("pipewarden.yaml").write_text(text)
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", "change")
    return git("rev-parse", "HEAD")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout whose main branch switches one check off, and whose own change switches nearly all off."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    (tmp_path / "web").mkdir()
    monkeypatch.chdir(tmp_path / "web")
    git("init", "-q", "-b", "main")
    git("update-ref", "refs/remotes/origin/main", commit(OURS))
    commit(OFF)
    return tmp_path / "web"


def test_the_settings_of_the_base_hold_and_the_changes_own_are_told(here: Path) -> None:
    found = heeded(None, [here], PULL)
    assert found.checks.disable == ("gh.dkey.old",)
    assert found.checks.places["disable.0"].startswith("pipewarden.yaml of main:")
    assert found.own == ""
    assert found.says == (
        "the settings of main hold: pipewarden.yaml of this change would switch checks off by 2 entries"
    )


def test_a_change_that_takes_the_settings_away_is_judged_by_those_of_the_base(here: Path) -> None:
    commit(None)
    found = heeded(None, [here], PULL)
    assert found.checks.disable == ("gh.dkey.old",)
    assert "would judge by default" in found.says


def test_equal_settings_are_not_told(here: Path) -> None:
    commit("# the same\n" + OURS)
    assert heeded(None, [here], PULL).says == ""


def test_where_the_base_was_not_cloned_no_settings_hold(here: Path) -> None:
    git("update-ref", "-d", "refs/remotes/origin/main")
    found = heeded(None, [here], PULL)
    assert found.checks.disable == ()
    assert "`git fetch origin main` brings its settings" in found.says


def test_githubs_own_merge_leads_to_the_base(here: Path) -> None:
    git("update-ref", "-d", "refs/remotes/origin/main")
    merge = {**PULL, "GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": git("rev-parse", "HEAD")}
    assert heeded(None, [here], merge).checks.disable == ("gh.dkey.old",)
    other = {**merge, "GITHUB_REF": "refs/heads/feature"}
    assert heeded(None, [here], other).checks.disable == (), "the parent of a commit of theirs is theirs"


def test_a_run_that_is_about_no_change_heeds_the_file_and_knows_that_it_came_along(here: Path) -> None:
    found = heeded(None, [here], {})
    assert found.checks.disable == ("wf.*", "gh.*")
    assert found.own == "pipewarden.yaml"
    commit("keep_snapshots: 3\n")
    assert heeded(None, [here], {}).own == "", "it says nothing of how anything is judged"


def test_a_file_that_is_named_is_its_namers_word(here: Path) -> None:
    found = heeded(Path("pipewarden.yaml"), [here], PULL)
    assert found.checks.disable == ("wf.*", "gh.*")
    assert (found.own, found.says) == ("", "")


def test_a_file_that_lies_elsewhere_did_not_come_with_the_change(here: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    found = heeded(None, [tmp_path / "other"], PULL)
    assert found.checks.disable == ("wf.*", "gh.*")
    assert found.own == ""


def test_a_commit_may_be_named(here: Path) -> None:
    assert heeded(None, [here], {}, "origin/main").checks.disable == ("gh.dkey.old",)
    assert heeded(None, [here], {}, "none").checks.disable == ()
    for wrong in ("--output=x", "nowhere"):
        with pytest.raises(UsageError):
            heeded(None, [here], {}, wrong)
    with pytest.raises(UsageError, match="two settings"):
        heeded(Path("pipewarden.yaml"), [here], {}, "origin/main")


def test_settings_are_text_and_no_link(here: Path) -> None:
    Path("pipewarden.yaml").unlink()
    Path("pipewarden.yaml").symlink_to("/etc/hostname")
    git("add", "-A")
    git("commit", "-q", "-m", "link")
    with pytest.raises(UsageError, match="no file of text"):
        heeded(None, [here], {}, "HEAD")


@pytest.mark.parametrize(
    ("environment", "into", "revisions"),
    [
        (PULL, "main", ("refs/remotes/origin/main",)),
        (
            {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_BASE_REF": "main", "GITHUB_SHA": "ab12"},
            "main",
            ("refs/remotes/origin/main", "ab12"),
        ),
        (
            {
                "CI_MERGE_REQUEST_IID": "4",
                "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": "cd34",
            },
            "main",
            ("refs/remotes/origin/main", "cd34"),
        ),
        (
            {"SYSTEM_PULLREQUEST_PULLREQUESTID": "4", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
            "main",
            ("refs/remotes/origin/main",),
        ),
        (
            {
                "BITBUCKET_PR_ID": "4",
                "BITBUCKET_PR_DESTINATION_BRANCH": "main",
                "BITBUCKET_PR_DESTINATION_COMMIT": "ef56",
            },
            "main",
            ("refs/remotes/origin/main", "ef56"),
        ),
        ({"CHANGE_ID": "4", "CHANGE_TARGET": "main"}, "main", ("refs/remotes/origin/main",)),
        ({"CIRCLE_PULL_REQUEST": "https://example.com/acme/web/pull/4"}, "", ()),
    ],
)
def test_each_system_says_in_its_own_words_what_a_run_is_about(
    environment: dict[str, str], into: str, revisions: tuple[str, ...]
) -> None:
    assert change_of(environment) == (into, revisions)


@pytest.mark.parametrize(
    "environment", [{}, {"GITHUB_EVENT_NAME": "push"}, {"CI_COMMIT_BRANCH": "main"}, {"CI": "true"}]
)
def test_a_push_is_no_change_that_asks_to_go_in(environment: dict[str, str]) -> None:
    assert change_of(environment) is None
