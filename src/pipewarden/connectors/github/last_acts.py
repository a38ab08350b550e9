"""Who changed an app's installation last and who started a workflow by hand last: of the audit log, the newest event of each."""

from datetime import datetime
from typing import Any

from pipewarden.connectors.answers import picked

APP_CHANGES = frozenset({
    "integration_installation.repositories_added", "integration_installation.repositories_removed",
    "integration_installation.suspend", "integration_installation.unsuspend",
    "integration_installation.version_updated",
})  # fmt: skip
"""What people do to an app that is installed; its creation is an event that is kept anyway.

https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization#integration_installation
"""

STARTED = "workflows.created_workflow_run"
BY_HAND = "workflow_dispatch"
"""The one event of a run that says that somebody wanted this workflow to run: a push or the clock starts whatever is there.

https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/audit-log-events-for-your-organization#workflows
"""

FIELDS = ("action", "actor", "actor_id", "name", "repo")
BOT = "[bot]"
"""What an app acts as: its slug with this behind it."""


class LastActs:
    """The newest event of each app and each workflow that a person is the actor of."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], tuple[datetime, dict[str, Any]]] = {}

    def take(self, row: dict[str, Any], at: datetime) -> None:
        """Take one event of the log. What bots, apps and agents did makes nobody an owner."""
        action = row.get("action")
        if action not in APP_CHANGES and not (action == STARTED and row.get("event") == BY_HAND):
            return
        name, repository, actor = row.get("name"), row.get("repo") or "", row.get("actor")
        if not (isinstance(name, str) and name and isinstance(actor, str) and actor and isinstance(repository, str)):
            return
        if actor.endswith(BOT) or row.get("actor_is_bot") is True or row.get("actor_is_agent") is True:
            return
        if action == STARTED and not repository:
            return
        key = (repository if action == STARTED else "", name)
        known = self._newest.get(key)
        if known is None or known[0] < at:
            self._newest[key] = (at, row)

    def rows(self) -> list[dict[str, Any]]:
        """Return the events as the organization keeps them, the newest first. There are never more than the log has pages for."""
        newest = sorted(self._newest.values(), key=lambda each: each[0], reverse=True)
        return [{"at": at.isoformat(), **_kept(row)} for at, row in newest]


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in picked(row, *FIELDS).items() if isinstance(value, (str, int))}
