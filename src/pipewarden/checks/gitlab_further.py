"""Checks of GitLab about what is asked for apart: SSH keys of people, secure files, audit streams, executors of runners."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, PROJECTS, built, topmost, untold
from pipewarden.checks.once import once
from pipewarden.checks.reading import listed, many, moment
from pipewarden.checks.unread import gap_among, need_among
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

KEEPING = frozenset({"shell", "ssh"})
"""Executors that run a job on the host itself, where it leaves what the next one finds.

https://docs.gitlab.com/runner/executors/
"""

FRESH = frozenset({
    "docker", "docker-autoscaler", "docker-ssh", "docker-ssh+machine", "docker-windows", "docker+machine", "kubernetes",
    "parallels", "virtualbox",
})  # fmt: skip
"""Executors that make a place anew for each job; `custom` and `instance` may or may not, as somebody set them up.

https://docs.gitlab.com/runner/executors/#selecting-the-executor (“Clean build environment for every build”)
"""


@check(
    id="gl.tok.ssh_key_old",
    title="SSH keys of people end or are renewed",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(GitLabFacet.GROUPS,),
    limits=("ssh_key_days",),
    remedy=(
        "Have the person remove the key and add a new one with an end: Preferences > SSH Keys.",
        "On an instance of your own let no key live longer than a year: Admin > Settings > General > Account and limit.",
    ),
    source=f"{DOCS}/user/ssh/",
    **clauses(PEOPLE, "IA-5"),
)
def ssh_key_old(group: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A key without an end stays valid on every laptop it was ever copied to, and no second factor is asked of it.

    Judged with the outermost group, of the people who were asked: those with the highest roles first.
    """
    topmost(view, group)
    for account in view.entities(Kind.ACCOUNT):
        keys = account.attributes.get("ssh_keys")
        if account.ref.instance != group.ref.instance or not isinstance(keys, list) or not isinstance(account, Account):
            continue
        for key in keys:
            made = moment(key["created_at"])
            if key.get("expires_at") is None and view.older(made, limits.ssh_key_days):
                yield Hit(
                    says=f"the SSH key “{key.get('title')}” of {account.name} never ends, and was added on {day(made)}",
                    about=account,
                    because=(account,),
                )
    view.need(group.ref, GitLabFacet.SSH_KEYS)
    _met(view, group.ref.instance)


def _met(view: View, instance: str) -> None:
    """Raise Missing where people may be there whom nobody could ask, for neither the list of users nor one of members told them."""
    listed_all = any(tenant.ref.instance == instance for tenant in view.entities(Kind.TENANT))
    if not listed_all or gap_among(view, frozenset({GitLabFacet.USERS}), [instance]):
        need_among(view, frozenset({GitLabFacet.GROUP_MEMBERS, GitLabFacet.MEMBERS}), [instance])


@check(
    id="gl.ci.secure_files",
    title="Files that jobs need are not open to jobs of every branch",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.SECURE_FILES,),
    remedy=(
        "Keep the file in a vault, or as a protected file variable of the environment that needs it, and delete it there.",
        "Renew what it holds: every job since may have copied it.",
    ),
    source=f"{DOCS}/ci/secure_files/",
    **clauses(PROJECTS, "O6"),
)
def secure_files(project: Resource, view: View) -> Iterator[Hit]:
    """A secure file, such as a signing key, is bound to no branch and no environment: who pushes any branch has a job fetch it."""
    built(view, project)
    files = view.attribute(project, "secure_files", facet=GitLabFacet.SECURE_FILES, default=None)
    if files is None:
        if any(view.inside(project.ref, Kind.WORKFLOW)):
            raise Missing(
                project.ref, GitLabFacet.SECURE_FILES, Cause.MISSING_FIELD, "its secure files were not listed"
            )
        raise NotApplicable(f"{project.name} has no pipeline that could fetch a file")
    if files:
        names = listed([str(each.get("name")) for each in files], 2)
        yield Hit(says=f"jobs of every branch of {project.name} may fetch {many(len(files), 'secure file')}: {names}")


@once
def _told(view: View) -> dict[str, list[Resource]]:
    """Return what was told over GraphQL of the outermost groups, by their instances."""
    found: dict[str, list[Resource]] = {}
    for thing in view.entities(Kind.APPLICATION):
        if isinstance(thing, Resource) and thing.ref.key.startswith("graphql:"):
            found.setdefault(thing.ref.instance, []).append(thing)
    return found


@check(
    id="gl.log.audit_stream",
    title="Audit events are streamed to where nobody here can change them",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(GitLabFacet.AUDIT_STREAMS,),
    remedy=("Add a destination: Secure > Audit events > Streams, for the group or the whole instance.",),
    source=f"{DOCS}/administration/compliance/audit_event_streaming/",
    **clauses(PEOPLE, "O10 AU-6"),
)
def audit_stream(group: Resource, view: View) -> Iterator[Hit]:
    """Events that stay in GitLab are read by whoever is asked for them, end with its retention, and alert nobody."""
    topmost(view, group)
    thing = next((each for each in _told(view).get(group.ref.instance, ()) if each.parent == group.ref), None)
    if thing is None:
        detail = "where audit events are streamed to was not told"
        raise Missing(group.ref, GitLabFacet.AUDIT_STREAMS, Cause.MISSING_FIELD, detail)
    streams = view.given(thing, "audit_streams", facet=GitLabFacet.AUDIT_STREAMS)
    if not any(each.get("active") is True for each in streams):
        off = " (what there is, is switched off)" if streams else ""
        yield Hit(says=f"no audit event of {group.name} is streamed anywhere{off}")


@check(
    id="gl.run.nonephemeral",
    title="Runners give each job a place of its own",
    severity=Severity.MEDIUM,
    subject=Kind.RUNNER,
    needs=(GitLabFacet.EXECUTORS,),
    remedy=(
        "Have the runner start a container or machine for each job: the executors docker, kubernetes, docker-autoscaler.",
    ),
    source=f"{DOCS}/runner/executors/",
    **clauses(PROJECTS, "C2.2.1 O7"),
)
def nonephemeral(runner: Resource, view: View) -> Iterator[Hit]:
    """On a host that stays, a job reads what the one before left, and leaves what the next one runs.

    Whether containers are privileged no API tells: that is in the runner's own configuration.
    """
    things = [each.attributes.get("executors") for each in _told(view).get(runner.ref.instance, ())]
    known = [each[runner.ref.key] for each in things if isinstance(each, dict) and runner.ref.key in each]
    names = sorted({name for each in known for name in each})
    if keeping := sorted(KEEPING & set(names)):
        short = runner.name.rpartition("/")[2]
        yield Hit(says=f"the runner {short} runs jobs on a host that stays (executor {keeping[0]})")
    elif not names or not FRESH.issuperset(names):
        if not known:
            untold(view, runner, GitLabFacet.EXECUTORS)
        told = (
            f"the executor of {runner.name} is {' and '.join(names)}" if names else f"{runner.name} has told none yet"
        )
        raise Missing(runner.ref, GitLabFacet.EXECUTORS, Cause.MISSING_FIELD, told)
