"""Whether a job runs on a machine of one's own, by the runners that were read: a label or a group alone does not tell."""

from collections.abc import Iterable

from pipewarden.model.ids import Kind
from pipewarden.model.jobs import EffectiveJob
from pipewarden.model.snapshot import Snapshot

UNTRUSTED_MACHINE = "wf.runner.self_hosted_untrusted"
"""The check that an open end about a machine bears on."""
OPEN = frozenset({"group", "custom", "dynamic"})
"""Kinds of machines that a file names without telling whose they are."""


def registered(labels: Iterable[str], group: str, snapshot: Snapshot, repository: int) -> str:
    """Return the name of a runner that stays, is open to a repository and fits what a job asks for; empty where none was read.

    GitHub lists the machines that were registered: all of them are one's own.
    https://docs.github.com/en/rest/actions/self-hosted-runners
    """
    wanted = {label.lower() for label in labels}
    if repository < 0 or not (wanted or group):
        return ""
    places = [] if group else [repository]
    owner = int(snapshot.parent[repository])
    for each in snapshot.children(owner, Kind.RUNNER_GROUP) if owner >= 0 else ():
        attributes = snapshot.entity(each).attributes
        chosen = attributes.get("selected_repositories")
        if group and str(attributes.get("name") or "").lower() != group.lower():
            continue
        if isinstance(chosen, (list, tuple)) and snapshot.ref(repository).key not in {str(one) for one in chosen}:
            continue
        places.append(each)
    for place in places:
        for runner in snapshot.children(place, Kind.RUNNER):
            attributes = snapshot.entity(runner).attributes
            if attributes.get("ephemeral") is True:
                continue
            if wanted <= {str(label).lower() for label in attributes.get("labels") or ()}:
                return str(attributes.get("name") or snapshot.name_of(runner))
    return ""


def machine_of(job: EffectiveJob, snapshot: Snapshot, repository: int) -> tuple[bool, bool]:
    """Return whether a job surely runs on a machine of one's own, and whether it may."""
    if job.runner == "self_hosted":
        return True, False
    if job.runner not in OPEN or job.system != "github":
        return False, False
    sure = bool(registered(job.labels, job.runner_group, snapshot, repository))
    return sure, not sure and is_open(job)


def is_open(job: EffectiveJob) -> bool:
    """Tell whether the file leaves it open whose machine a job runs on."""
    return any(end.bears == (UNTRUSTED_MACHINE,) for end in job.open_ends)
