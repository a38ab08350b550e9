"""alice chooses images by a matrix and releases files from scripts: what of it others can change, and what nobody signs."""

import pytest

from pipewarden.model.facts import Cause
from pipewarden.pipelines.github.weak.releases import publishes
from tests.checks.test_workflow_files import EVERY, SHA, estate, found, wf

IMAGE = "wf.uses.image_unpinned"
UNSIGNED = "wf.publish.unsigned"
DIGEST = f"node@sha256:{'b' * 64}"


@pytest.mark.parametrize(
    ("container", "matrix", "says"),
    [
        ("'${{ matrix.image }}'", "{image: [node:22]}", "runs in node:22, whose tag"),
        (
            "'${{ matrix.image }}'",
            f"{{image: [{DIGEST}, 'node:22', 'node:24']}}",
            "runs in node:22 or 1 more, whose tag",
        ),
        ("'node:${{ matrix.version }}'", "{version: [22]}", "runs in node:22, whose tag"),
        (
            "{image: '${{ matrix.config.image }}'}",
            "{config: [{image: 'docker://node:22'}]}",
            "runs in node:22, whose tag",
        ),
    ],
)
def test_an_image_of_the_matrix_counts_as_if_it_stood_there(container, matrix, says):
    [finding] = found(IMAGE, wf(container=container, strategy=f"{{matrix: {matrix}}}"))
    assert says in finding.says
    assert finding.line == 6


@pytest.mark.parametrize(
    ("container", "matrix"),
    [
        ("'${{ matrix.image }}'", f"{{image: [{DIGEST}, '']}}"),
        ("'node@sha256:${{ matrix.digest }}'", f"{{digest: [{'b' * 64}]}}"),
    ],
)
def test_an_image_of_the_matrix_that_a_digest_pins_passes(container, matrix):
    text = wf(container=container, strategy=f"{{matrix: {matrix}}}")
    assert found(IMAGE, text) == []
    assert estate(text).judge(EVERY[IMAGE]).not_assessed == ()


@pytest.mark.parametrize(
    ("container", "more"),
    [
        ("'${{ needs.find.outputs.image }}'", {}),
        ("'${{ vars.IMAGE }}'", {}),
        ("'${{ matrix.image }}'", {"strategy": "{matrix: '${{ fromJSON(needs.find.outputs.all) }}'}"}),
    ],
)
def test_an_image_that_nothing_in_the_file_settles_is_no_pass(container, more):
    [gap] = estate(wf(container=container, **more)).judge(EVERY[IMAGE]).not_assessed
    assert gap.cause is Cause.NOT_FOLLOWED
    assert "which was not followed" in gap.detail


def test_the_default_of_an_input_counts():
    dispatch = "{workflow_dispatch: {inputs: {image: {type: string, default: 'node:22'}}}}"
    [finding] = found(IMAGE, wf(on=dispatch, container="'${{ inputs.image }}'"))
    assert "node:22" in finding.says


@pytest.mark.parametrize(
    "script",
    [
        "gh release create v1 dist/*",
        'gh release create "$TAG" --title "a b" --notes-file n.md dist/a.zip',
        "gh release create --draft v1 a.zip --generate-notes",
        "gh release create v1 \\\\\\n  --notes x \\\\\\n  dist/web.tar.gz",
        "gh release upload v1 dist/a.zip --clobber",
        "make && glab release create v1 --assets-links='[]'",
        "curl --data-binary @a.zip https://uploads.github.com/repos/acme/web/releases/1/assets?name=a.zip",
    ],
)
def test_files_of_a_release_that_nothing_signs_are_told(script):
    [finding] = found(UNSIGNED, wf(f'run: "{script.replace(chr(34), chr(92) + chr(34))}"'))
    assert "publishes files without a signature" in finding.says


@pytest.mark.parametrize(
    "script",
    [
        "gh release create v1",
        "gh release create v1 --notes 'all of it' --title v1 --target main",
        "gh release view v1 dist/a",
        "gh release edit v1 --draft=false",
        "gh release create v1 --generate-notes > out.txt",
        "echo released; git push",
    ],
)
def test_a_release_without_files_is_none(script):
    assert publishes(script) == ""


@pytest.mark.parametrize(
    "script",
    [
        "docker push acme/web:1",
        "podman push x y",
        "docker buildx build . --tag x \\\n --push",
        "oras push ghcr.io/acme/web:1 a",
    ],
)
def test_images_are_published_by_more_than_one_tool(script):
    assert publishes(script) == "an image"


def test_an_unclosed_quote_and_a_long_line_end():
    assert publishes("gh release create v1 'dist/a") == "files"
    assert publishes("buildx " * 100_000 + "push") == ""


def test_what_is_signed_or_attested_passes():
    attest = f"uses: actions/attest-build-provenance@{SHA}"
    assert found(UNSIGNED, wf("run: gh release create v1 dist/a", attest)) == []
    assert found(UNSIGNED, wf(f"{{uses: svenstaro/upload-release-action@{SHA}, with: {{file: a.zip}}}}")) != []
    assert found(UNSIGNED, wf(f"{{uses: svenstaro/upload-release-action@{SHA}}}")) == []
