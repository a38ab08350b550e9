"""Hand-worked cases of who is in what: each quotes the vendor's sentence that decides it."""

import pytest

from pipewarden.access.reach import reach
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind, Ref
from tests.access.gitlab.small import asked, engine_of, small, who

READ, PUSH = Capability.READ, Capability.PUSH
ADMINISTER, VARIABLES = Capability.ADMINISTER, Capability.MANAGE_SECRET


# --- where a role comes from: https://docs.gitlab.com/user/project/members/#membership-types ---------


def test_a_direct_member() -> None:
    """“Direct: The user is added directly to the current group or project.”."""
    made = small()
    made.member("projects/acme/web", "bob", 30)
    assert who(made, PUSH) == {"bob"}


def test_an_inherited_member() -> None:
    """“Inherited: The user is a member of a parent group that contains the current group or project.”."""
    made = small()
    made.project(102, "acme/platform/api")
    made.member("groups/acme", "bob", 30)
    assert who(made, PUSH, "acme/platform/api") == {"bob"}


def test_a_member_of_a_subgroup_has_nothing_above_it() -> None:
    """“Inherited: The user is a member of a parent group that contains the current group or project.”, and of no child."""
    made = small()
    made.member("groups/acme/platform", "bob", 50)
    assert who(made, READ) == set()


def test_the_highest_of_all_memberships_counts() -> None:
    """“If a user is both in a project's parent group and the project, their highest role applies.”."""
    made = small()
    made.member("groups/acme", "bob", 40)
    made.member("projects/acme/web", "bob", 10)
    assert who(made, VARIABLES) == {"bob"}


def test_a_membership_that_ended_gives_nothing() -> None:
    """“On the expiration date, the membership expires and the member can no longer access the group or project.”."""
    made = small()
    made.member("groups/acme", "bob", 40, expires_at="2026-11-22")
    made.member("groups/acme", "dave", 40, expires_at="2026-11-24")
    assert who(made, PUSH) == {"dave"}


def test_minimal_access_reaches_no_project() -> None:
    """“Users with the Minimal Access role do not automatically have access to projects and subgroups.”."""
    made = small()
    made.member("groups/acme", "bob", 5)
    assert who(made, READ) == set()


# --- what a role gives: https://docs.gitlab.com/user/permissions/ ------------------------------------


def test_a_guest_does_not_read_the_code_of_a_private_project() -> None:
    """“Guests … on private projects: not view and download the project's code”: that begins with Reporter."""
    made = small()
    made.member("projects/acme/web", "bob", 10)
    made.member("projects/acme/web", "carol", 15)
    made.member("projects/acme/web", "dave", 20)
    assert who(made, READ) == {"dave"}


def test_a_developer_pushes_where_nothing_is_protected() -> None:
    """“Push to non-protected branches: Developer.”."""
    made = small()
    made.member("projects/acme/web", "bob", 20)
    made.member("projects/acme/web", "carol", 25)
    made.member("projects/acme/web", "dave", 30)
    assert who(made, PUSH) == {"dave"}


def test_a_maintainer_manages_variables_and_a_developer_does_not() -> None:
    """“Manage CI/CD settings and variables: Maintainer.”."""
    made = small()
    made.member("projects/acme/web", "bob", 30)
    made.member("projects/acme/web", "dave", 40)
    assert who(made, VARIABLES) == {"dave"}


def test_an_owner_alone_administers() -> None:
    """“Delete project: Owner.”."""
    made = small()
    made.member("projects/acme/web", "bob", 40)
    made.member("projects/acme/web", "dave", 50)
    assert who(made, ADMINISTER) == {"dave"}


def test_what_is_managed_on_a_group_needs_an_owner() -> None:
    """“Manage group-level CI/CD variables: Owner.”."""
    made = small()
    made.member("groups/acme", "bob", 40)
    made.member("groups/acme", "dave", 50)
    assert who(made, VARIABLES, "acme") == {"dave"}


def test_an_administrator_has_everything() -> None:
    """“Administrators … have access to all groups and projects of the instance.”."""
    made = small()
    made.people["erin"]["is_admin"] = True
    assert who(made, ADMINISTER) == {"erin"}


def test_an_administrator_who_is_blocked_has_nothing() -> None:
    """“A blocked user … cannot sign in or access any repositories.”."""
    made = small()
    made.people["erin"].update(is_admin=True, state="blocked")
    assert who(made, ADMINISTER) == set()


# --- visibility: https://docs.gitlab.com/user/public_access/ ------------------------------------------


def test_an_internal_project_is_read_by_everybody_who_is_signed_in_and_not_external() -> None:
    """“For internal projects, any authenticated user, including users with the Guest role, can … clone … except external users.”."""
    made = small(visibility="internal")
    made.people["mallory"]["external"] = True
    assert who(made, READ) == {"alice", "bob", "carol", "dave", "erin"}


def test_an_external_user_reads_an_internal_project_as_reporter_and_not_as_guest() -> None:
    """“External users must be given explicit access (at least the Reporter role) even if the project is internal.”."""
    made = small(visibility="internal")
    for name in ("dave", "mallory"):
        made.people[name]["external"] = True
    made.member("projects/acme/web", "mallory", 10)
    made.member("projects/acme/web", "dave", 20)
    assert {"dave", "mallory"} & who(made, READ) == {"dave"}


def test_whoever_may_be_external_may_read_an_internal_project() -> None:
    """Whether somebody is external is told to administrators alone: unknown is no yes and no no."""
    made = small(visibility="internal")
    made.member("groups/acme", "alice", 50)
    made.member("groups/acme", "bob", 10)
    engine = engine_of(made, owner=True)
    assert asked(engine, READ, "acme/web") == {"alice": "yes", "bob": "unknown"}


def test_an_internal_project_whose_repository_is_for_members() -> None:
    """“Only project members: … only visible to project members.”."""
    made = small(visibility="internal", repository_access_level="private")
    made.member("projects/acme/web", "bob", 20)
    assert who(made, READ) == {"bob"}


def test_a_public_project_is_read_by_anybody() -> None:
    """“Public projects can be cloned without any authentication over HTTPS.”."""
    made = small(visibility="public")
    assert who(made, READ) == {"everyone"}


def test_a_public_project_whose_repository_is_for_members() -> None:
    """“Only project members: … only visible to project members.”."""
    made = small(visibility="public", repository_access_level="private")
    assert who(made, READ) == set()


# --- shares: https://docs.gitlab.com/user/project/members/sharing_projects_groups/ --------------------


def test_a_project_share_gives_the_lower_of_two_roles() -> None:
    """“Invited members keep the lower of these two roles.”."""
    made = small()
    made.member("groups/outer/guests", "bob", 50)
    made.member("groups/outer/guests", "dave", 20)
    made.share("projects/acme/web", "outer/guests", 30)
    assert who(made, PUSH) == {"bob"}
    assert who(made, READ) == {"bob", "dave"}
    assert who(made, VARIABLES) == set()


def test_the_vendors_own_example_of_a_share_as_developer() -> None:
    """“User A, Owner; User B, Maintainer; User C, Developer; User D, Developer; User E, Reporter”."""
    made = small()
    made.member("projects/acme/web", "alice", 50)
    made.member("projects/acme/web", "bob", 40)
    made.member("groups/outer/guests", "carol", 50)
    made.member("groups/outer/guests", "dave", 40)
    made.member("groups/outer/guests", "erin", 20)
    made.share("projects/acme/web", "outer/guests", 30)
    assert who(made, ADMINISTER) == {"alice"}
    assert who(made, VARIABLES) == {"alice", "bob"}
    assert who(made, PUSH) == {"alice", "bob", "carol", "dave"}
    assert who(made, READ) == {"alice", "bob", "carol", "dave", "erin"}


def test_the_vendors_own_example_of_a_share_as_owner() -> None:
    """“User C, Owner; User D, Maintainer; User E, Reporter”."""
    made = small()
    made.member("groups/outer/guests", "carol", 50)
    made.member("groups/outer/guests", "dave", 40)
    made.member("groups/outer/guests", "erin", 20)
    made.share("projects/acme/web", "outer/guests", 50)
    assert who(made, ADMINISTER) == {"carol"}
    assert who(made, VARIABLES) == {"carol", "dave"}


def test_a_project_share_brings_inherited_members() -> None:
    """“The group's direct and inherited members get access to the project.”."""
    made = small()
    made.member("groups/outer", "bob", 30)
    made.share("projects/acme/web", "outer/guests", 40)
    assert who(made, PUSH) == {"bob"}


def test_a_project_share_brings_no_members_of_subgroups() -> None:
    """“Direct member of a subgroup, but not of the group that is invited: No.”."""
    made = small()
    made.member("groups/outer/guests/inner", "bob", 50)
    made.share("projects/acme/web", "outer/guests", 40)
    assert who(made, READ) == set()


def test_a_project_share_brings_those_who_are_shared_into_the_group() -> None:
    """“Members of other groups that are shared with the invited group.”."""
    made = small()
    made.group(30, "third")
    made.member("groups/third", "bob", 40)
    made.share("groups/outer/guests", "third", 30)
    made.share("projects/acme/web", "outer/guests", 40)
    assert who(made, PUSH) == {"bob"}
    assert who(made, VARIABLES) == set()


def test_a_share_inside_of_a_share_that_ended() -> None:
    """“From that date onward, the invited group can no longer access the project.”, nor what the project invites."""
    made = small()
    made.group(30, "third")
    made.member("groups/third", "bob", 40)
    made.share("groups/outer/guests", "third", 30, expires_at="2026-11-01")
    made.share("projects/acme/web", "outer/guests", 40)
    assert who(made, READ) == set()


def test_of_two_invitations_that_give_the_same_the_one_that_ends_last_counts() -> None:
    """A group and the one that it is inside of are both invited: bob comes along by either."""
    for ends in (("2026-11-01", None), (None, "2026-11-01"), ("2027-06-01", "2026-11-01")):
        made = small()
        made.member("groups/outer", "bob", 30)
        made.share("projects/acme/web", "outer", 30, expires_at=ends[0])
        made.share("projects/acme/web", "outer/guests", 30, expires_at=ends[1])
        assert who(made, PUSH) == {"bob"}
    made.answers["/projects/101"]["shared_with_groups"][0]["expires_at"] = "2026-11-02"
    assert who(made, PUSH) == set(), "the near miss: both ended"


def test_a_group_share_brings_direct_members_alone() -> None:
    """“Only direct members of the invited group get access to the shared group, not inherited, shared or subgroup members.”."""
    made = small()
    made.group(30, "third")
    made.member("groups/third", "erin", 40)
    made.share("groups/outer/guests", "third", 40)
    made.member("groups/outer", "bob", 40)
    made.member("groups/outer/guests", "carol", 40)
    made.member("groups/outer/guests/inner", "dave", 40)
    made.share("groups/acme", "outer/guests", 30)
    assert who(made, PUSH) == {"carol"}


def test_the_vendors_own_example_of_a_group_share() -> None:
    """“`User A` is a direct member of `Group 1` and has the Maintainer role … has the Developer role in `Group 2`.”."""
    made = small()
    made.member("groups/outer/guests", "alice", 40)
    made.share("groups/acme", "outer/guests", 30)
    assert who(made, PUSH) == {"alice"}
    assert who(made, VARIABLES) == set()


def test_a_group_share_reaches_what_the_group_contains() -> None:
    """“The group's direct members get access to the group”, whose projects and subgroups they then inherit."""
    made = small()
    made.project(102, "acme/platform/api")
    made.member("groups/outer/guests", "bob", 30)
    made.share("groups/acme", "outer/guests", 30)
    assert who(made, PUSH, "acme/platform/api") == {"bob"}


def test_a_share_of_an_ancestor_counts_below() -> None:
    """The relation SHARED_INTO_ANCESTORS: a guest of the parent is a member of the project in the subgroup."""
    made = small()
    made.project(102, "acme/platform/api")
    made.member("groups/outer/guests", "bob", 40)
    made.share("groups/acme/platform", "outer/guests", 20)
    assert who(made, READ, "acme/platform/api") == {"bob"}
    assert who(made, READ) == set()


def test_the_share_lock_takes_a_projects_shares_away() -> None:
    """“When this setting is enabled: … Groups already added to a project lose access to it.”."""
    made = small()
    made.answers["/groups/10"]["share_with_group_lock"] = True
    made.member("groups/outer/guests", "bob", 40)
    made.share("projects/acme/web", "outer/guests", 40)
    assert who(made, READ) == set()


# --- custom roles: https://docs.gitlab.com/user/custom_roles/ -----------------------------------------


def test_a_custom_role_adds_an_ability_to_its_base() -> None:
    """“You might create a custom role based on the Guest role, but also include permission to view code.”."""
    made = small()
    made.member("groups/acme", "bob", 10, member_role=made.member_role(7, "guest and code", 10, "read_code"))
    assert who(made, READ) == {"bob"}
    assert who(made, PUSH) == set()


def test_a_custom_role_manages_variables_of_others() -> None:
    """“A custom role with permission to manage CI/CD variables also allows management of CI/CD variables added by other Maintainers.”."""
    made = small()
    made.member("groups/acme", "bob", 20, member_role=made.member_role(7, "keeper", 20, "admin_cicd_variables"))
    assert who(made, VARIABLES) == {"bob"}


def test_who_is_in_a_group_is_for_its_owners_to_say() -> None:
    """“Add/remove group members”: Owner, whether one asks about the group or about those who are in it."""
    made = small()
    made.member("groups/acme", "carol", 40)
    made.member("groups/acme", "alice", 50)
    engine = engine_of(made)
    for kind, key in ((Kind.ORGANIZATION, "10"), (Kind.GROUP, "10"), (Kind.GROUP, "10:40")):
        found = engine.who_can(Capability.MANAGE_ACCESS, Ref(made.host, kind, key))
        assert {engine.name(access.principal) for access in found} == {"alice"}


def test_a_group_is_reached_once_and_not_again_as_those_who_are_in_it() -> None:
    made = small()
    made.member("groups/acme", "carol", 40)
    made.member("groups/acme", "alice", 50)
    engine = engine_of(made)
    managed: dict[str, list[tuple[Kind, str]]] = {}
    for ordinal in engine.snapshot.ordinals(Kind.ACCOUNT).tolist():
        who = engine.snapshot.ref(ordinal)
        found = [each.resource for each in reach(engine, who) if each.capability is Capability.MANAGE_ACCESS]
        managed[engine.name(who)] = [(ref.kind, ref.key) for ref in found if ref.kind is not Kind.APPLICATION]
    groups = [(Kind.ORGANIZATION, "10"), (Kind.ORGANIZATION, "11")]
    assert managed["alice"] == [*groups, (Kind.REPOSITORY, "101")]
    assert managed["carol"] == [(Kind.REPOSITORY, "101")], "a maintainer adds members to projects alone"


CODE, KEEPS, SECURES = "read_code", "admin_cicd_variables", "admin_runners"
ROLES = {"Guest": (10, ""), "Guest + code": (10, CODE), "Guest + keeps": (10, KEEPS), "Developer": (30, ""),
         "Developer + secures": (30, SECURES)}  # fmt: skip
INVITED = {
    "Guest": ("Guest", "Guest", "Guest", "Guest", "Guest"),
    "Guest + code": ("Guest", "Guest + code", "Guest + keeps", "Guest + code", "Guest + code"),
    "Guest + keeps": ("Guest", "Guest + code", "Guest + keeps", "Guest + keeps", "Guest + keeps"),
    "Developer": ("Guest", "Guest + code", "Guest + keeps", "Developer", "Developer"),
    "Developer + secures": ("Guest", "Guest + code", "Guest + keeps", "Developer", "Developer + secures"),
}
"""The vendor's own table, with abilities that give something here: by what a group is invited with, what each gets."""


@pytest.mark.parametrize(
    ("invited", "own", "gets"),
    [(invited, own, gets) for invited, row in INVITED.items() for own, gets in zip(ROLES, row, strict=True)],
)
def test_the_vendors_own_table_of_custom_roles_of_invitations(invited: str, own: str, gets: str) -> None:
    """“The following table provides examples of the maximum role available to users invited to a group.”."""
    made = small()
    numbers = {name: number for number, name in enumerate(ROLES, 7)}
    made_roles = {
        name: made.member_role(numbers[name], name, level, ability)
        for name, (level, ability) in ROLES.items()
        if ability
    }
    carried = {"member_role": made_roles[own]} if own in made_roles else {}
    made.member("groups/outer/guests", "bob", ROLES[own][0], **carried)
    role = {"member_role_id": numbers[invited] if invited in made_roles else None}
    made.share("groups/acme", "outer/guests", ROLES[invited][0], **role)
    level, ability = ROLES[gets]
    assert who(made, PUSH) == ({"bob"} if level == 30 else set())
    assert who(made, READ) == ({"bob"} if level == 30 or ability == CODE else set())
    assert who(made, VARIABLES) == ({"bob"} if ability == KEEPS else set())
    assert who(made, Capability.MANAGE_RUNNER) == ({"bob"} if ability == SECURES else set())


def test_a_higher_role_elsewhere_takes_the_ability_away() -> None:
    """“Only the base role is used for access level comparisons. Custom permissions are not compared.”."""
    made = small()
    made.member("groups/acme", "bob", 10, member_role=made.member_role(7, "keeper", 10, "admin_cicd_variables"))
    made.member("projects/acme/web", "bob", 15)
    assert who(made, VARIABLES) == set(), "a Planner is higher than a Guest, though neither reads code"


def test_the_ability_of_a_lower_custom_role_is_not_added_to_a_higher_one() -> None:
    """“Only the base role is used for access level comparisons. Custom permissions are not compared.”."""
    made = small()
    made.member("groups/acme", "bob", 10, member_role=made.member_role(7, "keeper", 10, "admin_cicd_variables"))
    made.member("projects/acme/web", "bob", 30, member_role=made.member_role(8, "runner", 30, "admin_runners"))
    assert who(made, VARIABLES) == set()
    assert who(made, Capability.MANAGE_RUNNER) == {"bob"}
