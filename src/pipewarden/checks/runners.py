"""Checks about self-hosted runners: whose code may run on them, and what is left behind for the next job."""

from collections.abc import Iterator

from pyroaring import BitMap

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import Doubts, is_archived, listed, living, many, need_where_offered
from pipewarden.checks.sections import ACTIONS
from pipewarden.checks.sharing import is_shared
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

GROUPS = "Settings > Actions > Runner groups > the group"
API = "https://docs.github.com/en/rest/actions/self-hosted-runner-groups"
RUNNERS_API = "https://docs.github.com/en/rest/actions/self-hosted-runners"
SECURITY = "https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners"
DEFAULT_LABELS = frozenset({"self-hosted", "linux", "windows", "macos", "x64", "x86", "arm", "arm64"})
"""Labels that GitHub gives a runner by itself.

https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/apply-labels
"""


def _size(view: View, group: Resource) -> int:
    """Return how many runners a group holds."""
    return sum(1 for _ in view.inside(group.ref, Kind.RUNNER))


def _name(group: Resource) -> str:
    return f"runner group {group.name.removeprefix('runners:')}"


@check(
    id="gh.run.group_public",
    title="No public repository runs on one's own machines",
    severity=Severity.CRITICAL,
    subject=Kind.RUNNER_GROUP,
    needs=(Facet.ORG_RUNNER_GROUPS,),
    remedy=(f"{GROUPS} > untick Allow public repositories.", "Run public repositories on GitHub's own runners."),
    source=f"{API} (allows_public_repositories); {SECURITY}",
    **clauses(ACTIONS, "C2.1.5 O4 O7"),
)
def group_public(group: Resource, view: View) -> Iterator[Hit]:
    """A stranger's pull request runs code on a machine inside the network; what it leaves there meets later jobs."""
    if view.given(group, "allows_public_repositories", facet=Facet.ORG_RUNNER_GROUPS):
        yield Hit(
            says=f"public repositories may run jobs on {many(_size(view, group), 'runner')} of {_name(group)}",
            weight=_size(view, group),
        )


@check(
    id="gh.run.group_all_repos",
    title="Runner groups are for named repositories",
    severity=Severity.MEDIUM,
    subject=Kind.RUNNER_GROUP,
    needs=(Facet.ORG_RUNNER_GROUPS,),
    remedy=(f"{GROUPS} > Repository access > Selected repositories.",),
    source=f"{API} (visibility)",
    **clauses(ACTIONS, "C2.1.5 O5"),
)
def group_all_repositories(group: Resource, view: View) -> Iterator[Hit]:
    """Whoever can write to any repository, or make one, runs code on these machines."""
    visibility = view.given(group, "visibility", facet=Facet.ORG_RUNNER_GROUPS)
    if visibility == "selected":
        return
    which = "private repository" if visibility == "private" else "repository"
    yield Hit(
        says=f"{_name(group)} takes jobs of every {which} ({many(_size(view, group), 'runner')})",
        weight=_size(view, group),
    )


@check(
    id="gh.run.group_workflows_open",
    title="Runners for few repositories run named workflows only",
    severity=Severity.MEDIUM,
    subject=Kind.RUNNER_GROUP,
    needs=(Facet.ORG_RUNNER_GROUPS,),
    remedy=(f"{GROUPS} > Workflow access > Selected workflows, each with its branch or commit.",),
    source=f"{API} (restricted_to_workflows, selected_workflows)",
    **clauses(ACTIONS, "O5"),
)
def group_workflows_open(group: Resource, view: View) -> Iterator[Hit]:
    """A group kept for few repositories usually reaches more than others; yet any workflow on any branch there uses it.

    A selected workflow that names no ref can be changed on a new branch.
    """
    if view.given(group, "visibility", facet=Facet.ORG_RUNNER_GROUPS) != "selected":
        raise NotApplicable(f"{group.name} is open to many repositories: gh.run.group_all_repos tells it")
    if not view.given(group, "restricted_to_workflows", facet=Facet.ORG_RUNNER_GROUPS):
        yield Hit(says=f"{_name(group)} takes jobs of any workflow of its repositories")
        return
    chosen = view.given(group, "selected_workflows", facet=Facet.ORG_RUNNER_GROUPS)
    loose = [str(workflow) for workflow in chosen if "@" not in str(workflow)]
    if loose:
        yield Hit(says=f"{_name(group)} runs {listed(loose)} from any branch")


@check(
    id="gh.run.group_inherited",
    title="It is known which runners come from the enterprise",
    severity=Severity.INFO,
    subject=Kind.RUNNER_GROUP,
    needs=(Facet.ORG_RUNNER_GROUPS,),
    remedy=("Ask the enterprise's owners which organizations share the group, and whether that is meant.",),
    source=f"{API} (inherited)",
    **clauses(ACTIONS, "O5"),
)
def group_inherited(group: Resource, view: View) -> Iterator[Hit]:
    """What runs on these machines is decided outside the organization, and other organizations may share them."""
    if view.given(group, "inherited", facet=Facet.ORG_RUNNER_GROUPS):
        yield Hit(says=f"{_name(group)} comes from the enterprise and may be shared with other organizations")


@check(
    id="gh.run.persistent",
    title="A runner does one job and is thrown away",
    severity=Severity.MEDIUM,
    subject=Kind.RUNNER,
    remedy=(
        "Register runners with --ephemeral or with just-in-time configuration, on a fresh machine each.",
        "Let Actions Runner Controller make them in Kubernetes.",
    ),
    source=f"{RUNNERS_API} (ephemeral); {SECURITY}",
    **clauses(ACTIONS, "C2.2.1 O7"),
)
def persistent(runner: Resource, view: View) -> Iterator[Hit]:
    """What one job leaves behind, a changed tool or a waiting process, is there when the next repository's job runs."""
    if view.given(runner, "ephemeral", facet=Facet.ORG_RUNNERS) is False:
        yield Hit(says=f"runner {runner.name.removeprefix('runner:')} keeps its state from one job to the next")


@check(
    id="gh.run.offline_stale",
    title="Registered runners are there",
    severity=Severity.LOW,
    subject=Kind.RUNNER,
    remedy=("Remove it: Settings > Actions > Runners > the runner > Remove runner.",),
    source=f"{RUNNERS_API} (status); GitHub removes a runner after 14 days without contact",
    **clauses(ACTIONS, "O7"),
)
def offline(runner: Resource, view: View) -> Iterator[Hit]:
    """A machine that nobody watches still has its registration: whoever finds it receives jobs.

    GitHub does not tell since when a runner is offline.
    """
    if view.given(runner, "status", facet=Facet.ORG_RUNNERS) == "offline":
        yield Hit(says=f"runner {runner.name.removeprefix('runner:')} is registered, and offline")


@check(
    id="gh.run.repo_level_public",
    title="No runner belongs to a public repository",
    severity=Severity.CRITICAL,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_RUNNERS),
    remedy=("Remove the runner: Settings > Actions > Runners.", "Run its jobs on GitHub's own runners."),
    source=SECURITY,
    **clauses(ACTIONS, "O4 O7"),
)
def public_repository(repository: Resource, view: View) -> Iterator[Hit]:
    """Anybody forks the repository and proposes a workflow change; once it runs, the machine is theirs."""
    living(view, repository)
    if view.given(repository, "visibility", facet=Facet.REPO_SETTINGS) != "public":
        raise NotApplicable(f"{repository.name} is not public")
    runners = list(view.inside(repository.ref, Kind.RUNNER))
    if runners:
        yield Hit(
            says=f"the public repository {repository.name} has {many(len(runners), 'runner')} of its own "
            f"({listed(str(each.attributes.get('name') or each.name) for each in runners)})",
            because=tuple(runners[:10]),
            weight=len(runners),
        )


@check(
    id="gh.run.repo_level_allowed",
    title="Administrators of repositories register no runners",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS_RUNNERS_POLICY,),
    remedy=("Settings > Actions > General > Runners: disable self-hosted runners of repositories for all.",),
    source="https://docs.github.com/en/rest/actions/permissions (self-hosted-runners, enabled_repositories)",
    **clauses(ACTIONS, "C2.1.5 O7"),
)
def repositories_register(organization: Resource, view: View) -> Iterator[Hit]:
    """A machine under somebody's desk becomes part of the pipeline without anybody else knowing it."""
    enabled = view.given(
        organization, "actions_self_hosted", "enabled_repositories", facet=Facet.ORG_ACTIONS_RUNNERS_POLICY
    )
    if enabled != "none":
        which = "every repository" if enabled == "all" else "some repositories"
        yield Hit(
            says=f"administrators of {which} of {organization.name} can register runners of their own",
            severity=None if enabled == "all" else Severity.LOW,
        )


@check(
    id="gh.run.label_collision",
    title="A label leads to one kind of machine",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_RUNNERS, Facet.ORG_RUNNER_GROUPS),
    remedy=("Give runners of each group labels of their own, and name the group in runs-on.",),
    source="https://docs.github.com/en/actions/how-tos/write-workflows/choose-where-workflows-run/choose-the-runner-for-a-job",
    **clauses(ACTIONS, "O7"),
)
def label_collision(organization: Resource, view: View) -> Iterator[Hit]:
    """A job that asks for a label gets whichever machine is free: one open to more people gets it and its secrets."""
    places: dict[str, dict[str, Resource]] = {}
    for group in view.inside(organization.ref, Kind.RUNNER_GROUP):
        trust = f"{group.attributes.get('visibility')} {group.attributes.get('allows_public_repositories')}"
        for runner in view.inside(group.ref, Kind.RUNNER):
            for label in view.given(runner, "labels", facet=Facet.ORG_RUNNERS):
                if str(label).lower() not in DEFAULT_LABELS:
                    places.setdefault(str(label), {}).setdefault(trust, group)
    shared = {label: groups for label, groups in places.items() if len(groups) > 1}
    if shared:
        label, groups = next(iter(shared.items()))
        more = f" and {many(len(shared) - 1, 'more label')}" if len(shared) > 1 else ""
        yield Hit(
            says=f"the label {label}{more} leads to machines open to different repositories: "
            f"{listed(_name(group) for group in groups.values())}",
            because=tuple(groups.values())[:10],
            weight=len(shared),
        )


@check(
    id="gh.run.reach",
    title="Who can run code on a runner is known",
    severity=Severity.INFO,
    subject=Kind.RUNNER_GROUP,
    needs=(Facet.ORG_RUNNER_GROUPS, Facet.ORG_MEMBERS),
    remedy=(f"{GROUPS} > Repository access: leave the repositories whose writers may use these machines.",),
    source=f"{API} (derived from the group's repositories and their roles)",
    **clauses(ACTIONS, "C2.1.5 AC-6"),
)
def reach(group: Resource, view: View) -> Iterator[Hit]:
    """Everybody who can push a workflow to a repository of the group and, where it is open, who may make one."""
    organization = view.organization_of(group)
    if organization is not None:
        need_where_offered(view, organization.ref, Facet.ORG_RUNNERS)
    if organization is None or not _size(view, group):
        raise NotApplicable(f"{group.name} holds no runner that was seen")
    graph = view.engine.graph
    people = BitMap()
    count = 0
    doubts = Doubts()
    for repository in view.repositories(organization.ref):
        runs = False
        with doubts:
            runs = not is_archived(view, repository) and is_shared(view, group, repository)
        ordinal = view.snapshot.ordinal(repository.ref)
        if runs and ordinal is not None:
            people |= graph.holders(ordinal, Level.WRITE) & view.account_set
            count += 1
    makers = ""
    if view.given(group, "visibility", facet=Facet.ORG_RUNNER_GROUPS) != "selected" and organization.attributes.get(
        "members_can_create_repositories"
    ):
        makers = "; so can every member, by making a repository"
    yield Hit(
        says=f"{many(len(people), 'person', 'people')} can run code on {_name(group)} through "
        f"{many(count, 'repository')}{makers}",
        weight=len(people),
    )
    doubts.settle()
