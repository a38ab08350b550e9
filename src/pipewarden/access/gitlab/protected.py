"""What GitLab's protected branches, tags and environments say: which rules match, and whom they let in.

https://docs.gitlab.com/user/project/repository/branches/protected/
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pipewarden.model.facts import Gate


class Entry(NamedTuple):
    """One line of a rule: a level, or one account, group or deploy key. `odd` where it is none of these."""

    level: int | None = None
    user: str = ""
    group: str = ""
    key: str = ""
    odd: bool = False
    inherited: bool = False
    """Of a group: its inherited members are meant too. https://docs.gitlab.com/api/protected_environments/ (group_inheritance_type)"""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def matches(pattern: str, name: str) -> bool:
    """Tell whether a rule covers a name: `*` stands for any text, slashes too; letter case counts.

    https://docs.gitlab.com/user/project/repository/branches/protected/#use-wildcard-rules
    """
    return _compiled(pattern).fullmatch(name) is not None


def entry_of(row: Any) -> Entry:
    """Read one line: where it names an account, group or key, the level beside it is only for display."""
    if not isinstance(row, Mapping):
        return Entry(odd=True)
    if row.get("user_id") is not None:
        return Entry(user=str(row["user_id"]))
    if row.get("group_id") is not None:
        return Entry(group=str(row["group_id"]), inherited=row.get("group_inheritance_type") == 1)
    if row.get("deploy_key_id") is not None:
        return Entry(key=str(row["deploy_key_id"]))
    level = row.get("access_level")
    if isinstance(level, int) and not isinstance(level, bool):
        return Entry(level=level)
    return Entry(odd=True)


def entries(gates: Iterable[Gate], field: str) -> list[Entry]:
    """Return the lines of all rules: where several match, the most permissive wins, so that any line lets in.

    https://docs.gitlab.com/user/project/repository/branches/protected/#when-a-branch-matches-multiple-rules
    """
    found: dict[Entry, None] = {}
    for gate in gates:
        rows = gate.rules.get(field)
        if not isinstance(rows, list):
            found[Entry(odd=True)] = None
            continue
        found |= dict.fromkeys(entry_of(row) for row in rows)
    return list(found)


def matching(gates: Iterable[Gate], name: str) -> list[Gate]:
    """Return the rules that cover a branch or tag."""
    return [gate for gate in gates if any(matches(pattern, name) for pattern in gate.patterns)]


def code_owners_asked(gates: Iterable[Gate]) -> bool:
    """Tell whether code owners must approve: there, unlike everywhere else, any matching rule suffices.

    https://docs.gitlab.com/user/project/repository/branches/protected/#when-a-branch-matches-multiple-rules
    """
    return any(gate.rules.get("code_owner_approval_required") is True for gate in gates)


def code_owners_untold(gates: Iterable[Gate]) -> bool:
    """Tell whether it is not known whether code owners must approve; a plan without that has no such field."""
    told = [gate.rules.get("code_owner_approval_required", False) for gate in gates]
    return True not in told and any(not isinstance(each, bool) for each in told)


def covers_all(gates: Iterable[Gate]) -> bool:
    """Tell whether no branch can be made that no rule covers."""
    return any(pattern.strip("*") == "" and pattern for gate in gates for pattern in gate.patterns)
