"""What a plan lacks is known to be absent, and only where GitLab says which plan it is; and what came with paid plans."""

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap, Machine, Role
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.access.gitlab.small import small
from tests.connectors.gitlab.collecting import collected

PAID = {
    GitLabFacet.GROUP_ENVIRONMENTS, GitLabFacet.GROUP_HOOKS, GitLabFacet.SAML_LINKS, GitLabFacet.LDAP_LINKS,
    GitLabFacet.MEMBER_ROLES, GitLabFacet.PROTECTED_ENVIRONMENTS, GitLabFacet.APPROVALS, GitLabFacet.APPROVAL_RULES,
    GitLabFacet.PUSH_RULE, GitLabFacet.STATUS_CHECKS, GitLabFacet.AUDIT_STREAMS,
}  # fmt: skip


def staffed(host: str = "gitlab.acme.example") -> GitLabEstate:
    made = small()
    made.host = host
    made.member("projects/acme/web", "bob", 40)
    made.project_put(
        "acme/web", "protected_branches", branch_rule(1, "main", [{"access_level": 0}], [{"access_level": 40}])
    )
    return made


def gaps(snapshot: Snapshot, cause: Cause) -> set[str]:
    return {gap.facet for gap in snapshot.records(Gap) if gap.cause is cause}


def merging(snapshot: Snapshot) -> dict[str, Answer]:
    engine = Engine(snapshot)
    found = engine.who_can(Capability.MERGE, address.resource(snapshot, "branch:acme/web/main"))
    return {snapshot.find(access.principal).name: access.answer for access in found}


def test_community_edition_has_no_paid_plan_and_is_not_asked_for_one() -> None:
    made = staffed()
    made.answers["/metadata"]["enterprise"] = False
    snapshot, server = collected(made)
    assert gaps(snapshot, Cause.PLAN) == PAID
    assert "/projects/{id}/approval_rules" not in server.requests
    assert merging(snapshot) == {"bob": Answer.YES}, "nobody need approve where nobody can be asked to"


def test_enterprise_edition_may_have_any_plan_so_that_all_is_asked_for() -> None:
    refused = frozenset({"/projects/{id}/approval_rules"})
    snapshot, _ = collected(staffed(), Variant(forbidden=refused))
    assert gaps(snapshot, Cause.PLAN) == set()
    assert merging(snapshot) == {"bob": Answer.UNKNOWN}


def test_where_the_edition_is_not_told_all_is_asked_for() -> None:
    snapshot, server = collected(staffed(), Variant(missing=frozenset({"/metadata"})))
    assert gaps(snapshot, Cause.PLAN) == set()
    assert server.requests["/projects/{id}/approval_rules"] == 1


def test_on_gitlab_com_the_namespace_tells_its_plan_to_owners() -> None:
    made = staffed("gitlab.com")
    snapshot, server = collected(made, owner=True)
    assert gaps(snapshot, Cause.PLAN) == set()
    assert server.requests["/namespaces/{id}"] == 1
    assert "/metadata" not in server.requests
    made.answers["/namespaces/10"]["plan"] = "free"
    assert gaps(collected(made, owner=True)[0], Cause.PLAN) == PAID
    del made.answers["/namespaces/10"]["plan"]
    assert gaps(collected(made, owner=True)[0], Cause.PLAN) == set()


def test_custom_roles_are_listed_whoever_holds_them() -> None:
    made = small()
    made.member_role(7, "keeper", 20, "admin_cicd_variables")
    snapshot, _ = collected(made)
    role = snapshot.find(Ref(made.host, Kind.ROLE, "custom:7"))
    assert isinstance(role, Role)
    assert role.attributes["base_access_level"] == 20
    assert list(role.permissions) == ["admin_cicd_variables"]


def test_on_gitlab_com_custom_roles_are_the_top_groups() -> None:
    made = small()
    made.host = "gitlab.com"
    made.put("/groups/10/member_roles", {"id": 7, "name": "keeper", "base_access_level": 20, "read_code": True})
    snapshot, _ = collected(made, owner=True)
    assert snapshot.ordinal(Ref("gitlab.com", Kind.ROLE, "custom:7")) is not None


def test_an_invitation_with_a_custom_role_that_was_not_read_is_an_open_end() -> None:
    """“The assigned role is compared to user roles and permissions in their original group.”: nothing told its abilities."""
    made = small()
    made.member("groups/outer/guests", "bob", 30)
    made.share("groups/acme", "outer/guests", 30, member_role_id=7)
    snapshot, _ = collected(made)
    assert gaps(snapshot, Cause.NOT_FOLLOWED) == {GitLabFacet.GROUP_MEMBERS}
    assert "not followed" in "".join(Engine(snapshot).unseen(address.resource(snapshot, "acme/web")))
    made.member_role(7, "keeper", 30, "admin_cicd_variables")
    snapshot, _ = collected(made)
    assert gaps(snapshot, Cause.NOT_FOLLOWED) == set(), "the near miss: the list of custom roles tells them"
    assert "not followed" not in "".join(Engine(snapshot).unseen(address.resource(snapshot, "acme/web")))


def test_what_a_custom_role_leaves_somebody_in_a_project_is_an_open_end() -> None:
    """“You can only assign custom roles when you invite a group to another group.”: of one's own the page says nothing."""
    made = small()
    keeper = made.member_role(7, "keeper", 20, "admin_cicd_variables")
    made.member("groups/outer/guests", "bob", 20, member_role=keeper)
    made.share("projects/acme/web", "outer/guests", 30)
    snapshot, _ = collected(made)
    assert gaps(snapshot, Cause.NOT_FOLLOWED) == {GitLabFacet.MEMBERS}
    near = small()
    near.member("groups/outer/guests", "bob", 20, member_role=near.member_role(7, "keeper", 20, "admin_cicd_variables"))
    near.share("projects/acme/web", "outer/guests", 10)
    snapshot, _ = collected(near)
    assert gaps(snapshot, Cause.NOT_FOLLOWED) == set(), "the lower role counts, and that is the invitation's"


def test_tokens_of_service_accounts_are_read_by_owners_too() -> None:
    made = small()
    made.host = "gitlab.com"
    token = {"id": 71, "name": "deploy", "scopes": ["api"], "active": True, "revoked": False, "user_id": 57,
             "created_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-11-20T00:00:00Z", "expires_at": None}  # fmt: skip
    made.service_account("acme", 57, "service_account_abc12345", token, {**token, "id": 72, "revoked": True})
    snapshot, _ = collected(made, owner=True)
    tokens = [snapshot.entity(each) for each in snapshot.ordinals(Kind.ACCESS_TOKEN)]
    assert [each.name for each in tokens] == ["token:57/deploy"]
    assert isinstance(tokens[0], Machine)
    assert tokens[0].owner == Ref("gitlab.com", Kind.SERVICE_ACCOUNT, "57")
    assert tokens[0].last_used_at is not None


def test_a_project_in_a_group_that_was_not_read_says_so() -> None:
    made = small()
    made.project(102, "acme/platform/api")
    snapshot, _ = collected(made, Variant(forbidden=frozenset({"/groups/{id}/descendant_groups"})))
    [told] = [
        each
        for each in Engine(snapshot).unseen(address.resource(snapshot, "acme/platform/api"))
        if "acme/platform/api" in each
    ]
    assert "group members of acme/platform/api: not read" in told
