"""Each check of Azure Pipelines files: what fires it, and the near miss that does not."""

import pytest

from tests.checks.pipeline_files import found, says

PATH = "azure-pipelines.yml"
HEAD = "trigger: [main]\npr: none\n"
HELD = "  - task: Deploy@1\n    inputs: { azureSubscription: prod }\n"

CASES = {
    "ado.pipe": (
        f"{HEAD}container: acme/build:latest\njobs:\n- job: a\n  container: acme/build:latest\n  steps:\n{HELD}",
        [(6, "job a runs in acme/build:latest, whose tag moves")],
        (f"{HEAD}jobs:\n- job: a\n  container: acme/build@sha256:{'0' * 64}\n  steps:\n{HELD}"
        "- job: b\n  container: acme/build:latest\n  steps: [{ script: make }]\n"),
    ),
    "ado.pipe.inject": (
        f"{HEAD}steps:\n- bash: |\n    make\n    echo $(Build.SourceVersionMessage)\n",
        [(6, "job job runs the message of a commit as commands")],
        f'{HEAD}steps:\n- bash: echo "$MESSAGE" $(Build.BuildId)\n  env: {{ MESSAGE: $(Build.SourceVersionMessage) }}\n',
    ),
    "ado.pipe.parameter": (
        f"{HEAD}parameters: [{{ name: version, type: string }}]\nsteps:\n{HELD}  - bash: ./go ${{{{ parameters.version }}}}\n",
        [(7, "job job runs the parameter version as commands")],
        (f"{HEAD}parameters: [{{ name: version, type: string, values: [a, b] }}]\nsteps:\n{HELD}"
        "  - bash: ./go ${{ parameters.version }}\n"),
    ),
    "ado.pipe.fork_secrets": (
        f"pr: [main]\nsteps:\n{HELD}",
        [
            (
                4,
                ("job job takes prod in builds of pull requests "
                "(only the setting for secrets in builds of forks stands before it)"),
            )
        ],
        f"pr: [main]\nsteps:\n{HELD}    condition: ne(variables['Build.Reason'], 'PullRequest')\n",
    ),
    "ado.pipe.pr_pool": (
        "pr: [main]\njobs:\n- { job: a, pool: own, steps: [] }\n- { job: b, pool: own, steps: [] }\n",
        [(3, "job a and 1 more builds pull requests on the pool own")],
        ("pr: [main]\npool: { vmImage: ubuntu-latest }\njobs:\n- { job: a, steps: [] }\n"
        "- { job: b, pool: own, steps: [], condition: \"ne(variables['Build.Reason'], 'PullRequest')\" }\n"),
    ),
    "ado.pipe.token_kept": (
        f"{HEAD}steps:\n- checkout: self\n  persistCredentials: true\n",
        [(5, "job job leaves the token of its checkout on disk for all later steps")],
        f"{HEAD}steps:\n- checkout: self\n  persistCredentials: false\n",
    ),
    "ado.pipe.template_moves": (
        (f"{HEAD}resources: {{ repositories: [{{ repository: t, type: github, name: globex/t, ref: main }}] }}\n"
        "steps: [{ template: a.yml@t }, { task: D@1, inputs: { azureSubscription: prod } }]\n"),
        [(4, "takes templates of globex/t at main")],
        (f"{HEAD}resources: {{ repositories: [{{ repository: t, type: github, name: globex/t, ref: {'a' * 40} }}] }}\n"
        "steps: [{ template: a.yml@t }, { task: D@1, inputs: { azureSubscription: prod } }]\n"),
    ),
    "ado.pipe.remote_script": (
        f"{HEAD}steps:\n{HELD}  - bash: |\n      curl -sSL https://get.globex.example/x.sh | sudo bash -s -- -y\n",
        [(7, "job job runs what https://get.globex.example/x.sh answers, beside prod")],
        (f"{HEAD}steps:\n{HELD}  - bash: |\n      # curl https://get.globex.example/x.sh | bash\n"
        "      curl -sSL https://get.globex.example/x.json | jq .\n"),
    ),
    "ado.pipe.deploy_open": (
        (f"{HEAD}stages:\n- stage: Production\n  jobs:\n  - job: web\n    steps:\n    - task: Deploy@1\n"
        "      inputs: { azureSubscription: prod }\n"),
        [(6, "job Production.web is for production and uses prod, without an environment")],
        (f"{HEAD}stages:\n- stage: Production\n  jobs:\n  - deployment: web\n    environment: production\n"
        "    strategy: { runOnce: { deploy: { steps: [{ task: Deploy@1, inputs: { azureSubscription: prod } }] } } }\n"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", CASES)
def test_a_check_fires_at_its_line_and_not_on_the_near_miss(check):
    fires, told, passes = CASES[check]
    assert says(check, PATH, fires) == told
    assert says(check, PATH, passes) == []


def test_a_secret_variable_is_set_as_one():
    text = HEAD + "steps:\n- pwsh: |\n    Write-Host '##vso[task.setvariable variable=apiToken{}]$x'\n"
    assert says("ado.pipe", PATH, text.format("")) == [(5, "job job sets apiToken without marking it secret")]
    later = text.replace("|\n", "|\n    make\n    make test\n")
    assert says("ado.pipe", PATH, later.format("")) == [(7, "job job sets apiToken without marking it secret")]
    assert says("ado.pipe", PATH, text.format(";issecret=true")) == []
    assert says("ado.pipe", PATH, text.replace("apiToken", "version").format("")) == []


def test_the_branch_of_a_pull_request_is_known_in_its_builds_alone():
    text = f"trigger: [main]\npr: [main]\nsteps:\n{HELD}  - bash: git log $(System.PullRequest.SourceBranch)\n"
    assert says("ado.pipe.inject", PATH, text) == []
    assert says("ado.pipe.inject", PATH, text.replace("System.PullRequest.SourceBranch", "Build.SourceVersionMessage"))


def test_what_is_reached_ranks_a_finding():
    [finding] = found("ado.pipe.inject", PATH, f"{HEAD}pool: own\nsteps:\n{HELD}  - bash: $(Build.RequestedFor)\n")
    assert finding.reach == ("1 secret (prod)", "a self-hosted runner")
    assert finding.weight == 20


def test_text_of_a_pull_request_gives_nobody_more_than_the_pull_request_itself():
    assert (
        says(
            "ado.pipe.inject",
            PATH,
            "trigger: none\npr: [main]\nsteps: [{ bash: 'echo $(Build.SourceVersionMessage)' }]",
        )
        == []
    )
