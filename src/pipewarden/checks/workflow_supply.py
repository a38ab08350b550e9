"""Checks about code that workflows take from elsewhere, the machine they run on, and what they publish."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.reading import listed
from pipewarden.checks.workflow_rows import PIPELINES, asked_of_zizmor, told
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind


@check(
    id="wf.uses.archived",
    title="Actions that run in jobs are maintained",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS, Facet.REPO_ZIZMOR),
    remedy=("Replace it by a maintained action, or by a few lines of script.",),
    source="https://docs.zizmor.sh/audits/#archived-uses",
    **clauses(PIPELINES, "O3"),
)
def archived(workflow: Resource, view: View) -> Iterator[Hit]:
    """An archived repository gets no fixes. The list of archived actions is zizmor's."""
    asked_of_zizmor(workflow, view)
    yield from told(workflow, view, "wf.uses.archived", Severity.MEDIUM)


@check(
    id="wf.uses.typosquat",
    title="No action is named almost like a well-known one",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS, Facet.REPO_ZIZMOR),
    remedy=("Write the name of the action that was meant, and look at what the other one ran.",),
    source="https://docs.zizmor.sh/audits/#typosquat-uses",
    **clauses(PIPELINES, "O3"),
)
def typosquat(workflow: Resource, view: View) -> Iterator[Hit]:
    """One letter off is another owner's code, with everything the job holds. The list of names is zizmor's."""
    asked_of_zizmor(workflow, view)
    yield from told(workflow, view, "wf.uses.typosquat", Severity.HIGH)


@file_check(
    id="wf.uses.image_unpinned",
    title="Others cannot change the content of a job's image",
    severity=Severity.MEDIUM,
    remedy=("Name the image by its digest (`@sha256:…`), and let an updater move it.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer",
    **clauses(PIPELINES, "O3"),
)
def image_unpinned() -> None:
    """Whoever writes to that registry changes what every later run starts in, without a change in this repository."""


@file_check(
    id="wf.uses.local_after_checkout",
    title="No local action of a stranger's checkout runs with rights",
    severity=Severity.CRITICAL,
    remedy=("Put the pull request into a folder of its own, and use the action as `$/…`, from the commit that runs.",),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O4"),
)
def local_after_checkout() -> None:
    """`uses: ./…` reads the workspace. After a checkout of the pull request, the action is whatever its author wrote."""


@file_check(
    id="wf.run.remote_script",
    title="No job runs whatever an address answers",
    severity=Severity.MEDIUM,
    remedy=("Download a fixed version, compare its checksum, then run it.",),
    source="https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions",
    **clauses(PIPELINES, "O3"),
)
def remote_script() -> None:
    """Whoever holds the address, or the way to it, runs commands beside the job's secrets and token."""


@file_check(
    id="wf.run.insecure_commands",
    title="What is printed cannot set the environment",
    severity=Severity.HIGH,
    remedy=("Remove `ACTIONS_ALLOW_UNSECURE_COMMANDS`, and write to `GITHUB_ENV` instead.",),
    source="https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/",
    **clauses(PIPELINES, "O4"),
)
def insecure_commands() -> None:
    """A line in any tool's output then becomes a variable or a path: text of a stranger becomes code."""


@check(
    id="wf.run.obfuscated",
    title="No expression is written so that it is hard to read",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS, Facet.REPO_ZIZMOR),
    remedy=("Write the value plainly.",),
    source="https://docs.zizmor.sh/audits/#obfuscation",
    **clauses(PIPELINES, "O4"),
)
def obfuscated(workflow: Resource, view: View) -> Iterator[Hit]:
    """What is hidden from readers is hidden from reviews. What counts as hidden is zizmor's rule."""
    asked_of_zizmor(workflow, view)
    yield from told(workflow, view, "wf.run.obfuscated", Severity.MEDIUM)


@file_check(
    id="wf.runner.docker_socket",
    title="No job takes over the machine that it runs on",
    severity=Severity.HIGH,
    remedy=(
        "Run the container without the socket and `--privileged`, on a machine that is thrown away after the job.",
    ),
    source="https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners",
    **clauses(PIPELINES, "O7"),
)
def the_machine() -> None:
    """The Docker socket and a privileged container are root on the machine; its metadata is its cloud identity.

    Later jobs find both.
    """


@file_check(
    id="wf.publish.no_trusted",
    title="Packages are published without a token that lives on",
    severity=Severity.MEDIUM,
    remedy=(
        "Register the workflow as a trusted publisher at the registry, give the job `id-token: write`, and revoke the token.",
        "For PyPI and npm, let `pipewarden fix plan --only oidc --pipelines .` write the edit.",
    ),
    source="https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-pypi",
    **clauses(PIPELINES, "O6"),
)
def long_lived() -> None:
    """The registry takes the identity of the job itself, which ends with it.

    A token is stolen once and used for years.
    """


@file_check(
    id="wf.publish.unsigned",
    title="What is published can be traced to its build",
    severity=Severity.LOW,
    remedy=("Attest it with `actions/attest-build-provenance`, and publish the bill of materials beside it.",),
    source="https://docs.github.com/en/actions/concepts/security/artifact-attestations",
    **clauses(PIPELINES, "O9"),
)
def unsigned() -> None:
    """Who downloads it cannot tell what built it, from which commit, and whether it was replaced."""


@file_check(
    id="wf.meta.concurrency",
    title="Two runs of a release cannot overtake each other",
    severity=Severity.INFO,
    remedy=("Set `concurrency:` with a group of its own for the job that publishes.",),
    source="https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency",
    **clauses(PIPELINES),
)
def not_limited() -> None:
    """The run that ends last wins, and that can be the older one."""


@check(
    id="wf.deps.execution",
    title="Dependabot runs no code of the packages that it updates",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_DEPENDABOT,),
    remedy=("Remove `insecure-external-code-execution: allow`, and wait some days before an update (`cooldown`).",),
    source="https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference",
    **clauses(PIPELINES, "O3"),
)
def external_code(repository: Resource, view: View) -> Iterator[Hit]:
    """A manifest that runs as a program has what Dependabot has: the registries' credentials.

    A version of the last hour is where a taken-over package is found; most are withdrawn within days.
    """
    del view
    if "dependabot" not in repository.attributes:
        raise NotApplicable("its configuration was not looked for")
    read = repository.attributes.get("dependabot")
    if not read:
        raise NotApplicable("it has no configuration of Dependabot")
    where = f"dependabot.yml of {repository.name}"
    for each in read["allows"]:
        says = f"{where}: updates of {each['ecosystem']} run code of the packages, with the credentials of registries"
        yield Hit(says=says, file=read["path"], line=each["line"], column=each.get("column") or 0)
    fresh = [each for each in read["updates"] if not each["cooldown"]]
    if fresh and not read["allows"]:
        names = listed(dict.fromkeys(str(each["ecosystem"]) for each in fresh), 3)
        says = f"{where}: versions of {names} are taken at once, without a wait"
        first = fresh[0]
        yield Hit(
            says=says,
            severity=Severity.INFO,
            file=read["path"],
            line=first["line"],
            column=first.get("column") or 0,
        )


@check(
    id="wf.zizmor.other",
    title="No other weakness of a workflow is told by zizmor",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS, Facet.REPO_ZIZMOR),
    remedy=("Follow the page of zizmor's rule, which the proof names.",),
    source="https://docs.zizmor.sh/audits/",
    **clauses(PIPELINES, "O3 O4"),
)
def zizmor_other(workflow: Resource, view: View) -> Iterator[Hit]:
    """Rules of zizmor's that no check here stands for: what it says is shown with what the job reaches."""
    asked_of_zizmor(workflow, view)
    yield from told(workflow, view, "wf.zizmor.other", Severity.MEDIUM)
