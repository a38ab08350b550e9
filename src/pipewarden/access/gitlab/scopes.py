"""What a token's scopes let it do, whatever its owner may do.

https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
https://docs.gitlab.com/user/project/settings/project_access_tokens/#scopes-for-a-project-access-token
"""

from pipewarden.model.access import Capability, Level

Scopes = frozenset[str]

API: Scopes = frozenset({"api"})
"""Complete read and write access to the API."""

SETTINGS: Scopes = frozenset({"api", "read_api"})
"""Reading what settings show; the API answers with the values of variables."""

CODE: Scopes = frozenset({"api", "read_api", "read_repository", "write_repository"})
"""Reading code: over Git, or over the API."""

GIT: Scopes = frozenset({"api", "write_repository"})
"""Pushing, and by it all that a job of one's own branch does."""

_NEEDS: dict[Capability, Scopes] = {
    Capability.READ: CODE,
    Capability.PUSH: GIT,
    Capability.EDIT_PIPELINE: GIT,
    Capability.RUN_PIPELINE: GIT,
    Capability.USE_SECRET: GIT,
    Capability.READ_SECRET: GIT,
    Capability.DEPLOY: GIT,
    Capability.ASSUME_ROLE: GIT,
    Capability.MANAGE_RUNNER: frozenset({"api", "create_runner", "manage_runner"}),
}


def needed(capability: Capability) -> Scopes:
    """Return the scopes of which a token needs one for a capability; merging, approving and managing go by the API alone."""
    return _NEEDS.get(capability, API)


def most(scopes: Scopes) -> Level:
    """Return the highest level that a token of some scopes acts at, whatever its owner's is."""
    return next((level for level, some in _LEVELS if scopes & some), Level.NONE)


def allows(scopes: Scopes, capability: Capability) -> bool:
    """Tell whether a token of some scopes is let do something; who reads settings is shown the values of variables."""
    shown = capability is Capability.READ_SECRET and bool(scopes & SETTINGS)
    return shown or bool(scopes & needed(capability))


_LEVELS = ((Level.ADMIN, API), (Level.WRITE, GIT), (Level.READ, CODE))
