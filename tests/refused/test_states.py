"""What is said where a state was not told holds whatever the state is: it is held against each value that the state may have.

A state that acme has nowhere, such as an archived project, is given to all of a kind first, and then taken out of the answers.
"""

from functools import cache
from typing import Any
from unittest.mock import patch

import pytest

from pipewarden.errors import PipewardenError
from tests.refused.altering import HOWS, Field, known, reading
from tests.refused.promise import Judged, broken, said
from tests.refused.test_fields import seen

SWITCH = (True, False)
STATES: dict[str, dict[str, tuple[Any, ...]]] = {
    "gitlab": {
        "/groups/{id}/projects *.archived": SWITCH,
        "/groups/{id}/projects *.visibility": ("private", "internal", "public"),
        "/groups/{id}/projects *.repository_access_level": ("private", "enabled"),
        "/groups/{id}/projects *.builds_access_level": ("disabled", "private"),
        "/groups/{id} share_with_group_lock": SWITCH,
        "/projects/{id}/approvals merge_requests_author_approval": SWITCH,
        "/projects/{id}/protected_branches *.code_owner_approval_required": SWITCH,
        "/projects/{id}/access_tokens *.active": SWITCH,
        "/projects/{id}/variables *.protected": SWITCH,
        "/projects/{id}/variables *.hidden": SWITCH,
        "/groups/{id}/variables *.protected": SWITCH,
        "/projects/{id}/pipeline_schedules *.owner.state": ("active", "blocked"),
        "/personal_access_tokens *.active": SWITCH,
        "graphql executors data.group.runners.nodes.*.accessLevel": ("NOT_PROTECTED", "REF_PROTECTED"),
    },
    "okta": {
        "/api/v1/policies/{policyId}/rules *.status": ("ACTIVE", "INACTIVE"),
        "/api/v1/groups/rules *.status": ("ACTIVE", "INACTIVE"),
        "/api/v1/apps *.status": ("ACTIVE", "INACTIVE"),
        "/api/v1/users *.status": ("ACTIVE", "STAGED", "SUSPENDED", "DEPROVISIONED"),
        "/api/v1/zones *.usage": ("BLOCKLIST", "POLICY"),
    },
    "entra": {
        "/v1.0/users value.*.accountEnabled": SWITCH,
        "/v1.0/servicePrincipals value.*.accountEnabled": SWITCH,
    },
    "jenkins": {
        "GET /job/{name}/api/json jobs.*.buildable": SWITCH,
    },
    "github": {
        "/repos/{owner}/{repo}/environments environments.*.protection_rules.*.prevent_self_review": SWITCH,
        "/repos/{owner}/{repo}/environments environments.*.can_admins_bypass": SWITCH,
    },
}
"""Each field that is a state, with what it may be."""

OLDER = {
    "/projects/{id}/variables *.hidden": "versions before 17.4 hide no value",
    "/projects/{id}/protected_branches *.code_owner_approval_required": "plans without code owners have no such field",
}
"""Where the absence of a state is known to mean something."""

CASES = [(system, field, how) for system, fields in STATES.items() for field in fields for how in ("null", "gone")]


@cache
def judged(system: str, field: Field, how: str, value: Any = None) -> Judged:
    """Return what is said of a system while a field is altered, or has a value everywhere."""

    def put(parent: Any, key: Any) -> None:
        parent[key] = value

    with patch.dict(HOWS, {"put": put}):
        return said(seen(system, reading(system).facts(field, how)))


@pytest.mark.parametrize(
    ("system", "name", "how"), [case for case in CASES if case[1:] not in {(f, "gone") for f in OLDER}]
)
def test_what_is_said_of_a_state_that_was_not_told_holds_whatever_it_is(system: str, name: str, how: str) -> None:
    [field] = [each for each in reading(system).fields() if str(each) == name]
    try:
        now = judged(system, field, how)
    except PipewardenError:
        return  # a clear stop says nothing
    for value in STATES[system][name]:
        assert list(broken(now, judged(system, field, "put", value))) == [], value


def test_a_state_makes_a_difference_so_that_not_telling_it_could_be_wrong() -> None:
    [archived] = [each for each in reading("gitlab").fields() if str(each) == "/groups/{id}/projects *.archived"]
    living, gone = (judged("gitlab", archived, "put", value) for value in (False, True))
    assert list(broken(living, gone))
    assert known(reading("gitlab").facts(archived, "null")) != known(reading("gitlab").plain)
