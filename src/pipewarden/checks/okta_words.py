"""What the checks of Okta share: the standards of their section, factors that were read, words for rules."""

from collections.abc import Iterable
from typing import Any

from pipewarden.access.view import Missing, View
from pipewarden.checks.clauses import Section
from pipewarden.checks.reading import listed, quoted
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, Cause

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
