"""What the loopback GitLab answers, held against what is known of GitLab's answers (inferred from its documentation)."""

import json

import pytest
from jsonschema import Draft202012Validator

from pipewarden.demo.gitlab.story import acme_gitlab
from tests.shared import shared_path

ANSWERS = {
    "/groups/11/members": "/api/v4/groups/{id}/members",
    "/projects/101/members": "/api/v4/projects/{id}/members",
    "/projects/101/protected_branches": "/api/v4/projects/{id}/protected_branches",
    "/projects/101/protected_environments": "/api/v4/projects/{id}/protected_environments",
    "/projects/101/approval_rules": "/api/v4/projects/{id}/approval_rules",
    "/projects/101/deploy_keys": "/api/v4/projects/{id}/deploy_keys",
    "/projects/101/access_tokens": "/api/v4/projects/{id}/access_tokens",
    "/projects/101/job_token_scope": "/api/v4/projects/{id}/job_token_scope",
    "/projects/101/push_rule": "/api/v4/projects/{id}/push_rule",
    "/groups/11/saml_group_links": "/api/v4/groups/{id}/saml_group_links",
    "/personal_access_tokens": "/api/v4/personal_access_tokens",
}


def described() -> dict:  # type: ignore[type-arg]
    return json.loads(shared_path("apis/gitlab-access-subset-inferred.json").read_text(encoding="utf-8"))["paths"]


@pytest.mark.parametrize("address", ANSWERS)
def test_an_answer_has_the_fields_that_are_known_with_their_types(address: str) -> None:
    answer = described()[ANSWERS[address]]["get"]["responses"]["200"]["content"]["application/json"]
    body = acme_gitlab().answers[address]
    faults = [
        error.message
        for error in Draft202012Validator(answer["schema"]).iter_errors(body)
        if not error.message.startswith("None is not of type")  # a null is no fault: the description was inferred
    ]
    assert faults == []
