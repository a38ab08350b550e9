"""Jenkins' permissions: which imply which, and what each comes to in our capabilities.

https://www.jenkins.io/doc/book/security/access-control/permissions/
"""

from collections.abc import Iterable

from pipewarden.access.github.roles import bit
from pipewarden.model.access import Capability
from pipewarden.model.facts import Role

ADMINISTER = "Overall/Administer"

AS_ADMINISTER = frozenset({ADMINISTER})
"""“In short: Everything.” Overall/RunScripts and Overall/UploadPlugins are “no longer used by Jenkins core” since 2.222."""

IMPLIES: dict[str, tuple[str, ...]] = {
    "Overall/Manage": ("Overall/Read",),
    "Overall/SystemRead": ("Overall/Read",),
    "Job/Configure": ("Job/ExtendedRead", "Run/Replay", "Credentials/UseItem"),
    "Job/Build": ("Job/Cancel", "Credentials/UseOwn"),
    "Job/Read": ("Job/Discover",),
    "Agent/Configure": ("Agent/ExtendedRead",),
    "Agent/Disconnect": ("Agent/Connect",),
}
"""What a permission brings along. Overall/Administer brings everything.

Run/Replay: “This permission is implied by Job/Configure.” Agent/Connect: “This permission is implied by
Agent/Disconnect.” Credentials/UseItem “is implied by Job/Configure as anyone who can configure the
job can configure the job to use credentials within the item scope anyway” (credentials plugin).
"""

CONFIGURE = frozenset({"Job/Configure"})
CODE = frozenset({"Job/Configure", "Run/Replay"})
"""What lets somebody choose the code that a job runs.

Run/Replay: “Ability to perform a new Pipeline build with an edited script.”
https://www.jenkins.io/doc/book/pipeline/development/#replay
"""
NEW_CODE = frozenset({"Job/Configure", "Job/Create"})
"""What lets somebody bring code into a folder: a new job runs in it as any other."""
BUILD = frozenset({"Job/Build", "Run/Replay"})
AGENT = frozenset({"Agent/Configure", "Agent/Create", "Agent/Connect", "Agent/Provision"})
"""Who has one of these can put a machine of their own under a build.

Agent/Configure: “Users with this permission can make all jobs run on a computer where they have root access, gaining
access to all information used by the build (content of files, environment variables including credentials).”
Agent/Create: “Security implications are the same as for Agent/Configure.” Agent/Connect shows an inbound agent's secret.

https://www.jenkins.io/doc/book/security/access-control/permissions/ (Agent permissions)
"""
STORE = frozenset({"Credentials/Create", "Credentials/Update", "Credentials/Delete", "Credentials/ManageDomains"})

GIVES: dict[Capability, frozenset[str]] = {
    Capability.ADMINISTER: frozenset(),
    Capability.MANAGE_ACCESS: frozenset(),
    Capability.MANAGE_SECRET: STORE,
    Capability.MANAGE_RUNNER: AGENT,
    Capability.EDIT_PIPELINE: CODE | NEW_CODE,
    Capability.RUN_PIPELINE: BUILD,
    Capability.USE_SECRET: CODE | NEW_CODE,
    Capability.READ_SECRET: CODE | NEW_CODE,
    Capability.APPROVE_DEPLOYMENT: frozenset({"Job/Build"}),
    Capability.READ: frozenset({"Job/Read", "Overall/Read"}),
}
"""The permissions that come to a capability, beside those that administer, which come to all of them."""


def closed(permissions: Iterable[str]) -> frozenset[str]:
    """Return permissions with all that they imply; Overall/Administer stands for everything by itself."""
    found, todo = set(permissions), list(permissions)
    while todo:
        for more in IMPLIES.get(todo.pop(), ()):
            if more not in found:
                found.add(more)
                todo.append(more)
    return frozenset(found)


def mask(_key: str, role: Role | None) -> int:
    """Return the capabilities that a role of Jenkins' permissions comes to."""
    held = closed(role.permissions if role else ())
    if held & AS_ADMINISTER:
        return sum(bit(capability) for capability in GIVES)
    return sum(bit(capability) for capability, needs in GIVES.items() if held & needs)
