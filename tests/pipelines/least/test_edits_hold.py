"""Whatever a workflow looks like: every edit reads again, adds or swaps what it says it does, and is offered once."""

import textwrap
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.pipelines.least.environments import environments
from pipewarden.pipelines.least.identities import identities
from pipewarden.pipelines.least.kinds import Around
from pipewarden.pipelines.least.splits import splits
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/w.yml"

STEPS = (
    "uses: actions/checkout@v4",
    "name: build\nrun: |\n  npm ci\n  # done",
    "run: make # all of it",
    (
        "# once a week\nuses: aws-actions/configure-aws-credentials@v4\nwith:\n"
        "  aws-access-key-id: ${{ secrets.A }} # old\n  aws-secret-access-key: '${{ secrets.B }}'\n  aws-region: eu-west-1"
    ),
    "uses: pypa/gh-action-pypi-publish@release/v1\nwith:\n  password: ${{ secrets.PYPI }}",
    (
        "uses: pypa/gh-action-pypi-publish@v1.12.4\nif: github.ref_type == 'tag'\nwith:\n  user: __token__\n"
        '  password: "${{ secrets.PYPI }}"\n  packages-dir: out/'
    ),
    "run: aws s3 sync site/ s3://acme",
    "uses: docker/login-action@v3\nwith: {username: a, password: '${{ secrets.HUB }}'}",
    "id: meta\nuses: docker/metadata-action@v5\nwith:\n  images: acme/web",
    "uses: docker/build-push-action@v6\nwith:\n  push: true\n  tags: ${{ steps.meta.outputs.tags }}",
    "uses: azure/login@v2\nwith:\n  creds: |\n    ${{ secrets.AZURE }}",
    "run: kubectl apply -f .\nenv:\n  KUBECONFIG: ${{ secrets.PROD_KUBECONFIG }}",
)
SENDS = tuple(step for step in STEPS if "aws" in step or "pypi" in step or "docker/" in step)
"""Steps that take a folder of those before at most."""
JOB_KEYS = (
    "permissions:\n  contents: read # the code",
    "permissions: {}",
    "permissions: read-all # for now",
    "name: It # all",
    "timeout-minutes: 5",
    "environment: live",
    "if: github.ref == 'refs/heads/main'",
    "# a comment of its own",
    "env:\n  A: b",
)


@st.composite
def workflows(draw: st.DrawFn) -> str:
    """Draw a workflow of one job, in the ways in which people write them."""
    pad = " " * draw(st.sampled_from([2, 4]))
    dash = draw(st.sampled_from(["", "  "]))
    steps = []
    any_steps = st.lists(st.sampled_from(STEPS), min_size=1, max_size=6)
    then_sends = st.lists(st.sampled_from(SENDS), min_size=1, max_size=3).map(lambda sends: [*STEPS[:2], *sends])
    for each in draw(any_steps | then_sends):
        comment, _, body = each.partition("\n") if each.startswith("#") else ("", "", each)
        lines = body.split("\n")
        item = "\n".join([f"- {lines[0]}", *(f"  {line}" for line in lines[1:])])
        steps.append((f"{comment}\n" if comment else "") + item + draw(st.sampled_from(["", "\n"])))
    keys = draw(st.lists(st.sampled_from(JOB_KEYS), max_size=2, unique_by=lambda key: key.partition(":")[0]))
    keys.insert(draw(st.integers(0, len(keys))), "runs-on: ubuntu-latest")
    body = "\n".join([*keys, "steps:", textwrap.indent("\n".join(steps), dash)])
    on = draw(st.sampled_from(["push: {branches: [main]}", "release:", "pull_request:", "workflow_dispatch:"]))
    job = draw(st.sampled_from(["deploy", "build", "release"]))
    text = f"# acme\non:\n{pad}{on}\njobs:\n{pad}{job}:\n{textwrap.indent(body, pad * 2)}\n"
    text += draw(st.sampled_from(["", f"{pad}other:\n{pad * 2}runs-on: x\n{pad * 2}steps: [{{run: make}}]\n"]))
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def stays(before: list[str], after: list[str]) -> bool:
    """Tell whether all lines are still there, in their order."""
    rest = iter(after)
    return all(any(line == other for other in rest) for line in before)


@settings(max_examples=150, deadline=None)
@given(text=workflows())
def test_edits_that_only_add_leave_every_line_and_are_offered_once(text: str) -> None:
    read = read_workflow(PATH, text)
    around = Around(repository="acme/web", workflows=(read,))
    for make in (splits, environments):
        made = make(PATH, text, around)
        again = read_workflow(PATH, made.text)
        assert again.complete
        assert len(again.faults) <= len(read.faults)
        assert (made.text != text) == bool(made.edits)
        if make is environments:
            assert stays(text.splitlines(), made.text.splitlines())
        else:  # an environment goes along, past the steps that stay
            assert not Counter(text.splitlines()) - Counter(made.text.splitlines())
        assert ("\r\n" in made.text) == ("\r\n" in text)
        assert make(PATH, made.text, around).edits == ()


@settings(max_examples=150, deadline=None)
@given(text=workflows())
def test_keys_that_are_swapped_are_gone_and_nothing_else_is(text: str) -> None:
    read = read_workflow(PATH, text)
    around = Around(repository="acme/web", workflows=(read,))
    made = identities(PATH, text, around)
    again = read_workflow(PATH, made.text)
    assert again.complete
    assert len(again.faults) <= len(read.faults)
    assert identities(PATH, made.text, around).edits == ()
    lost = [line for line in text.splitlines() if line not in made.text.splitlines()]
    words = ("secrets.", "user: __token__", "with:", "permissions:")
    assert all(any(word in line for word in words) for line in lost)
    assert [step.index for step in read.jobs[0].steps] == [step.index for step in again.jobs[0].steps]
    if made.edits:
        assert again.jobs[0].oidc is True
