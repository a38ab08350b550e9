"""Checks about who approves deployments, and how workflows name the environments they deploy to."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.environments import API, DOC, ENVIRONMENT, NEEDS, gate_of, sensitive
from pipewarden.checks.reading import is_bot, is_inside, listed, living, many
from pipewarden.checks.sections import ENVIRONMENTS
from pipewarden.checks.sharing import name_of
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Resource, Use
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits


def _reviewers(view: View, environment: Resource) -> list[tuple[str, str, Ref]]:
    """Return the required reviewers as (type, name, id); raises NotApplicable where there are none."""
    gate = gate_of(view, environment)
    named = gate.rules.get("required_reviewers") if gate else None
    if not named:
        raise NotApplicable(f"{environment.name} asks for no reviewers")
    found = []
    for each in named:
        kind = Kind.GROUP if each.get("type") == "Team" else Kind.ACCOUNT
        ref = Ref(environment.ref.instance, kind, str(each.get("id")))
        name = str(each.get("name")) if view.find(ref) is None else view.name(ref)
        found.append((str(each.get("type")), name, ref))
    return found


@check(
    id="gh.env.self_review",
    title="Nobody approves their own deployment",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=NEEDS,
    remedy=(f"{ENVIRONMENT} > Required reviewers > Prevent self-review.",),
    source=f"{DOC} (prevent self-review)",
    **clauses(ENVIRONMENTS, "AC-5 C5.1.4"),
)
def self_review(environment: Resource, view: View) -> Iterator[Hit]:
    """A reviewer who started the run approves it as well: the second pair of eyes is the first."""
    repository = sensitive(view, environment)
    reviewers = _reviewers(view, environment)
    gate = gate_of(view, environment)
    if gate is not None and gate.rules.get("prevent_self_review") is None:
        detail = "whether one may approve one's own was not in the answer"
        raise Missing(environment.ref, Facet.REPO_ENVIRONMENTS, Cause.MISSING_FIELD, detail)
    if gate is not None and gate.rules["prevent_self_review"] is False:
        yield Hit(
            says=f"reviewers of {name_of(environment)} of {repository.name} can approve their own deployments "
            f"({listed(name for _, name, _ in reviewers)})",
            on=repository,
            because=(environment, gate),
        )


@check(
    id="gh.env.bot_reviewer",
    title="People approve deployments",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=NEEDS,
    limits=("bot_words",),
    remedy=(f"{ENVIRONMENT} > Required reviewers: put people in the place of the machine.",),
    source=f"{API} (protection_rules[].reviewers)",
    **clauses(ENVIRONMENTS, "O1"),
)
def bot_reviewer(environment: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A machine approves what its program approves, for whoever holds its token."""
    repository = sensitive(view, environment)
    bots = [
        account.name
        for _, _, ref in _reviewers(view, environment)
        if isinstance(account := view.find(ref), Account) and is_bot(account, limits)
    ]
    if bots:
        yield Hit(
            says=f"{name_of(environment)} of {repository.name} lets a machine approve deployments: {listed(bots)}",
            on=repository,
            because=(environment,),
        )


@check(
    id="gh.env.single_reviewer",
    title="Two people can approve a deployment",
    severity=Severity.MEDIUM,
    subject=Kind.ENVIRONMENT,
    needs=(*NEEDS, Facet.ORG_TEAMS, Facet.ORG_MEMBERS),
    limits=("environment_reviewers_min",),
    remedy=(f"{ENVIRONMENT} > Required reviewers: a team of at least two who are here.",),
    source=f"{API} (protection_rules[].reviewers)",
    **clauses(ENVIRONMENTS, "CP-2"),
)
def single_reviewer(environment: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """One reviewer who is away, or has left, stops deployments: the rule is then removed in a hurry.

    Who is no longer a member of the organization does not count.
    """
    repository = sensitive(view, environment)
    organization = view.organization_of(environment)
    if organization is None:
        return
    people: set[Ref] = set()
    for _, _, ref in _reviewers(view, environment):
        people |= set(view.engine.accounts_in(ref)) if ref.kind is Kind.GROUP else {ref}
    here = [ref for ref in people if is_inside(view, ref, organization)]
    if len(here) < limits.environment_reviewers_min:
        only = f"only {listed(sorted(map(view.name, here)))}" if here else "nobody who is still here"
        yield Hit(
            says=f"{only} can approve deployments to {name_of(environment)} of {repository.name}",
            on=repository,
            because=(environment,),
        )


def _named_environments(view: View, workflow: Resource) -> list[Use]:
    return [use for use in view.uses(workflow.ref) if use.what == "environment"]


@check(
    id="gh.env.name_mismatch",
    title="Workflows name environments that exist",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_WORKFLOWS, Facet.REPO_ENVIRONMENTS),
    remedy=(
        "Correct the name in the workflow.",
        "Or make the environment with its rules before the workflow runs.",
    ),
    source=f"{DOC} (a workflow that names an environment that does not exist creates it, without rules)",
    **clauses(ENVIRONMENTS, "O5"),
)
def name_mismatch(workflow: Resource, view: View) -> Iterator[Hit]:
    """A misspelt name is no error: GitHub makes a new environment that nothing guards, and the job runs."""
    repository = view.repository_of(workflow)
    if repository is None:
        return
    living(view, repository)
    uses = _named_environments(view, workflow)
    if not uses:
        raise NotApplicable(f"{workflow.name} names no environment")
    known = {name_of(each).lower() for each in view.inside(repository.ref, Kind.ENVIRONMENT)}
    wrong: dict[str, Use] = {}
    for use in uses:
        choices = use.attributes.get("choices")
        names = choices or (() if use.attributes.get("dynamic") else (use.name,))
        for name in names:
            if str(name).lower() not in known:
                wrong.setdefault(str(name), use)
    if wrong:
        first = next(iter(wrong.values()))
        yield Hit(
            says=f"{workflow.name} deploys to {listed(wrong)}, which {repository.name} does not have: "
            f"the first run makes {'it' if len(wrong) == 1 else 'them'} without any rule",
            on=repository,
            because=tuple(wrong.values())[:10],
            file=str(workflow.attributes.get("path") or ""),
            line=first.line,
            column=first.column,
        )


@check(
    id="gh.env.dynamic_name",
    title="A workflow's environment is written in it",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_WORKFLOWS),
    remedy=("Write a job for each environment, with its name; or let the input choose from a fixed list.",),
    source=f"{DOC} (environment: name from an expression)",
    **clauses(ENVIRONMENTS, "O5"),
)
def dynamic_name(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever starts the run, or what the run computes, chooses whose secrets it gets and whose rules it meets."""
    repository = view.repository_of(workflow)
    if repository is None:
        return
    living(view, repository)
    computed = [use for use in _named_environments(view, workflow) if use.attributes.get("dynamic")]
    if computed:
        first = computed[0]
        more = f" and {many(len(computed) - 1, 'more job')}" if len(computed) > 1 else ""
        yield Hit(
            says=f"the environment of job {first.attributes.get('job')}{more} in {workflow.name} "
            f"is computed: {first.name}",
            on=repository,
            because=tuple(computed[:10]),
            file=str(workflow.attributes.get("path") or ""),
            line=first.line,
            column=first.column,
        )
