"""Checkouts and systems in one audit: bob pushes to acme/web, its workflow becomes the role that Terraform states."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipewarden.access.engine import Engine
from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.connectors.joined import remote_of
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer
from pipewarden.model.access import Capability
from pipewarden.model.facts import Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store

ROLE = """\
resource "aws_iam_role" "deploy" {
  name = "site-deploy"
  assume_role_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:ref:refs/heads/*" }
      }
    }]
  })
}
"""
NEW = """\
on: push
permissions: {contents: read, id-token: write}
jobs:
  ship:
    runs-on: ubuntu-latest
    steps: [{run: './ship.sh "${{ secrets.ONLY_HERE }}"'}]
"""
WEB = Ref("github.com", Kind.REPOSITORY, "1001")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def github() -> Iterator[GitHubServer]:
    with GitHubServer(acme()) as server:
        yield server


@pytest.fixture
def run(
    github: GitHubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    """Return a function that runs the command where acme is configured, and web is checked out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GITHUB_TOKEN", github.owner_token)
    (tmp_path / "pipewarden.yaml").write_text(f"sources: [{{github: acme, api: '{github.url}'}}]\n")
    checkout(tmp_path / "web", "git@github.com:acme/Web.git")

    def run_(*arguments: str) -> tuple[int, str, str]:
        code = ended(main, list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


def checkout(folder: Path, remote: str) -> Path:
    for path, text in {
        ".github/workflows/ship.yml": NEW,
        "infra/main.tf": ROLE,
        ".git/config": f'[remote "fork"]\n\turl = https://elsewhere.example/x/y\n[remote "origin"]\n\turl = {remote}\n',
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def snapshot() -> Snapshot:
    with Store.open("data/pipewarden/pipewarden.db", create=False) as store:
        return store.load_snapshot("latest")


def workflows_of(found: Snapshot, repository: Ref) -> set[str]:
    return {each.name for each in found.entities(Kind.WORKFLOW) if each.parent == repository}


def test_one_path_leads_from_a_person_over_a_push_and_a_workflow_to_the_role(run: Run) -> None:
    code, _, notes = run("audit", "web", "github:acme", "--fail-on", "never", "--no-zizmor")
    assert code == 0, notes
    assert "web stands in the place of the files of acme/web on github.com" in notes
    code, out, notes = run("who-can", "assume_role", "AWS role site-deploy")
    assert code == 0, notes
    line = re.sub(r"\s+", " ", out)
    assert (
        "bob → team acme/platform (maintain) → acme/web (a workflow pushed there runs a job whose OIDC token is accepted)"
        in line
    )
    found = snapshot()
    engine = Engine(found)
    [role] = [each for each in found.entities(Kind.CLOUD_ROLE) if each.name == "AWS role site-deploy"]
    assert role.parent == WEB, "the role stands in the repository of the system"
    who = {engine.name(each.principal) for each in engine.who_can(Capability.ASSUME_ROLE, role.ref)}
    assert {"bob", "dave", "alice", "deploy key carol-laptop"} <= who
    assert "judy" not in who
    code, out, _ = run("reach", "bob")
    assert "site-deploy" in out


def test_its_files_stand_in_the_place_of_those_that_were_fetched_and_nothing_else_moves(run: Run) -> None:
    run("audit", "github:acme", "--fail-on", "never", "--no-zizmor")
    before = snapshot()
    run("audit", "web", "github:acme", "--fail-on", "never", "--no-zizmor")
    after = snapshot()
    assert workflows_of(before, WEB) == {"acme/web/.github/workflows/deploy.yml"}
    assert workflows_of(after, WEB) == {"acme/web/.github/workflows/ship.yml"}
    assert {each.name for each in after.entities(Kind.JOB) if each.parent == WEB} == {
        "acme/web/.github/workflows/ship.yml#ship"
    }
    used = {use.name for use in after.records(Use) if use.by.key.startswith("1001:")}
    assert "ONLY_HERE" in used
    assert "DEPLOY_TOKEN" not in used, "only the file that was fetched took it"
    assert not [each for each in after.entities(Kind.REPOSITORY) if each.ref.instance == "checkout"]
    web = after.find(WEB)
    assert web is not None
    assert web.attributes["visibility"] == "private", "what the system tells of the repository stays"
    others = {each.ref: each for each in before.entities(Kind.WORKFLOW) if each.parent != WEB}
    assert {each.ref for each in after.entities(Kind.WORKFLOW) if each.parent != WEB} == set(others)
    assert len(after.grants) - len(before.grants) == -1, "two jobs' tokens became one's"


def test_a_job_of_the_checkout_says_the_subjects_and_editors_that_the_system_knows(run: Run) -> None:
    run("audit", "web", "github:acme", "--fail-on", "never", "--no-zizmor")
    code, out, _ = run("pipelines", "--format", "json")
    assert code == 0
    [ship] = [each for each in json.loads(out)["jobs"] if each["job"].endswith("ship.yml#ship")]
    assert any("bob" in name for name in ship["editors"])
    assert all(each.startswith("repo:acme") for each in ship["effective"]["subjects"])


def test_a_checkout_of_something_else_stands_by_itself_and_no_id_is_mixed(run: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "other", "https://gitlab.example/acme/web.git")  # another host's acme/web
    code, out, notes = run("audit", "other", "github:acme", "--fail-on", "never", "--no-zizmor", "--format", "json")
    assert code == 0
    assert "other is acme/web, which is in nothing that was read: it stands by itself" in notes
    found = snapshot()
    assert workflows_of(found, WEB) == {"acme/web/.github/workflows/deploy.yml"}
    assert workflows_of(found, Ref("checkout", Kind.REPOSITORY, "acme/web")) == {"acme/web/.github/workflows/ship.yml"}
    report = json.loads(out)
    assert {"github:acme", "path:acme/web"} == set(report["sources"])
    checks = {each["check"] for each in report["findings"]}
    assert {"gh.oidc.trust_no_env", "gh.act.approve_prs"} <= checks, "findings of both"
    about = [each for each in report["not_assessed"] if "checkout:" in str(each["subject"])]
    assert not [each for each in about if each["check"].startswith("gh.repo")], "a checkout has no settings to miss"


def test_a_name_that_is_given_counts_whatever_the_remote_says(run: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "copy", "ssh://git@mirror.example/copies/web")
    code, _, notes = run(
        "audit", "copy", "github:acme", "--repository", "acme/web", "--fail-on", "never", "--no-zizmor"
    )
    assert code == 0
    assert "copy stands in the place of the files of acme/web on github.com" in notes


def test_the_configured_sources_are_read_beside_a_path_where_that_is_asked(run: Run) -> None:
    code, out, notes = run("audit", "web", "--configured", "--fail-on", "never", "--no-zizmor", "--format", "json")
    assert code == 0, notes
    assert set(json.loads(out)["sources"]) == {"github:acme", "path:acme/Web"}
    assert "web stands in the place of the files of acme/web on github.com" in notes
    code, out, _ = run("audit", "web", "--fail-on", "never", "--no-zizmor", "--format", "json")
    assert json.loads(out)["sources"] == ["path:acme/Web"], "a path alone needs no token and reads no source"


@pytest.mark.parametrize("more", [("github:acme",), ("--configured",)])
def test_settings_that_come_with_the_checkout_send_no_credential_anywhere_unless_they_are_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path / "web")
    ours = (tmp_path / "pipewarden.yaml").read_text()
    Path("pipewarden.yaml").write_text(
        "sources: [{github: acme, api: 'http://127.0.0.1:9', token: {command: touch ran}}]\n"
    )
    code, _, notes = run("audit", ".", *more, "--no-zizmor")
    assert code == 2
    assert "pipewarden.yaml comes with the checkout that is audited" in notes
    assert not Path("ran").exists()
    Path("pipewarden.yaml").write_text(ours)
    assert run("audit", ".", *more, "--no-zizmor", "--fail-on", "never")[0] == 2
    named = ("--config", "pipewarden.yaml", "audit", ".", *more, "--no-zizmor", "--fail-on", "never")
    assert run(*named)[0] == 0
    Path("pipewarden.yaml").write_text("checks: {disable: [gh.dkey.old]}\n")
    assert run("audit", ".", "--no-zizmor", "--fail-on", "never")[0] == 0, "how checks judge may come with it"
    Path("pipewarden.yaml").write_text("store: postgresql://mallory.example/store\n")
    assert run("audit", ".", "--no-zizmor", "--fail-on", "never")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("web", "web", "github:acme", "--repository", "acme/web"), "--repository names one checkout"),
        (("github:acme", "--repository", "acme/web"), "--repository names one checkout"),
        (("web", "--repository", "web"), "web is not OWNER/NAME"),
        (("web", "./web", "github:acme"), "two of the paths are checkouts of acme/Web"),
    ],
)
def test_a_name_for_no_checkout_or_several_is_refused(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, out, notes = run("audit", *arguments)
    assert (code, out) == (2, "")
    assert says in notes


def test_what_stood_in_a_file_that_was_not_read_this_time_is_not_gone(run: Run) -> None:
    Path("web/.env").write_text("DB_PASSWORD=" + "Ahk2oowi" + "ePh8iequ\n")
    run("audit", "web", "github:acme", "--fail-on", "never", "--no-zizmor")
    _, out, _ = run("audit", "github:acme", "--fail-on", "never", "--no-zizmor", "--format", "json")
    life = {(each["check"], each["file"]): each["life"] for each in json.loads(out)["findings"]}
    assert {each for (_, file), each in life.items() if file == ".env"} == {"unseen"}
    # the default branch was searched for trusts, and has no such file: it is the checkout's alone
    assert life["gh.oidc.trust_no_env", "infra/main.tf"] == "gone"
    Path("web/infra/main.tf").unlink()
    _, out, _ = run("audit", "web", "github:acme", "--fail-on", "never", "--no-zizmor", "--format", "json")
    life = {each["check"]: each["life"] for each in json.loads(out)["findings"] if each["file"] == "infra/main.tf"}
    assert life.get("gh.oidc.trust_no_env") in {None, "gone"}


CALLED = "on: workflow_call\njobs:\n  inner:\n    runs-on: x\n    environment: production\n    steps: [{run: make}]\n"
CALLS = "on: push\njobs:\n  outer:\n    uses: acme/tools/.github/workflows/build.yml@main\n"


def test_a_workflow_of_another_repository_is_followed_from_the_checkout(
    run: Run, tmp_path: Path, github: GitHubServer
) -> None:
    estate = acme()
    estate.organizations["acme"].repositories["tools"].workflows = {".github/workflows/build.yml": CALLED}
    (tmp_path / "web/.github/workflows/ship.yml").write_text(CALLS)
    with GitHubServer(estate) as server:
        Path("pipewarden.yaml").write_text(
            f"sources: [{{github: acme, api: '{server.url}', token: {{file: token}}}}]\n"
        )
        Path("token").write_text(server.owner_token)
        assert run("audit", "web", "github:acme", "--fail-on", "never", "--no-zizmor")[0] == 0
    assert "acme/web/.github/workflows/ship.yml#outer/inner" in {e.name for e in snapshot().entities(Kind.JOB)}


@pytest.mark.parametrize(
    ("remote", "told"),
    [
        ("git@github.com:acme/web.git", ("github.com", "acme/web")),
        ("https://github.com/acme/web", ("github.com", "acme/web")),
        ("ssh://git@ghes.acme.example:2222/acme/web.git", ("ghes.acme.example", "acme/web")),
        ("https://token@GitHub.com/acme/web.git/", ("github.com", "acme/web")),
        ("../web", ("", "")),
        ("https://[broken", ("", "")),
        ("git@gitlab.com:acme/sub/web.git", ("", "")),
    ],
)
def test_the_remote_tells_host_and_name(tmp_path: Path, remote: str, told: tuple[str, str]) -> None:
    assert remote_of(checkout(tmp_path, remote)) == told


def test_a_worktree_has_the_remote_of_its_repository(tmp_path: Path) -> None:
    main_one = checkout(tmp_path / "web", "git@github.com:acme/web.git")
    inner = main_one / ".git/worktrees/side"
    inner.mkdir(parents=True)
    (inner / "commondir").write_text("../..\n")
    side = tmp_path / "side"
    side.mkdir()
    (side / ".git").write_text(f"gitdir: {inner}\n")
    assert remote_of(side) == ("github.com", "acme/web")
    (side / ".git").write_text("gitdir: /nowhere\n")
    assert remote_of(side) == ("", "")
