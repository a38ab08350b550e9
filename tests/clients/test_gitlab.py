"""python-gitlab reads acme's loopback GitLab: a client that others wrote pages through all of it and understands every row."""

from collections.abc import Iterator
from typing import Any

import pytest

from pipewarden.demo.gitlab.server import GitLabServer
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.demo.gitlab.variant import Variant
from tests.clients.needed import client

gitlab = client("gitlab", "python-gitlab")

OF_GROUPS = {
    "members": "members",
    "projects": "projects",
    "descendant_groups": "descendant_groups",
    "variables": "variables",
    "access_tokens": "access_tokens",
    "deploytokens": "deploy_tokens",
    "runners": "runners",
    "hooks": "hooks",
    "saml_group_links": "saml_group_links",
    "service_accounts": "service_accounts",
}
OF_PROJECTS = {
    "members": "members",
    "protectedbranches": "protected_branches",
    "protectedtags": "protected_tags",
    "environments": "environments",
    "protected_environments": "protected_environments",
    "approvalrules": "approval_rules",
    "variables": "variables",
    "keys": "deploy_keys",
    "deploytokens": "deploy_tokens",
    "access_tokens": "access_tokens",
    "triggers": "triggers",
    "pipelineschedules": "pipeline_schedules",
    "runners": "runners",
    "hooks": "hooks",
}
"""The managers of the client, each with the part of the API that it reads."""


@pytest.fixture(scope="module")
def server() -> Iterator[GitLabServer]:
    estate = acme_gitlab()
    with GitLabServer(estate, Variant(page=2), clock=estate.now.timestamp) as running:
        yield running


@pytest.fixture(scope="module")
def reader(server: GitLabServer) -> Any:
    return gitlab.Gitlab(server.url, private_token=server.admin_token, per_page=2)


def rows(listed: Any) -> list[Any]:
    """Return all rows of a list, page by page, as the client tells them."""
    return [each.attributes for each in listed.list(iterator=True)]


@pytest.mark.parametrize("manager", OF_GROUPS)
def test_what_a_group_has_is_read(manager: str, reader: Any, server: GitLabServer) -> None:
    for group in reader.groups.list(iterator=True):
        told = server.estate.answers[f"/groups/{group.id}/{OF_GROUPS[manager]}"]
        found = rows(getattr(group, manager))
        assert len(found) == len(told)
        assert all(set(row) <= set(got) for row, got in zip(told, found, strict=True))


@pytest.mark.parametrize("manager", OF_PROJECTS)
def test_what_a_project_has_is_read(manager: str, reader: Any, server: GitLabServer) -> None:
    for project in reader.projects.list(iterator=True):
        told = server.estate.answers[f"/projects/{project.id}/{OF_PROJECTS[manager]}"]
        found = rows(getattr(project, manager))
        assert len(found) == len(told)
        assert all(set(row) <= set(got) for row, got in zip(told, found, strict=True))


def test_people_and_tokens_of_the_instance_are_read(reader: Any, server: GitLabServer) -> None:
    answers = server.estate.answers
    assert {each.username for each in reader.users.list(iterator=True)} == {
        row["username"] for row in answers["/users"]
    }
    assert len(rows(reader.personal_access_tokens)) == len(answers["/personal_access_tokens"])
    assert [each.id for each in reader.runners_all.list(iterator=True)] == [
        row["id"] for row in answers["/runners/all"]
    ]
    assert reader.settings.get().signup_enabled is True


def test_a_path_and_a_file_are_read(reader: Any) -> None:
    project = reader.projects.get("acme/platform/deploy")
    assert project.id == 101
    assert b"stage: deploy" in project.files.raw(".gitlab-ci.yml", ref="main")


def test_a_refusal_is_one_for_the_client_too(server: GitLabServer) -> None:
    stranger = gitlab.Gitlab(server.url, private_token="not-a-token")
    with pytest.raises(gitlab.exceptions.GitlabAuthenticationError):
        stranger.groups.list(get_all=False)
    owner = gitlab.Gitlab(server.url, private_token=server.owner_token)
    with pytest.raises(gitlab.exceptions.GitlabListError, match="403"):
        owner.users.list(get_all=False)
