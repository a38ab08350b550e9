"""Every answer of the contract data for an address that the connector asks: it decodes, and nothing of it becomes a gap."""

import json
from typing import Any

import pytest

from pipewarden.demo.gitlab.kinds import GitLabEstate
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.snapshot import Snapshot
from tests.access.gitlab.small import small
from tests.connectors.gitlab.collecting import collected
from tests.shared import shared_path

NOT_ASKED = {
    "/api/v4/audit_events", "/api/v4/groups/{id}/audit_events", "/api/v4/projects/{id}/audit_events",
    "/api/v4/deploy_keys", "/api/v4/groups/{id}/billable_members", "/api/v4/groups/{id}/members/all",
    "/api/v4/projects/{id}/members/all", "/api/v4/projects/{id}/cluster_agents", "/api/v4/runners",
    "/api/v4/service_accounts", "/api/v4/users/{id}", "/api/v4/users/{id}/memberships",
}  # fmt: skip
"""What the connector does not ask for: events belong to the watch, the rest is told elsewhere in full."""


def described() -> dict[str, Any]:
    return json.loads(shared_path("apis/gitlab-access-subset-inferred.json").read_text(encoding="utf-8"))["paths"]


def bodies(path: str) -> list[Any]:
    content = described()[path]["get"]["responses"]["200"]["content"]["application/json"]
    return [each["value"] for each in content["examples"].values()]


def estate(path: str, body: Any) -> GitLabEstate:
    """Return a small estate that answers one address with a recorded body."""
    made = small()
    address = path.removeprefix("/api/v4").replace("{user_id}", "57")
    if address == "/groups":
        made.answers["/groups/10"] |= body[0] | {"id": 10}
        return made
    if address == "/projects":
        made.answers["/groups/10/projects"] = body
        for row in body:
            made.answers |= {
                key.replace("/101/", f"/{row['id']}/"): made.answers[key]
                for key in list(made.answers)
                if "/101/" in key
            }
        return made
    if "57" in address:
        made.answers["/groups/10/service_accounts"] = [{"id": 57, "username": "service_account_abc123", "name": "S"}]
    elif address.endswith("/service_accounts"):
        for row in body:
            made.answers[f"/groups/10/service_accounts/{row['id']}/personal_access_tokens"] = []
    number = "101" if address.startswith("/projects") else "10"
    made.answers[address.replace("{id}", number)] = body
    return made


def odd(snapshot: Snapshot) -> list[str]:
    return [f"{gap.facet}: {gap.detail}" for gap in snapshot.records(Gap) if gap.cause is Cause.UNEXPECTED]


def test_every_recorded_answer_decodes() -> None:
    """One test for all, so that it skips once where the contract data is missing."""
    asked = [path for path in described() if path not in NOT_ASKED]
    assert len(asked) == 22
    for path in asked:
        for body in bodies(path):
            snapshot, server = collected(estate(path, body))
            assert odd(snapshot) == [], path
            assert server.total > 20


@pytest.mark.parametrize("field", ["token_present", "token", "secret_token"])
def test_no_recorded_or_documented_webhook_tells_of_its_token(field: str) -> None:
    """Whether a webhook has a token was once asked of a field that GitLab does not have."""
    made = small()
    hook = {"id": 1, "url": "https://hooks.acme.example/x", "enable_ssl_verification": True, field: "value-of-token"}
    made.project_put("acme/web", "hooks", hook)
    snapshot, _ = collected(made)
    assert b"value-of-token" not in b"".join(snapshot.body)
