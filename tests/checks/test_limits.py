"""Limits: each check is handed those it names and no others, each limit decides something, and nothing is remembered."""

from collections import Counter
from typing import Any

import pytest
from msgspec import structs

from pipewarden import checks
from pipewarden.checks import administrators, bots, people, webhooks
from pipewarden.checks.base import Check, judge
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, action_of
from pipewarden.model.limits import ABOUT, LIMITS, Limits
from tests.checks.builder import SEEN, Estate, days_ago
from tests.checks.entra_things import with_tenant
from tests.checks.everything import everything
from tests.checks.gitlab_part import gitlab
from tests.checks.okta_estate import TENANT as OKTA_TENANT
from tests.checks.okta_estate import Okta
from tests.checks.okta_estate import everything as okta_everything
from tests.checks.okta_estate import ref as okta_ref


class Watched:
    """Limits that note which of them were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(LIMITS, name)


def story() -> Estate:
    """Return acme with something beside every limit: twenty days of silence, forty days of age, two or three of each."""
    estate = Estate()
    estate.enterprise().enterprise_owner("alice").enterprise_owner("erin")
    estate.org("acme", plan={"name": "enterprise"}, domains=[{"domain": "acme.example", "isVerified": True}], emu=False)
    estate.set("acme", Kind.ORGANIZATION, samlIdentityProvider={"issuer": "https://idp.acme.example"})
    log = [
        {"at": days_ago(20).isoformat(), "action": action, "actor": "bob"}
        for action in ("hook.create", "protected_branch.destroy")
    ]
    estate.set("acme", Kind.ORGANIZATION, activity_since=days_ago(90).isoformat(), audit_events=log)
    for login in ("alice", "erin", "bob", "frank", "ivan"):
        estate.member(login, owner=login in {"alice", "erin"}, saml={"nameId": f"{login}@acme.example"})
        estate.account(login, last_used=days_ago(20))
    estate.member("staging-ops", saml=None)
    estate.outsider("dave").account("dave", last_used=days_ago(20))
    estate.repo("acme/web", pushed_at=days_ago(20).isoformat(), archived=False)
    estate.repo("acme/site", visibility="public", pushed_at=days_ago(1).isoformat(), archived=False)
    estate.team("acme/platform", "bob", "frank").team_on("acme/platform", "acme/web", "admin")
    estate.org_role("acme/platform", "org_role:3").role("org_role:3", "security_manager", level="read")
    estate.ruleset("acme/web", "main", {"type": "pull_request"})
    team = estate.ref("acme/platform", Kind.GROUP).key
    estate.ruleset("acme/web", "tags", {"type": "update"}, bypass=[{"actor_type": "Team", "actor_id": int(team)}])
    estate.environment("acme/web", reviewers=["acme/platform"]).secret("acme/web", "NPM_TOKEN", updated_at=OLD)
    estate.app("shipit", {"contents": "write"}, app_owner={"login": "mallory"}, last_used=days_ago(20))
    estate.fine_grained_token("bob", "ci", {}, created=days_ago(40), expires=days_ago(-10), last_used=days_ago(20))
    estate.credential("bob", ["repo"], authorized=days_ago(40), expires=days_ago(-10), last_used=days_ago(20))
    estate.credential("bob", kind=Kind.SSH_KEY, authorized=days_ago(40), last_used=days_ago(20))
    estate.deploy_key("acme/web", created=days_ago(40), last_used=days_ago(20))
    estate.webhook("acme/web", config={"url": "https://hooks.example/x", "insecure_ssl": "0", "has_secret": True})
    estate.item(Kind.INVITATION, "acme", "mallory", login="mallory", created_at=days_ago(20).isoformat())
    estate.item(Kind.TOKEN_REQUEST, "acme", "request", created_at=days_ago(20).isoformat())
    estate.set("acme", Kind.ORGANIZATION, actions_permissions={"allowed_actions": "all"}).workflow("acme/web")
    estate.set("acme", Kind.ORGANIZATION, actions_retention={"days": 120})
    push = {
        "id": 1,
        "repository_id": estate.ref("acme/web").key,
        "ref": "refs/heads/main",
        "pushed_at": days_ago(20).isoformat(),
    }
    estate.set("acme", Kind.ORGANIZATION, rule_bypasses=[push])
    estate.uses(
        "acme/web/.github/workflows/ci.yml",
        "action",
        "somebody/upload@v1",
        line=7,
        job="build",
        pin="tag",
        kind="repository",
    )
    borrowed = action_of(estate.ref("acme", Kind.ORGANIZATION), "somebody/upload")
    known = {"found": True, "full_name": "somebody/upload", "owner_type": "Organization", "verified": False}
    estate.add(Resource(ref=borrowed, name="somebody/upload", parent=estate.ref("acme"), attributes=known, origin=SEEN))
    gitlab(estate)
    estate.set("gl account bob", Kind.ACCOUNT, ssh_keys=[{"title": "laptop", "created_at": OLD, "expires_at": None}])
    okta_between().into(estate)
    return with_tenant(estate)


def okta_between() -> Okta:
    """Return an organization with something between the thresholds: two who own it, twenty days of silence."""
    okta = okta_everything().super("bob@acme.example")
    okta.person("grace@acme.example", admin=True, seen=20, passwordChanged=OLD).role(
        okta_ref(Kind.ACCOUNT, "grace@acme.example"), "READ_ONLY_ADMIN", OKTA_TENANT, "read"
    )
    anywhere = {"connection": "ANYWHERE"}
    return okta.machine(Kind.ACCESS_TOKEN, "x", owner="alice@acme.example", age=40, used=20, network=anywhere)


OLD = days_ago(40).isoformat()

OTHER: dict[str, tuple[str, ...]] = {
    "trusted_app_owners": ("mallory",),
    "company_domains": ("elsewhere.example",),
    "hook_hosts": ("hooks.example",),
    "trusted_action_owners": ("actions", "github", "somebody"),
    "public_repositories": ("acme/handbook",),
    "bot_words": ("staging",),
    "shared_words": ("nobody",),
}
"""Words that change what is said of the story."""


def said(limits: Limits, *asked: Check) -> Counter[str]:
    """Return what some checks say of the story."""
    verdicts = judge(asked, story().view(), limits)
    broken = [each.detail for each in verdicts.not_assessed if each.cause is None]
    assert not broken, broken[0]
    return Counter(f"{finding.check}: {finding.says}" for finding in verdicts.findings)


FAR = frozenset({"gl.group.owners_many", "gl.tok.project_group", "gl.proj.owners"})
"""Checks of GitLab whose threshold nothing of this story lies between; their own stories hold what they find."""


@pytest.mark.parametrize("name", ABOUT)
def test_every_limit_decides_something(name: str) -> None:
    # other systems' checks are moved by their limits in their own folders, over an estate that has them
    asked = [
        check
        for check in checks.ALL
        if name in check.info.limits and not check.id.startswith("jk.") and check.id not in FAR
    ]
    assert asked, f"no check compares with {name}"
    low, high = (OTHER[name], getattr(LIMITS, name)) if name in OTHER else (1, 1000)
    unmoved = {
        check.id
        for check in asked
        if said(structs.replace(LIMITS, **{name: low}), check) == said(structs.replace(LIMITS, **{name: high}), check)
    }
    if name in OTHER:  # words are shared by many checks: it is enough that one of them heeds this story's
        assert len(unmoved) < len(asked)
    else:
        assert not unmoved


@pytest.mark.parametrize("check", [check for check in checks.ALL if check.info.limits], ids=lambda check: check.id)
def test_a_check_asks_for_no_limit_that_it_does_not_name(check: Check) -> None:
    watched = Watched()
    judge([check], everything().view(), watched)  # type: ignore[arg-type]
    assert watched.asked <= set(check.info.limits)
    assert set(check.info.limits) <= set(ABOUT)


def test_a_limit_itself_is_still_accepted() -> None:
    estate = Estate().org("acme").member("bob").account("bob", last_used=days_ago(60))
    assert not judge([people.member_stale], estate.view(), Limits(member_stale_days=60)).findings
    assert len(judge([people.member_stale], estate.view(), Limits(member_stale_days=59)).findings) == 1


def test_limits_hold_for_one_judgement_and_are_not_remembered() -> None:
    estate = Estate().org("acme").members("alice", "erin", owner=True)
    strict, free = Limits(owners_max=1), Limits(owners_max=9)
    assert [
        len(judge([administrators.owners_too_many], estate.view(), limits).findings)
        for limits in (strict, free, strict)
    ] == [1, 0, 1]
    assert not estate.says(administrators.owners_too_many)


def test_too_few_owners_are_all_named() -> None:
    estate = Estate().org("acme").members("alice", "erin", owner=True)
    finding = judge([administrators.owners_too_few], estate.view(), Limits(owners_min=3)).findings[0]
    assert finding.says == "only alice and erin own acme, fewer than 3"


def test_a_machine_is_told_by_the_words_that_are_set() -> None:
    estate = Estate().org("acme").members("acme-shuttle", "deploybot")
    words = Limits(bot_words=("shuttle",))
    assert {finding.subject_name for finding in judge([bots.human_account], estate.view(), words).findings} == {
        "acme-shuttle",
        "deploybot",  # a word that ends in bot always tells one
    }


def test_receivers_that_are_set_are_enough_where_no_domain_is_verified() -> None:
    estate = Estate().org("acme", domains=[])
    estate.webhook("acme", config={"url": "https://hooks.example/x"})
    assert estate.verdict(webhooks.external) == "1 not applicable"
    own = judge([webhooks.external], estate.view(), Limits(hook_hosts=("hooks.example",))).tallies[0]
    other = judge([webhooks.external], estate.view(), Limits(hook_hosts=("acme.example",))).tallies[0]
    assert (own.passed, other.failed) == (1, 1)


def test_members_are_not_asked_for_addresses_of_domains_that_nobody_verified() -> None:
    estate = Estate().org("acme", domains=[]).member("bob", verified_domain_emails=[])
    tally = judge([people.personal_email], estate.view(), Limits(company_domains=("acme.example",))).tallies[0]
    assert (tally.failed, tally.not_applicable) == (0, 1)


def test_a_severity_that_is_set_holds_for_every_finding_of_the_check() -> None:
    estate = Estate().org("acme").member("alice", owner=True).repo("acme/web").direct("alice", "acme/web", "admin")
    direct = administrators.admin_user_direct
    assert estate.judge(direct).findings[0].severity is Severity.LOW  # an owner's: it changes nothing
    raised = direct.at(Severity.HIGH)
    assert estate.judge(raised).findings[0].severity is Severity.HIGH
    assert raised.id == direct.id
