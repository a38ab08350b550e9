"""Edits of many jobs made together are those made one after the other, and cost what the file costs, not jobs times the file."""

from functools import partial

import pytest

from pipewarden.pipelines.least.blocks import with_permissions
from pipewarden.pipelines.least.environments import environments
from pipewarden.pipelines.least.identities import identities
from pipewarden.pipelines.least.kinds import Around
from pipewarden.pipelines.least.places import CannotEditError
from pipewarden.pipelines.least.proposals import propose
from pipewarden.pipelines.least.splits import splits
from pipewarden.pipelines.least.together import Work, made_together
from pipewarden.pipelines.workflow import read_workflow

PLAIN = """# acme
on: push
env: {A: b}
jobs:
  # the first
  build:
    # what it runs on
    runs-on: ubuntu-latest
    steps: [{run: make}]

  # the second
  test:
    permissions: write-all # all of it
    runs-on: ubuntu-latest
    steps: [{run: make test}]
  deploy:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps: [{run: make deploy}]
"""
TAIL = PLAIN + "# of all\ndefaults:\n  run: {shell: bash}\n"
SHARED = PLAIN.replace("steps: [{run: make}]", "steps: &steps [{run: make}]").replace(
    "steps: [{run: make test}]", "steps: *steps"
)


def nothing(before, after, edited):
    return {}


def one_by_one(text, works):
    refused = {}
    for job, work in works.items():
        try:
            text = work.make(text)
        except CannotEditError as refusal:
            refused[job] = str(refusal)
    return text, refused


def works_of(*jobs, seen=None):
    def work(job, text):
        if seen is not None:
            seen.append(len(text))
        return with_permissions(text, job, {"contents": "read"})

    return {job: Work(job, partial(work, job)) for job in jobs}


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        TAIL,
        SHARED,
        "\ufeff" + PLAIN,
        TAIL.replace("\n", "\r\n"),
        PLAIN.replace("jobs:\n", "'jobs':\n"),
        PLAIN.replace("  test:\n", "  build:\n"),
        PLAIN.replace("  test:\n", "  'test':\n"),
        PLAIN.replace("  deploy:\n", "  deploy: &last\n"),
        "on: push\njobs: {build: {runs-on: x, steps: [{run: make}]}}\n",
        "on: push\n",
        "- 1\n",
        PLAIN + "---\non: push\n",
    ],
    ids=range(13),
)
def test_they_are_what_one_after_the_other_makes(text):
    works = works_of("build", "test", "deploy", "absent")
    made = made_together(text, works, nothing)
    assert (made.text, dict(made.refused)) == one_by_one(text, works)
    assert "absent" in made.refused


def test_each_reads_its_own_lines_alone():
    jobs = "".join(f"  job{number}:\n    runs-on: x\n    steps: [{{run: make}}]\n" for number in range(300))
    text, seen = f"on: push\njobs:\n{jobs}", []
    made_together(text, works_of(*(f"job{number}" for number in range(300)), seen=seen), nothing)
    assert len(seen) == 300
    assert max(seen) < 100


def test_what_a_job_is_to_blame_for_takes_its_edit_alone():
    asked = []

    def judge(before, after, edited):
        asked.append(sorted(edited))
        return {"test": "it is worse"} if "test" in edited else {}

    works = works_of("build", "test", "deploy")
    made = made_together(PLAIN, works, judge)
    assert made == (one_by_one(PLAIN, works_of("build", "deploy"))[0], {"test": "it is worse"})
    assert asked == [["build", "deploy", "test"], ["build", "deploy"]]


def test_what_no_job_is_to_blame_for_is_found_in_halves():
    def judge(before, after, edited):
        return {"": "it says something else"} if "deploy" in edited else {}

    made = made_together(PLAIN, works_of("build", "test", "deploy"), judge)
    assert made == (one_by_one(PLAIN, works_of("build", "test"))[0], {"deploy": "it says something else"})


def test_where_one_refusal_follows_another_halves_are_tried():
    """A judge that always blames one more ends all the same."""
    jobs = [f"job{number}" for number in range(16)]
    text = "on: push\njobs:\n" + "".join(f"  {job}:\n    runs-on: x\n    steps: [{{run: make}}]\n" for job in jobs)

    def judge(before, after, edited):
        return {min(edited): "it is worse"}

    made = made_together(text, works_of(*jobs), judge)
    assert (made.text, set(made.refused)) == (text, set(jobs))


def test_an_edit_beyond_its_own_lines_is_refused():
    made = made_together(
        PLAIN, {"test": Work("test", lambda text: text.replace("on: push", "on: pull_request_target"))}, nothing
    )
    assert made == (PLAIN, {"test": "an edit would change more than its job"})


def test_jobs_that_cannot_be_edited_are_left_among_many():
    text = PLAIN.replace("    permissions: write-all # all of it\n", "    permissions: write-all\n").replace(
        "  deploy:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: write\n    steps: [{run: make deploy}]\n",
        "  deploy: {runs-on: ubuntu-latest, steps: [{run: make deploy}]}\n",
    )
    plan = propose(".github/workflows/w.yml", text, default="write")
    assert [each.job for each in plan.proposals] == ["build", "test"]
    assert [(each.job, each.why) for each in plan.left] == [
        ("deploy", "job deploy is written in one line or through an alias")
    ]


def test_more_findings_than_are_told_keep_no_edit_back():
    """What an edit ends makes room for what was cut off: that is nothing new."""
    jobs = "".join(
        f"  deploy{number}:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ./deploy.sh\n        env: {{TOKEN: '${{{{ secrets.PRODUCTION_TOKEN }}}}'}}\n"
        for number in range(320)
    )
    text = f"on: {{push: {{branches: [main]}}}}\njobs:\n{jobs}"
    path = ".github/workflows/w.yml"
    around = Around(repository="acme/web", workflows=(read_workflow(path, text),), texts={path: text})
    found = environments(path, text, around)
    assert (len(found.edits), len(found.advice)) == (320, 0)
    assert "(320 jobs of this workflow take the same, and each asks)" in found.edits[0].first[0]
    assert (
        found.edits[0]
        .first[1]
        .endswith("once no other job takes it there (w.yml#deploy1, w.yml#deploy2, w.yml#deploy3 and 316 more may).")
    )


PATH = ".github/workflows/w.yml"
PINNED = "0" * 40


def around(text):
    return Around(repository="acme/web", workflows=(read_workflow(PATH, text),), texts={PATH: text})


def told(job, needs="", install="npm ci"):
    return (
        f"  {job}:\n{f'    needs: {needs}' + chr(10) if needs else ''}    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: actions/checkout@{PINNED}\n      - run: {install}\n      - run: curl -d done https://chat.example/hook\n"
        "        env:\n          TOKEN: ${{ secrets.CHAT }}\n"
    )


def test_jobs_that_wait_for_each_other_are_split_together():
    """Each first half waits for both halves of the one before, and no second half for another."""
    text = "on:\n  push: {branches: [main]}\njobs:\n" + told("a") + told("b", "a") + told("c", "[a, b]", "npm ls")
    found = splits(PATH, text, around(text))
    assert [each.job for each in found.edits] == ["a", "b"]
    assert {job.id: job.needs for job in read_workflow(PATH, found.text).jobs} == {
        "a": (),
        "a-notify": ("a",),
        "b": ("a", "a-notify"),
        "b-notify": ("b",),
        "c": ("a", "a-notify", "b", "b-notify"),
    }


def test_several_edits_of_one_job_hold_together():
    sign_in = (
        f"      - uses: aws-actions/configure-aws-credentials@{PINNED} # v4.1.0\n        with:\n"
        "          aws-access-key-id: ${{ secrets.KEY%s }}\n          aws-secret-access-key: ${{ secrets.SECRET%s }}\n"
        "          aws-region: eu-west-1\n      - run: aws s3 ls\n"
    )
    steps = sign_in % ("_BLUE", "_BLUE") + sign_in % ("_GREEN", "_GREEN")
    text = (
        "on:\n  push: {branches: [main]}\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"{steps}  other:\n    runs-on: ubuntu-latest\n    steps:\n{steps}      - run: echo ${{{{ secrets.KEY_BLUE }}}}\n"
    )
    found = identities(PATH, text, around(text))
    assert [(each.job, each.line) for each in found.edits] == [("one", 7), ("one", 13), ("other", 28)]
    assert [(each.job, each.line, each.why) for each in found.advice] == [
        ("other", 22, "KEY_BLUE is also given to step 5"),
    ]
    assert found.text.count("id-token: write") == 2
    assert found.text.count("role-to-assume: ${{ vars.AWS_ROLE_TO_ASSUME_GREEN }}") == 2
    assert found.text.count("role-to-assume: ${{ vars.AWS_ROLE_TO_ASSUME_BLUE }}") == 1


def test_what_the_file_says_behind_its_jobs_counts_too():
    """The halves of a job are given what they need of the token, wherever the whole file says what there is."""
    steps = (
        f"      - uses: actions/checkout@{PINNED}\n      - run: npm ci\n"
        "      - run: gh release create v1\n        env: {GH_TOKEN: '${{ github.token }}', KEY: '${{ secrets.KEY }}'}\n"
    )
    rest = "on: {push: {branches: [main]}}\npermissions: {contents: write}\n"
    jobs = f"jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    before, behind = rest + jobs, jobs + rest
    found = [splits(PATH, text, around(text)).text for text in (before, behind)]
    has = [
        {job.id: job.permissions and job.permissions.levels for job in read_workflow(PATH, text).jobs} for text in found
    ]
    assert has == [{"a": {"contents": "read"}, "a-publish": None}] * 2
