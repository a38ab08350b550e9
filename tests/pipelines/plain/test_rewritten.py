"""A secret is found however its author writes it: with escapes, over several lines, by an alias, in Base64."""

import base64

import pytest

from pipewarden.pipelines.plain import FileKind, file_kind, find_secrets
from pipewarden.pipelines.plain.rewritten import is_rewritten, stands_apart
from tests.pipelines.plain import tokens

KEY = b"a key of the estate acme"
PAT, DRAWN, CHOSEN = tokens.classic("gh" + "p_"), tokens.drawn(32), tokens.password()
HEAD = "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    env:\n"
RUN = HEAD + "      CI: 1\n    steps:\n      - run: |\n          "
WRAPPED = base64.b64encode(PAT.encode()).decode()
SECRET = "apiVersion: v1\nkind: {kind}\ndata:\n  a: {value}\n"


def find(text, path=".github/workflows/deploy.yml"):
    return find_secrets(path, text, file_kind(path, text), KEY)


def told(text, path=".github/workflows/deploy.yml"):
    return [(found.kind, found.where, found.position.line) for found in find(text, path)]


def mark_of(value):
    [found] = find_secrets(".env", f"API_TOKEN={value}\n", FileKind.ENV, KEY)
    return found.fingerprint


@pytest.mark.parametrize(
    ("line", "kind", "where"),
    [
        (f'X: "\\x67{PAT[1:]}"', "github_pat", "X"),
        (f'X: "{PAT[:3]}\\u005f{PAT[4:]}"', "github_pat", "X"),
        (f'X: "{PAT[:3]}\\U0000005f{PAT[4:]}"', "github_pat", "X"),
        (f'"pass\\u0077ord": "{CHOSEN}"', "password", "password"),
        (f'"\\x74oken": {DRAWN}', "token", "token"),
        (f'RUN: "export \\x54OKEN={DRAWN}"', "token", "RUN.TOKEN"),
    ],
)
def test_escapes_of_a_text_in_double_quotes_are_read(line, kind, where):
    assert told(f"{HEAD}      {line}\n") == [(kind, f"jobs.deploy.env.{where}", 6)]


def test_a_text_with_escapes_has_the_fingerprint_of_what_it_says():
    [found] = find(f'{HEAD}      X: "\\x67{PAT[1:]}"\n')
    assert found.fingerprint == mark_of(PAT)
    assert found.length == len(PAT)
    [named] = find(f'{HEAD}      API_TOKEN: "{DRAWN[:10]}\\x{ord(DRAWN[10]):x}{DRAWN[11:]}"\n')
    assert named.fingerprint == mark_of(DRAWN)


def test_escapes_of_other_things_are_no_secret():
    assert told(f'{HEAD}      RED: "\\x1b[31m"\n      "\\x74oken": "${{{{ secrets.TOKEN }}}}"\n') == []
    assert told(f"{HEAD}      X: '\\x67{PAT[1:]}'\n") == []  # single quotes know no escapes


@pytest.mark.parametrize(
    ("path", "text", "line", "column"),
    [
        (".github/workflows/a.yml", HEAD + '      X: "{0}\\\n        {1}"\n', 6, 11),
        (".github/workflows/a.yml", HEAD + '      X: "{0}\\\r\n        {1}"\n', 6, 11),
        (".github/workflows/a.yml", RUN + "export X={0}\\\n          {1}\n", 9, 20),
        (".gitlab-ci.yml", "deploy:\n  script:\n    - |\n      export X={0}\\\n      {1}\n", 4, 16),
        ("ci/deploy.sh", "#!/bin/sh\nexport X={0}\\\n{1}\n", 2, 10),
        ("Jenkinsfile", "node {{ sh '''\nexport X={0}\\\n{1}\n''' }}\n", 2, 10),
        ("Dockerfile", "FROM node:20\nENV X={0}\\\n{1}\n", 2, 7),
        ("charts/web/templates/job.yaml", "apiVersion: v1\n{{{{ if x }}}}\nrun: |\n  X={0}\\\n  {1}\n", 4, 5),
    ],
)  # fmt: skip
def test_a_token_that_is_cut_where_a_line_goes_on_is_put_together(path, text, line, column):
    found = find(text.format(PAT[:12], PAT[12:]), path)
    expected = [("github_pat", line, column, mark_of(PAT))]
    assert [(each.kind, each.position.line, each.position.column, each.fingerprint) for each in found] == expected


def test_a_value_that_is_cut_is_judged_by_its_name_as_a_whole():
    [found] = find(f"{RUN}export DEPLOY_TOKEN={DRAWN[:20]}\\\n          {DRAWN[20:]}\n")
    assert (found.kind, found.where) == ("token", "jobs.deploy.steps[0].run.DEPLOY_TOKEN")
    assert found.fingerprint == mark_of(DRAWN)


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\nexport X={0}\\\n  {1}\n",  # blanks of a script begin another word
        "#!/bin/sh\nexport X={0} \\\n{1}\n",
        "#!/bin/sh\nexport X={0}\\\\\n{1}\n",
        "#!/bin/sh\nexport X={0}\n{1}\n",
    ],
)
def test_what_does_not_go_on_is_not_put_together(text):
    assert told(text.format(PAT[:12], PAT[12:]), "ci/deploy.sh") == []


@pytest.mark.parametrize(
    "written",
    [
        "? DEPLOY_TOKEN\n      : {0}",
        '? "DEPLOY_TOKEN"\n      : "{0}"',
        "? DEPLOY_TOKEN # of the registry\n      # until May\n      : {0}",
        "? |-\n        DEPLOY_TOKEN\n      : {0}",
        '? "DEPLOY_\\\n        TOKEN"\n      : {0}',
        "DEPLOY_TOKEN:" + " " * 60 + "{0}",
        "DEPLOY_TOKEN:" + " " * 900 + "'{0}'",
        "DEPLOY_TOKEN" + " " * 90 + ": {0}",
        "DEPLOY_TOKEN:\t{0}",
        "'DEPLOY_TOKEN': {0}",
        '"DEPLOY_TOKEN" : {0}',
        "DEPLOY_TOKEN: |4-\n          {0}",
        "DEPLOY_TOKEN: >-2\n        {0}",
        "DEPLOY_TOKEN: |2+ # kept\n        {0}\n",
        "DEPLOY_TOKEN: &it |-\n        {0}",
        "DEPLOY_TOKEN: !!str &it >-\n        {0}",
        "DEPLOY_TOKEN: !<tag:yaml.org,2002:str> {0}",
        "DEPLOY_TOKEN: &it\n        {0}",
        "DEPLOY_TOKEN: # as it was drawn\n        # in May\n\n        {0}",
        "CI: &key DEPLOY_TOKEN\n      *key : {0}",
    ],
)
def test_a_name_and_its_value_belong_together_however_yaml_lets_them_stand(written):
    kinds = [(kind, where) for kind, where, _ in told(f"{HEAD}      {written.format(DRAWN)}\n")]
    assert kinds == [("token", "jobs.deploy.env.DEPLOY_TOKEN")]
    assert told(f"{HEAD}      {written.format('registry-of-acme')}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs: {{deploy: {{runs-on: x, env: {{DEPLOY_TOKEN: {0}}}}}}}\n",
        'on: push\njobs: {{deploy: {{runs-on: x, env: {{"DEPLOY_TOKEN":"{0}"}}}}}}\n',
        "on: push\njobs: {{deploy: {{runs-on: x, env: {{? DEPLOY_TOKEN : {0}}}}}}}\n",
        "on: push\njobs: {{deploy: {{runs-on: x, env: {{? DEPLOY_TOKEN\n  : {0}}}}}}}\n",
        "on: push\njobs: {{deploy: {{runs-on: x, env: {{DEPLOY_TOKEN:\n  {0}}}}}}}\n",
    ],
)
def test_mappings_in_braces_are_read(text):
    assert [(kind, where) for kind, where, _ in told(text.format(DRAWN))] == [("token", "jobs.deploy.env.DEPLOY_TOKEN")]


@pytest.mark.parametrize(
    ("above", "value", "kind"),
    [
        ("x-build: &it {0}\n", DRAWN, "token"),
        ("x-build:\n  - &it {0}\n", DRAWN, "token"),
        ("SOME: &DEPLOY {0}\n", DRAWN, "token"),
        ("x-build: &it '{0}'\n", CHOSEN, "password"),
    ],
)
@pytest.mark.parametrize("used", ["{0}: *it\n", "X: {{name: {0}, value: *it}}\n", "{0}: [*it]\n"])
def test_a_value_is_judged_by_the_key_that_an_alias_gives_it(above, value, kind, used):
    name = "DEPLOY_TOKEN" if kind == "token" else "DEPLOY_PASSWORD"
    text = above.format(value).replace("&DEPLOY", "&it") + HEAD + "      " + used.format(name)
    [found] = find(text)
    assert found.kind == kind
    assert found.where.startswith("jobs.deploy.env.")
    assert text.splitlines()[found.position.line - 1].index(value) + 1 == found.position.column
    assert told(text.replace(name, "DEPLOY_REGION")) == []


def test_an_alias_of_what_is_no_secret_is_none():
    assert told(f"x-region: &it eu-west-1\n{HEAD}      DEPLOY_TOKEN: *it\n      API_TOKEN: *none\n") == []


@pytest.mark.parametrize("kind", ["Secret", '"Se\\x63ret"', " " * 80 + "Secret", "&kind Secret", "!!str\n  Secret"])
def test_what_a_kubernetes_secret_wraps_is_found_however_its_kind_is_written(kind):
    assert told(SECRET.format(kind=kind, value=WRAPPED), "deploy/a.yaml")[0][0] == "github_pat"


MANIFEST = (
    RUN
    + "kubectl apply -f - <<END\n          apiVersion: v1\n          kind: {0}\n          {1}:\n            web: {2}\n          END\n"
)
TEMPLATE = "{{{{ if .Values.web }}}}\napiVersion: v1\ndata:\n  {{{{- if .Values.b }}}}\n  web: {2}\nkind: {0}\nother:\n  {1}: b\n{{{{ end }}}}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [(".github/workflows/deploy.yml", MANIFEST), ("charts/web/templates/secret.yaml", TEMPLATE), ("deploy/a.sh", TEMPLATE)],
)  # fmt: skip
def test_a_manifest_inside_a_script_or_a_template_counts(path, text):
    [found] = find(text.format("Secret", "data", WRAPPED), path)
    assert found.kind == "github_pat"
    assert found.fingerprint == mark_of(PAT)
    assert text.format("Secret", "data", WRAPPED).splitlines()[found.position.line - 1].strip() == f"web: {WRAPPED}"
    assert told(text.format("ConfigMap", "data", WRAPPED), path) == []


def test_a_manifest_in_a_script_holds_only_what_is_its_data():
    assert told(MANIFEST.format("Secret", "metadata", WRAPPED)) == []
    assert told(MANIFEST.format("Secret", "data", base64.b64encode(b"registry of acme, for all").decode())) == []
    between = MANIFEST.format("Secret", "data", "''") + f"          ---\n          data:\n            web: {WRAPPED}\n"
    assert told(between) == []


def test_what_a_command_decodes_is_read():
    assert told(f"{RUN}echo {WRAPPED} | base64 -d > token\n")[0][0] == "github_pat"
    assert told(f"{RUN}base64 --decode <<< '{WRAPPED}'\n")[0][0] == "github_pat"
    assert told(f"{RUN}echo {WRAPPED} | sha256sum\n") == []
    assert told(f"{RUN}echo {base64.b64encode(b'registry of acme, for all of us').decode()} | base64 -d\n") == []


def test_everyday_files_are_not_looked_at_twice():
    for each in (RUN + "pip install \\\n            --upgrade pip\n", HEAD + "      A: 'a: b'\n", "a:\n  - b :c\n"):
        assert not is_rewritten(each)
        assert not stands_apart(each)
    assert is_rewritten(f"X={PAT[:12]}\\\n{PAT[12:]}")
    assert stands_apart("? a\n: b\n")


@pytest.mark.parametrize(
    "line",
    [f"DB_PASSWORD: {CHOSEN}", f"API_TOKEN: {DRAWN}", f"X: {PAT}", f'RUN: "export TOKEN={DRAWN}"'],
)
def test_an_escape_elsewhere_hides_nothing_and_shows_nothing(line):
    alone = told(f"{HEAD}      {line}\n")
    assert len(alone) == 1
    assert told(f'{HEAD}      {line}\n      RED: "\\x1b[31m"\n') == alone
    assert told(f'{HEAD}      {line}\n      A: 1\n      B: 2\n      C: 3\n      RUN: "echo \\u2713"\n') == alone
    assert told(f'{HEAD}      {line}\n    name: "\\U0001F680 go"\n') == alone


@pytest.mark.parametrize("before", [True, False])
def test_a_name_with_escapes_speaks_for_a_text_that_is_not_the_next(before):
    name, value = '- name: "\\x44B_PASSWORD"', f"  value: {CHOSEN}"
    rest = "  a: 1\n          b: 2\n          c: 3"
    lines = (name, rest, value) if before else (value.replace("  v", "- v", 1), rest, name.replace("- n", "  n", 1))
    text = "spec:\n  env:\n" + "".join(f"        {line}\n" for line in lines)
    assert [kind for kind, *_ in told(text, "deploy/web.yml")] == ["password"]


def test_what_says_by_escapes_that_it_is_a_secret_is_one():
    data = base64.b64encode(DRAWN.encode()).decode()
    plain = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  one: {data}\n  two: {data}\n"
    found = [where for _, where, _ in told(plain, "deploy/web.yml")]
    assert len(found) == 2
    assert [where for _, where, _ in told(plain.replace("Secret", '"\\x53ecret"'), "deploy/web.yml")] == found
