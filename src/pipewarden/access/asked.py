"""What is asked about on which thing: the capabilities that make sense on each kind, in all systems and in some."""

from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

ASKED = {
    Kind.ORGANIZATION: (
        Capability.ADMINISTER,
        Capability.MANAGE_ACCESS,
        Capability.MANAGE_SECRET,
        Capability.MANAGE_RUNNER,
        Capability.EDIT_PIPELINE,
        Capability.READ,
    ),
    Kind.REPOSITORY: (
        Capability.ADMINISTER,
        Capability.MANAGE_ACCESS,
        Capability.MANAGE_SECRET,
        Capability.MANAGE_RUNNER,
        Capability.EDIT_PIPELINE,
        Capability.RUN_PIPELINE,
        Capability.READ_SECRET,
        Capability.DEPLOY,
        Capability.APPROVE_DEPLOYMENT,
        Capability.BYPASS_PROTECTION,
        Capability.MERGE,
        Capability.PUSH,
        Capability.READ,
    ),
    Kind.BRANCH: (Capability.BYPASS_PROTECTION, Capability.PUSH, Capability.MERGE),
    Kind.ENVIRONMENT: (
        Capability.DEPLOY,
        Capability.APPROVE_DEPLOYMENT,
        Capability.READ_SECRET,
        Capability.MANAGE_SECRET,
    ),
    Kind.SECRET: (Capability.READ_SECRET, Capability.USE_SECRET, Capability.MANAGE_SECRET),
    Kind.VARIABLE: (Capability.MANAGE_SECRET, Capability.READ),
    Kind.RUNNER_GROUP: (Capability.MANAGE_RUNNER, Capability.RUN_PIPELINE),
    Kind.RUNNER: (Capability.MANAGE_RUNNER, Capability.RUN_PIPELINE),
    Kind.WORKFLOW: (Capability.EDIT_PIPELINE, Capability.RUN_PIPELINE),
    Kind.TENANT: (
        Capability.ADMINISTER,
        Capability.MANAGE_ACCESS,
        Capability.MANAGE_SECRET,
        Capability.MANAGE_RUNNER,
        Capability.READ,
    ),
    Kind.FOLDER: (
        Capability.ADMINISTER,
        Capability.MANAGE_ACCESS,
        Capability.MANAGE_SECRET,
        Capability.EDIT_PIPELINE,
        Capability.RUN_PIPELINE,
        Capability.READ,
    ),
    Kind.PIPELINE: (
        Capability.ADMINISTER,
        Capability.EDIT_PIPELINE,
        Capability.RUN_PIPELINE,
        Capability.READ_SECRET,
        Capability.APPROVE_DEPLOYMENT,
        Capability.READ,
    ),
    Kind.APPLICATION: (Capability.ADMINISTER, Capability.MANAGE_ACCESS, Capability.ASSUME_ROLE),
    Kind.MOUNT: (Capability.ADMINISTER, Capability.MANAGE_ACCESS, Capability.MANAGE_SECRET, Capability.READ_SECRET),
    Kind.SERVICE_ACCOUNT: (Capability.ASSUME_ROLE, Capability.MANAGE_ACCESS),
    Kind.CLOUD_ROLE: (Capability.ASSUME_ROLE, Capability.MANAGE_ACCESS),
    Kind.GROUP: (Capability.MANAGE_ACCESS,),
}
"""Which capabilities make sense on which kind, those that weigh most first."""


_OF_DIRECTORIES: dict[Kind, tuple[Capability, ...]] = {
    Kind.FOLDER: (Capability.ASSUME_ROLE,),
    Kind.APPLICATION: (Capability.READ,),
    Kind.SERVICE_ACCOUNT: (Capability.READ,),
}
"""To sign in as the people of a part of a directory, and to be assigned to an app, or to what stands for it in a tenant."""
_OF_JENKINS: dict[Kind, tuple[Capability, ...]] = {
    Kind.FOLDER: (Capability.READ_SECRET,),
    Kind.TENANT: (Capability.READ_SECRET,),
}
"""Folders and the controller itself keep credentials."""
ALSO: dict[System, dict[Kind, tuple[Capability, ...]]] = {
    System.OKTA: _OF_DIRECTORIES, System.ENTRA: _OF_DIRECTORIES, System.JENKINS: _OF_JENKINS,
}  # fmt: skip
"""What makes sense in some systems only."""


def asked_of(snapshot: Snapshot, resource: int) -> tuple[Capability, ...]:
    """Return the capabilities that are asked about on a thing, those that weigh most first.

    Its system's rules may say of some that they mean nothing there.
    """
    kind = snapshot.kind_of(resource)
    if kind is Kind.ORGANIZATION and snapshot.systems[int(snapshot.instance[resource])] is System.GITLAB:
        kind = Kind.REPOSITORY  # a role on a group of GitLab is one on all projects inside it
    return (*also_of(snapshot, resource), *ASKED.get(kind, ()))


def also_of(snapshot: Snapshot, resource: int) -> tuple[Capability, ...]:
    """Return what is asked about on a thing of its system beyond what is asked on its kind in all systems."""
    system = snapshot.systems[int(snapshot.instance[resource])]
    return ALSO.get(system, {}).get(snapshot.kind_of(resource), ())
