"""bob reads the pipeline of acme/web: jobs with what they take from defaults, templates and other files."""

import pytest

from pipewarden.pipelines.definition import Occasion, SecretKind, System
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position
from tests.pipelines.gitlab.story import job, read, shelf

RELEASE = """\
    workflow:
      name: release of web
    default:
      image: registry.acme.example/build:3
      before_script: [./login.sh "$REGISTRY_TOKEN"]
    variables:
      REGION: eu-1
    stages: [build, ship]
    .ship:
      stage: ship
      tags: [acme-metal]
      environment: {name: production, url: "https://acme.example", deployment_tier: production}
      id_tokens:
        AWS_TOKEN: {aud: https://sts.amazonaws.com}
    build:
      stage: build
      script: make
    deploy:
      extends: .ship
      rules:
        - if: $CI_COMMIT_BRANCH == "main"
          when: manual
      needs: [build, {job: test, artifacts: false}]
      secrets:
        DB: {vault: {engine: {name: kv, path: ops}, path: web/db, field: password}}
      script:
        - |
          aws sts assume-role-with-web-identity --role-arn arn:aws:iam::111122223333:role/ship
          ./ship "$REGION" "$DEPLOY_TOKEN" "$CI_COMMIT_SHA"
        - TOKEN_FILE=$(mktemp); cat "$TOKEN_FILE"
"""


def test_a_job_is_told_with_everything_it_takes():
    whole = read(RELEASE)
    assert (whole.system, whole.name, whole.faults, whole.open_ends) == (System.GITLAB, "release of web", (), ())
    assert [each.id for each in whole.jobs if not each.hidden] == ["build", "deploy"]
    deploy = job(RELEASE)
    assert (deploy.stage, deploy.needs, deploy.position) == ("ship", ("build", "test"), Position(18, 1))
    assert deploy.environment is not None
    assert (deploy.environment.name, deploy.environment.tier) == ("production", "production")
    assert (deploy.runner.kind, deploy.runner.labels) == (RunnerKind.CUSTOM, ("acme-metal",))
    assert [(image.image, image.pin) for image in deploy.images] == [("registry.acme.example/build:3", Pin.DOCKER_TAG)]
    [claim] = deploy.claims
    assert (claim.name, claim.audience, claim.provider) == ("AWS_TOKEN", ("https://sts.amazonaws.com",), "aws")
    assert claim.role == "arn:aws:iam::111122223333:role/ship"
    assert [(hold.kind, hold.branches) for hold in deploy.holds] == [("manual", ()), ("branch", ("main",))]
    assert deploy.branches == ("main",)
    assert Occasion.MERGE_REQUEST not in deploy.occasions


def test_what_the_file_does_not_define_may_be_a_secret_and_stands_at_its_line():
    reads = {each.name: each for each in job(RELEASE).secrets}
    assert list(reads) == ["vault:ops/web/db", "REGISTRY_TOKEN", "DEPLOY_TOKEN"]
    stored = reads["vault:ops/web/db"]
    assert (stored.kind, stored.store, stored.certain) == (SecretKind.VAULT, "vault", True)
    deploy = reads["DEPLOY_TOKEN"]
    assert (deploy.kind, deploy.certain, deploy.step) == (SecretKind.VARIABLE, False, 1)
    assert deploy.position.line == 29


def test_a_job_holds_what_global_variables_are_made_of():
    found = job("variables: {BOT: $BOT_TOKEN}\ndeploy: {script: make}\n")
    assert [(each.name, each.where) for each in found.secrets] == [("BOT_TOKEN", "variables.BOT")]
    assert job("variables: {BOT: $BOT_TOKEN}\ndeploy: {script: make, inherit: {variables: false}}\n").secrets == ()


@pytest.mark.parametrize(
    ("inherit", "steps"),
    [
        ("{default: false}", ["make"]),
        ("{default: [image]}", ["make"]),
        ("{default: [before_script]}", ["login", "make"]),
        ("{variables: false}", ["login", "make"]),
    ],
)
def test_a_job_says_what_it_inherits(inherit, steps):
    text = f"default: {{before_script: [login], image: a:1}}\ndeploy: {{script: [make], inherit: {inherit}}}\n"
    assert [script.text for script in job(text).scripts] == steps


def test_extends_merges_deep_and_in_order_and_lists_are_replaced():
    text = """\
    .a: {variables: {A: "1", B: "1"}, script: [a], tags: [one]}
    .b: {variables: {B: "2"}, script: [b]}
    .c: {extends: [.a, .b], variables: {C: "3"}}
    deploy: {extends: .c, tags: [two]}
    """
    found = job(text)
    assert found.variables == {"A": "1", "B": "2", "C": "3"}
    assert [script.text for script in found.scripts] == ["b"]
    assert found.runner.labels == ("two",)


def test_templates_that_go_round_or_are_not_there_are_faults_at_their_place():
    around = read(".a: {extends: .b}\n.b: {extends: .a}\ndeploy: {extends: .a, script: x}\n")
    assert any("extends itself" in fault.message for fault in around.faults)
    missing = read("deploy: {extends: .gone, script: x}\n")
    assert [(fault.line, fault.message) for fault in missing.faults] == [(1, "extends .gone, which is not here")]


def test_a_template_that_may_stand_in_a_file_that_was_not_read_is_an_open_end():
    whole = read("include: {project: acme/ci, file: /base.yml}\ndeploy: {extends: .gone, script: x}\n")
    assert whole.faults == ()
    assert [end.line for end in whole.open_ends] == [1, 2]


def test_references_and_merge_keys_bring_parts_of_other_jobs():
    text = """\
    .login: &login {variables: {WHO: ship}}
    .rules:
      rules:
        - if: $CI_COMMIT_TAG
    .more: {script: [one, [two, three]]}
    deploy:
      <<: *login
      rules:
        - !reference [.rules, rules]
      script:
        - !reference [.more, script]
        - four
    """
    found = job(text)
    assert [script.text for script in found.scripts] == ["one", "two", "three", "four"]
    assert (found.occasions, found.variables) == ((Occasion.TAG,), {"WHO": "ship"})
    assert read(text).faults == ()


def test_a_reference_to_itself_is_a_fault():
    assert [fault.line for fault in read(".a: {script: [!reference [.a, script]]}\ndeploy: {extends: .a}\n").faults]


INCLUDES = """\
    include:
      - local: /ci/base.yml
      - project: acme/ci
        ref: v1
        file: [one.yml]
    deploy:
      script: [mine]
    """


def test_included_files_are_followed_and_the_file_itself_wins():
    files = {
        "ci/base.yml": "include: ci/deep.yml\ndeploy: {stage: ship, script: [theirs]}\n",
        "ci/deep.yml": "lint:\n  script: ['./lint $LINT_TOKEN']\n",
        "acme/ci:one.yml@v1": "scan: {script: scan}\n",
    }
    whole = read(INCLUDES, files)
    assert (whole.open_ends, whole.faults) == ((), ())
    assert {each.id: each.stage for each in whole.jobs} == {"lint": "test", "deploy": "ship", "scan": "test"}
    assert [script.text for script in job(INCLUDES, files).scripts] == ["mine"]
    lint = job(INCLUDES, files, "lint")
    assert lint.position == Position(1, 1, "ci/deep.yml")
    assert [each.position for each in lint.secrets] == [Position(2, 20, "ci/deep.yml")]
    assert sorted((each.text, each.followed, each.pin) for each in whole.includes) == [
        ("/ci/base.yml", True, Pin.LOCAL),
        ("ci/deep.yml", True, Pin.LOCAL),
        ("one.yml", True, Pin.TAG),
    ]


@pytest.mark.parametrize(
    ("include", "says"),
    [
        ("{remote: 'https://ci.example/a.yml'}", "the remote https://ci.example/a.yml"),
        ("'https://ci.example/a.yml'", "the remote https://ci.example/a.yml"),
        ("{template: Jobs/SAST.gitlab-ci.yml}", "the template Jobs/SAST.gitlab-ci.yml"),
        ("{component: $CI_SERVER_FQDN/acme/scan/sast@1.2}", "the component $CI_SERVER_FQDN/acme/scan/sast@1.2"),
        ("{project: acme/ci, file: /a.yml}", "the included file acme/ci:a.yml was not read"),
        ("/gone.yml", "the included file gone.yml was not read"),
        ("{local: 'ci/*.yml'}", "which files ci/*.yml names was not looked up"),
        ("{local: '$WHICH.yml'}", "which file $WHICH.yml names is computed"),
    ],
)
def test_what_is_not_at_hand_is_an_open_end_with_its_place(include, says):
    [end] = read(f"include: {include}\ndeploy: {{script: x}}\n").open_ends
    assert end.line == 1
    assert says in end.message


def test_files_that_include_each_other_end():
    whole = read("include: a.yml\n", {"a.yml": "include: b.yml\n", "b.yml": "include: a.yml\nx: {script: y}\n"})
    assert [each.id for each in whole.jobs] == ["x"]
    assert any("includes itself" in fault.message for fault in whole.faults)


def test_a_broken_included_file_is_an_open_end_and_stops_nothing():
    whole = read("include: a.yml\ndeploy: {script: x}\n", {"a.yml": "a: [\n"})
    assert [each.id for each in whole.jobs] == ["deploy"]
    assert "a.yml line 2 cannot be read" in whole.open_ends[0].message


def test_jobs_of_an_included_file_are_told_once_by_the_root():
    books = {".gitlab-ci.yml": "include: .gitlab/ci/ship.yml\n", ".gitlab/ci/ship.yml": "ship: {script: x}\n"}
    root = read(books[".gitlab-ci.yml"], books)
    part = read(books[".gitlab/ci/ship.yml"], books, ".gitlab/ci/ship.yml")
    other = read("other: {script: x}\n", books, ".gitlab/ci/other.yml")
    assert [each.id for each in root.jobs] == ["ship"]
    assert (part.jobs, part.part_of) == ((), ".gitlab-ci.yml")
    assert ([each.id for each in other.jobs], other.part_of) == (["other"], "")


COMPONENT = """\
    spec:
      inputs:
        stage: {default: test}
        rules: {type: array, default: [{if: $CI_COMMIT_TAG}]}
        target: {}
    ---
    "$[[ inputs.target ]]-job":
      stage: $[[ inputs.stage ]]
      rules: $[[ inputs.rules ]]
      script: ship $[[ inputs.target ]]
    """


def test_inputs_of_an_included_file_are_put_in():
    text = "include: {local: c.yml, inputs: {target: web}}\n"
    found = job(text, {"c.yml": COMPONENT}, "web-job")
    assert (found.stage, found.occasions) == ("test", (Occasion.TAG,))
    assert [script.text for script in found.scripts] == ["ship web"]
    [end] = read("include: c.yml\n", {"c.yml": COMPONENT}).open_ends
    assert "the input target has no value here" in end.message


def test_a_file_with_a_header_is_read_behind_it():
    whole = read(COMPONENT)
    assert [each.id for each in whole.jobs] == ["$[[ inputs.target ]]-job"]
    assert whole.faults == ()


@pytest.mark.parametrize(
    ("trigger", "calls"),
    [
        ("acme/deploy", ("acme/deploy",)),
        ("{project: acme/deploy, branch: main}", ("acme/deploy@main",)),
        ("{include: child.yml}", ("local:child.yml",)),
        ("{include: [{artifact: made.yml, job: make}]}", ("artifact:",)),
    ],
)
def test_what_a_job_starts(trigger, calls):
    whole = read(f"deploy: {{trigger: {trigger}}}\n")
    found = job(f"deploy: {{trigger: {trigger}}}\n")
    assert len(found.calls) == len(calls)
    assert all(one.startswith(other) for one, other in zip(found.calls, calls, strict=True))
    assert bool(whole.open_ends) == ("include" in trigger)


def test_variables_choose_among_what_the_file_says():
    text = """\
    variables: {IMAGE: build, WHERE: staging}
    deploy:
      image: $IMAGE:3
      parallel: {matrix: [{REGION: [eu, us]}]}
      environment: $WHERE-$REGION
      rules:
        - if: $CI_COMMIT_BRANCH == "main"
          variables: {WHERE: production}
        - when: on_success
      script: x
    """
    found = job(text)
    assert [image.image for image in found.images] == ["build:3"]
    assert found.environment is not None
    assert set(found.environment.choices) == {"staging-eu", "staging-us", "production-eu", "production-us"}
    assert not found.environment.dynamic


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("deploy: {stage: x}\n", 1, "runs nothing"),
        ("deploy: text\n", 1, "must be a mapping"),
        ("- a\n", 1, "a pipeline file must be a mapping of jobs"),
        ("deploy: {script: x, script: y}\n", 1, "given twice"),
        ("deploy:\n  script:\n    - echo a: b\n", 3, "needs quotes"),
    ],
)
def test_what_gitlab_would_refuse_is_a_fault_with_its_place(text, line, says):
    [fault] = read(text).faults
    assert (fault.line, says in fault.message) == (line, True), fault


def test_a_file_that_is_no_yaml_is_told_as_unread():
    whole = read("deploy: [\n")
    assert (whole.complete, whole.jobs) == (False, ())
    assert whole.faults[0].line == 2


def test_other_keys_are_kept():
    found = job(
        "deploy: {script: x, resource_group: prod, interruptible: false, release: {tag_name: v1}, pages: true}\n"
    )
    assert found.traits == {
        "release": "tag_name: v1",
        "pages": "true",
        "resource_group": "prod",
        "interruptible": "false",
    }


def test_a_shelf_gives_what_it_holds():
    books = shelf({"a.yml": "x"})
    assert (books.local("a.yml"), books.local("b.yml"), books.elsewhere("p", "a", "")) == ("x", None, None)
