"""Runners that were read tell whose machine a label or a group leads to; without them that is not known."""

from pipewarden import checks
from pipewarden.access.job_answers import reach_of
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.connectors.jobs import by_path, job_facts, with_jobs
from pipewarden.connectors.pipelines import told_of, workflow_facts
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.oidc import Repository
from tests.checks.builder import NOW

ORIGIN = Origin("test", NOW)
ACME = Ref("github.com", Kind.ORGANIZATION, "7")
WEB = Ref("github.com", Kind.REPOSITORY, "9")
GROUP = Ref("github.com", Kind.RUNNER_GROUP, "3")
PATH = ".github/workflows/w.yml"
CHECK = next(check for check in checks.ALL if check.id == "wf.runner.self_hosted_untrusted")


def snapshot(
    runs_on: str, *, labels: tuple[str, ...] = (), chosen: list[str] | None = None, **more: object
) -> Snapshot:
    text = f"on: pull_request\npermissions: {{}}\njobs: {{a: {{runs-on: {runs_on}, steps: [{{run: make}}]}}}}\n"
    told = told_of(PATH, text, owner="acme", default="read")
    jobs = by_path(compose(Shelf(workflows={PATH: told.opened}, repository=Repository(owner="acme", name="web"))))[PATH]
    into = SnapshotBuilder()
    into.add(Resource(ref=ACME, name="acme", attributes={}, origin=ORIGIN))
    into.add(Resource(ref=WEB, name="acme/web", parent=ACME, attributes={"visibility": "public"}, origin=ORIGIN))
    if labels:
        group = {"name": "big", "visibility": "all", "selected_repositories": chosen}
        into.add(Resource(ref=GROUP, name="runners:acme/big", parent=ACME, attributes=group, origin=ORIGIN))
        runner = {"name": "build-1", "labels": list(labels), **more}
        ref = Ref("github.com", Kind.RUNNER, "1")
        into.add(Resource(ref=ref, name="runner:acme/build-1", parent=GROUP, attributes=runner, origin=ORIGIN))
    for fact in workflow_facts(told, repository=WEB, repository_name="acme/web", origin=ORIGIN, public=True):
        into.add(with_jobs(fact, jobs, public=True) if isinstance(fact, Resource) else fact)
    for job in jobs:
        into.add(*job_facts(job, repository=WEB, repository_name="acme/web", origin=ORIGIN))
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))


def verdict(seen: Snapshot) -> str:
    found = judge([CHECK], View(seen))
    assert all(missed.cause is not None for missed in found.not_assessed)
    return "found" if found.findings else "open" if found.not_assessed else "passed"


def test_a_label_of_a_registered_runner_is_a_machine_of_ones_own() -> None:
    seen = snapshot("[acme-x64]", labels=("self-hosted", "acme-x64"))
    assert verdict(seen) == "found"
    assert [each.what for each in reach_of(seen, "outsider")] == ["a self-hosted runner"]
    assert verdict(snapshot("{group: big}", labels=("self-hosted",))) == "found"


def test_what_no_runner_tells_is_not_known() -> None:
    seen = snapshot("[acme-x64]")
    assert verdict(seen) == "open"
    assert [each.what for each in reach_of(seen, "outsider")] == ["perhaps a self-hosted runner"]
    assert verdict(snapshot("[acme-x64]", labels=("self-hosted", "acme-x64"), chosen=["8"])) == "open"
    assert verdict(snapshot("[acme-x64]", labels=("self-hosted", "acme-x64"), ephemeral=True)) == "open"
    assert verdict(snapshot("ubuntu-latest", labels=("self-hosted", "acme-x64"))) == "passed"
