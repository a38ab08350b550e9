"""Who changed an app's installation last and who started a workflow by hand last: of the audit log, the newest event of each."""

from datetime import UTC, datetime
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
APP, RUN = "app", "run"
BY_MACHINE = ("actor_is_bot", "actor_is_agent")
FLAGS = (True, False, None)
"""What these two may say; older events say nothing."""
NEWER_THAN_ALL = datetime.max.replace(tzinfo=UTC)
BOT = "[bot]"
"""What an app acts as: its slug with this behind it."""


class LastActs:
    """The newest event of each app and each workflow that a person is the actor of."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], tuple[datetime, dict[str, Any]]] = {}
        self.untold: dict[str, datetime] = {}
        """The newest events that do not say which app or workflow they are about or who did it, by what they are about.

        Whose last act an older event was is not known then.
        """

    def doubt(self, at: datetime = NEWER_THAN_ALL, what: tuple[str, ...] = (APP, RUN)) -> None:
        """Note an event that may be about any app or workflow; one without a time may be newer than all others."""
        self.untold |= {each: max(at, self.untold.get(each, at)) for each in what}

    def take(self, row: dict[str, Any], at: datetime) -> None:
        """Take one event of the log. What bots, apps and agents did makes nobody an owner."""
        action, event = row.get("action"), row.get("event")
        if not isinstance(action, str) or not action:
            self.doubt(at)
            return
        what = APP if action in APP_CHANGES else RUN if action == STARTED else ""
        by_others = what == RUN and isinstance(event, str) and event and event != BY_HAND
        if not what or by_others or _is_bot(row):
            return
        told = [row.get("name"), row.get("actor"), *((row.get("repo"), event) if what == RUN else ())]
        flags = [row.get(each) for each in BY_MACHINE]
        if not all(isinstance(each, str) and each for each in told) or any(each not in FLAGS for each in flags):
            self.doubt(at, (what,))
            return
        key = (str(row["repo"]) if what == RUN else "", str(row["name"]))
        known = self._newest.get(key)
        if known is None or known[0] < at:
            self._newest[key] = (at, row)

    def rows(self) -> list[dict[str, Any]]:
        """Return the events as the organization keeps them, the newest first. There are never more than the log has pages for."""
        newest = sorted(self._newest.values(), key=lambda each: each[0], reverse=True)
        return [{"at": at.isoformat(), **_kept(row)} for at, row in newest]


def _is_bot(row: dict[str, Any]) -> bool:
    """Tell whether an app, a bot or an agent did it."""
    return str(row.get("actor")).endswith(BOT) or any(row.get(each) is True for each in BY_MACHINE)


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in picked(row, *FIELDS).items() if isinstance(value, (str, int))}
