"""What the checks of Okta share: the standards of their section, factors that were read, words for rules."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit
from pipewarden.checks.clauses import Section
from pipewarden.checks.reading import listed, need_inside, quoted
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, Cause, Resource

OKTA = Section(("AC-2", "AC-6", "IA-2", "IA-5"), ("CC6.1", "CC6.2"))
HELP = "https://help.okta.com/oie/en-us/content/topics/security"


def factors_of(view: View, person: Account) -> dict[str, Any]:
    """Return what was read of a person's factors; raises Missing where that is nothing: not asked is not none."""
    view.need(person.ref, OktaFacet.FACTORS)
    found = view.given(person, "mfa", facet=OktaFacet.FACTORS)
    if not isinstance(found, dict):
        raise Missing(person.ref, OktaFacet.FACTORS, Cause.UNEXPECTED, "the factors have a shape that is not known")
    return found


def rule_words(names: Iterable[str]) -> str:
    """Return rules as a sentence names them: rule “A” and “B”."""
    return f"rule {listed((quoted(name[:40]) for name in names), 2)}"


HOLDERS = (OktaFacet.USERS, OktaFacet.GROUPS, OktaFacet.MEMBERS, OktaFacet.ROLES, OktaFacet.CUSTOM_ROLES)
"""What has to be read in full to know all administrators."""

OPENED = (OktaFacet.APPS, OktaFacet.APP_ASSIGNMENTS, OktaFacet.GROUPS)
"""What has to be read in full to know which groups open the pipeline."""

Judge = Callable[..., Iterator[Hit]]


def whole(*facets: OktaFacet) -> Callable[[Judge], Judge]:
    """Make a judgement that says it is not complete where any of some facets was not read of anything inside.

    What it found stands: one group that was refused hides who is in it, and nothing that is known of the others.
    """

    def around(judge: Judge) -> Judge:
        @wraps(judge)
        def judged(tenant: Resource, view: View, *more: Any) -> Iterator[Hit]:
            yield from judge(tenant, view, *more)
            need_inside(view, tenant.ref, *facets)

        return judged

    return around
