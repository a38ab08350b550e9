"""Each system's collection, really killed (SIGKILL) at several moments: the next run gives what an uninterrupted one gives."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from pipewarden.connectors.base import Keeper
from pipewarden.demo.clock import StoryClock
from pipewarden.demo.company import Company, company
from pipewarden.demo.company.served import SYSTEMS, Place, connector, served
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store

SCRIPT = """
import asyncio, os, signal, sys
import msgspec
from pipewarden.demo.clock import StoryClock
from pipewarden.demo.company.served import Place, connector
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.store import Store

class Deadly(StoryClock):
    left = int(sys.argv[3])
    def now(self):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().now()

place = msgspec.json.decode(sys.argv[1], type=Place)
with Store.open(sys.argv[2]) as store:
    reader = connector(place, keeper=store, clock=Deadly(place.now))
    asyncio.run(reader.collect(SnapshotBuilder(), lambda *_: None))
"""
"""Reads a system, and kills its own process when its clock is asked for the time once more than it may: no cleaning up."""


class Counting(StoryClock):
    """A clock that counts how often it is asked: at each request, and for each thing that was read."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment)
        self.asked = 0

    def now(self) -> float:
        self.asked += 1
        return super().now()


class Whole:
    """An uninterrupted run of a system, beside its server, which goes on serving."""

    def __init__(self, place: Place) -> None:
        self.place = place
        clock = Counting(place.now)
        self.snapshot, self.spent = collected(place, clock=clock)
        self.asked = clock.asked


def collected(
    place: Place, *, keeper: Keeper | None = None, clock: StoryClock | None = None
) -> tuple[Snapshot, dict[str, int]]:
    builder = SnapshotBuilder()
    reader = connector(place, keeper=keeper, clock=clock)
    spent = asyncio.run(reader.collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=(reader.address,), started=place.now, ended=place.now)), spent


@pytest.fixture(scope="module")
def small() -> Company:
    return company(24)


@pytest.fixture(scope="module", params=SYSTEMS)
def whole(request: pytest.FixtureRequest, small: Company) -> Iterator[Whole]:
    with served(request.param, small) as one:
        yield Whole(one.place)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_after_a_kill_the_next_run_gives_the_same_snapshot(whole: Whole, part: float, tmp_path: Path) -> None:
    kept, address = str(tmp_path / "state.db"), f"{whole.place.system}:big"
    words = [sys.executable, "-c", SCRIPT, msgspec.json.encode(whole.place).decode(), kept]
    killed = subprocess.run([*words, str(max(2, int(whole.asked * part)))], check=False)
    assert killed.returncode == -signal.SIGKILL
    with Store.open(kept) as store:
        done = len(store.checkpoints(address))
        assert done or part < 0.9
        resumed, spent = collected(whole.place, keeper=store)
        assert store.checkpoints(address) == {}
        assert store.ledger_problems() == []
    assert resumed.content == whole.snapshot.content
    assert spent["requests"] < whole.spent["requests"] or not done
