"""The enterprise's own teams and roles, and what rests on them in its organizations."""

from pipewarden.access.engine import Engine
from pipewarden.demo.estate import acme
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Group, Role
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.connectors.test_github import collected, connector, gaps


def governed() -> Estate:
    """Return acme, whose enterprise has a team of auditors with a role of its own, and one person with another."""
    estate = acme()
    estate.enterprise["teams"] = [{"id": 7001, "slug": "ent:auditors", "name": "Auditors", "members": ["quinn", "bob"]}]
    estate.enterprise["roles"] = [
        {"id": 8030, "name": "Security Manager", "description": "", "permissions": ["write_enterprise_security_configuration"], "users": ["grace"], "teams": []},
        {"id": 8031, "name": "Enterprise Auditor", "description": "", "permissions": ["read_enterprise_audit_logs"], "users": [], "teams": ["ent:auditors"]},
    ]  # fmt: skip
    return estate


def read(estate: Estate, variant: Variant | None = None) -> Snapshot:
    with GitHubServer(estate, variant) as server:
        return collected(connector(server))[0]


def test_who_is_in_the_teams_of_the_enterprise_and_holds_its_roles_is_read() -> None:
    snapshot = read(governed())
    names = {e.ref: e.name for e in snapshot.entities(Kind.ACCOUNT, Kind.GROUP, Kind.ROLE)}
    team = next(g for g in snapshot.entities(Kind.GROUP) if g.name == "acme-corp/ent:auditors")
    assert isinstance(team, Group)
    engine = Engine(snapshot)
    members = engine.graph.members(snapshot.ordinal(team.ref) or 0)
    assert sorted(snapshot.name_of(o) for o in members) == ["bob", "quinn"]
    enterprise = Ref("github.com", Kind.ENTERPRISE, "acme-corp")
    held = [snapshot.grant(row) for row in engine.grant_rows_on(enterprise)]
    told = {
        (names[g.principal], names[Ref("github.com", Kind.ROLE, g.role)]) for g in held if g.role.startswith("ent_role")
    }
    assert told == {("grace", "Security Manager"), ("acme-corp/ent:auditors", "Enterprise Auditor")}
    role = snapshot.find(Ref("github.com", Kind.ROLE, "ent_role:8030"))
    assert isinstance(role, Role)
    assert role.permissions == {"write_enterprise_security_configuration": "write"}


def test_a_role_of_the_enterprise_gives_nothing_on_repositories() -> None:
    with_roles, without = Engine(read(governed())), Engine(read(acme()))
    quinn = next(e.ref for e in without.snapshot.entities(Kind.ACCOUNT) if e.name == "quinn")
    for repository in without.snapshot.entities(Kind.REPOSITORY):
        assert with_roles.level(quinn, repository.ref) == without.level(quinn, repository.ref)


def test_a_list_that_is_refused_is_a_gap_at_the_enterprise_that_names_the_scope() -> None:
    forbidden = Variant(
        forbidden=frozenset({"/enterprises/{enterprise}/teams", "/enterprises/{enterprise}/enterprise-roles"})
    )
    snapshot = read(governed(), forbidden)
    for facet in (Facet.ENT_TEAMS, Facet.ENT_ROLES):
        (gap,) = (g for g in snapshot.records(Gap) if g.facet == facet)
        assert (gap.scope.kind, gap.cause) == (Kind.ENTERPRISE, Cause.FORBIDDEN)
        assert "read:enterprise" in gap.permission


def held_by_auditors(estate: Estate) -> Estate:
    """Give the team of the enterprise a role of the organization that writes to all repositories."""
    estate.organizations["acme"].roles.append(
        {"id": 49, "name": "all_repo_write", "base_role": "write", "permissions": [], "source": "Predefined", "users": [], "teams": [], "enterprise_teams": ["ent:auditors"]},
    )  # fmt: skip
    return estate


def test_a_role_of_the_organization_that_a_team_of_the_enterprise_holds_reaches_its_members() -> None:
    engine = Engine(read(held_by_auditors(governed())))
    tools = next(e.ref for e in engine.snapshot.entities(Kind.REPOSITORY) if e.name == "acme/data-warehouse")
    quinn = next(e.ref for e in engine.snapshot.entities(Kind.ACCOUNT) if e.name == "quinn")
    assert engine.level(quinn, tools) is Level.WRITE


def test_where_the_teams_of_the_enterprise_are_refused_who_holds_that_role_is_not_known() -> None:
    snapshot = read(held_by_auditors(governed()), Variant(forbidden=frozenset({"/enterprises/{enterprise}/teams"})))
    team = next(g for g in snapshot.entities(Kind.GROUP) if g.ref.key == "7001")
    (gap,) = (g for g in snapshot.records(Gap) if g.scope == team.ref)
    assert gap.facet == Facet.ENT_TEAMS
    engine = Engine(snapshot)
    repository = next(e for e in snapshot.entities(Kind.REPOSITORY) if e.name == "acme/web")
    unseen = engine.rulings.unseen(snapshot.ordinal(repository.ref))
    assert any("teams of ent:auditors: not read" in words for words in unseen), unseen


def test_without_teams_and_roles_there_is_nothing_and_no_gap() -> None:
    snapshot = read(acme())
    assert not {Facet.ENT_TEAMS, Facet.ENT_ROLES} & gaps(snapshot).keys()
    assert not [r for r in snapshot.entities(Kind.ROLE) if r.ref.key.startswith("ent_role")]


def test_nor_is_it_where_the_configuration_names_no_enterprise() -> None:
    with GitHubServer(held_by_auditors(governed())) as server:
        one = connector(server)
        one.enterprise = ""
        snapshot, _ = collected(one)
    (gap,) = (g for g in snapshot.records(Gap) if g.facet == Facet.ENT_TEAMS)
    assert gap.detail.endswith("the configuration does not name the enterprise")
