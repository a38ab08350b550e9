"""Fields of one system that were once told wrongly only beside the others: who somebody is, what fills which group, who gets a role."""

import pytest

from pipewarden.errors import PipewardenError
from tests.refused.altering import HOWS, Field, reading
from tests.refused.estate import joined
from tests.refused.promise import broken, said, whole

_REPOSITORY = "data.organization.repositories.nodes.*"

ACROSS = {
    "gitlab": {
        "/users *.identities": "null",
        "/groups/{id}/members *.group_saml_identity.extern_uid": "odd",
        "/groups/{id}/projects *.default_branch": "gone",
    },
    "okta": {
        "/api/v1/apps/{appId}/group-push/mappings *.targetGroupId": "null",
        "/api/v1/apps/{appId}/group-push/mappings *.status": "unheard",
    },
    "github": {
        f"graphql repositories {_REPOSITORY}.environments.nodes.*.name": "null",
        f"graphql repositories {_REPOSITORY}.environments.nodes.*.databaseId": "gone",
        f"graphql repositories {_REPOSITORY}.environments": "null",
    },
}
"""Of each field one alteration; `make refusals` tries all of them."""


@pytest.mark.parametrize("system", ACROSS)
def test_what_is_told_across_systems_is_not_told_of_a_field_that_says_nothing_known(system: str) -> None:
    read = reading(system)
    fields = {str(field): field for field in read.fields()}
    wrong = []
    for name, how in ACROSS[system].items():
        field: Field = fields[name]
        assert how in HOWS
        try:
            facts = read.facts(field, how)
        except PipewardenError:
            continue
        wrong += [f"{field} [{how}] {each}" for each in broken(said(joined(system, facts=facts)), whole())]
    assert wrong == []


@pytest.mark.parametrize("how", ["null", "gone"])
def test_a_project_that_does_not_tell_whether_it_is_archived_is_not_judged_as_a_living_one(how: str) -> None:
    read = reading("gitlab")
    [field] = [each for each in read.fields() if str(each) == "/groups/{id}/projects *.archived"]
    verdicts = said(joined("gitlab", facts=read.facts(field, how))).verdicts
    assert {each.check for each in whole().verdicts.findings} >= {"gl.pb.dev_merge"}
    assert "gl.pb.dev_merge" not in {each.check for each in verdicts.findings}
    assert "gl.pb.dev_merge" in {each.check for each in verdicts.not_assessed}
