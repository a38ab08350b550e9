"""Steps that ask themselves whether whoever started the run may: by the rights on the repository, or by who is a member.

A script that asks so and stops is a gate no condition shows. Whether it stops was not seen: it is told as what stands before.
"""

import re

from pipewarden.pipelines.parts import Job, Step

WORDS = "only if its own check lets whoever asks pass"

_WORDS = ("ermission", "ssociation", "ember", "ollaborator")
_ASKS = re.compile(
    r"/collaborators/|collaborators/[^\s\"']{1,100}/permission|getCollaboratorPermissionLevel|checkCollaborator|isCollaborator"
    r"|author_?[aA]ssociation|/memberships?/|orgs/[^\s\"']{1,100}/members|MembershipFor(?:User|Authenticated)|checkMembership"
    r"|checkPublicMembership|viewerPermission"
)
"""https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
https://docs.github.com/en/rest/orgs/members#check-organization-membership-for-a-user"""
_ACTIONS = frozenset(
    {
        "actions-cool/check-user-permission",
        "prince-chrismc/check-actor-permissions-action",
        "lannonbr/repo-permission-check-action",
        "sushichop/action-repository-permission",
        "skjnldsv/check-actor-permission",
        "74th/workflow-permission-action",
        "tspascoal/get-user-teams-membership",
        "morfien101/actions-authorized-user",
        "elastic/oblt-actions/github/is-member-of",
        "xt0rted/slash-command-action",
        "github/branch-deploy",
        "github/command",
    }
)


def asks(job: Job, before: int | None = None) -> bool:
    """Tell whether a step of a job asks for the rights of whoever started the run, one before a step where that is given."""
    if "asks" not in job.memo:
        job.memo["asks"] = next((at for at, step in enumerate(job.steps) if _asks(step)), None)
    first: int | None = job.memo["asks"]
    return first is not None and (before is None or first < before)


def _asks(step: Step) -> bool:
    if step.uses is not None and step.uses.action in _ACTIONS:
        return step.with_.get("permission-level", "").strip().lower() != "read"
    script = step.run or step.with_.get("script", "")
    return any(word in script for word in _WORDS) and _ASKS.search(script) is not None
