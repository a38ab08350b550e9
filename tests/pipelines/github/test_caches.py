"""Caches that outsiders' commands fill take over the jobs that restore them."""

import pytest

from pipewarden.model.jobs import POISONED, Circle
from tests.pipelines.github.shelves import jobs

CACHE = "{uses: actions/cache@v4, with: {path: x, key: %s}}"
NODE = "{uses: actions/setup-node@v4, with: {cache: npm}}"
GO = "{uses: actions/setup-go@v5}"
TAKES = "{uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}"


def filler(*steps: str, on: str = "pull_request_target") -> str:
    return f"on: {on}\npermissions: {{}}\njobs: {{f: {{runs-on: ubuntu-latest, steps: [{', '.join(steps)}]}}}}\n"


def release(step: str) -> str:
    used = f"[{step}, {{run: npm publish, env: {{T: '${{{{ secrets.NPM_TOKEN }}}}'}}}}]"
    return (
        f"on: {{push: {{tags: ['v*']}}}}\npermissions: {{}}\njobs: {{r: {{runs-on: ubuntu-latest, steps: {used}}}}}\n"
    )


def poisons(fill: str, restore: str) -> list[tuple[bool, int]]:
    job = jobs(pr=fill, rel=release(restore))["rel.yml#r"]
    return [(taken.certain, taken.spot.line) for taken in job.takeovers if taken.kind == POISONED]


@pytest.mark.parametrize("kept", [CACHE % "build-1", NODE, GO])
def test_a_cache_that_outsiders_commands_fill_takes_a_release_over(kept: str) -> None:
    assert poisons(filler(TAKES, kept, "{run: npm ci}"), kept) == [(True, 3)]


@pytest.mark.parametrize(
    ("fill", "restore"),
    [
        (filler(CACHE % "build-1", "{run: npm ci}"), CACHE % "build-1"),
        (filler(TAKES, CACHE % "build-1", "{run: npm ci}", on="pull_request"), CACHE % "build-1"),
        (filler(TAKES, CACHE % "build-1", "{run: npm ci}"), CACHE % "other-1"),
        (filler(TAKES, CACHE % "'${{ runner.os }}-x'", "{run: npm ci}"), NODE),
        (filler(TAKES, CACHE % "'${{ runner.os }}-x'", "{run: npm ci}"), CACHE % "build-1"),
        (filler(TAKES, NODE, "{run: npm ci}"), "{uses: actions/setup-node@v4}"),
        (filler(TAKES, GO, "{run: npm ci}"), "{uses: actions/setup-go@v5, with: {cache: false}}"),
    ],
)
def test_what_nobody_outside_fills_takes_nothing_over(fill: str, restore: str) -> None:
    assert poisons(fill, restore) == []


def test_an_open_checkout_may_fill_it() -> None:
    ref = "{uses: actions/checkout@v4, with: {ref: '${{ steps.x.outputs.ref }}'}}"
    fill = filler("{id: x, uses: some/action@v1}", ref, CACHE % "build-1", "{run: npm ci}")
    fill = fill.replace("permissions: {}", "permissions: {contents: write}")
    assert poisons(fill, CACHE % "build-1") == [(False, 3)]


def test_who_starts_the_job_is_told_as_before() -> None:
    job = jobs(pr=filler(TAKES, NODE, "{run: npm ci}"), rel=release(NODE))["rel.yml#r"]
    assert {start.by for start in job.starts} <= {Circle.DEVELOPER, Circle.BOT}
