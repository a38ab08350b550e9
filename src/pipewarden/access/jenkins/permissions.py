"""Jenkins' permissions: which imply which, and what each comes to in our capabilities.

https://www.jenkins.io/doc/book/security/access-control/permissions/
"""

from collections.abc import Iterable

from pipewarden.access.github.roles import bit
from pipewarden.model.access import Capability
from pipewarden.model.facts import Role

ADMINISTER = "Overall/Administer"

AS_ADMINISTER = frozenset({ADMINISTER, "Overall/RunScripts", "Overall/UploadPlugins", "Overall/ConfigureUpdateCenter"})
"""Who has one of these runs code in the controller, which is to administer it.

https://www.jenkins.io/security/advisory/2017-04-10/ (matrix-auth: dangerous permissions)
"""

IMPLIES: dict[str, tuple[str, ...]] = {
    "Overall/RunScripts": (ADMINISTER,),
    "Overall/UploadPlugins": (ADMINISTER,),
    "Overall/ConfigureUpdateCenter": (ADMINISTER,),
    "Overall/Manage": ("Overall/Read",),
    "Overall/SystemRead": ("Overall/Read",),
    "Job/Configure": ("Job/ExtendedRead", "Run/Replay", "Credentials/UseItem"),
    "Job/Build": ("Job/Cancel", "Credentials/UseOwn"),
    "Job/Read": ("Job/Discover",),
    "Agent/Configure": ("Agent/ExtendedRead",),
}
"""What a permission brings along. Overall/Administer brings everything.

“Job/Configure … implies Run/Replay”, Credentials/UseItem “is implied by Job/Configure as anyone who can configure the
job can configure the job to use credentials within the item scope anyway” (credentials plugin).
"""

CONFIGURE = frozenset({"Job/Configure"})
CODE = frozenset({"Job/Configure", "Run/Replay"})
"""What lets somebody choose the code that a job runs.

“… users with Job/Configure … can run arbitrary code”; Replay runs a pipeline with another script.
https://www.jenkins.io/doc/book/pipeline/development/#replay
"""
NEW_CODE = frozenset({"Job/Configure", "Job/Create"})
"""What lets somebody bring code into a folder: a new job runs in it as any other."""
BUILD = frozenset({"Job/Build", "Run/Replay"})
AGENT = frozenset({"Agent/Configure", "Agent/Create", "Agent/Connect", "Agent/Provision"})
"""Who has one of these can put a machine of their own under a build.

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
