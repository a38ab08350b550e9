"""Checks about roles that trust the jobs of CircleCI and Bitbucket: which projects and repositories may act as them."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.trust_reading import OPEN, all_trusts, claims, place, plain, platform, settle, told
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource, Trust
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

CHANGES = Section(("CM-3", "CM-5", "AC-5"), ("CC8.1",))
CIRCLECI = "https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/"
BITBUCKET = "https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/"


def _trusts(view: View, role: Resource, issued: Callable[[str], bool], whose: str) -> list[Trust]:
    """Return the trusts of a role by which jobs of one system become it; raises NotApplicable where there are none."""
    found = [trust for trust in all_trusts(view, role) if issued(trust.issuer.lower())]
    if not found:
        if not all_trusts(view, role):
            settle(view, role)
        raise NotApplicable(f"{role.name} trusts no job of {whose}")
    return found


def _heard(role: Resource, trust: Trust) -> None:
    """Raise Missing where a role of AWS leaves the audience to an identity provider that no file declares."""
    by = str(trust.attributes.get("audience_by") or "")
    if by and not trust.audiences and platform(trust) == "aws":
        detail = f"no audience is compared: it is left to {by}, which the files do not show"
        raise Missing(role.ref, Facet.REPO_TRUST_AUDIENCES, Cause.MISSING_FIELD, detail)


@check(
    id="cc.oidc.trust_role",
    title="A role for CircleCI jobs is bound to a project",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Compare the subject with org/ORGANIZATION-ID/project/PROJECT-ID/user/*, and the audience with the organization's id.",
        "Hand the identity out through a context that only the people or branches may use who deploy.",
    ),
    source=CIRCLECI,
    **clauses(CHANGES, "O5"),
)
def circleci_role(role: Resource, view: View) -> Iterator[Hit]:
    """The issuer is the organization's: without a project in the subject every project of it, also one made today, gets the role.

    CircleCI has one issuer for each organization, so that strangers are left out.
    """
    found = _trusts(view, role, lambda issuer: "oidc.circleci.com" in issuer, "CircleCI")
    for trust in found:
        if any(name.endswith("project-id") for name in claims(trust)):
            continue
        loose = [each for each in trust.subjects if not _project_of(each)]
        if loose or not trust.subjects:
            what = f"every project that fits {told(loose)}" if loose else "every project of the organization"
            yield Hit(says=f"CircleCI jobs of {what} can act as {role.name}", because=(trust,), **place(trust))
    settle(view, role)
    for trust in found:
        _heard(role, trust)


def _project_of(pattern: str) -> str:
    """Return the project that a subject names (`org/ORG/project/PROJECT/user/USER`), "" where it leaves it open.

    https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/#format-of-the-openid-connect-id-token
    """
    text = plain(pattern)
    parts = text.split("/")
    if len(parts) > 3 and parts[2] == "project":
        return "" if set("*?") & set(parts[3]) else parts[3]
    return OPEN if OPEN in text and not set("*?") & set(text.partition(OPEN)[0]) else ""


@check(
    id="bb.oidc.trust_role",
    title="A role for Bitbucket steps is bound to a repository and its environment",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Compare the subject with {REPOSITORY-UUID}:{ENVIRONMENT-UUID}:*, and let only the release branch deploy to that environment.",
    ),
    source=BITBUCKET,
    **clauses(CHANGES, "O5"),
)
def bitbucket_role(role: Resource, view: View) -> Iterator[Hit]:
    """The issuer is the workspace's: without a repository in the subject steps of each of them get the role.

    Without an environment those on any branch do.
    """
    found = _trusts(view, role, lambda issuer: "api.bitbucket.org" in issuer, "Bitbucket")
    for trust in found:
        known = claims(trust)
        loose = [] if "repositoryUuid" in known else [each for each in trust.subjects if not _repository_of(each)]
        moving = [each for each in trust.subjects if _is_any_branch(each)]
        if loose or not (trust.subjects or "repositoryUuid" in known):
            what = f"every repository that fits {told(loose)}" if loose else "every repository of the workspace"
            yield Hit(says=f"Bitbucket steps of {what} can act as {role.name}", because=(trust,), **place(trust))
        elif moving and not known.keys() & {"deploymentEnvironmentUuid", "branchName"}:
            says = f"a Bitbucket step on any branch can act as {role.name}: it accepts {told(moving)}"
            yield Hit(says=says, because=(trust,), severity=Severity.MEDIUM, **place(trust))
    settle(view, role)
    for trust in found:
        _heard(role, trust)


def _repository_of(pattern: str) -> str:
    """Return the repository that a subject names (`{REPOSITORY}:{ENVIRONMENT}:{STEP}`), "" where it leaves it open.

    https://support.atlassian.com/bitbucket-cloud/docs/deploy-on-aws-using-bitbucket-pipelines-openid-connect/
    """
    text = plain(pattern)
    if text.startswith(OPEN):
        return OPEN
    name = text.partition(":")[0].partition("}")[0].removeprefix("{").rstrip("*")
    return "" if set("*?") & set(name) else name


def _is_any_branch(pattern: str) -> bool:
    """Tell whether a step without an environment fits: its subject has the repository and the step alone."""
    text = plain(pattern)
    return OPEN not in text and fnmatchcase(f"{text.partition('}')[0]}}}:{{a-step}}", text)
