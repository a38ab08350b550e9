"""Systems are read side by side, sources of one system one after the other, and the picture is the same in any order."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from pipewarden.audit import collect, requests_by_source
from pipewarden.connectors.base import Progress
from pipewarden.demo.company import company
from pipewarden.demo.company.served import SYSTEMS, connector, served
from pipewarden.errors import CredentialError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import Account, Origin
from pipewarden.model.ids import Kind, Ref

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEEN = Origin("GET /people", NOW)

Work = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Do nothing."""


class Source:
    """A source that does some work, then tells of one account."""

    def __init__(self, address: str, work: Work = nothing, name: str = "") -> None:
        self.address = address
        self.work = work
        self.name = name or address

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        progress("people", 0, 1)
        await self.work()
        into.add(Account(ref=Ref("shared.example", Kind.ACCOUNT, "1"), name=self.name, origin=SEEN))
        return {"requests": 3}


def test_two_systems_are_read_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> None:
        await asyncio.wait_for(both.wait(), timeout=300)

    told: list[str] = []
    snapshot = collect(
        [Source("okta:acme", meet), Source("gitlab:acme", meet)], progress=lambda what, *_: told.append(what)
    )
    assert sorted(told) == ["gitlab: people", "okta: people"]
    assert requests_by_source(snapshot.info.counters) == {"gitlab:acme": 3, "okta:acme": 3}
    assert snapshot.info.sources == ("okta:acme", "gitlab:acme")


def test_sources_of_one_system_are_read_one_after_the_other() -> None:
    order: list[str] = []

    def work(name: str) -> Work:
        async def read() -> None:
            order.append(f"{name} begins")
            await asyncio.sleep(0.01)
            order.append(f"{name} ends")

        return read

    collect([Source("github:acme", work("acme")), Source("github:other", work("other"))])
    assert order == ["acme begins", "acme ends", "other begins", "other ends"]


@pytest.mark.parametrize("slow", [0, 1])
def test_whichever_ends_first_the_later_source_has_the_last_word(slow: int) -> None:
    async def wait() -> None:
        await asyncio.sleep(0.02)

    works = [wait if number == slow else nothing for number in range(2)]
    snapshot = collect([Source("okta:acme", works[0], "first"), Source("entra:acme", works[1], "second")])
    assert snapshot.name_of(0) == "second"


def test_a_checkout_is_read_after_all_systems_and_sees_what_they_gave() -> None:
    class Checkout(Source):
        async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
            assert len(into) == 1
            return await super().collect(into, progress)

    snapshot = collect([Checkout("path:/web", name="checkout"), Source("github:acme"), Source("gitlab:acme")])
    assert snapshot.name_of(0) == "checkout"
    assert snapshot.info.sources == ("path:/web", "github:acme", "gitlab:acme")


def test_the_first_refusal_ends_all_and_is_told_as_it_is() -> None:
    ended: list[str] = []

    async def patient() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cleaned up")

    async def refused() -> None:
        await asyncio.sleep(0.01)
        raise CredentialError("okta:acme does not accept the token")

    with pytest.raises(CredentialError, match="does not accept"):
        collect([Source("gitlab:acme", patient), Source("okta:acme", refused)])
    assert ended == ["cleaned up"]


def test_the_order_of_the_systems_changes_nothing() -> None:
    small = company(30)
    with ExitStack() as servers:
        places = [servers.enter_context(served(system, small)).place for system in SYSTEMS]
        one, other = (
            collect([connector(place) for place in order], clock=lambda: small.now, as_of=small.now)
            for order in (places, places[::-1])
        )
    assert one.content == other.content


@pytest.mark.parametrize("before", [system for system in SYSTEMS if system != "github"])
def test_what_was_read_before_of_another_system_is_not_taken_for_the_code_hosts(before: str) -> None:
    """The same people have the same logins everywhere: a key's owner is who added it on GitHub, and nobody else."""
    small = company(30)
    with served(before, small) as first, served("github", small) as github:
        apart, together = SnapshotBuilder(), SnapshotBuilder()
        silent = lambda *_: None  # noqa: E731 - a name for doing nothing
        asyncio.run(connector(github.place).collect(apart, silent))
        asyncio.run(connector(first.place).collect(together, silent))
        asyncio.run(connector(github.place).collect(together, silent))
    own = {ref: entity for ref, entity in together._entities.items() if ref.instance == "github.com"}
    assert own == {ref: entity for ref, entity in apart._entities.items() if ref.instance == "github.com"}
