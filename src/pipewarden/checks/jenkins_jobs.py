"""Checks about Jenkins' jobs, users and credentials: code without review, forks that are trusted, what nobody uses."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import JENKINS, clauses
from pipewarden.checks.reading import listed, silence
from pipewarden.checks.unread import GIVEN, need_among
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Account, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

BOOK = "https://www.jenkins.io/doc/book"
CONFIG = (JenkinsFacet.JOB_CONFIG,)


def _enabled(job: Resource, view: View) -> None:
    """Go on where a job is known to be enabled, or to be built; raises Missing where that was not told."""
    if view.attribute(job, "buildable", default=None) is not True:
        view.given(job, "disabled", facet=JenkinsFacet.JOB_CONFIG)


@check(
    id="jk.job.inline",
    title="A pipeline's code is reviewed in a repository",
    severity=Severity.MEDIUM,
    subject=Kind.PIPELINE,
    needs=CONFIG,
    remedy=("Move the script into a Jenkinsfile, and let the job read it from the repository.",),
    source=f"{BOOK}/pipeline/getting-started/#defining-a-pipeline-in-scm",
    **clauses(JENKINS, "O1 CM-3"),
)
def inline(job: Resource, view: View) -> Iterator[Hit]:
    """What is typed into a job is changed without a review, and leaves no history of who did."""
    definition = view.attribute(job, "definition", facet=JenkinsFacet.JOB_CONFIG, default=None)
    if definition is None or job.attributes.get("disabled") is True:
        raise NotApplicable("no pipeline of its own, or disabled")
    if definition in {"inline", "steps"}:
        _enabled(job, view)
    if definition == "inline":
        outside = "" if view.attribute(job, "sandbox", default=True) else ", outside the sandbox"
        yield Hit(says=f"the script of {job.name} is typed into the job{outside}: nobody reviews it")
    elif definition == "steps" and view.attribute(job, "commands", default=0):
        yield Hit(says=f"the commands of {job.name} are typed into the job: nobody reviews them")


@check(
    id="jk.job.auth_token",
    title="No job is started by a token in an address",
    severity=Severity.MEDIUM,
    subject=Kind.PIPELINE,
    needs=CONFIG,
    remedy=(
        "Switch off “Trigger builds remotely” of the job, and let the caller start it with a user's own API token.",
        "Where a webhook has to start it, use a plugin that checks the sender's signature.",
    ),
    source=f"{BOOK}/using/remote-access-api/#submitting-jobs",
    **clauses(JENKINS, "O4"),
)
def started_by_token(job: Resource, view: View) -> Iterator[Hit]:
    """Whoever knows the token starts the job without the permission to build it; it stands in addresses, and so in logs.

    Read is whether there is one, never which. Tokens that stand in a Jenkinsfile are told of the file.
    """
    definition = view.attribute(job, "definition", facet=JenkinsFacet.JOB_CONFIG, default=None)
    if definition == "branch":
        raise NotApplicable("a branch has the settings of its project")
    if job.attributes.get("disabled") is True:
        raise NotApplicable("disabled")
    if view.given(job, "has_auth_token", facet=JenkinsFacet.JOB_CONFIG) is True:
        _enabled(job, view)
        yield Hit(says=f"a token in an address starts {job.name}: who knows it needs no permission to build")


@check(
    id="jk.job.pr_trust",
    title="Strangers' pull requests do not bring their own pipeline",
    severity=Severity.CRITICAL,
    subject=Kind.FOLDER,
    needs=CONFIG,
    remedy=("Trust nobody, or those with admin or write permission, for pull requests from forks.",),
    source="https://plugins.jenkins.io/github-branch-source/",
    **clauses(JENKINS, "O4"),
)
def trusts_everyone(project: Resource, view: View) -> Iterator[Hit]:
    """With “Everyone”, the Jenkinsfile of a fork is run: whoever opens a pull request takes the folder's credentials."""
    if view.attribute(project, "definition", facet=JenkinsFacet.JOB_CONFIG, default=None) != "multibranch":
        raise NotApplicable("no multibranch project")
    if view.attribute(project, "trusts_forks", default=None) == "TrustEveryone":
        yield Hit(says=f"{project.name} runs the Jenkinsfile of anybody's fork, with the credentials of its folder")


@check(
    id="jk.cred.global",
    title="A credential of one folder is kept in it",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    needs=(JenkinsFacet.CREDENTIALS,),
    remedy=("Move the credential into the store of the folder that uses it.",),
    source=f"{BOOK}/using/using-credentials/",
    **clauses(JENKINS, "O6 AC-6"),
)
def kept_globally(secret: Resource, view: View) -> Iterator[Hit]:
    """A credential of the controller's store is seen by every job: whoever edits any of them takes it."""
    if view.attribute(secret, "store", facet=JenkinsFacet.CREDENTIALS):
        raise NotApplicable("kept in a folder")
    if view.attribute(secret, "scope", default=None) == "SYSTEM":
        raise NotApplicable("not for jobs")
    jobs = view.attribute(secret, "used_by", facet=JenkinsFacet.CREDENTIALS)
    folders = {job.partition("/")[0] for job in jobs or () if "/" in job}
    if len(folders) == 1 and all("/" in job for job in jobs):
        [folder] = folders
        yield Hit(says=f"{secret.name} is used in the folder {folder} alone, and every job of the controller sees it")


@check(
    id="jk.cred.scope",
    title="What only the controller needs is not handed to jobs",
    severity=Severity.MEDIUM,
    subject=Kind.SECRET,
    needs=(JenkinsFacet.CREDENTIALS,),
    remedy=(
        "Set the credential's scope to System: Manage Jenkins > Credentials.",
        "Where builds use it too, give them a credential of their own before.",
    ),
    source=f"{BOOK}/using/using-credentials/#credential-security",
    **clauses(JENKINS, "O6 AC-6"),
)
def scope_too_wide(secret: Resource, view: View) -> Iterator[Hit]:
    """A credential with which the controller reaches its agents or clouds opens every machine that builds run on.

    With the scope Global any job takes it. Which ones the controller uses so is told by the settings of nodes and clouds.
    """
    if view.attribute(secret, "store", facet=JenkinsFacet.CREDENTIALS):
        raise NotApplicable("kept in a folder, where every credential is global")
    tenant = view.find(secret.parent)
    connecting = (
        view.attribute(tenant, "configuration", "connecting", facet=JenkinsFacet.CONFIGURATION) if tenant else ()
    )
    name = view.attribute(secret, "id", facet=JenkinsFacet.CREDENTIALS)
    if name not in (connecting or ()):
        return
    if view.given(secret, "scope", facet=JenkinsFacet.CONFIGURATION) == "GLOBAL":
        yield Hit(says=f"{secret.name} connects agents or a cloud, and any job may take it: its scope is Global")


@check(
    id="jk.cred.unused",
    title="Every credential is used",
    severity=Severity.LOW,
    subject=Kind.SECRET,
    needs=(JenkinsFacet.CREDENTIALS,),
    remedy=("Delete the credential, and revoke what it is good for.",),
    source="https://github.com/jenkinsci/credentials-plugin/blob/master/docs/user.adoc",
    **clauses(JENKINS, "O6"),
)
def unused(secret: Resource, view: View) -> Iterator[Hit]:
    """What no build has used is forgotten when people leave, and still opens its door."""
    if view.attribute(secret, "scope", default=None) == "SYSTEM":
        raise NotApplicable("agents use it, which Jenkins does not record as a build")
    if view.attribute(secret, "used_by", facet=JenkinsFacet.CREDENTIALS) == []:
        if "scope" not in secret.attributes and secret.parent is not None and secret.parent.kind is Kind.TENANT:
            view.attribute(secret, "scope", facet=JenkinsFacet.CONFIGURATION)  # agents may use it: the export tells
        yield Hit(says=f"no build is recorded to have used {secret.name}")


@check(
    id="jk.user.stale",
    title="Users of the controller are still at work",
    severity=Severity.MEDIUM,
    subject=Kind.ACCOUNT,
    needs=(JenkinsFacet.PEOPLE,),
    limits=("member_stale_days",),
    remedy=("Take the user's permissions away, revoke the API tokens, and delete the user.",),
    source="https://plugins.jenkins.io/people-view/",
    **clauses(JENKINS, "AC-2(3)"),
)
def stale(account: Account, view: View, limits: Limits) -> Iterator[Hit]:
    """Permissions of those who are gone wait for whoever has their password or token.

    The only sign that Jenkins shows is the last commit that was built: somebody who never commits shows none.
    """
    granted = view.grants_of(account.ref)
    if not granted:
        need_among(view, GIVEN, [account.ref.instance])
        raise NotApplicable("holds nothing by name")
    if account.last_used_at is None:
        raise NotApplicable("Jenkins shows no sign of people who do not commit")
    if view.older(account.last_used_at, limits.member_stale_days):
        names = [view.name(grant.resource) for grant in granted]
        yield Hit(
            says=f"{account.name} has not been seen {silence(view, account)} and holds permissions on {listed(names, 1)}",
            because=tuple(granted),
        )
