"""Hand-worked cases of deploy keys and whoever added them: a key is a login of its own, which no token and no name carries.

The sentences are those of https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys and
https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
"""

import pytest

from pipewarden.access.engine import Engine
from pipewarden.model.access import Access, Level
from pipewarden.model.access import Capability as C
from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Kind, Ref
from tests.access.estate import Estate, can

REVIEW = ("pull_request", {"required_approving_review_count": 1})
TOKENS = (Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN)


def key_of(acme: Estate, who: Ref, web: Ref, role: str = "deploy_key:write") -> Ref:
    key = acme.machine(Kind.DEPLOY_KEY, f"{who.key}-laptop", owner=who)
    acme.grant(key, web, role, GrantKind.KEY)
    return key


def token_of(acme: Estate, who: Ref, kind: Kind = Kind.FINE_GRAINED_TOKEN) -> Ref:
    """Return a token of somebody that may do all there is, as far as its owner may."""
    token = acme.machine(kind, f"{who.key}-token", owner=who)
    if kind is Kind.CLASSIC_TOKEN:
        role = acme.role("scopes:1", repo="granted", workflow="granted")
    else:
        role = acme.role("token:1", contents="write", workflows="write", administration="write", secrets="write")
    acme.grant(token, acme.org, role, GrantKind.TOKEN)
    return token


def _pushes_main(acme: Estate, who: Ref, web: Ref) -> Access | None:
    main = acme.branch(web)
    return can(acme.engine(), who, C.PUSH, main)


def ways(engine: Engine, who: Ref, capability: C, what: Ref) -> list[str]:
    access = can(engine, who, capability, what)
    return [] if access is None else [engine.words(path) for path in access.paths]


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_does_not_act_by_a_key_that_its_owner_added(kind: Kind) -> None:
    """“Personal access tokens can only be used for HTTPS Git operations.”: a deploy key is an SSH key."""
    acme = Estate()
    carol, web = acme.account("carol"), acme.repo("web")
    key, token = key_of(acme, carol, web), token_of(acme, carol, kind)
    engine = acme.engine()
    for capability in (C.READ, C.PUSH, C.EDIT_PIPELINE, C.RUN_PIPELINE, C.READ_SECRET, C.USE_SECRET):
        assert can(engine, token, capability, web) is None, capability
        assert can(engine, carol, capability, web) is not None, "the near miss: who added it is presumed to hold it"
        assert can(engine, key, capability, web) is not None
    assert engine.level(token, web) is Level.NONE
    assert engine.level(carol, web) is Level.WRITE
    assert [level for _, level in engine.what_can(token)] == [Level.NONE]


@pytest.mark.parametrize("kind", TOKENS)
def test_near_miss_a_token_acts_by_the_role_that_its_owner_holds_beside_the_key(kind: Kind) -> None:
    """“Both … are tied to the user who generated them and will become inactive if the user loses access to the resource.”."""
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    key_of(acme, bob, web)
    token = token_of(acme, bob, kind)
    engine = acme.engine()
    told = ways(engine, token, C.PUSH, web)
    assert len(told) == 1
    assert "deploy key" not in told[0]
    assert len(ways(engine, bob, C.PUSH, web)) == 2
    assert engine.level(token, web) is Level.WRITE


def test_a_token_does_no_more_by_its_owners_key_than_its_owners_own_role() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "read")
    key_of(acme, bob, web)
    token = token_of(acme, bob)
    engine = acme.engine()
    assert can(engine, token, C.READ, web) is not None
    assert can(engine, token, C.PUSH, web) is None
    assert engine.level(token, web) is Level.READ
    assert engine.holders_at(web, Level.WRITE) == [bob, Ref("github.com", Kind.DEPLOY_KEY, "bob-laptop")]


def test_a_rule_that_lets_deploy_keys_through_lets_no_token_through() -> None:
    """“attaches the public part of the key directly to your repository instead of a personal account”."""
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.ruleset(web, "main", REVIEW, bypass=({"actor_type": "DeployKey", "bypass_mode": "always"},))
    key_of(acme, bob, web)
    token = token_of(acme, bob)
    main = acme.branch(web)
    engine = acme.engine()
    assert can(engine, token, C.PUSH, main) is None
    assert ways(engine, bob, C.PUSH, main) == [
        "bob (is presumed to hold, having added it) → deploy key bob-laptop (key with write) → acme/web (may push to main)"
    ]


def test_near_miss_without_a_key_the_same_rule_lets_nobody_through() -> None:
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "write")
    acme.ruleset(web, "main", REVIEW, bypass=({"actor_type": "DeployKey", "bypass_mode": "always"},))
    key_of(acme, acme.member("carol"), web, "deploy_key:read")
    assert _pushes_main(acme, bob, web) is None


def test_a_push_by_key_is_not_that_of_the_account_which_a_rule_names() -> None:
    """bob reads, and holds a key with write; the rule names bob: his account cannot push, and his key is not named."""
    acme = Estate()
    bob, web = acme.member("bob"), acme.repo("web")
    acme.grant(bob, web, "read")
    acme.classic(web, restrictsPushes=True, pushAllowances=[{"type": "User", "id": "bob"}])
    key_of(acme, bob, web)
    assert _pushes_main(acme, bob, web) is None
    near = Estate()
    bob, web = near.member("bob"), near.repo("web")
    near.grant(bob, web, "write")
    near.classic(web, restrictsPushes=True, pushAllowances=[{"type": "User", "id": "bob"}])
    assert _pushes_main(near, bob, web) is not None


def test_who_pushes_by_a_key_may_approve_the_deployment_by_their_account() -> None:
    """Two logins of one person are not two people."""
    acme = Estate()
    carol, web = acme.member("carol"), acme.repo("web")
    acme.grant(carol, web, "read")
    key = key_of(acme, carol, web)
    production = acme.environment(web, required_reviewers=[{"type": "User", "id": "carol"}])
    engine = acme.engine()
    access = can(engine, carol, C.DEPLOY, production)
    assert access is not None
    assert [path.alone for path in access.paths] == [True]
    other = can(engine, key, C.DEPLOY, production)
    assert other is not None
    assert [path.alone for path in other.paths] == [False], "whoever found the key has no account that approves"


def test_a_key_that_reads_makes_nobody_a_reviewer() -> None:
    acme = Estate()
    carol, web = acme.account("carol"), acme.repo("web")
    key_of(acme, carol, web)
    production = acme.environment(web, required_reviewers=[{"type": "User", "id": "carol"}])
    engine = acme.engine()
    assert can(engine, carol, C.APPROVE_DEPLOYMENT, production) is None
    assert can(engine, carol, C.DEPLOY, production) is None
