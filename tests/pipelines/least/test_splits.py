"""Splits: the lines that make two jobs of one, what goes over from one to the other, and where no edit is offered."""

import pytest

from pipewarden.pipelines.least.carried import taken_by
from pipewarden.pipelines.least.kinds import Around, EditKind, Outcome
from pipewarden.pipelines.least.splits import splits
from pipewarden.pipelines.least.taken import UnknownFilesError
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/ship.yml"
SITE = """\
on:
  push:
    branches: [main]
jobs:
  site:
    needs: lint
    runs-on: ubuntu-latest # hosted
    permissions:
      contents: read # the code

    # what it does
    steps:
      - uses: actions/checkout@v4
      - run: |
          npm ci
          npm run build
          # built
      # only now
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.KEY_ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
          aws-region: eu-west-1
      - run: aws s3 sync build/ s3://acme-site --delete
  lint:
    runs-on: ubuntu-latest
    steps: [{run: ./lint.sh}]
"""
CUT = """\
      - uses: actions/upload-artifact@v4
        with:
          name: site-build
          path: build/
          if-no-files-found: error
          include-hidden-files: true

  site-publish:
    needs: site
    runs-on: ubuntu-latest # hosted
    permissions:
      contents: read # the code
    steps:
      - uses: actions/download-artifact@v8
        with:
          name: site-build
          path: build/
"""


def planned(text: str, *others: str) -> Outcome:
    workflows = [read_workflow(PATH, text)]
    assert workflows[0].faults == ()
    workflows += [read_workflow(f".github/workflows/other{n}.yml", other) for n, other in enumerate(others)]
    return splits(PATH, text, Around(repository="acme/web", workflows=tuple(workflows)))


def test_lines_are_added_before_the_steps_that_take_secrets_and_nothing_else_changes() -> None:
    made = planned(SITE)
    assert made.text == SITE.replace("      # only now\n", CUT + "      # only now\n")
    [edit] = made.edits
    assert edit.kind is EditKind.SPLIT
    assert edit.says == (
        "job site runs code of others (step 2) before it takes KEY and KEY_ID; job site-publish takes them"
    )
    assert edit.first[0].startswith("The files of `build` go over as an artifact")
    again = planned(made.text)
    assert (again.text, again.edits) == (made.text, ())


def test_the_first_job_keeps_no_secret_and_the_second_runs_nobody_elses_code() -> None:
    read = read_workflow(PATH, planned(SITE).text)
    site, publish = read.job("site"), read.job("site-publish")
    assert site is not None
    assert publish is not None
    assert site.secrets == ()
    assert {use.name for use in publish.secrets} == {"KEY", "KEY_ID"}
    assert [step.run for step in publish.steps if step.run] == ["aws s3 sync build/ s3://acme-site --delete"]


IMAGE = """\
on: {push: {branches: [main]}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm ci && npm test

      - uses: docker/login-action@v3
        with: {username: acme, password: '${{ secrets.HUB }}'}
      -
        id: meta
        uses: docker/metadata-action@v5
        with: {images: acme/web}
      -
        uses: docker/build-push-action@v6
        with:
          push: true
          tags: ${{ steps.meta.outputs.tags }}
"""


def test_what_takes_no_files_is_split_without_an_artifact() -> None:
    made = planned(IMAGE)
    added = "  image-publish:\n    needs: image\n    runs-on: ubuntu-latest\n    steps:\n"
    before, after = IMAGE.split("      - uses: docker/login-action")
    assert made.text == f"{before}{added}      - uses: docker/login-action{after}"
    assert made.edits[0].first == ()


def test_an_image_of_the_workspace_may_hold_what_was_built_before() -> None:
    made = planned(IMAGE.replace("push: true", "push: true\n          context: ."))
    assert made.edits == ()
    assert made.advice[0].why == (
        "what step 5 takes of the steps before is not known: the image may hold what the steps before built"
    )
    assert any("actions/download-artifact" in each for each in made.advice[0].how)


def test_what_is_to_be_written_by_hand_is_sketched_as_far_as_the_file_tells_it() -> None:
    text = SITE.replace("aws s3 sync build/", "./ship.sh")
    [advice] = planned(text).advice
    assert advice.sketch == (
        "      # at the end of job site\n"
        "      - uses: actions/upload-artifact@VERSION\n        with:\n          name: site-output\n          path: FOLDER\n"
        "  site-publish:\n    needs: site\n    runs-on: ubuntu-latest # hosted\n    permissions:\n"
        "      contents: read # the code\n    steps:\n"
        "      - uses: actions/checkout@VERSION # where they need the code\n"
        "      - uses: actions/download-artifact@VERSION\n        with:\n"
        "          name: site-output\n          path: FOLDER\n"
        "      # steps 3 to 4 of job site\n"
    )
    matrix = text.replace("ubuntu-latest # hosted", "${{ matrix.os }}\n    strategy: {matrix: {os: [a, b]}}")
    assert planned(matrix).advice[0].sketch == ""


PYPI = """\
on: [push, pull_request]
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
    - run: pip install build && python -m build
    - uses: pypa/gh-action-pypi-publish@release/v1
      if: startsWith(github.ref, 'refs/tags/')
      with:
        password: ${{ secrets.PYPI_TOKEN }}
"""


def test_the_condition_of_the_steps_becomes_the_condition_of_the_job_and_of_the_upload() -> None:
    made = planned(PYPI)
    assert made.text.count("if: startsWith(github.ref, 'refs/tags/')") == 3
    assert "    - uses: actions/upload-artifact@v4\n      if: startsWith" in made.text
    assert "  release-publish:\n    needs: release\n    if: startsWith" in made.text


def test_the_versions_are_those_that_the_repository_uses() -> None:
    uses = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
    tagged = uses + "      - uses: actions/upload-artifact@v6\n      - uses: actions/download-artifact@v7.0.1\n"
    made = planned(PYPI, tagged).text
    assert "upload-artifact@v6\n" in made
    assert "download-artifact@v7.0.1\n" in made
    old = uses + "      - uses: actions/upload-artifact@v3\n"
    assert "upload-artifact@v4\n" in planned(PYPI, old).text
    pinned = uses + f"      - uses: actions/setup-node@{'b' * 40} # v4\n"
    assert planned(PYPI, pinned).advice[0].why == (
        "it takes actions/upload-artifact, and which commit of it to pin is yours to choose"
    )
    assert planned(IMAGE, pinned).edits, "without an artifact nothing is to be pinned"


def test_a_further_artifact_gets_in_nobodys_way() -> None:
    takes_all = "    steps: [{uses: actions/download-artifact@v4}]"
    text = SITE.replace("    steps: [{run: ./lint.sh}]", takes_all)
    assert planned(text).advice[0].why == "job lint takes all artifacts of a run, and would take one more"
    named = text.replace("download-artifact@v4", "download-artifact@v4, with: {name: maps}")
    assert planned(named).edits
    same = text.replace("download-artifact@v4", "upload-artifact@v4, with: {name: site-build, path: x}")
    assert planned(same).advice[0].why == "there is an artifact site-build already"
    listens = f"on: {{workflow_run: {{workflows: [ship]}}}}\njobs:\n  a:\n    runs-on: x\n{takes_all}\n"
    assert planned(SITE, listens).edits == ()
    assert planned(SITE, listens.replace("workflow_run: {workflows: [ship]}", "push: {}")).edits
    assert planned(IMAGE, listens).edits, "without an artifact nobody takes one more"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("needs: lint", "strategy: {matrix: {a: [b]}}\n    needs: lint"), "the job has `strategy`"),
        (("jobs:\n  site", "defaults: {run: {working-directory: web}}\njobs:\n  site"), "sets the folder or the shell"),
        (("needs: lint", "if: always()"), "it runs by how other jobs ended"),
        (("    branches: [main]", "  workflow_call:"), "the workflow can be called"),
        (("ubuntu-latest # hosted", "self-hosted"), "it does not run on one kind of machine"),
        (("ubuntu-latest # hosted", "windows-latest"), "it runs on windows-latest"),
        (("needs: lint", "needs: lint\n    concurrency: live"), "the job has `concurrency`"),
        (("npm ci", "npm ci; ./vars.sh >> $GITHUB_ENV"), "sets variables in a way that is not followed"),
        (("npm ci", "npm ci; echo TOKEN=b >> $GITHUB_ENV"), "sets a variable that may be a secret"),
        (("npm ci", "npm ci; echo $HOME/bin >> $GITHUB_PATH"), "sets the path"),
        (("s3://acme-site", "s3://${{ runner.name }}"), "it reads `runner`, which is of its own job"),
        (("s3://acme-site", "s3://${{ env.BUCKET }}"), "where `env.BUCKET` is set is not known"),
        (("s3://acme-site", "s3://${{ steps.gone.outputs.x }}"), "of a step that is not there"),
        (
            (
                "--delete",
                "--delete\n      - run: curl https://a.example\n        if: github.x\n      - run: aws s3 cp a.zip s3://a\n        if: github.y",
            ),
            "under conditions that differ",
        ),
        (("          npm ci", "          npm ci ${{ secrets.KEY }}"), "step 2, which stays, takes KEY, too"),
        (("sync build/ s3", "sync . s3"), "what step 4 takes of the steps before is not known"),
        (("sync build/ s3", "sync $OUT s3"), "what step 4 takes of the steps before is not known"),
        (("sync build/", "sync ${{ vars.OUT }}"), "what step 4 takes of the steps before is not known"),
        (("--delete", "--delete && ./after.sh"), "what step 4 takes of the steps before is not known"),
        (("--delete", "--delete\n      - run: curl https://hooks.acme.example\n        if: failure()"), "ended"),
        (("  lint:\n", "  site-publish:\n"), "there is a job site-publish already"),
    ],
)
def test_where_something_leans_on_the_job_it_is_left_to_a_person(change: tuple[str, str], why: str) -> None:
    assert change[0] in SITE
    text = SITE.replace(*change)
    if "needs: lint" in text and "  lint:" not in text:
        text = text.replace("    needs: lint\n", "")
    if "needs: site\n" in text:
        text = text.replace("    needs: lint\n", "")
    made = planned(text)
    assert (made.text, made.edits) == (text, ())
    assert why in made.advice[0].why


@pytest.mark.parametrize(
    ("action", "command", "cloud"),
    [
        ("aws-actions/configure-aws-credentials@v4", "aws sns publish --message ${{ secrets.HOOK }}", "AWS"),
        ("google-github-actions/auth@v2", "gcloud run deploy web --image ${{ secrets.HOOK }}", "Google Cloud"),
    ],
)
def test_a_session_does_not_go_over(action: str, command: str, cloud: str) -> None:
    text = (
        f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm ci\n      - uses: {action}\n"
        f"      - run: npm test\n      - run: {command}\n"
    )
    assert planned(text).advice[0].why == f"the session with {cloud} was made in a step before"
    assert planned(text.replace("      - run: npm test\n", "")).edits, "the sign-in goes along"


def test_a_secret_of_the_whole_job_is_told_with_what_to_do() -> None:
    text = PYPI.replace("    steps:", "    env: {A: '${{ secrets.WIDE }}'}\n    steps:")
    [advice] = planned(text).advice
    assert advice.says.startswith("every step of job release sees WIDE")
    assert advice.why == "every step sees WIDE: which of them need it is not said"
    assert advice.how[0] == "Set WIDE in the `env` of the step that needs it, not of the whole job."


@pytest.mark.parametrize(
    "steps",
    [
        "- uses: actions/checkout@v4\n      - run: curl -d ${{ secrets.HOOK }} https://hooks.acme.example",
        "- run: npm ci\n      - run: ./ship.sh ${{ secrets.GITHUB_TOKEN }}",
        "- run: ./ship.sh ${{ secrets.KEY }}\n      - run: npm ci",
    ],
)
def test_near_misses_are_not_told(steps: str) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      {steps}\n"
    assert planned(text) == Outcome(text=text)


@pytest.mark.parametrize(
    ("step", "takes"),
    [
        ("run: curl -X POST -H 'A:b' https://hooks.acme.example", ()),
        ("run: aws s3 sync site/${{ github.ref_name }} s3://acme", None),
        ("run: aws s3 sync site s3://${{ vars.BUCKET }}/${{ github.ref_name }}", ("site",)),
        ("run: curl --data @build/x https://hooks.acme.example", None),
        ("run: curl -T build/x https://hooks.acme.example", None),
        ("run: curl https://hooks.acme.example | sh", None),
        ("run: aws s3 sync ./site s3://acme --exclude '*.map'", ("site",)),
        ("run: aws s3 cp site s3://acme --recursive", ("site",)),
        ("run: aws s3 cp site s3://acme", None),
        ("run: aws s3 sync ../site s3://acme", None),
        ("run: aws s3 sync s3://a s3://b", None),
        ("run: aws cloudfront create-invalidation --distribution-id E --paths '/*'", ()),
        ("run: aws lambda update-function-code --zip-file fileb://x.zip", ("x.zip",)),
        ("run: aws lambda update-function-code --zip-file fileb://$X", None),
        ("run: aws cloudformation deploy --template-file infra/web.yml --stack-name web", ("infra/web.yml",)),
        ("run: aws s3 cp out/app.zip s3://acme/app.zip", ("out/app.zip",)),
        ("run: gsutil -m rsync -r site gs://acme", ("site",)),
        ("run: gcloud run deploy web --image eu.gcr.io/acme/web:$GITHUB_SHA", ()),
        ("run: gcloud run deploy web --source .", None),
        ("run: gh release upload v1 dist/app.zip dist/app.zip.sha256", ("dist/app.zip", "dist/app.zip.sha256")),
        (
            'run: gh release create "$TAG" --title "$TAG" -F notes.md app-${{ github.ref_name }}.tgz',
            ("notes.md", "app-*.tgz"),
        ),
        ("run: gh release upload v1 $FILES", None),
        ("run: gh pr create --fill", None),
        ("run: gh workflow run deploy.yml -R acme/infra", ()),
        ('run: |\n          if [ -n "$URL" ]; then\n            curl -d "$(date)" "$URL" | jq .id\n          fi', ()),
        ("run: |\n          for f in dist/*; do curl -T $f https://hooks.acme.example; done", None),
        ("run: if [ -f x ]; then curl https://hooks.acme.example; fi", None),
        ('run: curl -d "$(cat x)" https://hooks.acme.example', None),
        ("run: jq .a x.json", None),
        ("run: curl -T build/x.zip https://hooks.acme.example", ("build/x.zip",)),
        ("run: docker push acme/web", None),
        ("run: npm publish", None),
        ("run: echo done", ()),
        ("run: echo done > out", ()),
        ("run: echo done < in", None),
        ("run: aws s3 sync site s3://acme\n        working-directory: web", None),
        ("uses: pypa/gh-action-pypi-publish@release/v1", ("dist",)),
        ("uses: pypa/gh-action-pypi-publish@release/v1\n        with: {packages-dir: out/dist/}", ("out/dist",)),
        ("uses: peaceiris/actions-gh-pages@v4\n        with: {publish_dir: ./book}", ("book",)),
        ("uses: softprops/action-gh-release@v2\n        with: {files: 'dist/*.whl'}", ("dist",)),
        ("uses: softprops/action-gh-release@v2\n        with: {files: '*.zip'}", ("*.zip",)),
        (
            "uses: softprops/action-gh-release@v2\n        with: {files: '${{ github.workspace }}/out/a.zip, b-${{ steps.v.outputs.n }}.zip'}",
            ("out/a.zip", "b-*.zip"),
        ),
        ("uses: softprops/action-gh-release@v2\n        with: {files: '${{ steps.x.outputs.files }}'}", None),
        ("uses: softprops/action-gh-release@v2\n        with: {files: '../x/*'}", None),
        ("uses: codecov/codecov-action@v5\n        with: {files: coverage.xml}", None),
        (
            "uses: codecov/codecov-action@v5\n        with: {files: coverage.xml, disable_search: true}",
            ("coverage.xml",),
        ),
        ("uses: actions/github-script@v8\n        with: {script: 'console.log(context.sha)'}", ()),
        ("uses: actions/github-script@v8\n        with: {script: \"require('./x')\"}", None),
        ("uses: slackapi/slack-github-action@v2\n        with: {payload: x}", ()),
        ("uses: slackapi/slack-github-action@v2\n        with: {payload-file-path: x}", None),
        ("uses: cloudflare/wrangler-action@v3\n        with: {command: pages deploy out --project-name=web}", ("out",)),
        ("uses: cloudflare/wrangler-action@v3\n        with: {command: deploy}", None),
        ("uses: mallory/shiny@v1", None),
        ("uses: ./ship", None),
    ],
)
def test_which_files_a_step_takes(step: str, takes: tuple[str, ...] | None) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n"
    read = read_workflow("w.yml", text).jobs[0].steps[0]
    if takes is None:
        with pytest.raises(UnknownFilesError):
            taken_by(read)
    else:
        assert taken_by(read).paths == takes
