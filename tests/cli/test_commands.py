"""The commands as people type them: answers on stdout, notes on stderr, documented exit codes, clear refusals."""

import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.demo.stage import cache_folder, demo_store
from pipewarden.errors import ExitCode


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: str) -> tuple[int, str, str]:
        code = ended(main, list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a demo of its own to write to; collected once, then copied."""
    with demo_store():
        pass
    kept = cache_folder()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(kept, cache_folder())


def test_why_tells_each_path_with_what_it_allows(ask) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = ask("--demo", "why", "carol", "acme/web")
    assert code == 0
    assert "carol can edit_pipeline" in out
    assert "deploy key carol-laptop (key with write, since 2024-05-14) → acme/web" in out
    code, out, _ = ask("--demo", "why", "carol", "acme/web", "--format", "json")
    answers = {each["capability"]: each for each in json.loads(out)["answers"]}
    assert "merge" not in answers, "a key speaks git alone, and main takes pull requests alone"
    out = ask("--demo", "why", "dave", "acme/web", "--format", "json")[1]
    answers = {each["capability"]: each for each in json.loads(out)["answers"]}
    assert answers["merge"]["paths"][0]["conditions"][0]["kind"] == "approval"


def test_who_can_deploy_tells_who_needs_somebody_else(ask) -> None:  # type: ignore[no-untyped-def]
    code, out, err = ask("--demo", "who-can", "deploy", "env:acme/web/production", "--format", "json")
    assert code == 0
    found = {each["principal_name"]: each for each in json.loads(out)["holders"]}
    assert any(path["alone"] for path in found["bob"]["paths"]), "bob is a reviewer and may approve his own"
    assert not any(path["alone"] for path in found["dave"]["paths"])
    assert "mallory" not in found
    del err


def test_without_says_what_removing_changes_and_what_it_does_not(ask) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = ask("--demo", "without", "bob@acme/web")
    assert code == 0
    assert "bob still has maintain on acme/web" in out
    assert "changes nothing" in out
    code, out, _ = ask("--demo", "without", "bob@team:platform", "--format", "json")
    changes = {(c["name"], c["repository_name"]): c["after"] for c in json.loads(out)["changes"]}
    assert changes["bob", "acme/web"] == "triage"


def test_diff_tells_the_week_as_access(ask) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = ask("--demo", "diff", "previous", "--format", "json")
    told = json.loads(out)
    access = {(c["name"], c["repository_name"]): (c["before"], c["after"]) for c in told["access"]}
    assert access["dave", "acme/infra"] == ("write", "admin")
    assert ("everyone", "acme/site") in access
    fields = {(e["name"], e["field"]) for e in told["entities"]}
    assert ("acme/site", "visibility") in fields


def test_diff_folds_on_the_terminal_and_keeps_every_row_elsewhere(ask) -> None:  # type: ignore[no-untyped-def]
    _, out, err = ask("--demo", "diff", "previous")
    first = out.splitlines()[1]
    assert first.startswith("  heidi went up from read to admin on ")
    assert " more" in first
    rows = json.loads(ask("--demo", "diff", "previous", "--format", "json")[1])["access"]
    assert f"{len(rows)} changes of effective access" in err
    table = ask("--demo", "diff", "previous", "--format", "csv")[1].splitlines()
    assert sum(line.startswith("access,") for line in table) == len(rows)
    assert sum(line.startswith("access,heidi,") for line in table) > 5


def test_reach_follows_a_stranger_through_an_open_pipeline(ask) -> None:  # type: ignore[no-untyped-def]
    _, out, _ = ask("--demo", "reach", "everyone", "--format", "json")
    found = {(each["capability"], each["resource_name"]) for each in json.loads(out)["reached"]}
    assert ("read_secret", "acme/site") in found
    assert ("read_secret", "secret:acme/NETLIFY_TOKEN") in found
    # the job that runs their code is not handed it
    assert ("read_secret", "secret:acme/ORG_ADMIN_PAT") not in found


def test_everyone_and_an_outsider_reach_the_same_in_the_same_words(ask) -> None:  # type: ignore[no-untyped-def]
    everyone = json.loads(ask("--demo", "reach", "everyone", "--format", "json")[1])
    outsider = json.loads(ask("--demo", "reach", "outsider", "--format", "json")[1])
    assert everyone["started"] == outsider["reached"]
    rows = ask("--demo", "reach", "everyone", "--format", "csv")[1].splitlines()
    told = ask("--demo", "reach", "outsider", "--format", "csv")[1].splitlines()
    assert [row.rpartition(",own commands,")[2] for row in rows if ",own commands," in row] == [
        row.rpartition(",own commands,")[2] for row in told[1:]
    ]
    assert "started" not in json.loads(ask("--demo", "reach", "bob", "--format", "json")[1])


@pytest.mark.parametrize("what", ["accounts", "admins", "machines", "credentials", "resources"])
def test_each_inventory_is_a_table_json_and_csv(ask, what: str) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = ask("--demo", "list", what)
    assert code == 0
    assert "name" in out.splitlines()[0]
    rows = json.loads(ask("--demo", "list", what, "--format", "json")[1])
    assert rows
    assert len(ask("--demo", "list", what, "--format", "csv")[1].splitlines()) >= len(rows) + 1


def test_list_filters_by_second_factor(ask) -> None:  # type: ignore[no-untyped-def]
    rows = json.loads(ask("--demo", "list", "accounts", "--mfa", "disabled", "--format", "json")[1])
    assert {row["name"] for row in rows} == {"acme-ci", "frank", "dave"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--demo", "why", "carrol", "acme/web"), "Did you mean carol"),
        (("--demo", "who-can", "push", "acme/wep"), "Did you mean acme/web"),
        (("--demo", "who-can", "poosh", "acme/web"), "Did you mean push"),
        (("--demo", "who-can", "deploy", "acme"), "has no meaning for acme, of the kind organization"),
        (("--demo", "without", "dave@team:platform"), "not directly in platform"),
        (("--demo", "without", "nonsense"), "no principal called nonsense"),
        (("--demo", "diff", "latest", "latest"), "the same snapshot"),
        (("--demo", "checks", "explain", "gh.dkey.creater_left"), "gh.dkey.creator_left"),
        (("audit", "github:acme"), "no token for github:acme"),
        (("audit", "jira:acme"), "not a system this version reads"),
        (("audit", "/nowhere/at/all"), "does not exist"),
        (("audit",), "nothing to audit"),
        (("why", "a", "b"), "there is no store at"),
        (("--store", "mysql://x/y", "snapshots"), "cannot be kept in mysql"),
        (("--config", "/nowhere.yaml", "audit", "github:acme"), "cannot be read"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence_and_2(
    ask, arguments: tuple[str, ...], sentence: str
) -> None:  # type: ignore[no-untyped-def]
    code, out, err = ask(*arguments)
    assert code == 2, err
    assert sentence in err
    assert "Traceback" not in out + err


def test_exit_codes_follow_fail_on_and_strict(ask, demo: None) -> None:  # type: ignore[no-untyped-def]
    assert ask("--demo", "audit", "--fail-on", "critical")[0] == 1
    assert ask("--demo", "audit", "--fail-on", "never")[0] == 0
    assert ask("--demo", "audit", "--fail-on", "never", "--strict")[0] == 3


def test_who_owns_a_machine_does_not_accept_what_is_found_about_it(ask, demo: None) -> None:  # type: ignore[no-untyped-def]
    given = ("--subject", "carol-laptop", "--reason", "hers", "--until", "2099-01-01")
    code, _, err = ask("--demo", "waivers", "add", "gh.dkey.creator_left", "--approver", "Carol", *given)
    assert (code, "Carol owns carol-laptop and cannot accept a finding about it" in err) == (2, True)
    assert ask("--demo", "waivers", "add", "gh.dkey.creator_left", "--approver", "alice", *given)[0] == 0


def test_a_waiver_takes_a_finding_out_and_shows_who_accepted_it(ask, demo: None) -> None:  # type: ignore[no-untyped-def]
    given = ("--reason", "moves to an app", "--approver", "alice", "--until", "2099-01-01")
    assert ask("--demo", "waivers", "add", "gh.dkey.creator_left", *given)[0] == 0
    _, out, _ = ask("--demo", "audit", "--format", "json", "--fail-on", "never")
    lives = {f["life"] for f in json.loads(out)["findings"] if f["check"] == "gh.dkey.creator_left"}
    assert lives == {"waived"}
    assert "alice" in ask("--demo", "waivers", "list")[1]
    code, _, err = ask("--demo", "waivers", "add", "gh.dkey.creator_left", *given)
    assert (code, "waiver 1 accepts that until 2099-01-01" in err) == (2, True)
    assert ask("--demo", "waivers", "withdraw", "1")[0] == 0
    assert ask("--demo", "waivers", "withdraw", "1")[0] == 2


def test_a_report_goes_to_a_file_whole_or_not_at_all(ask, demo: None, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "report.html"
    code, out, _ = ask("--demo", "audit", "--format", "html", "-o", str(file), "--fail-on", "never")
    assert (code, out) == (0, "")
    assert "<html" in file.read_text(encoding="utf-8")
    code, _, err = ask("--demo", "audit", "-o", "/nowhere/report.txt", "--fail-on", "never")
    assert code == 2
    assert "there is no folder /nowhere" in err


def screen(lines: int, *arguments: str) -> str:
    """Run the command on a terminal of so many lines and return what it shows there."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (lines, 100))
    variables = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    command = [sys.executable, "-m", "pipewarden", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=variables) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the end of a terminal is an error
            while part := os.read(ours, 65536):
                shown += part
        process.wait(60)
    os.close(ours)
    return shown.decode()


def test_a_report_longer_than_the_screen_ends_with_where_it_begins(demo: None) -> None:
    told = screen(24, "--demo", "audit", "--fail-on", "never").splitlines()
    assert "what to fix next stands at the beginning" in told[-1]
    assert "lines up" in told[-1]
    assert "lines up" not in screen(2000, "--demo", "audit", "--fail-on", "never")
    assert "lines up" not in screen(24, "--quiet", "--demo", "audit", "--fail-on", "never")


def test_state_is_listed_verified_backed_up_and_restored(ask, demo: None, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "github:acme" in ask("--demo", "snapshots")[1]
    code, out, _ = ask("--demo", "ledger", "--verify")
    assert code == 0
    assert "nothing was edited" in out
    file = tmp_path / "backup.tar.gz"
    assert ask("--demo", "backup", str(file))[0] == 0
    fresh = str(tmp_path / "new" / "state.db")
    assert ask("--store", fresh, "restore", str(file))[0] == 0
    assert "carol-laptop" in ask("--store", fresh, "why", "carol", "acme/web")[1]
    assert ask("--store", fresh, "restore", str(file))[0] == 2


def test_init_writes_a_file_that_is_read_again_and_never_overwrites(
    ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    assert ask("init", "--organization", "acme", "--no-test")[0] == 0
    assert ask("init", "--organization", "acme", "--no-test")[0] == 2
    code, out, _ = ask("doctor")
    assert code == 2
    assert "GITHUB_TOKEN is empty" in out


def test_doctor_without_anything_says_what_to_do(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    code, out, _ = ask("doctor")
    assert code == 2
    assert "pipewarden init" in out


@pytest.fixture
def configured(tmp_path: Path) -> str:
    """Return a configuration that turns a check off, raises another and tightens a limit."""
    path = tmp_path / "pipewarden.yaml"
    path.write_text(
        "checks:\n  disable: [gh.dkey.org_enabled]\n  severity: {gh.owner.mfa_disabled: info}\n"
        "  limits:\n    member_stale_days: 1\n"
    )
    return str(path)


def test_limits_switches_and_severities_of_the_configuration_hold_in_an_audit(ask, demo: None, configured: str) -> None:  # type: ignore[no-untyped-def]
    args = ("audit", "--format", "json", "--no-store")
    plain = json.loads(ask("--demo", *args)[1])
    own = json.loads(ask("--demo", "--config", configured, *args)[1])
    assert own["switched_off"] == ["gh.dkey.org_enabled"]
    assert plain["switched_off"] == []

    def found(report: dict, check: str) -> list[str]:  # type: ignore[type-arg]
        return [each["severity"] for each in report["findings"] if each["check"] == check]

    assert found(plain, "gh.dkey.org_enabled")
    assert not found(own, "gh.dkey.org_enabled")
    assert set(found(own, "gh.owner.mfa_disabled")) == {"info"} != set(found(plain, "gh.owner.mfa_disabled"))
    assert len(found(own, "gh.member.stale")) > len(found(plain, "gh.member.stale"))


def test_a_check_that_is_switched_off_is_named_in_every_report(
    ask,  # type: ignore[no-untyped-def]
    demo: None,
    configured: str,
) -> None:
    for form in ("table", "markdown", "html", "csv", "junit", "sarif", "json"):
        out = ask("--demo", "--config", configured, "audit", "--check", "gh.dkey", "--format", form)[1]
        assert "gh.dkey.org_enabled" in out.replace("\\", ""), form
        assert form == "json" or "switched off in the configuration" in out
    code, _, err = ask("--demo", "--config", configured, "audit", "--check", "gh.dkey.org_enabled")
    assert code == 2
    assert "the configuration switches off gh.dkey.org_enabled" in err


def test_explain_tells_the_limits_of_a_check_and_who_set_them(ask, configured: str) -> None:  # type: ignore[no-untyped-def]
    assert (
        "Limit: 90 days, set by default: checks.limits.member_stale_days"
        in ask("checks", "explain", "gh.member.stale")[1]
    )
    out = " ".join(ask("--config", configured, "checks", "explain", "gh.member.stale")[1].split())
    assert f"Limit: 1 day, set by {configured}:5 (90 days by default)" in out
    assert (
        f"switched off by {configured}:2" in ask("--config", configured, "checks", "explain", "gh.dkey.org_enabled")[1]
    )
    told = json.loads(ask("--config", configured, "checks", "explain", "gh.owner.mfa_disabled", "--format", "json")[1])
    assert (told["severity"], told["default_severity"], told["switched_off"]) == ("info", "critical", False)
    _, out, err = ask("--config", configured, "checks", "list")
    assert "1 of them switched off in the configuration" in err
    assert any(line.split()[:2] == ["gh.dkey.org_enabled", "off"] for line in out.splitlines())


def test_strict_minds_what_could_not_be_assessed_and_not_what_was_switched_off(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text("on: push\npermissions: {}\njobs: {}\n")
    config = tmp_path / "own.yaml"
    config.write_text("checks: {disable: [wf.inject.template, gh.dkey.old]}\n")
    code, out, _ = ask("--config", str(config), "audit", str(tmp_path), "--strict")
    assert code == 0
    assert "Not assessed, because" in out
    assert "- 1 check: wf.inject.template\n" in out  # what only settings can show was not asked of files anyway
    (workflows / "broken.yml").write_text("on: [\n")
    assert ask("--config", str(config), "audit", str(tmp_path), "--strict")[0] == 3


@pytest.mark.parametrize(
    ("asked", "says", "hint"),
    [
        (("without", "bob"), "bob is not WHO@WHAT", "bob@team:acme/platform, bob@team:acme/release"),
        (("without", "nobody-we-know"), "no principal called nobody-we-know", "such as gitlab:bob; a role or a place as bob@acme/web"),
        (("without", "gitlab:carlo"), "no principal called gitlab:carlo", "Did you mean gitlab:carol?"),
        (("without", "vault:token-carol-laptop"), "no principal called", "Did you mean vault:token-carol-laptop (3efefc"),
        (("without", "carol"), "carol is not WHO@WHAT", "github:carol, gitlab:carol, jenkins:carol, vault:carol."),
        (("without", "gitlab:carol", "token-carol-laptop"), "no principal called token-carol-laptop", "Did you mean"),
        (("reach", "gitlab:carlo"), "no principal called gitlab:carlo", "Did you mean gitlab:carol?"),
        (("without", "bob@platform"), "platform is a team", "Did you mean bob@team:platform?"),
        (("without", "bob@platfrom"), "no resource called platfrom", ""),
        (("why", "carol-laptop", "acme/web"), "names 2 things", "key:acme/web/carol-laptop"),
        (("who-can", "deploy", "production"), "no resource called production", "env:acme/web/production"),
        (("who-can", "use_secret", "production"), "is an environment", "secret:acme/web/production/DEPLOY_TOKEN"),
        (("list", "deploy-keys"), "`pipewarden list credentials`", ""),
        (("list", "secrets"), "`pipewarden list resources`", ""),
        (("list", "gardens"), "'gardens' is not one of", ""),
    ],
)  # fmt: skip
def test_a_near_miss_is_led_to_what_was_meant(ask, asked: tuple[str, ...], says: str, hint: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = ask("--demo", *asked)
    assert (code, out) == (2, "")
    err = " ".join(err.split())
    assert says in err
    assert hint in err


def test_a_deploy_key_is_named_with_its_repository(ask) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = ask("--demo", "why", "acme/web/carol-laptop", "acme/web")
    assert code == 0
    assert out.startswith("deploy key carol-laptop can edit_pipeline")
    code, out, _ = ask("--demo", "without", "key:acme/legacy/carol-laptop@acme/legacy", "--format", "json")
    assert code == 0
    assert {each["repository_name"] for each in json.loads(out)["changes"]} == {"acme/legacy"}
    assert ask("--demo", "why", "key:acme/api/carol-laptop", "acme/web")[0] == 2, "it opens no such repository"


def test_an_environment_leads_to_the_jobs_behind_its_secrets(ask) -> None:  # type: ignore[no-untyped-def]
    code, _, err = ask("--demo", "who-can", "use_secret", "env:acme/web/production")
    assert code == 0
    assert "`pipewarden --demo who-can use_secret secret:acme/web/production/DEPLOY_TOKEN`" in err
    assert "acme-labs" not in err.splitlines()[-1], "another environment's secrets"


def test_diff_compares_the_two_newest_of_the_same_sources(ask) -> None:  # type: ignore[no-untyped-def]
    assert ask("--demo", "diff")[1] == ask("--demo", "diff", "previous", "latest")[1]


def test_a_token_without_an_end_is_said_to_have_none(ask) -> None:  # type: ignore[no-untyped-def]
    rows = json.loads(ask("--demo", "list", "credentials", "--format", "json")[1])
    never = {row["name"] for row in rows if "never expires" in row["note"]}
    assert never == {"bob's classic token laptop", "carol's token nightly", "liam's token everything"}


def test_the_help_names_every_exit_code(ask) -> None:  # type: ignore[no-untyped-def]
    told = ask("--help")[1].partition("Exit codes:")[2]
    for code in ExitCode:
        assert f"{int(code)} " in told


def test_without_zizmor_an_audit_says_so_and_finds_the_rest(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n")
    code, out, _ = ask("audit", str(tmp_path), "--no-zizmor", "--check", "wf")
    assert code == 0
    assert "wf.perm.missing" in out
    assert "what zizmor says of workflow files" in out
    assert "zizmor" in ask("doctor")[1]
