"""Checks of GitLab about what is asked for apart: each with its near miss, and unknown where it was not shown."""

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import Verdicts, judge
from pipewarden.connectors.gitlab import ssh_keys
from pipewarden.demo.gitlab.kinds import GitLabEstate, key
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from tests.access.gitlab.small import PIPELINE, small
from tests.connectors.gitlab.collecting import collected

OLD, NEW = "2024-01-10T08:00:00Z", "2026-10-01T08:00:00Z"
ON = {"id": "gid://gitlab/AuditEvents/1", "name": "siem", "category": "http", "active": True}
SECURE = {"id": 91, "name": "release.keystore", "created_at": OLD, "expires_at": None}


def verdicts(check: str, made: GitLabEstate, variant: Variant | None = None, **more: object) -> Verdicts:
    snapshot, _ = collected(made, variant, **more)
    return judge([each for each in checks.ALL if each.id == check], View(snapshot))


def says(check: str, made: GitLabEstate, variant: Variant | None = None) -> list[str]:
    return [finding.says for finding in verdicts(check, made, variant).findings]


def unknown(check: str, made: GitLabEstate, variant: Variant | None = None, **more: object) -> bool:
    found = verdicts(check, made, variant, **more)
    return not found.findings and bool(found.tallies[0].unknown)


def of_bob(made: str, ends: str | None) -> GitLabEstate:
    estate = small()
    number = estate.people["bob"]["id"]
    estate.put(f"/users/{number}/keys", key(1, "laptop", made, ends))
    return estate


def test_an_old_key_without_an_end_is_told_and_one_that_ends_is_not() -> None:
    told = ["the SSH key “laptop” of bob never ends, and was added on 2024-01-10"]
    assert says("gl.tok.ssh_key_old", of_bob(OLD, None)) == told
    assert says("gl.tok.ssh_key_old", of_bob(OLD, "2027-01-01T00:00:00Z")) == []
    assert says("gl.tok.ssh_key_old", of_bob(NEW, None)) == []
    assert says("gl.tok.ssh_key_old", small()) == []


def test_no_key_itself_is_kept() -> None:
    snapshot, _ = collected(of_bob(OLD, None))
    [keys] = [
        each.attributes["ssh_keys"] for each in snapshot.entities(Kind.ACCOUNT) if each.attributes.get("ssh_keys")
    ]
    assert set(keys[0]) == {"id", "title", "created_at", "expires_at", "usage_type", "last_used_at"}


def test_where_the_keys_were_refused_it_is_unknown_and_no_more_are_asked() -> None:
    refused = Variant(forbidden=frozenset({"/users/{id}/keys"}))
    assert unknown("gl.tok.ssh_key_old", of_bob(OLD, None), refused)
    snapshot, _ = collected(small(), refused)
    gap = next(each for each in snapshot.records(Gap) if each.facet == GitLabFacet.SSH_KEYS)
    assert (gap.cause, gap.permission) == (Cause.FORBIDDEN, "read_api")


def test_people_with_the_highest_roles_are_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_keys, "MOST_PEOPLE", 2)
    estate = small()
    estate.person(70, "root", is_admin=True)
    estate.person(71, "lead")
    estate.member("groups/acme", "lead", 50)
    snapshot, server = collected(estate)
    asked = {each.name for each in snapshot.entities(Kind.ACCOUNT) if "ssh_keys" in each.attributes}
    assert asked == {"root", "lead"}
    assert server.requests["/users/{id}/keys"] == 2
    gap = next(each for each in snapshot.records(Gap) if each.facet == GitLabFacet.SSH_KEYS)
    assert gap.cause is Cause.TOO_LARGE
    assert unknown("gl.tok.ssh_key_old", estate)


def with_files(*files: dict[str, object], pipeline: bool = True) -> GitLabEstate:
    estate = small()
    estate.project_put("acme/web", "secure_files", *files)
    if pipeline:
        estate.file("acme/web", ".gitlab-ci.yml", PIPELINE)
    return estate


def test_a_secure_file_is_open_to_jobs_of_every_branch() -> None:
    told = ["jobs of every branch of acme/web may fetch 1 secure file: release.keystore"]
    assert says("gl.ci.secure_files", with_files(SECURE)) == told
    assert says("gl.ci.secure_files", with_files()) == []


def test_of_a_project_without_a_pipeline_secure_files_are_not_asked() -> None:
    snapshot, server = collected(with_files(SECURE, pipeline=False))
    assert "/projects/{id}/secure_files" not in server.requests
    [check] = [each for each in checks.ALL if each.id == "gl.ci.secure_files"]
    assert judge([check], View(snapshot)).tallies[0].unknown == 0
    assert says("gl.ci.secure_files", with_files(SECURE, pipeline=False)) == []


def test_where_secure_files_were_refused_it_is_unknown() -> None:
    refused = Variant(forbidden=frozenset({"/projects/{id}/secure_files"}))
    assert unknown("gl.ci.secure_files", with_files(SECURE), refused)


@pytest.mark.parametrize("older", [False, True])
def test_events_that_are_streamed_nowhere_are_told(*, older: bool) -> None:
    told = ["no audit event of acme is streamed anywhere"]
    assert says("gl.log.audit_stream", small(), Variant(older=older)) == told
    for path in ("acme", ""):
        estate = small()
        estate.streams[path] = [ON]
        assert says("gl.log.audit_stream", estate, Variant(older=older)) == [], "of the group, or of the whole instance"


def test_a_stream_that_is_switched_off_is_none() -> None:
    estate = small()
    estate.streams["acme"] = [{**ON, "active": False}]
    assert says("gl.log.audit_stream", estate) == [
        "no audit event of acme is streamed anywhere (what there is, is switched off)"
    ]


@pytest.mark.parametrize(
    "variant",
    [
        Variant(unseen=frozenset({"Group.externalAuditEventStreamingDestinations"})),
        Variant(unseen=frozenset({"Query.auditEventsInstanceStreamingDestinations"})),
        Variant(forbidden=frozenset({"graphql streams"})),
        Variant(html=frozenset({"graphql streams"})),
        Variant(truncated=frozenset({"graphql streams"})),
    ],
)
def test_where_streams_are_not_shown_it_is_unknown(variant: Variant) -> None:
    assert unknown("gl.log.audit_stream", small(), variant)


def test_an_owner_who_does_not_see_the_instance_does_not_know_its_streams() -> None:
    assert unknown("gl.log.audit_stream", small(), owner=True)
    estate = small()
    estate.streams["acme"] = [ON]
    assert not unknown("gl.log.audit_stream", estate, owner=True)


RUNNER = {
    "id": 801, "description": "shared", "active": True, "paused": False, "is_shared": True, "runner_type": "instance_type",
    "online": True, "status": "online", "ip_address": "192.0.2.10", "name": None,
}  # fmt: skip


def running(*executors: str | None, runners: int = 1) -> GitLabEstate:
    estate = small()
    estate.put("/runners/all", *({**RUNNER, "id": 801 + n} for n in range(runners)))
    estate.executors[801] = list(executors)
    return estate


@pytest.mark.parametrize("executor", ["shell", "ssh"])
def test_a_runner_on_a_host_that_stays_is_told(executor: str) -> None:
    told = [f"the runner shared runs jobs on a host that stays (executor {executor})"]
    assert says("gl.run.nonephemeral", running(executor)) == told
    assert says("gl.run.nonephemeral", running("docker", executor)) == told, "one of its machines is enough"


@pytest.mark.parametrize("executor", ["docker", "kubernetes", "docker-autoscaler", "docker+machine", "virtualbox"])
def test_a_runner_with_a_place_for_each_job_is_not(executor: str) -> None:
    assert says("gl.run.nonephemeral", running(executor)) == []
    assert not unknown("gl.run.nonephemeral", running(executor))


@pytest.mark.parametrize(
    "executors",
    [
        (None,),
        (),
        ("custom",),
        ("instance",),
        ("aWordNobodyHeardOf",),
        ("docker", "aWordNobodyHeardOf"),
        ("docker", None),
    ],
)
def test_an_executor_that_is_not_told_or_may_be_anything_is_unknown(executors: tuple[str | None, ...]) -> None:
    assert unknown("gl.run.nonephemeral", running(*executors))


@pytest.mark.parametrize("field", ["Group.runners", "CiRunner.managers"])
def test_where_runners_are_not_shown_over_graphql_it_is_unknown(field: str) -> None:
    assert unknown("gl.run.nonephemeral", running("docker"), Variant(unseen=frozenset({field})))


def test_of_a_runner_of_the_instance_the_gap_of_the_group_that_was_asked_is_named() -> None:
    snapshot, _ = collected(running("docker"), Variant(forbidden=frozenset({"graphql executors"})))
    [check] = [each for each in checks.ALL if each.id == "gl.run.nonephemeral"]
    [told] = judge([check], View(snapshot)).not_assessed
    assert (told.facet, told.cause) == (GitLabFacet.EXECUTORS, Cause.FORBIDDEN)
    assert told.permission


def test_runners_are_read_over_all_pages() -> None:
    estate = running("docker", runners=150)
    estate.executors[801 + 149] = ["shell"]
    snapshot, server = collected(estate)
    assert server.requests["graphql executors"] == 2
    [check] = [each for each in checks.ALL if each.id == "gl.run.nonephemeral"]
    assert len(judge([check], View(snapshot)).findings) == 1
