"""The REST endpoints, by what they are about. Importing them fills the table of routes."""

from pipewarden.demo.github.asking import ROUTES
from pipewarden.demo.github.endpoints import (
    actions,
    enterprise,
    environments,
    organization,
    people,
    repositories,
    rules,
    teams,
)

__all__ = [
    "ROUTES",
    "actions",
    "enterprise",
    "environments",
    "organization",
    "people",
    "repositories",
    "rules",
    "teams",
]
