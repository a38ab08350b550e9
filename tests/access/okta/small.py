"""A small Okta organization, served and read by the real connector: made anew for each case that is worked by hand."""

from typing import Any

from pipewarden.access.view import View
from pipewarden.demo.okta.directory import App, Directory, Group, Json, Person
from pipewarden.model.access import Capability
from pipewarden.model.facts import Entity
from pipewarden.model.ids import Kind
from tests.connectors.okta.reading import NOW, collected

ADD, RESET, RULE, READ = Capability.MANAGE_ACCESS, Capability.ASSUME_ROLE, Capability.ADMINISTER, Capability.READ


class Small:
    """What the organization holds; every method adds to it and returns it."""

    def __init__(self, *people: str) -> None:
        self.okta = Directory("acme", NOW)
        self._seen: View | None = None
        self.person(*people)

    def person(self, *logins: str, **more: Any) -> "Small":
        for login in logins:
            self.okta.people[login] = Person(f"00u{login}", login, first=login, last="Acme", **more)
        return self

    def group(self, name: str, *members: str, roles: tuple[Json, ...] = ()) -> "Small":
        self.okta.groups[name] = Group(f"00g{name}", name, members=list(members), roles=list(roles))
        return self

    def app(self, name: str, **more: Any) -> "Small":
        self.okta.apps.append(App(f"0oa{name}", name, name, **more))
        return self

    def role(self, who: str, kind: str, *groups: str, apps: tuple[str, ...] = ()) -> "Small":
        """Assign a standard role, narrowed to groups or to types of apps where any are named."""
        self.okta.people[who].roles.append(standard(kind, *groups, apps=apps))
        return self

    def custom(self, who: str, *permissions: str, over: tuple[str, ...]) -> "Small":
        """Assign a role of one's own; `over` are paths below /api/v1."""
        number = len(self.okta.custom_roles)
        self.okta.custom_roles.append({"id": f"cr{number}", "label": f"own {number}", "permissions": list(permissions)})
        self.okta.resource_sets.append({"id": f"iam{number}", "label": f"set {number}", "resources": list(over)})
        self.okta.people[who].roles.append(
            {"type": "CUSTOM", "label": f"own {number}", "role": f"cr{number}", "set": f"iam{number}"}
        )
        return self

    def rule(self, expression: str, into: str, *, exclude: tuple[str, ...] = (), status: str = "ACTIVE") -> "Small":
        people = {"users": {"exclude": list(exclude)}} if exclude else {}
        self.okta.rules.append(
            {
                "id": f"0pr{len(self.okta.rules)}", "type": "group_rule", "status": status, "name": "a rule",
                "conditions": {"expression": {"value": expression, "type": "urn:okta:expression:1.0"}, "people": people},
                "actions": {"assignUserToGroups": {"groupIds": [f"00g{into}"]}},
            }
        )  # fmt: skip
        return self

    @property
    def view(self) -> View:
        """Read it once, all that was added before."""
        if self._seen is None:
            self._seen = View(collected(of=self.okta.index())[0])
        return self._seen

    def named(self, kind: Kind, name: str) -> Entity:
        [found] = [each for each in self.view.entities(kind) if each.name == name]
        return found

    def who(self, capability: Capability, kind: Kind, name: str) -> set[str]:
        """Return the names of all who have a capability on something."""
        found = self.view.who_can(capability, self.named(kind, name).ref)
        return {self.view.name(access.principal) for access in found}

    def path(self, who: str, capability: Capability, kind: Kind, name: str) -> str:
        """Return the shortest path by which somebody has it, in words."""
        what, person = self.named(kind, name).ref, self.named(Kind.ACCOUNT, who).ref
        [access] = [each for each in self.view.who_can(capability, what) if each.principal == person]
        assert access.witness is not None
        return self.view.engine.words(access.witness).replace("→ group ", "→ ")


def standard(kind: str, *groups: str, apps: tuple[str, ...] = ()) -> Json:
    """Return the assignment of a standard role, as the estate keeps it."""
    return {"type": kind, "label": kind.lower(), "targets": [f"00g{each}" for each in groups], "apps": list(apps)}
