"""When each account and app was last seen: the organization's audit log, read backwards from now as far as it goes."""

from collections.abc import Iterable
from contextlib import aclosing
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.last_acts import BOT, LastActs
from pipewarden.connectors.github.log_entries import Untold, odd_in_entry, odd_in_kept
from pipewarden.connectors.github.plans import on_enterprise
from pipewarden.connectors.github.run import Run, moment
from pipewarden.connectors.shapes import leave_out, text
from pipewarden.errors import SourceError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, AnyFact, Gap, Machine
from pipewarden.model.ids import Kind, Ref

TEMPLATE = "/orgs/{org}/audit-log"

KEPT_DAYS = 180
"""GitHub keeps the audit log for 180 days, and of it Git events for seven.

https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/reviewing-the-audit-log-for-your-organization
"""

PER_PAGE = 100
MOST_PAGES = 100
"""Pages of one run; the audit log has a limit of its own, 1,750 requests an hour."""

SHARE = 10
"""At most this part of the budget (one in ten) goes to the audit log: access matters more than its use."""

MOST_EVENTS = 500
"""Sensitive events that are kept, the newest first."""

SENSITIVE = frozenset({
    "environment.delete", "environment.remove_protection_rule", "environment.update_protection_rule", "hook.create",
    "integration_installation.create", "org.add_member", "org.disable_oauth_app_restrictions", "org.disable_saml",
    "org.disable_two_factor_requirement", "org.runner_group_updated", "org.runner_group_visiblity_updated",
    "org.update_default_repository_permission", "org.update_member", "personal_access_token.access_granted",
    "protected_branch.destroy", "protected_branch.policy_override", "protected_branch.update_admin_enforced",
    "repo.access", "repo.add_member", "repo.transfer", "repository_ruleset.destroy", "repository_ruleset.update",
})  # fmt: skip
"""Actions whose events are kept: who may reach what changed, or what guards it.

https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization
(`visiblity` is the vendor's own spelling)
"""

EVENT_FIELDS = (
    "action", "actor", "actor_id", "user", "user_id", "repo", "team", "name", "permission", "visibility",
    "previous_visibility",
)  # fmt: skip

E = TypeVar("E", Account, Machine)


class Seen:
    """What the log told: by id, by login where an event has no id, and by the slug of an app."""

    def __init__(self) -> None:
        self.count = 0
        self.oldest: datetime | None = None
        self.events: list[dict[str, Any]] = []
        self.acts = LastActs()
        self.untold = Untold()
        self.cut = False
        """Whether there were more sensitive events than are kept."""
        self._last: dict[str, tuple[datetime, str]] = {}

    def take(self, row: dict[str, Any]) -> None:
        """Take one event; the newest of an actor counts."""
        self.count += 1
        if odd := odd_in_entry(row):
            leave_out(TEMPLATE, odd)
            self.acts.doubt()
            return
        at = moment(row.get("@timestamp")) or moment(row.get("created_at"))
        assert at is not None  # noqa: S101 - an entry without a time is odd
        self.oldest = at if self.oldest is None else min(self.oldest, at)
        action, login = str(row.get("action") or ""), str(row.get("actor") or "")
        who = login if login.endswith(BOT) or row.get("actor_id") is None else str(row["actor_id"])
        if who and (who not in self._last or self._last[who][0] < at):
            self._last[who] = (at, action)
        self.acts.take(row, at)
        odd = odd_in_kept(row, action) if action in SENSITIVE else "" if text(row.get("action")) else "action"
        if odd:
            self.untold.add(action if text(row.get("action")) else "", odd, at)
        elif action in SENSITIVE and len(self.events) >= MOST_EVENTS:
            self.cut = True
        elif action in SENSITIVE:
            given = {k: v for k, v in picked(row, *EVENT_FIELDS).items() if isinstance(v, (str, int))}
            self.events.append({"at": at.isoformat(), **given})

    def last(self, account: Account) -> tuple[datetime, str] | None:
        """Return when an account was last seen and doing what.

        A login alone counts only since the account is there: before, somebody else may have had it.
        """
        found = self._last.get(account.ref.key)
        if found is not None or account.created_at is None:
            return found
        by_name = self._last.get(account.name)
        return by_name if by_name and by_name[0] >= account.created_at else None

    def used(self, app: Machine) -> tuple[datetime, str] | None:
        """Return when an app was last seen."""
        return self._last.get(f"{app.attributes.get('app_slug')}{BOT}")


def known(into: SnapshotBuilder) -> dict[Ref, datetime]:
    """Return when accounts were last seen in what was read before: another organization may share them."""
    return {
        ref: entity.last_used_at
        for ref, entity in into._entities.items()  # noqa: SLF001 - part of the same connector
        if isinstance(entity, Account) and entity.last_used_at is not None
    }


async def activity(run: Run, before: dict[Ref, datetime]) -> None:
    """Add to accounts and apps when they were last seen, and to the organization how far back was read.

    `before` is what `known` said ahead of this collection. Who is not in the log stays without a date: GitHub logs
    what changes something and Git for a week, not who looks.
    """
    adds = (
        "activity_since", "audit_events", "audit_events_since", "audit_events_untold", "last_acts", "last_acts_untold",
    )  # fmt: skip
    await on_enterprise(run, Facet.ORG_AUDIT_LOG, lambda: _activity(run, before), key="activity", adds=adds)


async def _activity(run: Run, before: dict[Ref, datetime]) -> Iterable[AnyFact]:
    now = datetime.fromtimestamp(run.github.http.clock.now(), UTC)
    start = (now - timedelta(days=KEPT_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    seen = Seen()
    gaps, whole = await _read(run, start, seen)
    since = start if whole else seen.oldest
    facts: list[AnyFact] = [*gaps]
    for ref, entity in run._into._entities.items():  # noqa: SLF001 - people and apps were read before
        if ref.instance != run.instance:
            continue
        if isinstance(entity, Account):
            facts += _account(entity, seen.last(entity), before.get(ref))
        elif isinstance(entity, Machine) and ref.kind is Kind.APP and entity.parent == run.org:
            facts += _marked(entity, seen.used(entity))
    organization = run._into._entities[run.org]  # noqa: SLF001
    told: dict[str, Any] = {
        "activity_since": since.isoformat() if since else None,
        "audit_events": seen.events,
        "audit_events_untold": seen.untold.newest(),
        "last_acts": seen.acts.rows(),
        "last_acts_untold": {what: at.isoformat() for what, at in sorted(seen.acts.untold.items())},
    }
    facts += run.left_out(run.org, Facet.ORG_AUDIT_EVENTS, seen.untold.says(TEMPLATE))
    if seen.cut:
        told["audit_events_since"] = seen.events[-1]["at"]
    facts.append(structs.replace(organization, attributes={**organization.attributes, **told}))  # type: ignore[arg-type]
    return facts


async def _read(run: Run, start: datetime, seen: Seen) -> tuple[list[Gap], bool]:
    """Read the newest events; returns the gap that ended it early, and whether everything that is kept was read."""
    most = _pages(run.github) * PER_PAGE
    params = {"phrase": f"created:>={start.date()}", "include": "all", "order": "desc"}
    rows = _forgetful(run.github).pages(
        TEMPLATE.replace("{org}", run.login), template=TEMPLATE, params=params, per_page=PER_PAGE
    )
    try:
        async with aclosing(rows) as log:  # type: ignore[type-var]
            async for row in log:
                seen.take(row)
                if seen.count >= most:
                    return [], False
    except CredentialRefused:
        raise
    except SourceError as refusal:
        if not seen.count:
            raise
        return [run.gap(run.org, Facet.ORG_AUDIT_LOG, refusal)], False
    return [], True


def _pages(github: GitHub) -> int:
    """Return how many pages this run may ask for."""
    budget = github._budget  # noqa: SLF001 - the same connector
    return min(MOST_PAGES, max(1, budget // SHARE)) if budget else MOST_PAGES


def _forgetful(github: GitHub) -> GitHub:
    """Return the same client without its memory of answers: pages of a log are never the same twice, and not ours to keep."""
    other = copy(github)
    other._keeper = None  # noqa: SLF001 - the same connector
    return other


def _account(account: Account, last: tuple[datetime, str] | None, before: datetime | None) -> Iterable[Account]:
    if before is not None and (last is None or before > last[0]) and account.last_used_at is None:
        attributes = {**account.attributes, "last_used_source": "audit log of another organization"}
        yield structs.replace(account, last_used_at=before, attributes=attributes)
    else:
        yield from _marked(account, last)


def _marked(entity: E, last: tuple[datetime, str] | None) -> Iterable[E]:
    """Yield an entity with when it was last seen and by which sign, where that is newer than what is known."""
    if last is None or (entity.last_used_at is not None and entity.last_used_at >= last[0]):
        return
    attributes = {**entity.attributes, "last_used_source": f"audit log: {last[1]}"}
    yield structs.replace(entity, last_used_at=last[0], attributes=attributes)
