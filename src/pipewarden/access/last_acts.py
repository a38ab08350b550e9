"""Who used or changed a machine last: the weakest ground on which somebody owns it, asked where no other names anybody.

An act counts that a system itself tells of and that a person did to this machine: what somebody pushed to the repository
around a job, what a commit says of its author, and what bots and clocks do make nobody an owner.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pipewarden.access.last_builds import last_starters
from pipewarden.access.owner_grounds import Named, Nobody
from pipewarden.access.view import View
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Cause, Machine, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import ATTRIBUTE, Circle
from pipewarden.model.owners import Ground
from pipewarden.model.systems import System

BRANCH = "refs/heads/"


def last_actors(view: View, machine: Machine) -> list[Named]:
    """Return who used or changed a machine last; of a job of GitLab, as whom the clock runs it; of a Jenkinsfile, who started it.

    Raises Nobody where what would tell it was not read.
    """
    system = view.system_of(machine.ref)
    told = machine.attributes.get(ATTRIBUTE)
    if isinstance(told, Mapping) and told.get("system") == System.JENKINS:
        return last_starters(view, machine)
    if system is System.GITHUB and machine.ref.kind in {Kind.APP, Kind.JOB}:
        return _by_audit_log(view, machine)
    if system is System.GITLAB and machine.ref.kind is Kind.JOB:
        return list(_by_schedule(view, machine))
    return []


# --- GitHub: the audit log ----------------------------------------------------------------------------


def _by_audit_log(view: View, machine: Machine) -> list[Named]:
    organization = view.organization_of(machine)
    key = _name_in_log(view, machine)
    if organization is None or key is None:
        return []
    event = _acts(view, organization).get(key)
    what = "run" if machine.ref.kind is Kind.JOB else "app"
    untold = (organization.attributes.get("last_acts_untold") or {}).get(what)
    if untold is not None and (event is None or datetime.fromisoformat(untold) > datetime.fromisoformat(event["at"])):
        says = f"an event of the audit log does not say which {what} it is about, or who did it"
        gap = view.gap(organization.ref, Facet.ORG_AUDIT_EVENTS) or view.gap(organization.ref, Facet.ORG_AUDIT_LOG)
        raise Nobody(says, gap)
    if event is None:
        gap = view.gap(organization.ref, Facet.ORG_AUDIT_LOG)
        if gap is not None and gap.cause is not Cause.PLAN:
            raise Nobody(gap.detail, gap)
        return []
    actor, number = str(event.get("actor")), event.get("actor_id")
    # a login that has an id beside it is nobody else's, whoever may be called so by now
    ref = Ref(machine.ref.instance, Kind.ACCOUNT, str(number)) if number is not None else _called(view, machine, actor)
    account = view.find(ref)
    if isinstance(account, Account) and account.attributes.get("type") == "Bot":
        return []
    did = "started it by hand" if machine.ref.kind is Kind.JOB else "changed it"
    says = f"{did} last, on {str(event.get('at'))[:10]}"
    return [Named(ref=ref, name=actor, ground=Ground.USED, says=says)]


def _name_in_log(view: View, machine: Machine) -> tuple[str, str] | None:
    """Return how the log names an app, or the workflow that starts a job; None where several workflows have that name."""
    if machine.ref.kind is Kind.APP:
        return "", str(machine.attributes.get("app_slug") or "").lower()
    told, home = machine.attributes.get(ATTRIBUTE), view.find(machine.parent)
    if not isinstance(told, Mapping) or home is None:
        return None
    names = _workflow_names(view, home.ref)
    name = names.get(str(told.get("path")))
    return (home.name.lower(), name) if name and Counter(names.values())[name] == 1 else None


def _workflow_names(view: View, repository: Ref) -> dict[str, str]:
    """Return what the workflows of a repository are called, by path: one without a name is called by its path."""
    known = view.memo["names of workflows"]
    if repository not in known:
        files = [each.attributes for each in view.inside(repository, Kind.WORKFLOW)]
        known[repository] = {str(f["path"]): str(f.get("name") or f["path"]).lower() for f in files if f.get("path")}
    found: dict[str, str] = known[repository]
    return found


def _acts(view: View, organization: Resource) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the newest act of a person on each app and workflow of an organization, by repository and name."""
    known = view.memo["last acts"]
    if organization.ref not in known:
        rows = organization.attributes.get("last_acts")
        given = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        known[organization.ref] = {
            (str(row.get("repo") or "").lower() if _is_run(row) else "", str(row.get("name")).lower()): row
            for row in given
        }
    found: dict[tuple[str, str], Mapping[str, Any]] = known[organization.ref]
    return found


def _is_run(row: Mapping[str, Any]) -> bool:
    return str(row.get("action")).startswith("workflows.")


def _called(view: View, machine: Machine, login: str) -> Ref | None:
    """Return the one account that has a login on the machine's host."""
    named = [view.snapshot.ref(ordinal) for ordinal in view.snapshot.named(login)]
    found = [ref for ref in named if ref.instance == machine.ref.instance and ref.kind is Kind.ACCOUNT]
    return found[0] if len(found) == 1 else None


# --- GitLab: schedules --------------------------------------------------------------------------------


def _by_schedule(view: View, job: Machine) -> Iterator[Named]:
    """Yield as whom the clock runs a job of the default branch: who owns the schedule answers for what it does.

    https://docs.gitlab.com/ci/pipelines/schedules/
    """
    told, project = job.attributes.get(ATTRIBUTE), view.find(job.parent)
    starts = told.get("starts") if isinstance(told, Mapping) else None
    clock = any(isinstance(each, Mapping) and each.get("by") == Circle.SCHEDULE for each in starts or ())
    if not clock or not isinstance(project, Resource):
        return
    gap = view.gap(project.ref, GitLabFacet.SCHEDULES)
    if gap is not None and gap.cause is not Cause.PLAN:
        raise Nobody(gap.detail, gap)
    rows = project.attributes.get("schedules")
    if not isinstance(rows, list) and gap is None:
        raise Nobody(f"the schedules of {project.name} were not read", None)
    main, doubt = str(project.attributes.get("default_branch") or ""), False
    seen: set[str] = set()
    for row in rows if isinstance(rows, list) and main else ():
        owner = row.get("owner") if isinstance(row, Mapping) else None
        if not isinstance(owner, Mapping) or str(row.get("ref") or "").removeprefix(BRANCH) != main:
            continue
        key = str(owner.get("id"))
        doubt = doubt or row.get("active") is None
        if row.get("active") is not True or key in seen or _is_machine(view, job, key):
            continue
        seen.add(key)
        ref = Ref(job.ref.instance, Kind.ACCOUNT, key)
        yield Named(
            ref=ref, name=str(owner.get("username") or key), ground=Ground.USED, says="its schedule runs as them"
        )
    if doubt and not seen:
        raise Nobody(f"whether a schedule of {project.name} is active was not told", None)


def _is_machine(view: View, job: Machine, number: str) -> bool:
    """Tell whether an account of GitLab is a service account or the bot of an access token."""
    keys = ((Kind.SERVICE_ACCOUNT, number), (Kind.ACCESS_TOKEN, f"bot:{number}"))
    return any(view.find(Ref(job.ref.instance, kind, key)) is not None for kind, key in keys)
