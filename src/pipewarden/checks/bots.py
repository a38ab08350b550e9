"""Checks about machine accounts: bots that sit on a person's seat, administer, or approve their own work."""

from collections.abc import Iterator

from pipewarden.access.machine_owners import machine_owners
from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import MACHINES, clauses
from pipewarden.checks.machine_owners import is_nobodys
from pipewarden.checks.reading import Doubts, is_bot, listed, living, need_inside, need_where_offered
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gate, GateKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

MACHINE_USERS_DOC = (
    "https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys#machine-users"
)


@check(
    id="gh.bot.human_account",
    title="Machines do not sit on people's seats",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS,),
    limits=("bot_words",),
    remedy=(
        "Make an app with the permissions the machine needs, and let it use the app's tokens.",
        "Then remove the account: DELETE /orgs/{org}/memberships/{username}.",
    ),
    source=MACHINE_USERS_DOC,
    **clauses(MACHINES, "O2 AC-2(9)"),
)
def human_account(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A machine on an ordinary account has a password, a mailbox and long-lived tokens that several people know.

    Judged by the login's words.
    """
    for account in view.people(organization.ref):
        if account.attributes.get("type") != "Bot" and is_bot(account, limits):
            yield Hit(
                says=f"{account.name} is a machine, to judge by its name, and has an ordinary seat in {organization.name}",
                about=account,
                on=organization,
                because=(account,),
            )


@check(
    id="gh.bot.no_owner",
    title="Every machine account has an owner",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_OUTSIDERS),
    limits=("bot_words",),
    remedy=(
        "Write into a roster who owns it: `machine: github:LOGIN`, `owner`, `because`.",
        "Remove the account where nobody wants it: DELETE /orgs/{org}/memberships/{username}.",
    ),
    source=MACHINE_USERS_DOC,
    **clauses(MACHINES, "AC-2 CC6.2"),
)
def no_owner(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """GitHub keeps no owner of a machine's account: where no roster names one, nobody answers for its password and tokens.

    Judged by the login's words.
    """
    doubts = Doubts()
    for account in (*view.people(organization.ref), *view.outsiders(organization.ref)):
        if not is_bot(account, limits):
            continue
        owned = machine_owners(view).of_account(account)
        with doubts:
            try:
                alone = is_nobodys(owned, account, view)
            except NotApplicable:  # nobody says who is here, and somebody is named
                continue
            if alone:
                names = listed((owner.name for owner in owned.owners), 3)
                gone = f"{names}, its only owner known, left" if names else "nobody is declared as its owner"
                yield Hit(
                    says=f"{account.name} is a machine's account in {organization.name}, and {gone}",
                    about=account,
                    on=organization,
                    because=(account,),
                )
    doubts.settle()


@check(
    id="gh.bot.privileged",
    title="No bot owns, administers or approves",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS, Facet.ORG_MEMBERS, Facet.ORG_OUTSIDERS, Facet.ORG_TEAMS),
    limits=("bot_words",),
    remedy=(
        "Lower its role to write on the repositories it works on.",
        "Name people, not machines, as required reviewers: repository Settings > Environments.",
    ),
    source=MACHINE_USERS_DOC,
    **clauses(MACHINES, "O5 AC-6(5)"),
)
def privileged(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A machine's credential lies in a pipeline, and what the machine may approve or administer, the pipeline may."""
    owners = {account.ref for account in view.owners(organization.ref)}
    reviews = _reviews(view)
    for account in (*view.people(organization.ref), *view.outsiders(organization.ref)):
        if not is_bot(account, limits):
            continue
        what = ""
        if account.ref in owners:
            what = f"owns {organization.name}"
        else:
            held = view.engine.what_can(account.ref)
            names = [
                view.name(ref) for ref, level in held if level is Level.ADMIN and _is_here(view, ref, organization)
            ]
            if names:
                what = f"administers {listed(names, 3)}"
            elif account.ref.key in reviews:
                what = f"may approve deployments to {view.name(reviews[account.ref.key])}"
        if what:
            yield Hit(
                says=f"{account.name} is a machine and {what}", about=account, on=organization, because=(account,)
            )
    need_where_offered(view, organization.ref, Facet.ORG_ROLES)
    need_inside(view, organization.ref, Facet.REPO_COLLABORATORS, Facet.REPO_TEAMS, Facet.REPO_ENVIRONMENTS)


def _reviews(view: View) -> dict[str, Ref]:
    """Return an environment that each named reviewer may approve deployments to, by the account's id."""
    found: dict[str, Ref] = {}
    for gate in view.snapshot.records(Gate):
        if gate.kind is GateKind.ENVIRONMENT:
            for reviewer in gate.rules.get("required_reviewers") or ():
                if reviewer.get("type") == "User":
                    found.setdefault(str(reviewer.get("id")), gate.resource)
    return found


def _is_here(view: View, ref: Ref, organization: Resource) -> bool:
    found = view.find(ref)
    outer = view.organization_of(found) if found else None
    return outer is not None and outer.ref == organization.ref


@check(
    id="gh.bot.autoapprove",
    title="Pipelines cannot approve what they merge",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_ACTIONS_WORKFLOW, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=(
        "Settings > Actions > General > clear Allow GitHub Actions to create and approve pull requests.",
        "Require two approvals or a code owner's: Settings > Rules > Rulesets.",
    ),
    source="https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/"
    "enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository",
    **clauses(MACHINES, "O1 O4"),
)
def autoapprove(repository: Resource, view: View) -> Iterator[Hit]:
    """Where a workflow may approve and one approval is enough, a change can reach the branch and meet no person."""
    living(view, repository)
    may = view.given(
        repository, "actions_workflow", "can_approve_pull_request_reviews", facet=Facet.REPO_ACTIONS_WORKFLOW
    )
    if not may:
        return
    guard = view.protection(repository)
    if not guard.requires_pull_request or guard.required_reviews == 0:
        raise NotApplicable(f"{repository.name} requires no approval of anybody")
    if guard.required_reviews == 1 and not guard.code_owner_review:
        guard.settled()
        merges = view.given(repository, "allow_auto_merge", facet=Facet.REPO_SETTINGS)
        how = "which auto-merge then merges" if merges else "which anybody who may write can then merge"
        yield Hit(
            says=f"a workflow of {repository.name} can give the one approval that {guard.branch} requires, {how}",
            because=(repository, *guard.rulesets, *((guard.classic,) if guard.classic else ())),
            severity=None if merges else Severity.MEDIUM,
        )
