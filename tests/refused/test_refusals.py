"""Each endpoint of each system refused in turn, and all of a facet together: only what is known is said.

`make refusals` tries them all; CI tries some of each system, the same each time.
"""

import os
import random
from collections import defaultdict
from functools import cache

import pytest

from pipewarden.errors import CredentialError
from tests.refused.estate import FIELD, NOTHING, SYSTEMS, Refused, joined, part
from tests.refused.promise import broken, said, whole

EVERY = "PIPEWARDEN_EVERY_REFUSAL"
SAMPLE = {"github": 6, "gitlab": 12, "okta": 10, "entra": 10, "jenkins": 8, "vault": 8}
"""How many refusals of each system are tried where not all are."""

FIELDS = tuple(
    f"{FIELD}{each}"
    for each in (
        "branchProtectionRules", "collaborators", "domains", "environments", "members", "membersWithRole", "object",
        "ownerInfo", "refs", "repositories", "samlIdentityProvider", "teams",
    )
)  # fmt: skip
"""Fields of GitHub's GraphQL, which are refused one by one too."""

STOPS = {
    "github": {"/orgs/{org}"},
    "gitlab": {"/groups/{id}"},
    "jenkins": {"/api/json"},
    "vault": {"auth/token/lookup-self"},
}
"""Without these nothing of a source can be read, and the reading stops with a clear word."""

SILENT = {
    "github": {"/app/installations/{installation_id}/access_tokens", "/orgs/{org}/installation"},
    "gitlab": {"/metadata"},
    "jenkins": {"/script"},
}
"""What is refused here is known by another way, or the refusal is the answer."""

ALWAYS = {
    "/api/v1/users/{userId}/roles", "/api/v1/groups", "/api/v1/groups/{groupId}/users", "/api/v1/users", "/users",
    "/groups/{id}/members", "/personal_access_tokens", "/projects/{id}/protected_environments",
    "/roleManagement/directory/roleAssignments", "/identity/conditionalAccess/policies", "/applications",
    "/configuration-as-code/export", "/repos/{owner}/{repo}/keys", "auth/jwt-github/role",
    f"{FIELD}membersWithRole", f"{FIELD}repositories",
}  # fmt: skip
"""Refusals that were told wrongly once."""


@cache
def refusals(system: str) -> tuple[Refused, ...]:
    """Return what is refused in turn: each endpoint that is asked, then all that tell one facet."""
    base, by_facet = part(system).facets, defaultdict(set)
    alone = sorted(part(system).asked - STOPS.get(system, set())) + (list(FIELDS) if system == "github" else [])
    if os.environ.get(EVERY):
        for each in alone:
            for facet in part(system, frozenset({each})).facets - base:
                by_facet[facet].add(each)
    together = [frozenset(each) for _, each in sorted(by_facet.items()) if len(each) > 1]
    return (*(frozenset({each}) for each in alone), *dict.fromkeys(together))


def some(system: str) -> list[Refused]:
    """Return the refusals that are tried: all, or a sample that is the same each time."""
    every = refusals(system)
    if os.environ.get(EVERY):
        return list(every)
    known = [each for each in every if each & ALWAYS]
    rest = [each for each in every if not each & ALWAYS]
    return [*known, *random.Random(7).sample(rest, max(0, min(len(rest), SAMPLE[system] - len(known))))]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_refusal_is_told_and_nothing_unknown_is_said(system: str) -> None:
    base = part(system).facets
    wrong = []
    for refused in some(system):
        name = " and ".join(sorted(refused))
        if not refused & SILENT.get(system, set()) and part(system, refused).facets == base:
            wrong.append(f"{name}: no gap tells of it")
        wrong += [f"{name}: {each}" for each in broken(said(joined(system, refused)))]
    assert wrong == []


@pytest.mark.parametrize("system", STOPS)
def test_what_nothing_can_be_read_without_stops_the_reading(system: str) -> None:
    for each in STOPS[system]:
        with pytest.raises(CredentialError):
            part(system, frozenset({each}))


def test_the_whole_has_what_a_refusal_could_take_away() -> None:
    checks = {finding.check for finding in whole().verdicts.findings}
    assert {
        "x.leaver_access", "x.machine_owner_gone", "x.local_account", "x.admin_everywhere", "x.idp_admin_to_prod",
        "x.pipeline_editor_secret", "x.group_unclear",
    } <= checks  # fmt: skip
    assert len(whole().held) > 500
    assert part("okta", NOTHING).facets == frozenset()
