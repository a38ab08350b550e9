"""Checks about trusts as the cloud states them: Entra credentials, Vault roles, octo-sts policies, GitLab's subjects."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.oidc import renamed
from pipewarden.checks.reading import listed
from pipewarden.checks.sections import SECRETS
from pipewarden.checks.trust_reading import (
    OPEN,
    PULL_REQUEST,
    accepts,
    all_trusts,
    any_branch,
    claims,
    github_trusts,
    is_bounded,
    is_loose,
    parts,
    place,
    plain,
    platform,
    repository_of,
    settle,
    told,
    weak,
    weaker,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Cause, Resource, Trust
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

IDENTITIES = Section(("AC-2", "AC-6", "IA-2", "IA-5"), ("CC6.1", "CC6.2"))
VAULTS = Section(("AC-3", "AC-6", "IA-5", "SC-12"), ("CC6.1",))
CROSS = Section(("AC-2", "AC-5", "AC-6", "AC-6(7)", "CA-7"), ("CC6.1", "CC6.2", "CC6.3"))

FLEXIBLE = (
    "https://learn.microsoft.com/en-us/entra/workload-id/workload-identities-flexible-federated-identity-credentials"
)
JWT = "https://developer.hashicorp.com/vault/api-docs/auth/jwt"
STS = "https://github.com/octo-sts/app#the-trust-policy"
SETS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html"


def _on(view: View, role: Resource, name: str) -> list[Trust]:
    """Return the trusts of a role that is on a platform; raises NotApplicable where it is on another."""
    found = [trust for trust in all_trusts(view, role) if platform(trust) == name]
    if name == "entra" and role.ref.kind is Kind.SERVICE_ACCOUNT:
        view.need(role.ref, EntraFacet.APPLICATIONS, EntraFacet.FEDERATED)
    if not found:
        if not all_trusts(view, role):
            settle(view, role)
        raise NotApplicable(f"{role.name} is not of {name}")
    return found


@check(
    id="en.fic.wildcard",
    title="An Entra credential trusts one environment or branch",
    severity=Severity.CRITICAL,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Give the credential the one subject repo:OWNER/NAME:environment:NAME instead of an expression with stars.",
        "For plans on pull requests use an identity of their own that only reads.",
    ),
    source=FLEXIBLE,
    **clauses(IDENTITIES, "O5"),
)
def entra_wildcard(role: Resource, view: View) -> Iterator[Hit]:
    """A credential with a star, or for pull requests, is had by everybody who may push a branch that fits."""
    _on(view, role, "entra")
    for trust in github_trusts(view, role, without=("aws", "google", "vault", "octo-sts")):
        loose = [] if is_bounded(trust) else [each for each in trust.subjects if is_loose(each)]
        opened = [each for each in trust.subjects if accepts(each, PULL_REQUEST)]
        if loose:
            says = f"jobs of every repository that fits {told(loose)} can act as {role.name}"
            yield Hit(says=says, because=(trust,), weight=len(loose), **place(trust))
        elif opened:
            says = f"jobs of pull requests can act as {role.name}: it accepts {told(opened)}"
            yield Hit(says=says, because=(trust,), **place(trust))
    settle(view, role)


@check(
    id="en.fic.stale_repo",
    title="An Entra credential names a repository that is there",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Write the subject with ids: repo:OWNER@ID/NAME@ID:environment:NAME.",
        "Delete credentials for repositories that are gone.",
    ),
    source="https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims",
    **clauses(IDENTITIES, "O5"),
)
def entra_stale(role: Resource, view: View) -> Iterator[Hit]:
    """A name that is free again can be taken by somebody else, and new repositories present names with ids."""
    _on(view, role, "entra")
    yield from renamed(role, view, github_trusts(view, role, without=("aws", "google", "vault", "octo-sts")))


@check(
    id="va.jwt.bound",
    title="A Vault role for tokens is bound to whom they are of",
    severity=Severity.CRITICAL,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Set bound_audiences, and bound_claims with repository and environment, or bound_subject.",
        "Where bound_claims_type is glob, write the owner and the name of the repository without stars.",
    ),
    source=f"{JWT}#create-update-role",
    **clauses(VAULTS, "O5"),
)
def vault_bound(role: Resource, view: View) -> Iterator[Hit]:
    """A role that binds neither subject nor repository is had by every job that its issuer signs for, strangers' too."""
    for trust in _on(view, role, "vault"):
        loose = [each for each in trust.subjects if _is_loose(each, trust)]
        if not is_bounded(trust) and (loose or not (trust.subjects or _binds(trust))):
            what = f"every job that fits {told(loose)}" if loose else "every job that its issuer signs for"
            yield Hit(says=f"{what} can log in as {role.name}", because=(trust,), weight=len(loose), **place(trust))
        elif not trust.audiences:
            says = f"{role.name} takes tokens that were made for any audience: it has no bound_audiences"
            yield Hit(says=says, because=(trust,), severity=Severity.MEDIUM, **place(trust))
    settle(view, role)


def _is_loose(pattern: str, trust: Trust) -> bool:
    if "gitlab" in trust.issuer:
        return not _project(pattern)
    return "githubusercontent" in trust.issuer and is_loose(pattern)


def _binds(trust: Trust) -> bool:
    """Tell whether any claim is compared that not everybody can have; claims of unknown issuers count as such."""
    everybody = {
        "actor",
        "environment",
        "event_name",
        "ref",
        "ref_type",
        "ref_protected",
        "workflow",
        "runner_environment",
    }
    return bool(set(claims(trust)) - everybody)


@check(
    id="va.jwt.pr",
    title="A Vault role is out of reach of pull requests and new branches",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Add environment, or ref of the protected branch, to the role's bound_claims.",
        "For pull requests use a role of their own whose policy reads nothing secret.",
    ),
    source=f"{JWT}#bound_claims",
    **clauses(VAULTS, "O4 O5"),
)
def vault_pull_request(role: Resource, view: View) -> Iterator[Hit]:
    """Whoever may push a branch writes the workflow that logs in, before anybody has reviewed it."""
    _on(view, role, "vault")
    for trust in github_trusts(view, role, without=("aws", "google", "entra", "octo-sts")):
        fitting = [each for each in trust.subjects if accepts(each, PULL_REQUEST) or any_branch(each)]
        if fitting or not trust.subjects:
            what = f": it accepts {told(fitting)}" if fitting else ""
            moving = not fitting or any(any_branch(each) for each in fitting)
            who = "a job on any branch" if moving else "a job of a pull request"
            yield Hit(says=f"{who} can log in as {role.name}{what}", because=(trust,), **place(trust))
    settle(view, role)


def _project(pattern: str) -> str:
    """Return the project that a GitLab subject names, "" where it leaves group or name open."""
    kind, _, rest = plain(pattern).partition(":")
    name = rest.partition(":")[0]
    settled = "/" in name and not set("*?") & set(name)
    return name if kind == "project_path" and settled else OPEN if kind == OPEN or OPEN in name else ""


@check(
    id="gl.oidc.trust_role",
    title="A role for GitLab jobs is bound to a project and a protected ref",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Compare the subject with project_path:GROUP/PROJECT:ref_type:branch:ref:main, without stars.",
        "Compare ref_protected or environment_protected too where the cloud can read them.",
    ),
    source="https://docs.gitlab.com/ci/cloud_services/#configure-a-conditional-role-with-oidc-claims",
    **clauses(Section(("CM-3", "CM-5", "AC-5"), ("CC8.1",)), "O5"),
)
def gitlab_trust(role: Resource, view: View) -> Iterator[Hit]:
    """Whoever may push a branch that fits writes the job that gets the role; a star for the project lets in strangers."""
    found = [trust for trust in all_trusts(view, role) if _is_gitlab(trust)]
    if not found:
        raise NotApplicable(f"{role.name} trusts no GitLab job")
    for trust in found:
        known = claims(trust)
        if known.keys() & {"ref_protected", "environment_protected", "environment"}:
            continue
        by_id = known.keys() & {"project_id", "namespace_id"}
        loose = [] if by_id else [each for each in trust.subjects if not _project(each)]
        moving = [each for each in trust.subjects if fnmatchcase("a-new-branch", each.rpartition(":ref:")[2] or "*")]
        moving = [each for each in moving if OPEN not in plain(each).partition(":ref")[2]]
        if loose or not (trust.subjects or by_id):
            what = f"every project that fits {told(loose)}" if loose else "every project of everybody"
            says = f"jobs of {what} can act as {role.name}"
            yield Hit(says=says, because=(trust,), severity=weaker(trust), **place(trust))
        elif moving:
            says = f"a job on any branch can act as {role.name}: it accepts {told(moving)}"
            yield Hit(says=says, because=(trust,), severity=weaker(trust, own=True), **place(trust))
    settle(view, role)


def _is_gitlab(trust: Trust) -> bool:
    return "gitlab" in trust.issuer or any(each.startswith("project_path:") for each in trust.subjects)


@check(
    id="x.oidc_orphan",
    title="A trust names environments that are there",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    remedy=(
        "Make the environment in the repository's settings, with reviewers and its branch.",
        "Take environments that are gone out of the trust.",
    ),
    source="https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments",
    **clauses(CROSS, "O5"),
)
def orphan(role: Resource, view: View) -> Iterator[Hit]:
    """A job that names an environment which is not there makes it, without reviewers: write access is the role."""
    known = {repository.name.lower(): repository for repository in view.repositories()}
    unread: Resource | None = None
    for trust in github_trusts(view, role):
        for pattern in trust.subjects:
            kind, _, name = parts(pattern).context.partition(":")
            if kind != "environment" or not name or set("*?" + OPEN) & set(name):
                continue
            repository = known.get(repository_of(pattern).lower())
            if repository is None or repository.attributes.get("checkout"):
                unread = unread or role
                continue
            view.need(repository.ref, Facet.REPO_ENVIRONMENTS)
            there = [each.name.rpartition("/")[2].lower() for each in view.inside(repository.ref, Kind.ENVIRONMENT)]
            if name.lower() not in there:
                says = f"{role.name} trusts the environment {name} of {repository.name}, which is not there"
                yield Hit(says=says, on=repository, because=(trust,), **place(trust))
    if unread is not None:
        raise Missing(role.ref, Facet.SOURCE, Cause.NOT_COLLECTED, "the environments of the repository were not read")


@check(
    id="gh.oidc.trust_issuer",
    title="A trust names its issuer",
    severity=Severity.CRITICAL,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=("Write issuer: with the one address, such as https://token.actions.githubusercontent.com.",),
    source=STS,
    **clauses(SECRETS, "O5 IA-5"),
)
def issuer_pattern(role: Resource, view: View) -> Iterator[Hit]:
    """Whoever can put up an issuer whose address fits signs any subject that he likes."""
    _judged(view, role)
    for trust in all_trusts(view, role):
        for each in weak(trust, "issuer_pattern"):
            yield Hit(says=f"{role.name} {each['says']}", because=(trust,), **place(trust, each))


@check(
    id="gh.oidc.trust_compare",
    title="A trust compares whole values that are there",
    severity=Severity.MEDIUM,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Compare with StringEquals or StringLike, put ^( and )$ around a regular expression, and use StringLike for stars.",
    ),
    source=SETS,
    **clauses(SECRETS, "O5"),
)
def comparing(role: Resource, view: View) -> Iterator[Hit]:
    """An operator that holds without the claim, or an expression that fits a part of it, lets in more than it says.

    A star that is compared as a letter lets in nobody, and is the reason why somebody widens the trust next week.
    """
    _judged(view, role)
    for trust in all_trusts(view, role):
        for each in weak(trust, "absent_holds", "literal_star", "unanchored"):
            low = Severity.LOW if each["kind"] == "literal_star" else None
            yield Hit(says=f"{role.name} {each['says']}", because=(trust,), severity=low, **place(trust, each))


@check(
    id="gh.oidc.sts_all_repos",
    title="A policy of octo-sts for an organization lists its repositories",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=("Add repositories: with the names of those that the job works on.",),
    source=STS,
    **clauses(SECRETS, "O5 AC-6"),
)
def sts_repositories(role: Resource, view: View) -> Iterator[Hit]:
    """Without the list the token is good for every repository that the app is installed on, today's and tomorrow's."""
    for trust in _on(view, role, "octo-sts"):
        for each in weak(trust, "all_repositories"):
            gives = [str(one) for one in trust.attributes.get("gives") or () if not str(one).startswith("in ")]
            held = f", with {listed(gives, 3)}" if gives else ""
            yield Hit(says=f"{role.name} {each['says']}{held}", because=(trust,), **place(trust, each))


@check(
    id="gh.oidc.sub_custom_file",
    title="Declared subjects of tokens tell branch or environment",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_TRUSTS,),
    remedy=("Put context, or ref and environment, back into include_claim_keys.",),
    source="https://docs.github.com/en/actions/reference/security/oidc#customizing-the-subject-claims-for-an-organization-or-repository",
    **clauses(SECRETS, "O5"),
)
def declared_subject(repository: Resource, view: View) -> Iterator[Hit]:
    """Without the branch or environment in the subject no cloud can tell a reviewed job from any other by it."""
    templates = view.attribute(repository, "oidc_templates", default=None)
    if not templates:
        raise NotApplicable(f"{repository.name} declares no subjects of tokens")
    for each in templates:
        keys = [str(key) for key in each.get("keys") or ()]
        if keys and not {"context", "ref", "environment"} & set(keys):
            says = (
                f"{each['address'].rpartition('.')[2]} makes subjects of {listed(keys)}, neither branch nor environment"
            )
            yield Hit(
                says=says,
                because=(repository,),
                file=str(each["path"]),
                line=int(each["line"]),
                column=int(each.get("column") or 0),
            )


def _judged(view: View, role: Resource) -> None:
    """Raise NotApplicable where no trust of a role was read, Missing where it was left open."""
    if not all_trusts(view, role):
        settle(view, role)
        raise NotApplicable(f"{role.name} has no trust that was read")
