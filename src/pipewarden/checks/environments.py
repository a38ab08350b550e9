"""Checks about environments: what stands between a job and the secrets of a deployment."""

from collections.abc import Iterator

from pyroaring import BitMap

from pipewarden.access.github.patterns import is_open
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.guards import understood
from pipewarden.checks.names import is_production
from pipewarden.checks.reading import ENTERPRISE_PLANS, Doubts, listed, living, many, named
from pipewarden.checks.refs import example, policies
from pipewarden.checks.sections import ENVIRONMENTS
from pipewarden.checks.sharing import is_shared, name_of, secrets_named, secrets_of
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gate, GateKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

ENVIRONMENT = "Settings > Environments > the environment"
DOC = "https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments"
API = "https://docs.github.com/en/rest/deployments/environments"
NEEDS = (Facet.REPO_SETTINGS, Facet.REPO_ENVIRONMENTS)


def sensitive(view: View, environment: Resource) -> Resource:
    """Return the repository of an environment that is for production or holds secrets.

    Raises NotApplicable for any other, and Missing where the name does not tell and its secrets were not read.
    """
    repository = view.repository_of(environment)
    if repository is None:
        raise NotApplicable(f"{environment.name} belongs to no repository that was read")
    living(view, repository)
    if is_production(name_of(environment)) or next(secrets_of(view, environment), None):
        return repository
    view.need(environment.ref, Facet.REPO_ENVIRONMENT_SECRETS)
    raise NotApplicable(f"{environment.name} is not named for production and holds no secret")


def gate_of(view: View, environment: Resource) -> Gate | None:
    """Return the rules of an environment."""
    return next(iter(view.gates(environment.ref, GateKind.ENVIRONMENT)), None)


def _waits(view: View, environment: Resource) -> bool:
    """Tell whether anything but the branch stops a job: reviewers, a timer, an app."""
    gate = gate_of(view, environment)
    rules = gate.rules if gate else {}
    return bool(rules.get("required_reviewers") or rules.get("wait_timer") or rules.get("custom_rules"))


def _holds(view: View, environment: Resource) -> str:
    """Return what an environment gives its jobs, in words."""
    count = sum(1 for _ in secrets_of(view, environment))
    return f" and its {many(count, 'secret')}" if count else ""


@check(
    id="gh.env.no_protection",
    title="Environments for production stop a job",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=NEEDS,
    remedy=(
        f"{ENVIRONMENT} > Required reviewers: a team of those who may deploy.",
        f"{ENVIRONMENT} > Deployment branches and tags: the branch that is reviewed.",
    ),
    source=DOC,
    **clauses(ENVIRONMENTS, "C5.1.4 O1 O5"),
)
def no_protection(environment: Resource, view: View) -> Iterator[Hit]:
    """An environment without rules is a label: any job of the repository that names it gets its secrets."""
    repository = sensitive(view, environment)
    policy = view.attribute(environment, "deployment_branch_policy", facet=Facet.REPO_ENVIRONMENTS)
    if not policy and not _waits(view, environment):
        yield Hit(
            says=f"nothing stops a job of {repository.name} from deploying to {name_of(environment)}"
            f"{_holds(view, environment)}",
            on=repository,
            because=(environment,),
        )


@check(
    id="gh.env.no_branch_policy",
    title="Only reviewed branches deploy",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=NEEDS,
    remedy=(f"{ENVIRONMENT} > Deployment branches and tags > Selected branches and tags.",),
    source=f"{API} (deployment_branch_policy)",
    **clauses(ENVIRONMENTS, "C5.1.4 O5"),
)
def no_branch_policy(environment: Resource, view: View) -> Iterator[Hit]:
    """A workflow on a new branch deploys what nobody reviewed: rules of the default branch do not hold there."""
    repository = sensitive(view, environment)
    if not view.attribute(environment, "deployment_branch_policy", facet=Facet.REPO_ENVIRONMENTS):
        waits = ", once it is approved or its waiting time has passed" if _waits(view, environment) else ""
        yield Hit(
            says=f"any branch of {repository.name} can deploy to {name_of(environment)}{waits}",
            on=repository,
            because=(environment,),
        )


@check(
    id="gh.env.protected_only_noprot",
    title="Protected branches only means some are",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=(*NEEDS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=(
        "Guard the default branch by a rule.",
        f"{ENVIRONMENT} > Deployment branches and tags > Selected branches and tags, with its name.",
    ),
    source=f"{DOC} (where no branch is protected, all branches can deploy)",
    **clauses(ENVIRONMENTS, "C5.1.4"),
)
def protected_only(environment: Resource, view: View) -> Iterator[Hit]:
    """The setting reads as a restriction; in a repository without a protected branch it lets every branch deploy."""
    repository = sensitive(view, environment)
    policy = view.attribute(environment, "deployment_branch_policy", facet=Facet.REPO_ENVIRONMENTS)
    if not policy or not policy.get("protected_branches"):
        raise NotApplicable(f"{environment.name} is not limited to protected branches")
    gates = view.repository_gates(repository)
    if not any(g.active and g.target == "branch" and g.kind is not GateKind.ENVIRONMENT for g in gates):
        yield Hit(
            says=f"{name_of(environment)} takes deployments from protected branches only, and {repository.name} "
            f"has none: any branch can deploy to it",
            on=repository,
            because=(environment,),
        )


@check(
    id="gh.env.policy_wildcard",
    title="No new branch fits an environment's branch policy",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=(*NEEDS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=(
        f"{ENVIRONMENT} > Deployment branches and tags: name branches without a star.",
        "Or restrict who may create branches of that pattern by a ruleset.",
    ),
    source="https://docs.github.com/en/rest/deployments/branch-policies",
    **clauses(ENVIRONMENTS, "O5"),
)
def policy_wildcard(environment: Resource, view: View) -> Iterator[Hit]:
    """Whoever may write makes a branch whose name fits, with a workflow of their own, and deploys it."""
    repository = sensitive(view, environment)
    patterns = [
        pattern
        for pattern in policies(view, environment, "branch")
        if is_open(pattern) and not view.protection(repository, example(pattern)).blocks_creation
    ]
    if patterns:
        yield Hit(
            says=f"whoever can write to {repository.name} can make a branch that deploys to {name_of(environment)}: "
            f"it accepts {listed(patterns)}",
            on=repository,
            because=(environment,),
        )


@check(
    id="gh.env.admin_bypass",
    title="Administrators wait for the same approval",
    severity=Severity.MEDIUM,
    subject=Kind.ENVIRONMENT,
    needs=NEEDS,
    remedy=(f"{ENVIRONMENT} > untick Allow administrators to bypass configured protection rules.",),
    source=f"{DOC} (administrators may bypass unless that is switched off)",
    **clauses(ENVIRONMENTS, "C5.1.4"),
)
def admin_bypass(environment: Resource, view: View) -> Iterator[Hit]:
    """An administrator's account alone then deploys, without the people who are asked everywhere else."""
    repository = sensitive(view, environment)
    if not _waits(view, environment):
        raise NotApplicable(f"nothing of {environment.name} waits for anybody")
    if view.given(environment, "can_admins_bypass", facet=Facet.REPO_ENVIRONMENTS):
        yield Hit(
            says=f"administrators of {repository.name} can deploy to {name_of(environment)} without approval",
            on=repository,
            because=(environment,),
        )


@check(
    id="gh.env.custom_rule_app",
    title="Deployments are approved by people or by one's own app",
    severity=Severity.MEDIUM,
    subject=Kind.ENVIRONMENT,
    needs=(*NEEDS, Facet.ORG_APPS),
    remedy=("Add required reviewers beside it, unless you know who runs the app and what it looks at.",),
    source=(
        "https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/"
        "create-custom-protection-rules"
    ),
    **clauses(ENVIRONMENTS, "O8"),
)
def custom_rule_app(environment: Resource, view: View) -> Iterator[Hit]:
    """Whoever runs that app decides what reaches production."""
    repository = sensitive(view, environment)
    organization = view.organization_of(environment)
    own = {organization.name} if organization else set()
    rules = view.given(environment, "custom_rules", facet=Facet.REPO_ENVIRONMENTS)
    slugs = {str((rule.get("app") or {}).get("slug")) for rule in rules if rule.get("enabled")}
    if not slugs:
        return
    owners = {
        str(app.attributes.get("app_slug")): (app.attributes.get("app_owner") or {}).get("login")
        for app in view.entities(Kind.APP)
    }
    foreign = sorted(slug for slug in slugs if owners.get(slug) not in own)
    if foreign:
        yield Hit(
            says=f"the app {listed(foreign)} of another owner decides about deployments to {name_of(environment)} "
            f"of {repository.name}",
            on=repository,
            because=(environment,),
        )


@check(
    id="gh.env.secret_collision",
    title="A secret of an environment has its name alone",
    severity=Severity.MEDIUM,
    subject=Kind.ENVIRONMENT,
    needs=(*NEEDS, Facet.REPO_ENVIRONMENT_SECRETS, Facet.REPO_SECRETS, Facet.ORG_SECRETS),
    remedy=("Delete the secret of the repository or organization, or give it another name and a smaller right.",),
    source="https://docs.github.com/en/actions/reference/security/secrets (naming and precedence)",
    **clauses(ENVIRONMENTS, "O6"),
)
def secret_collision(environment: Resource, view: View) -> Iterator[Hit]:
    """A job that forgets the environment, or leaves it out, gets the other value and works: nothing guards that one."""
    repository = view.repository_of(environment)
    if repository is None:
        return
    mine = {name_of(secret).upper() for secret in secrets_of(view, environment)}
    if not mine:
        raise NotApplicable(f"{environment.name} holds no secret")
    doubts = Doubts()
    same = [s for s in secrets_of(view, repository) if name_of(s).upper() in mine]
    organization = view.organization_of(environment)
    if organization is not None:
        shared = (s for name in sorted(mine) for s in secrets_named(view, organization, name))
        for secret in shared:
            with doubts:
                if is_shared(view, secret, repository):
                    same.append(secret)
    if same:
        yield Hit(
            says=f"jobs of {repository.name} outside {name_of(environment)} get a secret of the same name: "
            f"{listed(s.name.removeprefix('secret:') for s in same)}",
            on=repository,
            because=(environment, *same[:9]),
            weight=len(same),
        )
    doubts.settle()


@check(
    id="gh.env.deploy_reach",
    title="Who can deploy to production is known",
    severity=Severity.INFO,
    subject=Kind.ENVIRONMENT,
    needs=(*NEEDS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=("Take the right to write from whoever does not deploy, or add required reviewers.",),
    source=f"{DOC} (derived from roles, branch rules and the environment's rules)",
    **clauses(ENVIRONMENTS, "C5.2.3 AC-6"),
)
def deploy_reach(environment: Resource, view: View) -> Iterator[Hit]:
    """The list that nobody sees in the settings: it follows from roles, branch rules and the environment together.

    Counted are people who can have a job of their own run there without anybody else.
    """
    repository = sensitive(view, environment)
    holders = view.engine.who_can(Capability.DEPLOY, environment.ref)
    alone = holders.alone & view.account_set
    helped = (holders.sure & view.account_set) - alone
    if alone or helped:
        yield _reaching(environment, repository, view, alone, helped)
    if holders.unseen_people:
        raise Missing(environment.ref, "identity.people", Cause.NOT_COLLECTED, holders.unseen_people[0])
    if holders.unknown & view.account_set:
        understood(repository, (gate for gate in view.repository_gates(repository) if gate.active))


def _reaching(environment: Resource, repository: Resource, view: View, alone: BitMap, helped: BitMap) -> Hit:
    place = f"deploy to {name_of(environment)} of {repository.name}"
    if alone:
        says = f"{many(len(alone), 'person', 'people')} can {place} without anybody else: {named(view, alone)}"
        says += f"; {len(helped):,} more can once somebody approves" if helped else ""
    else:
        says = f"nobody can {place} without anybody else; {many(len(helped), 'person', 'people')} can once "
        says += "somebody approves"
    return Hit(
        says=says,
        on=repository,
        because=(environment,),
        weight=len(alone),
    )


@check(
    id="gh.env.plan_unsupported",
    title="The plan offers what environments need",
    severity=Severity.INFO,
    subject=Kind.ENVIRONMENT,
    needs=(*NEEDS, Facet.ORG_SETTINGS),
    remedy=(
        "Keep the secrets of production elsewhere, such as in the cloud behind OIDC bound to a branch.",
        "Or move to GitHub Enterprise, where private repositories have required reviewers.",
    ),
    source=f"{DOC} (required reviewers of private repositories: GitHub Enterprise)",
    **clauses(ENVIRONMENTS),
)
def plan_unsupported(environment: Resource, view: View) -> Iterator[Hit]:
    """On smaller plans a private repository's environment cannot ask for a review: only branches can be limited."""
    repository = sensitive(view, environment)
    organization = view.organization_of(environment)
    if organization is None or view.given(repository, "visibility", facet=Facet.REPO_SETTINGS) == "public":
        raise NotApplicable(f"{repository.name} is public: every plan has all rules there")
    plan = str(view.given(organization, "plan", "name", facet=Facet.ORG_SETTINGS))
    if plan not in ENTERPRISE_PLANS:
        yield Hit(
            says=f"{name_of(environment)} of {repository.name} cannot ask for reviewers on the plan {plan}",
            on=repository,
            because=(environment, organization),
        )
