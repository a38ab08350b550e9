"""What is worked out once for all steps of a job is what each of them by itself would find."""

from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines.asked import asks
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.github.opened import opened_workflow
from pipewarden.pipelines.oidc import Repository
from pipewarden.pipelines.parts import Job, Step
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.pipelines.workspace import run_after, runs_what_it_takes, runs_workspace

STEPS = (
    "run: echo hi", "run: make", "run: cd head && ls", "run: head/build.sh", "run: ls head",
    "uses: actions/checkout@v4", "{uses: actions/checkout@v4, with: {path: head}}", "{run: make, working-directory: head}",
    "run: gh api repos/acme/web/collaborators/x/permission", "uses: ./.github/actions/build",
)  # fmt: skip


def job_of(steps: list[str]) -> Job:
    """Return a job with some steps."""
    rows = "".join(f"      - {step}\n" for step in steps)
    [job] = read_workflow("w.yml", f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{rows}").jobs
    return job


def after(job: Job, step: Step) -> Step | None:
    """Return the step that runs what another brings: asked of every later step anew."""
    if runs_what_it_takes(step):
        return step
    later = job.steps[step.index + 1 :]
    folder = step.with_.get("path", "") if step.run is None else ""
    naming = [
        each
        for each in later
        if folder and any(folder in text for text in (each.run or "", each.working_directory, *each.with_.values()))
    ]
    if naming:
        return next((each for each in naming if runs_workspace(each, folder)), None)
    return next((each for each in later if runs_workspace(each)), None)


@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=9))
def test_the_step_that_runs_what_another_brings(steps):
    job = job_of(steps)
    for step in reversed(job.steps):
        assert run_after(job, step) == after(job, step)


def test_a_step_that_asks_holds_those_behind_it():
    job = job_of([STEPS[0], STEPS[8], STEPS[1]])
    assert [asks(job, before) for before in (0, 1, 2, 3)] == [False, False, True, True]
    assert (asks(job), asks(job_of(list(STEPS[:8])))) == (True, False)


def test_each_job_takes_the_secrets_of_the_workflow_and_its_own():
    text = (
        "on: push\nenv: {A: '${{ secrets.A }}', B: '${{ secrets.B }}${{ secrets.A }}'}\njobs:\n"
        "  one: {runs-on: x, steps: [{run: make, env: {C: '${{ secrets.C }}'}}]}\n"
        "  two: {runs-on: x, env: {A: '${{ secrets.A }}'}, steps: [{run: make}]}\n"
    )
    workflow = read_workflow(".github/workflows/w.yml", text)
    shelf = Shelf(
        workflows={workflow.path: opened_workflow(workflow, owner="acme", found=())},
        repository=Repository(owner="acme", name="web"),
    )
    one, two = compose(shelf)
    assert [(each.name, each.spot.line, each.by) for each in one.secrets] == [
        ("A", 2, "every step"), ("B", 2, "every step"), ("C", 4, "step 1"),
    ]  # fmt: skip
    assert [(each.name, each.spot.line, each.by) for each in two.secrets] == [
        ("A", 2, "every step"), ("B", 2, "every step"), ("A", 5, "every step"),
    ]  # fmt: skip
