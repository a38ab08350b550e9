"""What hangs on an organization beside its people and repositories: read where it may be, a gap with the permission where not."""

from pathlib import Path
from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.inventory import accounts
from pipewarden.access.view import View
from pipewarden.checks.administrators import owner_stale
from pipewarden.checks.base import judge
from pipewarden.checks.people import member_stale
from pipewarden.connectors.github.activity import MOST_EVENTS, SENSITIVE, Seen
from pipewarden.connectors.github.last_acts import STARTED, LastActs
from pipewarden.connectors.shapes import leaving_out
from pipewarden.demo.estate import acme
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.estate.rows import secret
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Gap, Machine
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.connectors.test_github import NOW, Patience, collected, connector
from tests.shared import shared_path

DAY = "2026-01-01T00:00:00Z"


class Story(Patience):
    """The clock of the story, which never sleeps."""

    def now(self) -> float:
        return NOW.timestamp() + self.ahead


def read(estate: Estate, variant: Variant | None = None, **more: Any) -> Snapshot:
    """Collect an estate at the time of the story."""
    with GitHubServer(estate, variant, clock=NOW.timestamp) as server:
        token = server.member_token if more.pop("member", False) else ""
        return collected(connector(server, clock=Story(), token=token, app=not token, **more))[0]


def smaller(plan: str = "team") -> Estate:
    """Return acme on a plan without what Enterprise Cloud has."""
    estate = acme()
    estate.organizations["acme"].plan = plan
    return estate


def account(snapshot: Snapshot, login: str) -> Account:
    """Return an account by its login."""
    return next(a for a in snapshot.entities(Kind.ACCOUNT) if isinstance(a, Account) and a.name == login)


def gap_of(snapshot: Snapshot, facet: Facet) -> Gap:
    """Return the one gap of a facet."""
    found = [gap for gap in snapshot.records(Gap) if gap.facet == facet]
    assert len(found) == 1, found
    return found[0]


def named(snapshot: Snapshot, kind: Kind, name: str) -> dict[str, Any]:
    """Return the attributes of what has a name."""
    return next(dict(each.attributes) for each in snapshot.entities(kind) if each.name == name)


# --- secrets and variables for selected repositories ----------------------------------------------


def sharing() -> Any:
    """Acme, with something in every store that only web is given, and something that all are given."""
    estate = acme()
    org = estate.organizations["acme"]
    for kept in (org.secrets, org.dependabot_secrets, org.codespaces_secrets):
        kept.append(secret("WEB_ONLY", DAY, visibility="selected", repositories=["web"]))
        kept.append(secret("FOR_ALL", DAY, visibility="all"))
    org.variables.append({"name": "WEB_ONLY", "value": "1", "visibility": "selected", "repositories": ["web"]})
    return estate


STORES = [
    ("actions", "secret:acme/WEB_ONLY", Facet.ORG_SECRETS, "/orgs/{org}/actions/secrets/{secret_name}/repositories"),
    (
        "dependabot",
        "secret:acme/WEB_ONLY (dependabot)",
        Facet.ORG_DEPENDABOT_SECRETS,
        "/orgs/{org}/dependabot/secrets/{secret_name}/repositories",
    ),
    (
        "codespaces",
        "secret:acme/WEB_ONLY (codespaces)",
        Facet.ORG_CODESPACES_SECRETS,
        "/orgs/{org}/codespaces/secrets/{secret_name}/repositories",
    ),
]


def test_every_store_tells_which_repositories_a_secret_is_for() -> None:
    with GitHubServer(sharing()) as server:
        snapshot, _ = collected(connector(server))
    web = next(r.ref.key for r in snapshot.entities(Kind.REPOSITORY) if r.name == "acme/web")
    for store, name, _, _ in STORES:
        kept = named(snapshot, Kind.SECRET, name)
        assert (kept["store"], kept["visibility"], kept["selected_repositories"]) == (store, "selected", [web])
        # near miss: what all are given has no list, and that is no gap
        assert "selected_repositories" not in named(snapshot, Kind.SECRET, name.replace("WEB_ONLY", "FOR_ALL"))
    kept = named(snapshot, Kind.VARIABLE, "var:acme/WEB_ONLY")
    assert (kept["visibility"], kept["selected_repositories"]) == ("selected", [web])
    assert {gap.facet for gap in snapshot.records(Gap)} == {Facet.REPO_WORKFLOWS}


@pytest.mark.parametrize(("store", "name", "facet", "template"), STORES)
def test_a_list_of_repositories_that_is_refused_is_a_gap_of_that_secret_alone(
    store: str, name: str, facet: Facet, template: str
) -> None:
    with GitHubServer(sharing(), Variant(forbidden=frozenset({template}))) as server:
        snapshot, _ = collected(connector(server))
    kept = named(snapshot, Kind.SECRET, name)
    assert (kept["store"], kept["visibility"]) == (store, "selected")
    assert "selected_repositories" not in kept
    refused = [g for g in snapshot.records(Gap) if g.facet == facet and snapshot.find(g.scope).name == name]  # type: ignore[union-attr]
    assert [gap.cause for gap in refused] == [Cause.FORBIDDEN]
    assert "admin:org" in refused[0].permission


def test_variables_whose_repositories_are_refused_say_so() -> None:
    refused = Variant(forbidden=frozenset({"/orgs/{org}/actions/variables/{name}/repositories"}))
    with GitHubServer(sharing(), refused) as server:
        snapshot, _ = collected(connector(server))
    assert "selected_repositories" not in named(snapshot, Kind.VARIABLE, "var:acme/WEB_ONLY")
    gap = gap_of(snapshot, Facet.ORG_VARIABLES)
    assert (gap.scope.kind, gap.cause) == (Kind.VARIABLE, Cause.FORBIDDEN)
    assert "organization_actions_variables: read" in gap.permission


# --- the audit log --------------------------------------------------------------------------------


def quiet() -> Estate:
    """Return acme, where judy was last seen in July and walter in October."""
    estate = acme()
    org = estate.organizations["acme"]
    org.events = (
        {"action": "team.add_member", "actor": "judy", "at": "2026-07-14T09:00:00+00:00", "team": "acme/engineering"},
        {"action": "repo.create", "actor": "walter", "at": "2026-10-30T09:00:00+00:00", "repo": "acme/tools"},
        *org.events,
    )
    return estate


def test_the_audit_log_tells_when_each_account_was_last_seen_and_doing_what() -> None:
    snapshot = read(quiet())
    bob, erin = account(snapshot, "bob"), account(snapshot, "erin")
    assert bob.last_used_at is not None
    assert (bob.last_used_at.isoformat()[:16], bob.attributes["last_used_source"]) == (
        "2026-11-20T15:39",
        "audit log: workflows.completed_workflow_run",
    )
    assert erin.last_used_at is not None
    # near miss: uma is a member and nowhere in the log, which is not the same as idle
    assert account(snapshot, "uma").last_used_at is None
    # zoe was added by alice: that is alice's doing and no sign of zoe
    assert account(snapshot, "zoe").last_used_at is None
    organization = next(o for o in snapshot.entities(Kind.ORGANIZATION) if o.name == "acme")
    assert organization.attributes["activity_since"] == "2026-05-27T00:00:00+00:00"


def test_the_list_of_accounts_shows_the_last_use() -> None:
    snapshot = read(quiet())
    rows = {row.name: row for row in accounts(View(snapshot, Engine(snapshot)))}
    assert rows["judy"].last_used == "2026-07-14"
    assert rows["uma"].last_used == "unknown"


def test_checks_of_idleness_speak_about_who_was_seen_and_say_why_not_about_others() -> None:
    verdicts = judge((member_stale, owner_stale), View(read(quiet())))
    assert [finding.says for finding in verdicts.findings] == [
        "judy is a member of acme and has not been seen since 2026-07-14, 132 days ago (audit log: team.add_member)"
    ]
    told = {doubt.check: doubt.detail for doubt in verdicts.not_assessed if doubt.subject_name == "acme"}
    assert told["gh.org.owner_stale"] == "the audit log has shown nothing of grace since 2026-05-27"


def test_an_app_is_seen_by_what_it_did_under_its_own_name() -> None:
    estate = quiet()
    org = estate.organizations["acme"]
    slug = str(org.apps[0]["app_slug"])
    org.events = (*org.events, {"action": "repo.create", "actor": f"{slug}[bot]", "at": "2026-11-22T07:00:00+00:00"})
    apps = {a.attributes["app_slug"]: a for a in read(estate).entities(Kind.APP) if isinstance(a, Machine)}
    assert str(apps[slug].last_used_at)[:10] == "2026-11-22"
    assert [a.last_used_at for s, a in apps.items() if s != slug] == [None] * (len(apps) - 1)


def test_a_log_longer_than_the_budget_allows_is_read_from_now_backwards_and_says_how_far() -> None:
    estate = quiet()
    org = estate.organizations["acme"]
    noise = [
        {"action": "git.clone", "actor": "nobody-we-know", "at": f"2026-11-22T{n // 60 % 24:02d}:{n % 60:02d}:00+00:00"}
        for n in range(1200)
    ]
    org.events = (*org.events, *noise)
    with GitHubServer(estate, clock=NOW.timestamp) as server:
        snapshot, _ = collected(connector(server, clock=Story(), budget=120))
        assert server.requests["/orgs/{org}/audit-log"] == 12
    organization = next(o for o in snapshot.entities(Kind.ORGANIZATION) if o.name == "acme")
    assert organization.attributes["activity_since"][:10] == "2026-11-22"
    assert account(snapshot, "judy").last_used_at is None
    assert account(read(estate), "judy").last_used_at is not None


def test_a_flood_of_sensitive_events_is_told_with_the_day_since_when_they_are_kept() -> None:
    estate = quiet()
    org = estate.organizations["acme"]
    flood = [
        {
            "action": "hook.create",
            "actor": "mallory",
            "repo": "acme/web",
            "at": f"2026-11-22T{n // 60:02d}:{n % 60:02d}:00+00:00",
        }
        for n in range(600)
    ]
    org.events = (*org.events, *flood)
    told = next(o for o in read(estate).entities(Kind.ORGANIZATION) if o.name == "acme").attributes
    assert len(told["audit_events"]) == MOST_EVENTS
    assert told["audit_events_since"] == told["audit_events"][-1]["at"]
    quietly = next(o for o in read(quiet()).entities(Kind.ORGANIZATION) if o.name == "acme").attributes
    assert "audit_events_since" not in quietly


def test_events_that_change_who_may_do_what_are_kept_and_no_others() -> None:
    snapshot = read(quiet())
    organization = next(o for o in snapshot.entities(Kind.ORGANIZATION) if o.name == "acme")
    kept = organization.attributes["audit_events"]
    assert kept[0]["action"] == "repository_ruleset.update"
    published = next(e for e in kept if e["action"] == "repo.access")
    assert (published["repo"], published["visibility"], published["actor"]) == ("acme/site", "public", "heidi")
    assert {e["action"] for e in kept}.isdisjoint({"git.push", "git.clone", "team.add_member", "repo.create"})


def test_who_started_a_workflow_or_changed_an_app_last_is_kept_and_bots_are_not() -> None:
    def run(actor: str, at: str, name: str = "release", **more: Any) -> dict[str, Any]:
        given = {"action": "workflows.created_workflow_run", "event": "workflow_dispatch", "repo": "acme/api", **more}
        return {"actor": actor, "at": f"{at}T10:00:00+00:00", "name": name, **given}

    def change(action: str, actor: str, at: str, slug: str = "deploybot") -> dict[str, Any]:
        at = f"{at}T10:00:00+00:00"
        return {"action": f"integration_installation.{action}", "actor": actor, "at": at, "name": slug}

    estate = quiet()
    org = estate.organizations["acme"]
    org.events = (
        *org.events,
        run("ivan", "2026-11-18"),
        run("bob", "2026-11-19", event="push"),
        run("github-actions[bot]", "2026-11-19"),
        run("acme-ci", "2026-11-19", actor_is_bot=True),
        run("heidi", "2026-11-19", actor_is_agent=True),
        change("repositories_added", "alice", "2026-11-10"),
        change("version_updated", "heidi", "2026-11-12"),
        change("destroy", "bob", "2026-11-13"),
    )
    told = next(o for o in read(estate).entities(Kind.ORGANIZATION) if o.name == "acme").attributes["last_acts"]
    assert [(row["name"], row.get("repo"), row["actor"], row["at"][:10]) for row in told] == [
        ("release", "acme/api", "ivan", "2026-11-18"),
        ("deploybot", None, "heidi", "2026-11-12"),
    ]
    assert all(isinstance(row["actor_id"], int) for row in told), "a login may be somebody else's by now"
    shown = next(o for o in read(quiet()).entities(Kind.ORGANIZATION) if o.name == "acme").attributes
    assert ([row["actor"] for row in shown["last_acts"]], shown["last_acts_untold"]) == (["bob"], {})


@pytest.mark.parametrize(
    ("row", "untold"),
    [
        ({"action": STARTED, "event": "workflow_dispatch", "repo": "acme/api", "name": None, "actor": "bob"}, {"run"}),
        ({"action": STARTED, "event": "workflow_dispatch", "name": "release", "actor": "bob"}, {"run"}),
        ({"action": STARTED, "event": "workflow_dispatch", "repo": "acme/api", "name": "release"}, {"run"}),
        ({"action": STARTED, "repo": "acme/api", "name": "release", "actor": "bob"}, {"run"}),
        ({"action": STARTED, "event": "push", "repo": "acme/api", "name": None, "actor": "bob"}, set()),
        ({"action": "integration_installation.suspend", "actor": "bob"}, {"app"}),
        ({"action": "hook.create", "actor": "bob"}, set()),
    ],
)
def test_an_act_that_is_not_told_whole_is_known_to_be_missing(row: dict[str, Any], untold: set[str]) -> None:
    acts = LastActs()
    acts.take(row, NOW)
    assert (acts.rows(), set(acts.untold)) == ([], untold)


ADDED = {"action": "repo.add_member", "actor": "ivan", "repo": "acme/web", "user": "dave", "at": "2026-11-21T07:00:00Z"}


@pytest.mark.parametrize(
    ("change", "whole", "action"),
    [
        ({}, True, None),
        ({"repo": None}, True, "repo.add_member"),
        ({"repo": {"odd": 1}}, True, "repo.add_member"),
        ({"actor": None}, True, "repo.add_member"),
        ({"actor": {"odd": 1}}, False, None),
        ({"actor_id": "many"}, False, None),
        ({"action": None}, True, ""),
        ({"action": "repo.access"}, True, "repo.access"),
        ({"action": "repo.access", "visibility": "secret"}, True, "repo.access"),
        ({"action": "repo.access", "visibility": "private"}, True, None),
        ({"action": "repository_ruleset.update", "repo": None}, True, None),
        ({"action": "repository_ruleset.update", "repo": None, "repo_id": 7}, True, "repository_ruleset.update"),
        ({"action": "hook.create", "repo": ["acme/web"]}, True, "hook.create"),
        ({"action": "integration_installation.create", "name": None}, True, "integration_installation.create"),
        ({"action": "team.add_member", "repo": None}, True, None),
    ],
)
def test_an_entry_of_the_log_that_does_not_say_what_it_must_is_left_out_and_told(
    change: dict[str, Any], *, whole: bool, action: str | None
) -> None:
    row, seen = {**ADDED, "@timestamp": 1_790_000_000_000, **change}, Seen()
    with leaving_out() as left:
        seen.take(row)
    assert (left == [], seen.untold.newest().keys()) == (whole, set() if action is None else {action})
    kept = whole and action is None and change.get("action") != "team.add_member"
    assert bool(seen.events) == kept


def test_a_log_with_odd_entries_has_a_gap_that_names_what_is_odd() -> None:
    estate = quiet()
    org = estate.organizations["acme"]
    org.events = (*org.events, {**ADDED, "repo": None}, {**ADDED, "action": {"odd": 1}})
    snapshot = read(estate)
    told = next(o for o in snapshot.entities(Kind.ORGANIZATION) if o.name == "acme").attributes
    assert set(told["audit_events_untold"]) == {"", "repo.add_member"}
    assert gap_of(snapshot, Facet.ORG_AUDIT_EVENTS).detail == (
        "/orgs/{org}/audit-log: action of an entry is not given as it is documented; "
        "/orgs/{org}/audit-log: repo of repo.add_member is not given as it is documented"
    )


def test_the_log_is_not_kept_beside_the_answers_that_are_asked_again(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "s.db")) as store:
        read(quiet(), keeper=store)
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))
    assert b"/orgs/acme/" in kept  # the answers of other endpoints
    assert b"_document_id" not in kept


@pytest.mark.parametrize(
    ("estate", "variant", "member", "cause", "words"),
    [
        (acme(), None, True, Cause.FORBIDDEN, "read:audit_log"),
        (acme(), Variant(forbidden=frozenset({"/orgs/{org}/audit-log"})), False, Cause.FORBIDDEN, "read:audit_log"),
        (acme(), Variant(missing=frozenset({"/orgs/{org}/audit-log"})), False, Cause.NOT_FOUND, "read:audit_log"),
        (smaller(), None, False, Cause.PLAN, ""),
    ],
)
def test_a_log_that_is_refused_or_not_in_the_plan_is_a_gap_and_nobody_is_idle(
    estate: Estate, variant: Variant | None, member: bool, cause: Cause, words: str
) -> None:
    snapshot = read(estate, variant, member=member)
    gap = gap_of(snapshot, Facet.ORG_AUDIT_LOG)
    assert gap.cause is cause
    assert (words in gap.permission) if words else (gap.permission == "" and "the plan team" in gap.detail)
    assert all(a.last_used_at is None for a in snapshot.entities(Kind.ACCOUNT) if isinstance(a, Account))
    verdicts = judge((member_stale,), View(snapshot))
    assert (len(verdicts.findings), verdicts.tallies[0].unknown) == (0, 1)


def test_every_event_that_is_kept_is_one_that_the_vendor_lists() -> None:
    listed = {line.split("\t")[0] for line in shared_path("events/github_actions.txt").read_text().splitlines()}
    assert sorted(SENSITIVE - listed) == []


# --- groups of the identity provider --------------------------------------------------------------


def managed() -> Estate:
    """Return acme as if its identity provider made the accounts."""
    estate = acme()
    estate.organizations["acme"].managed_users = True
    return estate


def followed(snapshot: Snapshot) -> dict[str, Any]:
    """Return what each team of acme follows, None where that is not known."""
    return {
        team.name.partition("/")[2]: team.attributes.get("external_groups")
        for team in snapshot.entities(Kind.GROUP)
        if team.name.startswith("acme/")
    }


def test_a_team_tells_which_group_it_follows_and_who_is_in_that() -> None:
    snapshot = read(managed())
    bob, ivan = (account(snapshot, login).ref.key for login in ("bob", "ivan"))
    teams = followed(snapshot)
    assert teams["platform"] == [{"group_id": 601, "group_name": "platform", "members": [bob, ivan]}]
    assert teams["sre"] == []  # nested in platform, and nobody's group: that was read too
    assert snapshot.find(snapshot_org(snapshot)).attributes["emu"] is True  # type: ignore[union-attr]


def snapshot_org(snapshot: Snapshot) -> Any:
    """Return the id of acme."""
    return next(o.ref for o in snapshot.entities(Kind.ORGANIZATION) if o.name == "acme")


def test_without_managed_users_teams_are_synchronised_and_only_names_are_known() -> None:
    snapshot = read(acme())
    teams = followed(snapshot)
    assert teams["platform"] == [{"group_id": "00g00000000000000012", "group_name": "platform"}]
    assert teams["engineering"] == []
    assert snapshot.find(snapshot_org(snapshot)).attributes["emu"] is False  # type: ignore[union-attr]


def test_where_nothing_is_synchronised_no_team_is_asked() -> None:
    estate = acme()
    estate.organizations["acme"].external_groups = ()
    with GitHubServer(estate) as server:
        snapshot, _ = collected(connector(server))
        assert "/orgs/{org}/teams/{team_slug}/team-sync/group-mappings" not in server.requests
    assert followed(snapshot)["platform"] == []


@pytest.mark.parametrize(
    ("estate", "variant", "member", "cause"),
    [
        (managed(), None, True, Cause.FORBIDDEN),
        (managed(), Variant(forbidden=frozenset({"/orgs/{org}/external-group/{group_id}"})), False, Cause.FORBIDDEN),
        (acme(), Variant(missing=frozenset({"/orgs/{org}/team-sync/groups"})), False, Cause.NOT_FOUND),
        (smaller(), None, False, Cause.PLAN),
    ],
)
def test_groups_that_are_refused_leave_open_what_teams_follow(
    estate: Estate, variant: Variant | None, member: bool, cause: Cause
) -> None:
    snapshot = read(estate, variant, member=member)
    gap = gap_of(snapshot, Facet.ORG_EXTERNAL_GROUPS)
    assert gap.cause is cause
    assert ("read:org" in gap.permission) is (cause is not Cause.PLAN)
    assert set(followed(snapshot).values()) == {None}


def test_one_team_whose_groups_are_refused_leaves_that_team_open() -> None:
    refused = Variant(forbidden=frozenset({"/orgs/{org}/teams/{team_slug}/team-sync/group-mappings"}))
    snapshot = read(acme(), refused)
    gaps = [gap for gap in snapshot.records(Gap) if gap.facet == Facet.ORG_EXTERNAL_GROUPS]
    assert {gap.scope.kind for gap in gaps} == {Kind.GROUP}
    assert len(gaps) == len(followed(snapshot))
    assert set(followed(snapshot).values()) == {None}


def test_the_properties_by_which_rulesets_pick_repositories_are_read() -> None:
    estate = acme()
    web = estate.organizations["acme"].repositories["web"]
    web.language, web.properties = "Go", {"tier": "production"}
    with GitHubServer(estate) as server:
        snapshot, _ = collected(connector(server))
    (found,) = (r for r in snapshot.entities(Kind.REPOSITORY) if r.name == "acme/web")
    assert found.attributes["language"] == "Go"
    assert found.attributes["properties"] == {"tier": "production"}
