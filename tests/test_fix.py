"""`pipewarden fix plan`: a patch that git takes, advice beside it, and nothing written before somebody says so."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.errors import UsageError
from pipewarden.fix import plan_pipelines, write
from pipewarden.pipelines.least.kinds import EditKind
from pipewarden.pipelines.workflow import read_workflow

Asked = Callable[..., tuple[int, str]]

WORKFLOW = """\
on: push
permissions: write-all
jobs:
  build:
    runs-on: ubuntu-latest
    env:
      PROD_KEY: ${{ secrets.PROD_KEY }}
    steps:
      - uses: actions/checkout@v4
      - run: npm ci
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.KEY_ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW.rstrip("\n"))
    return folder


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        code = ended(main, ["--quiet", "fix", "plan", *words])
        return code, capsys.readouterr().out

    return run


def test_the_patch_is_one_that_git_takes(checkout: Path, asked: Asked) -> None:
    code, patch = asked("--pipelines", str(checkout))
    assert code == 4
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=checkout, check=True)
    after = (checkout / ".github/workflows/ci.yml").read_text()
    assert "    permissions:\n      contents: read\n    runs-on" in after
    assert asked("--pipelines", str(checkout)) == (0, "")


def test_nothing_is_written_before_somebody_says_so(checkout: Path, asked: Asked) -> None:
    asked("--pipelines", str(checkout))
    file = checkout / ".github/workflows/ci.yml"
    assert file.read_text() == WORKFLOW.rstrip("\n")
    assert asked("--pipelines", str(checkout), "--write")[0] == 4
    assert "contents: read" in file.read_text()


def test_a_file_that_changed_meanwhile_is_not_overwritten(checkout: Path) -> None:
    plan = plan_pipelines(checkout)
    (checkout / ".github/workflows/ci.yml").write_text("on: push\n")
    with pytest.raises(UsageError, match="has changed since it was planned"):
        write(plan, checkout)
    assert (checkout / ".github/workflows/ci.yml").read_text() == "on: push\n"


def test_what_is_to_be_done_by_hand_stands_beside_it_with_why(checkout: Path, asked: Asked) -> None:
    _, text = asked("--pipelines", str(checkout), "--format", "json")
    told = json.loads(text)
    assert {each["kind"] for each in told["edits"]} == {"environment", "oidc"}
    assert [each["kind"] for each in told["advice"]] == ["split"]
    assert told["advice"][0]["why"] == "every step sees PROD_KEY: which of them need it is not said"
    assert told["proposals"][0]["says"].startswith("job build needs contents: read; it loses actions: write")
    _, table = asked("--pipelines", str(checkout), "--format", "table")
    flat = " ".join(table.split())
    assert "job build signs in to AWS with a key that does not expire (KEY_ID and KEY) (--only oidc)" in flat
    assert "1. first: Mind that code of others runs in the job before (step 2)" in flat
    assert "then: Delete the key at AWS, and KEY_ID and KEY from the secrets." in flat
    assert "no edit is offered: every step sees PROD_KEY" in flat
    assert "| build-publish: | needs: build | runs-on: ubuntu-latest | steps:" in flat


def test_a_kind_that_has_nothing_to_plan_says_so_and_why(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    def told(*words: str) -> tuple[int, str, str]:
        code = ended(main, ["fix", "plan", "--pipelines", str(checkout), *words])
        out, err = capsys.readouterr()
        return code, out, " ".join(err.split())

    code, out, err = told("--only", "split")
    assert (code, out) == (0, "")
    assert "nothing to plan (split): no edit is safe, `--format table` tells why" in err
    _, out, err = told("--only", "split", "--format", "table")
    assert "no edit is offered: every step sees PROD_KEY" in out
    assert "needs contents: read" not in out, "what was not asked for is not told"
    assert "--only oidc" not in out
    plain = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
    (checkout / ".github/workflows/ci.yml").write_text(plain)
    code, out, err = told("--only", "split", "--only", "oidc", "--only", "environment")
    assert (code, out) == (0, "")
    assert "nothing to plan (split): no job is known to take a secret" in err
    assert "nothing to plan (oidc): no job is known to sign in with a key" in err
    assert "nothing to plan (environment): no job is found that should name one" in err


def test_what_waits_for_settings_is_given_where_it_is_asked_for(checkout: Path, asked: Asked) -> None:
    assert "environment: production" not in asked("--pipelines", str(checkout))[1]
    code, patch = asked("--pipelines", str(checkout), "--only", "environment")
    assert code == 4
    assert "+    environment: production" in patch
    assert "contents: read" not in patch
    head = patch.partition("--- a/")[0].splitlines()
    assert (
        head[0]
        == "# environment: job build takes KEY, KEY_ID and PROD_KEY without an environment; it gets `environment: production`"
    )
    assert head[1].startswith("#   first: Make the environment `production`")
    assert all(line.startswith("# ") for line in head)


def test_all_kinds_together_are_one_patch_that_git_takes(checkout: Path, asked: Asked) -> None:
    kinds = [word for kind in ("permissions", "environment", "oidc", "split") for word in ("--only", kind)]
    _, patch = asked("--pipelines", str(checkout), "--repository", "acme/web", *kinds)
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=checkout, check=True)
    after = (checkout / ".github/workflows/ci.yml").read_text()
    assert "    runs-on: ubuntu-latest\n    environment: production\n" in after
    assert "          role-to-assume: ${{ vars.AWS_ROLE_TO_ASSUME }}" in after
    assert "subject `repo:acme/web:environment:production`" in patch, "the environment is named before"
    assert asked("--pipelines", str(checkout), *kinds) == (0, "")


SITE = """\
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm ci && npm run build
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.KEY_ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
          aws-region: eu-west-1
      - run: aws s3 sync build/ s3://acme-site
"""


def test_a_job_that_is_split_has_its_environment_and_identity_in_the_second_half(checkout: Path) -> None:
    (checkout / ".github/workflows/ci.yml").write_text(SITE)
    plan = plan_pipelines(checkout, only=tuple(EditKind), repository="acme/web")
    [change] = plan.changes
    assert [(edit.kind, edit.job) for edit in change.edits] == [
        (EditKind.SPLIT, "deploy"),
        (EditKind.PERMISSIONS, "deploy"),
        (EditKind.PERMISSIONS, "deploy-publish"),
        (EditKind.ENVIRONMENT, "deploy-publish"),
        (EditKind.OIDC, "deploy-publish"),
    ]
    assert "no other job takes" not in change.patch, "the job as it was is not another one"
    read = read_workflow("ci.yml", change.after)
    deploy, publish = read.jobs
    assert (deploy.secrets, deploy.oidc) == ((), False)
    assert (publish.secrets, publish.oidc) == ((), True)
    assert publish.environment is not None


def test_patches_of_each_kind_are_written_each_against_the_files_as_they_stand(checkout: Path, asked: Asked) -> None:
    folder = checkout / "least"
    assert asked("--pipelines", str(checkout), "--patches", str(folder)) == (4, "")
    assert sorted(each.name for each in folder.iterdir()) == [
        "environment-ci.yml.patch",
        "oidc-ci.yml.patch",
        "permissions-ci.yml.patch",
    ]
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    for each in folder.iterdir():
        subprocess.run(["git", "apply", "--check", str(each)], cwd=checkout, check=True)
    assert asked("--pipelines", str(checkout), "--patches", str(folder))[0] == 2, "old patches would lie among new ones"
    only = checkout / "only"
    asked("--pipelines", str(checkout), "--patches", str(only), "--only", "oidc")
    assert [each.name for each in only.iterdir()] == ["oidc-ci.yml.patch"]


def test_that_patches_of_one_file_exclude_each_other_is_said(
    checkout: Path, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    def said_of(*words: str) -> str:
        ended(main, ["fix", "plan", "--pipelines", str(checkout), *words])
        return " ".join(capsys.readouterr().err.split())

    said = said_of("--patches", str(checkout / "least"))
    assert "patches of one file exclude each other (ci.yml): after one of a file is applied, plan again;" in said
    together = said.partition("plan again; `")[2].partition("`")[0]
    assert together == "--only permissions --only environment --only oidc"
    _, patch = asked("--pipelines", str(checkout), *together.split())
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "--check", "-"], cwd=checkout, check=True, input=patch, text=True)
    assert "exclude each other" not in said_of("--patches", str(checkout / "only"), "--only", "oidc"), "it is one"


def test_what_cannot_be_asked_together_is_said(checkout: Path, asked: Asked) -> None:
    assert asked("--pipelines", str(checkout), "--patches", str(checkout / "x"), "--write")[0] == 2
    assert asked("--pipelines", str(checkout), "--repository", "acme")[0] == 2
    (checkout / "file").write_text("x")
    assert asked("--pipelines", str(checkout), "--patches", str(checkout / "file" / "x"))[0] == 2


def test_writing_keeps_to_the_kinds_that_are_named(checkout: Path, asked: Asked) -> None:
    asked("--pipelines", str(checkout), "--only", "environment", "--write")
    after = (checkout / ".github/workflows/ci.yml").read_text()
    assert after == WORKFLOW.rstrip("\n").replace("ubuntu-latest\n", "ubuntu-latest\n    environment: production\n")


def test_what_must_exist_first_is_told_where_files_are_written(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(main, ["fix", "plan", "--pipelines", str(checkout), "--only", "environment", "--write"]) == 4
    told = " ".join(capsys.readouterr().err.split())
    assert ".github/workflows/ci.yml is written" in told
    assert " first: Make the environment `production`" in told


def test_a_role_that_the_checkout_binds_to_a_branch_stands_against_an_environment(checkout: Path, asked: Asked) -> None:
    file = checkout / ".github/workflows/ci.yml"
    file.write_text(WORKFLOW.replace("on: push", "on: {push: {branches: [main]}}"))
    subject = "repo:acme/web:ref:refs/heads/main"
    (checkout / "main.tf").write_text(
        'resource "aws_iam_role" "deploy" {\n  assume_role_policy = jsonencode({ Statement = [{\n'
        '    Effect = "Allow"\n    Action = "sts:AssumeRoleWithWebIdentity"\n'
        '    Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }\n'
        f'    Condition = {{ StringEquals = {{ "token.actions.githubusercontent.com:sub" = "{subject}" }} }}\n'
        "  }] })\n}\n"
    )
    _, text = asked("--pipelines", str(checkout), "--format", "json", "--repository", "acme/web")
    [told] = [each for each in json.loads(text)["advice"] if each["kind"] == "environment"]
    assert f"trusts {subject}, and an environment changes its subject" in told["why"]
    assert "main.tf:6" in told["why"]


def test_a_file_that_is_not_utf8_is_not_edited(checkout: Path, asked: Asked) -> None:
    (checkout / ".github/workflows/ci.yml").write_bytes(WORKFLOW.encode() + b"# \xe9\n")
    code, text = asked("--pipelines", str(checkout), "--format", "json")
    assert code == 0
    assert json.loads(text)["unread"] == [".github/workflows/ci.yml is not written in UTF-8"]


def test_a_caller_is_lowered_with_what_it_calls_in_one_go(checkout: Path) -> None:
    inner = (
        "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
    )
    call = "on: push\npermissions: write-all\njobs:\n  b:\n    uses: ./.github/workflows/inner.yml\n"
    (checkout / ".github/workflows/inner.yml").write_text(inner)
    (checkout / ".github/workflows/call.yml").write_text(call)
    write(plan_pipelines(checkout), checkout)
    assert plan_pipelines(checkout).patch == ""


def test_it_says_what_it_needs(tmp_path: Path, asked: Asked) -> None:
    assert asked()[0] == 2
    assert asked("--pipelines", str(tmp_path / "nowhere"))[0] == 2
    assert asked("--pipelines", str(tmp_path)) == (0, "")


def test_a_link_laid_for_the_draft_is_not_written_through(checkout: Path) -> None:
    outside = checkout.parent / "outside"
    outside.write_text("not ours")
    (checkout / ".github/workflows/.ci.yml.draft").symlink_to(outside)
    planned = plan_pipelines(checkout)
    assert write(planned, checkout) == [".github/workflows/ci.yml"]
    assert outside.read_text() == "not ours"
    assert (checkout / ".github/workflows/ci.yml").read_text() == planned.files[0].after
    assert not list((checkout / ".github/workflows").glob(".draft-*"))


def test_a_name_cannot_write_into_the_patch_nor_to_the_screen(checkout: Path, asked: Asked) -> None:
    names = ["a\n--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n.yml", "\x1b]0;pwn\x07.yml", 'qu"ote.yml', "rtl\u202e.yml"]
    for name in names:
        (checkout / ".github/workflows" / name).write_text(WORKFLOW)
    code, patch = asked("--pipelines", str(checkout))
    assert code == 4
    assert patch.isascii()
    assert all(line.isprintable() for line in patch.splitlines())
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=checkout, check=True)
    for name in names:
        assert "contents: read" in (checkout / ".github/workflows" / name).read_text()


def test_a_job_cannot_write_into_the_lines_above_a_patch(checkout: Path) -> None:
    (checkout / "x").write_text("a\n")
    name = '"deploy\\n--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-a\\n+b\\n"'
    (checkout / ".github/workflows/ci.yml").write_text(SITE.replace("deploy:", f"{name}:"))
    patch = plan_pipelines(checkout, only=tuple(EditKind)).patch
    assert "environment: production" in patch
    assert patch.isascii()
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=checkout, check=True)
    assert (checkout / "x").read_text() == "a\n"


def test_what_breaks_lines_elsewhere_is_a_letter_to_git(checkout: Path, asked: Asked) -> None:
    file = checkout / ".github/workflows/ci.yml"
    file.write_text(
        WORKFLOW.replace("    runs-on", "    # one\u2028    # two\u0085    # three\n    runs-on"),
        encoding="utf-8",
        newline="",
    )
    patch = asked("--pipelines", str(checkout))[1]
    assert "No newline" not in patch
    subprocess.run(["git", "init", "-q", "."], cwd=checkout, check=True)
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=checkout, check=True)


def test_a_folder_of_checkouts_is_refused_not_called_clean(checkout: Path) -> None:
    with pytest.raises(UsageError, match="holds 1 checkout") as refusal:
        plan_pipelines(checkout.parent)
    assert str(checkout) in refusal.value.hint
    assert plan_pipelines(checkout).patch
