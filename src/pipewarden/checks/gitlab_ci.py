"""Checks about what GitLab's pipelines are given: variables, environments, job tokens, runners, tokens and keys."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import MAINTAINER
from pipewarden.access.view import Missing, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, PROJECTS, built, living, setting
from pipewarden.checks.names import is_production
from pipewarden.checks.reading import listed, many
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, GateKind, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

VARIABLES = "Settings > CI/CD > Variables"
VARIABLES_DOC = f"{DOCS}/ci/variables/"
TOKENS_DOC = f"{DOCS}/security/tokens/"
JOB_TOKEN_DOC = f"{DOCS}/ci/jobs/ci_job_token/"


def _secret(secret: Resource, view: View, flag: str) -> bool:
    return setting(view, secret, flag, facet=GitLabFacet.VARIABLES) is False


@check(
    id="gl.var.unprotected",
    title="Variables are given to protected branches and tags alone",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    remedy=(f"Turn on “Protect variable”: {VARIABLES}.",),
    source=f"{VARIABLES_DOC}#protect-a-cicd-variable",
    **clauses(PROJECTS, "C2.1.7 O6"),
)
def variable_unprotected(secret: Resource, view: View) -> Iterator[Hit]:
    """Whoever can push a branch can print it from a job of their own; only masked variables are taken for secrets here."""
    masked = view.attribute(secret, "masked", default=None) is True
    scope = str(view.attribute(secret, "environment_scope", default="*") or "*")
    if not _secret(secret, view, "protected") or (scope != "*" and _guarded(secret, view, scope)):
        return
    if masked or scope != "*" or _looks_secret(secret):
        yield Hit(says=f"{secret.name} is given to jobs of every branch that somebody pushes")


@check(
    id="gl.var.unmasked",
    title="Variables with secrets are masked in logs",
    severity=Severity.MEDIUM,
    subject=Kind.SECRET,
    remedy=(f"Set the visibility to “Masked and hidden”: {VARIABLES}. GitLab asks to make the variable anew.",),
    source=f"{VARIABLES_DOC}#mask-a-cicd-variable",
    **clauses(PROJECTS, "C2.1.7 O6"),
)
def variable_unmasked(secret: Resource, view: View) -> Iterator[Hit]:
    """A job's log is read by everybody in the project, and kept."""
    if _secret(secret, view, "masked") and _looks_secret(secret):
        yield Hit(says=f"{secret.name} is named like a secret and is shown in the logs of jobs")


def _guarded(secret: Resource, view: View, scope: str) -> bool:
    """Tell whether a protected environment keeps the variable: whose name is the scope, in the variable's own project."""
    if secret.parent is None or secret.parent.kind is not Kind.REPOSITORY:
        return False
    view.need(secret.parent, GitLabFacet.PROTECTED_ENVIRONMENTS)
    return any(gate.name == scope for gate in view.gates(secret.parent, GateKind.ENVIRONMENT))


def _looks_secret(secret: Resource) -> bool:
    """Tell by its name whether a variable is a secret: its value was never kept."""
    words = str(secret.attributes.get("key", "")).upper().split("_")
    return bool({"TOKEN", "PASSWORD", "SECRET", "KEY", "CREDENTIALS", "KUBECONFIG", "PASS", "PAT"} & set(words))


@check(
    id="gl.var.env_scope",
    title="A variable of one environment is protected too",
    severity=Severity.HIGH,
    subject=Kind.SECRET,
    remedy=(f"Turn on “Protect variable”, and protect the environment: {VARIABLES}.",),
    source=f"{DOCS}/ci/environments/#limit-the-environment-scope-of-a-cicd-variable",
    **clauses(PROJECTS, "O6"),
)
def environment_scope(secret: Resource, view: View) -> Iterator[Hit]:
    """A job names its environment itself: a scope without protection keeps nobody from the value."""
    scope = str(view.attribute(secret, "environment_scope", default="*") or "*")
    if scope != "*" and _secret(secret, view, "protected") and not _guarded(secret, view, scope):
        yield Hit(says=f"{secret.name} is meant for {scope}, and a job of any branch may say that it deploys there")


@check(
    id="gl.env.unprotected",
    title="Environments for production are protected",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=(GitLabFacet.ENVIRONMENTS, GitLabFacet.PROTECTED_ENVIRONMENTS, GitLabFacet.GROUP_ENVIRONMENTS),
    remedy=("Protect it: Settings > CI/CD > Protected environments, with who may deploy and who approves.",),
    source=f"{DOCS}/ci/environments/protected_environments/",
    **clauses(PROJECTS, "C5.1.4 O5"),
)
def environment_unprotected(environment: Resource, view: View) -> Iterator[Hit]:
    """Whoever can run a job deploys to an environment that no rule protects."""
    name = str(view.given(environment, "environment"))
    tier = str(view.attribute(environment, "tier", default="") or "")
    if tier != "production" and not is_production(name):
        return
    rules = [gate for ref in view.around(environment.ref) for gate in view.gates(ref, GateKind.ENVIRONMENT)]
    if not any(gate.name in {name, tier} for gate in rules):
        yield Hit(says=f"{environment.name} is not protected: whoever can run a job deploys there")


@check(
    id="gl.env.self_approve",
    title="Deployments to production wait for somebody else",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=(GitLabFacet.ENVIRONMENTS, GitLabFacet.PROTECTED_ENVIRONMENTS),
    remedy=("Add an approval rule to the protected environment: Settings > CI/CD > Protected environments.",),
    source=f"{DOCS}/ci/environments/deployment_approvals/",
    **clauses(PROJECTS, "AC-5"),
)
def self_approve(environment: Resource, view: View) -> Iterator[Hit]:
    """One person who may deploy and need ask nobody is one stolen session away from production."""
    name = str(view.given(environment, "environment"))
    for gate in (gate for ref in view.around(environment.ref)[:1] for gate in view.gates(ref, GateKind.ENVIRONMENT)):
        if gate.name != name or not is_production(name):
            continue
        asked = sum(row.get("required_approvals") or 0 for row in gate.rules.get("approval_rules") or ())
        if not (asked or gate.rules.get("required_approval_count")):
            yield Hit(says=f"deployments to {environment.name} need nobody's approval", because=(gate,))


@check(
    id="gl.job.inbound",
    title="Job tokens of other projects are let in by name alone",
    severity=Severity.CRITICAL,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.JOB_TOKEN),
    remedy=(
        "Limit it to “This project and any groups and projects in the allowlist”: Settings > CI/CD > Job token permissions.",
    ),
    source=f"{JOB_TOKEN_DOC}#control-job-token-access-to-your-project",
    **clauses(PROJECTS, "O5"),
)
def job_inbound(project: Resource, view: View) -> Iterator[Hit]:
    """A job acts as the person who started it: without the list, any project whose pipeline a member runs comes in as them."""
    built(view, project)
    if setting(view, project, "job_token_scope", "inbound_enabled", facet=GitLabFacet.JOB_TOKEN) is False:
        yield Hit(says=f"jobs of any project come into {project.name} as whoever started them")


@check(
    id="gl.job.allow_group",
    title="No whole group is let in with its jobs' tokens",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.JOB_TOKEN),
    remedy=(
        "List the projects that need it instead, each with fine-grained permissions: Settings > CI/CD > Job token permissions.",
    ),
    source=f"{JOB_TOKEN_DOC}#add-a-group-or-project-to-the-job-token-allowlist",
    **clauses(PROJECTS, "O5"),
)
def job_group(project: Resource, view: View) -> Iterator[Hit]:
    """A group lets in every project that it will ever hold, made by whoever may make one there."""
    built(view, project)
    groups = [
        row
        for row in setting(view, project, "job_token_scope", "groups", facet=GitLabFacet.JOB_TOKEN)
        if row.get("default_permissions") is not False
    ]
    if groups:
        names = listed(row["name"] for row in groups)
        yield Hit(says=f"{project.name} lets in the jobs of every project of {names}")


@check(
    id="gl.job.push",
    title="Jobs do not push with their token",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Turn off “Allow Git push requests to the repository”: Settings > CI/CD > Job token permissions.",),
    source=f"{JOB_TOKEN_DOC}#allow-git-push-requests-to-your-project-repository",
    **clauses(PROJECTS, "O5"),
)
def job_push(project: Resource, view: View) -> Iterator[Hit]:
    """Whoever gets a command into a job then changes the code with the rights of whoever started it."""
    built(view, project)
    if setting(view, project, "ci_push_repository_for_job_token_allowed", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"jobs of {project.name} may push to it as whoever started them")


@check(
    id="gl.ci.fork_mr",
    title="Merge requests of forks run no pipelines in the project itself",
    severity=Severity.CRITICAL,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Set ci_allow_fork_pipelines_to_run_in_parent_project to false: PUT /projects/{id}.",),
    source=f"{DOCS}/ci/pipelines/merge_request_pipelines/#run-pipelines-in-the-parent-project",
    **clauses(PROJECTS, "O4"),
)
def fork_pipelines(project: Resource, view: View) -> Iterator[Hit]:
    """A member who starts the pipeline of a fork's merge request runs a stranger's code with the project's variables."""
    built(view, project)
    if setting(view, project, "ci_allow_fork_pipelines_to_run_in_parent_project", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"merge requests from forks may run their pipeline inside {project.name}")


@check(
    id="gl.ci.public",
    title="Jobs and their logs are for members alone",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Turn off “Project-based pipeline visibility”: Settings > CI/CD > General pipelines.",),
    source=f"{DOCS}/ci/pipelines/settings/#change-which-users-can-view-your-pipelines",
    **clauses(PROJECTS, "O6"),
)
def public_jobs(project: Resource, view: View) -> Iterator[Hit]:
    """Logs and artifacts show more than was meant; of a public project anybody reads them."""
    built(view, project)
    public = view.given(project, "visibility", facet=GitLabFacet.PROJECTS) in {"public", "internal"}
    if public and setting(view, project, "public_jobs", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"logs and artifacts of jobs of {project.name} are read by whoever sees the project")


@check(
    id="gl.ci.autodevops",
    title="No project runs a pipeline that nobody wrote",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Turn off “Default to Auto DevOps pipeline”: Settings > CI/CD > Auto DevOps.",),
    source=f"{DOCS}/topics/autodevops/",
    **clauses(PROJECTS, "O7"),
)
def auto_devops(project: Resource, view: View) -> Iterator[Hit]:
    """What it runs comes with GitLab's version, and is given the project's variables."""
    built(view, project)
    if setting(view, project, "auto_devops_enabled", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"{project.name} runs Auto DevOps where it has no pipeline of its own")


@check(
    id="gl.ci.config_path",
    title="A project's pipeline lies in the project",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Move the file into the project, or name a project that fewer people may push to: Settings > CI/CD.",),
    source=f"{DOCS}/ci/pipelines/settings/#specify-a-custom-cicd-configuration-file",
    **clauses(PROJECTS, "O4"),
)
def config_path(project: Resource, view: View) -> Iterator[Hit]:
    """Whoever can write the file elsewhere decides what runs here, with this project's variables."""
    built(view, project)
    path = str(view.attribute(project, "ci_config_path", default="") or "")
    if "@" in path or "://" in path:
        where = path.partition("@")[2] or path.partition("://")[2].partition("/")[0]
        yield Hit(says=f"the pipeline of {project.name} is taken from {where}")


@check(
    id="gl.run.shared",
    title="Runners take only the jobs that are meant for them",
    severity=Severity.HIGH,
    subject=Kind.RUNNER,
    remedy=("Set the runner to “Protected”, lock it to its projects, and give it tags.",),
    source=f"{DOCS}/ci/runners/configure_runners/",
    **clauses(PROJECTS, "O7"),
)
def runner_open(runner: Resource, view: View) -> Iterator[Hit]:
    """A runner of the instance or of a group runs commands of everybody who can push anywhere in it, side by side."""
    kind = view.given(runner, "runner_type")
    if kind == "project_type":
        return
    if view.given(runner, "access_level") == "not_protected":
        whose = "the instance" if kind == "instance_type" else "its group"
        yield Hit(
            says=f"the runner {runner.name.rpartition('/')[2]} runs jobs of every branch of every project of {whose}"
        )


def _reaches(token: Machine) -> str:
    scopes = token.attributes.get("scopes") or ()
    return listed(sorted(str(scope) for scope in scopes)) or "no scope"


@check(
    id="gl.tok.project_group",
    title="Access tokens of projects and groups do one thing, and end",
    severity=Severity.HIGH,
    subject=Kind.ACCESS_TOKEN,
    limits=("token_lifetime_days",),
    remedy=("Replace it by one with a lower role and fewer scopes that ends sooner: Settings > Access tokens.",),
    source=f"{DOCS}/user/project/settings/project_access_tokens/",
    **clauses(PEOPLE, "O6 AC-6"),
)
def strong_token(token: Machine, view: View, limits: Limits) -> Iterator[Hit]:
    """Whoever holds it acts as a Maintainer whose session has no second factor and no end of day."""
    if token.attributes.get("of") not in {"repository", "organization"}:
        return
    level = view.given(token, "access_level")
    scopes = view.given(token, "scopes")
    where = view.name(token.parent) if token.parent else "its project"
    name = token.attributes.get("token")
    if level >= MAINTAINER and "api" in scopes:
        yield Hit(
            says=f"the access token “{name}” of {where} has a Maintainer's rights with the scope api", because=(token,)
        )
    ends = token.expires_at
    if ends is None or (ends - view.as_of).days > limits.token_lifetime_days:
        told = "never ends" if ends is None else f"ends only on {day(ends)}"
        yield Hit(says=f"the access token “{name}” of {where} {told}", because=(token,))


@check(
    id="gl.tok.pat_no_expiry",
    title="Personal access tokens end",
    severity=Severity.MEDIUM,
    subject=Kind.ACCESS_TOKEN,
    remedy=("Revoke it and make one that ends; turn on “Require expiration dates” in the instance's settings.",),
    source=f"{DOCS}/user/profile/personal_access_tokens/",
    **clauses(PEOPLE, "O6 IA-5"),
)
def personal_forever(token: Machine, view: View) -> Iterator[Hit]:
    """A token that never ends outlives its purpose, its laptop, and the employment of its owner."""
    if token.attributes.get("of") == "account" and token.expires_at is None:
        whose = view.name(token.owner) if token.owner else "somebody"
        yield Hit(
            says=f"the token “{token.attributes.get('token')}” of {whose} never ends ({_reaches(token)})",
            because=(token,),
        )


@check(
    id="gl.tok.deploy",
    title="Deploy tokens end, and only read",
    severity=Severity.HIGH,
    subject=Kind.DEPLOY_TOKEN,
    remedy=("Replace it by one that ends and only reads: Settings > Repository > Deploy tokens.",),
    source=f"{DOCS}/user/project/deploy_tokens/",
    **clauses(PEOPLE, "O6"),
)
def deploy_token(token: Machine, view: View) -> Iterator[Hit]:
    """It works for whoever holds it; one called gitlab-deploy-token is handed to every job by itself."""
    where = view.name(token.parent) if token.parent else "its project"
    scopes = view.given(token, "scopes")
    if token.attributes.get("token") == "gitlab-deploy-token":
        yield Hit(says=f"every job of {where} is given the deploy token gitlab-deploy-token", because=(token,))
    if token.expires_at is None:
        yield Hit(says=f"the deploy token {token.attributes.get('token')} of {where} never ends", because=(token,))
    elif any(str(scope).startswith("write") for scope in scopes):
        yield Hit(
            says=f"the deploy token {token.attributes.get('token')} of {where} writes ({_reaches(token)})",
            because=(token,),
        )


@check(
    id="gl.tok.deploy_key",
    title="Deploy keys only read, in one project",
    severity=Severity.HIGH,
    subject=Kind.DEPLOY_KEY,
    needs=(GitLabFacet.DEPLOY_KEYS,),
    remedy=("Turn off “Grant write permissions to this key”, or delete it: Settings > Repository > Deploy keys.",),
    source=f"{DOCS}/user/project/deploy_keys/",
    **clauses(PEOPLE, "O6 AC-6"),
)
def deploy_key(key: Machine, view: View) -> Iterator[Hit]:
    """A key that pushes has no second factor, and no end unless somebody set one; it outlives who made it."""
    grants = view.grants_of(key.ref)
    writes = [grant for grant in grants if grant.role == "deploy_key:write" and not grant.conditions]
    if writes:
        where = listed(view.name(grant.resource) for grant in writes)
        yield Hit(says=f"the deploy key {key.name} can push to {where}", because=tuple(writes))
    if len(grants) > 1:
        yield Hit(says=f"the deploy key {key.name} opens {many(len(grants), 'project')}", because=tuple(grants))
    if any(grant.conditions for grant in grants):
        raise Missing(key.ref, GitLabFacet.DEPLOY_KEYS, Cause.MISSING_FIELD, "can_push was not told")


@check(
    id="gl.tok.trigger",
    title="Trigger tokens are in use, and their owners are there",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.TRIGGERS),
    remedy=("Delete it: Settings > CI/CD > Pipeline trigger tokens.",),
    source=f"{DOCS}/ci/triggers/",
    **clauses(PEOPLE, "O6"),
)
def trigger(project: Resource, view: View) -> Iterator[Hit]:
    """Whoever holds it starts pipelines with the rights of the person who made it."""
    living(view, project)
    for row in setting(view, project, "triggers", facet=GitLabFacet.TRIGGERS):
        owner = row.get("owner") or {}
        whose = f" of {owner['username']}" if owner.get("username") else ""
        used = "" if row.get("last_used") else ", and it was never used"
        yield Hit(says=f"a trigger token{whose} starts pipelines of {project.name} with its owner's rights{used}")


@check(
    id="gl.tok.schedule_owner",
    title="Schedules belong to people who are there",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.SCHEDULES),
    remedy=("Take over the schedule with a machine's account, or delete it: Build > Pipeline schedules.",),
    source=f"{DOCS}/ci/pipelines/schedules/",
    **clauses(PEOPLE, "O5"),
)
def schedule(project: Resource, view: View) -> Iterator[Hit]:
    """A schedule runs with its owner's rights for as long as it stands."""
    built(view, project)
    for row in setting(view, project, "schedules", facet=GitLabFacet.SCHEDULES):
        owner = row.get("owner")
        if row.get("active") is True and owner and owner.get("state") not in {"active", None}:
            yield Hit(
                says=f"a schedule of {project.name} runs as {owner.get('username')}, whose account is {owner['state']}"
            )


@check(
    id="gl.hook.ssl",
    title="Webhooks check certificates",
    severity=Severity.LOW,
    subject=Kind.WEBHOOK,
    remedy=("Give the hook an https:// address and turn on “Enable SSL verification”: Settings > Webhooks.",),
    source=f"{DOCS}/user/project/integrations/webhooks/",
    **clauses(PROJECTS, "C1.4.4"),
)
def hook_ssl(hook: Resource, view: View) -> Iterator[Hit]:
    """What it sends is otherwise read, and its answers given, by whoever is in between."""
    plain = str(view.given(hook, "url")).startswith("http://")
    if plain or view.given(hook, "enable_ssl_verification") is False:
        yield Hit(
            says=f"{hook.name} sends to {hook.attributes['url']} "
            + ("unencrypted" if plain else "without checking the certificate")
        )


@check(
    id="gl.hook.no_token",
    title="Webhooks carry a token",
    severity=Severity.MEDIUM,
    subject=Kind.WEBHOOK,
    remedy=("Set a secret token, and check it at the receiver: Settings > Webhooks.",),
    source=f"{DOCS}/user/project/integrations/webhooks/#validate-requests-by-using-a-secret-token",
    **clauses(PROJECTS, "C1.4.4"),
)
def hook_token(hook: Resource, view: View) -> Iterator[Hit]:
    """A receiver that cannot tell who sends acts on whatever anybody sends."""
    if view.given(hook, "token_present") is False:
        yield Hit(says=f"{hook.name} carries no token: its receiver cannot tell who sends")
