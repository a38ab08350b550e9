"""Which groups apps push where: what is read, what is asked for it, and what is said where it cannot be."""

from dataclasses import replace

import pytest

from pipewarden.access.view import View
from pipewarden.demo.okta.directory import App, Directory, Group, target_of
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.variant import Variant
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind, Ref
from tests.connectors.okta.reading import HOST, Patient, collected, gaps, okta, read

GITLAB = "0oa00000000000000004"
MAPPINGS, CONNECTION = "/api/v1/apps/{appId}/group-push/mappings", "/api/v1/apps/{appId}/connections/default"
GROUP = "/api/v1/groups/{groupId}"


def app(view: View, key: str = GITLAB) -> dict[str, object]:
    found = view.find(Ref(HOST, Kind.APPLICATION, key))
    assert found is not None
    return found.attributes


def changed(key: str = GITLAB, **given: object) -> Directory:
    made = okta()
    made.apps = [replace(each, **given) if each.id == key else each for each in made.apps]  # type: ignore[arg-type]
    return made.index()


def test_an_app_tells_what_it_pushes_under_which_name_and_where() -> None:
    given = app(View(collected()[0]))
    assert [(row["source"], row["name"], row["status"]) for row in given["pushes"]] == [  # type: ignore[attr-defined]
        ("00g00000000000000012", "platform", "ACTIVE"),
        ("00g00000000000000013", "release", "ERROR"),
    ]
    assert given["provisions"] == "https://gitlab.acme.example/api/scim/v2/application"


def test_only_apps_that_push_are_asked() -> None:
    with OktaServer(okta(), clock=Patient().now) as server:
        view = View(read(server, Patient())[0])
    assert server.requests[MAPPINGS] == server.requests[CONNECTION] == 1
    assert "pushes" not in app(view, "0oa00000000000000003")
    assert app(view, "0oa00000000000000003")["app_settings"] == {"githubOrg": "acme"}
    asleep = changed(status="INACTIVE")
    with OktaServer(asleep, clock=Patient().now) as server:
        read(server, Patient())
    assert MAPPINGS not in server.requests


def test_settings_that_may_hold_anything_are_not_kept() -> None:
    view = View(collected(of=changed(settings={"githubOrg": "acme", "apiToken": "not-to-be-kept"}))[0])
    assert app(view)["app_settings"] == {"githubOrg": "acme"}


def test_an_address_keeps_no_query_and_no_user() -> None:
    base = "https://someone:word@gitlab.acme.example/api/scim/v2/application?token=abc"
    assert (
        app(View(collected(of=changed(base=base))[0]))["provisions"]
        == "https://gitlab.acme.example/api/scim/v2/application"
    )


@pytest.mark.parametrize("template", [MAPPINGS, GROUP, CONNECTION])
def test_a_refusal_is_a_gap_at_the_app_that_names_both_scopes(template: str) -> None:
    snapshot = collected(Variant(forbidden=frozenset({template})))[0]
    assert gaps(snapshot) == {("GitLab", OktaFacet.GROUP_PUSH, "forbidden")}
    [gap] = snapshot.records(Gap)
    assert (
        gap.permission == "okta.apps.read and okta.groups.read (service app), or a token of a read-only administrator"
    )


def test_an_app_without_a_connection_of_that_kind_has_no_address_and_no_gap() -> None:
    snapshot = collected(of=changed(base=""))[0]
    assert app(View(snapshot))["provisions"] is None
    assert gaps(snapshot) == set()


def test_a_group_that_okta_lists_is_not_asked_for() -> None:
    made = okta()
    [pushing] = [each for each in made.apps if each.id == GITLAB]
    for number, (_, name, _) in enumerate(pushing.pushes):
        made.groups[f"{name} of GitLab"] = Group(target_of(pushing, number), name, "APP_GROUP")
    with OktaServer(made.index(), clock=Patient().now) as server:
        view = View(read(server, Patient())[0])
    assert GROUP not in server.requests
    assert [row["name"] for row in app(view)["pushes"]] == ["platform", "release"]  # type: ignore[attr-defined]


def test_more_names_than_are_asked_for_are_a_gap() -> None:
    snapshot = collected(most_names=1)[0]
    assert gaps(snapshot) == {("GitLab", OktaFacet.GROUP_PUSH, "budget")}
    assert sorted("name" in row and row["name"] is None for row in app(View(snapshot))["pushes"]) == [False, True]  # type: ignore[attr-defined]


def test_pages_of_mappings_are_all_read() -> None:
    with OktaServer(okta(), Variant(page=1), clock=Patient().now) as server:
        view = View(read(server, Patient())[0])
    assert len(app(view)["pushes"]) == 2  # type: ignore[arg-type]
    assert server.requests[MAPPINGS] == 2


def test_what_the_configuration_says_of_an_app_stands_at_it() -> None:
    with OktaServer(okta(), clock=Patient().now) as server:
        snapshot = read(server, Patient(), targets={GITLAB: "gitlab:acme", "0oa9": "github:acme"})[0]
    assert app(View(snapshot))["declared_target"] == "gitlab:acme"
    assert len(app(View(snapshot))["pushes"]) == 2  # type: ignore[arg-type]
    [gap] = snapshot.records(Gap)
    assert gap.detail == "the configuration names the app 0oa9, and the organization has none of that id"


def test_an_app_of_another_kind_is_none_that_pushes() -> None:
    assert App("0oa1", "label", "name").pushes == ()
