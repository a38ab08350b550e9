"""Policies with their rules: what is asked at sign-in, of whom, for what, and how passwords must be."""

import asyncio
from collections.abc import Iterable
from typing import Any

from pipewarden.access.okta.directory import is_on
from pipewarden.connectors.okta.run import Run, given_name, picked, word
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Gate, GateKind
from pipewarden.model.ids import Kind

POLICIES = "/api/v1/policies"
RULES = "/api/v1/policies/{policyId}/rules"

TYPES = ("OKTA_SIGN_ON", "ACCESS_POLICY", "MFA_ENROLL", "PASSWORD")
"""`type` must be given: there is no list of all policies."""


async def policies(run: Run) -> None:
    """Read the policies of each type; a type that is refused is told, and the others are read all the same.

    https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
    """
    for kind in TYPES:
        await run.step(f"policies {kind}", OktaFacet.POLICIES, lambda kind=kind: _of(run, kind))  # type: ignore[misc]


async def _of(run: Run, kind: str) -> Iterable[AnyFact]:
    rows = [row async for row in run.okta.pages(POLICIES, template=POLICIES, params={"type": kind}, limit=0)]
    read = await asyncio.gather(*(_policy(run, kind, row) for row in rows))
    return [fact for facts in read for fact in facts]


async def _policy(run: Run, kind: str, row: dict[str, Any]) -> Iterable[AnyFact]:
    path = RULES.format(policyId=row["id"])
    rules = [rule async for rule in run.okta.pages(path, template=RULES, limit=0)]
    for rule in rules:
        given_name(rule, "name", "status")
    held: dict[str, Any] = {
        "type": kind,
        **picked(row, "priority", "system", "conditions", "settings"),
        "rules": [
            picked(rule, "id", "name", "status", "priority", "system", "conditions", "actions") for rule in rules
        ],
    }
    return [
        Gate(
            ref=run.ref(Kind.GATE, row["id"]),
            resource=run.tenant,
            kind=GateKind.SIGN_ON,
            name=word(row.get("name"), str(row["id"])),
            active=is_on(row.get("status")),
            target="sign-in",
            rules=held,
            origin=run.origin(RULES),
        )
    ]
