"""What jobs need of their token, told by what their steps do; what cannot be told is said, never guessed."""

import pytest

from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.least.actions import ACTIONS, source_of
from pipewarden.pipelines.least.commands import of_github_cli, pushes, strange
from pipewarden.pipelines.least.needs import JobNeeds, needs_of
from pipewarden.pipelines.token import SCOPES
from pipewarden.pipelines.workflow import read_workflow

HEAD = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n"


def needs(steps: str, **more: object) -> JobNeeds:
    workflow = read_workflow("ci.yml", HEAD + "".join(f"      {line}\n" for line in steps.strip("\n").split("\n")))
    assert workflow.faults == ()
    return needs_of(workflow, workflow.jobs[0], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_row_names_scopes_that_exist_and_its_page(action: str) -> None:
    row = ACTIONS[action]
    for scopes in (row.scopes, *(when.scopes for when in row.when)):
        assert scopes.keys() <= SCOPES
        assert set(scopes.values()) <= {"read", "write"}
    assert action == action.lower()
    assert source_of(action).startswith("https://")


def test_a_build_needs_to_read_the_code() -> None:
    found = needs("- uses: actions/checkout@v4\n- run: make test")
    assert found.scopes == {"contents": "read"}
    assert found.is_known
    [reason] = found.reasons
    assert reason.source == "https://github.com/actions/checkout#readme"


def test_an_action_that_is_not_known_may_need_anything() -> None:
    found = needs("- uses: actions/checkout@v4\n- uses: mallory/shiny@v1")
    assert found.unknown == ("what mallory/shiny needs is not known",)


def test_inputs_decide() -> None:
    aws = "- uses: aws-actions/configure-aws-credentials@v4\n  with:\n    "
    assert needs(aws + "role-to-assume: arn:aws:iam::1:role/deploy").scopes == {"id-token": "write"}
    assert needs(aws + "aws-access-key-id: ${{ secrets.KEY }}").scopes == {}
    release = "- uses: softprops/action-gh-release@v2"
    assert needs(release).scopes == {"contents": "write"}
    assert needs(release + "\n  with:\n    discussion_category_name: news").scopes["discussions"] == "write"
    assert needs(release + "\n  with:\n    token: ${{ secrets.BOT }}").scopes == {}, "it acts by another token"


def test_the_github_cli_needs_what_it_does_with_the_token_it_is_given() -> None:
    given = "- run: {}\n  env:\n    GH_TOKEN: ${{{{ github.token }}}}"
    assert needs(given.format("gh pr comment 1 --body hello")).scopes == {"pull-requests": "write"}
    assert needs(given.format("gh pr merge --auto 1")).scopes == {"contents": "write", "pull-requests": "write"}
    assert needs(given.format("gh issue list")).scopes == {"issues": "read"}
    asked = needs(given.format("gh api repos/acme/web/issues"))
    assert asked.unknown == ("what `gh api repos` needs depends on what it asks",)
    assert needs("- run: gh pr comment 1").scopes == {}, "without a token it can do nothing"


def test_a_program_that_is_given_the_token_may_need_anything() -> None:
    given = needs("- run: ./release.sh\n  env:\n    TOKEN: ${{ secrets.GITHUB_TOKEN }}")
    assert given.unknown == ("`./release.sh` of step 1 is given the token",)
    assert needs("- run: ./release.sh\n  env:\n    TOKEN: ${{ secrets.BOT }}").is_known


def test_a_push_needs_to_write_where_the_checkout_left_the_token() -> None:
    push = "- run: git push origin HEAD"
    assert needs(f"- uses: actions/checkout@v4\n{push}").scopes == {"contents": "write"}
    kept = "- uses: actions/checkout@v4\n  with:\n    persist-credentials: false"
    assert needs(f"{kept}\n{push}").scopes == {"contents": "read"}


def test_a_login_to_the_registry_with_the_token_needs_packages() -> None:
    login = "- uses: docker/login-action@v3\n  with:\n    registry: {}\n    username: x\n    password: ${{{{ secrets.{} }}}}"
    assert needs(login.format("ghcr.io", "GITHUB_TOKEN")).scopes == {"packages": "write"}
    assert needs(login.format("ghcr.io", "BOT")).scopes == {}
    assert needs(login.format("docker.io", "GITHUB_TOKEN")).scopes == {}


def test_an_action_that_logs_in_to_the_registry_needs_packages_whatever_pushes_later() -> None:
    assert needs("- uses: ko-build/setup-ko@v0.9\n- run: make sign").scopes == {"packages": "write"}
    assert needs("- uses: actions/setup-go@v5\n- run: make sign").scopes == {}


def test_a_composite_action_of_the_repository_is_looked_into() -> None:
    text = "runs:\n  using: composite\n  steps:\n    - run: ./it\n      shell: bash\n      env: {T: '${{ inputs.token }}'}\n"
    steps = read_action("action.yml", text).steps
    used = "- uses: ./.github/actions/it"
    assert needs(used).unknown == ("./.github/actions/it was not read",)
    inside = {"./.github/actions/it": steps}
    assert needs(used, actions=inside).is_known
    handed = needs(used + "\n  with:\n    token: ${{ github.token }}", actions=inside)
    assert handed.unknown == ("`./it` of step 1 is given the token",), "the token goes by the name of an input"


def test_words_of_scripts() -> None:
    assert list(of_github_cli("# gh pr merge\ngh auth status\necho gh | cat")) == []
    assert strange("set -e\nif true; then\n  echo x | jq .\nfi\nX=1 python it.py") == "python"
    assert strange("echo $(date)") == ""
    assert pushes("cd x && git -C y push --tags")
    assert not pushes("echo 'we do not push'")
