"""Whatever calls whatever: composition ends, loses no job, and never gives more than a caller has."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.pipelines.github.compose import MAX_JOBS
from tests.pipelines.github.shelves import jobs

LEVELS = ("none", "read", "write")
RANK = {"none": 0, "read": 1, "write": 2}


@st.composite
def repositories(draw):
    """Return workflows w0 … wn that call one another at random, themselves too."""
    count = draw(st.integers(1, 6))
    texts = {}
    for number in range(count):
        calls = draw(st.lists(st.integers(0, count), max_size=3))
        on = draw(st.sampled_from(["push", "workflow_call", "[push, workflow_call]", "pull_request_target"]))
        lines = [f"on: {on}"]
        level = draw(st.sampled_from([None, *LEVELS]))
        lines += [f"permissions: {{contents: {level}}}"] if level else []
        lines += ["jobs:", "  own:", "    runs-on: x", "    steps: [{run: 'a ${{ secrets.S }}'}]"]
        for place, other in enumerate(calls):
            passed = draw(st.sampled_from(["", "    secrets: inherit\n", "    secrets: {S: '${{ secrets.R }}'}\n"]))
            lines += [f"  c{place}:", f"    uses: ./.github/workflows/w{other}.yml", passed.rstrip("\n")]
        texts[f"w{number}"] = "\n".join(line for line in lines if line) + "\n"
    return texts


@settings(max_examples=60, deadline=None)
@given(repositories(), st.sampled_from([None, "read", "write"]))
def test_every_graph_of_calls_is_composed(texts, default) -> None:
    found = jobs(default=default, **texts)
    for name in texts:
        own = [job for job in found.values() if job.path == f".github/workflows/{name}.yml"]
        # each file's own job is there, and no file comes to more than the bound
        assert any(job.id == "own" for job in own)
        assert len(own) <= MAX_JOBS
    for job in found.values():
        assert len(job.chain) < 10
        visited = [spot.path for spot in job.chain] + [job.at.path]
        assert len(set(visited)) == len(visited), "a loop was followed"
        # one that ends at a call says why it was not followed
        assert job.id.rpartition("/")[2] == "own" or job.open_ends
        root = found.get(f"{job.path.rpartition('/')[2]}#own")
        if job.chain and root is not None and job.token is not None and root.token is not None:
            assert RANK[job.token.get("contents", "none")] <= RANK[root.token.get("contents", "none")]
        # what is passed by name or inherited is all there can be
        assert {each.name for each in job.secrets} <= {"S", "R", ""}


@settings(max_examples=30, deadline=None)
@given(repositories())
def test_composition_does_not_depend_on_the_order_of_files(texts) -> None:
    turned = dict(reversed(texts.items()))
    assert jobs(**texts) == jobs(**turned)


def test_a_fan_of_calls_is_bounded() -> None:
    wide = "".join(f"  c{n}:\n    uses: ./.github/workflows/w{{next}}.yml\n" for n in range(8))
    texts = {
        f"w{n}": f"on: {'push' if n == 0 else 'workflow_call'}\njobs:\n" + wide.format(next=n + 1) for n in range(6)
    }
    texts["w6"] = "on: workflow_call\njobs: {end: {runs-on: x, steps: [{run: a}]}}\n"
    own = [job for job in jobs(w0=texts.pop("w0"), **texts).values() if job.path.endswith("w0.yml")]
    assert len(own) == MAX_JOBS
    assert "more than 2,000 jobs" in own[-1].open_ends[-1].says
