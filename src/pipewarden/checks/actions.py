"""Checks about what the organization and its repositories let GitHub Actions do."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import Doubts, listed, living, many
from pipewarden.checks.sections import ACTIONS
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

SETTINGS = "Settings > Actions > General"
API = "https://docs.github.com/en/rest/actions/permissions"
DOC = "https://docs.github.com/en/organizations/managing-organization-settings/disabling-or-limiting-github-actions-for-your-organization"


def _permissions(organization: Resource, view: View, field: str) -> object:
    """Return a field of the organization's Actions settings; raises NotApplicable where Actions is off everywhere."""
    enabled = view.given(organization, "actions_permissions", "enabled_repositories", facet=Facet.ORG_ACTIONS)
    if enabled == "none":
        raise NotApplicable(f"GitHub Actions is off in {organization.name}")
    return view.given(organization, "actions_permissions", field, facet=Facet.ORG_ACTIONS)


@check(
    id="gh.act.enabled_all",
    title="Actions runs where it is needed",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS,),
    remedy=(f"{SETTINGS} > Policies > Enable for specific repositories.",),
    source=f"{API} (enabled_repositories)",
    **clauses(ACTIONS, "C2.1.5"),
)
def enabled_everywhere(organization: Resource, view: View) -> Iterator[Hit]:
    """In a repository that needs no pipeline a pushed workflow file still runs, with what the organization shares."""
    if _permissions(organization, view, "enabled_repositories") == "all":
        count = sum(1 for _ in view.repositories(organization.ref))
        yield Hit(
            says=f"workflows run in every repository of {organization.name} ({count:,} now) as soon as somebody pushes one",
            weight=count,
        )


@check(
    id="gh.act.allowed_all",
    title="Workflows use actions that were chosen",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS,),
    remedy=(f"{SETTINGS} > Policies > Allow enterprise, and select non-enterprise, actions and reusable workflows.",),
    source=f"{API} (allowed_actions)",
    **clauses(ACTIONS, "C2.4.2 O3 O8"),
)
def any_action(organization: Resource, view: View) -> Iterator[Hit]:
    """An action is somebody's program that runs with the job's token and secrets; here anybody's will do."""
    if _permissions(organization, view, "allowed_actions") == "all":
        yield Hit(says=f"workflows of {organization.name} may run actions of anybody")


@check(
    id="gh.act.sha_pin_not_required",
    title="Actions must be named by commit",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS,),
    remedy=(
        "Pin the actions in use to full commits first: unpinned ones stop at once.",
        f"{SETTINGS} > Policies > Require actions to be pinned to a full-length commit SHA.",
    ),
    source=f"{API} (sha_pinning_required)",
    **clauses(ACTIONS, "C2.4.2 O3"),
)
def pins_not_required(organization: Resource, view: View) -> Iterator[Hit]:
    """Tags of an action move with whoever owns it, or has taken it over; a commit does not."""
    if _permissions(organization, view, "sha_pinning_required") is False:
        yield Hit(says=f"workflows of {organization.name} may name actions by tags and branches")


def _broad(pattern: str, login: str) -> bool:
    """Tell whether a pattern of the allow list lets in everybody, or all of a foreign owner."""
    owner, _, rest = pattern.removeprefix("!").partition("/")
    name = rest.partition("@")[0]
    if pattern.startswith("!") or owner.lower() == login.lower():
        return False
    return "*" in owner or not name or name.partition("/")[0] == "*"


@check(
    id="gh.act.patterns_broad",
    title="The list of allowed actions names actions",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS,),
    remedy=("Name each action, with its commit: OWNER/NAME@COMMIT.",),
    source=f"{API} (patterns_allowed)",
    **clauses(ACTIONS, "O8"),
)
def broad_patterns(organization: Resource, view: View) -> Iterator[Hit]:
    """A star for the name lets in every repository of that owner, also the next one they make or lose."""
    if _permissions(organization, view, "allowed_actions") != "selected":
        raise NotApplicable(f"{organization.name} has no list of allowed actions")
    patterns = view.given(organization, "actions_selected", "patterns_allowed", facet=Facet.ORG_ACTIONS)
    broad = [str(pattern) for pattern in patterns if _broad(str(pattern), organization.name)]
    if broad:
        yield Hit(
            says=f"the allowed actions of {organization.name} cover whole owners: {listed(broad)}", weight=len(broad)
        )


@check(
    id="gh.act.token_write",
    title="The job's token only reads unless a workflow asks for more",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS_WORKFLOW,),
    remedy=(
        "State permissions in the workflows that write.",
        f"{SETTINGS} > Workflow permissions > Read repository contents and packages permissions.",
    ),
    source=f"{API} (default_workflow_permissions)",
    **clauses(ACTIONS, "O5 AC-6"),
)
def token_writes(organization: Resource, view: View) -> Iterator[Hit]:
    """Every step of every job that states nothing may then push code, publish packages and change releases."""
    level = view.given(
        organization, "actions_workflow", "default_workflow_permissions", facet=Facet.ORG_ACTIONS_WORKFLOW
    )
    if level == "write":
        yield Hit(says=f"tokens of jobs in {organization.name} can write unless the workflow says otherwise")


@check(
    id="gh.act.token_write_repo",
    title="No repository gives its jobs more than the organization does",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_ACTIONS_WORKFLOW),
    remedy=(
        "State permissions in the workflows that write.",
        f"{SETTINGS} of the repository > Workflow permissions > Read repository contents and packages permissions.",
    ),
    source=f"{API} (default_workflow_permissions of a repository)",
    **clauses(ACTIONS, "O5"),
)
def token_writes_here(repository: Resource, view: View) -> Iterator[Hit]:
    """One repository that sets it back to write undoes what the organization decided."""
    living(view, repository)
    level = view.given(
        repository, "actions_workflow", "default_workflow_permissions", facet=Facet.REPO_ACTIONS_WORKFLOW
    )
    if level != "write":
        return
    organization = view.organization_of(repository)
    if organization is not None:
        view.need(organization.ref, Facet.ORG_ACTIONS_WORKFLOW)
    above = (organization.attributes.get("actions_workflow") or {}) if organization else {}
    if above.get("default_workflow_permissions") == "write":
        raise NotApplicable(f"{repository.name} does as its organization does: gh.act.token_write tells it")
    yield Hit(says=f"tokens of jobs in {repository.name} can write unless the workflow says otherwise")


@check(
    id="gh.act.approve_prs",
    title="Jobs do not approve pull requests",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS_WORKFLOW,),
    remedy=(f"{SETTINGS} > untick Allow GitHub Actions to create and approve pull requests.",),
    source=f"{API} (can_approve_pull_request_reviews)",
    **clauses(ACTIONS, "C1.1.3 O1"),
)
def approves(organization: Resource, view: View) -> Iterator[Hit]:
    """Whoever may write has a job approve their change: the review that the branch asks for is given by themselves.

    Repositories that allow it where the organization's default does not are told too.
    """
    field = "can_approve_pull_request_reviews"
    if view.given(organization, "actions_workflow", field, facet=Facet.ORG_ACTIONS_WORKFLOW):
        yield Hit(says=f"jobs in {organization.name} can approve pull requests")
        return
    doubts = Doubts()
    own: list[Resource] = []
    for repository in view.repositories(organization.ref):
        with doubts:
            view.need(repository.ref, Facet.REPO_ACTIONS_WORKFLOW)
            if (repository.attributes.get("actions_workflow") or {}).get(field):
                own.append(repository)
    if own:
        yield Hit(
            says=f"jobs can approve pull requests in {many(len(own), 'repository')} of {organization.name} "
            f"({listed(each.name for each in own)})",
            because=(organization, *own[:9]),
            weight=len(own),
        )
    doubts.settle()


@check(
    id="gh.act.fork_pr_approval",
    title="A stranger's pull request waits before it runs",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS_FORKS,),
    remedy=(f"{SETTINGS} > Approval for running fork pull request workflows > all external contributors.",),
    source=f"{API} (fork-pr-contributor-approval, approval_policy)",
    **clauses(ACTIONS, "O4"),
)
def fork_approval(organization: Resource, view: View) -> Iterator[Hit]:
    """One accepted correction of a word, and from then on the same account's code runs in pipelines unasked."""
    policy = view.given(organization, "actions_fork_approval", "approval_policy", facet=Facet.ORG_ACTIONS_FORKS)
    if policy != "all_external_contributors":
        who = {
            "first_time_contributors_new_to_github": "unless their author is new to GitHub",
            "first_time_contributors": "unless their author has never contributed before",
        }.get(str(policy), f"by the policy {policy}")
        yield Hit(says=f"pull requests of strangers to {organization.name} run workflows without approval, {who}")


@check(
    id="gh.act.fork_pr_private",
    title="Forks of private repositories get neither secrets nor a writing token",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS_FORKS,),
    remedy=(
        f"{SETTINGS} > Fork pull request workflows: untick Send write tokens and Send secrets and variables.",
        "Tick Require approval for fork pull request workflows.",
    ),
    source=f"{API} (fork-pr-workflows-private-repos)",
    **clauses(ACTIONS, "O4 O6"),
)
def fork_private(organization: Resource, view: View) -> Iterator[Hit]:
    """Whoever may only read a private repository forks it and has its pipeline run their code with what it holds."""
    field, facet = "actions_fork_private", Facet.ORG_ACTIONS_FORKS
    if not view.given(organization, field, "run_workflows_from_fork_pull_requests", facet=facet):
        return
    given = [
        words
        for key, words in (
            ("send_write_tokens_to_workflows", "a token that writes"),
            ("send_secrets_and_variables", "the secrets"),
        )
        if view.given(organization, field, key, facet=facet)
    ]
    if given:
        asked = view.attribute(organization, field, "require_approval_for_fork_pr_workflows", default=None)
        yield Hit(
            says=f"pull requests from forks of private repositories of {organization.name} get {listed(given)}"
            + (", once somebody approves" if asked else ""),
        )
