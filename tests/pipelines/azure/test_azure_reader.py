"""Azure pipelines are read as access: triggers, templates with conditions, secrets, environments, pools."""

import pytest

from pipewarden.connectors.jobs import owned
from pipewarden.pipelines.azure import read_azure
from pipewarden.pipelines.azure.expressions import UNKNOWN, parse, value_of
from pipewarden.pipelines.codeowners import read_codeowners
from pipewarden.pipelines.definition import Occasion, SecretKind
from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position
from tests.pipelines.books import Books

RELEASE = """\
trigger:
  branches:
    include: [main, release/*]
pr: none
schedules:
- cron: "0 3 * * *"
parameters:
- name: version
  type: string
- name: ring
  type: string
  values: [blue, green]
variables:
- group: deploy-secrets
- name: configuration
  value: Release
resources:
  repositories:
  - repository: shared
    type: github
    name: globex/pipelines
    ref: main
  containers:
  - container: builder
    image: acme.example/builder:latest
stages:
- stage: build
  jobs:
  - job: compile
    pool: { vmImage: ubuntu-24.04 }
    container: builder
    steps:
    - checkout: self
      persistCredentials: true
    - bash: |
        make
        echo "$(Build.SourceVersionMessage)"
      env:
        NPM_TOKEN: $(npmToken)
    - template: steps/scan.yml@shared
- stage: production
  dependsOn: build
  condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))
  jobs:
  - deployment: web
    pool: own-agents
    environment: production.web
    strategy:
      runOnce:
        deploy:
          steps:
          - task: AzureKeyVault@2
            inputs:
              azureSubscription: acme-prod
              KeyVaultName: acme-vault
              SecretsFilter: 'db-password, api-key'
          - task: AzureCLI@2
            inputs:
              azureSubscription: acme-prod
              addSpnToEnvironment: true
              inlineScript: ./deploy.sh ${{ parameters.version }} ${{ parameters.ring }}
"""


def names(job):
    return [(read.name, read.kind) for read in job.secrets]


def test_a_pipeline_with_stages_is_read_whole():
    read = read_azure("azure-pipelines.yml", RELEASE)
    assert read.complete
    assert not read.faults
    assert read.occasions == (Occasion.PUSH, Occasion.SCHEDULE, Occasion.MANUAL)
    compile_, web = read.jobs
    assert (compile_.id, web.id, web.stage) == ("build.compile", "production.web", "production")
    assert names(compile_) == [
        ("deploy-secrets", SecretKind.CONTEXT),
        ("System.AccessToken", SecretKind.VARIABLE),
        ("npmToken", SecretKind.VARIABLE),
    ]
    assert [read.position.line for read in compile_.secrets] == [14, 34, 39]
    assert compile_.kept_tokens[0].line == 34
    assert [(image.image, image.pin) for image in compile_.images] == [("acme.example/builder:latest", Pin.DOCKER_TAG)]
    assert [(text, at.line) for text, at in compile_.injections] == [("Build.SourceVersionMessage", 37)]
    assert compile_.runner.kind is RunnerKind.HOSTED


def test_a_deployment_has_environment_branches_vault_and_identity():
    web = read_azure("azure-pipelines.yml", RELEASE).job("production.web")
    assert web is not None
    assert web.environment is not None
    assert (web.environment.name, web.environment.position.line) == ("production", 47)
    assert web.branches == ("main",)
    assert web.needs == ("build",)
    assert (web.runner.kind, web.runner.group) == (RunnerKind.SELF_HOSTED, "own-agents")
    assert ("acme-prod", SecretKind.CONNECTION) in names(web)
    assert {("acme-vault/db-password", SecretKind.VAULT), ("acme-vault/api-key", SecretKind.VAULT)} <= set(names(web))
    assert [claim.provider for claim in web.claims] == ["azure"]
    assert [text for text, _ in web.injections] == ["parameters.version"], "a parameter with values is not free"


def test_a_template_of_another_repository_is_an_open_end_with_its_place():
    read = read_azure("azure-pipelines.yml", RELEASE)
    [end] = read.open_ends
    assert (end.line, end.message) == (40, "the template steps/scan.yml of globex/pipelines was not read")
    [included] = read.includes
    assert (included.project, included.ref, included.pin, included.outside) == (
        "globex/pipelines",
        "main",
        Pin.BRANCH,
        True,
    )


@pytest.mark.parametrize(
    ("text", "occasions"),
    [
        ("steps: []", {"push", "merge_request", "fork", "manual"}),
        ("trigger: none\nsteps: []", {"merge_request", "fork", "manual"}),
        ("trigger: none\npr: none\nsteps: []", {"manual"}),
        ("trigger: [main]\npr: none\nsteps: []", {"push", "manual"}),
        ("trigger: {tags: {include: [v*]}}\npr: none\nsteps: []", {"push", "tag", "manual"}),
        (
            "trigger: none\npr: none\nresources: {pipelines: [{pipeline: a, trigger: true}]}\nsteps: []",
            {"parent", "manual"},
        ),
        ("trigger: none\npr: none\nresources: {webhooks: [{webhook: a}]}\nsteps: []", {"api", "manual"}),
    ],
)
def test_what_starts_a_pipeline_with_the_defaults(text, occasions):
    assert {each.value for each in read_azure("azure-pipelines.yml", text).occasions} == occasions


def test_only_a_file_that_says_so_asks_for_builds_of_forks():
    assert read_azure("azure-pipelines.yml", "pr: [main]\nsteps: []").asks_for_forks
    assert not read_azure("azure-pipelines.yml", "steps: []").asks_for_forks
    assert not read_azure("azure-pipelines.yml", "pr: none\nsteps: []").asks_for_forks


def test_templates_are_followed_with_their_parameters_and_places_are_where_the_words_stand():
    books = Books(
        ci__jobs="""\
parameters:
- name: jobs
  type: jobList
- name: pool
  default: { vmImage: ubuntu-latest }
jobs:
- ${{ each job in parameters.jobs }}:
  - template: job.yml
    parameters:
      name: ${{ job.job }}
      pool: ${{ parameters.pool }}
      ${{ each property in job }}:
        ${{ if ne(property.key, 'job') }}:
          ${{ property.key }}: ${{ property.value }}
""",
        ci__job="""\
parameters:
  name: ''
  pool: ''
  steps: []
  sign: false
jobs:
- job: ${{ parameters.name }}
  ${{ if ne(parameters.pool, '') }}:
    pool: ${{ parameters.pool }}
  steps:
  - ${{ each step in parameters.steps }}:
    - ${{ step }}
  - ${{ if eq(parameters.sign, true) }}:
    - task: Sign@1
      inputs: { serviceConnection: signing }
  - ${{ else }}:
    - script: echo not signed
""",
    )
    text = """\
trigger: none
jobs:
- template: ci/jobs.yml
  parameters:
    pool: { name: builders }
    jobs:
    - job: web
      steps:
      - script: |
          echo $(Build.RequestedFor)
    - job: api
      sign: true
"""
    read = read_azure("azure-pipelines.yml", text, books)
    assert not read.open_ends
    web, api = read.jobs
    assert (web.id, api.id) == ("web", "api")
    assert web.runner.group == "builders"
    assert [script.text.strip() for script in web.scripts] == ["echo $(Build.RequestedFor)", "echo not signed"]
    assert web.injections[0][1].line == 10
    assert web.injections[0][1].file == "", "what the pipeline gives a template stands in the pipeline"
    assert web.runner.position == Position(5, 19)
    assert web.position == Position(7, 3, "ci/job.yml")
    assert web.scripts[1].position == Position(17, 15, "ci/job.yml")
    assert names(api) == [("signing", SecretKind.CONNECTION)]


def test_a_condition_that_keeps_pull_requests_away_is_known():
    text = """\
pr: [main]
variables:
- ${{ if ne(variables['Build.Reason'], 'PullRequest') }}:
  - group: release-keys
jobs:
- job: test
  steps:
  - task: Deploy@1
    condition: and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'))
    inputs: { azureSubscription: prod }
  - task: Scan@1
    inputs: { serviceConnection: scanner }
  - task: Other@1
    condition: eq(variables.flag, 'x')
    inputs: { serviceConnection: perhaps }
- job: release
  condition: eq(variables['Build.SourceBranch'], 'refs/heads/main')
  steps: []
"""
    read = read_azure("azure-pipelines.yml", text)
    test, release = read.jobs
    withheld = {each.name: Occasion.FORK in each.withheld for each in test.secrets}
    assert withheld == {"release-keys": True, "prod": True, "scanner": False, "perhaps": True}
    assert Occasion.FORK in test.occasions
    assert release.occasions == (Occasion.PUSH, Occasion.MANUAL)


def test_extends_elsewhere_still_reads_what_the_pipeline_gives_it():
    text = """\
resources:
  repositories:
  - { repository: t, type: git, name: Acme/templates, ref: refs/tags/v1 }
extends:
  template: official.yml@t
  parameters:
    stages:
    - stage: one
      jobs:
      - job: build
        steps: [{ script: make }]
"""
    read = read_azure("azure-pipelines.yml", text)
    assert [job.id for job in read.jobs] == ["one.build"]
    assert [end.line for end in read.open_ends] == [5]
    assert read.includes[0].pin is Pin.TAG


def test_a_person_who_validates_holds_what_waits_for_it():
    text = """\
jobs:
- job: wait
  pool: server
  steps: [{ task: ManualValidation@1, inputs: { approvers: 'alice, bob' } }]
- job: deploy
  dependsOn: wait
  steps: []
- job: free
  steps: []
"""
    wait, deploy, free = read_azure("azure-pipelines.yml", text).jobs
    assert wait.runner.kind is RunnerKind.NONE
    assert deploy.holds[0].approvers == ("alice", "bob")
    assert not free.holds


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("azure-pipelines/templates/build.yml", "steps: [{ script: a }]"),
        (".azure-pipelines/build.yml", "parameters: [{ name: a }]\nsteps: [{ script: a }]"),
        ("azure-pipelines/vars.yml", "variables: { a: b }"),
        ("azure-pipelines/old.yml", "parameters: { a: b }\njobs: [{ job: a, steps: [] }]"),
    ],
)
def test_a_file_for_others_to_use_runs_nothing_itself(path, text):
    read = read_azure(path, text)
    assert read.complete
    assert all(job.hidden for job in read.jobs)
    assert not read.open_ends


def test_templates_that_lead_in_a_circle_or_grow_end():
    books = Books(a="steps:\n- template: a.yml\n- template: a.yml\n")
    read = read_azure("azure-pipelines.yml", "trigger: none\nsteps:\n- template: a.yml\n", books)
    assert read.open_ends
    grow = "parameters: { p: '' }\nsteps:\n- template: b.yml\n  parameters: { p: '${{ parameters.p }}${{ parameters.p }}' }\n"
    read_azure(
        "azure-pipelines.yml", "trigger: none\nsteps: [{ template: b.yml, parameters: { p: xx } }]", Books(b=grow)
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("and(eq('a', 'A'), not(false))", True),
        ("or(x, eq(1, 1))", True),
        ("and(x, eq(1, 2))", False),
        ("and(x, true)", UNKNOWN),
        ("in('b', 'a', 'b')", True),
        ("notIn('b', 'a', 'b')", False),
        ("startsWith('refs/pull/1', 'refs/pull/')", True),
        ("contains('abc', 'd')", False),
        ("coalesce('', 'x')", "x"),
        ("xor(true, false)", True),
        ("eq('it''s', 'it''s')", True),
        ("always()", True),
        ("eq(", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_expressions_are_true_false_or_not_known(text, wanted):
    assert value_of(parse(text), lambda path: UNKNOWN) == wanted


@pytest.mark.parametrize(
    ("parameter", "dynamic"),
    [
        ("{name: env, type: string, default: dev}", True),
        ("{name: env, type: string, default: dev, values: [dev, test]}", False),
    ],
)
def test_an_environment_that_whoever_starts_it_may_name_is_open(parameter, dynamic):
    text = f"trigger: [main]\nparameters: [{parameter}]\njobs:\n- deployment: web\n  environment: ${{{{ parameters.env }}}}\n"
    [web] = read_azure("azure-pipelines.yml", text).jobs
    assert web.environment is not None
    assert (web.environment.name, web.environment.dynamic) == ("dev", dynamic)


def test_templates_of_the_repository_are_files_that_decide_what_runs():
    books = Books(
        ci__steps="steps:\n- script: make\n- template: more/last.yml\n",
        ci__more__last="steps:\n- script: make ship\n",
        shared__vars="variables:\n  A: b\n",
    )
    text = (
        "variables:\n- template: /shared/vars.yml\nsteps:\n- template: steps.yml\n- template: gone.yml\n"
        "- template: a.yml@elsewhere\n"
    )
    definition = read_azure("ci/azure-pipelines.yml", text, books)
    (job,) = effective_jobs(definition, ())
    assert job.files == ("ci/azure-pipelines.yml", "shared/vars.yml", "ci/steps.yml", "ci/more/last.yml")
    rules = read_codeowners("CODEOWNERS", "/ci/more/ @acme/deployers\n/shared/ @acme/platform\n")
    assert owned(job, rules).owners == ("@acme/platform", "@acme/deployers")
