"""A grown controller is read whole: each folder, each job, and who configures it."""

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.audit import collect
from pipewarden.demo.estate import acme
from pipewarden.demo.jenkins.scale import grown
from pipewarden.demo.jenkins.server import JenkinsServer
from pipewarden.demo.jenkins.staged import connector
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind


def test_every_job_of_a_grown_controller_is_read() -> None:
    controller, estate = grown(folders=5, jobs=110, people=20), acme()
    controller.strategy["projectMatrix"]["permissions"].remove("GROUP:Job/Configure:authenticated")
    with JenkinsServer(controller) as server:
        snapshot = collect([connector(server, estate)], clock=lambda: estate.now, as_of=estate.now)
    assert len(snapshot.ordinals(Kind.PIPELINE)) == 5 * 110 + 4
    holders = Engine(snapshot).who_can(
        Capability.EDIT_PIPELINE, address.resource(snapshot, "jenkins:acme/team-3/job-105")
    )
    assert {access.principal.key for access in holders} == {"alice", "grace", "heidi", "person-3"}
