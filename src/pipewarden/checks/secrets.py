"""Checks about secrets: who shares them, how old they are, what they open."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.names import cloud_of, is_personal_token, is_production
from pipewarden.checks.once import once
from pipewarden.checks.reading import Doubts, is_archived, is_public, listed, living, many, moment, named, need_inside
from pipewarden.checks.sections import ACTIONS, SECRETS
from pipewarden.checks.sharing import is_shared, name_of, secrets_of
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

DOC = "https://docs.github.com/en/actions/concepts/security/secrets"
API = "https://docs.github.com/en/rest/actions/secrets"
TO_ENVIRONMENT = "Move it to an environment with reviewers and a branch: Settings > Environments > Environment secrets."


@dataclass(slots=True)
class Used:
    """Where workflows ask for secrets: by name the repositories, and the environments of the jobs."""

    by_name: dict[str, set[str]] = field(default_factory=dict)
    environments: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    """Repositories a workflow of which takes all secrets, or computes the name: nothing there can be told unused."""


@once
def used(view: View) -> Used:
    """Return where workflows ask for which secrets."""
    known = Used()
    for use in view.uses():
        if use.what != "secret":
            continue
        repository = use.by.key.partition(":")[0]
        if use.name.startswith("("):
            known.whole.add(repository)
            continue
        known.by_name.setdefault(use.name.upper(), set()).add(repository)
        if use.attributes.get("environment"):
            where = known.environments.setdefault((repository, use.name.upper()), set())
            where.add(str(use.attributes["environment"]))
    return known


def _holder(view: View, secret: Resource) -> Resource:
    """Return what a secret is kept in; raises NotApplicable for one nobody can use any more."""
    holder = view.find(secret.parent)
    if not isinstance(holder, Resource):
        raise NotApplicable(f"it was not read what {secret.name} belongs to")
    repository = view.repository_of(secret)
    if repository is not None and is_archived(view, repository):
        raise NotApplicable(f"{repository.name} is archived")
    return holder


def _repository_keys(view: View, secret: Resource, holder: Resource) -> set[str]:
    """Return the ids of the repositories whose jobs are given a secret."""
    repository = view.repository_of(secret)
    if repository is not None:
        return {repository.ref.key}
    doubts = Doubts()
    found = {r.ref.key for r in _shared_with(view, secret, holder, doubts)}
    doubts.settle()
    return found


def _shared_with(view: View, secret: Resource, organization: Resource, doubts: Doubts) -> list[Resource]:
    """Return the repositories that an organization's secret is given to; of those that do not say, doubts are kept."""
    found = []
    for repository in view.repositories(organization.ref):
        with doubts:
            if is_shared(view, secret, repository):
                found.append(repository)
    return found


def _label(secret: Resource) -> str:
    """Name a secret in a sentence."""
    return f"the secret {secret.name.removeprefix('secret:')}"


@check(
    id="gh.sec.org_all",
    title="Secrets of the organization are given to named repositories",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SECRETS,),
    remedy=("Settings > Secrets and variables > Actions > the secret > Repository access > Selected repositories.",),
    source=f"{API} (visibility)",
    **clauses(SECRETS, "C2.1.7 O6"),
)
def shared_with_all(organization: Resource, view: View) -> Iterator[Hit]:
    """Whoever can write to the least important repository reads it there, and so does who may make a new one."""
    doubts = Doubts()
    for secret in secrets_of(view, organization):
        visibility = view.given(secret, "visibility", facet=Facet.ORG_SECRETS)
        if visibility != "selected":
            count = len(_shared_with(view, secret, organization, doubts))
            which = "private repository" if visibility == "private" else "repository"
            yield Hit(
                says=f"{_label(secret)} is given to the jobs of every {which} of {organization.name} ({count:,} now)",
                about=secret,
                on=organization,
                because=(secret,),
                weight=count,
            )
    doubts.settle()


@check(
    id="gh.sec.public_repo_selected",
    title="No public repository is given a secret of the organization",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SECRETS, Facet.REPO_SETTINGS),
    remedy=("Take the public repository off the secret's list; give it a secret of its own with a smaller right.",),
    source=f"{API} (repositories of a secret)",
    **clauses(SECRETS, "O6"),
)
def public_selected(organization: Resource, view: View) -> Iterator[Hit]:
    """In a public repository everybody reads the workflows, proposes changes, and looks for the one that leaks."""
    doubts = Doubts()
    perhaps = [r for r in view.repositories(organization.ref) if r.attributes.get("visibility") in {"public", None}]
    for secret in secrets_of(view, organization):
        if view.given(secret, "visibility", facet=Facet.ORG_SECRETS) != "selected":
            continue
        given = []
        for repository in perhaps:
            if is_shared(view, secret, repository):
                with doubts:
                    if is_public(view, repository):
                        given.append(repository)
        if given:
            yield Hit(
                says=f"{_label(secret)} is given to {many(len(given), 'public repository')} "
                f"({listed(each.name for each in given)})",
                about=secret,
                on=organization,
                because=(secret, *given[:9]),
                weight=len(given),
            )
    doubts.settle()


@check(
    id="gh.sec.dependabot",
    title="Secrets for Dependabot are given to named repositories",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_DEPENDABOT_SECRETS,),
    remedy=("Settings > Secrets and variables > Dependabot > the secret > Selected repositories.",),
    source="https://docs.github.com/en/rest/dependabot/secrets",
    **clauses(SECRETS, "O6"),
)
def dependabot_broad(organization: Resource, view: View) -> Iterator[Hit]:
    """Dependabot runs the package manager on what a new version brings: a bad package reads what it is given."""
    for secret in secrets_of(view, organization, "dependabot"):
        visibility = view.given(secret, "visibility", facet=Facet.ORG_DEPENDABOT_SECRETS)
        if visibility != "selected":
            which = "private repository" if visibility == "private" else "repository"
            yield Hit(
                says=f"{_label(secret)} is given to Dependabot in every {which} of {organization.name}",
                about=secret,
                on=organization,
                because=(secret,),
            )


@check(
    id="gh.cs.codespaces",
    title="Secrets for Codespaces are given to named repositories",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_CODESPACES_SECRETS,),
    remedy=("Settings > Codespaces > Secrets > the secret > Repository access > Selected repositories.",),
    source="https://docs.github.com/en/rest/codespaces/organization-secrets",
    **clauses(ACTIONS, "O6"),
)
def codespaces_broad(organization: Resource, view: View) -> Iterator[Hit]:
    """Whoever opens a codespace reads its secrets in a shell, and every tool and extension that runs there does too."""
    for secret in secrets_of(view, organization, "codespaces"):
        visibility = view.given(secret, "visibility", facet=Facet.ORG_CODESPACES_SECRETS)
        if visibility != "selected":
            which = "private repository" if visibility == "private" else "repository"
            yield Hit(
                says=f"{_label(secret)} is given to codespaces of every {which} of {organization.name}",
                about=secret,
                on=organization,
                because=(secret,),
            )


@check(
    id="gh.sec.stale",
    title="Secrets are renewed every year",
    severity=Severity.MEDIUM,
    subject=Kind.SECRET,
    limits=("secret_days",),
    remedy=(
        "Make a new credential where it comes from, write it here, then revoke the old one.",
        "Where the other side takes tokens of jobs (OIDC), use these and delete the secret.",
    ),
    source=f"{API} (updated_at)",
    **clauses(SECRETS, "O6 IA-5(1)"),
)
def stale(secret: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Everybody who has read it in all that time still has it, those who left too."""
    _holder(view, secret)
    written = moment(view.given(secret, "updated_at"))
    if view.older(written, limits.secret_days):
        age = (view.as_of - written).days
        yield Hit(says=f"{_label(secret)} was last written on {day(written)}, {many(age, 'day')} ago", weight=age)


@check(
    id="gh.sec.unused",
    title="Every secret is used",
    severity=Severity.LOW,
    subject=Kind.SECRET,
    remedy=("Revoke the credential where it comes from, then delete the secret.",),
    source=f"{DOC} (compared with the workflow files on the default branch)",
    **clauses(SECRETS, "O6"),
)
def unused(secret: Resource, view: View) -> Iterator[Hit]:
    """A secret that nothing asks for gives nothing to us, and all it opens to whoever reads it.

    Looked at are workflow files of the default branch; one that takes all secrets leaves it open.
    """
    holder = _holder(view, secret)
    if secret.attributes.get("store", "actions") != "actions":
        raise NotApplicable(f"{secret.name} is not for workflows")
    where = used(view)
    keys = _repository_keys(view, secret, holder)
    if where.by_name.get(name_of(secret).upper(), set()) & keys:
        return
    if holder.ref.kind is Kind.ORGANIZATION:
        need_inside(view, holder.ref, Facet.REPO_SETTINGS, Facet.SOURCE, Facet.REPO_WORKFLOWS)
    else:
        view.need(secret.ref, Facet.REPO_WORKFLOWS)
    if where.whole & keys:
        raise Missing(
            secret.ref, Facet.REPO_WORKFLOWS, Cause.UNREADABLE, "a workflow takes all secrets or computes their names"
        )
    yield Hit(says=f"no workflow asks for {_label(secret)}")


@check(
    id="gh.sec.not_env_scoped",
    title="Secrets of production are kept in an environment",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    remedy=(TO_ENVIRONMENT, "Name that environment in the job, then delete the secret here."),
    source=f"{DOC} (environment secrets wait for the environment's rules)",
    **clauses(SECRETS, "C2.1.7 O6"),
)
def not_in_environment(secret: Resource, view: View) -> Iterator[Hit]:
    """Any job of the repository gets it, on any branch, without the review that production asks for.

    Told by the name, and by jobs that deploy to production and take it from here.
    """
    holder = _holder(view, secret)
    if holder.ref.kind is Kind.ENVIRONMENT or secret.attributes.get("store", "actions") != "actions":
        raise NotApplicable(f"{secret.name} is kept in an environment or not for workflows")
    name = name_of(secret)
    deployed: set[str] = set()
    doubts = Doubts()
    with doubts:
        deployed = _deployed_with(view, secret, holder)
    if is_production(name) or deployed:
        why = (
            f"jobs that deploy to {listed(sorted(deployed))} take it"
            if deployed
            else "its name says that it is for production"
        )
        yield Hit(
            says=f"{_label(secret)} is given to every job of "
            f"{'its repositories' if holder.ref.kind is Kind.ORGANIZATION else holder.name}: {why}",
            on=holder,
            because=(secret,),
        )
    doubts.settle()
    if not deployed:
        need_inside(view, holder.ref, Facet.REPO_WORKFLOWS)


def _deployed_with(view: View, secret: Resource, holder: Resource) -> set[str]:
    """Return the environments for production whose jobs take a secret from outside the environment."""
    name = name_of(secret).upper()
    where = used(view)
    keys = where.by_name.get(name)
    found: set[str] = set()
    for key in keys & _repository_keys(view, secret, holder) if keys else ():
        for environment in where.environments.get((key, name), ()):
            inside = Ref(secret.ref.instance, Kind.ENVIRONMENT, f"{key}:{environment}")
            own = {name_of(each).upper() for each in view.inside(inside, Kind.SECRET)}
            if is_production(environment) and name not in own:
                for scope in (inside, Ref(secret.ref.instance, Kind.REPOSITORY, key)):
                    view.need(scope, Facet.REPO_ENVIRONMENTS, Facet.REPO_ENVIRONMENT_SECRETS)
                found.add(environment)
    return found


@check(
    id="gh.sec.static_cloud",
    title="Clouds are entered with tokens of jobs, not with keys",
    severity=Severity.MEDIUM,
    subject=Kind.SECRET,
    remedy=(
        "Let the cloud trust the tokens of that repository's environment (OIDC).",
        "Delete the key in the cloud, then the secret.",
    ),
    source="https://docs.github.com/en/actions/concepts/security/openid-connect",
    **clauses(SECRETS, "O6 IA-5"),
)
def cloud_key(secret: Resource, view: View) -> Iterator[Hit]:
    """A key works from anywhere until somebody revokes it; a job's token lives minutes and names job and branch."""
    holder = _holder(view, secret)
    cloud = cloud_of(name_of(secret))
    if cloud:
        yield Hit(says=f"{_label(secret)} is named like a long-lived key for {cloud}", on=holder, because=(secret,))


@check(
    id="gh.sec.pat_named",
    title="No personal token is kept as a secret",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    remedy=(
        "Use the job's own GITHUB_TOKEN where its repository is enough.",
        "Elsewhere use an app on the few repositories it needs, with its key in an environment.",
    ),
    source="https://docs.github.com/en/actions/how-tos/security-for-github-actions/security-guides/use-github_token-in-workflows",
    **clauses(SECRETS, "O6"),
)
def personal_token(secret: Resource, view: View) -> Iterator[Hit]:
    """A person's token does everything the person may; an app's key makes tokens for all it is installed on."""
    holder = _holder(view, secret)
    if is_personal_token(name_of(secret)):
        yield Hit(says=f"{_label(secret)} is named like a personal token or an app's key", on=holder, because=(secret,))


@check(
    id="gh.sec.readers",
    title="Who can read secrets is known",
    severity=Severity.INFO,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_SECRETS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=(TO_ENVIRONMENT, "Take write access from whoever does not need it."),
    source="https://docs.github.com/en/actions/reference/security/secure-use (write access reads all secrets)",
    **clauses(SECRETS, "O6 AC-6"),
)
def readers(repository: Resource, view: View) -> Iterator[Hit]:
    """A secret is hidden in the settings, yet whoever may push a new branch has a workflow of theirs print it.

    Counted are people who need nobody else for it.
    """
    living(view, repository)
    held = list(secrets_of(view, repository))
    if not held:
        raise NotApplicable(f"{repository.name} holds no secret of its own")
    alone = view.engine.who_can(Capability.READ_SECRET, held[0].ref).alone & view.account_set
    if alone:
        yield Hit(
            says=f"{many(len(alone), 'person', 'people')} can read {many(len(held), 'secret')} of {repository.name} "
            f"without anybody else: {named(view, alone)}",
            because=(repository, *held[:9]),
            weight=len(alone) * len(held),
        )
