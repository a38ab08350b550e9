"""Each rule about workflow files: a file that it tells of, and one that comes near and is left alone."""

from typing import Any

import pytest

from pipewarden import checks
from pipewarden.connectors.jobs import by_path, job_facts, with_jobs
from pipewarden.connectors.pipelines import told_of, workflow_facts
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Finding, Severity
from pipewarden.model.ids import Kind
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.oidc import Repository
from tests.checks.builder import SEEN, Estate
from tests.checks.test_used_actions import IDS

EVERY = {check.id: check for check in checks.ALL}
SHA = "a" * 40
PATH = ".github/workflows/w.yml"
CHECKOUT = f"{{uses: actions/checkout@{SHA}, with: {{persist-credentials: false}}}}"


def wf(*steps: str, on: str = "push", top: str = "permissions: {}", name: str = "web", **job: str) -> str:
    lines = [f"on: {on}", top, "jobs:", f"  {name}:", f"    runs-on: {job.pop('runs_on', 'ubuntu-latest')}"]
    lines += [f"    {key.rstrip('_')}: {value}" for key, value in job.items()]
    return "\n".join([*lines, "    steps:", *(f"      - {step}" for step in steps or ("run: make",))]) + "\n"


def checkout(ref: str) -> str:
    return f'{{uses: actions/checkout@{SHA}, with: {{ref: "${{{{ {ref} }}}}"}}}}'


def estate(*texts: str) -> Estate:
    """Return acme/web with workflow files as the connector tells them."""
    out = Estate().org("acme").repo("acme/web")
    repository = out.ref("acme/web", Kind.REPOSITORY)
    told = {}
    for number, text in enumerate(texts):
        path = PATH if number == 0 else f".github/workflows/w{number}.yml"
        told[path] = told_of(path, text, owner="acme", default=None)
        assert told[path].attributes["complete"]
    shelf = Shelf(
        workflows={path: each.opened for path, each in told.items()},
        actions={},
        repository=Repository(owner="acme", name="web"),
        elsewhere=lambda *_: None,
    )
    jobs = by_path(compose(shelf))
    for path, each in told.items():
        facts = workflow_facts(each, repository=repository, repository_name="acme/web", origin=SEEN, public=True)
        out.add(*(with_jobs(f, jobs.get(path, []), public=True) if isinstance(f, Resource) else f for f in facts))
        for job in jobs.get(path, []):
            out.add(*job_facts(job, repository=repository, repository_name="acme/web", origin=SEEN))
    return out


def found(check: str, *texts: str) -> list[Finding]:
    verdicts = estate(*texts).judge(EVERY[check])
    broken = [each.detail for each in verdicts.not_assessed if each.cause is None]
    assert not broken, broken[0]
    return list(verdicts.findings)


WRITE = "{contents: write}"
SECRET = "{run: make, env: {T: '${{ secrets.PROD_KEY }}'}}"
PRT = "pull_request_target"
LABEL = "contains(github.event.pull_request.labels.*.name, 'ok')"
HEAD_SHA = checkout("github.event.pull_request.head.sha")
HEAD_REF = checkout("github.event.pull_request.head.ref")
AGENT = f"uses: anthropics/claude-code-action@{SHA}"
OUTPUT = "needs: a, steps: [{run: 'echo ${{ needs.a.outputs.t }}'}]"
ACROSS = (
    "on: issues\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    outputs: {t: '${{ %s }}'}\n    steps: [{run: 'true'}]\n  b: {runs-on: x, "
    + OUTPUT
    + "}\n"
)
UPLOAD = "{uses: actions/upload-artifact@%s, with: {path: .}}"
KEPT = f"{{uses: actions/checkout@{SHA}}}"
TAKES = f"{{uses: actions/download-artifact@{SHA}, with: {{run-id: '${{{{ github.event.workflow_run.id }}}}'%s}}}}"
RUN = "{workflow_run: {workflows: [CI], types: [completed]}}"
CACHE = f"{{uses: actions/cache@{SHA}, with: {{path: x, key: deps-1}}}}"
DISPATCH = "{workflow_dispatch: {inputs: {image: {type: string}}}}"
APP = f"{{uses: actions/create-github-app-token@{SHA}, with: {{app-id: 1, private-key: '${{{{ secrets.KEY }}}}'%s}}}}"
TITLE = "T: '${{ github.event.issue.body }}'"

CASES: list[tuple[str, Any, Any]] = [
    ("wf.trigger.prt_any", wf(on=PRT, permissions=WRITE), wf(on="pull_request", permissions=WRITE)),
    ("wf.trigger.workflow_run_checkout", wf(checkout("github.event.workflow_run.head_sha"), "run: make", on=RUN, permissions=WRITE), wf(CHECKOUT, "run: make", on=RUN, permissions=WRITE)),
    ("wf.trigger.issue_comment_checkout", wf(checkout("format('refs/pull/{0}/merge', github.event.issue.number)"), "run: make", on="issue_comment", permissions=WRITE), wf(CHECKOUT, "run: make", on="issue_comment", permissions=WRITE)),
    ("wf.trigger.toctou", wf(HEAD_REF, "run: make", on=PRT, permissions=WRITE, if_=LABEL), wf(HEAD_SHA, "run: make", on=PRT, permissions=WRITE, if_=LABEL)),
    ("wf.trigger.weak_gate", wf(on=PRT, permissions=WRITE, if_="github.actor == 'dependabot[bot]'"), wf(on=PRT, permissions=WRITE, if_="github.event.pull_request.user.login == 'dependabot[bot]'")),
    ("wf.trigger.weak_gate", wf(permissions=WRITE, if_="contains('refs/heads/main refs/heads/next', github.ref)"), wf(permissions=WRITE, if_="contains(fromJSON('[\"refs/heads/main\"]'), github.ref)")),
    ("wf.trigger.dispatch_any_branch", wf(SECRET, on="workflow_dispatch"), wf(SECRET, on="workflow_dispatch", environment="production")),
    ("wf.oidc.id_token_pr", wf(on=PRT, permissions="{id-token: write}"), wf(on="push", permissions="{id-token: write}")),
    ("wf.ai.agent_untrusted", wf(f"{{{AGENT}, with: {{allowed_non_write_users: '*', claude_args: Bash}}}}", on="issues", permissions=WRITE), wf(f"{{{AGENT}, with: {{claude_args: Bash}}}}", on="issues", permissions=WRITE)),
    ("wf.inject.github_env", wf(f"{{run: 'echo T=$T >> $GITHUB_ENV', env: {{{TITLE}}}}}", on="issues", permissions=WRITE), wf(f"{{run: 'echo $T >> notes', env: {{{TITLE}}}}}", on="issues", permissions=WRITE)),
    ("wf.inject.cross_job", ACROSS % "github.event.issue.title", ACROSS % "github.event.issue.number"),
    ("wf.inject.action_ref", wf(on=DISPATCH, permissions=WRITE, container="'${{ inputs.image }}'"), wf(on=DISPATCH, permissions=WRITE, container="'node:${{ matrix.node }}'")),
    ("wf.artifact.unsafe_unzip", wf(CHECKOUT, TAKES % "", on=RUN, permissions=WRITE), wf(CHECKOUT, TAKES % ", path: '${{ runner.temp }}/x'", on=RUN, permissions=WRITE)),
    ("wf.cache.poison", (wf(CACHE, SECRET), wf(CACHE, on=PRT, name="other")), (wf(CACHE, SECRET), wf(CACHE, on="pull_request", name="other"))),
    ("wf.perm.missing", wf(top="name: x"), wf()),
    ("wf.perm.write_all", wf(top="permissions: write-all"), wf(top="permissions: read-all")),
    ("wf.perm.excess", wf("{run: echo a}", permissions=WRITE), wf("{run: 'gh release create v1', env: {GH_TOKEN: '${{ github.token }}'}}", permissions=WRITE)),
    ("wf.perm.default_on_risky", wf(on=PRT, top="name: x"), wf(on=PRT)),
    ("wf.perm.undocumented", wf(permissions="\n      contents: write"), wf(permissions="\n      contents: write  # tags the release")),
    ("wf.token.persisted", wf(KEPT, UPLOAD % "v4.3.0"), wf(KEPT, UPLOAD % "v4.4.0")),
    ("wf.token.app_broad", wf(APP % ", owner: acme"), wf(APP % ", owner: acme, repositories: web, permission-contents: read")),
    ("wf.token.pat_used", wf(f"{{uses: docker/login-action@{SHA}, with: {{registry: ghcr.io, password: '${{{{ secrets.PAT }}}}'}}}}"), wf(f"{{uses: docker/login-action@{SHA}, with: {{registry: ghcr.io, password: '${{{{ secrets.GITHUB_TOKEN }}}}'}}}}")),
    ("wf.secret.inherit", "on: push\njobs: {a: {uses: other/x/.github/workflows/y.yml@v1, secrets: inherit}}\n", "on: push\njobs: {a: {uses: other/x/.github/workflows/y.yml@v1, secrets: {T: '${{ secrets.T }}'}}}\n"),
    ("wf.secret.unredacted", wf("run: 'echo ${{ fromJSON(secrets.ALL_KEYS).password }}'"), wf("run: 'echo ${{ fromJSON(vars.ALL_KEYS).name }}'")),
    ("wf.secret.outside_env", wf(SECRET), wf(SECRET, environment="production")),
    ("wf.env.missing", wf("{run: npm publish, env: {NODE_AUTH_TOKEN: '${{ secrets.NPM_TOKEN }}'}}", name="publish"), wf("{run: npm publish --dry-run, env: {T: '${{ secrets.SLACK_TOKEN }}'}}", name="check")),
    ("wf.secret.curl", wf("{run: 'curl https://x.example/?key=$T', env: {T: '${{ secrets.KEY }}'}}"), wf("{run: 'curl -H \"Authorization: $T\" https://x.example/', env: {T: '${{ secrets.KEY }}'}}")),
    ("wf.secret.debug", wf("{run: 'set -x; deploy', env: {T: '${{ secrets.API_TOKEN }}'}}"), wf("{run: 'set -x; deploy'}")),
    ("wf.uses.image_unpinned", wf(container="node:22"), wf(container=f"node@sha256:{'b' * 64}")),
    ("wf.uses.local_after_checkout", wf(HEAD_SHA, "uses: ./.github/actions/x", on=PRT, permissions=WRITE), wf(CHECKOUT, "uses: ./.github/actions/x", on=PRT, permissions=WRITE)),
    ("wf.run.remote_script", wf("run: curl https://x.example/i.sh | bash"), wf("run: curl https://x.example/i.sh -o i.sh")),
    ("wf.run.insecure_commands", wf(env="{ACTIONS_ALLOW_UNSECURE_COMMANDS: true}"), wf(env="{ACTIONS_ALLOW_UNSECURE_COMMANDS: false}")),
    ("wf.runner.docker_socket", wf("run: docker run -v /var/run/docker.sock:/s x", runs_on="self-hosted"), wf("run: docker run -v $PWD:/s x", runs_on="self-hosted")),
    ("wf.publish.no_trusted", wf("{run: twine upload dist/*, env: {TWINE_PASSWORD: '${{ secrets.PYPI_TOKEN }}'}}"), wf(f"{{uses: pypa/gh-action-pypi-publish@{SHA}}}", permissions="{id-token: write}")),
    ("wf.publish.unsigned", wf(f"{{uses: softprops/action-gh-release@{SHA}, with: {{files: dist/x}}}}"), wf("run: cosign sign x", f"{{uses: softprops/action-gh-release@{SHA}, with: {{files: dist/x}}}}")),
    ("wf.meta.concurrency", wf("run: npm publish"), wf("run: npm publish", top="concurrency: x")),
    ("wf.access.summary", wf(SECRET), wf()),
]  # fmt: skip


@pytest.mark.parametrize(("check", "weak", "near"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)])
def test_a_weak_file_is_told_and_a_near_one_is_not(check: str, weak: Any, near: Any) -> None:
    [finding, *rest] = found(check, *((weak,) if isinstance(weak, str) else weak))
    assert not rest
    assert finding.file == PATH
    assert finding.line > 0
    assert len(finding.says) <= 160
    assert finding.severity <= EVERY[check].info.severity
    assert found(check, *((near,) if isinstance(near, str) else near)) == []


def test_every_check_that_a_workflow_file_decides_has_a_case() -> None:
    told = {case[0] for case in CASES}
    elsewhere = {
        "wf.trigger.prt_checkout_exec", "wf.inject.template", "wf.trigger.workflow_run_artifact", "wf.uses.unpinned",
        "wf.runner.self_hosted_untrusted", "wf.trigger.dispatch_env_input", "wf.secret.all", "wf.trigger.always_true",
        "wf.secret.plaintext", "wf.deps.execution", "wf.uses.archived", "wf.uses.typosquat", "wf.run.obfuscated",
        "wf.zizmor.other", *(f"wf.uses.{name}" for name in IDS),
    }  # fmt: skip
    assert {name for name in EVERY if name.startswith("wf.")} == told | elsewhere


def test_several_places_of_one_check_are_one_finding_with_every_place() -> None:
    [finding] = found("wf.run.remote_script", wf(*["run: curl https://x.example/i.sh | bash"] * 4, permissions=WRITE))
    assert finding.says.endswith(", and 3 more")
    assert [proof.line for proof in finding.evidence if proof.line] == [9, 10, 11]


def test_what_reaches_nothing_is_a_note_at_most() -> None:
    [nothing] = found("wf.trigger.prt_any", wf(on=PRT))
    assert nothing.severity is Severity.INFO
    [much] = found("wf.trigger.prt_any", wf(SECRET, on=PRT))
    assert much.severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("check", "text", "severity"),
    [
        (
            "wf.uses.unpinned",
            wf("{uses: codecov/codecov-action@v5, with: {token: '${{ secrets.CODECOV_TOKEN }}'}}"),
            "low",
        ),
        (
            "wf.uses.unpinned",
            wf("{uses: codecov/codecov-action@v5, with: {token: '${{ secrets.CODECOV_TOKEN }}'}}", SECRET),
            "high",
        ),
        (
            "wf.trigger.workflow_run_artifact",
            wf(CHECKOUT, TAKES % "", "run: make", on=RUN, permissions=WRITE),
            "critical",
        ),
        (
            "wf.trigger.workflow_run_artifact",
            wf(CHECKOUT, TAKES % ", path: site", "run: make", on=RUN, permissions=WRITE),
            "medium",
        ),
    ],
)
def test_how_grave_it_is_follows_from_what_can_be_done(check: str, text: str, severity: str) -> None:
    [finding] = found(check, text)
    assert finding.severity.word == severity


def test_caches_whose_keys_begin_with_something_computed_are_not_said_to_meet() -> None:
    computed = CACHE.replace("deps-1", "'${{ runner.os }}-x'")
    assert found("wf.cache.poison", wf(computed, SECRET), wf(CACHE, on=PRT, name="other")) == []


# --- what could not be followed --------------------------------------------------------------------

FROM_OUTPUT = checkout("steps.x.outputs.sha")
REMOTE = f"on: {PRT}\npermissions: {WRITE}\njobs:\n  go: {{uses: acme/shared/.github/workflows/w.yml@v1, secrets: inherit}}\n"


def open_ones(*texts: str) -> set[str]:
    """Return the checks that a file's open ends keep from a verdict."""
    out = estate(*texts)
    return {
        name
        for name, check in EVERY.items()
        if name.startswith("wf.")
        for each in out.judge(check).not_assessed
        if each.cause is Cause.NOT_FOLLOWED
    }


def test_an_open_checkout_is_no_pass() -> None:
    text = wf("{id: x, run: ./find.sh}", FROM_OUTPUT, SECRET, on=PRT)
    assert open_ones(text) == {"wf.trigger.prt_checkout_exec"}
    assert open_ones(text.replace(PRT, "issue_comment")) == {"wf.trigger.issue_comment_checkout"}
    assert open_ones(text.replace(PRT, "push")) == set()
    assert open_ones(wf("{id: x, run: ./find.sh}", FROM_OUTPUT, SECRET, HEAD_SHA, SECRET, on=PRT)) == set(), "it fails"


def test_a_called_workflow_that_was_not_read_is_no_pass_where_strangers_start_it() -> None:
    assert open_ones(REMOTE) == {"wf.trigger.prt_checkout_exec", "wf.inject.template"}
    assert open_ones(REMOTE.replace(PRT, "push")) == set()
    assert open_ones(REMOTE.replace(PRT, "pull_request")) == set(), "such a run holds nothing"


def test_what_is_open_is_told_with_its_place() -> None:
    missed = estate(wf("{id: x, run: ./find.sh}", FROM_OUTPUT, SECRET, on=PRT)).judge(
        EVERY["wf.trigger.prt_checkout_exec"]
    )
    (told,) = missed.not_assessed
    assert told.detail.startswith(f"{PATH}:8: job web on pull_request_target checks out ${{{{ steps.x.outputs.sha }}}}")


def test_a_machine_that_a_caller_chooses() -> None:
    called = "on: {workflow_call: {inputs: {on: {type: string}}}}\njobs:\n  b: {runs-on: '${{ inputs.on }}', steps: [{run: make}]}\n"
    calling = "on: pull_request\njobs:\n  go: {uses: ./.github/workflows/w1.yml, with: {on: self-hosted}}\n"
    (hit,) = found("wf.runner.self_hosted_untrusted", calling, called)
    assert "job go/b on pull_request runs on a self-hosted runner" in hit.says
    assert not found("wf.runner.self_hosted_untrusted", calling.replace("self-hosted", "ubuntu-latest"), called)
    assert not found("wf.runner.self_hosted_untrusted", calling.replace("pull_request", "push"), called)
