"""Jenkins' permissions by the names that people see: `hudson.model.Item.Configure` is Job/Configure.

https://www.jenkins.io/doc/book/security/access-control/permissions/
"""

from typing import Any, NamedTuple

GROUPS = {
    "hudson.model.Hudson": "Overall",
    "jenkins.model.Jenkins": "Overall",
    "hudson.model.Item": "Job",
    "hudson.model.Run": "Run",
    "hudson.model.Computer": "Agent",
    "hudson.model.View": "View",
    "hudson.scm.SCM": "SCM",
    "com.cloudbees.plugins.credentials.CredentialsProvider": "Credentials",
    "com.michelin.cio.hudson.plugins.rolestrategy.RoleBasedAuthorizationStrategy": "Roles",
}

AUTHENTICATED = "authenticated"
ANONYMOUS = "anonymous"


class Entry(NamedTuple):
    """One line of a matrix or role: which permission, for whom, and what kind of name that is."""

    type: str
    """`USER`, `GROUP` or `EITHER`."""
    permission: str
    sid: str


def permission(given: str) -> str:
    """Return a permission as people see it; one of a plugin that is not known keeps its last two words."""
    if "/" in given:
        return given.replace("Slave/", "Agent/", 1)
    owner, _, name = given.rpartition(".")
    return f"{GROUPS.get(owner, owner.rpartition('.')[2] or 'Other')}/{name}"


def entry(line: str) -> Entry:
    """Read `USER:hudson.model.Item.Read:bob`, `Job/Read:bob` or `GROUP:Job/Read:staff`. Raises ValueError.

    Without a word in front it is ambiguous: a user or a group of that name has it.
    https://plugins.jenkins.io/matrix-auth/
    """
    kind, colon, rest = line.partition(":")
    if kind in {"USER", "GROUP", "EITHER"} and colon:
        line = rest
    else:
        kind = "EITHER"
    name, colon, sid = line.partition(":")
    if not colon or not sid.strip():
        raise ValueError("not a line of a matrix")
    return Entry(kind, permission(name.strip()), sid.strip())


def assigned(row: Any) -> tuple[str, str]:
    """Read who a role is assigned to: `bob` in older versions, `{"type": "USER", "sid": "bob"}` since 4.0.

    https://plugins.jenkins.io/role-strategy/
    """
    if isinstance(row, str):
        return "EITHER", row
    kind = row.get("type")
    return (kind if kind in {"USER", "GROUP"} else "EITHER"), str(row["sid"])
