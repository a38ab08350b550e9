"""Actions are read, and references are told apart by how firmly they are tied."""

import pytest

from pipewarden.pipelines.actions import Pin, UsesKind, image_pin, pin_of, read_action, read_uses

COMPOSITE = """\
name: Set up
inputs:
  token: {required: true}
  level: {default: low}
outputs:
  place: {value: "${{ steps.x.outputs.place }}"}
runs:
  using: composite
  steps:
    - uses: actions/checkout@v4
    - id: x
      shell: bash
      run: echo ${{ inputs.token }}
"""


def test_a_composite_action():
    action = read_action(".github/actions/setup/action.yml", COMPOSITE)
    assert action.faults == ()
    assert (action.using, action.outputs) == ("composite", ("place",))
    assert [(given.name, given.required, given.default) for given in action.inputs] == [
        ("token", True, None),
        ("level", False, "low"),
    ]
    assert [step.run is None for step in action.steps] == [True, False]
    mention = action.steps[1].mentions[0]
    assert (mention.position.line, mention.where) == (13, "run")


def test_a_javascript_and_a_docker_action():
    script = read_action("action.yml", "runs: {using: node24, main: dist/main.js, post: dist/post.js}\n")
    assert (script.using, script.main, script.post, script.image_pin) == (
        "node24",
        "dist/main.js",
        "dist/post.js",
        None,
    )
    docker = read_action("action.yml", "runs: {using: docker, image: 'docker://alpine:3', entrypoint: /run.sh}\n")
    assert (docker.image_pin, docker.main) == (Pin.DOCKER_TAG, "/run.sh")
    assert read_action("action.yml", "runs: {using: docker, image: Dockerfile}\n").image_pin is None


@pytest.mark.parametrize("text", ["name: x\n", "runs: [a]\n", "text", "", "runs: {using: composite, steps: x}"])
def test_what_is_wrong_with_an_action_is_said(text):
    assert read_action("action.yml", text).faults


def test_an_action_that_is_not_yaml_is_unknown():
    assert not read_action("action.yml", "runs: [").complete


@pytest.mark.parametrize(
    ("ref", "pin"),
    [
        ("8f4b7f84864484a7bf31766abe9204da3cbe65b3", Pin.SHA),
        ("8F4B7F84864484A7BF31766ABE9204DA3CBE65B3", Pin.SHA),
        ("8f4b7f84864484a7bf31766abe9204da3cbe65b", Pin.SHORT_SHA),
        ("8f4b7f8", Pin.SHORT_SHA),
        ("v4", Pin.TAG),
        ("v4.1.2", Pin.TAG),
        ("1.2.3-rc.1", Pin.TAG),
        ("20240101", Pin.TAG),
        ("release-v1", Pin.TAG),
        ("refs/tags/nightly", Pin.TAG),
        ("main", Pin.BRANCH),
        ("release/v1", Pin.BRANCH),
        ("refs/heads/any", Pin.BRANCH),
        ("stable", Pin.REF),
        ("", Pin.NONE),
        ("${{ matrix.ref }}", Pin.DYNAMIC),
    ],
)
def test_how_firm_a_reference_is(ref, pin):
    assert pin_of(ref) is pin


@pytest.mark.parametrize(
    ("text", "kind", "pin", "action"),
    [
        ("actions/checkout@v4", UsesKind.REPOSITORY, Pin.TAG, "actions/checkout"),
        ("Acme/Deploy/aws/ecs@main", UsesKind.REPOSITORY, Pin.BRANCH, "acme/deploy/aws/ecs"),
        ("acme/shared/.github/workflows/a.yml@v1", UsesKind.REPOSITORY, Pin.TAG, "acme/shared/.github/workflows/a.yml"),
        ("./.github/actions/setup", UsesKind.LOCAL, Pin.LOCAL, "./.github/actions/setup"),
        ("$/.github/workflows/build.yml", UsesKind.LOCAL, Pin.LOCAL, "./.github/workflows/build.yml"),
        ("docker://alpine:3.20", UsesKind.DOCKER, Pin.DOCKER_TAG, "alpine:3.20"),
        ("docker://alpine@sha256:" + "a" * 64, UsesKind.DOCKER, Pin.DOCKER_DIGEST, "alpine@sha256:" + "a" * 64),
        ("acme/deploy", UsesKind.REPOSITORY, Pin.NONE, "acme/deploy"),
        ("checkout@v4", UsesKind.UNREADABLE, Pin.NONE, ""),
        ("", UsesKind.UNREADABLE, Pin.NONE, ""),
    ],
)
def test_what_a_step_uses(text, kind, pin, action):
    uses = read_uses(text)
    assert (uses.kind, uses.pin, uses.action) == (kind, pin, action)


def test_only_hashes_digests_and_the_own_checkout_are_fixed():
    assert {pin for pin in Pin if pin.is_fixed} == {Pin.SHA, Pin.DOCKER_DIGEST, Pin.LOCAL}


def test_an_image_is_fixed_by_its_digest_alone():
    assert image_pin("postgres:16@sha256:" + "0" * 64) is Pin.DOCKER_DIGEST
    assert image_pin("postgres@sha256:0") is Pin.DOCKER_TAG
    assert image_pin("${{ matrix.image }}") is Pin.DYNAMIC
