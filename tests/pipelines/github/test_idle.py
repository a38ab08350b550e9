"""A secret that an expression chooses by the event, or whose step does not run under it, is not handed there."""

import pytest

from tests.pipelines.github.shelves import jobs

PULLS = {"pull_request_target outsider", "pull_request_target bot", "pull_request_target whoever"}
PUSHES = {"push bot", "push whoever"}
BOTS = {"push bot", "pull_request_target bot"}


def taken(*, env="${{ secrets.K }}", condition="", job_env="", on="[push, pull_request_target]", step=""):
    text = (
        f"on: {on}\npermissions: {{}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        + (f'    env: {{J: "{job_env}"}}\n' if job_env else "")
        + f"    steps:\n{step}      - run: ./x\n"
        + (f'        if: "{condition}"\n' if condition else "")
        + (f'        env: {{E: "{env}"}}\n' if env else "")
    )
    job = jobs(w=text)["w.yml#a"]
    return {(each.name, frozenset(each.idle)) for each in job.secrets}


@pytest.mark.parametrize(
    ("env", "condition", "idle"),
    [
        ("${{ github.event_name == 'push' && secrets.K || '' }}", "", PULLS),
        ("${{ github.event_name != 'push' && secrets.K || '' }}", "", PUSHES),
        ("${{ (github.event_name == 'push' && secrets.K) || secrets.OTHER }}", "", PULLS),
        ("${{ github.event_name == 'push' && format('x{0}', secrets.K) || '' }}", "", PULLS),
        ("${{ github.event_name == 'push' && secrets['K'] || '' }}", "", PULLS),
        ("${{ case(github.event_name == 'push', secrets.K, '') }}", "", PULLS),
        # a function that is not worked out leaves it open
        ("${{ join(github.event_name == 'push', secrets.K) }}", "", set()),
        ("${{ secrets.K }}", "github.event_name == 'push'", PULLS),
        ("${{ secrets.K }}", "${{ github.event_name == 'push' && failure() }}", PULLS),
        ("${{ secrets.K }}", "github.event.pull_request.head.repo.fork", PUSHES | {"pull_request_target bot"}),
        (
            "${{ github.event_name == 'push' && secrets.K || '' }}",
            "github.event_name == 'pull_request_target'",
            PULLS | PUSHES,
        ),
        # what only the run knows may hold
        ("${{ secrets.K }}", "steps.x.outputs.y == 'z'", set()),
        ("${{ vars.X == '1' && secrets.K || '' }}", "", set()),
        ("${{ secrets.K }}", "github.event_name == 'push' || always()", set()),
        ("${{ secrets.K }}", "x ${{ github.event_name == 'push' }}", set()),
        ("${{ github.event_name == 'push' || secrets.K }}", "", PUSHES),
        # one that is handed in one place of a text is handed
        ("${{ github.event_name == 'push' && secrets.K || '' }}${{ secrets.K }}", "", set()),
        ("${{ github.event_name == 'push' && secrets.K }}${{ github.actor == 'x' && secrets.K }}", "", PULLS),
        ("${{ github.event_name == 'push' && secrets.K }}${{ github.actor == 'x' && secrets.K }}", "", BOTS),
        # asked for, and handed on under no event: which event it is makes no difference
        ("${{ secrets.K != '' && 'yes' || 'no' }}", "", set()),
        ("${{ secrets.K && github.event_name == 'push' && 'yes' || 'no' }}", "", set()),
    ],
)
def test_a_step_is_handed_it_under_some_events(env, condition, idle):
    assert ("K", frozenset(idle)) in taken(env=env, condition=condition)


def test_a_condition_through_env_counts_too_and_of_all_secrets():
    found = taken(job_env="${{ github.event_name == 'push' }}", condition="env.J == 'true'")
    assert found == {("K", frozenset(PULLS))}
    assert taken(env="${{ toJSON(secrets) }}", condition="github.event_name == 'push'") == {("", frozenset(PULLS))}


@pytest.mark.parametrize(
    ("env", "idle"),
    [
        ("${{ github.event_name == 'push' && toJSON(secrets) || '' }}", PULLS),
        ("${{ github.event_name != 'push' && toJSON(secrets) || '' }}", PUSHES),
        ("${{ vars.X && toJSON(secrets) || '' }}", set()),
        ("${{ github.event_name == 'push' && toJSON(secrets) || toJSON(secrets) }}", set()),
        # the name is computed: which it is no event tells
        ("${{ github.event_name == 'push' && secrets[vars.X] || '' }}", set()),
    ],
)
def test_all_secrets_at_once_are_chosen_too(env, idle):
    assert taken(env=env) == {("", frozenset(idle))}


def test_a_job_s_own_variable_is_chosen_by_its_expression_alone():
    value = "${{ github.event_name == 'push' && secrets.K || '' }}"
    assert taken(env="", job_env=value, condition="github.event_name == 'push'") == {("K", frozenset(PULLS))}
    assert taken(env="", job_env="${{ secrets.K }}", condition="github.event_name == 'push'") == {("K", frozenset())}


CALLED = (
    "on: {workflow_call: {secrets: {TOKEN: {required: false}}}}\npermissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n"
    "    steps:\n      - run: ./x\n        env: {E: '${{ secrets.TOKEN }}'}\n"
)


def called(passed, on="[push, pull_request_target]", text=CALLED):
    caller = (
        f"on: {on}\npermissions: {{}}\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n    secrets: {passed}\n"
    )
    return [(each.name, set(each.idle), set(each.absent)) for each in jobs(w=caller, called=text)["w.yml#a/b"].secrets]


def test_what_a_caller_passes_under_one_event_is_not_there_under_another():
    chosen = "{TOKEN: \"${{ github.event_name == 'push' && secrets.K || '' }}\"}"
    assert called(chosen) == [("K", set(), PULLS)]
    assert called("{TOKEN: '${{ secrets.K }}'}") == [("K", set(), set())]
    assert called("inherit") == [("TOKEN", set(), set())]
    skipped = CALLED.replace("      - run: ./x\n", "      - run: ./x\n        if: github.event_name == 'push'\n")
    [(name, idle, absent)] = called("inherit", text=skipped)
    assert (name, absent) == ("TOKEN", set())
    assert idle >= PULLS
    assert "push whoever" not in idle


def test_what_is_passed_to_a_workflow_that_was_not_read():
    text = (
        "on: [push, pull_request_target]\npermissions: {}\njobs:\n  a:\n    uses: other/repo/.github/workflows/x.yml@v1\n"
        "    secrets: {TOKEN: \"${{ github.event_name == 'push' && secrets.K || '' }}\"}\n"
    )
    [secret] = jobs(w=text)["w.yml#a"].secrets
    assert (secret.name, secret.idle, set(secret.absent)) == ("K", (), PULLS)
