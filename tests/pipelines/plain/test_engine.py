"""A secret in plain text is found at its place, once, and nothing of it is ever shown."""

import pytest

from pipewarden.pipelines.plain import Confidence, FileKind, find_secrets
from pipewarden.pipelines.plain.shape_scan import anchors_in, shape_hits
from tests.pipelines.plain import tokens

KEY = b"a key of the estate acme"


def find(text, kind=FileKind.PIPELINE, path=".github/workflows/deploy.yml"):
    return find_secrets(path, text, kind, KEY)


WORKFLOW = """on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      TOKEN: {token}
    steps:
      - run: |
          echo deploying
          export API_KEY={key}
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
"""


def test_a_token_with_its_checksum_is_certain_and_has_its_place():
    first, second = find(WORKFLOW.format(token=tokens.classic("gh" + "p_"), key=tokens.drawn(32)))
    assert (first.kind, first.confidence) == ("github_pat", Confidence.CERTAIN)
    assert (first.where, first.position.line, first.position.column, first.end_column) == (
        "jobs.deploy.env.TOKEN",
        6,
        14,
        54,
    )
    assert first.length == 40
    assert (second.kind, second.confidence) == ("api_key", Confidence.NAMED)
    assert (second.where, second.position.line, second.position.column) == ("jobs.deploy.steps[0].run.API_KEY", 10, 26)


def test_a_routable_token_of_gitlab_is_told_by_its_checksum():
    token = tokens.routable()
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    found = find(f"deploy:\n  variables:\n    A: {token}\n    B: {wrong}\n", path=".gitlab-ci.yml")
    assert [(each.kind, each.confidence, each.position.line) for each in found] == [
        ("gitlab_routable_token", Confidence.CERTAIN, 3)
    ]


def test_the_same_secret_in_two_places_has_one_fingerprint_and_another_key_another():
    token = tokens.classic("gh" + "p_")
    one = find(f"env: {{A_TOKEN: {token}}}\n")[0]
    two = find(f"run: curl -H 'Authorization: Bearer {token}' https://api.acme.example\n")[0]
    other = find_secrets("w.yml", f"env: {{A_TOKEN: {token}}}\n", FileKind.PIPELINE, b"another key of acme")[0]
    assert one.fingerprint == two.fingerprint != other.fingerprint


def test_a_guessable_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        find_secrets("w.yml", "a: b", FileKind.PIPELINE, b"short")


def test_nothing_of_the_value_is_shown_anywhere():
    token = tokens.classic("gh" + "p_")
    text = f"env:\n  {token}: 1\n  TOKEN: {token}\n  '{token}': {{API_TOKEN: {tokens.drawn(40, seed=3)}}}\n"
    found = find(text)
    assert found
    for shown in (repr(found), str(found), repr(list(shape_hits(text, anchors_in(text))))):
        assert token not in shown
        assert token[4:20] not in shown
        assert tokens.drawn(40, seed=3) not in shown


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("{0}", 6, 14),
        ("&t {0}", 6, 17),
        ("!!str {0}", 6, 20),
        ("\n        {0}", 7, 9),
        ("\n\n        '{0}'", 8, 10),
        (">-\n        {0}", 7, 9),
        ("| # as it was drawn\n        {0}", 7, 9),
        ("|2-\r\n          {0}", 7, 11),
    ],
)
def test_a_value_is_judged_by_its_name_wherever_yaml_lets_it_stand(written, line, column):
    value = tokens.drawn(32)
    [found] = find(WORKFLOW.replace("          export API_KEY={key}\n", "").format(token=written.format(value)))
    assert (found.kind, found.where, found.position.line, found.position.column) == (
        "token",
        "jobs.deploy.env.TOKEN",
        line,
        column,
    )
    assert find(WORKFLOW.format(token=written.format("the one of " + value[:8]), key="$KEY")) == ()


@pytest.mark.parametrize("kind", ["kind: Secret", 'kind:  "Secret"', "kind: 'Secret'", '"kind" : Secret'])
def test_the_entries_of_a_kubernetes_secret_count_however_its_kind_is_written(kind):
    text = f"apiVersion: v1\n{kind}\nstringData: {{a: {tokens.password()}}}\n"
    assert [each.line for each in (found.position for found in find(text, FileKind.KUBERNETES, "k8s/a.yml"))] == [3]
    assert find(text.replace("Secret", "ConfigMap"), FileKind.KUBERNETES, "k8s/a.yml") == ()
