"""Paths across systems that end in production: by a group of the identity provider, and by a pipeline alone."""

from pipewarden.access.view import View
from pipewarden.checks import crossings
from pipewarden.checks.base import Verdicts, every, judge
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Gate, GateKind, Grant, GrantKind, Role
from pipewarden.model.ids import Kind, Ref
from tests.access.followed import (
    API,
    OKTA,
    RELEASE,
    SEEN,
    TENANT,
    administrator,
    directory,
    github,
    held,
    okta,
    person,
    snapshot,
    team,
    vault,
)


def judged(*facts: AnyFact) -> Verdicts:
    return judge(list(every(crossings)), View(snapshot(*facts)))


def said(found: Verdicts, check: str) -> list[str]:
    return [each.says for each in found.findings if each.check == check]


class TestIdpAdminToProd:
    CHECK = "x.idp_admin_to_prod"

    def test_who_manages_the_group_can_give_themselves_production(self) -> None:
        found = judged(*directory(), *person("erin"), *administrator("erin"), *team(), *vault())
        assert said(found, self.CHECK) == [
            "erin@acme.example may put themselves into the group release, which opens env:acme/api/prod and 1 more"
        ]
        [finding] = [each for each in found.findings if each.check == self.CHECK]
        assert "group administrator" in finding.evidence[0].text
        assert finding.reach == ("env:acme/api/prod", "vault:acme/secret/prod/db")

    def test_a_member_who_may_add_nobody_is_none(self) -> None:
        assert said(judged(*directory("bob"), *person("bob"), *team("bob"), *vault()), self.CHECK) == []

    def test_a_group_that_no_team_follows_opens_nothing(self) -> None:
        found = judged(*directory(), *person("erin"), *administrator("erin"), *team(follows=""))
        assert said(found, self.CHECK) == []

    def test_who_administers_all_of_the_provider_is_not_told_here(self) -> None:
        role = Role(
            ref=Ref(OKTA, Kind.ROLE, "okta:SUPER_ADMIN"), name="super administrator",
            permissions={"manage_access": "yes", "administer": "yes"}, origin=SEEN,
        )  # fmt: skip
        top = held(okta("alice"), TENANT, "okta:SUPER_ADMIN", GrantKind.DIRECT)
        assert said(judged(*directory(), *person("alice"), role, top, *team(), *vault()), self.CHECK) == []

    def test_where_roles_were_not_read_nobody_passes(self) -> None:
        gap = Gap(scope=TENANT, facet=OktaFacet.ROLES, cause=Cause.FORBIDDEN, permission="okta.roles.read", origin=SEEN)
        found = judged(*directory(), *person("erin"), *team(), *vault(), gap)
        assert [each.check for each in found.not_assessed if each.check == self.CHECK] == [self.CHECK]


class TestPipelineEditorSecret:
    CHECK = "x.pipeline_editor_secret"
    FACTS = (*directory("bob"), *person("bob"), *person("dave"), *team("bob"), *vault())

    def test_who_may_push_reads_the_vault_and_may_not_deploy(self) -> None:
        reviewers = {"required_reviewers": [{"type": "User", "id": "bob", "name": "bob"}], "prevent_self_review": True}
        gate = Gate(
            ref=Ref("github.com", Kind.GATE, "prod"), resource=Ref("github.com", Kind.ENVIRONMENT, "7:prod"),
            kind=GateKind.ENVIRONMENT, name="prod", rules=reviewers, origin=SEEN,
        )  # fmt: skip
        write = Grant(principal=github("dave"), resource=API, role="push", kind=GrantKind.DIRECT, origin=SEEN)
        found = said(judged(*self.FACTS, gate, write), self.CHECK)
        assert found == [
            "bob and dave can read vault:acme/secret/prod/db by changing a pipeline, and may not deploy to production alone"
        ]

    def test_who_may_deploy_alone_is_of_production(self) -> None:
        assert said(judged(*self.FACTS), self.CHECK) == []

    def test_who_only_reads_the_code_reads_no_secret(self) -> None:
        read = Grant(principal=github("dave"), resource=API, role="read", kind=GrantKind.DIRECT, origin=SEEN)
        assert said(judged(*self.FACTS, read), self.CHECK) == []


class TestGroupUnclear:
    CHECK = "x.group_unclear"

    def test_a_link_to_no_group_and_members_on_one_side_are_told(self) -> None:
        assert said(judged(*directory(), *team(follows="00g99")), self.CHECK) == [
            "acme/release follows the group release, which no identity provider that was read has"
        ]
        people = [*directory("zoe"), *person("zoe"), *person("ivan")]
        assert said(judged(*people, *team("ivan")), self.CHECK) == [
            "ivan is in acme/release, and not in the group release of the identity provider that it follows",
            "zoe is in the group release of the identity provider, and not in acme/release, which follows it",
        ]

    def test_the_same_people_on_both_sides_are_as_it_should_be(self) -> None:
        assert said(judged(*directory("bob"), *person("bob"), *team("bob")), self.CHECK) == []
        assert RELEASE.instance == OKTA
