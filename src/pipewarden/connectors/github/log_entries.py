"""What an entry of GitHub's audit log must say before anything follows from it.

What every entry must say makes the whole log doubtful where it is odd. What one kind of entry must say leaves
open what depends on that kind alone: the entry is left out, and the kind is told.
https://docs.github.com/en/rest/orgs/orgs#get-the-audit-log-for-an-organization
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipewarden.connectors.github.run import moment
from pipewarden.connectors.shapes import ABSENT, Shape, none_or, number, odd_field, text, word

ENTRY: Shape = {"actor": none_or(text), "actor_id": none_or(number)}
"""What the system does by itself has no actor."""

_REPOSITORY: Shape = {"actor": text, "repo": text}
_ROLE: Shape = {
    "actor": text,
    "permission": word(
        "admin", "billing_manager", "direct_member", "maintain", "member", "none", "pull", "push", "read", "triage", "write"
    ),
}  # fmt: skip

BY_ACTION: dict[str, Shape] = {
    "org.add_member": _ROLE,
    "org.update_member": _ROLE,
    "integration_installation.create": {"actor": text, "name": text},
    "repo.access": {**_REPOSITORY, "visibility": word("internal", "private", "public")},
    **dict.fromkeys(
        (
            "environment.delete", "environment.remove_protection_rule", "environment.update_protection_rule",
            "protected_branch.destroy", "protected_branch.policy_override", "protected_branch.update_admin_enforced",
            "repo.add_member", "repo.transfer",
        ),
        _REPOSITORY,
    ),
}  # fmt: skip
"""What the kept entries must say, by action; all others who did it."""

OF_EITHER = frozenset({"hook.create", "repository_ruleset.destroy", "repository_ruleset.update"})
"""Actions on what an organization has as well as a repository."""


def odd_in_entry(row: Mapping[str, Any]) -> str:
    """Return the first field that any entry must say and this one does not; empty where it says all."""
    if moment(row.get("@timestamp")) is None and moment(row.get("created_at")) is None:
        return "@timestamp"
    return odd_field(row, ENTRY)


def odd_in_kept(row: Mapping[str, Any], action: str) -> str:
    """Return the first field that an entry of one action must say and this one does not; empty where it says all."""
    odd = odd_field(row, BY_ACTION.get(action, {"actor": text}))
    if odd or action not in OF_EITHER or text(row.get("repo")):
        return odd
    of_repository = row.get("ruleset_source_type") == "Repository" or row.get("repo_id") is not None
    return "repo" if of_repository or row.get("repo", ABSENT) not in (None, ABSENT) else ""


class Untold:
    """Entries that do not say what they must: the newest of each action, and what of which was odd."""

    def __init__(self) -> None:
        self._newest: dict[str, datetime] = {}
        self._odd: Counter[tuple[str, str]] = Counter()

    def add(self, action: str, field: str, at: datetime) -> None:
        """Add an entry; one that does not say its action may be any."""
        self._newest[action] = max(at, self._newest.get(action, at))
        self._odd[action, field] += 1

    def newest(self) -> dict[str, str]:
        """Return when the newest of each action was, as the organization keeps it."""
        return {action: at.isoformat() for action, at in sorted(self._newest.items())}

    def says(self, endpoint: str) -> list[str]:
        """Say what was odd, once for each entry."""
        return [
            f"{endpoint}: {field} of {action or 'an entry'} is not given as it is documented"
            for action, field in self._odd.elements()
        ]
