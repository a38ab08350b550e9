"""The access engine at 100,000 accounts beside SQLite (indexed recursive query) and rustworkx, answers compared.

Run with `make bench-access`. Prints the machine, each question's median and 99th percentile of CPU time per engine, the ratio,
and whether the answers are equal. `--small` runs a hundredth of the size.
"""

import argparse
import os
import platform
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.population import Size, generate
from pipewarden.access.changes import diff
from pipewarden.access.engine import Engine
from pipewarden.model.access import Capability, Level
from pipewarden.model.columns import NEVER, GrantColumns
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot

WRITE, ADMIN = int(Level.WRITE), int(Level.ADMIN)


def machine() -> str:
    """Return what this ran on."""
    model = "unknown processor"
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{os.cpu_count()} × {model}, Python {platform.python_version()}, {platform.system()} {platform.release()}"


def timed(ask: Callable[[object], object], questions: Iterable[object]) -> tuple[float, float, list[object]]:
    """Return the median and 99th percentile in milliseconds of CPU, and the answers.

    Nothing here waits for a disk or a network, so CPU time is what an answer takes on a machine that does nothing else.
    """
    took, answers = [], []
    for question in questions:
        start = time.thread_time()
        answers.append(ask(question))
        took.append(time.thread_time() - start)
    ms = np.array(took) * 1000
    return float(np.percentile(ms, 50)), float(np.percentile(ms, 99)), answers


class Sqlite:
    """The same population in SQLite, asked by an indexed recursive query."""

    def __init__(self, snapshot: Snapshot, engine: Engine) -> None:
        self.db = sqlite3.connect(":memory:")
        self.db.executescript(
            "create table membership(member int, grp int); create table grants(principal int, resource int, level int);"
        )
        rows, grants = snapshot.memberships, snapshot.grants
        self.db.executemany(
            "insert into membership values(?,?)", zip(rows.member.tolist(), rows.group.tolist(), strict=True)
        )
        self.db.executemany(
            "insert into grants values(?,?,?)",
            zip(grants.principal.tolist(), grants.resource.tolist(), engine.graph.levels.tolist(), strict=True),
        )
        self.db.executescript(
            "create index m1 on membership(member, grp); create index m2 on membership(grp, member);"
            "create index g1 on grants(resource, level, principal); create index g2 on grants(principal, resource, level);"
            "analyze;"
        )
        self.parent = snapshot.parent
        self.accounts = int(snapshot.ordinals(Kind.ACCOUNT).max())

    def holders(self, repository: int, level: int) -> set[int]:
        """Return the accounts with at least a level on a repository."""
        found = self.db.execute(
            "with recursive holder(p) as (select principal from grants where resource in (?,?) and level >= ?"
            " union select member from membership join holder on grp = p) select p from holder where p <= ?",
            (repository, int(self.parent[repository]), level, self.accounts),
        )
        return {row[0] for row in found}

    def what(self, principal: int) -> dict[int, int]:
        """Return each resource with the highest level."""
        found = self.db.execute(
            "with recursive mine(p) as (select ? union select grp from membership join mine on member = p)"
            " select resource, max(level) from grants join mine on principal = p group by resource",
            (principal,),
        )
        return dict(found.fetchall())

    def why(self, pair: tuple[int, int]) -> int:
        """Return the number of grants by which a principal reaches a repository."""
        principal, repository = pair
        found = self.db.execute(
            "with recursive mine(p) as (select ? union select grp from membership join mine on member = p)"
            " select count(*) from grants join mine on principal = p where resource in (?,?) and level >= 1",
            (principal, repository, int(self.parent[repository])),
        )
        return int(found.fetchone()[0])


class Rustworkx:
    """The same population as a rustworkx graph, asked by ancestors and successors (levels filtered by hand)."""

    def __init__(self, snapshot: Snapshot, engine: Engine) -> None:
        import rustworkx

        self.rx = rustworkx
        self.graph = rustworkx.PyDiGraph(multigraph=True)
        self.graph.add_nodes_from(range(len(snapshot)))
        rows, grants = snapshot.memberships, snapshot.grants
        self.graph.add_edges_from([(m, g, 0) for m, g in zip(rows.member.tolist(), rows.group.tolist(), strict=True)])
        levels = engine.graph.levels.tolist()
        self.graph.add_edges_from(list(zip(grants.principal.tolist(), grants.resource.tolist(), levels, strict=True)))
        self.parent = snapshot.parent
        self.accounts = int(snapshot.ordinals(Kind.ACCOUNT).max())

    def holders(self, repository: int, level: int) -> set[int]:
        """Return the accounts with at least a level on a repository."""
        found: set[int] = set()
        for target in (repository, int(self.parent[repository])):
            for principal, _, held in self.graph.in_edges(target):
                if held >= level and principal not in found:
                    found.add(principal)
                    if principal > self.accounts:
                        found |= self.rx.ancestors(self.graph, principal)
        return {p for p in found if p <= self.accounts}


def changed(snapshot: Snapshot, share: float, seed: int) -> Snapshot:
    """Return the snapshot with direct grants on a share of the repositories raised to admin."""
    random = np.random.default_rng(seed)
    repositories = snapshot.ordinals(Kind.REPOSITORY)
    chosen = random.choice(repositories, max(1, int(len(repositories) * share)), replace=False)
    grants = snapshot.grants
    accounts = random.choice(snapshot.ordinals(Kind.ACCOUNT), len(chosen))
    role = grants.roles.index("admin")
    count = len(chosen)

    def longer(column: np.ndarray, value: object) -> np.ndarray:
        return np.concatenate((column, np.full(count, value, column.dtype)))

    origins = grants.origins
    columns = GrantColumns(
        principal=np.concatenate((grants.principal, accounts.astype(np.int32))),
        resource=np.concatenate((grants.resource, chosen.astype(np.int32))),
        roles=grants.roles,
        role=longer(grants.role, role),
        kind=longer(grants.kind, 0),
        conditions=grants.conditions,
        condition=longer(grants.condition, 0),
        since=longer(grants.since, NEVER),
        expires=longer(grants.expires, NEVER),
        last_used=longer(grants.last_used, NEVER),
        origins=replace(
            origins,
            endpoint=longer(origins.endpoint, 0),
            fetched=longer(origins.fetched, 0),
            certainty=longer(origins.certainty, 0),
        ),
    )
    return replace(snapshot, grants=columns, _objects={})


LOAD = """
import sys, time, resource
start = time.perf_counter()
from pathlib import Path
from pipewarden.store.parquet import read_snapshot
from pipewarden.access.engine import Engine
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
snapshot = read_snapshot(Path(sys.argv[1]))
engine = Engine(snapshot)
first = snapshot.ref(int(snapshot.ordinals(Kind.REPOSITORY)[0]))
holders = len(engine.who_can(Capability.PUSH, first).sure)
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{took:.2f} {peak:.0f} {holders}")
"""


def load(snapshot: Snapshot) -> tuple[float, float]:
    """Write the snapshot, load it in a new process, ask one question; return seconds and peak megabytes."""
    from pipewarden.store.parquet import write_snapshot

    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "snapshot"
        write_snapshot(snapshot, where, snapshot.content)
        size = sum(f.stat().st_size for f in where.rglob("*") if f.is_file()) / 1e6
        print(f"  stored snapshot: {size:.0f} MB")
        done = subprocess.run(  # our own interpreter and script
            [sys.executable, "-c", LOAD, str(where)], check=True, capture_output=True, text=True
        )
    seconds, peak, _ = done.stdout.split()
    return float(seconds), float(peak)


def line(name: str, ours: tuple[float, float], peers: dict[str, tuple[float, float, bool]], goal: str) -> None:
    """Print one question."""
    told = ", ".join(
        f"{peer} {p50:.3f}/{p99:.3f} ms (× {p50 / ours[0]:.0f}, answers {'equal' if same else 'DIFFER'})"
        for peer, (p50, p99, same) in peers.items()
    )
    print(f"  {name}: {ours[0]:.3f}/{ours[1]:.3f} ms p50/p99 (goal {goal}); {told}", flush=True)


def main() -> int:
    """Run all measurements; return 1 where an answer differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a hundredth of the size")
    parser.add_argument("--questions", type=int, default=2000)
    chosen = parser.parse_args()
    size = Size(1000, 100, 2000, 30_000, 5_000, 3_000, 5, 4) if chosen.small else Size()
    print(machine())
    start = time.perf_counter()
    snapshot = generate(size)
    print(
        f"generated in {time.perf_counter() - start:.1f} s: {size.accounts:,} accounts, {size.teams:,} teams nested up to "
        f"{size.depth} deep, {size.repositories:,} repositories, {len(snapshot.grants):,} grants, "
        f"{len(snapshot.memberships):,} memberships"
    )
    seconds, peak = load(snapshot)
    print(f"  load to first answer: {seconds:.2f} s (goal 5 s), peak memory {peak:.0f} MB (goal 700 MB)")
    engine = Engine(snapshot)
    lite, rust = Sqlite(snapshot, engine), Rustworkx(snapshot, engine)
    random = np.random.default_rng(11)
    repositories = random.choice(snapshot.ordinals(Kind.REPOSITORY), chosen.questions).tolist()
    accounts = random.choice(snapshot.ordinals(Kind.ACCOUNT), chosen.questions).tolist()
    few = max(20, chosen.questions // 20)
    same = True
    for word, capability, level in (("push", Capability.PUSH, WRITE), ("administer", Capability.ADMINISTER, ADMIN)):
        refs = [snapshot.ref(r) for r in repositories]
        ours = timed(lambda ref, c=capability: engine.who_can(c, ref).sure, refs)
        peers = {}
        for name, peer in (("SQLite", lite), ("rustworkx", rust)):
            theirs = timed(lambda r, p=peer, v=level: p.holders(r, v), repositories[:few])
            equal = all(set(a) == b for a, b in zip(ours[2], theirs[2], strict=False))
            same &= equal
            peers[name] = (*theirs[:2], equal)
        line(f"who-can {word}", ours[:2], peers, "p99 1 ms")
    pairs = list(zip(accounts, repositories, strict=True))
    named = [(snapshot.ref(a), snapshot.ref(r)) for a, r in pairs]
    ours = timed(lambda pair: engine.grants_between(*pair), named)
    theirs = timed(lite.why, pairs[:few])
    grants = [len({link.grant for path in paths for link in path.links if link.grant is not None}) for paths in ours[2]]
    equal = grants[:few] == theirs[2]
    same &= equal
    line("why, all paths of grants", ours[:2], {"SQLite": (*theirs[:2], equal)}, "p99 5 ms")
    full = timed(lambda pair: engine.why(*pair), named)
    print(f"  why, all capabilities with all paths: {full[0]:.3f}/{full[1]:.3f} ms p50/p99 (goal p99 5 ms)")
    ours = timed(lambda a: engine.what_can(snapshot.ref(a)), accounts)
    theirs = timed(lite.what, accounts[:few])
    equal = all(
        dict(zip(a.resources.tolist(), a.levels.tolist(), strict=True)) == b
        for a, b in zip(ours[2], theirs[2], strict=False)
    )
    same &= equal
    line("what-can", ours[:2], {"SQLite": (*theirs[:2], equal)}, "p99 5 ms")
    start = time.process_time()
    write, admin = engine.graph.count_holders(Level.WRITE), engine.graph.count_holders(Level.ADMIN)
    took = time.process_time() - start
    sample = repositories[:few]
    start = time.process_time()
    equal = all(len(lite.holders(r, WRITE)) == write[r] and len(lite.holders(r, ADMIN)) == admin[r] for r in sample)
    peer = (time.process_time() - start) / len(sample) * len(write)
    same &= equal
    print(
        f"  holders of write and admin counted on all {len(write):,} repositories: {took:.1f} s of CPU (goal 8 s); "
        f"SQLite about {peer:.0f} s by {len(sample)} repositories (× {peer / took:.0f}, answers {'equal' if equal else 'DIFFER'})"
    )
    later = Engine(changed(snapshot, 0.01, 5))
    start = time.process_time()
    part = diff(engine, later)
    took = time.process_time() - start
    print(
        f"  diff, a hundredth touched: {took:.1f} s of CPU (goal 10 s), {part.repositories:,} repositories, {len(part.access):,} changes"
    )
    start = time.process_time()
    whole = diff(engine, later, everything=True)
    took = time.process_time() - start
    equal = whole.access == part.access
    same &= equal
    print(
        f"  diff, all repositories: {took:.1f} s of CPU, {len(whole.access):,} changes ({'equal' if equal else 'DIFFER'})"
    )
    print(
        f"  peak memory of this run, peers included: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
