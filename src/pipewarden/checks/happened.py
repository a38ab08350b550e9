"""Checks about what the audit log tells that somebody did: not what is, but what was just changed, and by whom."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from pipewarden.access.view import Missing, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import listed, many
from pipewarden.checks.sections import BRANCHES, REPOSITORIES, SECRETS
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Entity, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

EVENTS = (
    "https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/"
    "managing-security-settings-for-your-organization/audit-log-events-for-your-organization"
)
"""The vendor's page that says what each action means."""

RISKY: dict[str, tuple[Severity, str]] = {
    "org.disable_two_factor_requirement": (Severity.HIGH, "stopped asking for a second factor in {org}"),
    "org.disable_saml": (Severity.HIGH, "switched off single sign-on of {org}"),
    "org.disable_oauth_app_restrictions": (Severity.MEDIUM, "let any OAuth app into {org} without approval"),
    "org.update_default_repository_permission": (Severity.MEDIUM, "changed what every member of {org} holds"),
    "org.add_member": (Severity.HIGH, "added {user} to {org} as an owner"),
    "org.update_member": (Severity.HIGH, "made {user} an owner of {org}"),
    "integration_installation.create": (Severity.MEDIUM, "installed the app {name} in {org}"),
    "hook.create": (Severity.LOW, "added a webhook to {where}"),
    "repo.add_member": (Severity.LOW, "gave {user} access to {where}"),
    "repo.access": (Severity.HIGH, "made {where} public"),
    "repo.transfer": (Severity.MEDIUM, "transferred {where}"),
    "personal_access_token.access_granted": (Severity.LOW, "approved a fine-grained token of {user}"),
    "environment.remove_protection_rule": (Severity.MEDIUM, "removed a rule of an environment of {where}"),
    "environment.update_protection_rule": (Severity.LOW, "changed a rule of an environment of {where}"),
    "environment.delete": (Severity.LOW, "deleted an environment of {where}"),
    "org.runner_group_updated": (Severity.LOW, "changed a runner group of {org}"),
    "org.runner_group_visiblity_updated": (Severity.MEDIUM, "changed who may use a runner group of {org}"),
    "protected_branch.policy_override": (Severity.MEDIUM, "overrode the protection of a branch of {where}"),
}
"""What a person should see soon after it happened; how it reads."""

WEAKENED: dict[str, tuple[Severity, str]] = {
    "repository_ruleset.destroy": (Severity.MEDIUM, "deleted a ruleset of {where}"),
    "repository_ruleset.update": (Severity.LOW, "changed a ruleset of {where}"),
    "protected_branch.destroy": (Severity.MEDIUM, "removed the protection of a branch of {where}"),
    "protected_branch.update_admin_enforced": (Severity.LOW, "changed whether rules bind administrators of {where}"),
}

ONLY: dict[str, tuple[str, str]] = {
    "org.add_member": ("permission", "admin"),
    "org.update_member": ("permission", "admin"),
    "repo.access": ("visibility", "public"),
}
"""Actions that are of interest with one value of one field: the rest is everyday."""


class Event(Struct, frozen=True):
    """One event of the log, and the things it is about as far as they were read."""

    at: datetime
    action: str
    given: dict[str, Any]
    actor: Entity | None
    repository: Entity | None


@check(
    id="gh.log.risky_event",
    title="Changes of who may do what have been looked at",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_AUDIT_LOG,),
    limits=("changed_days",),
    remedy=(
        "Ask whoever did it, and waive it with the reason: `pipewarden waivers add`.",
        "If nobody knows of it, take it back, and look at what else this account did: Organization > Settings > Audit log.",
    ),
    source=EVENTS,
    **clauses(SECRETS, "O10 AU-6 CC7.2"),
)
def risky_event(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Whoever takes an account over begins by widening what it may do; so does whoever is in a hurry. Both are in the log."""
    yield from _told(organization, view, RISKY, limits)


@check(
    id="gh.rs.history_change",
    title="Changes of rules for branches and tags have been looked at",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_AUDIT_LOG,),
    limits=("changed_days",),
    remedy=(
        "Compare it with the one before (Settings > Rules > Rulesets > History), and waive it: `pipewarden waivers add`.",
        "Restore the one before, where it was weakened and nobody knows why.",
    ),
    source=EVENTS,
    **clauses(BRANCHES, "C1.1.19 AU-6"),
)
def history_change(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A rule that is switched off for an hour and on again looks as if it had always held; only the log tells."""
    yield from _told(organization, view, WEAKENED, limits)


@check(
    id="gh.repo.visibility_history",
    title="No repository was opened and closed again",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_AUDIT_LOG,),
    remedy=(
        "Rotate what the repository held while it was public, look for forks, and waive it: `pipewarden waivers add`.",
        "Let only owners change visibility: Organization > Settings > Member privileges.",
    ),
    source=EVENTS,
    **clauses(REPOSITORIES, "AU-6"),
)
def visibility_history(organization: Resource, view: View) -> Iterator[Hit]:
    """What was public for a minute may have been copied in that minute: that it is private now says nothing about it."""
    changes: dict[Ref, list[Event]] = {}
    for event in reversed(_events(organization, view)):
        if event.action == "repo.access" and event.repository is not None:
            changes.setdefault(event.repository.ref, []).append(event)
    for events in changes.values():
        seen = [str(event.given.get("visibility") or "another") for event in events]
        if "public" in seen[:-1] and len(set(seen)) > 1 and (repository := events[0].repository):
            says = f"{repository.name} changed its visibility {many(len(seen), 'time')} since {day(events[0].at)}: {listed(seen)}"
            yield Hit(says=says, about=repository)
    if kept := organization.attributes.get("audit_events_since"):
        raise _cut(organization, kept)
    for action in ("", "repo.access"):
        if action in (organization.attributes.get("audit_events_untold") or {}):
            raise _untold(organization, view, action)


def _told(
    organization: Resource, view: View, actions: dict[str, tuple[Severity, str]], limits: Limits
) -> Iterator[Hit]:
    """Yield one hit for each actor and thing: the gravest of the events, and how many more there were."""
    # which repository an event names, and who did it, is told by the lists of all
    view.need(organization.ref, Facet.REPO_SETTINGS, Facet.ORG_MEMBERS)
    groups: dict[tuple[Ref | None, Ref | None], list[Event]] = {}
    for event in _events(organization, view):
        field, value = ONLY.get(event.action, ("", ""))
        if event.action not in actions or (field and event.given.get(field) != value):
            continue
        if not view.older(event.at, limits.changed_days):
            things = (event.actor.ref if event.actor else None, event.repository.ref if event.repository else None)
            groups.setdefault(things, []).append(event)
    for events in groups.values():
        worst = max(events, key=lambda event: (actions[event.action][0], event.at))
        severity, words = actions[worst.action]
        who = worst.actor.name if worst.actor else str(worst.given.get("actor") or "somebody")
        did = words.format(
            org=organization.name,
            where=worst.repository.name if worst.repository else worst.given.get("repo") or organization.name,
            user=worst.given.get("user") or "somebody",
            name=worst.given.get("name") or "of a name that is not in the log",
        )
        more = f", beside {many(len(events) - 1, 'lesser change')}" if len(events) > 1 else ""
        about = worst.repository or organization
        yield Hit(says=f"{who} {did} on {day(worst.at)}{more}", about=about, on=worst.actor, severity=severity)
    _whole(organization, view, actions, limits)


def _events(organization: Resource, view: View) -> Sequence[Event]:
    """Return what was kept of the log, the newest first. Raises Missing where none of it was read."""
    repositories = {each.name.lower(): each for each in view.repositories(organization.ref)}
    here = organization.ref.instance
    accounts = {each.name.lower(): each for each in view.entities(Kind.ACCOUNT) if each.ref.instance == here}
    out = []
    for given in view.given(organization, "audit_events", facet=Facet.ORG_AUDIT_LOG):
        number, login = given.get("actor_id"), str(given.get("actor") or "").lower()
        actor = (
            accounts.get(login)
            if number is None
            else view.find(Ref(organization.ref.instance, Kind.ACCOUNT, str(number)))
        )
        repository = repositories.get(str(given.get("repo") or "").lower())
        at = datetime.fromisoformat(given["at"])
        out.append(
            Event(at, str(given.get("action")), given, actor if isinstance(actor, Account) else None, repository)
        )
    return out


def _whole(organization: Resource, view: View, actions: Container[str], limits: Limits) -> None:
    """Raise Missing where the log was not read as far back as is judged."""
    since = view.given(organization, "activity_since", facet=Facet.ORG_AUDIT_LOG)
    if not view.older(datetime.fromisoformat(since), limits.changed_days):
        told = f"the audit log was read back to {since[:10]} only"
        raise Missing(organization.ref, Facet.ORG_AUDIT_LOG, Cause.BUDGET, told)
    kept = organization.attributes.get("audit_events_since")
    if kept is not None and not view.older(datetime.fromisoformat(kept), limits.changed_days):
        raise _cut(organization, kept)
    untold: dict[str, str] = organization.attributes.get("audit_events_untold") or {}
    for action, at in untold.items():
        judged = not action or action in actions
        if judged and not view.older(datetime.fromisoformat(at), limits.changed_days):
            raise _untold(organization, view, action)


def _untold(organization: Resource, view: View, action: str) -> Missing:
    """Return what to raise where an entry that would decide does not say what it must."""
    gap = view.gap(organization.ref, Facet.ORG_AUDIT_EVENTS)
    told = gap.detail if gap else f"{action or 'an entry'} of the audit log does not say what it must"
    return Missing(organization.ref, Facet.ORG_AUDIT_EVENTS, Cause.UNEXPECTED, told)


def _cut(organization: Resource, since: str) -> Missing:
    """Return what to raise where the log had more sensitive events than are kept: who makes many may hide one."""
    told = f"of the audit log only the newest sensitive events were kept, those since {since[:10]}"
    return Missing(organization.ref, Facet.ORG_AUDIT_LOG, Cause.TOO_LARGE, told)
