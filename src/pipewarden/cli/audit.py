"""`pipewarden audit`: collect, judge, report; the exit code says what was found."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from pipewarden.cli.context import Options
from pipewarden.cli.progress import at_work, progress
from pipewarden.cli.reading import (
    Reading,
    checkouts_of,
    collected,
    is_path,
    refuse_names,
    refuse_settings,
    settings_for,
)
from pipewarden.cli.screen import height, width_of
from pipewarden.cli.show import HOW_TO_READ, NOTHING_READ, note
from pipewarden.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipewarden.checks.base import Check
    from pipewarden.model.findings import Report
    from pipewarden.model.limits import Limits
    from pipewarden.model.snapshot import Snapshot
    from pipewarden.settings.checks import CheckSettings


class Judging(TypedDict):
    """How an audit judges: which checks, by which limits, and which are switched off."""

    checks: "Sequence[Check]"
    limits: "Limits"
    switched_off: Sequence[str]


FORMATS = ("table", "html", "json", "sarif", "csv", "markdown", "junit", "opengraph")
SEVERITIES = ("info", "low", "medium", "high", "critical", "never")


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE|PATH]...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to report.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the report to a file instead of stdout.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="high",
    show_default=True,
    help="Exit with 1 where an open finding is at least this severe.",
)
@click.option(
    "--strict",
    is_flag=True,
    help=(
        "Exit with 3 where something could not be assessed, a PATH holds no pipeline file, or what is audited says itself "
        "how it is judged."
    ),
)
@click.option(
    "--baseline", type=click.Path(path_type=Path), help="A JSON report: only findings it does not hold count as new."
)
@click.option("--check", "only", multiple=True, help="Only checks whose id begins so; may be given several times.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Show every finding on its own line instead of folding like ones and counting the rest.",
)
@click.option("--no-store", is_flag=True, help="Keep nothing: every finding is new.")
@click.option("--no-cache", is_flag=True, help="Read every file of a PATH anew, also those that have not changed.")
@click.option("--no-zizmor", is_flag=True, help="Do not ask zizmor about workflows.")
@click.option(
    "--repository", metavar="OWNER/NAME", help="Whose checkout the PATH is, where its remote `origin` does not tell it."
)
@click.option(
    "--settings-from",
    metavar="REV",
    help="Judge by pipewarden.yaml as another commit of the checkout has it, such as origin/main; `none`: by default.",
)
@click.option("--configured", is_flag=True, help="Beside a PATH, read all configured sources too.")
@click.pass_obj
def audit(
    options: Options,
    sources: tuple[str, ...],
    *,
    form: str,
    output: Path | None,
    fail_on: str,
    strict: bool,
    baseline: Path | None,
    only: tuple[str, ...],
    everything: bool,
    no_store: bool,
    no_cache: bool,
    no_zizmor: bool,
    repository: str | None,
    settings_from: str | None,
    configured: bool,
) -> int:
    """Collect sources, judge what was seen, and report what is wrong, ranked by what it reaches.

    A SOURCE is github:ORGANIZATION, gitlab:GROUP, or okta:, entra:, jenkins:, vault: or roster: with the name of one that is
    configured; a PATH is a checkout, or a folder of checkouts, whose pipeline files are read without any token. Without
    either, all configured sources are audited into one report. Beside its organization, a checkout takes the place of the
    files that were fetched of its repository. A long report is told on a page: what reaches most, and the rest as counts.

    Where a CI system says that the run is about a change, pipewarden.yaml of the branch that it wants to go into says how the
    checks judge, never that of the change.

    \b
    Examples:
      pipewarden --demo audit
      pipewarden --demo audit okta:acme
      pipewarden audit github:acme --format html -o report.html
      pipewarden audit . --format sarif
      pipewarden audit . github:acme
      pipewarden audit ~/clones --format json -o baseline.json
      pipewarden audit ~/clones --baseline baseline.json
      pipewarden --demo audit --check gh.dkey --fail-on critical
    """
    _refuse_early(output, baseline)
    reading = Reading(
        keep=not no_store,
        cache=not no_cache,
        zizmor=not no_zizmor,
        repository=repository or "",
        configured=configured,
        settings_from=settings_from,
    )
    paths = [source for source in sources if is_path(source)] if not options.demo else []
    settings = settings_for(options, paths, reading.settings_from)
    snapshot, report = _audited(options, sources, only, reading, settings.checks)
    report = _marked(options, report)
    if baseline is not None:
        from pipewarden.reports.baseline import against

        keyed = _keyed(options)
        report = against(report, baseline, keyed=keyed, tell=lambda text: note(options, text))
        _tell_unkeyed(options, report, keyed=keyed)
    from pipewarden.reports.words import lists_alone

    _tell_spent(options, report)
    _write(options, form, output, everything, report, snapshot)
    code = _code(report, fail_on, strict=strict)
    if lists_alone(report):
        note(options, f"{NOTHING_READ}; {HOW_TO_READ}")
        code = code or (ExitCode.INCOMPLETE if strict else ExitCode.CLEAN)
    if _tell_empty(options, report, paths) and strict:
        code = code or ExitCode.INCOMPLETE
    if strict and settings.own:
        note(
            options,
            f"{settings.own} comes with what is audited, and says how it is judged: `--strict` takes that for incomplete;"
            f" `--config {settings.own}` or `--settings-from origin/main` says whose settings hold",
        )
        return code or ExitCode.INCOMPLETE
    return code


def _marked(options: Options, report: "Report") -> "Report":
    """Return the report with the mark of the key of its secrets in plain text; the key is asked for only where it has some."""
    from msgspec.structs import replace

    from pipewarden.model.ids import Kind
    from pipewarden.pipelines.plain.found import mark_of
    from pipewarden.settings import fingerprint_key

    if options.demo or not any(each.finding.subject.kind is Kind.PLAIN_SECRET for each in report.findings):
        return report
    return replace(report, secrets_key=mark_of(fingerprint_key(options.config, options.store)()))


def _keyed(options: Options) -> bool:
    """Tell whether a secret in plain text has the same fingerprint in every run."""
    from pipewarden.settings import fingerprints_hold

    return options.demo or fingerprints_hold(options.config, options.store)


def _tell_unkeyed(options: Options, report: "Report", *, keyed: bool) -> None:
    """Say how secrets in plain text were compared: without a key their fingerprints hold for one run."""
    from pipewarden.model.ids import Kind

    if not keyed and any(each.finding.subject.kind is Kind.PLAIN_SECRET for each in report.findings):
        note(
            options,
            "secrets in plain text were compared with the baseline by their places: to compare their values, set"
            " PIPEWARDEN_FINGERPRINT_KEY to the same random text in both runs",
        )


def _tell_spent(options: Options, report: "Report") -> None:
    """Say what the reading cost: requests by system. A run over files alone sent none."""
    from pipewarden.audit import requests_by_source

    spent = requests_by_source(report.requests)
    if spent:
        note(options, f"requests spent: {', '.join(f'{source} {count:,}' for source, count in spent.items())}")


def _tell_empty(options: Options, report: "Report", paths: Sequence[str]) -> bool:
    """Tell whether some paths hold no pipeline file, and say which root to name where one lies within a checkout."""
    from pipewarden.reports.words import holds_no_pipelines

    if not paths or not holds_no_pipelines(report):
        return False
    from pipewarden.cli.nothing_read import tell_root

    for path in paths:
        tell_root(options, Path(path), "audit")
    return True


def _refuse_early(output: Path | None, baseline: Path | None) -> None:
    """Refuse what would be refused at the end, before minutes are spent on collecting. Raises UsageError."""
    if output is not None and output.is_dir():
        raise UsageError(f"{output} is a folder", hint=f"Name a file in it, such as {output / 'report.html'}.")
    if output is not None and not output.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {output.parent} for the report", hint="Make it, or name another file.")
    if baseline is not None:
        from pipewarden.reports.baseline import fingerprints

        fingerprints(baseline)


def _audited(
    options: Options, sources: tuple[str, ...], only: tuple[str, ...], reading: Reading, settings: "CheckSettings"
) -> "tuple[Snapshot, Report]":
    from pipewarden.audit import audit as judge_and_keep
    from pipewarden.audit import collect
    from pipewarden.settings import load

    paths = [source for source in sources if is_path(source)] if not options.demo else []
    named = [source for source in sources if source not in paths]
    alone = bool(paths) and not named and not reading.configured
    refuse_names(paths, alone, reading)
    checks, off = _checks(only, settings, files=alone)
    judging: Judging = {"checks": checks, "limits": settings.limits, "switched_off": off}
    if options.demo:
        from pipewarden.demo.stage import demo_sources, demo_store

        if sources:
            snapshot = demo_sources(sources, lambda text: note(options, text))
            return snapshot, judge_and_keep(snapshot, None, **judging, at=snapshot.as_of)
        with demo_store(lambda text: note(options, text), lambda text: at_work(options, text)) as store:
            snapshot = store.load_snapshot("latest")
            return snapshot, judge_and_keep(snapshot, store, **judging, at=snapshot.as_of)
    if alone:
        refuse_settings(options, paths, load(options.config), alone=True)
        read = checkouts_of(options, paths, reading, [])
        snapshot = collect(read, progress=progress(options))
        return snapshot, judge_and_keep(snapshot, None, **judging)
    from pipewarden.settings import connectors, open_store

    config = load(options.config)
    refuse_settings(options, paths, config)
    built = connectors(named, config, None, zizmor=reading.zizmor)  # refuses at once where there is no credential
    if not reading.keep:
        snapshot = collected(options, paths, reading, built, progress(options))
        return snapshot, judge_and_keep(snapshot, None, **judging)
    with open_store(options.config, options.store, create=True) as store:
        built = connectors(named, config, store, zizmor=reading.zizmor)
        snapshot = collected(options, paths, reading, built, progress(options))
        report = judge_and_keep(snapshot, store, **judging)
        store.prune(config.keep_snapshots)
        return snapshot, report


def _checks(only: tuple[str, ...], settings: "CheckSettings", *, files: bool) -> "tuple[list[Check], list[str]]":
    """Return the checks to ask, and of those that were wanted the ids that the configuration switches off.

    Where only `files` are audited, checks that need settings have nothing to be unsure about, and are left out.
    """
    from pipewarden import checks
    from pipewarden.settings.checks import applied

    # settings may name any check, and those that name none are refused
    every = checks.of_files() if files and not settings.names_checks else checks.ALL
    on, off = applied(settings, every)
    if only and not any(check.id.startswith(only) for check in checks.ALL):
        from pipewarden.cli.checks import near

        raise UsageError(f"no check begins with {', '.join(only)}", hint=f"{near(only[0])}.")
    wanted = {
        check.id for check in every if (not only or check.id.startswith(only)) and (not files or check.reads_files)
    }
    chosen = [check for check in on if check.id in wanted]
    silent = [name for name in off if name in wanted]
    if not chosen and silent:
        raise UsageError(
            f"the configuration switches off {', '.join(silent)}", hint="Take it from checks.disable to ask it."
        )
    if not chosen and files:
        raise UsageError("none of these checks reads files", hint="`pipewarden audit github:ORG` asks them all.")
    return chosen, silent


def _write(
    options: Options, form: str, output: Path | None, everything: bool, report: "Report", snapshot: "Snapshot"
) -> None:
    from pipewarden.reports import write
    from pipewarden.reports.json_ import packed

    colored = options.color if options.color is not None else sys.stdout.isatty() and output is None
    width = width_of(sys.stdout, 100)
    text: str | bytes
    if form == "opengraph":
        from pipewarden.reports.opengraph import write as write_graph

        text = write_graph(snapshot)
    elif form == "json":
        text = packed(report)
    else:
        text = write(report, form, width=width, color=bool(colored), everything=everything)
    if output is None:
        if isinstance(text, bytes):
            click.echo(text, nl=False)
            click.echo()
            return
        click.echo(text, nl=not text.endswith("\n"), color=colored or None)
        lines = text.count("\n")
        if form == "table" and report.fix_next and lines > height() and sys.stdout.isatty():
            note(
                options,
                f"what to fix next stands at the beginning, {lines} lines up; `--format html -o report.html` makes a page",
            )
        return
    from pipewarden.disk import write_whole

    write_whole(output, text + b"\n" if isinstance(text, bytes) else text, f"the report {output}")
    note(options, f"the report is in {output}")


def _code(report: "Report", fail_on: str, *, strict: bool) -> int:
    from pipewarden.model.findings import Life, Severity

    if fail_on != "never":
        threshold = Severity[fail_on.upper()]
        live = [each for each in report.findings if each.life in {Life.NEW, Life.OPEN}]
        if any(each.finding.severity >= threshold for each in live):
            return ExitCode.FINDINGS
    if strict and (report.gaps or report.not_assessed or not report.complete):
        return ExitCode.INCOMPLETE
    return ExitCode.CLEAN
