"""Which access reviews there are: of which roles, of guests, and whether they come again."""

import pytest

from pipewarden.connectors.entra.reviews import DEFINITIONS
from pipewarden.demo.entra import rows
from pipewarden.demo.entra.rows import ROLES
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.connectors.entra.reading import Still, collected, connector

GLOBAL = ROLES["Global Administrator"]


def read(*reviews: dict[str, object], variant: Variant | None = None) -> tuple[Snapshot, EntraServer]:
    with EntraServer(acme(), variant or Variant(), clock=Still().now) as server:
        server.directory.reviews = list(reviews)
        return collected(connector(server))[0], server


def test_a_review_says_which_roles_it_covers_and_whether_it_comes_again() -> None:
    once = rows.role_review("once", ROLES["User Administrator"], status="Completed", every_months=0)
    snapshot, server = read(rows.role_review("owners", GLOBAL), once, rows.guest_review("guests", "g1"))
    [tenant] = snapshot.entities(Kind.TENANT)
    told = {each["name"]: each for each in tenant.attributes["access_reviews"]}
    assert (told["owners"]["roles"], told["owners"]["recurs"], told["owners"]["guests"]) == ([GLOBAL], True, False)
    assert (told["once"]["status"], told["once"]["recurs"]) == ("Completed", False)
    assert (told["guests"]["roles"], told["guests"]["guests"]) == ([], True)
    assert tenant.attributes["authorization_policy"], "what was known of the tenant stays"
    assert server.requests[DEFINITIONS] == 1


@pytest.mark.parametrize(
    ("how", "cause", "permission"),
    [("forbidden", Cause.FORBIDDEN, "AccessReview.Read.All"), ("unlicensed", Cause.PLAN, "")],
)
def test_a_refusal_is_a_gap(how: str, cause: Cause, permission: str) -> None:
    variant = Variant()
    setattr(variant, how, frozenset({DEFINITIONS}))
    snapshot, _ = read(variant=variant)
    [gap] = snapshot.records(Gap)
    assert (gap.facet, gap.cause, gap.permission) == (EntraFacet.REVIEWS, cause, permission)
