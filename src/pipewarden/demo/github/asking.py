"""One request to the server: who asks, what for, and what may come back."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipewarden.demo.estate.kinds import Estate, Json, Organization, Repository


@dataclass(frozen=True)
class Viewer:
    """Who asks: an owner's token, another token, an app's installation, an app by its signature, or nobody."""

    kind: str
    """`owner`, `member`, `app`, `signed` or `nobody`."""
    scopes: str = ""
    """Scopes of a classic token, as `x-oauth-scopes` says them; "" for what has none."""
    permissions: Json | None = None
    """Permissions of an app or fine-grained token by name, `read` or `write`; None for all."""
    fine_grained: bool = False
    linked: bool = True
    """Whether the token is authorized for single sign-on."""
    login: str = ""

    @property
    def owner(self) -> bool:
        """Whether it is an organization owner's token."""
        return self.kind == "owner"

    @property
    def trusted(self) -> bool:
        """Whether it may read what an administrator may read."""
        return self.kind in {"owner", "app"}

    @property
    def changes_rules(self) -> bool:
        """Whether it may change rulesets, and so is shown who may bypass them: an owner, or an app told so."""
        if self.kind == "app" or self.fine_grained:
            return self.permissions is not None and self.has("administration", "write")
        return self.owner

    def has(self, permission: str, level: str = "read") -> bool:
        """Tell whether an app or fine-grained token was given a permission; classic tokens are judged by scopes."""
        if self.permissions is None:
            return True
        held = self.permissions.get(permission)
        return held == "write" or (held == "read" and level == "read")

    def scoped(self, scope: str) -> bool:
        """Tell whether a classic token has one of the scopes `a|b`, by itself or within a larger one.

        https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
        """
        if not self.scopes or not scope:
            return True
        held = {each.strip() for each in self.scopes.split(",")}
        return any(one in held or bool(held & WITHIN.get(one, frozenset())) for one in scope.split("|"))


WITHIN = {
    "read:org": frozenset({"write:org", "admin:org"}),
    "read:enterprise": frozenset({"admin:enterprise"}),
    "manage_runners:enterprise": frozenset({"admin:enterprise"}),
    "read:audit_log": frozenset({"admin:enterprise", "admin:org"}),
    "admin:org_hook": frozenset({"admin:org"}),
    "public_repo": frozenset({"repo"}),
    "repo:status": frozenset({"repo"}),
}
"""Scopes that hold a smaller one."""


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclass
class Asked:
    """One request: the estate, who asks, the names in the path, the query."""

    estate: Estate
    viewer: Viewer
    names: dict[str, str]
    query: dict[str, str]
    limits: Json = field(default_factory=dict)
    """What is left of the limits, by bucket."""

    @property
    def org(self) -> Organization:
        """The organization in the path."""
        found = self.estate.organizations.get(self.names["org"])
        if found is None:
            raise Refused(404, "Not Found")
        return found

    @property
    def at(self) -> tuple[Organization, Repository]:
        """The repository in the path; private ones do not exist for strangers."""
        found = self.estate.repository(f"{self.names['owner']}/{self.names['repo']}")
        if found is None or (found[1].visibility != "public" and self.viewer.kind == "nobody"):
            raise Refused(404, "Not Found")
        return found

    @property
    def enterprise(self) -> Json:
        """The enterprise in the path."""
        if self.names["enterprise"] != self.estate.enterprise["slug"]:
            raise Refused(404, "Not Found")
        return self.estate.enterprise

    def chosen(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return a query value that is one of a few, the first where it is left out; anything else is refused."""
        given = self.query.get(name, allowed[0])
        if given not in allowed:
            raise Refused(422, f"Invalid {name}: {given}")
        return given


@dataclass
class Listed:
    """A list to be paged by number, in an object under `key` or bare."""

    items: list[Any]
    key: str = ""


@dataclass
class Cursored:
    """A list to be paged by an opaque `after`, newest first, as the audit log is."""

    items: list[Any] = field(default_factory=list)


class Nothing:
    """204: yes, and there is nothing to say about it."""


Handler = Callable[[Asked], Any]
ROUTES: list[tuple[re.Pattern[str], str, Handler]] = []


def route(template: str) -> Callable[[Handler], Handler]:
    """Register what a path template answers."""

    def keep(handler: Handler) -> Handler:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        pattern = pattern.replace("(?P<path>[^/]+)", "(?P<path>.+)").replace("(?P<branch>[^/]+)", "(?P<branch>.+)")
        ROUTES.append((re.compile(pattern + "/?$"), template, handler))
        return handler

    return keep


def found_by(rows: list[Json], key: str, value: str) -> Json:
    """Return the row whose `key` is `value`, or refuse with 404."""
    row = next((row for row in rows if str(row[key]) == value), None)
    if row is None:
        raise Refused(404, "Not Found")
    return row
