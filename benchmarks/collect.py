"""Collect and judge a company of 20,000 people over six systems: requests, seconds, memory, findings, for each system.

Run with `make bench-collect`; `make bench-collect PEOPLE=2000` takes a smaller one. Each system is served on loopback by a
process of its own, and read by the real connector with a real store that keeps what each step gave; at the end some
questions are asked of it. The memory told
is that of the process that collects and judges. Loopback has no limits by itself: what the vendors allow in a minute is
told beside, with the time that the same requests take under it.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from benchmarks.access import machine
from benchmarks.questions import ask
from pipewarden.audit import judged
from pipewarden.checks.base import SYSTEM_OF, Verdicts
from pipewarden.demo.company import company
from pipewarden.demo.company.served import SYSTEMS, Place, connector, served
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store

GOALS = {"minutes": 15.0, "megabytes": 2_000.0}

GITHUB_BUDGET = 15_000
"""REST requests an hour of an app on Enterprise Cloud.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

FACTORS = 2_000
"""People whose second factors one run reads from Okta, administrators first: the default of the setting `factors`."""

PER_MINUTE = {
    "github": (900, "GitHub.com"),
    "gitlab": (2_000, "GitLab.com"),
    "okta": (600, "a usual Okta organization"),
}
"""Requests that a vendor allows in a minute; the others state none that such a reading comes near.

GitHub's and Okta's are for one endpoint; taken for all together they are the strictest reading.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
https://docs.gitlab.com/user/gitlab_com/rate_limits/
https://developer.okta.com/docs/reference/rl-global-mgmt/
"""


class Spent(NamedTuple):
    """What the reading of one system took."""

    requests: int
    seconds: float
    cpu: float
    facts: int
    waited: int


class Running:
    """A clock that begins on the company's day and goes on as the real one does."""

    def __init__(self, now: datetime) -> None:
        self._begun = time.monotonic()
        self._now = now.timestamp()

    def now(self) -> float:
        """Return seconds since 1970 (UTC)."""
        return self._now + time.monotonic() - self._begun

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def serve(pipe: Connection, system: str, people: int, seed: int) -> None:
    """Serve one system until the pipe is closed on the other side."""
    whole = company(people, seed)
    with served(system, whole, Running(whole.now).now) as one:
        pipe.send(one.place)
        with contextlib.suppress(EOFError):
            pipe.recv()


@contextlib.contextmanager
def servers(people: int, seed: int) -> Iterator[list[Place]]:
    """Serve all systems, each in a process of its own, while the `with` block lasts."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for system in SYSTEMS:
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, system, people, seed), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    try:
        yield [pipe.recv() for pipe in pipes]
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(timeout=20)


def read(place: Place, builder: SnapshotBuilder, store: Store) -> Spent:
    """Read one system through its connector."""
    begun, used, before = time.perf_counter(), time.process_time(), len(builder)
    last = [begun]

    def progress(what: str, done: int, of: int) -> None:
        if time.perf_counter() - last[0] > 30:
            last[0] = time.perf_counter()
            print(f"  {last[0] - begun:5.0f} s  {place.system}, {what}: {done} of {of or '?'}", flush=True)

    reader = connector(
        place,
        keeper=store,
        clock=Running(place.now),
        budget=GITHUB_BUDGET if place.system == "github" else 0,
        factors=FACTORS,
    )
    told = asyncio.run(reader.collect(builder, progress))
    return Spent(
        told["requests"],
        time.perf_counter() - begun,
        time.process_time() - used,
        len(builder) - before,
        told["waited_seconds"],
    )


def peak() -> float:
    """Return the most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Lap(NamedTuple):
    """How far the run is: time, CPU time, and the most memory until then."""

    wall: float
    cpu: float
    megabytes: float


def lap() -> Lap:
    """Return how far the run is."""
    return Lap(time.perf_counter(), time.process_time(), peak())


def main() -> int:
    """Run; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    print(machine())
    load = f"{os.getloadavg()[0]:.1f}"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, servers(chosen.people, chosen.seed) as places:
        now = places[0].now
        with Store.open(str(Path(folder) / "state.db"), clock=lambda: now) as store:
            laps = [lap()]
            builder = SnapshotBuilder()
            spent = {place.system: read(place, builder, store) for place in places}
            laps.append(lap())
            info = SnapshotInfo(sources=tuple(f"{system}:big" for system in SYSTEMS), started=now, ended=now)
            snapshot = builder.finish(info)
            del builder
            store.save_snapshot(snapshot)
            laps.append(lap())
            verdicts = judged(snapshot)
            laps.append(lap())
            before = peak()  # questions are processes of their own
            print("questions:")
            ask(store.load_snapshot)
    size = f"{chosen.people:,} people, {len(snapshot):,} entities, {len(snapshot.grants):,} grants, "
    print(f"{size}{len(snapshot.memberships):,} memberships, {len(snapshot.record_type):,} other facts")
    table(spent, verdicts)
    limits(spent)
    left_out(snapshot)
    for what, one, other in zip(("collected", "snapshot made and kept", "judged"), laps, laps[1:], strict=False):
        wall, cpu = other.wall - one.wall, other.cpu - one.cpu
        print(f"{what}: {wall:.0f} s, of which {cpu:.0f} s CPU; peak {other.megabytes:.0f} MB")
    minutes, cpu = (laps[-1].wall - laps[0].wall) / 60, (laps[-1].cpu - laps[0].cpu) / 60
    print(
        f"in all {minutes:.1f} min (goal {GOALS['minutes']:.0f}), of which {cpu:.1f} min CPU; peak {before:.0f} MB (goal "
        f"{GOALS['megabytes']:,.0f}); load of the machine {load} at the start, {os.getloadavg()[0]:.1f} at the end"
    )
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"the servers took {(theirs.ru_utime + theirs.ru_stime) / 60:.1f} min CPU beside, to be made and to answer")
    missed = []
    if minutes > GOALS["minutes"]:
        missed.append(f"{GOALS['minutes']:.0f} minutes")
    if before > GOALS["megabytes"]:
        missed.append(f"{GOALS['megabytes']:.0f} MB")
    if broken := sorted({each.check for each in verdicts.not_assessed if each.cause is None}):
        missed.append(f"no check of our own breaks ({', '.join(broken)})")
    print(f"missed: {', '.join(missed)}" if missed else "the goals are met")
    return 1 if missed else 0


def table(spent: dict[str, Spent], verdicts: Verdicts) -> None:
    """Print what each system took and gave."""
    found = Counter(
        str(SYSTEM_OF.get(each.check.partition(".")[0], "")) or "all together" for each in verdicts.findings
    )
    print(f"{'':14}{'requests':>10}{'seconds':>9}{'CPU s':>8}{'facts':>10}{'findings':>10}{'requests per finding':>22}")
    for system, one in spent.items():
        here = found.get(system, 0)
        each = f"{one.requests / here:.2f}" if here else "no finding"
        print(f"{system:14}{one.requests:10,}{one.seconds:9.0f}{one.cpu:8.0f}{one.facts:10,}{here:10,}{each:>22}")
    across = found.total() - sum(found.get(system, 0) for system in spent)
    print(f"{'across systems':14}{'':37}{across:10,}")
    requests = sum(one.requests for one in spent.values())
    whole, cpu = sum(one.seconds for one in spent.values()), sum(one.cpu for one in spent.values())
    facts, findings = sum(one.facts for one in spent.values()), found.total()
    per = f"{requests / max(findings, 1):.2f}"
    print(f"{'in all':14}{requests:10,}{whole:9.0f}{cpu:8.0f}{facts:10,}{findings:10,}{per:>22}")


def limits(spent: dict[str, Spent]) -> None:
    """Print how long the same requests take where a vendor's limit is in force, by its strictest reading."""
    for system, (rate, where) in PER_MINUTE.items():
        one = spent[system]
        print(f"{system}: {rate:,} requests a minute on {where}, so {one.requests / rate:.0f} min there")


def left_out(snapshot: Snapshot) -> None:
    """Print what the budgets left for the next run."""
    scopes = {gap.scope for gap in snapshot.records(Gap) if gap.cause is Cause.BUDGET}
    repositories = sum(scope.kind is Kind.REPOSITORY for scope in scopes)
    people = sum(scope.kind is Kind.ACCOUNT for scope in scopes)
    every = sum(snapshot.ref(each).instance == "github.com" for each in snapshot.ordinals(Kind.REPOSITORY).tolist())
    if repositories:
        print(
            f"left for the next run by GitHub's budget of {GITHUB_BUDGET:,} requests: details of {repositories:,} of {every:,} "
            "repositories; those that guard most were read"
        )
    if people:
        print(
            f"left by Okta's budget of {FACTORS:,} people, each a request: the factors of {people:,} people; those who "
            "administer were read. Each of them is told as not known, and no check passes over it"
        )


if __name__ == "__main__":
    sys.exit(main())
