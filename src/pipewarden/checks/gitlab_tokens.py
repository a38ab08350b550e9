"""Checks about tokens, keys, triggers and schedules of GitLab."""

from collections.abc import Iterator

from pipewarden.access.github.held import Clause
from pipewarden.access.gitlab.levels import MAINTAINER
from pipewarden.access.gitlab.rulings import GitLabRulings
from pipewarden.access.gitlab.schedules import Schedule
from pipewarden.access.view import Missing, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, built, living, setting
from pipewarden.checks.reading import listed, many
from pipewarden.model.access import Path
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits


def reaches(token: Machine) -> str:
    """Return the scopes of a token, in words."""
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
    if view.given(token, "of", facet=GitLabFacet.TOKENS) not in {"repository", "organization"}:
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
            says=f"the deploy token {token.attributes.get('token')} of {where} writes ({reaches(token)})",
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
    title="Schedules belong to people who are there, and lend nobody else their rights",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.SCHEDULES),
    remedy=(
        "Take over the schedule with a machine's account that holds no more than its jobs need: Build > Pipeline schedules.",
        "Or protect the branch, so that nobody below the owner pushes to it or merges into it: Settings > Repository.",
    ),
    source=f"{DOCS}/ci/pipelines/schedules/",
    **clauses(PEOPLE, "O5"),
)
def schedule(project: Resource, view: View) -> Iterator[Hit]:
    """A schedule runs with its owner's rights, and does what those wrote who may push to its branch."""
    built(view, project)
    untold = False
    for row in setting(view, project, "schedules", facet=GitLabFacet.SCHEDULES):
        owner = row.get("owner")
        untold |= row.get("active") is not False and isinstance(owner, dict) and owner.get("state") is None
        if row.get("active") is True and owner and owner.get("state") not in {"active", None}:
            yield Hit(
                says=f"a schedule of {project.name} runs as {owner.get('username')}, whose account is {owner['state']}"
            )
    yield from _lending(project, view)
    if untold:
        detail = "whether the owner of a schedule is blocked was not told"
        raise Missing(project.ref, GitLabFacet.SCHEDULES, Cause.MISSING_FIELD, detail)


def _lending(project: Resource, view: View) -> Iterator[Hit]:
    """Yield the schedules that people who hold less than the owner may change. Raises Missing where that was not seen."""
    at = view.snapshot.ordinal(project.ref)
    rulings = None if at is None else view.engine.rulings.of(at)
    if at is None or not isinstance(rulings, GitLabRulings):
        return
    doubted = None
    for schedule in rulings.schedules.of(at):
        below = lowlier(view, at, schedule, rulings.schedules.writers(at, schedule))
        surely = {who: clause for who, clause in below.items() if not (clause.unknown or schedule.unknown)}
        if surely:
            yield _lent(project, view, schedule, surely)
        elif below:
            doubted = schedule
    if doubted is not None:
        facet = GitLabFacet.SCHEDULES if doubted.unknown else GitLabFacet.PROTECTED_BRANCHES
        raise Missing(project.ref, facet, Cause.MISSING_FIELD, f"whether others may change what runs for {doubted.ref}")


def lowlier(view: View, project: int, schedule: Schedule, writers: list[Clause]) -> dict[int, Clause]:
    """Return the people who may change what a schedule runs and hold less than its owner, what is known first."""
    graph = view.engine.graph
    most = graph.level(schedule.owner, project)
    found: dict[int, Clause] = {}
    for clause in sorted(writers, key=lambda each: bool(each.unknown)):
        for who in clause.holders & view.account_set:
            if who not in found and graph.level(who, project) < most:
                found[who] = clause
    return found


def _lent(project: Resource, view: View, schedule: Schedule, below: dict[int, Clause]) -> Hit:
    names = sorted(view.snapshot.name_of(who) for who in below)
    verb = "holds" if len(names) == 1 else "hold"
    owner = view.snapshot.name_of(schedule.owner)
    first, clause = min(below.items(), key=lambda pair: pair[0])
    return Hit(
        says=f"a schedule of {project.name} for {schedule.ref} runs as {owner}, and {listed(names, 3)}, who {verb} less, may change it",
        because=tuple(Path(links=(*way, *clause.tail)) for way in clause.lead(first)[:1]),
    )
