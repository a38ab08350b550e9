"""mallory opens merge requests, dave may push branches: what the pipelines of acme/web let them do, and what not."""

import pytest

from pipewarden.pipelines.gitlab import gitlab_weaknesses
from tests.pipelines.gitlab.story import read, weak

SHA = "a" * 40
NOT_TWICE = "{if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS, when: never}"
DIGEST = f"sha256:{'b' * 64}"


def script(*lines: str, **keys: str) -> str:
    """One job with a script, and other keys."""
    more = "".join(f"  {key}: {value}\n" for key, value in keys.items())
    return "deploy:\n" + more + "  script:\n    - |\n" + "".join(f"      {line}\n" for line in lines)


class TestInjection:
    @pytest.mark.parametrize(
        "line",
        [
            'eval "notify $CI_COMMIT_MESSAGE"',
            "eval notify $CI_COMMIT_TITLE",
            'bash -c "git log ${CI_COMMIT_REF_NAME}"',
            'sh -ec "make $CI_COMMIT_BRANCH"',
            'docker exec web sh -c "deploy $CI_COMMIT_REF_NAME"',
            'ssh root@web.acme.example "cd /srv && git checkout $CI_COMMIT_REF_NAME"',
            "python3 -c \"print('$CI_COMMIT_TITLE')\"",
            "node -e \"console.log('$CI_COMMIT_AUTHOR')\"",
            'echo "git checkout $CI_COMMIT_REF_NAME" | bash',
            'sudo su -c "make $CI_COMMIT_REF_NAME" builder',
            'Invoke-Expression "notify $env:CI_COMMIT_MESSAGE"',
        ],
    )
    def test_text_that_is_read_again_becomes_commands(self, line):
        [hit] = weak(script("make", line), "gl.ci.inject")
        assert (hit.job, hit.position.line) == ("deploy", 5)

    @pytest.mark.parametrize(
        "line",
        [
            'echo "$CI_COMMIT_MESSAGE"',
            "git checkout $CI_COMMIT_REF_NAME",
            'curl --data "text=$CI_MERGE_REQUEST_TITLE" https://chat.acme.example',
            "bash -c 'git log $CI_COMMIT_REF_NAME'",
            'eval "$(ssh-agent -s)"; echo $CI_COMMIT_REF_NAME',
            'eval "$(./env --branch "$CI_COMMIT_REF_NAME")"',
            'bash -c "make $CI_COMMIT_SHA $CI_COMMIT_REF_SLUG"',
            'bash -c "make \\$CI_COMMIT_REF_NAME"',
            'bash -c "make ${CI_COMMIT_REF_NAME//[^a-z]/}"',
            'bash -c "make"; echo "$CI_COMMIT_REF_NAME"',
            "bash deploy.sh $CI_COMMIT_REF_NAME",
            'ssh web.acme.example make < "$FILE"; echo $CI_COMMIT_TITLE',
            '# eval "$CI_COMMIT_MESSAGE"',
            'bash -c "echo $CI_MERGE_REQUEST_TITLE"',
        ],
    )
    def test_text_that_stays_data_is_left_in_peace(self, line):
        assert weak(script(line), "gl.ci.inject") == []

    def test_a_here_document_for_a_shell_is_a_script(self):
        assert weak(script("ssh web <<EOF", "git checkout $CI_COMMIT_REF_NAME", "EOF"), "gl.ci.inject")
        assert not weak(script("ssh web <<'EOF'", "git checkout $CI_COMMIT_REF_NAME", "EOF"), "gl.ci.inject")
        assert not weak(script("cat <<EOF > note.txt", "$CI_COMMIT_REF_NAME", "EOF"), "gl.ci.inject")

    def test_text_is_followed_through_variables(self):
        assert weak(script('NOTE="built $CI_COMMIT_TITLE"', 'eval "say $NOTE"'), "gl.ci.inject")
        assert weak("variables: {NOTE: built $CI_COMMIT_TITLE}\n" + script('eval "say $NOTE"'), "gl.ci.inject")
        assert not weak(script('NOTE="$(clean "$CI_COMMIT_TITLE")"', 'eval "say $NOTE"'), "gl.ci.inject")

    def test_a_branch_name_is_a_jobs_own_where_it_is_limited_to_it(self):
        line = 'bash -c "make $CI_COMMIT_REF_NAME"'
        assert weak(script(line, only="[branches]"), "gl.ci.inject")[0].by == "writer"
        assert weak(script(line, only="[merge_requests]"), "gl.ci.inject")[0].by == "anyone"
        assert weak(script(line, only="[/^release/]"), "gl.ci.inject")
        assert not weak(script(line, rules="[{if: '$CI_COMMIT_BRANCH == \"main\"'}]"), "gl.ci.inject")

    def test_a_title_is_there_only_in_runs_of_a_merge_request(self):
        line = 'bash -c "echo $CI_MERGE_REQUEST_TITLE"'
        [hit] = weak(script(line, rules="[{if: $CI_MERGE_REQUEST_IID}]"), "gl.ci.inject")
        assert "runs the title of a merge request as commands" in hit.says
        assert not weak(script(line, rules="[{if: $CI_COMMIT_TAG}]"), "gl.ci.inject")

    def test_it_is_ranked_by_what_the_job_holds_and_says_who_stands_before_it(self):
        [hit] = weak(script('eval "$CI_COMMIT_TITLE $DEPLOY_TOKEN $FLAG"', when="manual"), "gl.ci.inject")
        assert (hit.reaches, hit.gate) == (("secret:DEPLOY_TOKEN",), "a start by hand")

    def test_an_input_of_the_root_file_is_text_of_whoever_starts_it(self):
        free = "spec: {inputs: {to: {}}}\n---\ndeploy: {script: 'ship $[[ inputs.to ]]'}\n"
        assert [hit.by for hit in weak(free, "gl.ci.inject")] == ["caller"]
        assert not weak(free.replace("{to: {}}", "{to: {options: [eu, us]}}"), "gl.ci.inject")
        assert not weak(free.replace("{to: {}}", "{to: {type: boolean}}"), "gl.ci.inject")
        assert not weak(free.replace("script: 'ship", "stage: 'ship"), "gl.ci.inject")


class TestSuppliers:
    @pytest.mark.parametrize(
        "include",
        [
            "{project: acme/ci, file: a.yml}",
            "{project: acme/ci, file: a.yml, ref: main}",
            "{project: acme/ci, file: a.yml, ref: v1.2}",
            "{project: acme/ci, file: a.yml, ref: $CI_COMMIT_REF_NAME}",
            "{remote: 'https://ci.example/a.yml'}",
            "{remote: 'http://ci.example/a.yml'}",
            "{component: $CI_SERVER_FQDN/acme/scan/sast@~latest}",
            "{component: $CI_SERVER_FQDN/acme/scan/sast@1.2.0}",
        ],
    )
    def test_what_its_owner_can_move(self, include):
        [hit] = weak(f"include:\n  - {include}\ndeploy: {{script: ./x $API_TOKEN}}\n", "gl.ci.include_mutable")
        assert (hit.position.line, hit.by, hit.reaches) == (2, "supplier", ("secret:API_TOKEN",))

    @pytest.mark.parametrize(
        "include",
        [
            "/ci/a.yml",
            "{template: Jobs/SAST.gitlab-ci.yml}",
            "{project: $CI_PROJECT_PATH, file: a.yml, ref: main}",
            "{project: acme/ci, file: a.yml, ref: $CI_TEMPLATES_VERSION}",
            f"{{project: acme/ci, file: a.yml, ref: {SHA}}}",
            f"{{remote: 'https://git.example/acme/ci/-/raw/{SHA}/a.yml'}}",
            "{remote: 'https://ci.example/a.yml', integrity: sha256-abc}",
            f"{{component: $CI_SERVER_FQDN/acme/scan/sast@{SHA}}}",
            "{component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/sast@$CI_COMMIT_SHA}",
            "{project: acme/ci, file: a.yml, rules: [{when: never}]}",
        ],
    )
    def test_what_nobody_can_move(self, include):
        assert not weak(f"include:\n  - {include}\ndeploy: {{script: x}}\n", "gl.ci.include_mutable")

    def test_a_child_pipeline_of_another_project_counts_too(self):
        text = "deploy: {trigger: {include: [{project: acme/ci, file: a.yml}]}}\n"
        assert weak(text, "gl.ci.include_mutable")[0].job == "deploy"

    @pytest.mark.parametrize("image", ["node:22", "node", "$CI_REGISTRY_IMAGE/base:3", "'{name: node:22}'"[1:-1]])
    def test_an_image_that_a_tag_names(self, image):
        text = f"default: {{image: {image}}}\na: {{script: x}}\ndeploy: {{script: y}}\n"
        [hit] = weak(text, "gl.ci.image_unpinned")
        assert (hit.position.line, "job a and 1 more runs in" in hit.says) == (1, True)

    @pytest.mark.parametrize(
        "image",
        [f"node:22@{DIGEST}", "$CI_REGISTRY_IMAGE/app:$CI_COMMIT_SHA", "$IMAGE", "$IMAGE:$TAG", f"$IMAGE@{DIGEST}"],
    )
    def test_an_image_that_a_digest_names_or_the_file_does_not_tell(self, image):
        assert not weak(f"deploy: {{script: x, image: '{image}'}}\n", "gl.ci.image_unpinned")


class TestSecretsThatLeave:
    @pytest.mark.parametrize(
        "text",
        [
            "variables: {CI_DEBUG_TRACE: 'true'}\ndeploy: {script: x}\n",
            "deploy: {script: x, variables: {CI_DEBUG_TRACE: true}}\n",
            "deploy: {script: x, variables: {CI_DEBUG_SERVICES: 'true'}}\n",
            "deploy: {script: x, rules: [{when: always, variables: {CI_DEBUG_TRACE: 'true'}}]}\n",
        ],
    )
    def test_debug_logging(self, text):
        assert len(weak(text, "gl.ci.debug")) == 1

    @pytest.mark.parametrize(
        "text",
        [
            "variables: {CI_DEBUG_TRACE: 'false'}\ndeploy: {script: x}\n",
            "variables: {CI_DEBUG_TRACE: 'true'}\n.deploy: {script: x}\n",
            "variables: {CI_DEBUG_TRACE: 'true'}\ndeploy: {script: x, inherit: {variables: false}}\n",
            "variables: {CI_DEBUG_TRACE: 'true'}\ndeploy: {script: x, variables: {CI_DEBUG_TRACE: 'false'}}\n",
        ],
    )
    def test_no_debug_logging(self, text):
        assert weak(text, "gl.ci.debug") == []

    @pytest.mark.parametrize(
        "line",
        [
            'curl "https://api.example/x?token=$API_TOKEN"',
            'curl "https://$API_TOKEN@api.example/x"',
            'curl --header "Authorization: $API_TOKEN" http://api.example/x',
            'curl -k -H "PRIVATE-TOKEN: $API_TOKEN" https://api.example/x',
            'wget --no-check-certificate --header "X: ${API_TOKEN}" https://api.example',
            'curl -sSk --header "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/x"',
        ],
    )
    def test_a_secret_in_the_open(self, line):
        [hit] = weak(script("make", line), "gl.ci.curl_secret")
        assert hit.position.line == 5

    @pytest.mark.parametrize(
        "line",
        [
            'curl --header "JOB-TOKEN: $CI_JOB_TOKEN" "$CI_API_V4_URL/projects"',
            'curl -H "Authorization: Bearer $API_TOKEN" https://api.example/x',
            'curl --form "token=$API_TOKEN" https://api.example/x',
            'curl -X POST "$SLACK_WEBHOOK"',
            'curl "https://hooks.example/$SLACK_WEBHOOK"',
            'curl -H "X: $API_TOKEN" http://localhost:8080',
            "curl -k https://api.example; echo $API_TOKEN",
            'curl "https://api.example/?page=$PAGE"',
        ],
    )
    def test_a_secret_that_is_sent_as_it_should_be(self, line):
        assert weak(script(line), "gl.ci.curl_secret") == []


class TestEnvironments:
    @pytest.mark.parametrize("name", ["$CI_COMMIT_REF_NAME", "$CI_COMMIT_REF_SLUG", "${CI_COMMIT_BRANCH}", "$WHERE"])
    def test_a_branch_that_names_the_environment(self, name):
        text = f"deploy: {{script: x, environment: '{name}', variables: {{WHERE: $CI_COMMIT_REF_NAME}}}}\n"
        [hit] = weak(text, "gl.env.dynamic")
        assert (hit.position.line, "environment:*" in hit.reaches) == (1, True)

    @pytest.mark.parametrize(
        "keys",
        [
            "environment: review/$CI_COMMIT_REF_SLUG",
            "environment: $CI_COMMIT_REF_SLUG-review",
            "environment: production",
            "environment: $CI_COMMIT_REF_NAME, only: [main, staging]",
            "environment: $TARGET",
            "environment: $TARGET, parallel: {matrix: [{TARGET: [a, b]}]}",
        ],
    )
    def test_an_environment_whose_name_others_cannot_choose(self, keys):
        assert weak(f"deploy: {{script: x, {keys}}}\n", "gl.env.dynamic") == []

    def test_a_variable_that_whoever_starts_it_can_set(self):
        text = "deploy: {script: x, environment: $TO, variables: {TO: staging}, only: [%s]}\n"
        assert len(weak(text % "branches", "gl.var.override")) == 1
        assert weak(text % "main", "gl.var.override") == []
        assert weak(text.replace("$TO,", "staging,") % "branches", "gl.var.override") == []

    def test_production_by_name_and_not_by_tier(self):
        text = "deploy: {script: x, environment: {name: %s, deployment_tier: %s}}\n"
        assert len(weak(text % ("prod-eu", "other"), "gl.env.name_mismatch")) == 1
        for near in (
            ("prod-eu", "production"),
            ("pre-prod", "staging"),
            ("product-page", "testing"),
            ("prod", "$TIER"),
        ):
            assert weak(text % near, "gl.env.name_mismatch") == []

    def test_two_spellings_of_one_name(self):
        text = "a: {script: x, environment: production}\ndeploy: {script: x, environment: %s}\n"
        assert [hit.position.line for hit in weak(text % "Production", "gl.env.name_mismatch")] == [2]
        assert weak(text % "production", "gl.env.name_mismatch") == []


class TestTrustAndFiles:
    TOKEN = "id_tokens: {AWS: {aud: https://sts.amazonaws.com}}"

    @pytest.mark.parametrize("keys", ["stage: x", "only: [merge_requests]", "rules: [{if: '$CI_COMMIT_BRANCH'}]"])
    def test_an_identity_on_any_branch(self, keys):
        [hit] = weak(f"deploy: {{script: x, {self.TOKEN}, {keys}}}\n", "gl.oidc.trust")
        assert hit.reaches == ("oidc",)

    @pytest.mark.parametrize(
        "keys",
        [
            "only: [main]",
            "only: [tags]",
            "environment: production",
            "rules: [{if: '$CI_COMMIT_REF_PROTECTED == \"true\"'}]",
            "rules: [{if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}]",
        ],
    )
    def test_an_identity_where_it_belongs(self, keys):
        assert weak(f"deploy: {{script: x, {self.TOKEN}, {keys}}}\n", "gl.oidc.trust") == []

    def test_a_cache_that_unprotected_branches_fill(self):
        text = "deploy: {script: x, cache: {key: a, paths: [b], unprotect: %s, policy: %s}}\n"
        assert len(weak(text % ("true", "pull"), "gl.ci.artifact_poison")) == 1
        assert weak(text % ("false", "pull"), "gl.ci.artifact_poison") == []
        assert weak(text % ("true", "push"), "gl.ci.artifact_poison") == []

    def test_files_of_a_branch_that_somebody_chooses(self):
        text = "deploy: {script: x, needs: [{project: acme/api, job: build, ref: %s, artifacts: true}]}\n"
        assert len(weak(text % "$CI_COMMIT_REF_NAME", "gl.ci.artifact_poison")) == 1
        assert weak(text % "main", "gl.ci.artifact_poison") == []
        assert weak((text % "$CI_COMMIT_REF_NAME").replace("true", "false"), "gl.ci.artifact_poison") == []

    @pytest.mark.parametrize(
        ("line", "hits"),
        [
            ('echo "NOTE=$CI_COMMIT_MESSAGE" >> build.env', 1),
            ('echo "NOTE=$CI_COMMIT_TITLE" >> build.env', 0),
            ('echo "NOTE=$CI_COMMIT_MESSAGE" >> note.txt', 0),
            ('echo "NOTE=$(first "$CI_COMMIT_MESSAGE")" >> build.env', 0),
            ('echo "$CI_COMMIT_MESSAGE" | head -1 >> build.env', 0),
        ],
    )
    def test_lines_of_a_message_that_become_variables(self, line, hits):
        text = script(line, artifacts="{reports: {dotenv: build.env}}")
        assert len(weak(text, "gl.ci.artifact_poison")) == hits

    @pytest.mark.parametrize(
        ("text", "hits"),
        [
            ("deploy: {script: x, rules: [{when: always}]}\n", 1),
            ("deploy: {script: x, rules: [{if: $CI_MERGE_REQUEST_IID}, {if: $CI_COMMIT_BRANCH}]}\n", 1),
            ("deploy: {script: x, only: [branches, merge_requests]}\n", 1),
            ("deploy: {script: x}\n", 0),
            ("deploy: {script: x, only: [main, merge_requests]}\n", 0),
            ("deploy: {script: x, rules: [{if: $CI_MERGE_REQUEST_IID}, {when: manual}]}\n", 0),
            ("workflow: {rules: [{if: $CI_MERGE_REQUEST_IID}]}\ndeploy: {script: x}\n", 0),
            ("include: {project: a/b, file: c.yml}\ndeploy: {script: x, rules: [{when: always}]}\n", 0),
            (
                f"workflow: {{rules: [{NOT_TWICE}, {{when: always}}]}}\ndeploy: {{script: x, rules: [{{when: always}}]}}\n",
                0,
            ),
        ],
    )
    def test_a_push_that_runs_twice(self, text, hits):
        assert len(weak(text, "gl.ci.rules_trigger")) == hits


def test_jobs_that_share_a_template_share_one_weakness_at_its_place():
    files = {"t.yml": ".t:\n  script:\n    - eval $CI_COMMIT_TITLE\n"}
    text = "include: t.yml\na: {extends: .t}\nb: {extends: .t, variables: {X: $API_TOKEN}}\n"
    [hit] = weak(text, "gl.ci.inject", files)
    assert (hit.position.file, hit.position.line, hit.job) == ("t.yml", 3, "b")


def test_no_sentence_is_too_long_whatever_the_names_are():
    long = "x" * 120
    text = f"""\
    include: [{{project: {long}, file: {long}, ref: {long}}}, {{remote: 'http://{long}'}}, {{component: '{long}@{long}'}}]
    {long}:
      image: {long}:1
      variables: {{{long}: staging, CI_DEBUG_TRACE: 'true'}}
      environment: ${long}
      id_tokens: {{{long}: {{aud: https://sts.amazonaws.com}}}}
      cache: {{unprotect: true}}
      script: ['eval $CI_COMMIT_DESCRIPTION', 'curl http://a.example?t=$CI_JOB_TOKEN']
    """
    found = gitlab_weaknesses(read(text))
    assert {each.check for each in found} >= {"gl.ci.inject", "gl.ci.include_mutable", "gl.ci.image_unpinned"}
    assert [each.says for each in found if len(f".gitlab-ci.yml of acme/web: {each.says}") > 160] == []
