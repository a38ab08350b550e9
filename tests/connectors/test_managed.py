"""Managed users: who they are at their identity provider, and which of its groups their teams follow."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.follows import Follows
from pipewarden.connectors.github.auth import Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.hosts import addresses
from pipewarden.connectors.okta.auth import Token as OktaToken
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.connector import OktaConnector
from pipewarden.demo.estate import acme
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.demo.github.credentials import OWNER_SCOPES
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.story import directory
from pipewarden.errors import PipewardenError
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.access import Capability
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Gap, Group, Identity
from pipewarden.model.ids import Kind
from pipewarden.model.people import How
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.connectors.okta.reading import NOW, Patient
from tests.connectors.test_github import collected, connector

USERS, GROUPS = "/scim/v2/enterprises/{enterprise}/Users", "/scim/v2/enterprises/{enterprise}/Groups"
SAML = {
    "issuer": "http://www.okta.com/exk1",
    "ssoUrl": "https://acme.okta.example/app/githubenterprisemanageduser/exk1/sso/saml",
}
OIDC = {"tenantId": "f0a90902-15a1-5fa8-914b-4624b268aa51"}


def managed(sign_on: dict[str, str] | None = SAML, **org: Any) -> Estate:
    """Return acme as if the identity provider of its enterprise made the accounts."""
    estate = acme()
    estate.enterprise["sign_on"] = sign_on
    for organization in estate.organizations.values():
        organization.managed_users, organization.saml_issuer = True, ""
    for name, value in org.items():
        setattr(estate.organizations["acme"], name, value)
    return estate


SCOPES = f"{OWNER_SCOPES}, scim:enterprise"


def read(estate: Estate, variant: Variant | None = None) -> Snapshot:
    with GitHubServer(estate, variant, scopes=SCOPES) as server:
        return collected(connector(server))[0]


def gaps(snapshot: Snapshot) -> list[Gap]:
    return [each for each in snapshot.records(Gap) if each.facet in {Facet.ENT_IDENTITIES, Facet.ENT_SCIM}]


def followed(snapshot: Snapshot, name: str) -> list[dict[str, Any]]:
    team = next(each for each in snapshot.entities(Kind.GROUP) if each.name == f"acme/{name}")
    assert isinstance(team, Group)
    return [
        {key: value for key, value in row.items() if key != "members"} for row in team.attributes["external_groups"]
    ]


def bob(snapshot: Snapshot) -> dict[str, Any]:
    account = next(each for each in snapshot.entities(Kind.ACCOUNT) if each.name == "bob")
    assert isinstance(account, Account)
    return account.attributes


@pytest.mark.parametrize("sign_on", [SAML, OIDC])
def test_people_and_groups_carry_the_ids_of_the_provider(sign_on: dict[str, str]) -> None:
    snapshot = read(managed(sign_on))
    assert gaps(snapshot) == []
    known = {each.ref.key: each for each in snapshot.records(Identity)}
    provisioned = known["scim:scim-102"]
    assert provisioned.external_ids == ("00u00000000000000102", "bob@acme.example")
    assert [each.key for each in provisioned.accounts] == ["102"]
    assert bob(snapshot)["scim"] == {"active": True, "userName": "bob@acme.example", "emails": ["bob@acme.example"]}
    assert followed(snapshot, "platform") == [
        {"group_id": 601, "group_name": "platform", "external_id": "00g00000000000000012"}
    ]


def test_who_is_in_no_organization_that_is_read_is_left_out() -> None:
    estate = managed()
    del estate.organizations["acme"].people["zoe"]
    with GitHubServer(estate) as server:
        snapshot = collected(connector(server))[0]
    names = {each.name for each in snapshot.records(Identity)}
    assert "bob@acme.example" in names
    accounts = {each.ref for each in snapshot.entities(Kind.ACCOUNT)}
    assert all(set(each.accounts) & accounts for each in snapshot.records(Identity))


def test_without_managed_users_nothing_of_it_is_asked() -> None:
    with GitHubServer(acme()) as server:
        snapshot = collected(connector(server))[0]
        assert USERS not in server.requests
        assert GROUPS not in server.requests
    assert gaps(snapshot) == []


@pytest.mark.parametrize(("template", "named"), [(USERS, True), (GROUPS, False)])
def test_what_is_refused_is_a_gap_that_names_the_scope(template: str, named: bool) -> None:
    snapshot = read(managed(), Variant(forbidden=frozenset({template})))
    [gap] = gaps(snapshot)
    assert (gap.facet, gap.cause, gap.scope.kind) == (Facet.ENT_SCIM, Cause.FORBIDDEN, Kind.ENTERPRISE)
    assert gap.permission == "a classic token of an enterprise owner or the setup user with scim:enterprise"
    assert ("external_id" in followed(snapshot, "platform")[0]) is named


def test_a_token_without_the_scope_leaves_both_open() -> None:
    with GitHubServer(managed()) as server:
        found = gaps(collected(connector(server))[0])
    assert {(each.facet, each.cause) for each in found} == {(Facet.ENT_SCIM, Cause.FORBIDDEN)}


@pytest.mark.parametrize("how", ["nulls", "truncated", "html"])
@pytest.mark.parametrize("template", [USERS, GROUPS])
def test_an_answer_that_cannot_be_read_is_a_gap(how: str, template: str) -> None:
    snapshot = read(managed(), Variant(**{how: frozenset({template})}))
    assert {gap.facet for gap in gaps(snapshot)} == {Facet.ENT_SCIM}


def test_a_provider_that_is_not_shown_is_a_gap() -> None:
    [gap] = gaps(read(managed(sign_on=None)))
    assert (gap.facet, gap.cause) == (Facet.ENT_IDENTITIES, Cause.FORBIDDEN)
    assert "read:enterprise" in gap.permission


def test_where_the_enterprise_is_not_named_it_is_a_gap_of_the_organization() -> None:
    with GitHubServer(managed()) as server:

        def make() -> GitHub:
            http = Http(server.url, clock=Patient())
            return GitHub(http, addresses("github.com"), token=Token(FixedSecret(server.owner_token)))

        [gap] = gaps(collected(GitHubConnector(make, "acme"))[0])
    assert (gap.facet, gap.cause, gap.scope.kind) == (Facet.ENT_SCIM, Cause.NOT_COLLECTED, Kind.ORGANIZATION)
    assert gap.detail.endswith("the configuration does not name the enterprise")


def test_of_two_groups_of_one_name_neither_id_is_taken() -> None:
    estate = managed()
    org = estate.organizations["acme"]
    org.external_groups = [*org.external_groups, {**org.external_groups[0], "id": 699, "idp": "00g0other", "teams": []}]
    assert followed(read(estate), "platform") == [{"group_id": 601, "group_name": "platform"}]


def both(estate: Estate) -> Snapshot:
    """Return acme's GitHub and Okta in one snapshot."""
    okta = directory(acme())
    builder = SnapshotBuilder()
    with GitHubServer(estate, scopes=SCOPES) as server, OktaServer(okta, clock=Patient().now) as provider:

        def make() -> Okta:
            return Okta(Http(provider.url, clock=Patient()), OktaToken(FixedSecret(provider.token)))

        for each in (connector(server), OktaConnector(make, "acme", instance="acme.okta.example")):
            asyncio.run(each.collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=("github:acme", "okta:acme"), started=NOW, ended=NOW))


def test_a_group_of_okta_is_followed_by_the_team_of_managed_users_and_a_renamed_user_stays_the_same() -> None:
    estate = managed()
    estate.people["bob"].saml, estate.people["bob"].emails = "robert@acme.example", ()
    snapshot = both(estate)
    follows = Follows(snapshot)
    names = {(snapshot.name_of(each.inner), snapshot.name_of(each.outer)) for each in follows.links}
    assert {("platform", "acme/platform"), ("release", "acme/release")} <= names
    told = {joined.account.key: joined for person in follows.people.people for joined in person.accounts}
    person = next(p for p in follows.people.people if any(j.account.key == "102" for j in p.accounts))
    assert {j.account.instance for j in person.accounts} == {"github.com", "acme.okta.example"}
    assert person.name == "bob@acme.example", "as Okta has it, and not as GitHub was once told"
    assert told["102"].how is How.LINKED
    assert [each for each in follows.people.doubts if "robert" in each.says] == []


def test_a_user_name_that_is_somebody_elses_is_told_and_the_id_is_followed() -> None:
    estate = managed()
    estate.people["bob"].saml, estate.people["bob"].emails = "zoe@acme.example", ()
    estate.people["zoe"].saml = ""
    follows = Follows(both(estate))
    told = {each.kind: each.says for each in follows.people.doubts if "zoe@acme.example" in each.says}
    assert list(told) == ["ambiguous"]
    person = next(p for p in follows.people.people if any(j.account.key == "102" for j in p.accounts))
    assert person.name == "bob@acme.example", "the id is Okta's, and never another's"


def test_one_path_leads_from_a_group_of_okta_over_a_team_and_a_workflow_to_a_role_that_terraform_states() -> None:
    engine = Engine(both(managed()))
    [role] = [each for each in engine.snapshot.entities(Kind.CLOUD_ROLE) if each.name == "AWS role web-deploy"]
    [who] = [each.ref for each in engine.snapshot.entities(Kind.ACCOUNT) if each.name == "bob"]
    words = [engine.words(path) for each in engine.why(who, role.ref, Capability.ASSUME_ROLE) for path in each.paths]
    assert any(
        each.startswith(
            "bob (signs in as) → bob@acme.example → group platform (is followed by) → team acme/platform (maintain) → acme/web "
            "(a workflow pushed there runs a job whose OIDC token is accepted) → AWS role web-deploy"
        )
        for each in words
    ), words


def test_a_run_that_stopped_goes_on_and_gives_the_same(tmp_path: Path) -> None:
    with GitHubServer(managed(), scopes=SCOPES) as server:
        whole, spent = collected(connector(server))
    for stop in (spent["requests"] // 3, spent["requests"] // 2, spent["requests"] - 12):
        with Store.open(str(tmp_path / f"{stop}.db")) as store:
            with (
                GitHubServer(managed(), Variant(stop_after=stop), scopes=SCOPES) as server,
                contextlib.suppress(PipewardenError),
            ):
                collected(connector(server, keeper=store))
            with GitHubServer(managed(), scopes=SCOPES) as server:
                assert collected(connector(server, keeper=store))[0].content == whole.content, stop
