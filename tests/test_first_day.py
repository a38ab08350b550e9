"""The first day with a thousand workflows: a page of what matters, then a baseline that leaves only what is new."""

import json
import re

import pytest
from click.testing import CliRunner

from pipewarden.audit import audit, collect
from pipewarden.cli.main import main
from pipewarden.connectors.plain_secrets import key_without_store
from pipewarden.reports import write
from pipewarden.reports.baseline import against
from pipewarden.settings import checkouts

MANY, LINES = 1_000, 62

HEAD = "name: w{n}\non:\n  {on}:\n{permissions}jobs:\n  build:\n    runs-on: {runner}\n{block}    steps:\n"
CHECKOUT = "      - uses: actions/checkout@{pin}\n"
PIN = "11bd71901bbe5b1630ceea73d27597364c9af683"
STEPS = (
    "      - run: make\n",
    "      - run: make deploy\n        env:\n          TOKEN: ${{ secrets.DEPLOY_TOKEN }}\n",
    "      - run: echo ${{ github.event.inputs.version }}\n",
    "      - uses: acme-partner/release@v3\n        with:\n          token: ${{ secrets.RELEASE_TOKEN }}\n",
    "      - run: docker push ghcr.io/acme/app\n        env:\n          PASSWORD: ${{ secrets.REGISTRY }}\n",
    "      - run: curl -s https://get.example.com/install.sh | sh\n",
)
DANGER = HEAD.format(n="evil", on="pull_request_target", permissions="", runner="ubuntu-24.04", block="") + (
    "      - uses: actions/checkout@"
    + PIN
    + "\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n"
    "      - run: make\n        env:\n          TOKEN: ${{ secrets.DEPLOY_TOKEN }}\n"
)


def workflow(number):
    """Return one of many workflows, as different from one another as those of an organization are."""
    on = ("push", "pull_request", "workflow_dispatch", "schedule:\n    - cron: '3 4 * * *'\n  push", "issue_comment")
    permissions = ("", "permissions: write-all\n", "permissions: {}\n", "permissions:\n  contents: write\n")
    runner = "[self-hosted, linux]" if number % 13 == 0 else "ubuntu-24.04"
    block = ("", "    permissions:\n      id-token: write\n", "    environment: production\n")[number % 3]
    head = HEAD.format(n=number, on=on[number % 5], permissions=permissions[number % 4], runner=runner, block=block)
    return head + CHECKOUT.format(pin=PIN if number % 2 else "v4") + STEPS[number % 6] + STEPS[number // 6 % 6]


def place(folder, number):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:04d}.yml").write_text(workflow(number), encoding="utf-8")


@pytest.fixture(scope="module", params=["one repository", "forty repositories"])
def layout(request, tmp_path_factory):
    root = tmp_path_factory.mktemp("work")
    for number in range(MANY):
        inside = root if request.param == "one repository" else root / f"app-{number % 40:02d}"
        place(inside / ".github" / "workflows", number)
    return root


def read(folder):
    return audit(collect(checkouts(folder, cache=False)), None)


@pytest.fixture(scope="module")
def first(layout):
    return read(layout)


def ask(folder, *words):
    key_without_store.cache_clear()  # each run is another process
    done = CliRunner(env={"COLUMNS": "80"}).invoke(
        main, ["--quiet", "audit", str(folder), "--no-zizmor", "--no-cache", "--fail-on", "never", *words]
    )
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_a_thousand_workflows_are_a_page(first, width):
    text = write(first, "table", width=width)
    lines = text.splitlines()
    assert len(lines) <= LINES
    assert re.search(r"Read .*1,000 workflows", " ".join(lines[:4]))
    assert text.index("Fix next") < text.index("what reaches most") < text.index("All by severity")
    steps = [line for line in lines if re.match(r"  \d\. ", line)]
    assert len(steps) == len(set(steps)) == 5
    assert re.search(r"\d+ workflows of ", steps[1])


def test_a_step_over_many_repositories_is_one(first):
    assert len({fix.step.partition(": ")[2] for fix in first.fix_next}) == len(first.fix_next)


def test_the_second_run_says_nothing_new_and_the_third_just_what_was_added(layout, first, tmp_path):
    baseline = tmp_path / "baseline.json"
    baseline.write_text(write(first, "json"), encoding="utf-8")
    again = write(against(first, baseline), "table", width=80)
    assert "Nothing new" in again
    assert f"{len(first.findings):,} findings held by the baseline." in again
    assert len(again.splitlines()) < LINES / 2
    folder = next(layout.rglob("0007.yml")).parent
    (folder / "evil.yml").write_text(DANGER, encoding="utf-8")
    try:
        report = against(read(layout), baseline)
    finally:
        (folder / "evil.yml").unlink()
    news = write(report, "table", width=80)
    assert "evil.yml" in news
    assert re.search(r"^\d new findings: 1 critical", news, re.MULTILINE)
    for form in ("table", "markdown"):
        text = write(report, form)
        assert len(text.splitlines()) < LINES
        assert not re.search(r"\b\d{4}\.yml", text.partition("Not assessed")[0])
    assert len(json.loads(write(report, "json"))["findings"]) == len(report.findings)


def test_a_secret_in_plain_text_is_known_again_by_its_place_where_no_key_is_kept(tmp_path):
    text = workflow(0) + "        env:\n          DB_PASSWORD: " + "kR9" + "vQ2xTz7pLm4w\n"
    here = tmp_path / "web" / ".github" / "workflows"
    here.mkdir(parents=True)
    (here / "ci.yml").write_text(text, encoding="utf-8")
    assert "ci.yml as DB_PASSWORD" in ask(tmp_path / "web")
    ask(tmp_path / "web", "--format", "json", "-o", str(tmp_path / "base.json"))
    assert "Nothing new" in ask(tmp_path / "web", "--baseline", str(tmp_path / "base.json"))
    (here / "other.yml").write_text(text.replace("kR9", "Zp4"), encoding="utf-8")
    again = ask(tmp_path / "web", "--baseline", str(tmp_path / "base.json"))
    assert "other.yml as DB_PASSWORD" in again
    assert "ci.yml as DB_PASSWORD" not in again
