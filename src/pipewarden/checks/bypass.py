"""Who is let through the rules that guard a repository's branches, as several checks ask it."""

from collections.abc import Iterator

from pipewarden.access.github.protection import Bypass, bypasses, hidden_bypass
from pipewarden.access.view import Missing, View
from pipewarden.checks.reading import Doubts, need_where_offered
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gate, Resource


def bypassing(view: View, repository: Resource, doubts: Doubts) -> Iterator[tuple[Gate, Bypass]]:
    """Yield everybody whom an active rule of a repository lets through; what could not be seen goes to `doubts`.

    GitHub shows the bypass list of a ruleset only to whom may change it: absent is not empty.
    https://docs.github.com/en/rest/repos/rules
    """
    organization = view.organization_of(repository)
    with doubts:
        if organization is not None:
            need_where_offered(view, organization.ref, Facet.ORG_RULESETS)
    for gate in view.repository_gates(repository):
        if not gate.active:
            continue
        with doubts:
            if gate.bypass is None:
                raise Missing(
                    gate.resource,
                    Facet.REPO_RULESETS if gate.resource == repository.ref else Facet.ORG_RULESETS,
                    Cause.UNEXPECTED if gate.rules.get("bypass_unread") else Cause.MISSING_FIELD,
                    hidden_bypass(gate),
                    "" if gate.rules.get("bypass_unread") else "administration: write",
                )
        for actor in bypasses(gate):
            yield gate, actor
