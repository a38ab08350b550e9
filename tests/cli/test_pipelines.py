"""`pipewarden pipelines`, and the questions whose answers are jobs, on a checkout without any token."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.cli.pipelines import SYSTEMS
from tests.access.test_jobs import DEPLOY, HANDED, WEB


def git(folder, *words):
    who = ("-c", "user.name=alice", "-c", "user.email=alice@acme.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def web(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "web"
    (folder / ".github/workflows").mkdir(parents=True)
    for name, text in WEB.items():
        (folder / f".github/workflows/{name}.yml").write_text(text)
    return folder


def ask(*words, columns=120):
    done = CliRunner().invoke(main, list(words), env={"COLUMNS": str(columns)})
    assert done.exception is None, done.exception
    return done.stdout


def names(*words):
    return [job["job"].rpartition("#")[2] for job in json.loads(ask(*words, "--format", "json"))["jobs"]]


def test_jobs_stand_with_the_dangerous_first(web) -> None:
    assert names("pipelines", str(web)) == ["preview", "deploy", "all", "test"]
    table = ask("pipelines", str(web))
    assert table.splitlines()[0].split("  ")[0] == "job"
    assert table.index("preview.yml#preview") < table.index("deploy.yml#deploy") < table.index("test.yml#test")


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
def test_a_narrow_terminal_fits(web, columns) -> None:
    assert max(map(len, ask("pipelines", str(web), columns=columns).splitlines())) <= columns


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--secret", "netlify"), ["preview", "all"]),
        (("--environment", "Production"), ["deploy"]),
        (("--from", "fork"), ["preview", "test"]),
        (("--from", "bot"), ["test"]),
        (("--system", "gitlab"), []),
        (("--system", "github", "--secret", "COVERAGE"), ["all", "test"]),
    ],
)
def test_filters(web, words, expected) -> None:
    assert names("pipelines", str(web), *words) == expected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--system", "jenkinz"), "Did you mean jenkins?"),
        (("--system", "okta"), "Known: github, gitlab, jenkins, azure, bitbucket, circleci."),
    ],
)
def test_a_system_that_there_is_not_is_refused(web, words, told, capsys) -> None:
    assert ended(main, ["pipelines", str(web), *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in " ".join(said.err.split())


def test_a_secret_that_nothing_knows_is_refused(web, capsys) -> None:
    (web / ".github/workflows/all.yml").unlink()  # its job takes every secret, whatever it is called
    assert ended(main, ["pipelines", str(web), "--secret", "NETLIFI"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Did you mean NETLIFY?" in said.err


@pytest.mark.parametrize(("asked", "told"), [("prodution", "Did you mean production?"), ("qa", "Known: production.")])
def test_an_environment_that_nothing_names_is_refused(web, asked, told, capsys) -> None:
    assert ended(main, ["pipelines", str(web), "--environment", asked]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err


def test_a_job_whose_environment_is_chosen_at_its_start_can_run_in_each(web) -> None:
    chosen = (
        "on:\n  workflow_dispatch: {inputs: {to: {type: string}}}\npermissions: {}\njobs:\n"
        "  pick: {runs-on: ubuntu-latest, environment: '${{ inputs.to }}', steps: [{run: ./up}]}\n"
    )
    (web / ".github/workflows/pick.yml").write_text(chosen)
    assert names("pipelines", str(web), "--environment", "production") == ["deploy", "pick"]
    assert ended(main, ["pipelines", str(web), "--environment", "prodoktion"]) == 2


@pytest.mark.parametrize("words", [("pipelines",), ("pipelines", "--since", "HEAD"), ("reach", "fork", "--in")])
def test_a_folder_beside_the_simulated_estate_is_refused(web, words, capsys) -> None:
    assert ended(main, ["--demo", *words, str(web)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--demo asks the simulated estate" in said.err


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_the_name_of_a_secret_is_in_one_piece(web, columns) -> None:
    text = (
        (web / ".github/workflows/deploy.yml")
        .read_text()
        .replace("secrets.DEPLOY_TOKEN", "secrets.AWS_SECRET_ACCESS_KEY")
    )
    (web / ".github/workflows/deploy.yml").write_text(text)
    assert "AWS_SECRET_ACCESS_KEY" in ask("pipelines", str(web), columns=columns)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_may_be_asked_for(web, system) -> None:
    assert names("pipelines", str(web), "--system", system.upper()) == names("pipelines", str(web), "--system", system)


def test_from_a_fork_shows_what_that_run_holds(web) -> None:
    table = ask("pipelines", str(web), "--from", "fork", "--format", "csv").splitlines()
    [test] = [line for line in table if " test.yml#" in line.partition(",")[0]]
    assert "reads only" in test
    assert "no more than reading" in test


def test_a_file_names_every_repository_and_counts_nothing_away() -> None:
    assert " more" not in ask("--demo", "pipelines", "--format", "csv")
    assert "and 5 more" in ask("--demo", "pipelines", "--secret", "NPM_TOKEN", columns=300)
    one = ask("--demo", "pipelines", "--secret", "NPM_TOKEN", "--format", "csv")
    assert "\nacme/platform/deploy .gitlab-ci.yml#ship," in one


def test_a_folder_without_pipelines_and_a_place_that_is_none(tmp_path) -> None:
    assert "Nothing was read: no pipeline file is there." in ask("pipelines", str(tmp_path))
    done = CliRunner().invoke(main, ["pipelines", str(tmp_path / "gone")])
    assert "does not exist" in str(done.exception)


def test_drift_between_two_commits(web) -> None:
    git(web, "init", "-q")
    git(web, "add", "-A")
    git(web, "commit", "-qm", "first")
    assert json.loads(ask("pipelines", str(web), "--since", "HEAD", "--format", "json"))["changes"] == []
    path = web / ".github/workflows/deploy.yml"
    path.write_text(DEPLOY.replace("DEPLOY_TOKEN", "ROOT_TOKEN"))
    (web / ".github/workflows/test.yml").unlink()
    found = json.loads(ask("pipelines", str(web), "--since", "HEAD", "--format", "json"))["changes"]
    expected = [
        {
            "job": ".github/workflows/deploy.yml#deploy",
            "what": "secrets",
            "gained": ["ROOT_TOKEN"],
            "lost": ["DEPLOY_TOKEN"],
        },
        {"job": ".github/workflows/test.yml#test", "what": "the job is gone", "gained": [], "lost": []},
    ]
    assert [each for each in found if each["what"] in {"secrets", "the job is gone"} and each in expected] == expected
    git(web, "add", "-A")
    git(web, "commit", "-qm", "second")
    between = json.loads(ask("pipelines", str(web), "--since", "HEAD~1..HEAD", "--format", "json"))["changes"]
    assert between == found


def test_a_folder_inside_a_checkout_is_compared_with_itself(web, tmp_path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    assert json.loads(ask("pipelines", str(web), "--since", "HEAD", "--format", "json"))["changes"] == []


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", ""])
def test_a_commit_that_is_not_there_is_told(web, revision) -> None:
    git(web, "init", "-q")
    done = CliRunner().invoke(main, ["pipelines", str(web), f"--since={revision}"])
    assert type(done.exception).__name__ == "UsageError"
    assert not (web / "x").exists()


def test_drift_runs_nothing_of_the_checkout(web, tmp_path) -> None:
    git(web, "init", "-q")
    git(web, "add", "-A")
    git(web, "commit", "-qm", "first")
    trap = tmp_path / "trap"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}\n")
    program.chmod(0o755)
    git(web, "config", "core.fsmonitor", str(program))
    git(web, "config", "filter.x.smudge", str(program))
    (web / ".gitattributes").write_text("* filter=x\n")
    ask("pipelines", str(web), "--since", "HEAD")
    assert not trap.exists()


def test_who_can_use_a_secret_of_a_checkout(web) -> None:
    answer = json.loads(ask("who-can", "use_secret", "DEPLOY_TOKEN", "--in", str(web), "--format", "json"))
    deploy, every = answer["jobs"]
    assert (deploy["job"], deploy["certain"], every["certain"]) == (
        "local/web/.github/workflows/deploy.yml#deploy",
        True,
        False,
    )
    assert deploy["started_by"] == "whoever may write (a push)"
    assert deploy["paths"][0].startswith("whoever may write (a push) → deploy.yml:5 job deploy → step 2 is given")
    assert every["paths"] == ["whoever may write (a start by hand) → all.yml:5 job all → step 1 is given every secret"]
    done = CliRunner().invoke(main, ["who-can", "use_secret", "DEPLOY_TOKN", "--in", str(web)])
    assert "DEPLOY_TOKEN" in str(getattr(done.exception, "hint", ""))


def test_what_is_open_is_counted_apart_from_what_is_sure(web) -> None:
    (web / ".github/workflows/handed.yml").write_text(HANDED)
    done = CliRunner().invoke(main, ["reach", "outsider", "--in", str(web)], env={"COLUMNS": "200"})
    assert "of them with commands of their own, 2 perhaps" in " ".join(done.stderr.split())
    assert "perhaps own commands" in done.stdout
    (web / ".github/workflows/handed.yml").write_text(HANDED.replace("head.sha", "base.sha"))
    done = CliRunner().invoke(main, ["reach", "outsider", "--in", str(web)], env={"COLUMNS": "200"})
    assert "perhaps" not in done.stderr + done.stdout


def test_reach_from_a_fork_and_as_a_developer_on_a_checkout(web) -> None:
    fork = json.loads(ask("reach", "fork", "--in", str(web), "--format", "json"))
    assert [(each["capability"], each["what"]) for each in fork["reached"]] == [
        ("read_secret", "NETLIFY"),
        ("push", "token writes contents"),
        ("run_pipeline", "no more than reading"),
    ]
    developer = json.loads(ask("reach", "developer", "--in", str(web), "--format", "json"))
    assert {"read_secret", "assume_role", "deploy"} <= {each["capability"] for each in developer["reached"]}
    assert "own commands" in ask("reach", "outsider", "--in", str(web))
    assert "repository" not in ask("reach", "outsider", "--in", str(web)).splitlines()[0].split(), "there is one"


def test_reach_names_the_repository_where_several_were_read() -> None:
    head, _, *rows = ask("--demo", "reach", "fork", columns=200).splitlines()
    assert head.split()[:4] == ["capability", "what", "repository", "how"]
    assert {"acme/infra", "acme/site"} == {word for row in rows for word in row.split() if word.startswith("acme/")}
    told = json.loads(ask("--demo", "reach", "fork", "--format", "json"))["reached"]
    assert {each["repository"] for each in told} == {"acme/infra", "acme/site"}
    assert any(len(each["what"]) > 100 for each in told), "a program is told every scope of a token"
    assert max(len(row) for row in rows) < 200


def test_what_was_kept_gives_the_same_answer(web) -> None:
    first = ask("pipelines", str(web), "--format", "json")
    assert ask("pipelines", str(web), "--format", "json") == first
    assert ask("pipelines", str(web), "--no-cache", "--format", "json") == first
