"""What jobs reach through the workflows that call them: the vendor's sentence stands above each story."""

import pytest

from pipewarden.model.jobs import Circle, Given
from tests.pipelines.github.shelves import jobs

DEPLOY = """\
name: deploy
on:
  workflow_call:
    inputs: {target: {type: string}}
    secrets: {TOKEN: {required: true}}
jobs:
  ship:
    runs-on: ubuntu-latest
    environment: ${{ inputs.target }}
    permissions: {contents: write, packages: write}
    steps:
      - name: ship it
        run: ./ship.sh
        env: {TOKEN: "${{ secrets.TOKEN }}", OTHER: "${{ secrets.OTHER }}"}
"""


def calling(body, on="push", permissions="{contents: write, packages: read}"):
    return f"on: {on}\npermissions: {permissions}\njobs:\n  go:\n    uses: ./.github/workflows/deploy.yml\n{body}"


PASSED = "    with: {target: production}\n    secrets: {TOKEN: '${{ secrets.DEPLOY_TOKEN }}'}\n"


class TestACall:
    def test_the_called_job_stands_in_the_place_of_the_calling_one(self) -> None:
        found = jobs(main=calling(PASSED), deploy=DEPLOY)
        assert sorted(found) == ["deploy.yml#ship", "main.yml#go/ship"]
        job = found["main.yml#go/ship"]
        assert [str(spot) for spot in job.chain] == [".github/workflows/main.yml:5:11"]
        assert str(job.at) == ".github/workflows/deploy.yml:7:3"
        assert job.files == (".github/workflows/main.yml", ".github/workflows/deploy.yml")
        assert found["deploy.yml#ship"].callers == (".github/workflows/main.yml#go/ship",)

    def test_the_token_is_capped_by_the_caller(self) -> None:
        # "The GITHUB_TOKEN permissions passed from the caller workflow can be only downgraded (not elevated) by the
        # called workflow." https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
        job = jobs(main=calling(PASSED), deploy=DEPLOY)["main.yml#go/ship"]
        assert job.token == {"contents": "write", "packages": "read", "metadata": "read"}

    def test_a_caller_whose_default_is_not_known_leaves_the_token_unknown(self) -> None:
        text = calling(PASSED).replace("permissions: {contents: write, packages: read}\n", "")
        unknown = jobs(main=text, deploy=DEPLOY)["main.yml#go/ship"]
        assert (unknown.token, unknown.token_unknown) == (
            None,
            "the repository's default workflow permissions are not known",
        )
        known = jobs(main=text, deploy=DEPLOY, default="read")["main.yml#go/ship"]
        assert known.token == {"contents": "read", "packages": "read", "metadata": "read"}

    def test_a_secret_has_the_name_that_the_settings_hold(self) -> None:
        job = jobs(main=calling(PASSED), deploy=DEPLOY)["main.yml#go/ship"]
        passed, *rest = [each for each in job.secrets if not each.only_environment]
        assert (passed.name, passed.known_as, passed.by) == ("DEPLOY_TOKEN", "TOKEN", "step 1 (ship it)")
        assert rest == []  # OTHER is not passed

    def test_what_no_caller_passes_can_only_be_a_secret_of_the_environment(self) -> None:
        # "If you include environment in the reusable workflow at the job level, the environment secret will be used, and
        # not the secret passed from the caller workflow."
        job = jobs(main=calling(PASSED), deploy=DEPLOY)["main.yml#go/ship"]
        assert {each.name for each in job.secrets if each.only_environment} == {"TOKEN", "OTHER"}
        without = DEPLOY.replace("    environment: ${{ inputs.target }}\n", "")
        job = jobs(main=calling(PASSED), deploy=without)["main.yml#go/ship"]
        assert [each.name for each in job.secrets] == ["DEPLOY_TOKEN"]

    def test_inherited_secrets_keep_their_names(self) -> None:
        job = jobs(main=calling("    secrets: inherit\n"), deploy=DEPLOY)["main.yml#go/ship"]
        assert [(each.name, each.known_as) for each in job.secrets] == [("TOKEN", ""), ("OTHER", "")]

    def test_the_callers_settle_environment_and_runner(self) -> None:
        text = DEPLOY.replace("ubuntu-latest", "${{ inputs.machine }}")
        body = "    with: {target: production, machine: self-hosted}\n"
        job = jobs(main=calling(body), deploy=text)["main.yml#go/ship"]
        assert (job.environments, job.environment_open) == (("production",), False)
        assert (job.runner, job.labels) == ("self_hosted", ("self-hosted",))
        alone = jobs(main=calling(body), deploy=text)["deploy.yml#ship"]
        assert (alone.environments, alone.environment_open) == ((), True)

    def test_an_input_of_the_callers_own_starter_stays_open(self) -> None:
        on = "{workflow_dispatch: {inputs: {where: {type: string, default: staging}}}}"
        job = jobs(main=calling("    with: {target: '${{ inputs.where }}'}\n", on=on), deploy=DEPLOY)[
            "main.yml#go/ship"
        ]
        assert (job.environments, job.environment_open) == (("staging",), True)

    def test_a_matrix_names_the_environments(self) -> None:
        body = "    strategy: {matrix: {where: [staging, production]}}\n    with: {target: '${{ matrix.where }}'}\n"
        job = jobs(main=calling(body), deploy=DEPLOY)["main.yml#go/ship"]
        assert (job.environments, job.environment_open) == (("staging", "production"), False)

    def test_what_is_passed_and_may_be_a_secret_is_not_kept(self) -> None:
        token = "ghp_" + "a1B2" * 9
        job = jobs(main=calling(f"    with: {{target: {token}}}\n"), deploy=DEPLOY)["main.yml#go/ship"]
        assert token not in str(job)
        assert job.environment_open

    def test_who_starts_the_caller_starts_the_called(self) -> None:
        job = jobs(main=calling(PASSED, on="pull_request"), deploy=DEPLOY)["main.yml#go/ship"]
        fork, developer, bot = job.starts
        assert (fork.by, fork.secrets, fork.reads_only, fork.theirs) == (Circle.FORK, Given.NONE, True, True)
        assert (developer.by, developer.secrets, developer.reads_only) == (Circle.DEVELOPER, Given.ALL, False)
        assert (bot.by, bot.secrets) == (Circle.BOT, Given.DEPENDABOT)
        assert fork.gate == "the environment production may ask for an approval"

    def test_a_condition_of_the_caller_stands_before_the_called(self) -> None:
        body = "    if: github.event.pull_request.head.repo.full_name == github.repository\n" + PASSED
        job = jobs(main=calling(body, on="pull_request"), deploy=DEPLOY)["main.yml#go/ship"]
        assert Circle.FORK not in {start.by for start in job.starts}


class TestOidc:
    # The documentation asks the caller to set id-token to write "at the workflow level or in the specific job"
    CALLED = "on: workflow_call\njobs:\n  up:\n    runs-on: ubuntu-latest\n    permissions: {id-token: write}\n    steps: [{run: ./up}]\n"

    def test_the_caller_must_have_it(self) -> None:
        without = jobs(main=calling("", permissions="{contents: read}"), deploy=self.CALLED)["main.yml#go/up"]
        assert (without.oidc, without.subjects) == (False, ())
        having = jobs(main=calling("", permissions="{id-token: write}"), deploy=self.CALLED)["main.yml#go/up"]
        assert having.oidc
        assert having.subjects == ("repo:acme/web:ref:refs/heads/*", "repo:acme/web:ref:refs/tags/*")

    def test_the_subject_is_that_of_the_caller_and_its_environment(self) -> None:
        text = DEPLOY.replace("packages: write", "id-token: write")
        job = jobs(main=calling(PASSED, permissions="write-all"), deploy=text)["main.yml#go/ship"]
        assert job.subjects == ("repo:acme/web:environment:production",)


class TestWeaknesses:
    PWN = DEPLOY.replace(
        "name: ship it",
        "name: take\n        uses: actions/checkout@v4\n        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n      - name: ship it",
    ).replace("./ship.sh", "make ship")

    def test_a_strangers_code_in_a_called_workflow_is_the_callers_weakness(self) -> None:
        job = jobs(main=calling(PASSED, on="pull_request_target"), deploy=self.PWN)["main.yml#go/ship"]
        [found] = job.takeovers
        assert (found.kind, found.by, found.events, found.spot.path) == (
            "pwn_request",
            "anyone",
            ("pull_request_target",),
            ".github/workflows/deploy.yml",
        )
        assert found.says.startswith("job ship on pull_request_target checks out")

    def test_under_a_push_it_is_none(self) -> None:
        assert jobs(main=calling(PASSED), deploy=self.PWN)["main.yml#go/ship"].takeovers == ()

    INJECTED = "on: {workflow_call: {inputs: {title: {type: string}}}}\njobs:\n  say:\n    runs-on: ubuntu-latest\n    steps: [{run: 'echo ${{ inputs.title }}'}]\n"

    def test_an_input_that_carries_a_strangers_text_is_theirs(self) -> None:
        body = "    with: {title: '${{ github.event.issue.title }}'}\n"
        [found] = jobs(main=calling(body, on="issues"), deploy=self.INJECTED)["main.yml#go/say"].takeovers
        assert (found.kind, found.by, found.events) == ("script_injection", "anyone", ("issues",))

    def test_a_fixed_input_is_nobodys(self) -> None:
        job = jobs(main=calling("    with: {title: hello}\n", on="issues"), deploy=self.INJECTED)["main.yml#go/say"]
        assert job.takeovers == ()


class TestWhatIsNotFollowed:
    def test_a_workflow_that_is_not_there_is_an_open_end_with_its_place(self) -> None:
        job = jobs(main=calling("    secrets: inherit\n"))["main.yml#go"]
        [end] = job.open_ends
        assert str(end.spot) == ".github/workflows/main.yml:5:11"
        assert end.says == "the called workflow ./.github/workflows/deploy.yml is not in this checkout"
        # whatever it is, it is handed every secret
        assert [(each.name, each.form, each.by) for each in job.secrets] == [
            ("", "inherit", "the called workflow ./.github/workflows/deploy.yml")
        ]

    def test_a_workflow_of_another_repository_is_followed_where_it_is_at_hand(self) -> None:
        text = calling("    secrets: inherit\n").replace(
            "./.github/workflows/deploy.yml", "acme/ci/.github/workflows/deploy.yml@main"
        )
        others = {("acme/ci", ".github/workflows/deploy.yml", "main"): ("deploy", DEPLOY)}
        job = jobs(main=text, others=others)["main.yml#go/ship"]
        assert str(job.at) == "acme/ci/.github/workflows/deploy.yml:7:3"
        assert job.files == (".github/workflows/main.yml",)
        [gone] = jobs(main=text.replace("@main", "@v1"), others=others).values()
        assert gone.open_ends[0].says.endswith("deploy.yml@v1 was not read: it is not at hand at that version")

    def test_a_local_call_of_another_repositorys_workflow_stays_in_that_repository(self) -> None:
        # a path that begins with a dot: "the called workflow is from the same commit as the caller workflow"
        between = "on: workflow_call\njobs:\n  mid:\n    uses: ./.github/workflows/deploy.yml\n    secrets: inherit\n"
        text = calling("    secrets: inherit\n").replace(
            "./.github/workflows/deploy.yml", "acme/ci/.github/workflows/mid.yml@main"
        )
        others = {
            ("acme/ci", ".github/workflows/mid.yml", "main"): ("mid", between),
            ("acme/ci", ".github/workflows/deploy.yml", "main"): ("deploy", DEPLOY),
        }
        found = jobs(main=text, deploy=DEPLOY.replace("ship:", "decoy:"), others=others)
        assert "main.yml#go/mid/ship" in found

    def test_a_workflow_without_workflow_call_cannot_be_called(self) -> None:
        job = jobs(main=calling(""), deploy="on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n")["main.yml#go"]
        assert "cannot be called" in job.open_ends[0].says

    def test_a_loop_ends(self) -> None:
        loop = "on: workflow_call\njobs:\n  again:\n    uses: ./.github/workflows/deploy.yml\n"
        job = jobs(main=calling(""), deploy=loop)["main.yml#go/again"]
        assert job.open_ends[0].says == (
            "the workflow calls itself through ./.github/workflows/deploy.yml, which GitHub refuses"
        )

    @pytest.mark.parametrize(("levels", "ends"), [(10, False), (11, True)])
    def test_ten_levels_are_followed(self, levels, ends) -> None:
        # "You can connect a maximum of ten levels of workflows - that is, the top-level caller workflow and up to nine
        # levels of reusable workflows."
        texts = {
            f"w{n}": f"on: {'push' if n == 1 else 'workflow_call'}\njobs:\n  j:\n    uses: ./.github/workflows/w{n + 1}.yml\n"
            for n in range(1, levels)
        }
        texts[f"w{levels}"] = "on: workflow_call\njobs: {end: {runs-on: x, steps: [{run: a}]}}\n"
        [job] = [job for name, job in jobs(**texts).items() if name.startswith("w1.yml")]
        assert (job.id.endswith("end"), bool(job.open_ends)) == (not ends, ends)


class TestActions:
    MAIN = "on: push\njobs:\n  b:\n    runs-on: x\n    steps: [{uses: ./.github/actions/build, with: {t: '${{ secrets.T }}'}}]\n"
    BUILD = "runs:\n  using: composite\n  steps:\n    - uses: other/thing@v1\n    - uses: ./tools/inner\n"

    def test_what_a_local_action_uses_runs_in_the_job(self) -> None:
        inner = "runs: {using: composite, steps: [{uses: 'docker://alpine:3'}]}"
        job = jobs(main=self.MAIN, actions={".github/actions/build": self.BUILD, "tools/inner": inner})["main.yml#b"]
        assert [(each.text, each.through) for each in job.calls] == [
            ("./.github/actions/build", ""),
            ("other/thing@v1", ".github/actions/build/action.yml"),
            ("./tools/inner", ".github/actions/build/action.yml"),
            ("docker://alpine:3", "tools/inner/action.yml"),
        ]
        assert job.files == (".github/workflows/main.yml", ".github/actions/build/action.yml", "tools/inner/action.yml")
        assert [each.by for each in job.secrets] == ["step 1 (./.github/actions/build)"]

    def test_one_that_is_not_there_or_leads_back_is_an_open_end(self) -> None:
        back = "runs: {using: composite, steps: [{uses: ./.github/actions/build}]}"
        [missing] = jobs(main=self.MAIN)["main.yml#b"].open_ends
        assert "is not in the repository" in missing.says
        [unread] = jobs(main=self.MAIN, actions_read=False)["main.yml#b"].open_ends
        assert "was not read" in unread.says
        [loop] = jobs(main=self.MAIN, actions={".github/actions/build": back})["main.yml#b"].open_ends
        assert "leads back to itself" in loop.says


class TestAcrossRuns:
    TEST = "name: test\non: {on}\njobs:\n  t:\n    runs-on: x\n    steps: [{{uses: actions/upload-artifact@v4, with: {{name: out}}}}]\n"
    TAKE = "on: {workflow_run: {workflows: [test], types: [completed]}}\njobs:\n  r:\n    runs-on: x\n    steps: [{uses: actions/download-artifact@v4, with: {name: out, run-id: '${{ github.event.workflow_run.id }}'}}]\n"

    def test_an_artifact_of_a_strangers_run_is_told_with_who_filled_it(self) -> None:
        job = jobs(test=self.TEST.format(on="pull_request"), take=self.TAKE)["take.yml#r"]
        [taken] = job.handovers
        assert taken.filled_by == (".github/workflows/test.yml#t",)
        assert [start.by for start in job.starts] == [Circle.FORK, Circle.DEVELOPER, Circle.BOT]

    def test_where_only_developers_start_the_run_before_no_stranger_does(self) -> None:
        job = jobs(test=self.TEST.format(on="workflow_dispatch"), take=self.TAKE)["take.yml#r"]
        assert [start.by for start in job.starts] == [Circle.DEVELOPER]
        assert job.handovers[0].filled_by == ()

    CACHE = "on: {on}\njobs:\n  {name}:\n    runs-on: x\n    steps: [{{uses: actions/cache@v4, with: {{path: a, key: deps-x}}}}]\n"

    def test_a_cache_that_a_privileged_run_for_a_stranger_can_fill(self) -> None:
        release = self.CACHE.format(on="push", name="release")
        [taken] = jobs(a=self.CACHE.format(on="pull_request_target", name="label"), b=release)[
            "b.yml#release"
        ].handovers
        assert taken.filled_by == (".github/workflows/a.yml#label",)
        # "caches created for a pull request … can only be restored by re-runs of the pull request"
        [taken] = jobs(a=self.CACHE.format(on="pull_request", name="label"), b=release)["b.yml#release"].handovers
        assert taken.filled_by == ()
