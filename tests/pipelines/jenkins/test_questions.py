"""An `input` holds what comes after it: not what ran before, not what runs beside it or under another condition."""

import pytest

from pipewarden.model.jobs import EffectiveJob
from pipewarden.pipelines.effective import effective_jobs
from tests.pipelines.jenkins.reading import declarative, only, read, stage, weaknesses

ASKS = "input(message: 'ok?', submitter: 'alice')"
HELD = "alice approves it"


def takes(id_: str) -> str:
    """Return a step that takes a credential."""
    return f"withCredentials([string(credentialsId: '{id_}', variable: 'T')]) {{ sh 'ship' }}"


def job(text: str, name: str) -> EffectiveJob:
    """Return one job of a file."""
    [found] = [each for each in effective_jobs(read(text), ()) if each.id.rpartition("/")[2] == name]
    return found


def gates(told: EffectiveJob) -> set[str]:
    """Return what stands before the ways to start a job."""
    return {start.gate for start in told.starts}


def given(told: EffectiveJob) -> dict[str, str]:
    """Return each credential with what receives it."""
    return {taken.name: taken.by for taken in told.secrets}


def test_what_ran_before_the_question_is_held_by_nobody():
    told = job(declarative(stage(f"{takes('dd')}\n{ASKS}", "Ship")), "Ship")
    assert gates(told) == {""}
    assert given(told) == {"dd": "step 1"}


def test_a_question_at_the_beginning_holds_the_whole_stage():
    told = job(declarative(stage(f"{ASKS}\n{takes('dd')}", "Ship")), "Ship")
    assert gates(told) == {HELD}
    assert given(told) == {"dd": "step 1"}


def test_a_question_in_the_midst_holds_what_comes_behind_it():
    told = job(declarative(stage(f"{takes('plan')}\n{ASKS}\n{takes('apply')}", "Ship")), "Ship")
    assert gates(told) == {""}
    assert given(told) == {"plan": "step 1", "apply": "step 2 (after alice approves it)"}
    anybody = job(declarative(stage(f"sh 'make'\ninput 'Go on?'\n{takes('apply')}", "Ship")), "Ship")
    assert given(anybody) == {"apply": "step 2 (after somebody answers its question)"}


def test_the_credentials_of_the_environment_are_there_for_what_runs_before():
    own = "environment { KEY = credentials('key') }"
    late = job(declarative(stage(f"sh 'make'\n{ASKS}\nsh 'ship'", "Ship", own)), "Ship")
    assert (gates(late), given(late)) == ({""}, {"key": "every step"})
    first = job(declarative(stage(f"{ASKS}\nsh 'ship'", "Ship", own)), "Ship")
    assert gates(first) == {HELD}


@pytest.mark.parametrize(
    "before",
    [
        "echo 'now'",
        "checkout scm",
        "script { env.X = 'y' }",
        "timeout(5) { echo 'x' }",
        "def x = readJSON file: 'a.json'",
    ],
)
def test_what_runs_nothing_of_the_repository_may_come_before(before):
    assert gates(job(declarative(stage(f"{before}\n{ASKS}\n{takes('dd')}", "Ship")), "Ship")) == {HELD}


@pytest.mark.parametrize(
    "before",
    [
        "bat 'make'", "build job: 'other'", "shipIt()", "git url: 'u', credentialsId: 'g'", "def x = sh(script: 'make')",
        "timeout(5) { sh 'make' }", "kubernetesDeploy configs: 'x'",
    ],
)  # fmt: skip
def test_what_runs_something_may_not(before):
    assert gates(job(declarative(stage(f"{before}\n{ASKS}\n{takes('dd')}", "Ship")), "Ship")) == {""}


def test_options_of_a_stage_run_nothing():
    own = "options { disableConcurrentBuilds(); timeout(time: 1) }"
    assert gates(job(declarative(stage(f"{ASKS}\n{takes('dd')}", "Ship", own)), "Ship")) == {HELD}


def test_later_stages_wait_for_it_wherever_it_stood():
    text = declarative(stage(f"sh 'make'\n{ASKS}", "Ask") + "\n" + stage(takes("dd"), "Ship"))
    assert gates(job(text, "Ask")) == {""}
    assert gates(job(text, "Ship")) == {HELD}


def test_a_question_in_one_branch_holds_no_other_and_all_that_comes_behind():
    beside = f"    stage('Two') {{ parallel {{\n{stage(ASKS, 'Ask')}\n{stage(takes('a'), 'Beside')} }} }}"
    text = declarative(f"{beside}\n{stage(takes('b'), 'Behind')}")
    assert (gates(job(text, "Beside")), gates(job(text, "Behind"))) == ({""}, {HELD})
    scripted = (
        "node {\n stage('Two') { parallel ask: { "
        f"{ASKS} }}, other: {{ {takes('a')} }} }}\n stage('Behind') {{ {takes('b')} }} }}"
    )
    assert (gates(job(scripted, "Two")), given(job(scripted, "Two"))) == ({""}, {"a": "step 1"})
    assert gates(job(scripted, "Behind")) == {HELD}


def test_a_question_under_a_condition_holds_what_stands_under_it():
    text = f"node {{ stage('A') {{ if (params.ASK) {{ {ASKS}\n{takes('in')} }}\n{takes('out')} }}\n"
    text += f"stage('B') {{ {takes('later')} }} }}"
    assert gates(job(text, "A")) == gates(job(text, "B")) == {""}
    assert given(job(text, "A")) == {"in": "step 1 (after alice approves it)", "out": "step 2"}
    same = f"node {{ if (isMain()) {{ stage('A') {{ {ASKS} }} }}\n if (isMain()) {{ stage('B') {{ {takes('x')} }} }}\n"
    same += f"if (isOther()) {{ stage('C') {{ {takes('x')} }} }} }}"
    assert (gates(job(same, "B")), gates(job(same, "C"))) == ({HELD}, {""})


def test_a_stage_that_asks_before_it_deploys_deploys_not_from_any_branch():
    asked = stage(f"sh 'make'\n{ASKS}\n{takes('dd')}", "Deploy to production")
    assert weaknesses(declarative(asked), "jk.file.when_missing") == []
    after = stage(f"{takes('dd')}\n{ASKS}", "Deploy to production")
    assert [each.job for each in weaknesses(declarative(after), "jk.file.when_missing")] == ["Deploy to production"]


def test_whoever_starts_a_stage_answers_a_question_in_the_midst_too():
    text = declarative(stage(f"sh 'make'\ninput 'Deploy?'\n{takes('dd')}", "Deploy"))
    assert len(weaknesses(text, "jk.file.input_any")) == 1
    assert [hold.kind for hold in only(read(text), "Deploy").asks] == ["manual"]


LATE = {"dd": "step 1 (after alice approves it)"}


@pytest.mark.parametrize(
    "asked",
    [
        f"try {{ timeout(1) {{ {ASKS} }} }} catch (err) {{ echo 'auto' }}",
        f"try {{ {ASKS} }}\ncatch (e) {{ if (isBad(e)) {{ throw e }} }}",
        f"try {{ {ASKS} }} catch (e) {{ if (isBad(e))\n throw e\n echo 'go on' }}",
        f"try {{ {ASKS} }} catch (e) {{ if (isFine(e)) {{ return }}\n throw e }}",
        f"try {{ {ASKS} }} catch (IOException e) {{ throw e }} catch (e) {{ echo 'x' }}",
        f"try {{ {ASKS} }} finally {{ return }}",
        f"catchError(buildResult: 'SUCCESS') {{ {ASKS} }}",
        f"catchError {{ {ASKS} }}",
        f"warnError('no answer') {{ {ASKS} }}",
        f"script {{ catchError(catchInterruptions: true) {{ timeout(5) {{ {ASKS} }} }} }}",
        f"withOurs {{ {ASKS} }}",
        f"names.each {{ {ASKS} }}",
        f"for (each in names) {{ {ASKS} }}",
        f"while (more()) {{ {ASKS} }}",
        f"if (skip()) {{ echo 'x' }} else {{ {ASKS} }}",
        f"if (skip()) {{ echo 'x' }}\nelse\n{{ {ASKS} }}",
        f"if (skip()) {{ echo 'x' }} else {ASKS}",
        f"if (asking()) {ASKS}",
        f"if (asking())\n  {ASKS}",
        f"if (one()) if (two()) {ASKS}",
        f"def later = {{ {ASKS} }}",
        f"switch (x) {{ case 'a': {ASKS} }}",
        f"env.X == 'main' && {ASKS}",
        f"env.X == 'main' ||\n  {ASKS}",
        f"def answer = wanted() ? {ASKS} : 'no'",
    ],
)
def test_a_question_that_a_run_gets_past_holds_nothing_behind_it(asked):
    told = job(
        f"node {{ stage('Ship') {{ script {{ {asked}\n{takes('dd')} }} }}\nstage('Next') {{ sh 'x' }} }}", "Ship"
    )
    assert (gates(told), given(told)) == ({""}, {"dd": "step 1"})
    text = declarative(stage(f"script {{ {asked} }}\n{takes('dd')}", "Ship") + stage(takes("ee"), "Next"))
    assert (gates(job(text, "Ship")), given(job(text, "Ship"))) == ({""}, {"dd": "step 1"})
    assert gates(job(text, "Next")) == {""}


@pytest.mark.parametrize(
    "asked",
    [
        f"try {{ {ASKS} }} catch (e) {{ echo 'no'\n throw e }}",
        f"try {{ {ASKS} }} catch (e) {{ if (isBad(e)) {{ echo 'bad' }}\n error 'refused' }}",
        f"try {{ {ASKS} }} catch (e) {{ if (isBad(e)) echo 'bad'\n currentBuild.result = 'ABORTED'\n throw e }}",
        f"try {{ {ASKS} }} finally {{ echo 'asked' }}",
        f"catchError(catchInterruptions: false) {{ {ASKS} }}",
        f"retry(3) {{ timeout(5) {{ {ASKS} }} }}",
        f"docker.image('x').inside {{ {ASKS} }}",
        f"do {{ {ASKS} }} while (again())",
        f"if (skip()) return\n{ASKS}",
        f"def answer = {ASKS} ?: 'no'",
        f"def go = one && two\n{ASKS}",
        f"timeout(time: long() ? 5 : 1) {{ {ASKS} }}",
        f"if (skip()) i++\n{ASKS}",
        f"if (skip()) {{ echo 'x' }} else echo 'y'\n{ASKS}",
    ],
)
def test_a_question_whose_refusal_ends_the_run_holds_all_of_it(asked):
    text = declarative(stage(f"script {{ {asked} }}\n{takes('dd')}", "Ship") + stage(takes("ee"), "Next"))
    assert (gates(job(text, "Ship")), given(job(text, "Ship"))) == ({HELD}, {"dd": "step 1"})
    assert gates(job(text, "Next")) == {HELD}


def test_what_is_in_the_same_block_waits_for_it():
    text = f"node {{ stage('A') {{ try {{ {ASKS}\n{takes('dd')} }} catch (e) {{ echo 'x' }}\n{takes('out')} }} }}"
    assert given(job(text, "A")) == LATE | {"out": "step 2"}
    stages = f"stage('Ask') {{ {ASKS} }}\nstage('In') {{ {takes('dd')} }}"
    text = f"node {{ try {{ {stages} }} catch (e) {{ echo 'x' }}\nstage('Out') {{ {takes('dd')} }} }}"
    assert (gates(job(text, "In")), gates(job(text, "Out"))) == ({HELD}, {""})


@pytest.mark.parametrize("word", ["catch (e)", "finally"])
def test_what_runs_where_the_question_is_refused_waits_not_for_it(word):
    ends = "" if word == "finally" else "throw e"
    asked = f"try {{ {ASKS}\n{takes('dd')} }} {word} {{ {takes('clean')}\n{ends} }}\n{takes('out')}"
    told = job(f"node {{ stage('A') {{ {asked} }} }}", "A")
    assert gates(told) == {""}
    assert given(told) == LATE | {"clean": "step 2", "out": "step 3 (after alice approves it)"}
    apart = f"try {{ stage('Ask') {{ {ASKS} }} }} {word} {{ stage('Clean') {{ {takes('x')} }}\n{ends} }}"
    text = f"node {{ {apart}\nstage('Out') {{ {takes('dd')} }} }}"
    assert (gates(job(text, "Clean")), gates(job(text, "Out"))) == ({""}, {HELD})


def test_a_condition_is_the_same_only_where_it_was_surely_asked():
    caught = f"try {{ if (go()) {{ {ASKS} }} }} catch (e) {{ echo 'x' }}\n"
    text = f"node {{ {caught} if (go()) {{ stage('B') {{ {takes('x')} }} }} }}"
    assert gates(job(text, "B")) == {""}
    nested = f"node {{ if (a()) {{ if (b()) {{ {ASKS} }} }}\n if (b()) {{ stage('B') {{ {takes('x')} }} }} }}"
    assert gates(job(nested, "B")) == {""}


def test_a_stage_of_the_old_form_lasts_beyond_a_try():
    text = f"node {{ try {{ stage 'A'\n sh 'x'\n{ASKS} }} catch (e) {{ echo 'x' }} finally {{ {takes('clean')} }}\n"
    told = job(f"{text}{takes('out')} }}", "A")
    assert (gates(told), given(told)) == ({""}, {"clean": "step 2", "out": "step 3"})


ON_MAIN = "when { branch 'main' }"


def test_a_question_in_a_stage_that_some_runs_leave_out_holds_no_other():
    text = declarative(stage(f"sh 'x'\n{ASKS}", "Ask", ON_MAIN) + stage(takes("dd"), "Ship"))
    assert gates(job(text, "Ship")) == {""}
    inner = f"stage('Outer') {{ {ON_MAIN}\nstages {{\n{stage(ASKS, 'Ask')}\n{stage(takes('in'), 'In')} }} }}"
    text = declarative(f"{inner}\n{stage(takes('dd'), 'Ship')}")
    assert any(HELD in gate for gate in gates(job(text, "In")))
    assert gates(job(text, "Ship")) == {""}
    matrix = f"axes {{ axis {{ name 'A'; values 'x' }} }}\n{ON_MAIN}\nstages {{ {stage(ASKS, 'Ask')} }}"
    text = declarative(f"stage('M') {{ matrix {{ {matrix} }} }}\n{stage(takes('dd'), 'Ship')}")
    assert gates(job(text, "Ship")) == {""}


@pytest.mark.parametrize(
    ("same", "held"),
    [
        (ON_MAIN, True),
        ("when {\n beforeAgent true\n branch   'main'\n}", True),
        ("when { branch 'other' }", False),
        ("when { not { branch 'main' } }", False),
        ("when { anyOf { branch 'main'; branch 'other' } }", False),
    ],
)
def test_it_holds_those_that_the_same_runs_leave_out(same, held):
    text = declarative(stage(f"sh 'x'\n{ASKS}", "Ask", ON_MAIN) + stage(takes("dd"), "Ship", same))
    assert any(HELD in gate for gate in gates(job(text, "Ship"))) is held


def test_conditions_that_are_too_long_to_compare_are_not_the_same():
    long = f"when {{ expression {{ {' && '.join(['isReady()'] * 40)} && %s() }} }}"
    text = declarative(stage(ASKS, "Ask", long % "a") + stage(takes("dd"), "Ship", long % "b"))
    assert not any(HELD in gate for gate in gates(job(text, "Ship")))


def test_the_same_condition_beside_it_is_not_held_and_behind_it_is():
    both = f"stage('Two') {{ parallel {{\n{stage(ASKS, 'Ask', ON_MAIN)}\n{stage(takes('a'), 'Beside', ON_MAIN)} }} }}"
    text = declarative(f"{both}\n{stage(takes('b'), 'Behind', ON_MAIN)}\n{stage(takes('c'), 'Other')}")
    assert not any(HELD in gate for gate in gates(job(text, "Beside")))
    assert any(HELD in gate for gate in gates(job(text, "Behind")))
    assert gates(job(text, "Other")) == {""}


def with_post(steps: str, post: str) -> EffectiveJob:
    """Return a stage with something behind its steps."""
    text = stage(steps, "Ship")
    return job(
        declarative(f"{text.rstrip().removesuffix('}')} post {{ {post} }} }}\n{stage('echo 1', 'Next')}"), "Ship"
    )


@pytest.mark.parametrize(
    "part", ["always", "cleanup", "failure", "aborted", "unsuccessful", "changed", "regression", "notBuilt"]
)
def test_what_runs_behind_the_steps_in_any_case_waits_for_no_question(part):
    told = with_post(f"sh 'x'\n{ASKS}\n{takes('dd')}", f"{part} {{ {takes('post')} }}")
    assert given(told) == {"dd": "step 2 (after alice approves it)", "post": "step 3"}
    first = with_post(f"{ASKS}\n{takes('dd')}", f"{part} {{ {takes('post')} }}")
    assert (gates(first), given(first)) == ({""}, LATE | {"post": "step 2"})


@pytest.mark.parametrize("part", ["success", "fixed", "unstable"])
def test_what_runs_only_behind_an_answer_waits_for_it(part):
    told = with_post(f"sh 'x'\n{ASKS}", f"always {{ echo 'x' }}\n{part} {{ {takes('post')} }}")
    assert given(told) == {"post": "step 2 (after alice approves it)"}
    first = with_post(f"{ASKS}\n{takes('dd')}", f"{part} {{ {takes('post')} }}")
    assert (gates(first), given(first)) == ({HELD}, {"dd": "step 1", "post": "step 2"})


def test_what_runs_nothing_of_the_repository_may_come_behind():
    quiet = (
        "always { junit 'a.xml'\n archiveArtifacts 'a'\n cleanWs() }\nfailure { script { if (x) { mail to: 'a' } } }"
    )
    told = with_post(f"{ASKS}\n{takes('dd')}", quiet)
    assert (gates(told), given(told)) == ({HELD}, {"dd": "step 1"})


def test_a_question_of_the_stage_itself_is_asked_before_all_of_it():
    text = f"stage('Ship') {{ input {{ message 'ok?'; submitter 'alice' }}\nsteps {{ sh 'x' }}\npost {{ always {{ {takes('post')} }} }} }}"
    told = job(declarative(text), "Ship")
    assert (gates(told), given(told)) == ({HELD}, {"post": "step 2"})


OWN = "input { message 'ok?'; submitter 'alice' }"


def test_later_stages_wait_for_the_input_of_a_stage_and_what_is_beside_it_does_not():
    text = declarative(stage("sh 'x'", "Ask", OWN) + stage(takes("dd"), "Ship"))
    assert gates(job(text, "Ask")) == gates(job(text, "Ship")) == {HELD}
    both = f"stage('Two') {{ parallel {{\n{stage('sh 1', 'Ask', OWN)}\n{stage(takes('a'), 'Beside')} }} }}"
    text = declarative(f"{stage('sh 1', 'Before')}\n{both}\n{stage(takes('b'), 'Behind')}")
    held = {name: gates(job(text, name)) for name in ("Before", "Beside", "Behind")}
    assert held == {"Before": {""}, "Beside": {""}, "Behind": {HELD}}


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("when { branch 'main' }", True),
        ("when { beforeAgent true; branch 'main' }", True),
        ("when { beforeInput true; branch 'main' }", False),
        ("when { beforeOptions true; branch 'main' }", False),
    ],
)
def test_it_is_asked_before_the_condition_of_its_stage_unless_that_comes_first(condition, held):
    text = declarative(stage("sh 'x'", "Ask", f"{condition}\n{OWN}") + stage(takes("dd"), "Ship"))
    assert gates(job(text, "Ship")) == {HELD if held else ""}
    same = declarative(stage("sh 'x'", "Ask", f"{condition}\n{OWN}") + stage(takes("dd"), "Ship", condition))
    assert any(HELD in gate for gate in gates(job(same, "Ship")))


def test_the_condition_of_the_stage_around_it_still_counts():
    inner = f"stage('Outer') {{ {ON_MAIN}\nstages {{\n{stage('sh 1', 'Ask', OWN)} }} }}"
    assert gates(job(declarative(f"{inner}\n{stage(takes('dd'), 'Ship')}"), "Ship")) == {""}
