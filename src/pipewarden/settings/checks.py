"""What the configuration says about checks: their limits, which are switched off, and severities of one's own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from pipewarden.errors import ConfigError
from pipewarden.model.findings import Severity
from pipewarden.model.limits import LIMITS, Limits
from pipewarden.model.limits import schema as limits_schema

if TYPE_CHECKING:
    from pipewarden.checks.base import Check

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "How the checks judge. `pipewarden checks explain ID` shows what holds for a check.",
    "properties": {
        "disable": {
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1},
            "description": "Ids of checks that are switched off; `gh.dkey.*` means all that begin so. Reports name them.",
        },
        "severity": {
            "type": "object",
            "additionalProperties": {"enum": [severity.word for severity in Severity]},
            "description": "The severity of all findings of a check, by its id: "
            f"{', '.join(severity.word for severity in Severity)}.",
        },
        "limits": {"description": "The thresholds that checks compare with.", **limits_schema()},
    },
}
"""The key `checks` of the configuration file."""

PAIRS = (("owners_min", "owners_max"), ("repository_admins_min", "repository_admins_max"))
"""Limits of which the first may not be above the second."""


class CheckSettings(Struct, frozen=True, kw_only=True):
    """How the checks are to judge. `places` says where each setting stands: `limits.owners_max` → `pipewarden.yaml:7`."""

    limits: Limits = LIMITS
    disable: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}
    places: dict[str, str] = {}

    @property
    def names_checks(self) -> bool:
        """Whether any check is named: to be switched off, or to have another severity."""
        return bool(self.disable or self.severity)

    def switches_off(self, check: str) -> str:
        """Return the entry that switches a check off, "" where none does."""
        return next((entry for entry in self.disable if _names(entry, check)), "")


def read(data: Mapping[str, Any], places: Mapping[str, str]) -> CheckSettings:
    """Make the settings of what the schema has let through. Raises ConfigError where two limits contradict each other."""
    limits = msgspec.convert(data.get("limits", {}), Limits)
    for low, high in PAIRS:
        if getattr(limits, low) > getattr(limits, high):
            where = places.get(f"limits.{low}") or places[f"limits.{high}"]
            raise ConfigError(
                f"{where}: {low} ({getattr(limits, low)}) is more than {high} ({getattr(limits, high)})",
                hint=f"Set both; the defaults are {getattr(LIMITS, low)} and {getattr(LIMITS, high)}.",
            )
    return CheckSettings(
        limits=limits,
        disable=tuple(data.get("disable", ())),
        severity={check: Severity[word.upper()] for check, word in data.get("severity", {}).items()},
        places=dict(places),
    )


def applied(settings: CheckSettings, checks: Sequence["Check"]) -> "tuple[list[Check], list[str]]":
    """Return the checks that are on, each with its severity, and the ids of those that are switched off.

    Raises ConfigError where a setting names a check that there is not.
    """
    known = [check.id for check in checks]
    for place, entry in enumerate(settings.disable):
        if not any(_names(entry, each) for each in known):
            raise _unknown(entry, known, settings.places[f"disable.{place}"])
    for entry in settings.severity:
        if entry not in known:
            raise _unknown(entry, known, settings.places[f"severity.{entry}"])
    on = [
        check.at(settings.severity[check.id]) if check.id in settings.severity else check
        for check in checks
        if not settings.switches_off(check.id)
    ]
    return on, [check.id for check in checks if settings.switches_off(check.id)]


def _names(entry: str, check: str) -> bool:
    return check.startswith(entry[:-1]) if entry.endswith("*") else check == entry


def _unknown(entry: str, known: Iterable[str], place: str) -> ConfigError:
    from difflib import get_close_matches

    near = get_close_matches(entry, known, 3, 0.6)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`pipewarden checks list` shows them all."
    return ConfigError(f"{place}: there is no check {entry}", hint=hint)
