"""What the roles of each system amount to, in capabilities: one table, asked once for each role of a snapshot."""

from collections.abc import Callable
from typing import NamedTuple

from pipewarden.access.entra import powers as entra
from pipewarden.access.github import roles as github
from pipewarden.access.gitlab import levels as gitlab
from pipewarden.access.jenkins import permissions as jenkins
from pipewarden.model.access import Capability
from pipewarden.model.facts import Role
from pipewarden.model.systems import System

Value = Callable[[str, Role | None], int]
"""Takes what a grant names as its role, and the fact about that role where one was read."""


class Roles(NamedTuple):
    """How one system's roles are understood."""

    level: Value
    """The repository role (model.access.Level) it comes to; 0 where the system has no repositories."""
    mask: Value
    """The capabilities it gives on its resource and on what that contains, before any gate."""
    own_mask: Value
    """The capabilities it gives on the resource itself, where that contains others."""
    public_only: Callable[[str, Role | None], bool]
    """Whether it is worth something on public resources alone."""


def stated_mask(_key: str, role: Role | None) -> int:
    """Return the capabilities that a role states: systems whose connector names them as the role's permissions."""
    known = {each.value for each in Capability}
    stated = [Capability(word) for word in (role.permissions if role else {}) if word in known]
    return sum(github.bit(capability) for capability in stated)


def no_level(_key: str, _role: Role | None) -> int:
    """Return no level: the system has no repository roles."""
    return 0


def never(_key: str, _role: Role | None) -> bool:
    """Return that no role of the system is confined to public resources."""
    return False


STATED = Roles(no_level, stated_mask, stated_mask, never)
"""Roles that state our capabilities as their permissions."""

GITHUB = Roles(github.level_of, github.mask_of, github.organization_mask, github.public_only)

GITLAB = Roles(gitlab.level_of, gitlab.mask_of, gitlab.own_mask, never)

JENKINS = Roles(no_level, jenkins.mask, jenkins.mask, never)

ROLES: dict[System, Roles] = {
    System.GITHUB: GITHUB,
    System.GITLAB: GITLAB,
    System.JENKINS: JENKINS,
    System.ENTRA: Roles(no_level, entra.mask_of, entra.mask_of, never),
}
"""One line for each system whose roles have a meaning of their own."""


def roles_of(system: System) -> Roles:
    """Return how the roles of a system are understood."""
    return ROLES.get(system, STATED)
