"""Paths as people read them: `bob → team acme/platform (maintain, since 2026-01-12) → acme/web`."""

from datetime import datetime

from pipewarden.access.accounts import PROVIDERS
from pipewarden.model.access import Link, Path
from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

_PREFIX = {
    Kind.DEPLOY_KEY: "deploy key ",
    Kind.APP: "app ",
    Kind.JOB: "jobs of ",
    Kind.WORKFLOW: "workflow ",
    Kind.RUNNER_GROUP: "",
}

_HOW = {
    GrantKind.OWNERSHIP: "",
    GrantKind.BASE: "",
    GrantKind.DIRECT: "directly",
    GrantKind.TEAM: "",
    GrantKind.ORG_ROLE: "organization role",
    GrantKind.INTERNAL: "internal repository",
    GrantKind.PUBLIC: "public repository",
    GrantKind.SHARE: "by invitation",
    GrantKind.POTENTIAL: "can be taken at will",
}


class Words:
    """Puts links and paths of one snapshot into words."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def name(self, ref: Ref) -> str:
        """Return a name with the word that tells what it is."""
        ordinal = self.snapshot.ordinal(ref)
        name = str(ref) if ordinal is None else self.snapshot.name_of(ordinal)
        if ref.kind is Kind.GROUP and "/" in name and ordinal is not None and self._has_teams(ordinal):
            return f"team {name}"
        if ref.kind is Kind.GROUP and ordinal is not None and self._system(ordinal) in PROVIDERS:
            return f"group {name}"
        return _PREFIX.get(ref.kind, "") + name

    def _has_teams(self, ordinal: int) -> bool:
        """Tell whether groups are called teams where this one is."""
        return self._system(ordinal) is System.GITHUB

    def _system(self, ordinal: int) -> System:
        return self.snapshot.systems[int(self.snapshot.instance[ordinal])]

    def detail(self, link: Link) -> str:
        """Return what stands in parentheses behind who holds a grant: role, how, since, until, last used."""
        parts = [link.says]
        if link.kind is not None:
            parts.append(_HOW.get(link.kind, ""))
        if link.since:
            parts.append(f"since {day(link.since)}")
        if link.expires:
            parts.append(f"until {day(link.expires)}")
        return ", ".join(part for part in parts if part)

    def steps(self, path: Path) -> list[str]:
        """Return a path's stations in words, principal first, resource last."""
        if not path.links:
            return []
        out = [self.name(path.links[0].source)]
        for link in path.links:
            target = self.name(link.target)
            if link.grant is not None:
                out[-1] += f" ({self.detail(link)})"
                if out[-1] != target:
                    out.append(target)
            elif link.membership is not None or link.says == "contains":
                out.append(target)
            elif link.source == link.target:
                out[-1] += f", {link.says}" if "may" not in link.says else f" ({link.says})"
            else:
                out[-1] += f" ({link.says})"
                out.append(target)
        return out

    def path(self, path: Path) -> str:
        """Return a path in one line, with what else must happen and what could not be seen."""
        text = " → ".join(self.steps(path))
        if path.conditions:
            text += ", once " + " and ".join(condition.says for condition in path.conditions)
        if path.unknown:
            text += " [unknown: " + "; ".join(path.unknown) + "]"
        return text


def day(moment: datetime) -> str:
    """Return the date of a moment, as every sentence writes it."""
    return moment.strftime("%Y-%m-%d")
