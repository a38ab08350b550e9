"""Collect GitHub alone: 5,000 people and 10,000 repositories from the loopback estate: seconds, memory, requests against the limits.

Run with `make bench-collect ONLY=github`. The server runs in a process of its own, so that the memory told is the collector's.
The app's limits stand beside: 15,000 REST requests and 10,000 GraphQL points an hour on Enterprise Cloud.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection

from benchmarks.access import machine
from pipewarden.connectors.github.auth import Installation, Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.hosts import addresses
from pipewarden.connectors.zizmor import Zizmor
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind

REST_LIMIT, POINT_LIMIT = 15_000, 10_000


def serve(pipe: Connection, people: int, teams: int, repositories: int) -> None:
    """Serve a generated estate until the pipe is closed on the other side."""
    from pipewarden.demo.estate import generated
    from pipewarden.demo.github import GitHubServer

    with GitHubServer(generated(people, teams, repositories)) as server:
        pipe.send((server.url, server.owner_token, server.private_key))
        with contextlib.suppress(EOFError):
            pipe.recv()


def main() -> int:
    """Run the collection; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--teams", type=int, default=500)
    parser.add_argument("--repositories", type=int, default=10_000)
    parser.add_argument("--budget", type=int, default=REST_LIMIT)
    parser.add_argument("--zizmor", action="store_true", help="ask zizmor about the workflows too")
    chosen = parser.parse_args()
    print(machine())
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=serve, args=(theirs, chosen.people, chosen.teams, chosen.repositories), daemon=True
    )
    process.start()
    theirs.close()
    url, token, pem = ours.recv()
    key = FixedSecret(pem)

    def make() -> GitHub:
        where = addresses("github.com", url)
        http = Http(where.rest)
        app = Installation(http, "900", key, organization="big")
        return GitHub(http, where, app=app, token=Token(FixedSecret(token)), budget=chosen.budget)

    builder = SnapshotBuilder()
    start = time.perf_counter()
    last = [0.0]

    def progress(what: str, done: int, of: int) -> None:
        if time.perf_counter() - last[0] > 15:
            last[0] = time.perf_counter()
            print(f"  {last[0] - start:5.0f} s  {what}: {done} of {of}", flush=True)

    zizmor = Zizmor.found() if chosen.zizmor else None
    spent = asyncio.run(GitHubConnector(make, "big", zizmor=zizmor).collect(builder, progress))
    from datetime import UTC, datetime

    now = datetime(2026, 11, 23, tzinfo=UTC)
    snapshot = builder.finish(SnapshotInfo(sources=("github:big",), started=now, ended=now))
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ours.close()
    process.join(timeout=10)
    gaps = list(snapshot.records(Gap))
    left = len({gap.scope for gap in gaps if gap.cause is Cause.BUDGET})
    print(
        f"{chosen.people:,} people, {chosen.repositories:,} repositories: {took:.0f} s (goal 600 s), "
        f"{peak:.0f} MB (goal 500 MB), {len(snapshot.grants):,} grants, {len(snapshot):,} entities"
    )
    print(
        f"REST requests {spent['rest_requests']:,} (an app's limit {REST_LIMIT:,}/h), GraphQL requests "
        f"{spent['graphql_requests']:,}, points {spent['graphql_points']:,} as the server counts them (limit {POINT_LIMIT:,}/h)"
    )
    print(f"repositories whose details were left for the next run by the budget: {left:,}")
    whole = len(snapshot.ordinals(Kind.REPOSITORY)) == chosen.repositories
    within = spent["rest_requests"] <= REST_LIMIT and spent["graphql_points"] <= POINT_LIMIT
    return 0 if whole and within and took <= 600 and peak <= 500 else 1


if __name__ == "__main__":
    sys.exit(main())
