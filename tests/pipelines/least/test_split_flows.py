"""What goes over from one half of a job to the other: files, values, variables, the environment, scopes; and who waits for both."""

import pytest

from pipewarden.pipelines.least.kinds import Around, Outcome
from pipewarden.pipelines.least.paths import narrowed, root_of
from pipewarden.pipelines.least.splits import splits
from pipewarden.pipelines.parts import Job
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/ship.yml"
HEAD = """\
on:
  push:
    tags: ["v*"]
permissions:
  contents: read
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm ci && npm run build
"""
PUBLISH = """\
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          password: ${{ secrets.PYPI }}
"""


def planned(text: str) -> Outcome:
    workflow = read_workflow(PATH, text)
    assert workflow.faults == ()
    return splits(PATH, text, Around(repository="acme/web", workflows=(workflow,), texts={PATH: text}))


def halves(text: str, second: str = "ship-publish") -> tuple[str, Job, Job]:
    made = planned(text)
    assert made.edits, [each.why for each in made.advice]
    read = read_workflow(PATH, made.text)
    assert read.faults == ()
    first, other = read.job("ship"), read.job(second)
    assert first is not None
    assert other is not None
    return made.text, first, other


def test_an_output_of_a_step_becomes_one_of_the_job() -> None:
    text = HEAD + (
        "      - id: v\n        run: echo version=1 >> $GITHUB_OUTPUT\n"
        "      - run: curl -d '${{ steps.v.outputs.version }}' -H 'K:${{ secrets.HOOK }}' https://hooks.acme.example\n"
    )
    out, first, second = halves(text, "ship-notify")
    assert "    outputs:\n      version: ${{ steps.v.outputs.version }}\n    steps:\n" in out
    assert "curl -d '${{ needs.ship.outputs.version }}'" in out
    assert first.secrets == ()
    assert [use.name for use in second.secrets] == ["HOOK"]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("run: echo token=1 >> $GITHUB_OUTPUT", "may be a secret"),
        ("uses: acme/token@v1", "may be a secret"),
        ("uses: ./own", "is not known"),
    ],
)
def test_an_output_that_may_be_secret_does_not_go_over(step: str, why: str) -> None:
    name = "x" if "own" in step else "token"
    text = HEAD + (
        f"      - id: v\n        {step}\n"
        f"      - run: curl -d '${{{{ steps.v.outputs.{name} }}}}' -H 'K:${{{{ secrets.HOOK }}}}' https://hooks.acme.example\n"
    )
    assert why in planned(text).advice[0].why


def test_outputs_that_are_there_get_company() -> None:
    text = HEAD.replace(
        "    steps:\n", "    outputs:\n      sha: ${{ steps.v.outputs.sha }} # the commit\n    steps:\n"
    ) + (
        "      - id: v\n        run: echo n=1 >> $GITHUB_OUTPUT\n"
        "      - run: curl -d '${{ steps.v.outputs.n }}' -H 'K:${{ secrets.HOOK }}' https://hooks.acme.example\n"
    )
    out, *_ = halves(text, "ship-notify")
    assert "      sha: ${{ steps.v.outputs.sha }} # the commit\n      n: ${{ steps.v.outputs.n }}\n    steps:" in out


def test_a_variable_that_a_step_sets_goes_over_by_its_name() -> None:
    text = HEAD + (
        '      - run: echo "VERSION=${GITHUB_REF##*/}" >> "$GITHUB_ENV"\n'
        "      - run: curl -d $VERSION -H 'K:${{ secrets.HOOK }}' https://hooks.acme.example\n"
    )
    out, _, second = halves(text, "ship-notify")
    assert "      VERSION: ${{ env.VERSION }}\n" in out
    assert second.env == {"VERSION": "${{ needs.ship.outputs.VERSION }}"}
    own = text.replace("    steps:\n", "    env:\n      A: b # said once\n    steps:\n", 1)
    out, first, second = halves(own, "ship-notify")
    assert first.env == {"A": "b"}
    assert second.env == {"A": "b", "VERSION": "${{ needs.ship.outputs.VERSION }}"}
    assert out.count("A: b # said once") == 2


def test_jobs_that_waited_wait_for_both_in_whatever_form_they_say_so() -> None:
    rest = "  {0}:\n    needs: {1}\n    runs-on: x\n    steps: [{{run: 'true'}}]\n"
    text = HEAD + PUBLISH + rest.format("a", "ship # then")
    text += rest.format("b", "[a, ship]") + rest.format("c", "\n      - ship # first\n      - a")
    out, *_ = halves(text)
    read = read_workflow(PATH, out)
    assert [job.needs for job in read.jobs if job.id in "abc"] == [
        ("ship", "ship-publish"),
        ("a", "ship", "ship-publish"),
        ("ship", "ship-publish", "a"),
    ]
    assert "needs: [ship, ship-publish] # then\n" in out
    tagged = text.replace("@release/v1\n", "@release/v1\n        if: github.ref_type == 'tag'\n")
    asks = text.replace(
        "steps: [{run: 'true'}]", "if: always() && needs.ship.result == 'success'\n    steps: [{run: 'true'}]", 1
    )
    assert planned(asks).advice[0].why == "job a asks how it went, and would be told of the first half alone"
    assert planned(tagged).advice[0].why == "job a waits for it, and would be skipped where what is split off is"


def test_the_environment_goes_with_what_deploys() -> None:
    text = HEAD.replace(
        "    steps:\n", "    environment:\n      name: live\n      url: https://acme.example\n\n    steps:\n"
    )
    out, first, second = halves(text + PUBLISH)
    assert first.environment is None
    assert second.environment is not None
    assert (second.environment.name, second.environment.url) == ("live", "https://acme.example")
    assert "The environment live goes along" in " ".join(planned(text + PUBLISH).edits[0].first)
    reads = text.replace("npm ci &&", "npm ci --registry ${{ vars.REGISTRY }} &&") + PUBLISH
    assert planned(reads).advice[0].why == "the steps before may take variables or secrets of the environment live"
    assert out.count("environment:") == 1


def test_scopes_go_with_the_steps_that_use_them() -> None:
    text = HEAD.replace(
        "    steps:\n", "    permissions:\n      contents: read\n      id-token: write # PyPI\n    steps:\n"
    )
    text += "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
    made = planned(text)
    assert made.edits[0].says == (
        "job ship runs code of others (step 2) before it takes `id-token: write`; job ship-publish takes it"
    )
    read = read_workflow(PATH, made.text)
    assert [(job.id, job.permissions and job.permissions.levels) for job in read.jobs] == [
        ("ship", {"contents": "read"}),
        ("ship-publish", {"contents": "read", "id-token": "write"}),
    ]
    signs = text.replace("npm run build", "npm run build && cosign sign x")
    assert planned(signs) == Outcome(text=signs), "the build asks for the identity, too"
    unknown = text.replace("      - run: npm ci", "      - uses: mallory/build@v1\n      - run: npm ci")
    assert planned(unknown).advice[0].why == (
        "what the first half needs of the token is not known, and it would keep all it has"
    )


def test_a_message_about_a_failure_is_sent_by_a_job_that_asks_for_it() -> None:
    text = HEAD + (
        "      - if: ${{ failure() }} # only then\n        run: curl -H 'K:${{ secrets.HOOK }}' https://hooks.acme.example\n"
    )
    assert planned(text).advice[0].why == "the condition of a step is written in a form that is not edited"
    first_key, _, told = halves(text.replace(" # only then", ""), "ship-notify")
    assert "    steps:\n      - run: curl -H" in first_key
    assert told.condition == "failure() && needs.ship.result == 'failure'"
    text = text.replace(
        "- if: ${{ failure() }} # only then\n        run:", "- name: tell\n        if: failure()\n        run:"
    )
    out, first, second = halves(text, "ship-notify")
    assert second.condition == "failure() && needs.ship.result == 'failure'"
    assert second.steps[0].condition == ""
    assert first.secrets == ()
    assert "        if: failure()\n" not in out
    always = text.replace("failure()", "always()").replace("https://hooks", "https://hooks${{ job.status }}")
    out, _, second = halves(always, "ship-notify")
    assert second.condition == "always() && needs.ship.result != 'skipped'"
    assert "https://hooks${{ needs.ship.result }}" in out
    files = text.replace("-H 'K", "-T log.txt -H 'K")
    assert planned(files).advice[0].why == "the files that it takes may not be there when the job failed"


def test_the_code_is_checked_out_again_where_what_follows_works_with_it() -> None:
    text = HEAD.replace("@v4\n", "@v4 # pinned soon\n        with:\n          fetch-depth: 0\n\n", 1) + (
        "      - run: gh release upload $GITHUB_REF_NAME out/app.zip\n"
        "        env:\n          GH_TOKEN: ${{ secrets.RELEASE }}\n"
    )
    out, _, second = halves(text)
    assert out.count("      - uses: actions/checkout@v4 # pinned soon\n        with:\n          fetch-depth: 0\n") == 2
    assert [step.uses.action for step in second.steps if step.uses] == ["actions/checkout", "actions/download-artifact"]
    told = text.replace("          GH_TOKEN", "          GH_REPO: ${{ github.repository }}\n          GH_TOKEN")
    assert [step.uses.action for step in halves(told)[2].steps if step.uses] == ["actions/download-artifact"]


def test_what_holds_nothing_stays_even_where_another_step_could_not_be_told_apart() -> None:
    text = HEAD + (
        "      - run: npm test\n        env:\n          API: ${{ secrets.API }}\n"
        "      - run: curl -H 'K:${{ secrets.HOOK }}' https://hooks.acme.example\n"
    )
    _, first, second = halves(text, "ship-notify")
    assert [use.name for use in first.secrets] == ["API"]
    assert [use.name for use in second.secrets] == ["HOOK"]


def test_a_commit_that_the_repository_uses_is_used_again() -> None:
    pinned = "actions/upload-artifact@" + "a" * 40
    text = HEAD.replace("actions/checkout@v4", f"actions/checkout@{'c' * 40}") + (
        f"      - uses: {pinned} # v7.0.1\n        with: {{name: logs, path: logs}}\n"
        f"      - uses: actions/download-artifact@{'b' * 40} # v8\n        with: {{name: logs}}\n"
    )
    out, *_ = halves(text + PUBLISH)
    assert out.count(f"      - uses: {pinned} # v7.0.1\n") == 2
    assert out.count(f"      - uses: actions/download-artifact@{'b' * 40} # v8\n") == 2
    old = (text + PUBLISH).replace("# v7.0.1", "# v3")
    assert (
        planned(old).advice[0].why
        == "it takes actions/upload-artifact, and which commit of it to pin is yours to choose"
    )


@pytest.mark.parametrize(
    ("paths", "root"),
    [
        (("dist",), "dist"),
        (("out/app.zip",), "out"),
        (("app.zip",), "."),
        (("*.zip",), "."),
        (("out/*.zip",), "out"),
        (("out/a.zip", "out/b.zip"), "out"),
        (("out/a", "out/b/c"), "out"),
        (("a", "b"), "."),
        (("/tmp/a.zip",), "/tmp"),
        (("/tmp/a.zip", "b.zip"), None),
    ],
)
def test_where_an_artifact_begins(paths: tuple[str, ...], root: str | None) -> None:
    assert root_of(paths) == root


def test_what_lies_in_another_path_goes_with_that() -> None:
    assert narrowed(("dist", "dist/a.zip", "b")) == ("dist", "b")


PAGES = "pages: write, id-token: write"
ORDINARY = [
    ("contents: write", "uses: JamesIves/github-pages-deploy-action@v4\n        with: {folder: build}"),
    (
        "contents: write",
        "run: gh release create $GITHUB_REF_NAME build/a.zip\n        env: {GH_TOKEN: '${{ github.token }}'}",
    ),
    (PAGES, "uses: actions/upload-pages-artifact@v3\n      - uses: actions/deploy-pages@v4"),
    (
        "id-token: write",
        "uses: aws-actions/configure-aws-credentials@v4\n      - run: aws s3 sync build s3://acme-site",
    ),
    (
        "id-token: write",
        (
            "uses: google-github-actions/auth@v2\n        with: {workload_identity_provider: '${{ vars.POOL }}'}\n"
            "      - uses: google-github-actions/upload-cloud-storage@v2\n        with: {path: build, destination: acme}"
        ),
    ),
    (
        "packages: write",
        (
            "uses: docker/login-action@v3\n        with: {registry: ghcr.io, password: '${{ secrets.GITHUB_TOKEN }}'}\n"
            "      - uses: docker/build-push-action@v6\n        with: {push: true, tags: ghcr.io/acme/web}"
        ),
    ),
    (
        "contents: read",
        "uses: Azure/functions-action@v1\n        with: {package: build, publish-profile: '${{ secrets.P }}'}",
    ),
    (
        "contents: read",
        "uses: nwtgck/actions-netlify@v3\n        with: {publish-dir: build}\n        env: {T: '${{ secrets.T }}'}",
    ),
    (
        "id-token: write, attestations: write, contents: write",
        (
            "uses: actions/attest-build-provenance@v2\n        with: {subject-path: build/*.zip}\n"
            "      - uses: softprops/action-gh-release@v2\n        with: {files: build/*.zip}"
        ),
    ),
]


@pytest.mark.parametrize(("scopes", "steps"), ORDINARY)
def test_ordinary_jobs_that_build_and_publish_are_split(scopes: str, steps: str) -> None:
    text = HEAD.replace("    steps:\n", f"    permissions: {{{scopes}}}\n    steps:\n") + f"      - {steps}\n"
    out, first, second = halves(text)
    assert [use.name for use in first.secrets if use.name != "GITHUB_TOKEN"] == []
    assert first.permissions is not None
    assert "write" not in first.permissions.levels.values()
    assert second.needs == ("ship",)
    assert planned(out).edits == ()
