"""The connector of Jenkins against a controller that behaves, and one that does not: gaps and clear stops, never guesses."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from pipewarden.connectors.jenkins.client import Jenkins
from pipewarden.connectors.jenkins.connector import JenkinsConnector
from pipewarden.connectors.jenkins.items import _started
from pipewarden.demo.estate import ACME_NOW
from pipewarden.demo.jenkins.estate import FOLDER, Controller, Item, Role, acme
from pipewarden.demo.jenkins.server import USER, JenkinsServer
from pipewarden.demo.jenkins.variant import Variant
from pipewarden.errors import CredentialError, Unreachable
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.shared import shared_path


class Clock:
    """The story's time; waits take none."""

    def __init__(self) -> None:
        self.waited = 0.0

    def now(self) -> float:
        return ACME_NOW.timestamp() + self.waited

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds


class Memory:
    """Keeps checkpoints."""

    def __init__(self) -> None:
        self.steps: dict[str, bytes] = {}

    def checkpoints(self, source: str) -> dict[str, bytes]:
        return dict(self.steps)

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        self.steps[key] = body

    def clear_checkpoints(self, source: str) -> None:
        self.steps.clear()


def read(server: JenkinsServer, keeper: Any = None, budget: int = 0, **more: Any) -> Snapshot:
    clock = Clock()

    def make() -> Jenkins:
        return Jenkins(Http(server.url, clock=clock), USER, FixedSecret(server.token), budget=budget)

    builder = SnapshotBuilder()
    connector = JenkinsConnector(make, "acme", instance="jenkins.acme.example", keeper=keeper, **more)
    spent = asyncio.run(connector.collect(builder, lambda *_: None))
    assert spent["requests"] > 0 or keeper is not None
    return builder.finish(SnapshotInfo(sources=("jenkins:acme",), started=ACME_NOW, ended=ACME_NOW))


def served(variant: Variant | None = None, controller: Controller | None = None, **more: Any) -> Snapshot:
    with JenkinsServer(controller, variant) as server:
        return read(server, **more)


def gaps(snapshot: Snapshot) -> dict[str, set[Cause]]:
    found: dict[str, set[Cause]] = {}
    for gap in snapshot.records(Gap):
        found.setdefault(gap.facet, set()).add(gap.cause)
    for always in (JenkinsFacet.API_TOKENS, JenkinsFacet.GROUP_MEMBERS):
        found.pop(always, None)
    return found


def names(snapshot: Snapshot, *kinds: Kind) -> list[str]:
    return [snapshot.name_of(o) for o in snapshot.ordinals(*kinds).tolist()]


def test_everything_is_read_and_no_value_is_kept() -> None:
    snapshot = served()
    assert gaps(snapshot) == {}
    assert names(snapshot, Kind.FOLDER) == [
        "jenkins:acme/mobile",
        "jenkins:acme/web",
        "jenkins:acme/web/pull-requests",
    ]
    assert "secret:jenkins:acme/web/prod-kubeconfig" in names(snapshot, Kind.SECRET)
    whole = b"".join(snapshot.body)
    for value in (b"demo-not-a-token", b"sh 'make'", b"{demo}"):
        assert value not in whole


@pytest.mark.parametrize(
    ("path", "facet"),
    [
        ("/pluginManager", JenkinsFacet.PLUGINS),
        ("/asynchPeople", JenkinsFacet.PEOPLE),
        ("/computer", JenkinsFacet.AGENTS),
        ("/credentials", JenkinsFacet.CREDENTIALS),
        ("/job/web/config.xml", JenkinsFacet.JOB_CONFIG),
        ("/job/web/api", JenkinsFacet.JOBS),
        ("/configuration-as-code", JenkinsFacet.CONFIGURATION),
    ],
)
@pytest.mark.parametrize("how", ["forbidden", "missing", "html", "truncated", "nulls"])
def test_what_is_refused_or_broken_is_a_gap_of_its_own(path: str, facet: str, how: str) -> None:
    if how in {"truncated", "nulls"} and ("config.xml" in path or "configuration" in path):
        pytest.skip("not JSON: broken documents are below")
    found = gaps(served(replace(Variant(), **{how: (path,)})))
    causes = {"forbidden": Cause.FORBIDDEN, "missing": Cause.NOT_FOUND}
    assert found.pop(facet) == {causes.get(how, Cause.UNEXPECTED)}
    followed = {
        JenkinsFacet.JOB_CONFIG: {JenkinsFacet.ITEM_AUTHORIZATION},
        JenkinsFacet.CONFIGURATION: {JenkinsFacet.AUTHORIZATION},
    }
    assert set(found) == followed.get(JenkinsFacet(facet), set())


def test_a_refusal_names_the_permission_that_would_close_it() -> None:
    [gap] = [
        g
        for g in served(Variant(forbidden=("/configuration-as-code",))).records(Gap)
        if g.facet == JenkinsFacet.CONFIGURATION
    ]
    assert gap.permission.startswith("Overall/SystemRead")


@pytest.mark.parametrize("variant", [Variant(endless=True), Variant(ignores_ranges=True)])
def test_a_list_without_end_ends_in_a_gap(variant: Variant) -> None:
    controller = Controller(items=[Item(f"job-{n}", definition="inline") for n in range(230)], strategy="unsecured")
    assert gaps(served(variant, controller)) == {JenkinsFacet.JOBS: {Cause.UNEXPECTED}}


def test_a_long_list_is_read_range_by_range() -> None:
    controller = Controller(items=[Item(f"job-{n}", definition="inline") for n in range(230)], strategy="unsecured")
    assert len(served(controller=controller).ordinals(Kind.PIPELINE)) == 230


def test_a_name_that_comes_twice_is_a_gap() -> None:
    assert gaps(served(Variant(twice=True)))[JenkinsFacet.JOBS] == {Cause.UNEXPECTED}


def test_a_name_of_ten_megabytes_ends_in_a_gap() -> None:
    controller = Controller(items=[Item("x", definition="inline")], strategy="unsecured")
    found = served(Variant(long_names=10_000_000), controller)
    assert set(gaps(found)) == {JenkinsFacet.JOB_CONFIG, JenkinsFacet.ITEM_AUTHORIZATION}
    assert max(map(len, names(found, Kind.PIPELINE))) < 3_000


@pytest.mark.parametrize("after", [0, None])
def test_limits_are_waited_for_with_and_without_retry_after(after: int | None) -> None:
    assert served(Variant(limited_every=3, retry_after=after)).content == served().content


def test_a_burst_of_failures_is_waited_out() -> None:
    assert gaps(served(Variant(failures=3))) == {}


def test_a_refused_credential_stops_the_run_whenever_it_happens() -> None:
    for after in (1, 9, 20):
        with pytest.raises(CredentialError, match="does not accept the credential"):
            served(Variant(unauthorized_after=after))


def test_a_controller_that_never_answers_is_told_as_unreachable() -> None:
    with pytest.raises(Unreachable):
        served(Variant(failures=1_000))


@pytest.mark.parametrize("how", ["html", "truncated", "nulls", "forbidden", "missing"])
def test_what_is_no_controller_is_told_at_once(how: str) -> None:
    with pytest.raises(CredentialError, match="cannot be read"):
        served(replace(Variant(), **{how: ("/api/json",)}))


@pytest.mark.parametrize("stop", range(1, 24, 3))
def test_after_a_stop_at_any_moment_the_next_run_gives_what_an_uninterrupted_one_gives(stop: int) -> None:
    whole, memory = served(), Memory()
    with JenkinsServer() as server:
        server.variant.unauthorized_after = stop
        with pytest.raises(CredentialError):
            read(server, memory)
        server.variant.unauthorized_after = 0
        assert read(server, memory).content == whole.content
    assert memory.steps == {}


def test_only_what_was_asked_for_is_read() -> None:
    assert names(served(include=("web",)), Kind.PIPELINE) == ["jenkins:acme/web/deploy-web", "jenkins:acme/web/hotfix"]
    assert "jenkins:acme/web/hotfix" not in names(served(exclude=("web/hotfix",)), Kind.PIPELINE)


def by_roles(old: bool) -> Snapshot:
    controller = acme()
    controller.strategy = {"roleBased": {}}
    controller.roles = [
        Role("globalRoles", "admin", ("hudson.model.Hudson.Administer",), (("USER", "alice"),)),
        Role("projectRoles", "web", ("hudson.model.Item.Configure",), (("USER", "bob"),), "web.*"),
        Role("projectRoles", "odd", ("hudson.model.Item.Read",), (("GROUP", "platform"),), r"\Qweb\E"),
        Role("slaveRoles", "macs", ("hudson.model.Computer.Configure",), (("USER", "dave"),), "mac-.*"),
    ]
    return served(Variant(old_sids=old), controller)


@pytest.mark.parametrize("old", [False, True])
def test_role_strategy_is_read_in_both_shapes(old: bool) -> None:
    snapshot = by_roles(old)
    rows = range(len(snapshot.grants))
    on = {
        (snapshot.find(snapshot.grant(row).principal).name, snapshot.find(snapshot.grant(row).resource).name)
        for row in rows
        if snapshot.grant(row).role in {"projectRoles:web", "slaveRoles:macs"}
    }
    assert on == {
        ("jenkins:bob", "jenkins:acme/web"),
        ("jenkins:bob", "jenkins:acme/web/deploy-web"),
        ("jenkins:bob", "jenkins:acme/web/hotfix"),
        ("jenkins:bob", "jenkins:acme/web/pull-requests"),
        ("jenkins:dave", "runner:jenkins:acme/mac-mini"),
    }


def test_jenkins_itself_is_asked_what_a_pattern_matches_that_only_java_knows() -> None:
    controller = acme()
    controller.strategy, controller.matching = {"roleBased": {}}, ["web"]
    controller.roles = [
        Role("projectRoles", "odd", ("hudson.model.Item.Read",), (("USER", "bob"),), r"\Qweb\E"),
    ]
    snapshot = served(controller=controller)
    assert gaps(snapshot) == {}
    held = [snapshot.grant(row) for row in range(len(snapshot.grants))]
    assert [g.resource.key for g in held if g.role == "projectRoles:odd"] == ["web"]


def test_people_of_jenkins_own_database_have_no_second_factor() -> None:
    controller = acme()
    for realm, factor in (({"local": {"allowsSignup": False}}, "disabled"), ({"oic": {}}, None)):
        controller.realm = realm
        snapshot = served(controller=controller)
        people = [snapshot.entity(o) for o in snapshot.ordinals(Kind.ACCOUNT).tolist()]
        assert {p.attributes.get("mfa") for p in people} == {factor}
        assert {p.attributes["email"] for p in people} >= {"carol@acme.example"}


def test_a_pattern_that_only_java_knows_is_a_gap_and_no_guess() -> None:
    assert gaps(by_roles(False)) == {JenkinsFacet.AUTHORIZATION: {Cause.UNREADABLE}}


DOMAIN = "/credentials/store/system/domain/_/api/json"
RECORDED: dict[str, tuple[str, str, Kind | None, list[str]]] = {
    "credential-credentials": (DOMAIN, "", Kind.SECRET, ["79aa8598-912d-4475-a962-748365cc81d6", "test-user"]),
    "credential-user_psw": (DOMAIN, "credentials", Kind.SECRET, ["test-user"]),
    "credential-domains": ("/job/web/credentials/store/folder/api/json", "", None, ["_", "production", "testing"]),
    "job-folder": ("/job/web/api/json", "", Kind.PIPELINE, ["web/Level2_FreeStyleProject", "web/pipeline"]),
    "job-mbranch": ("/job/web/job/pull-requests/api/json", "", Kind.PIPELINE, ["web/pull-requests/master"]),
    "job-pipeline": ("/job/web/api/json", "jobs", Kind.PIPELINE, ["web/Level1_WorkflowJob"]),
    "node-nodes": ("/computer/api/json", "", Kind.RUNNER, ["(built-in)", "test-node1"]),
    "jenkins-jenkins": ("/api/json", "", Kind.FOLDER, ["folder"]),
    "plugin-plugin": ("/pluginManager/api/json", "", None, ["bouncycastle-api", "plain-credentials"]),
    "jenkins-crumb": ("/crumbIssuer/api/json", "", None, []),
}
"""Each recorded answer of a real controller: where it is served, as what of a list, and which names must arrive."""


def test_every_recorded_answer_has_its_place() -> None:
    assert {path.stem for path in shared_path("apis/jenkins").glob("*.json")} == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_of_a_real_controller_is_understood(name: str) -> None:
    data = json.loads(shared_path(f"apis/jenkins/{name}.json").read_text(encoding="utf-8"))
    path, part, kind, wanted = RECORDED[name]
    asked: list[str] = []
    with JenkinsServer() as server:
        body = server._body

        def answer(at: str, request: Any) -> Any:
            asked.append(at)
            return ({part: [data]} if part else data) if at == path else body(at, request)

        server._body = answer  # type: ignore[method-assign]
        snapshot = read(server)
    if kind is None:
        [tenant] = [snapshot.entity(o) for o in snapshot.ordinals(Kind.TENANT).tolist()]
        domains = {
            at.split("/domain/")[1].partition("/")[0]
            for at in asked
            if at.startswith("/job/web/credentials") and "/domain/" in at
        }
        assert set(wanted) <= {*tenant.attributes["plugins"], *domains}
    else:
        found = {snapshot.ref(o).key.rpartition(":")[2] for o in snapshot.ordinals(kind).tolist()}
        assert set(wanted) <= found
    # requests with an API token need no crumb: none is asked for
    assert (path in asked) is (name != "jenkins-crumb")


def test_a_folder_of_folders_without_end_is_cut() -> None:
    inner = Item("f", FOLDER)
    for _ in range(60):
        inner = Item("f", FOLDER, items=[inner])
    found = gaps(served(controller=Controller(items=[inner], strategy="unsecured")))
    assert found == {JenkinsFacet.JOBS: {Cause.TOO_LARGE}}


USER_CAUSE = "hudson.model.Cause$UserIdCause"


@pytest.mark.parametrize(
    ("actions", "by"),
    [
        ([{}, {"causes": [{"_class": USER_CAUSE, "userId": "bob"}]}], {"by": ["bob"]}),
        ([None, {"causes": [{"_class": "hudson.triggers.TimerTrigger$TimerTriggerCause"}]}], {"by": []}),
        ([{"causes": [{"_class": "hudson.model.Cause$UpstreamCause", "userId": "bob"}]}], {"by": []}),
        ([{"causes": [{"_class": USER_CAUSE, "userId": "SYSTEM"}]}], {"by": []}),
        ([{"causes": [{"_class": USER_CAUSE, "userId": "anonymous"}]}], {"by": []}),
        ([{"causes": [{"_class": USER_CAUSE, "userId": None}]}], {}),
        ([{"causes": [{"userId": "bob"}]}], {}),
        ([{"causes": None}], {}),
        ([{}], {}),
        (None, {}),
    ],
)
def test_users_alone_started_a_build_and_what_is_not_told_is_not_nobody(actions: Any, by: dict[str, Any]) -> None:
    assert _started({"number": 7, "actions": actions}) == by


def test_who_started_the_last_build_of_a_job_is_read_with_the_list_of_jobs() -> None:
    jobs = {each.name: each.attributes.get("last_build") for each in served().entities(Kind.PIPELINE)}
    assert jobs["jenkins:acme/web/deploy-web"]["by"] == ["bob"]
    assert jobs["jenkins:acme/web/hotfix"]["by"] == []
