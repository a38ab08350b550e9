"""Checks about secrets that stand in plain text in pipeline files and in what pipelines pull in."""

from collections.abc import Iterator
from typing import Any

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.once import once
from pipewarden.checks.plain_words import remedy_for, says, severity_of
from pipewarden.checks.reading import many
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Evidence, Severity
from pipewarden.model.ids import Kind
from pipewarden.pipelines.files import PipelineKind, kind_of

WORKFLOWS = Section(nist=("CM-3", "SI-10", "SA-15"), soc2=("CC8.1",))
GITLAB = Section(nist=("CM-3", "CM-5", "AC-5"), soc2=("CC8.1",))
JENKINS = Section(nist=("AC-2", "AC-3", "AC-6", "IA-5", "CM-7"), soc2=("CC6.1", "CC6.3"))
FILES = Section(nist=("IA-5", "SC-12"), soc2=("CC6.1", "CC8.1"))

MOST_FURTHER = 20
"""Places of one secret that a finding tells."""

_GITHUB = frozenset({PipelineKind.GITHUB_WORKFLOW, PipelineKind.GITHUB_ACTION, PipelineKind.DEPENDABOT})


@once
def _standing(view: View) -> dict[str, list[Resource]]:
    """Return the facts about each secret by its fingerprint: one for each repository in which it stands."""
    found: dict[str, list[Resource]] = {}
    for secret in view.entities(Kind.PLAIN_SECRET):
        mark = secret.attributes.get("fingerprint")
        if isinstance(mark, str):
            found.setdefault(mark, []).append(secret)
    return found


def _places(secret: Resource) -> list[dict[str, Any]]:
    """Return the places of a secret, pipeline files first."""
    given = secret.attributes.get("places")
    places = [each for each in given if isinstance(each, dict) and each.get("path")] if isinstance(given, list) else []
    # a pipeline file is the place to name: what it pulls in comes after
    return sorted(
        places, key=lambda each: (kind_of(str(each["path"])) is None, str(each["path"]), each.get("line") or 0)
    )


def _hits(secret: Resource, view: View, *kinds: PipelineKind | None) -> Iterator[Hit]:
    """Yield the secret where its first place is a file of some kinds; wherever else it stands is the same finding."""
    mark = view.given(secret, "fingerprint")
    siblings = _standing(view).get(str(mark)) or [secret]
    first = siblings[0]
    places = _places(first)
    if not places:
        view.given(first, "places")
        raise NotApplicable("no place of it was kept")
    place = places[0]
    path = str(place["path"])
    if kind_of(path) not in kinds:
        raise NotApplicable("it stands in files of another system")
    count = sum(int(each.attributes.get("count") or 0) for each in siblings)
    others = {str(each["path"]) for sibling in siblings for each in _places(sibling)}
    holder = view.repository_of(first)
    yield Hit(
        says=says(first, place, more=_more(count - 1, len(others), len(siblings))),
        about=first,
        on=holder,
        because=tuple(siblings),
        also=tuple(_further(first, each) for each in places[1:MOST_FURTHER]),
        severity=severity_of(first),
        file=path,
        line=int(place.get("line") or 0),
        column=int(place.get("column") or 0),
        remedy=remedy_for(first, place),
    )


def _further(secret: Resource, place: dict[str, Any]) -> Evidence:
    """Return a further place in which a secret stands, in the repository of its first."""
    path, line = str(place["path"]), int(place.get("line") or 0)
    return Evidence(
        text=f"{path} line {line}: the same secret",
        endpoint=secret.origin.endpoint,
        fetched_at=secret.origin.fetched_at,
        file=path,
        line=line,
        column=int(place.get("column") or 0),
    )


def _more(more: int, files: int, repositories: int) -> str:
    """Say in how many other places it stands."""
    if more < 1:
        return ""
    where = ""
    if repositories > 1:
        where = f" in {many(repositories, 'repository')}"
    elif more > 1 and files > 1:
        where = f" in {many(files, 'file')}"
    return f", and in {many(more, 'more place', 'more places')}{where}"


REVOKE = "Revoke it where it was issued: whoever can read the file has it, and so has the history."


@check(
    id="wf.secret.plaintext",
    title="No secret stands in plain text in a workflow",
    severity=Severity.CRITICAL,
    subject=Kind.PLAIN_SECRET,
    remedy=(
        REVOKE,
        "Keep the new one under Settings > Secrets and variables > Actions, and name it as `${{ secrets.NAME }}`.",
    ),
    source="https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information",
    **clauses(WORKFLOWS, "C1.5.1 C2.3.8 O6 IA-5(7)"),
)
def in_workflow(secret: Resource, view: View) -> Iterator[Hit]:
    """Everybody who can read the repository, its forks and its history can use it, and no rotation reaches the copies.

    The value itself is not kept: the same value is known again by a keyed fingerprint.
    """
    yield from _hits(secret, view, *_GITHUB)


@check(
    id="gl.var.plaintext",
    title="No secret stands in plain text in a GitLab pipeline",
    severity=Severity.CRITICAL,
    subject=Kind.PLAIN_SECRET,
    remedy=(REVOKE, "Keep the new one under Settings > CI/CD > Variables, masked and protected."),
    source="https://docs.gitlab.com/ci/variables/#cicd-variable-security",
    **clauses(GITLAB, "C2.3.8 O6"),
)
def in_gitlab(secret: Resource, view: View) -> Iterator[Hit]:
    """Variables written into the pipeline file are neither masked nor protected, and every reader of the project sees them."""
    yield from _hits(secret, view, PipelineKind.GITLAB_CI)


@check(
    id="jk.file.secret",
    title="No secret stands in plain text in a Jenkinsfile",
    severity=Severity.CRITICAL,
    subject=Kind.PLAIN_SECRET,
    remedy=(REVOKE, "Keep the new one under Manage Jenkins > Credentials, and bind it with `withCredentials`."),
    source="https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#handling-credentials",
    **clauses(JENKINS, "C2.3.8 O6"),
)
def in_jenkinsfile(secret: Resource, view: View) -> Iterator[Hit]:
    """Jenkins masks what comes from its credentials; what the file itself says is printed with every command."""
    yield from _hits(secret, view, PipelineKind.JENKINS)


@check(
    id="file.secret.plaintext",
    title="No secret stands in plain text in other pipelines or in what pipelines pull in",
    severity=Severity.CRITICAL,
    subject=Kind.PLAIN_SECRET,
    remedy=(
        REVOKE,
        "Keep the new one in the secrets of the pipeline's system, and hand it over when the file is used.",
    ),
    source="https://owasp.org/www-project-top-10-ci-cd-security-risks/CICD-SEC-06-Insufficient-Credential-Hygiene",
    **clauses(FILES, "C1.5.1 C2.3.8 O6"),
)
def in_other_file(secret: Resource, view: View) -> Iterator[Hit]:
    """Env files, compose files, manifests, images and Terraform variables are read by everybody who can read the code.

    Pipelines of Azure, CircleCI and Bitbucket are told here too. In folders of tests and examples only what a checksum
    proves to have been issued counts.
    """
    known = {*_GITHUB, PipelineKind.GITLAB_CI, PipelineKind.JENKINS}
    yield from _hits(secret, view, None, *(kind for kind in PipelineKind if kind not in known))
