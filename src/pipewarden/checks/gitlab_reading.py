"""What checks of GitLab ask of a view: settings that decide, rules of branches, who is in a group."""

from typing import Any

from pipewarden.access.gitlab.protected import Entry, entries, matching
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.clauses import Section
from pipewarden.checks.unread import gap_among
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Cause, Entity, Gate, GateKind, Resource
from pipewarden.model.ids import Kind, Ref

PEOPLE = Section(("AC-2", "AC-6", "IA-2", "IA-5"), ("CC6.1", "CC6.2", "CC6.3"))
PROJECTS = Section(("CM-3", "CM-5", "AC-5"), ("CC8.1",))
DOCS = "https://docs.gitlab.com"


def setting(view: View, thing: Entity, *path: str, facet: str = "") -> Any:
    """Return a setting that decides a verdict; raises Missing where it was not given."""
    return view.given(thing, *path, facet=facet)


def living(view: View, project: Resource) -> None:
    """Raise NotApplicable for an archived project: nothing changes there."""
    if view.given(project, "archived", facet=GitLabFacet.PROJECTS) is True:
        raise NotApplicable(f"{project.name} is archived")


def built(view: View, project: Resource) -> None:
    """Raise NotApplicable for an archived project and for one without pipelines."""
    living(view, project)
    if view.given(project, "builds_access_level", facet=GitLabFacet.PROJECTS) == "disabled":
        raise NotApplicable(f"{project.name} has no pipelines")


def rules(view: View, project: Resource, target: str = "branch") -> list[Gate]:
    """Return the rules over branches or tags of a project."""
    gates = view.gates(project.ref, GateKind.BRANCH_PROTECTION)
    return [gate for gate in gates if gate.target == target]


def default_rules(view: View, project: Resource) -> tuple[str, list[Gate]]:
    """Return the default branch and the rules over it. Raises NotApplicable for a project without a branch."""
    living(view, project)
    if view.attribute(project, "empty_repo", default=False) is True:
        raise NotApplicable(f"{project.name} is empty")
    name = str(setting(view, project, "default_branch", facet=GitLabFacet.PROJECTS))
    return name, matching(rules(view, project), name)


def lowest(gates: list[Gate], field: str) -> int | None:
    """Return the lowest level that any line lets in, None where nobody is let in by level; 0 means nobody."""
    levels = [line.level for line in entries(gates, field) if line.level]
    return min(levels, default=None)


def odd(gates: list[Gate], field: str) -> bool:
    """Tell whether a line has a form that is not known."""
    return any(line.odd for line in entries(gates, field))


def named(gates: list[Gate], field: str) -> list[Entry]:
    """Return the lines that name somebody."""
    return [line for line in entries(gates, field) if line.user or line.group or line.key]


def people_at(view: View, group: Resource, level: int) -> list[Account]:
    """Return the accounts that are directly in a group at exactly a level, in the order of their names."""
    found: dict[Ref, Account] = {}
    for each in view.inside(group.ref, Kind.GROUP):
        if each.attributes.get("access_level") == level:
            found |= {account.ref: account for account in view.members(each.ref)}
    return sorted(found.values(), key=lambda account: account.name)


def untold(view: View, runner: Resource, facet: GitLabFacet) -> None:
    """Raise Missing where what GraphQL tells of a runner was refused: of one of the whole instance, to any group that was asked."""
    gap = view.gap(runner.ref, facet)
    if gap is None and view.attribute(runner, "runner_type", default="") == "instance_type":
        gap = gap_among(view, frozenset({facet}), [runner.ref.instance])
    if gap is not None:
        raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)


def topmost(view: View, group: Resource) -> None:
    """Raise NotApplicable for all groups but the outermost that is audited: what holds for all below is judged once."""
    ours(view, group)
    outer = view.find(group.parent) if group.parent is not None and group.parent.kind is Kind.ORGANIZATION else None
    if outer is not None and outer.attributes.get("guest") is not True:
        raise NotApplicable(f"judged with {outer.name}, which it is inside of")


def ours(view: View, group: Resource) -> None:
    """Raise NotApplicable for a group that was read only because it is invited: its settings are its owners' matter.

    Raises Missing where what it lies in was not read: it may be one of those that are audited.
    """
    if group.attributes.get("guest") is not True:
        return
    outer = group
    while outer.parent is not None and outer.parent.kind is Kind.ORGANIZATION:
        above = view.find(outer.parent)
        if not isinstance(above, Resource) or above.attributes.get("guest") is not True:
            gap = gap_among(view, frozenset({GitLabFacet.GROUPS}), [group.ref.instance])
            why = (gap.scope, gap.facet, gap.cause) if gap else (group.ref, GitLabFacet.GROUPS, Cause.NOT_COLLECTED)
            raise Missing(
                *why, f"whether {group.name} lies in what is audited is not known", gap.permission if gap else ""
            )
        outer = above
    raise NotApplicable(f"{group.name} is outside of what is audited; it is invited into it")
