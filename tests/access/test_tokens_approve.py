"""Whoever may approve their own deployment may so by a token that may approve: with the scope, and with it alone."""

from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.model.access import Access, Capability
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate


def deploys(estate: Estate, kind: Kind, *, capability: Capability = Capability.DEPLOY) -> Access | None:
    """Return how bob's token or key deploys to production of acme/web."""
    engine = Engine(estate.snapshot())
    snapshot = engine.snapshot
    [production] = snapshot.ordinals(Kind.ENVIRONMENT).tolist()
    [token] = snapshot.ordinals(kind).tolist()
    return engine.who_can(capability, snapshot.ref(production)).of(token)


def acme(**rules: Any) -> Estate:
    estate = Estate().org("acme", base="none").member("bob").repo("acme/web", private=True, default_branch="main")
    estate.direct("bob", "acme/web", "write")
    return estate.environment("acme/web", reviewers=["bob"], can_admins_bypass=False, **rules)


def alone(access: Access | None) -> bool:
    assert access is not None
    assert access.witness is not None
    return access.witness.alone


def test_a_classic_token_with_the_scope_approves_as_its_owner_does() -> None:
    estate = acme().credential("bob", ["repo"])
    assert alone(deploys(estate, Kind.CLASSIC_TOKEN))
    approves = deploys(estate, Kind.CLASSIC_TOKEN, capability=Capability.APPROVE_DEPLOYMENT)
    assert approves is not None


def test_where_self_review_is_prevented_neither_it_nor_its_owner_is_alone() -> None:
    estate = acme(prevent_self_review=True).credential("bob", ["repo"])
    assert not alone(deploys(estate, Kind.CLASSIC_TOKEN))


def test_another_reviewer_is_asked_of_a_token_of_whom_reviews_nothing() -> None:
    estate = Estate().org("acme", base="none").member("bob").member("alice").repo("acme/web", default_branch="main")
    estate.direct("bob", "acme/web", "write").direct("alice", "acme/web", "write")
    estate.environment("acme/web", reviewers=["alice"], can_admins_bypass=False).credential("bob", ["repo"])
    assert not alone(deploys(estate, Kind.CLASSIC_TOKEN))


@pytest.mark.parametrize(("deployments", "approves"), [("write", True), ("read", False)])
def test_a_fine_grained_token_needs_to_write_deployments(deployments: str, approves: bool) -> None:
    given = {"repository": {"contents": "write", "workflows": "write", "deployments": deployments}}
    assert alone(deploys(acme().fine_grained_token("bob", "nightly", given), Kind.FINE_GRAINED_TOKEN)) is approves


def test_an_ssh_key_pushes_and_approves_nothing() -> None:
    estate = acme().credential("bob", ["repo"], kind=Kind.SSH_KEY)
    assert deploys(estate, Kind.SSH_KEY, capability=Capability.APPROVE_DEPLOYMENT) is None
