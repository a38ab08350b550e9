"""Checks about clouds that trust the tokens of GitHub jobs: which jobs a trust lets in, and who chooses that."""

import re
from collections.abc import Iterator

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.once import once
from pipewarden.checks.reading import Doubts, listed, living, many, moment
from pipewarden.checks.sections import SECRETS
from pipewarden.checks.trust_reading import (
    PULL_REQUEST,
    accepts,
    any_branch,
    github_trusts,
    is_bounded,
    is_loose,
    place,
    repository_of,
    settle,
    told,
    weaker,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource, Trust
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System

DOC = "https://docs.github.com/en/actions/reference/security/oidc"
IMMUTABLE_SINCE = "2026-07-16"
"""Repositories made after the day before have ids in the subjects of their tokens.

https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
"""
NARROW = "In its trust policy compare the subject with repo:OWNER/NAME:environment:NAME, without stars."

_DEFAULT_AUDIENCE = re.compile(r"https://github\.com/[^/*]+")


@once
def _repositories(view: View) -> dict[str, Resource]:
    """Return all repositories by their names in lower case."""
    every = (each for each in view.repositories() if view.system_of(each.ref) is System.GITHUB)
    return {repository.name.lower(): repository for repository in every}


@check(
    id="gh.oidc.trust_wildcard",
    title="A cloud role trusts named repositories only",
    severity=Severity.CRITICAL,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(NARROW, "Where several repositories need the role, list them, or give each a role of its own."),
    source=f"{DOC} (subject claims; configuring the trust of the cloud)",
    **clauses(SECRETS, "O2 O5 AC-6"),
)
def trust_wildcard(role: Resource, view: View) -> Iterator[Hit]:
    """Everybody who can push to any repository that fits becomes this role, for a star before the name even strangers.

    Another claim that names the repository closes it.
    """
    for trust in github_trusts(view, role, without=("entra", "vault")):
        if is_bounded(trust):
            continue
        loose = [pattern for pattern in trust.subjects if is_loose(pattern)]
        if loose or not trust.subjects:
            what = f"every repository that fits {told(loose)}" if loose else "every repository of everybody"
            yield Hit(
                says=f"jobs of {what} can act as {role.name}",
                because=(trust,),
                weight=len(loose),
                severity=weaker(trust),
                **place(trust),
            )
    settle(view, role)


@check(
    id="gh.oidc.trust_pr",
    title="No pull request acts as a cloud role",
    severity=Severity.CRITICAL,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(NARROW, "For plans on pull requests use a role of their own that only reads."),
    source=f"{DOC} (subject of a pull_request event)",
    **clauses(SECRETS, "O4"),
)
def trust_pull_request(role: Resource, view: View) -> Iterator[Hit]:
    """A pull request's job runs code that nobody has reviewed yet, from whoever may push a branch."""
    for trust in github_trusts(view, role, without=("entra", "vault")):
        fitting = [pattern for pattern in trust.subjects if accepts(pattern, PULL_REQUEST)]
        if fitting or not trust.subjects:
            yield Hit(
                says=f"jobs of pull requests can act as {role.name}"
                + (f": it accepts {told(fitting)}" if fitting else ""),
                because=(trust,),
                severity=weaker(trust, own=not any(map(is_loose, fitting or ("*",)))),
                **place(trust),
            )
    settle(view, role)


@check(
    id="gh.oidc.trust_no_env",
    title="A cloud role is bound to an environment or branch",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(NARROW, "Give that environment reviewers and a branch."),
    source=f"{DOC} (subject claims)",
    **clauses(SECRETS, "O5"),
)
def trust_no_environment(role: Resource, view: View) -> Iterator[Hit]:
    """Any branch will do, also one made a minute ago with a workflow for the purpose: write access is the role."""
    for trust in github_trusts(view, role, without=("vault",)):
        if any("environment" in condition or ":ref" in condition for condition in trust.conditions):
            continue
        loose = [pattern for pattern in trust.subjects if any_branch(pattern)]
        if loose or not trust.subjects:
            yield Hit(
                says=f"a job on any branch can act as {role.name}" + (f": it accepts {told(loose)}" if loose else ""),
                because=(trust,),
                weight=len(loose),
                severity=weaker(trust, own=not any(map(is_loose, loose or ("*",)))),
                **place(trust),
            )
    settle(view, role)


@check(
    id="gh.oidc.trust_aud",
    title="A cloud role asks for its own audience",
    severity=Severity.MEDIUM,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=("In its trust policy compare the audience (aud) too, sts.amazonaws.com for AWS.",),
    source=f"{DOC} (aud)",
    **clauses(SECRETS, "O5"),
)
def trust_audience(role: Resource, view: View) -> Iterator[Hit]:
    """A token that a job asked for to show another service can then be taken to this cloud by that service.

    The default audience, the owner's page on GitHub, is that of every token whose job named none.
    """
    doubts = Doubts()
    for trust in github_trusts(view, role, without=("vault",)):
        by = str(trust.attributes.get("audience_by") or "")
        default = [each for each in trust.audiences if _DEFAULT_AUDIENCE.fullmatch(each)]
        if not trust.audiences and by:
            detail = f"no audience is compared: it is left to {by}, which the files do not show"
            doubts.add(Missing(role.ref, Facet.REPO_TRUST_AUDIENCES, Cause.MISSING_FIELD, detail))
        elif not trust.audiences or "*" in trust.audiences:
            says = f"{role.name} takes tokens of jobs that were made for any audience"
            yield Hit(says=says, because=(trust,), **place(trust))
        elif default:
            says = f"{role.name} takes tokens of jobs with the audience {default[0]}, which every job has by default"
            yield Hit(says=says, because=(trust,), severity=Severity.LOW, **place(trust))
    doubts.settle()


@check(
    id="gh.oidc.trust_renamed",
    title="A cloud role names repositories that are there",
    severity=Severity.HIGH,
    subject=Kind.CLOUD_ROLE,
    needs=(Facet.REPO_TRUSTS,),
    remedy=(
        "Write the subject with ids: repo:OWNER@ID/NAME@ID:environment:NAME.",
        "Take names of repositories that are gone out of the trust.",
    ),
    source=f"{DOC}#immutable-subject-claims",
    **clauses(SECRETS, "O5"),
)
def trust_renamed(role: Resource, view: View) -> Iterator[Hit]:
    """A name that is free again can be taken by somebody else, whose jobs then are let in.

    Repositories made since the middle of July 2026 present names with ids, which bare names do not fit.
    """
    yield from renamed(role, view, github_trusts(view, role, without=("entra",)))


def renamed(role: Resource, view: View, trusts: list[Trust]) -> Iterator[Hit]:
    """Yield the names that are gone, or that no token says any more; raises Missing where that cannot be known."""
    unread = ""
    known = {org.name.lower(): org for org in view.organizations if view.system_of(org.ref) is System.GITHUB}
    for trust in trusts:
        bare: list[str] = []
        for name in dict.fromkeys(repository_of(pattern) for pattern in trust.subjects):
            login, _, short = name.partition("/")
            if not name or "@" in name:
                continue
            organization = known.get(login.lower())
            if organization is None:
                unread = unread or login
                bare.append(name)
                continue
            found = _repositories(view).get(name.lower())
            if found is None:
                view.need(organization.ref, Facet.REPO_SETTINGS)
                yield Hit(
                    says=f"{role.name} trusts jobs of {name}, which {organization.name} does not have: whoever makes a "
                    f"repository {short} gets the role",
                    because=(trust,),
                    **place(trust),
                )
            elif (made := found.attributes.get("created_at")) and moment(made) >= moment(IMMUTABLE_SINCE):
                yield Hit(
                    says=f"{role.name} trusts jobs of {name} by its bare name; their tokens say "
                    f"{login}@{organization.ref.key}/{short}@{found.ref.key}",
                    on=found,
                    because=(trust, found),
                    severity=Severity.LOW,
                    **place(trust),
                )
        if bare and trust.attributes.get("path"):
            says = f"{role.name} trusts jobs of {told(bare)} by bare name, which somebody else can have one day"
            yield Hit(says=says, because=(trust,), severity=Severity.LOW, **place(trust))
    if unread:
        raise Missing(role.ref, Facet.SOURCE, Cause.NOT_COLLECTED, f"the organization {unread} was not read")


CLAIMS = frozenset(
    {
        "actor", "actor_id", "aud", "base_ref", "check_run_id", "context", "enterprise", "enterprise_id", "environment",
        "event_name", "head_ref", "iss", "job_workflow_ref", "job_workflow_sha", "jti", "ref", "ref_protected", "ref_type",
        "repo", "repository", "repository_id", "repository_owner", "repository_owner_id", "repository_visibility",
        "run_attempt", "run_id", "run_number", "runner_environment", "sha", "sub", "workflow", "workflow_ref", "workflow_sha",
    }
)  # fmt: skip
"""https://docs.github.com/en/actions/reference/security/oidc"""
OF_PROPERTIES = "repo_property_"


@check(
    id="gh.oidc.sub_custom",
    title="Subjects of tokens tell branch or environment",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_OIDC,),
    remedy=(
        (
            "Put context, or ref and environment, back into the template "
            "(PUT /orgs/{org}/actions/oidc/customization/sub, include_claim_keys)."
        ),
    ),
    source="https://docs.github.com/en/rest/actions/oidc",
    **clauses(SECRETS, "O5"),
)
def subject_template(organization: Resource, view: View) -> Iterator[Hit]:
    """Without the branch or environment in the subject no cloud can tell a reviewed job from any other by it."""
    template = view.given(organization, "oidc_sub", facet=Facet.ORG_OIDC)
    keys = [str(key) for key in template.get("include_claim_keys") or ()]
    if keys and not {"context", "ref", "environment"} & set(keys):
        if unknown := next((key for key in keys if key not in CLAIMS and not key.startswith(OF_PROPERTIES)), ""):
            detail = f"what the claim {unknown[:40]} tells is not known"
            raise Missing(organization.ref, Facet.ORG_OIDC, Cause.UNEXPECTED, detail)
        own = [
            repository
            for repository in view.repositories(organization.ref)
            if (repository.attributes.get("oidc_sub") or {}).get("use_default") is False
            and not (repository.attributes.get("oidc_sub") or {}).get("include_claim_keys")
        ]
        yield Hit(
            says=f"subjects of tokens in {organization.name} tell {listed(keys)}, neither branch nor environment "
            f"({many(len(own), 'repository')} seen to use the template)",
            because=(organization, *own[:9]),
            weight=len(own),
        )


@check(
    id="gh.oidc.reusable_unpinned",
    title="Jobs that get cloud tokens call pinned workflows",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_WORKFLOWS),
    remedy=("Name the called workflow by its full commit: uses: OWNER/REPO/.github/workflows/FILE@COMMIT.",),
    source="https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-with-reusable-workflows",
    **clauses(SECRETS, "O3 O5"),
)
def reusable_unpinned(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever can move the branch or tag of the called workflow gets the caller's token for the cloud."""
    repository = view.repository_of(workflow)
    if repository is None:
        return
    living(view, repository)
    jobs = view.given(workflow, "jobs", facet=Facet.REPO_WORKFLOWS)
    loose = [job for job in jobs if job.get("uses") and job.get("oidc") and job.get("pin") not in {"sha", "local"}]
    if loose:
        first = loose[0]
        more = f" and {many(len(loose) - 1, 'more job')}" if len(loose) > 1 else ""
        yield Hit(
            says=f"job {first.get('id')}{more} of {workflow.name} gives tokens for clouds to {first['uses']}, "
            f"which its owner can change",
            on=repository,
            because=(workflow,),
            file=str(workflow.attributes.get("path") or ""),
            line=int(first.get("line") or 0),
            column=int(first.get("column") or 0),
        )
