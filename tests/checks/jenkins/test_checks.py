"""Jenkins' checks over a controller that has what each finds, and one that has not: the near miss beside the hit."""

import csv
from collections.abc import Callable

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.audit import collect
from pipewarden.checks.base import OF_FILES, Check, judge
from pipewarden.demo.estate import ACME_NOW
from pipewarden.demo.estate import acme as estate
from pipewarden.demo.jenkins.estate import FOLDER, MULTIBRANCH, Controller, Credential, Item, Role
from pipewarden.demo.jenkins.server import JenkinsServer
from pipewarden.demo.jenkins.staged import connector
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Cause, Gap, Origin
from pipewarden.model.limits import Limits
from tests.shared import shared_path

OF_JENKINS = [c for c in checks.ALL if c.id.startswith("jk.") and c.info.subject not in OF_FILES]


def sound() -> Controller:
    """Return a controller of which no check has anything to say."""
    plugins = {
        key: {"version": "1", "active": True, "hasUpdate": False}
        for key in ("authorize-project", "audit-trail", "matrix-auth")
    }
    return Controller(
        users=[{"id": "bob", "fullName": "Bob", "mail": "bob@acme.example", "last": 1795600000000}],
        strategy={
            "projectMatrix": {"permissions": ["USER:Overall/Administer:alice", "GROUP:Overall/Read:authenticated"]}
        },
        realm={"oic": {"clientId": "jenkins"}},
        items=[
            Item(
                "web",
                FOLDER,
                matrix=("USER:hudson.model.Item.Configure:bob",),
                credentials=[Credential("deploy", used_by=("web/deploy",))],
                items=[
                    Item("deploy", definition="https://github.com/acme/web.git"),
                    Item(
                        "requests", MULTIBRANCH, definition="https://github.com/acme/web.git", trust="TrustPermission"
                    ),
                ],
            )
        ],
        agents=[{"name": "linux", "labels": ["docker"], "executors": 1, "offline": False}],
        plugins=plugins,
        configuration={
            "jenkins": {
                "remotingSecurity": {"enabled": True},
                "crumbIssuer": {"standard": {"excludeClientIPFromCrumb": False}},
                "nodes": [{"permanent": {"name": "linux", "launcher": {"ssh": {"credentialsId": "launch"}}}}],
            },
            "security": {
                "sSHD": {"port": -1},
                "scriptApproval": {"approvedSignatures": []},
                "queueItemAuthenticator": {
                    "authenticators": [{"project": {"strategy": "triggeringUsersAuthorizationStrategy"}}]
                },
            },
        },
    )


def view_of(controller: Controller, *more: Gap) -> View:
    with JenkinsServer(controller) as server:
        made = connector(server, estate())
        snapshot = collect([made], clock=lambda: ACME_NOW, as_of=ACME_NOW)
    if not more:
        return View(snapshot)
    builder = SnapshotBuilder()
    for ordinal in range(len(snapshot)):
        builder.add(snapshot.entity(ordinal))
    for row in range(len(snapshot.grants)):
        builder.add(snapshot.grant(row))
    builder.add(*more)
    return View(builder.finish(SnapshotInfo(sources=("jenkins:acme",), started=ACME_NOW, ended=ACME_NOW)))


def told(controller: Controller, check: str) -> list[str]:
    return [finding.says for finding in judge([c for c in OF_JENKINS if c.id == check], view_of(controller)).findings]


def test_a_sound_controller_has_no_finding() -> None:
    verdicts = judge(OF_JENKINS, view_of(sound()))
    assert [f.says for f in verdicts.findings] == []
    assert [(n.check, n.detail) for n in verdicts.not_assessed] == []


Change = Callable[[Controller], object]


def grant(*lines: str) -> Change:
    return lambda c: c.strategy["projectMatrix"]["permissions"].extend(lines)


def put(part: str, **what: object) -> Change:
    return lambda c: c.configuration.setdefault(part, {}).update(what)


def setting(name: str, value: object) -> Change:
    return lambda c: setattr(c, name, value)


def item(**what: object) -> Change:
    return lambda c: c.items[0].items.append(Item(**{"name": "other", **what}))  # type: ignore[arg-type]


def library(**what: object) -> Change:
    return put("unclassified", globalLibraries={"libraries": [{"name": "steps", **what}]})


HITS: list[tuple[str, Change]] = [
    ("jk.sec.disabled", setting("security", False)),
    ("jk.sec.disabled", setting("strategy", "unsecured")),
    ("jk.auth.anonymous_read", grant("Overall/Read:anonymous")),
    ("jk.auth.logged_in_all", setting("strategy", {"loggedInUsersCanDoAnything": {"allowAnonymousRead": False}})),
    ("jk.auth.signup", setting("realm", {"local": {"allowsSignup": True}})),
    ("jk.auth.local_realm", setting("realm", {"local": {"allowsSignup": False}})),
    ("jk.auth.legacy_strategy", setting("strategy", "legacy")),
    ("jk.perm.stale_sid", setting("realm", {"local": {"users": [{"id": "BOB"}]}})),
    ("jk.adm.many", grant(*(f"USER:Overall/Administer:{n}" for n in ("grace", "heidi", "bob")))),
    ("jk.adm.authenticated_group", grant("GROUP:Credentials/View:authenticated")),
    ("jk.adm.authenticated_group", grant("GROUP:Agent/Create:anonymous")),
    ("jk.adm.ambiguous_sid", grant("Job/Build:release")),
    ("jk.perm.configure", grant("USER:Job/Configure:dave")),
    ("jk.perm.agent", grant("USER:Agent/Configure:dave")),
    ("jk.perm.cred", grant("USER:Credentials/Update:dave")),
    ("jk.perm.folder_inherit", grant("GROUP:Job/Configure:authenticated")),
    ("jk.ctl.executors", setting("executors", 2)),
    ("jk.ctl.agent_to_ctl", put("jenkins", remotingSecurity={"enabled": False})),
    ("jk.ctl.csrf", setting("crumbs", False)),
    ("jk.ctl.csrf", put("jenkins", crumbIssuer={"standard": {"excludeClientIPFromCrumb": True}})),
    ("jk.ctl.lib_implicit", library(implicit=True, defaultVersion="main", allowVersionOverride=False)),
    ("jk.ctl.lib_implicit", library(implicit=True, allowVersionOverride=False)),
    ("jk.ctl.lib_implicit", library(defaultVersion="master", allowVersionOverride=False)),
    ("jk.ctl.lib_override", library(implicit=True, defaultVersion="v1.2.0")),
    ("jk.job.auth_token", item(definition="https://github.com/acme/web.git", auth_token=True)),
    ("jk.cred.scope", lambda c: c.credentials.append(Credential("launch", used_by=("web/deploy", "mobile/app")))),
    ("jk.ctl.cli", put("security", sSHD={"port": 0})),
    ("jk.ctl.build_auth", lambda c: c.plugins.pop("authorize-project")),
    ("jk.ctl.build_auth", put("security", queueItemAuthenticator={})),
    ("jk.ctl.audit", lambda c: c.plugins.pop("audit-trail")),
    ("jk.ctl.audit", lambda c: c.plugins["audit-trail"].update(active=False)),
    (
        "jk.ctl.approvals",
        put("security", scriptApproval={"approvedSignatures": ["staticMethod jenkins.model.Jenkins getInstance"]}),
    ),
    (
        "jk.ctl.approvals",
        put("security", scriptApproval={"approvedSignatures": ["new java.io.File java.lang.String", "method a.B c"]}),
    ),
    ("jk.agt.static", lambda c: c.agents[0].update(labels=[])),
    ("jk.agt.secret", setting("agent_port", 50000)),
    ("jk.cred.global", lambda c: c.credentials.append(Credential("x", used_by=("web/deploy", "web/requests/main")))),
    ("jk.cred.unused", lambda c: c.credentials.append(Credential("x"))),
    ("jk.job.pr_trust", item(kind=MULTIBRANCH, definition="https://github.com/acme/web.git", trust="TrustEveryone")),
    ("jk.job.inline", item(definition="inline")),
    ("jk.user.stale", lambda c: c.users[0].update(last=1771000000000)),
]


@pytest.mark.parametrize(("check", "change"), HITS, ids=[f"{n}-{hit[0]}" for n, hit in enumerate(HITS)])
def test_what_is_wrong_is_found(check: str, change: Change) -> None:
    controller = sound()
    change(controller)
    assert len(told(controller, check)) == 1


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("jk.perm.stale_sid", setting("realm", {"local": {"users": [{"id": "bob"}, {"id": "alice"}]}})),
        ("jk.adm.many", grant("USER:Overall/Administer:grace", "USER:Overall/Administer:heidi")),
        ("jk.perm.configure", grant("USER:Job/Read:dave", "USER:Job/Build:dave")),
        ("jk.perm.folder_inherit", lambda c: (grant("GROUP:Job/Configure:authenticated")(c), setattr(c.items[0], "inherits", "NonInheritingStrategy"))),
        ("jk.cred.global", lambda c: c.credentials.append(Credential("x", used_by=("web/deploy", "mobile/app")))),
        ("jk.cred.unused", lambda c: c.credentials.append(Credential("x", scope="SYSTEM"))),
        ("jk.job.inline", item(definition="inline", disabled=True)),
        ("jk.job.pr_trust", item(kind=MULTIBRANCH, definition="https://github.com/acme/web.git", trust="TrustContributors")),
        ("jk.auth.signup", setting("realm", {"local": {"allowsSignup": False}})),
        ("jk.agt.secret", setting("agent_port", -1)),
        ("jk.ctl.csrf", put("jenkins", crumbIssuer={"standard": {}})),
        ("jk.ctl.lib_implicit", library(implicit=True, defaultVersion="v1.2.0", allowVersionOverride=False)),
        ("jk.ctl.lib_implicit", library(implicit=True, defaultVersion="0" * 39 + "a", allowVersionOverride=False)),
        ("jk.ctl.lib_implicit", library(allowVersionOverride=True)),
        ("jk.ctl.lib_override", library(defaultVersion="main", allowVersionOverride=False)),
        ("jk.job.auth_token", item(definition="https://github.com/acme/web.git", auth_token=True, disabled=True)),
        ("jk.cred.scope", lambda c: c.credentials.append(Credential("launch", scope="SYSTEM"))),
        ("jk.cred.scope", lambda c: c.credentials.append(Credential("other"))),
        ("jk.ctl.approvals", put("security", scriptApproval={"approvedSignatures": ["method groovy.json.JsonSlurper parseText java.lang.String"]})),
    ],
)  # fmt: skip
def test_a_near_miss_is_silent(check: str, change: Change) -> None:
    controller = sound()
    change(controller)
    assert told(controller, check) == []


def test_their_limits_decide() -> None:
    seen = sound()
    seen.users[0]["last"] = 1795000000000
    assert {f.check for f in judge(OF_JENKINS, view_of(seen), Limits(member_stale_days=1)).findings} == {
        "jk.user.stale"
    }
    controller = sound()
    grant("USER:Overall/Administer:grace")(controller)
    assert {f.check for f in judge(OF_JENKINS, view_of(controller), Limits(owners_max=1)).findings} == {"jk.adm.many"}


@pytest.mark.parametrize(
    ("pattern", "hits"), [(".*", 1), ("web.*", 1), ("^web.*$", 1), ("web(/.*)?", 0), ("web/.*", 0), ("web", 0)]
)
def test_a_role_whose_pattern_matches_more_than_a_folder_is_found(pattern: str, hits: int) -> None:
    controller = sound()
    controller.strategy = {"roleBased": {}}
    controller.roles = [Role("projectRoles", "web", ("hudson.model.Item.Read",), (("USER", "bob"),), pattern)]
    assert len(told(controller, "jk.perm.role_pattern")) == hits


@pytest.mark.parametrize(
    ("page", "failed", "unknown"),
    [
        ('<form action="script"><textarea id="script" name="script"></textarea></form>', 1, 0),
        ("<h1>Sign in</h1>", 0, 1),
    ],
)
def test_an_open_script_console_is_found_and_a_sign_in_page_is_none(page: str, failed: int, unknown: int) -> None:
    with JenkinsServer(sound()) as server:
        before = server._misbehave
        server._misbehave = (  # type: ignore[method-assign]
            lambda path: server._text(page.encode(), "text/html") if path == "/script" else before(path)
        )
        snapshot = collect([connector(server, estate())], clock=lambda: ACME_NOW, as_of=ACME_NOW)
    [tally] = judge([c for c in OF_JENKINS if c.id == "jk.ctl.script_console"], View(snapshot)).tallies
    assert (tally.failed, tally.unknown, tally.passed) == (failed, unknown, 0)


@pytest.mark.parametrize("check", OF_JENKINS, ids=lambda check: check.id)
def test_a_gap_in_anything_it_needs_is_unknown_and_no_pass(check: Check) -> None:
    controller = sound()
    controller.strategy = {"roleBased": {}} if check.id == "jk.perm.role_pattern" else controller.strategy
    controller.roles = [Role("projectRoles", "web", ("hudson.model.Item.Read",), (("USER", "bob"),), "web")]
    whole = view_of(controller)
    for facet in check.info.needs:
        subjects = [e for e in whole.entities(check.info.subject) if check.speaks_of(e, whole.system_of(e.ref))]
        assert subjects
        lost = [
            Gap(scope=e.ref, facet=facet, cause=Cause.FORBIDDEN, permission="p", origin=Origin("GET /", ACME_NOW))
            for e in subjects
        ]
        verdicts = judge([check], view_of(controller, *lost))
        assert not verdicts.findings
        assert verdicts.tallies[0].unknown == len(subjects)


def test_which_calls_were_approved_is_told_as_people_write_them() -> None:
    controller = sound()
    signatures = ["staticMethod jenkins.model.Jenkins getInstance", "new java.io.File java.lang.String", "method a.B c"]
    controller.configuration["security"]["scriptApproval"] = {"approvedSignatures": signatures}
    assert told(controller, "jk.ctl.approvals") == [
        "every pipeline of jenkins:acme may call Jenkins.getInstance and new File"
    ]
    del controller.configuration["security"]["scriptApproval"]
    verdicts = judge([c for c in OF_JENKINS if c.id == "jk.ctl.approvals"], view_of(controller))
    assert len(verdicts.not_assessed) == 1


def test_a_local_database_whose_users_were_not_told_is_unknown() -> None:
    controller = sound()
    controller.realm = {"local": {"allowsSignup": False}}
    verdicts = judge([c for c in OF_JENKINS if c.id == "jk.perm.stale_sid"], view_of(controller))
    assert not verdicts.findings
    assert {each.cause for each in verdicts.not_assessed} == {Cause.MISSING_FIELD}


def test_every_check_of_the_section_is_built_or_explained() -> None:
    with shared_path("reference/checks.csv").open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file) if row["id"].startswith("jk.")}
    built = {c.id for c in checks.ALL if c.id.startswith("jk.")}
    explained = {each.id for each in checks.NOT_BUILT if each.id.startswith("jk.")}
    elsewhere = {"jk.file.secret"} - built
    assert built & explained == set()
    assert known - built - explained - elsewhere == set()


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("jk.ctl.csrf", put("jenkins", crumbIssuer={"strict": {"checkClientIP": True}})),
        ("jk.ctl.lib_implicit", library(implicit=True, defaultVersion="stable")),
        ("jk.ctl.lib_implicit", library(implicit=True, defaultVersion="${STEPS}")),
    ],
)
def test_what_the_export_leaves_open_is_unknown(check: str, change: Change) -> None:
    controller = sound()
    change(controller)
    [tally] = judge([c for c in OF_JENKINS if c.id == check], view_of(controller)).tallies
    assert (tally.failed, tally.unknown, tally.passed) == (0, 1, 0)


def test_what_the_controller_hands_out_is_told_as_people_say_it() -> None:
    controller = sound()
    library(implicit=True, defaultVersion="main")(controller)
    assert told(controller, "jk.ctl.lib_implicit") == [
        "every pipeline of jenkins:acme loads the library steps from its branch main: whoever pushes there changes them"
    ]
    item(definition="inline", auth_token=True)(controller)
    assert told(controller, "jk.job.auth_token") == [
        "a token in an address starts jenkins:acme/web/other: who knows it needs no permission to build"
    ]
