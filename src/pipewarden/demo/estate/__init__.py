"""The estate as data: who is there, who holds what, what guards it. No network."""

from pipewarden.demo.estate.attic import neglected
from pipewarden.demo.estate.kinds import Estate, Organization, Person, Repository, Team
from pipewarden.demo.estate.scale import generated
from pipewarden.demo.estate.story import ACME_NOW, acme, acme_earlier, acme_later

__all__ = [
    "ACME_NOW",
    "Estate",
    "Organization",
    "Person",
    "Repository",
    "Team",
    "acme",
    "acme_earlier",
    "acme_later",
    "generated",
    "neglected",
]
