"""A vault that refuses, breaks or lies: each ends in a gap with its permission or a clear stop, never in a wrong fact."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pipewarden.audit import collect
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.connectors.vault.namespaces import MOST_DEPTH
from pipewarden.connectors.vault.policies import Unreadable, rules_of
from pipewarden.connectors.vault.run import moment
from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.vault.server import Variant, VaultServer
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import HOST, writes
from pipewarden.errors import CredentialError, Unreachable
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot


class Quick:
    """A clock of the story that waits for nothing."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def now(self) -> float:
        return ACME_NOW.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


class Keeper:
    """Keeps checkpoints in memory; ends the run after so many of them, as a kill would."""

    def __init__(self, killed_after: int = 0) -> None:
        self.kept: dict[str, bytes] = {}
        self._left = killed_after

    def checkpoints(self, source: str) -> dict[str, bytes]:
        del source
        return dict(self.kept)

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        del source
        self.kept[key] = body
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt

    def clear_checkpoints(self, source: str) -> None:
        del source
        self.kept.clear()

    def etag(self, key: str) -> tuple[str, bytes] | None:
        del key
        return None

    def put_etag(self, key: str, etag: str, body: bytes) -> None:
        del key, etag, body

    def fingerprint_key(self) -> bytes:
        return b"k"


@contextmanager
def serving(**wanted: Any) -> Iterator[VaultServer]:
    with VaultServer(State(writes(), ACME_NOW), Variant(**wanted)) as server:
        yield server


def read(server: VaultServer, keeper: Keeper | None = None, clock: Quick | None = None, budget: int = 0) -> Snapshot:
    time = clock or Quick()

    def make() -> Vault:
        return Vault(Http(server.url, clock=time), FixedSecret(server.token), budget=budget)

    connector = VaultConnector(make, "acme", instance=HOST, keeper=keeper)
    return collect([connector], clock=lambda: ACME_NOW, as_of=ACME_NOW)


def gaps(snapshot: Snapshot) -> set[tuple[str, Cause]]:
    return {(gap.facet, gap.cause) for gap in snapshot.records(Gap)}


def test_all_is_well() -> None:
    with serving() as server:
        assert gaps(read(server)) == set()


@pytest.mark.parametrize(
    ("path", "facet"),
    [
        ("sys/mounts", VaultFacet.MOUNTS),
        ("sys/auth", VaultFacet.AUTH),
        ("sys/policies/acl", VaultFacet.POLICIES),
        ("sys/policies/acl/prod-read", VaultFacet.POLICIES),
        ("identity/entity/id/*", VaultFacet.ENTITIES),
        ("identity/group/id", VaultFacet.GROUPS),
        ("auth/jwt-github/role", VaultFacet.ROLES),
        ("auth/jwt-github/config", VaultFacet.ROLES),
        ("auth/userpass/users/alice", VaultFacet.ROLES),
        ("auth/token/accessors", VaultFacet.TOKENS),
        ("auth/token/lookup-accessor", VaultFacet.TOKENS),
        ("sys/audit", VaultFacet.AUDIT),
        ("identity/mfa/login-enforcement", VaultFacet.MFA),
        ("secret/metadata/*", VaultFacet.SECRETS),
    ],
)
def test_what_is_forbidden_is_a_gap_with_its_permission(path: str, facet: VaultFacet) -> None:
    with serving(forbidden=path) as server:
        found = [gap for gap in read(server).records(Gap) if gap.facet == facet]
    assert {gap.cause for gap in found} <= {Cause.FORBIDDEN, Cause.MISSING_FIELD}
    assert any(gap.cause is Cause.FORBIDDEN and gap.permission for gap in found)


@pytest.mark.parametrize("how", ["html", "truncated", "nulls", "failing"])
@pytest.mark.parametrize(
    "path",
    ["sys/mounts", "sys/policies/acl", "identity/entity/id", "auth/approle/role", "auth/token/accessors", "sys/audit"],
)
def test_what_is_no_answer_is_a_gap(how: str, path: str) -> None:
    with serving(**{how: path}) as server:
        found = gaps(read(server))
    assert {cause for _, cause in found} & {Cause.UNEXPECTED, Cause.UNREACHABLE}


def test_nulls_in_everything_make_no_wrong_fact() -> None:
    for path in (
        "sys/policies/acl/*",
        "identity/entity/id/*",
        "identity/group/id/*",
        "auth/*/role/*",
        "auth/token/lookup-accessor",
    ):
        with serving(nulls=path) as server:
            snapshot = read(server)
        assert len(snapshot) > 10


def test_a_token_that_ends_on_the_way_stops_the_run() -> None:
    with serving(ended_after=9) as server, pytest.raises(CredentialError, match="does not accept the token"):
        read(server)


def test_a_sealed_vault_is_said_to_be_sealed() -> None:
    with serving(sealed=True) as server, pytest.raises(Unreachable, match="sealed"):
        read(server)


def test_a_redirect_to_another_host_is_not_followed() -> None:
    with serving(elsewhere="sys/mounts") as server:
        snapshot = read(server)
    assert (VaultFacet.MOUNTS, Cause.UNEXPECTED) in gaps(snapshot)


@pytest.mark.parametrize("after", ["", "2"])
def test_a_quota_is_waited_for(after: str) -> None:
    clock = Quick()
    with serving(limited_every=7, retry_after=after) as server:
        assert gaps(read(server, clock=clock)) == set()
    assert set(clock.waited) == {float(after or 1)}


def test_failures_at_first_are_tried_again() -> None:
    with serving(failures=2) as server:
        assert gaps(read(server)) == set()


def test_a_spent_budget_is_a_gap_and_no_more_is_sent() -> None:
    with serving() as server:
        snapshot = read(server, budget=12)
        assert server.total == 12
    assert Cause.BUDGET in {cause for _, cause in gaps(snapshot)}
    assert not snapshot.info.complete


@pytest.mark.parametrize("after", [1, 3, 5, 8, 11])
def test_a_run_that_was_killed_goes_on_and_gives_the_same(after: int) -> None:
    with serving() as server:
        whole = read(server)
        keeper = Keeper(killed_after=after)
        with pytest.raises(KeyboardInterrupt):
            read(server, keeper)
        before = server.total
        again = read(server, keeper)
        assert server.total - before < before or after < 3
    assert again.content == whole.content
    assert keeper.kept == {}


def test_no_value_of_a_secret_is_in_the_snapshot() -> None:
    with serving() as server:
        snapshot = read(server)
        assert not [path for path in server.requests if "/data/" in path or "creds" in path]
    for ordinal in snapshot.ordinals(Kind.SECRET).tolist():
        assert set(snapshot.entity(ordinal).attributes) <= {
            "platform",
            "engine",
            "path",
            "metadata_path",
            "destroy_path",
        }


def test_policies_in_hcl_and_json_are_the_same() -> None:
    hcl = 'path "secret/data/+/x" { capabilities = ["read", "list"] }\n# a comment\npath "a/*" { policy = "write" }'
    json = '{"path": {"secret/data/+/x": {"capabilities": ["read", "list"]}, "a/*": {"policy": "write"}}}'
    assert rules_of(hcl) == rules_of(json)
    assert rules_of("") == []


@pytest.mark.parametrize(
    "text", ['path "a" { capabilities = ["fly"] }', 'path "a" {', "{broken", 'path "a" { capabilities = [var.x] }']
)
def test_a_policy_that_is_not_understood_is_said_to_be(text: str) -> None:
    with pytest.raises(Unreadable):
        rules_of(text)


def test_times_with_nanoseconds_and_none() -> None:
    assert moment("2026-11-25T19:04:47.848882222Z") == moment("2026-11-25T19:04:47.848882Z")
    assert moment("0001-01-01T00:00:00Z") is None
    assert moment(0) is None


def test_namespaces_without_end_end_in_a_gap() -> None:
    with serving(nested=True) as server:
        found = [gap for gap in read(server).records(Gap) if gap.facet == VaultFacet.NAMESPACES]
    assert [gap.cause for gap in found] == [Cause.TOO_LARGE]
    assert found[0].scope.key == "inner/" * MOST_DEPTH


@pytest.mark.parametrize("how", ["forbidden", "html", "truncated", "failing", "nulls"])
def test_a_list_of_namespaces_that_is_none_is_a_gap(how: str) -> None:
    with serving(nested=True, **{how: "sys/namespaces"}) as server:
        found = [gap for gap in read(server).records(Gap) if gap.facet == VaultFacet.NAMESPACES]
    assert len(found) == 1
    assert found[0].cause in {Cause.FORBIDDEN, Cause.UNEXPECTED, Cause.UNREACHABLE}


def test_a_server_that_knows_no_namespaces_has_none() -> None:
    """HashiCorp Vault without a licence answers 404 with an error."""
    with serving(missing="sys/namespaces") as server:
        assert gaps(read(server)) == set()
