"""A run that is killed at any request goes on where it stopped, and ends with the same snapshot."""

import pytest

from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.variant import Variant
from pipewarden.errors import CredentialError
from pipewarden.model.snapshot import Snapshot
from tests.connectors.okta.reading import Still, collected, okta, read


class Kept:
    """Keeps checkpoints in memory."""

    def __init__(self) -> None:
        self.steps: dict[str, bytes] = {}

    def checkpoints(self, source: str) -> dict[str, bytes]:
        assert source == "okta:acme"
        return dict(self.steps)

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        assert source == "okta:acme"
        self.steps[key] = body

    def clear_checkpoints(self, source: str) -> None:
        assert source == "okta:acme"
        self.steps.clear()


def content(snapshot: Snapshot) -> tuple[object, ...]:
    bodies = [snapshot.entity(ordinal) for ordinal in range(len(snapshot.key))]
    grants = [snapshot.grant(row) for row in range(len(snapshot.grants.role))]
    members = [snapshot.membership(row) for row in range(len(snapshot.memberships.role))]
    return bodies, grants, members, list(snapshot.record_body)


@pytest.mark.parametrize("after", [1, 3, 5, 12, 20, 40, 60, 90])
def test_killed_and_resumed_it_is_the_same_snapshot(after: int) -> None:
    whole, spent = collected(clock=Still())
    keeper = Kept()
    with pytest.raises(CredentialError):
        collected(Variant(unauthorized_after=after), keeper=keeper, clock=Still())
    kept = len(keeper.steps)
    with OktaServer(okta(), clock=Still().now) as server:
        resumed, again = read(server, Still(), keeper=keeper)
    assert content(resumed) == content(whole)
    assert keeper.steps == {}
    assert again["requests"] < spent["requests"] or not kept
