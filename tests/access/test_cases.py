"""Cases worked by hand, each with the vendor's sentence it comes from, so that a misreading is not made twice.

`case` quotes the page or the official description word for word; `reading` says in our words what a table or a field amounts to.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pipewarden.model.access import Capability as C
from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Kind, Ref
from tests.access.estate import Estate
from tests.access.test_oracle import spoken

DOCS = "https://docs.github.com/en/"
ROLES = DOCS + (
    "organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/"
    "repository-roles-for-an-organization"
)
BASE = DOCS + (
    "organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/"
    "setting-base-permissions-for-an-organization"
)
TEAMS = DOCS + "organizations/organizing-members-into-teams/about-teams"
PROTECTED = DOCS + (
    "repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/"
    "about-protected-branches"
)
RULESETS = DOCS + ("repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets")
ENVIRONMENTS = DOCS + "actions/reference/workflows-and-actions/deployments-and-environments"
KEYS = DOCS + "authentication/connecting-to-github-with-ssh/managing-deploy-keys"

RULES_API = DOCS + "rest/repos/rules"
REPOSITORIES = DOCS + "repositories/creating-and-managing-repositories/about-repositories"

Ask = tuple[Estate, Ref, C, Ref]


@dataclass(frozen=True)
class Case:
    says: str
    source: str
    expected: str
    story: Callable[[], Ask]
    quoted: bool = True
    """Whether `says` is the vendor's own words; else what we read out of the page."""


CASES: list[Case] = []


def case(says: str, source: str, expected: str) -> Callable[[Callable[[], Ask]], Callable[[], Ask]]:
    def keep(story: Callable[[], Ask]) -> Callable[[], Ask]:
        CASES.append(Case(says, source, expected, story))
        return story

    return keep


def reading(says: str, source: str, expected: str) -> Callable[[Callable[[], Ask]], Callable[[], Ask]]:
    def keep(story: Callable[[], Ask]) -> Callable[[], Ask]:
        CASES.append(Case(says, source, expected, story, quoted=False))
        return story

    return keep


def holding(role: str, capability: C, **repository: object) -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web", **repository)  # type: ignore[arg-type]
    acme.grant(bob, web, role)
    return acme, bob, capability, web


PULL = "Pull from the person or team's assigned repositories"
PUSH = "Push to (write) the person or team's assigned repositories"
MERGE = "Merge a pull request"
WORKFLOWS = "Create, edit, run, re-run, and cancel GitHub Actions workflows"
SECRETS = "Create, update, and delete GitHub Actions secrets"
MANAGE = "Manage individual, team, and outside collaborator access to the repository"

for row, wanted, allowed in (
    (PULL, C.READ, ("read", "triage", "write", "maintain", "admin")),
    (PUSH, C.PUSH, ("write", "maintain", "admin")),
    (MERGE, C.MERGE, ("write", "maintain", "admin")),
    (WORKFLOWS, C.EDIT_PIPELINE, ("write", "maintain", "admin")),
    (WORKFLOWS, C.RUN_PIPELINE, ("write", "maintain", "admin")),
    (SECRETS, C.MANAGE_SECRET, ("write", "maintain", "admin")),
    (MANAGE, C.MANAGE_ACCESS, ("admin",)),
):
    for each in ("read", "triage", "write", "maintain", "admin"):
        CASES.append(
            Case(
                row,
                ROLES,
                "alone" if each in allowed else "no",
                lambda role=each, capability=wanted: holding(role, capability),
            )
        )


@case("organization owners have admin access to every repository owned by the organization", ROLES, "alone")
def _() -> Ask:
    acme = Estate()
    return acme, acme.member("alice", owner=True), C.ADMINISTER, acme.repo("web")


@case(
    "any user who has the private key can read from or write to the repository (depending on the key settings), "
    "even if they're later removed from the organization",
    ROLES,
    "alone",
)
def _() -> Ask:
    acme = Estate()
    carol, web = acme.account("carol"), acme.repo("web")
    acme.grant(acme.machine(Kind.DEPLOY_KEY, "laptop", owner=carol), web, "deploy_key:write", GrantKind.KEY)
    return acme, carol, C.PUSH, web


@case("Deploy keys are read-only by default", KEYS, "no")
def _() -> Ask:
    acme = Estate()
    key, web = acme.machine(Kind.DEPLOY_KEY, "laptop"), acme.repo("web")
    acme.grant(key, web, "deploy_key:read", GrantKind.KEY)
    return acme, key, C.PUSH, web


@case("Deploy keys only grant access to a single repository", KEYS, "no")
def _() -> Ask:
    acme = Estate()
    key, web, infra = acme.machine(Kind.DEPLOY_KEY, "laptop"), acme.repo("web"), acme.repo("infra")
    acme.grant(key, web, "deploy_key:write", GrantKind.KEY)
    return acme, key, C.READ, infra


@case("A deploy key with write access lets a deployment push to the repository", KEYS, "alone")
def _() -> Ask:
    acme = Estate()
    key, web = acme.machine(Kind.DEPLOY_KEY, "laptop"), acme.repo("web")
    acme.grant(key, web, "deploy_key:write", GrantKind.KEY)
    return acme, key, C.PUSH, web


@case("Base permissions do not apply to outside collaborators", BASE, "no")
def _() -> Ask:
    acme = Estate(base="write")
    return acme, acme.outsider("dave"), C.READ, acme.repo("web")


@case("base permissions that apply to all members of an organization", BASE, "alone")
def _() -> Ask:
    acme = Estate(base="write")
    return acme, acme.member("bob"), C.PUSH, acme.repo("web")


@case("the higher level of access overrides the base permission", BASE, "alone")
def _() -> Ask:
    acme = Estate(base="read")
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "admin")
    return acme, bob, C.ADMINISTER, web


@case("will default to the organization's base permissions rather than the inherited role", BASE, "alone")
def _() -> Ask:
    acme = Estate(base="write")
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, acme.role("custom_repo:1", "custom", "read"))
    return acme, bob, C.PUSH, web


@case(
    "granting Engineering write access to a repository means Application Engineering and Identity also get that access",
    TEAMS,
    "alone",
)
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    engineering = acme.team("engineering")
    application = acme.team("application", parent=engineering)
    acme.team("identity", bob, parent=application)
    acme.grant(engineering, web, "write")
    return acme, bob, C.PUSH, web


# nor are the parent's members of the child
@case("Members of a child team are not direct members of the parent team.", TEAMS, "no")
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    parent = acme.team("engineering", bob)
    acme.grant(acme.team("identity", parent=parent), web, "write")
    return acme, bob, C.PUSH, web


def guarded(role: str = "write", **rules: object) -> tuple[Estate, Ref, Ref]:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, role)
    acme.classic(web, **rules)  # type: ignore[arg-type]
    return acme, bob, web


REVIEWS = {"requiresApprovingReviews": True, "requiredApprovingReviewCount": 1}


@case(
    "collaborators can only push changes to a protected branch via a pull request that is approved by the required "
    "number of reviewers with write permissions",
    PROTECTED,
    "together",
)
def _() -> Ask:
    acme, bob, web = guarded(**REVIEWS, isAdminEnforced=False)
    return acme, bob, C.MERGE, web


@case(
    "the restrictions of a branch protection rule don't apply to people with admin permissions to the repository",
    PROTECTED,
    "alone",
)
def _() -> Ask:
    acme, bob, web = guarded("admin", **REVIEWS, isAdminEnforced=False)
    return acme, bob, C.MERGE, web


@case("You can optionally apply the restrictions to administrators", PROTECTED, "together")
def _() -> Ask:
    acme, bob, web = guarded("admin", **REVIEWS, isAdminEnforced=True)
    return acme, bob, C.MERGE, web


@case('or custom roles with the "bypass branch protections" permission', PROTECTED, "alone")
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, acme.role("custom_repo:1", "releaser", "write", bypass_branch_protection="write"))
    acme.classic(web, **REVIEWS, isAdminEnforced=False)
    return acme, bob, C.MERGE, web


@case(
    "Locking a branch will make the branch read-only and ensures that no commits can be made to the branch",
    PROTECTED,
    "no",
)
def _() -> Ask:
    acme, bob, web = guarded(lockBranch=True, isAdminEnforced=True)
    return acme, bob, C.MERGE, web


# the exact name before a pattern
@case("Only a single branch protection rule can apply at a time", PROTECTED, "alone")
def _() -> Ask:
    acme, bob, web = guarded(isAdminEnforced=True)
    acme.classic(web, "ma*", **REVIEWS, isAdminEnforced=True, order=0)
    return acme, bob, C.MERGE, web


@case(
    "any commits must either be pushed to another branch and then merged or pushed directly to the protected branch",
    PROTECTED,
    "alone",
)
def _() -> Ask:
    acme, bob, web = guarded(requiresStatusChecks=True, requiredStatusChecks=[{"context": "ci"}], isAdminEnforced=True)
    return acme, bob, C.MERGE, web


def ruled(*rules: object, role: str = "write", **more: object) -> tuple[Estate, Ref, Ref]:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, role)
    acme.ruleset(web, "main is guarded", *rules, **more)
    return acme, bob, web


ONE_REVIEW = ("pull_request", {"required_approving_review_count": 1})


@case("the rules in each of these rulesets are aggregated", RULESETS, "together")
def _() -> Ask:
    acme, bob, web = ruled("required_signatures")
    acme.ruleset(web, "second", ONE_REVIEW)
    return acme, bob, C.MERGE, web


@case("rulesets also layer with protection rules targeting the same branch or tag", RULESETS, "together")
def _() -> Ask:
    acme, bob, web = ruled(ONE_REVIEW)
    acme.classic(web, isAdminEnforced=True)
    return acme, bob, C.MERGE, web


@case(
    "This can be users with a certain role, such as repository administrator, or it can be specific teams or GitHub Apps.",
    RULESETS,
    "alone",
)
def _() -> Ask:
    bypass = ({"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"},)
    acme, bob, web = ruled(ONE_REVIEW, role="admin", bypass=bypass)
    return acme, bob, C.MERGE, web


# an administrator is not exempt unless the list says so
@case(
    "When you create a ruleset, you can allow certain users to bypass the rules in the ruleset.", RULESETS, "together"
)
def _() -> Ask:
    acme, bob, web = ruled(ONE_REVIEW, role="admin", bypass=())
    return acme, bob, C.MERGE, web


@case("or it can be specific teams or GitHub Apps", RULESETS, "alone")
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(acme.team("release", bob), web, "write")
    acme.ruleset(
        web, "main", ONE_REVIEW, bypass=({"actor_type": "Team", "actor_id": "release", "bypass_mode": "always"},)
    )
    return acme, bob, C.PUSH, acme.branch(web)


@case("`pull_request` means that an actor can only bypass rules on pull requests.", RULES_API, "no")
def _() -> Ask:
    bypass = ({"actor_type": "RepositoryRole", "actor_id": 4, "bypass_mode": "pull_request"},)
    acme, bob, web = ruled(ONE_REVIEW, bypass=bypass)
    return acme, bob, C.PUSH, acme.branch(web)


@case(
    "the `bypass_actors` property is only returned if the user making the API request has write access to the ruleset",
    RULES_API,
    "unknown",
)
def _() -> Ask:
    acme, bob, web = ruled(ONE_REVIEW, bypass=None)
    return acme, bob, C.PUSH, acme.branch(web)


@case("`evaluate` allows admins to test rules before enforcing them.", RULES_API, "alone")
def _() -> Ask:
    acme, bob, web = ruled(ONE_REVIEW, enforcement="evaluate")
    return acme, bob, C.MERGE, web


def deploying(role: str = "write", **rules: object) -> tuple[Estate, Ref, Ref]:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, role)
    acme.grant(acme.member("alice"), web, "read")
    return acme, bob, acme.environment(web, **rules)


ALICE = [{"type": "User", "id": "alice", "name": "alice"}]
BOB = [{"type": "User", "id": "bob", "name": "bob"}]


@case("No restriction on which branch or tag can deploy to the environment", ENVIRONMENTS, "alone")
def _() -> Ask:
    acme, bob, production = deploying()
    return acme, bob, C.DEPLOY, production


@case("Only one of the required reviewers needs to approve the job for it to proceed", ENVIRONMENTS, "alone")
def _() -> Ask:
    acme, bob, production = deploying(required_reviewers=[*ALICE, *BOB])
    return acme, bob, C.DEPLOY, production


@case(
    "users who initiate a deployment cannot approve the deployment job, even if they are a required reviewer",
    ENVIRONMENTS,
    "together",
)
def _() -> Ask:
    acme, bob, production = deploying(required_reviewers=[*ALICE, *BOB], prevent_self_review=True)
    return acme, bob, C.DEPLOY, production


@case("The reviewers must have at least read access to the repository", ENVIRONMENTS, "no")
def _() -> Ask:
    acme, _, production = deploying(required_reviewers=[{"type": "User", "id": "dave"}])
    return acme, acme.outsider("dave"), C.APPROVE_DEPLOYMENT, production


@case("The reviewers must have at least read access to the repository", ENVIRONMENTS, "alone")
def _() -> Ask:
    acme, _, production = deploying(required_reviewers=ALICE)
    return acme, Ref("github.com", Kind.ACCOUNT, "alice"), C.APPROVE_DEPLOYMENT, production


@case(
    "By default, administrators can bypass the protection rules and force deployments to specific environments",
    ENVIRONMENTS,
    "alone",
)
def _() -> Ask:
    acme, bob, production = deploying("admin", required_reviewers=ALICE, can_admins_bypass=True)
    return acme, bob, C.DEPLOY, production


@case("you can configure environments to disallow bypassing the protection rules", ENVIRONMENTS, "together")
def _() -> Ask:
    acme, bob, production = deploying("admin", required_reviewers=ALICE, can_admins_bypass=False)
    return acme, bob, C.DEPLOY, production


@case(
    "a job cannot access environment secrets until one of the required reviewers approves it", ENVIRONMENTS, "together"
)
def _() -> Ask:
    acme, bob, production = deploying(required_reviewers=ALICE)
    return acme, bob, C.READ_SECRET, acme.secret(production, "KEY")


@case(
    "If no branch protection rules are defined for any branch in the repository, then all branches can deploy",
    ENVIRONMENTS,
    "alone",
)
def _() -> Ask:
    acme, bob, production = deploying(branch_policy={"protected_branches": True})
    return acme, bob, C.DEPLOY, production


SELECTED = {"protected_branches": False, "custom_branch_policies": True}


@case(
    "Only branches and tags that match your specified name patterns can deploy to the environment",
    ENVIRONMENTS,
    "together",
)
def _() -> Ask:
    acme, bob, production = deploying(branch_policy=SELECTED, branch_policies=[{"name": "main", "type": "branch"}])
    acme.classic(Ref("github.com", Kind.REPOSITORY, "web"), **REVIEWS, isAdminEnforced=True)
    return acme, bob, C.DEPLOY, production


@case(
    # a writer may create one
    "only a branch or tag whose name begins with `releases/` can deploy to the environment",
    ENVIRONMENTS,
    "alone",
)
def _() -> Ask:
    acme, bob, production = deploying(
        branch_policy=SELECTED, branch_policies=[{"name": "releases/*", "type": "branch"}]
    )
    acme.classic(Ref("github.com", Kind.REPOSITORY, "web"), **REVIEWS, isAdminEnforced=True)
    return acme, bob, C.DEPLOY, production


@case(
    "Only branches and tags that match your specified name patterns can deploy to the environment",
    ENVIRONMENTS,
    "alone",
)
def _() -> Ask:
    acme, bob, production = deploying(branch_policy=SELECTED, branch_policies=[{"name": "v*", "type": "tag"}])
    return acme, bob, C.DEPLOY, production


@case("Only allow users with bypass permission to create matching refs.", RULES_API, "no")
def _() -> Ask:
    acme, bob, production = deploying(branch_policy=SELECTED, branch_policies=[{"name": "v*", "type": "tag"}])
    acme.ruleset(Ref("github.com", Kind.REPOSITORY, "web"), "tags", "creation", target="tag", patterns=("~ALL",))
    return acme, bob, C.DEPLOY, production


@case(WORKFLOWS, ROLES, "no")
def _() -> Ask:
    acme, bob, production = deploying("read")
    return acme, bob, C.DEPLOY, production


@reading("an organization secret of selected repositories is given to these alone", DOCS + "rest/actions/secrets", "no")
def _() -> Ask:
    acme = Estate()
    bob, web, infra = acme.member("bob"), acme.repo("web"), acme.repo("infra")
    acme.grant(bob, web, "write")
    return (
        acme,
        bob,
        C.READ_SECRET,
        acme.secret(acme.org, "KEY", visibility="selected", selected_repositories=[infra.key]),
    )


@reading(
    "an organization secret of visibility all is given to every repository", DOCS + "rest/actions/secrets", "alone"
)
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    return acme, bob, C.READ_SECRET, acme.secret(acme.org, "KEY", visibility="all")


@reading(
    "an organization secret of visibility private is not given to public repositories",
    DOCS + "rest/actions/secrets",
    "no",
)
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web", "public")
    acme.grant(bob, web, "write")
    return acme, bob, C.READ_SECRET, acme.secret(acme.org, "KEY", visibility="private")


def installed(**permissions: str) -> tuple[Estate, Ref, Ref]:
    acme = Estate()
    app, web = acme.machine(Kind.APP, "deploybot", app_id=9), acme.repo("web")
    acme.grant(app, acme.org, acme.role("app:1", **permissions), GrantKind.APP)
    return acme, app, web


APPS = DOCS + "rest/authentication/permissions-required-for-github-apps"


@reading("writing workflow files needs the workflows permission beside contents", APPS, "no")
def _() -> Ask:
    acme, app, web = installed(contents="write")
    return acme, app, C.EDIT_PIPELINE, web


@reading("writing workflow files needs the workflows permission beside contents", APPS, "alone")
def _() -> Ask:
    acme, app, web = installed(contents="write", workflows="write")
    return acme, app, C.EDIT_PIPELINE, web


@reading("creating a workflow dispatch event needs actions: write", APPS, "alone")
def _() -> Ask:
    acme, app, web = installed(actions="write")
    return acme, app, C.RUN_PIPELINE, web


@reading("creating or updating a repository secret needs secrets: write", APPS, "alone")
def _() -> Ask:
    acme, app, web = installed(secrets="write")
    return acme, app, C.MANAGE_SECRET, web


@reading("metadata: read shows that a repository exists, not its contents", APPS, "no")
def _() -> Ask:
    acme, app, web = installed(metadata="read")
    return acme, app, C.READ, web


@reading("archived repositories are read-only for everyone", DOCS + "repositories/archiving-a-github-repository", "no")
def _() -> Ask:
    return holding("write", C.PUSH, archived=True)


@reading(
    "where it is null whether a repository is archived, it may be",
    DOCS + "repositories/archiving-a-github-repository",
    "unknown",
)
def _() -> Ask:
    return holding("write", C.PUSH, archived=None)


def deploying_from(role: str, **repository: object) -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web", **repository)  # type: ignore[arg-type]
    acme.grant(bob, web, role)
    return acme, bob, C.DEPLOY, acme.environment(web)


UNARCHIVE = "To make changes in an archived repository, you must unarchive the repository first."
ARCHIVING = DOCS + "repositories/archiving-a-github-repository/archiving-repositories"
NO_RUNS = "When you disable GitHub Actions, no workflows run in your repository."
ACTIONS = DOCS + (
    "repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/"
    "managing-github-actions-settings-for-a-repository"
)


@case(UNARCHIVE, ARCHIVING, "no")
def _() -> Ask:
    return deploying_from("write", archived=True)


@case(UNARCHIVE, ARCHIVING, "alone")
def _() -> Ask:
    return deploying_from("admin", archived=True)


@case(NO_RUNS, ACTIONS, "no")
def _() -> Ask:
    return deploying_from("write", actions_permissions={"enabled": False})


@reading("where Actions is enabled, a writer's workflow runs in an environment without rules", ACTIONS, "alone")
def _() -> Ask:
    return deploying_from("write", actions_permissions={"enabled": True})


@case(
    "Internal repositories are accessible to all enterprise members.",
    REPOSITORIES,
    "alone",
)
def _() -> Ask:
    acme = Estate()
    return acme, acme.member("bob"), C.READ, acme.repo("api", "internal")


@case("Public repositories are accessible to everyone on the internet.", REPOSITORIES, "alone")
def _() -> Ask:
    acme = Estate()
    return acme, acme.account("mallory"), C.READ, acme.repo("site", "public")


@case("Public repositories are accessible to everyone on the internet.", REPOSITORIES, "no")
def _() -> Ask:
    acme = Estate()
    return acme, acme.account("mallory"), C.PUSH, acme.repo("site", "public")


SCOPES = DOCS + "apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps"
RULES = DOCS + (
    "repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets"
)


@case("`pull_request` means that an actor can only bypass rules on pull requests.", RULES_API, "alone")
def _() -> Ask:
    bypass = ({"actor_type": "RepositoryRole", "actor_id": 4, "bypass_mode": "pull_request"},)
    acme, bob, web = ruled(ONE_REVIEW, bypass=bypass)
    return acme, bob, C.MERGE, web


@reading("`exempt` is a bypass mode beside `always`: the rules are not run for the actor", RULESETS, "alone")
def _() -> Ask:
    bypass = ({"actor_type": "RepositoryRole", "actor_id": 4, "bypass_mode": "exempt"},)
    acme, bob, web = ruled(ONE_REVIEW, bypass=bypass)
    return acme, bob, C.PUSH, acme.branch(web)


@reading("`EnterpriseRole` may be on a bypass list: who has one is not read", DOCS + "rest/repos/rules", "unknown")
def _() -> Ask:
    bypass = ({"actor_type": "EnterpriseRole", "actor_id": 7, "bypass_mode": "always"},)
    acme, bob, web = ruled(ONE_REVIEW, bypass=bypass)
    return acme, bob, C.PUSH, acme.branch(web)


@reading("a team that was not read may be on a bypass list", DOCS + "rest/repos/rules", "unknown")
def _() -> Ask:
    bypass = ({"actor_type": "Team", "actor_id": 4711, "bypass_mode": "always"},)
    acme, bob, web = ruled(ONE_REVIEW, bypass=bypass)
    return acme, bob, C.PUSH, acme.branch(web)


@case("Only allow users with bypass permission to create matching refs", RULES, "unknown")
def _() -> Ask:
    # main asks for a review, no branch may be created, and whether others exist was not read
    acme, bob, web = ruled("creation", "update", patterns=("~ALL",))
    return acme, bob, C.EDIT_PIPELINE, web


@case("Only allow users with bypass permission to create matching refs", RULES, "no")
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web", branches=["main", "release"])
    acme.grant(bob, web, "write")
    acme.ruleset(web, "shut", "creation", "update", patterns=("~ALL",))
    return acme, bob, C.EDIT_PIPELINE, web


@reading("a branch that exists and is not protected takes a workflow, whatever creating is", RULES, "alone")
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web", branches=["main", "try-out"])
    acme.grant(bob, web, "write")
    acme.ruleset(web, "creating", "creation", patterns=("~ALL",))
    acme.ruleset(web, "main", "update")
    return acme, bob, C.EDIT_PIPELINE, web


@reading("who is on the bypass list of the rule may create branches", RULES, "alone")
def _() -> Ask:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web", branches=["main"])
    acme.grant(bob, web, "write")
    release = acme.team("release", bob)
    bypass = ({"actor_type": "Team", "actor_id": release.key, "bypass_mode": "always"},)
    acme.ruleset(web, "shut", "creation", patterns=("~ALL",), bypass=bypass)
    acme.ruleset(web, "main", "update")
    return acme, bob, C.EDIT_PIPELINE, web


@reading("a deploy key authenticates git over SSH: it merges no pull request", KEYS, "no")
def _() -> Ask:
    acme, _, web = ruled(ONE_REVIEW)
    key = acme.machine(Kind.DEPLOY_KEY, "laptop")
    acme.grant(key, web, "deploy_key:write", GrantKind.KEY)
    return acme, key, C.MERGE, web


def scoped(visibility: str, *scopes: str) -> tuple[Estate, Ref, Ref]:
    acme = Estate()
    bob, web = acme.member("bob", owner=True), acme.repo("web", visibility)
    token = acme.machine(Kind.CLASSIC_TOKEN, "nightly", owner=bob)
    acme.grant(token, acme.org, acme.role("scopes:1", **dict.fromkeys(scopes, "granted")), GrantKind.TOKEN)
    return acme, token, web


@case("Limits access to public repositories.", SCOPES, "no")
def _() -> Ask:
    acme, token, web = scoped("private", "public_repo")
    return acme, token, C.PUSH, web


@case("That includes read/write access to code, commit statuses, repository projects, collaborators", SCOPES, "alone")
def _() -> Ask:
    acme, token, web = scoped("public", "public_repo")
    return acme, token, C.PUSH, web


@case("Fully manage the organization and its teams, projects, and memberships.", SCOPES, "alone")
def _() -> Ask:
    acme, token, _ = scoped("private", "admin:org")
    return acme, token, C.MANAGE_ACCESS, acme.org


@case("They do not grant any additional permission beyond that which the user already has.", SCOPES, "no")
def _() -> Ask:
    acme = Estate()
    token = acme.machine(Kind.CLASSIC_TOKEN, "nightly", owner=acme.member("bob"))
    acme.grant(token, acme.org, acme.role("scopes:1", **{"admin:org": "granted"}), GrantKind.TOKEN)
    return acme, token, C.MANAGE_ACCESS, acme.org


@case(
    "Dependabot secrets can be referenced from workflow files as long as the workflow is triggered by a Dependabot event",
    DOCS + "code-security/reference/secret-security/understanding-github-secret-types",
    "together",
)
def _() -> Ask:
    # a branch of one's own is not run by Dependabot: it takes a change of the default branch
    acme, bob, web = ruled(ONE_REVIEW)
    return acme, bob, C.READ_SECRET, acme.secret(web, "NPM_TOKEN", store="dependabot")


@reading("a secret of the repository is given to a workflow on any branch", ENVIRONMENTS, "alone")
def _() -> Ask:
    acme, bob, web = ruled(ONE_REVIEW)
    return acme, bob, C.READ_SECRET, acme.secret(web, "NPM_TOKEN", store="actions")


@reading(
    "visibility `selected`: which repositories is asked for separately, and may be refused",
    DOCS + "rest/actions/secrets",
    "unknown",
)
def _() -> Ask:
    acme, bob, _ = ruled(ONE_REVIEW)
    return acme, bob, C.READ_SECRET, acme.secret(acme.org, "NPM_TOKEN", store="actions", visibility="selected")


def picked(attributes: dict[str, object], *include: dict[str, object]) -> tuple[Estate, Ref, Ref]:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web", **attributes)  # type: ignore[arg-type]
    acme.grant(bob, web, "write")
    conditions = {"repository_property": {"include": list(include), "exclude": []}}
    acme.ruleset(acme.org, "by property", ONE_REVIEW, body={"conditions": conditions})
    return acme, bob, web


def spec(name: str, *values: str, source: str = "custom") -> dict[str, object]:
    return {"name": name, "property_values": list(values), "source": source}


PROPERTY = DOCS + "rest/orgs/rules"
TARGETS = "The values to match for the repository property"
SOURCE = "The source of the repository property. Defaults to 'custom' if not specified."


@case(TARGETS, PROPERTY, "together")
def _() -> Ask:
    acme, bob, web = picked({"properties": {"tier": "production"}}, spec("tier", "production"))
    return acme, bob, C.MERGE, web


@case(TARGETS, PROPERTY, "alone")
def _() -> Ask:
    acme, bob, web = picked({"properties": {"tier": "toy"}}, spec("tier", "production"))
    return acme, bob, C.MERGE, web


@case(TARGETS, PROPERTY, "unknown")
def _() -> Ask:
    # its properties were not read
    acme, bob, web = picked({}, spec("tier", "production"))
    return acme, bob, C.MERGE, web


@case(SOURCE, PROPERTY, "together")
def _() -> Ask:
    acme, bob, web = picked({"visibility": "private"}, spec("visibility", "private", "internal", source="system"))
    return acme, bob, C.MERGE, web


@case(SOURCE, PROPERTY, "alone")
def _() -> Ask:
    acme, bob, web = picked({"visibility": "private"}, spec("visibility", "public", source="system"))
    return acme, bob, C.MERGE, web


@case(SOURCE, PROPERTY, "together")
def _() -> Ask:
    acme, bob, web = picked(
        {"fork": True, "language": "Go"}, spec("fork", "true", source="system"), spec("language", "go", source="system")
    )
    return acme, bob, C.MERGE, web


@case(SOURCE, PROPERTY, "unknown")
def _() -> Ask:
    # a property of the system that nobody reads
    acme, bob, web = picked({}, spec("stars", "5", source="system"))
    return acme, bob, C.MERGE, web


@case(SOURCE, PROPERTY, "alone")
def _() -> Ask:
    # what was not read decides nothing where another property does not fit
    acme, bob, web = picked({"fork": False}, spec("stars", "5", source="system"), spec("fork", "true", source="system"))
    return acme, bob, C.MERGE, web


PATHS = ("file_path_restriction", {"restricted_file_paths": [".github/workflows/**"]})


def kept_from_workflows(*bypass: dict[str, object]) -> tuple[Estate, Ref, Ref]:
    acme = Estate()
    bob, alice, web = acme.member("bob"), acme.member("alice"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.grant(alice, web, "admin")
    acme.ruleset(web, "workflows", PATHS, target="push", patterns=(), bypass=bypass)
    return acme, bob, web


DELEGATED = DOCS + (
    "organizations/managing-organization-settings/managing-rulesets-for-repositories-in-your-organization"
)


@case(
    'With delegated bypass, contributors to a repository must request "bypass privileges" when pushing commits that '
    "contain restricted content.",
    DELEGATED,
    "together",
)
def _() -> Ask:
    acme, bob, web = kept_from_workflows({"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"})
    return acme, bob, C.EDIT_PIPELINE, web


@case(
    'To configure delegated bypass, organization owners or repository administrators first create a "bypass list".',
    DELEGATED,
    "no",
)
def _() -> Ask:
    acme, bob, web = kept_from_workflows()
    return acme, bob, C.EDIT_PIPELINE, web


@case("The bypass list includes specific roles and teams", DELEGATED, "no")
def _() -> Ask:
    # an app on the list passes, and decides about nobody's request
    acme, bob, web = kept_from_workflows({"actor_type": "Integration", "actor_id": 9, "bypass_mode": "always"})
    return acme, bob, C.EDIT_PIPELINE, web


FORKED = DOCS + "organizations/managing-organization-settings/creating-rulesets-for-repositories-in-your-organization"


def forked(role: str) -> tuple[Estate, Ref, Ref]:
    acme, _, web = kept_from_workflows({"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"})
    mona = acme.member("mona")
    fork = acme.repo("fork", fork=True, upstream={"key": web.key, "name": "acme/web"})
    acme.grant(mona, fork, "admin")
    if role:
        acme.grant(mona, web, role)
    return acme, mona, fork


@case("Forks do inherit push rulesets from their root repository.", FORKED, "together")
def _() -> Ask:
    acme, mona, fork = forked("write")
    return acme, mona, C.EDIT_PIPELINE, fork


@case(
    "For a forked repository, the only people who have bypass permissions for a push rule are the people who have "
    "bypass permissions in the root repository.",
    FORKED,
    "alone",
)
def _() -> Ask:
    acme, mona, fork = forked("admin")
    return acme, mona, C.EDIT_PIPELINE, fork


@case("Forks do not inherit branch or tag rulesets from their upstream repositories.", FORKED, "alone")
def _() -> Ask:
    acme, _, web = ruled(ONE_REVIEW)
    mona = acme.member("mona")
    fork = acme.repo("fork", fork=True, upstream={"key": web.key, "name": "acme/web"})
    acme.grant(mona, fork, "write")
    return acme, mona, C.MERGE, fork


def with_enterprise_role(*, read: bool = True) -> tuple[Estate, Ref, Ref]:
    acme = Estate(enterprise="acme-corp")
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    auditors = acme.team("auditors", bob)
    if read:
        acme.role("ent_role:7", "keeper of rules")
        acme.grant(auditors, Ref("github.com", Kind.ENTERPRISE, "acme-corp"), "ent_role:7", GrantKind.ORG_ROLE)
    acme.ruleset(
        web, "main", ONE_REVIEW, bypass=({"actor_type": "EnterpriseRole", "actor_id": 7, "bypass_mode": "always"},)
    )
    return acme, bob, web


BYPASS_TYPE = "The type of actor that can bypass a ruleset"


@case(BYPASS_TYPE, DOCS + "rest/repos/rules", "alone")
def _() -> Ask:
    acme, bob, web = with_enterprise_role()
    return acme, bob, C.PUSH, acme.branch(web)


@case(BYPASS_TYPE, DOCS + "rest/repos/rules", "unknown")
def _() -> Ask:
    acme, bob, web = with_enterprise_role(read=False)
    return acme, bob, C.PUSH, acme.branch(web)


def test_there_are_at_least_sixty_cases_and_each_names_its_page() -> None:
    assert len([each for each in CASES if each.quoted]) >= 60
    assert len({each.says for each in CASES if each.quoted}) >= 50, "of many sentences"
    assert all(c.source.startswith(DOCS) and c.says for c in CASES)


@pytest.mark.parametrize("each", CASES, ids=[f"{n:02d}-{c.says[:60]}" for n, c in enumerate(CASES)])
def test_case(each: Case) -> None:
    acme, who, capability, what = each.story()
    engine = acme.engine()
    ordinal = engine.snapshot.ordinal(who)
    assert ordinal is not None
    assert spoken(engine.who_can(capability, what), ordinal) == each.expected, each.says
