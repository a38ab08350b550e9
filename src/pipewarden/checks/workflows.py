"""Checks about what a workflow file lets others do: strangers' code, injected text, unpinned code with rights."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.reading import listed, many
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

PIPELINES = Section(nist=("CM-3", "SI-10", "SA-15"), soc2=("CC8.1",))
SYNTAX = "https://docs.github.com/en/actions/reference/security/secure-use"


def _hits(workflow: Resource, *kinds: str) -> Iterator[Hit]:
    """Yield a hit for each hazard of some kinds, at its line; a file that could not be read says nothing."""
    for hazard in workflow.attributes.get("hazards") or ():
        if hazard["kind"] not in kinds:
            continue
        gate = behind(hazard.get("gate"))
        reaches = tuple(str(each) for each in hazard.get("reaches") or ())
        yield Hit(
            says=f"{name_of_file(workflow)}: {hazard['says']}{gate}",
            because=(workflow,),
            reach=reached(reaches),
            weight=10 * len(reaches),
            file=str(workflow.attributes.get("path", "")),
            line=int(hazard.get("line") or 0),
        )


def behind(gate: object) -> str:
    """Return what alone stands before a job, in brackets; nothing where nothing does."""
    words = str(gate or "")
    if not words:
        return ""
    return f" ({words})" if words.startswith("only ") else f" (only {words} stands before it)"


def name_of_file(workflow: Resource) -> str:
    """Name a workflow in a sentence: `deploy.yml of acme/web`; all are in one folder, which the finding's place tells."""
    path = str(workflow.attributes.get("path") or "")
    repository = workflow.name.removesuffix(path).rstrip("/")
    return f"{path.rpartition('/')[2]} of {repository}" if path and repository else workflow.name


def reached(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Say what a job holds (`secret:NAME`, `token:SCOPE`, `oidc`, `runner`): the most dangerous first."""
    secrets = [code.partition(":")[2] for code in codes if code.startswith("secret:")]
    scopes = [code.partition(":")[2] for code in codes if code.startswith("token:") and code != "token:?"]
    told = []
    if secrets:
        told.append("every secret" if "*" in secrets else f"{many(len(secrets), 'secret')} ({listed(secrets)})")
    if scopes:
        told.append(f"a token that can write {listed(scopes, 3)}")
    elif "token:?" in codes:
        told.append("a token whose rights are not known")
    if "oidc" in codes:
        told.append("an OIDC identity")
    if "runner" in codes:
        told.append("a self-hosted runner")
    places = [code.partition(":")[2] for code in codes if code.startswith("environment:")]
    if places:
        told.append(f"{many(len(places), 'environment')} ({listed(places)})")
    return tuple(told)


def _readable(workflow: Resource) -> None:
    if workflow.attributes.get("system", "github") != "github":
        raise NotApplicable("not a workflow of GitHub Actions")
    if workflow.attributes.get("complete") is False:
        raise NotApplicable("the file is not YAML: GitHub runs nothing of it")


@check(
    id="wf.trigger.prt_checkout_exec",
    title="A privileged workflow checks out a pull request's code and runs it",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Build pull requests under `on: pull_request`, which gets neither secrets nor a writing token.",
        "Where a privileged step is needed afterwards, move it to a `workflow_run` that takes only checked data over.",
    ),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O4"),
)
def prt_checkout_exec(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever opens a pull request chooses code that runs with the repository's secrets and token."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "pwn_request", "outside_checkout")


@check(
    id="wf.inject.template",
    title="Text that a stranger writes becomes part of a script",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Hand the text over in an `env:` variable and use the variable, quoted, in the script.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4"),
)
def injected_template(workflow: Resource, view: View) -> Iterator[Hit]:
    """An expression is put into the script before the shell sees it: a title or branch name becomes commands."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "script_injection")


@check(
    id="wf.trigger.workflow_run_artifact",
    title="A privileged run uses files that a stranger's run may have made",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Treat what the artifact holds as data: unpack it outside the workspace, check it, run nothing of it.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4 O9"),
)
def foreign_artifact(workflow: Resource, view: View) -> Iterator[Hit]:
    """Artifacts of a pull request's run carry whatever that pull request put there."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "foreign_artifact")


@check(
    id="wf.runner.self_hosted_untrusted",
    title="Code of pull requests runs on a machine that is not thrown away",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Run pull requests on hosted or ephemeral runners; keep self-hosted ones to protected branches.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4 O7"),
)
def self_hosted_untrusted(workflow: Resource, view: View) -> Iterator[Hit]:
    """What a pull request leaves behind on the machine waits for the next job, and for its secrets."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "self_hosted_for_outsider")


@check(
    id="wf.trigger.dispatch_env_input",
    title="Who starts the run chooses the environment",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Give the input the type `environment` or a fixed list of choices, and protect each of them.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O5"),
)
def environment_by_input(workflow: Resource, view: View) -> Iterator[Hit]:
    """With the environment comes its secrets and its gates: an unprotected name passes by all of them."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "environment_by_input")


@check(
    id="wf.uses.unpinned",
    title="Somebody else can change code that runs with secrets or a writing token",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Pin the action to a full commit SHA, with the version in a comment, and let an updater move it.",),
    source=f"{SYNTAX}#using-third-party-actions",
    **clauses(PIPELINES, "C2.4.2 O3"),
)
def unpinned(workflow: Resource, view: View) -> Iterator[Hit]:
    """A tag or branch can be moved by whoever writes to that repository; a full SHA cannot."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "unpinned_action")


@check(
    id="wf.secret.all",
    title="A job takes every secret instead of the ones it needs",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Name each secret the job needs; pass named secrets to a called workflow instead of `inherit`.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O6"),
)
def all_secrets(workflow: Resource, view: View) -> Iterator[Hit]:
    """One weak step then leaks all of them, those of other teams included."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "all_secrets")


@check(
    id="wf.trigger.always_true",
    title="A condition that is meant to guard never holds anything back",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Write the whole condition inside one `${{ }}`, or without any.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O1"),
)
def always_true(workflow: Resource, view: View) -> Iterator[Hit]:
    """Text around an expression makes the condition a non-empty string, which counts as true."""
    del view
    _readable(workflow)
    yield from _hits(workflow, "always_true")
