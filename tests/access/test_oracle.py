"""The engine against the oracle on thousands of random estates, for every capability."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipewarden.access.engine import Holders
from pipewarden.model.access import Capability
from pipewarden.model.facts import Gate, GrantKind
from pipewarden.model.ids import Kind, Ref, members_of, outsiders_of, owners_of
from tests.access.estate import Estate
from tests.access.oracle import Judge

PEOPLE = ("alice", "bob", "carol", "dave")
TEAMS = ("engineering", "platform", "sre")
REPOSITORIES = ("web", "infra")
ROLES = ("read", "triage", "write", "maintain", "admin", "custom_repo:1")

ON_REPOSITORY = tuple(
    c for c in Capability if c not in {Capability.DEPLOY, Capability.APPROVE_DEPLOYMENT, Capability.ASSUME_ROLE}
)
ON_SECRET = (Capability.USE_SECRET, Capability.READ_SECRET)
ON_BRANCH = (Capability.PUSH, Capability.MERGE, Capability.BYPASS_PROTECTION)
ON_ENVIRONMENT = (Capability.DEPLOY, Capability.APPROVE_DEPLOYMENT, Capability.READ_SECRET)

ACTORS = st.one_of(
    st.sampled_from(PEOPLE).map(lambda name: {"type": "User", "id": name}),
    st.sampled_from(TEAMS).map(lambda name: {"type": "Team", "id": name}),
    st.just({"type": "App", "id": "99"}),
)
BYPASS = st.one_of(
    st.none(),
    st.lists(
        st.builds(
            lambda actor, mode: {**actor, "bypass_mode": mode},
            st.one_of(
                st.sampled_from(TEAMS).map(lambda name: {"actor_type": "Team", "actor_id": name}),
                st.sampled_from(["5", "4", "2"]).map(lambda i: {"actor_type": "RepositoryRole", "actor_id": i}),
                st.just({"actor_type": "OrganizationAdmin", "actor_id": "1"}),
                st.just({"actor_type": "DeployKey"}),
                st.just({"actor_type": "Integration", "actor_id": "99"}),
            ),
            st.sampled_from(["always", "pull_request", "exempt"]),
        ),
        max_size=2,
    ).map(tuple),
)
SCOPES = (("public_repo",), ("public_repo", "workflow"), ("repo",), ("repo", "workflow"), ("admin:org",), ())
UNSEEN = st.sampled_from([(), (), ("the selected repositories were not read",)])
PROPERTIES = st.sampled_from([{}, {"properties": {"tier": "one"}}, {"properties": {"tier": "two"}, "fork": True}])
PICKED = st.sampled_from(
    [
        {},
        {"include": [{"name": "tier", "property_values": ["one"]}]},
        {"exclude": [{"name": "tier", "property_values": ["one"], "source": "custom"}]},
        {"include": [{"name": "visibility", "property_values": ["private"], "source": "system"}]},
        {"include": [{"name": "fork", "property_values": ["true"], "source": "system"}]},
        {"include": [{"name": "visibility", "property_values": ["public"], "source": "system"}, {"name": "tier"}]},
    ]
)
PERMISSIONS = st.dictionaries(
    st.sampled_from(["contents", "workflows", "actions", "secrets", "administration"]),
    st.sampled_from(["read", "write"]),
    max_size=4,
)


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """Draw an organization with every kind of thing the rules speak of."""
    acme = Estate(base=draw(st.sampled_from(["none", "read", "write", "admin"])))
    people = {}
    for name in PEOPLE:
        people[name] = acme.account(name)
        standing = draw(st.sampled_from(["member", "owner", "outsider", "stranger"]))
        if standing in {"member", "owner"}:
            acme.join(people[name], members_of(acme.org))
        if standing == "owner":
            acme.join(people[name], owners_of(acme.org), "owner")
        if standing == "outsider":
            acme.join(people[name], outsiders_of(acme.org))
    teams = {
        name: acme.team(name, *draw(st.sets(st.sampled_from(list(people.values())), max_size=2))) for name in TEAMS
    }
    for child, parent in draw(st.sets(st.tuples(st.sampled_from(TEAMS), st.sampled_from(TEAMS)), max_size=3)):
        if child != parent:  # cycles may well arise
            acme.join(teams[child], teams[parent], "child")
    acme.role("custom_repo:1", "custom", draw(st.sampled_from(["read", "write"])))
    acme.role("org_role:1", "all writers", draw(st.sampled_from(["triage", "write", None])))
    visibility = st.sampled_from(["private", "internal", "public"])
    state = st.sampled_from([{}] * 6 + [{"archived": True}, {"actions_permissions": {"enabled": False}}])
    repositories = [acme.repo(name, draw(visibility), **draw(PROPERTIES), **draw(state)) for name in REPOSITORIES]
    holders = [*people.values(), *teams.values()]
    for who, what, role in draw(
        st.sets(st.tuples(st.sampled_from(holders), st.sampled_from(repositories), st.sampled_from(ROLES)), max_size=5)
    ):
        acme.grant(who, what, role)
    if draw(st.booleans()):
        acme.grant(draw(st.sampled_from(holders)), acme.org, "org_role:1", GrantKind.ORG_ROLE)
    _machines(draw, acme, people, repositories)
    for repository in repositories:
        _gates(draw, acme, repository)
        acme.branch(repository, draw(st.sampled_from(["main", "man", "release"])))
    shared: dict[str, object] = {"store": draw(st.sampled_from(["actions", "dependabot"]))}
    shared["visibility"] = draw(st.sampled_from(["all", "private", "selected"]))
    if shared["visibility"] == "selected" and draw(st.booleans()):
        shared["selected_repositories"] = draw(st.lists(st.sampled_from(REPOSITORIES), unique=True))
    acme.secret(acme.org, "SHARED", **shared)
    return acme


def _machines(draw: st.DrawFn, acme: Estate, people: dict[str, Ref], repositories: list[Ref]) -> None:
    where = st.sampled_from([acme.org, *repositories])
    holding = []
    for name in ("key", "spare key")[: draw(st.integers(0, 2))]:
        holding.append(draw(st.sampled_from([None, *people.values()])))
        key = acme.machine(Kind.DEPLOY_KEY, name, owner=holding[-1])
        role = draw(st.sampled_from(["deploy_key:read", "deploy_key:write"]))
        acme.grant(key, draw(st.sampled_from(repositories)), role, GrantKind.KEY)
    if draw(st.booleans()):
        app = acme.machine(Kind.APP, "deploybot", app_id=99)
        acme.grant(app, draw(where), acme.role("app:1", **draw(PERMISSIONS)), GrantKind.APP, conditions=draw(UNSEEN))
    if draw(st.booleans()):
        owner = draw(st.sampled_from([None, *people.values(), *holding]))
        token = acme.machine(Kind.FINE_GRAINED_TOKEN, "token", owner=owner)
        acme.grant(
            token, draw(where), acme.role("token:1", **draw(PERMISSIONS)), GrantKind.TOKEN, conditions=draw(UNSEEN)
        )
    if draw(st.booleans()):
        classic = acme.machine(Kind.CLASSIC_TOKEN, "classic", owner=draw(st.sampled_from([None, *people.values()])))
        scopes = draw(st.sampled_from(SCOPES))
        acme.grant(classic, acme.org, acme.role("scopes:1", **dict.fromkeys(scopes, "granted")), GrantKind.TOKEN)


def _gates(draw: st.DrawFn, acme: Estate, repository: Ref) -> None:
    if draw(st.booleans()):
        acme.classic(
            repository,
            draw(st.sampled_from(["main", "ma*"])),
            requiresApprovingReviews=draw(st.booleans()),
            requiresCodeOwnerReviews=draw(st.booleans()),
            lockBranch=draw(st.sampled_from([False, False, False, True])),
            requiredApprovingReviewCount=draw(st.integers(0, 2)),
            isAdminEnforced=draw(st.booleans()),
            restrictsPushes=draw(st.booleans()),
            pushAllowances=draw(st.lists(ACTORS, max_size=2)),
            bypassPullRequestAllowances=draw(st.lists(ACTORS, max_size=2)),
        )
    for number in range(draw(st.integers(0, 2))):
        rules = draw(st.lists(st.sampled_from(["update", "deletion", "pr", "creation"]), max_size=2, unique=True))
        count = draw(st.integers(0, 2))
        asked = {"required_approving_review_count": count, "require_code_owner_review": draw(st.booleans())}
        listed = [("pull_request", asked) if r == "pr" else r for r in rules]
        where = draw(st.sampled_from([repository, acme.org]))
        picked = draw(PICKED) if where == acme.org else {}
        acme.ruleset(
            where,
            f"rules {number} of {repository.key}",
            *listed,
            bypass=draw(BYPASS),
            enforcement=draw(st.sampled_from(["active", "active", "evaluate"])),
            patterns=(draw(st.sampled_from(["~DEFAULT_BRANCH", "~ALL", "release"])),),
            body={"conditions": {"repository_property": picked}} if picked else {},
        )
    if draw(st.integers(0, 5)) == 0:
        paths = ("file_path_restriction", {"restricted_file_paths": [".github/workflows/**"]})
        acme.ruleset(repository, f"paths of {repository.key}", paths, bypass=draw(BYPASS), target="push", patterns=())
    if draw(st.integers(0, 7)) == 0:
        acme.gap(repository, "repository.branch_protection")
    if draw(st.booleans()):
        acme.secret(repository, "OWN", store=draw(st.sampled_from(["actions", "dependabot"])))
    if draw(st.booleans()):
        policy = draw(
            st.sampled_from(
                [
                    None,
                    {"protected_branches": True, "custom_branch_policies": False},
                    {"protected_branches": False, "custom_branch_policies": True},
                ]
            )
        )
        acme.environment(
            repository,
            branch_policy=policy,
            branch_policies=[{"name": "main", "type": "branch"}],
            required_reviewers=draw(st.lists(ACTORS.filter(lambda a: a["type"] != "App"), max_size=2)),
            prevent_self_review=draw(st.booleans()),
            can_admins_bypass=draw(st.booleans()),
        )


def spoken(holders: Holders, who: int) -> str:
    """Return the engine's answer in the oracle's words."""
    access = holders.of(who)
    if access is None:
        return "no"
    known = [path for path in access.paths if not path.unknown]
    if any(path.alone for path in known):
        return "alone"
    if any(path.unknown for path in access.paths):
        return "unknown" if not known else "together"
    return "together"


@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(estates())
def test_the_engine_and_the_oracle_agree_for_everyone_on_everything(acme: Estate) -> None:
    snapshot = acme.snapshot()
    engine, judge = acme.engine(), Judge(snapshot)
    kinds = (Kind.ACCOUNT, Kind.APP, Kind.DEPLOY_KEY, Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN)
    principals = snapshot.ordinals(*kinds).tolist()
    asked = [(r, c) for r in snapshot.ordinals(Kind.REPOSITORY).tolist() for c in ON_REPOSITORY]
    asked += [(e, c) for e in snapshot.ordinals(Kind.ENVIRONMENT).tolist() for c in ON_ENVIRONMENT]
    asked += [(b, c) for b in snapshot.ordinals(Kind.BRANCH).tolist() for c in ON_BRANCH]
    asked += [(s, c) for s in snapshot.ordinals(Kind.SECRET).tolist() for c in ON_SECRET]
    for resource, capability in asked:
        what = snapshot.ref(resource)
        holders = engine.who_can(capability, what)
        for principal in principals:
            who = snapshot.ref(principal)
            expected, said = judge.answer(who, capability, what), spoken(holders, principal)
            assert said == expected, (
                f"{who.key} {capability} {what.key}: engine {said}, oracle {expected}; {list(snapshot.records(Gate))}"
            )
            if expected in {"alone", "together"}:
                assert principal in holders.sure or any(crowd in holders.sure for crowd in engine.graph.crowd)
