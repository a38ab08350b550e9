"""`pipewarden init` and `pipewarden doctor`: from nothing to a first real audit, and what is missing for it."""

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipewarden.cli.context import Options
from pipewarden.cli.screen import lines, width_of
from pipewarden.cli.show import note
from pipewarden.errors import ExitCode, NoStore, PipewardenError, UsageError

if TYPE_CHECKING:
    from pipewarden.settings.config import SourceConfig

MOST_COLUMNS = 6
"""Columns of a list that nobody reads and that are named."""
BESIDE = "     "
"""What stands before a line of `doctor` that goes on; the first holds the mark."""

TEMPLATE = """\
# Pipewarden's configuration. Every setting is described in docs/settings.md; all are optional.

# Where state is kept: a file (SQLite), or a postgresql:// URL where a server is shared.
# store: {store}

# How many snapshots of each set of sources are kept.
keep_snapshots: 60

# The systems to audit. Several organizations make one report.
sources:
  - github: {organization}
    # Your host: github.com, NAME.ghe.com, or a GitHub Enterprise Server.
    host: {host}
    # Where the token is read from, each time it is needed: env, file, keyring (SERVICE/USER) or command.
    # Read permissions suffice; `pipewarden doctor` says which are missing for which checks. The least right is a GitHub
    # App's (below) or a fine-grained token's; docs/github.md lists every permission.
    token: {{ {how}: "{where}" }}
    # A GitHub App reads fine-grained tokens, which no personal token may, and has higher limits:
    # app:
    #   id: 12345
    #   private_key: {{ file: /etc/pipewarden/app.pem }}
    # The enterprise's slug, where its settings may be read too:
    # enterprise: my-enterprise
    # How many requests one run may spend; what is left over is read first next time.
    # budget: 10000
"""


@click.command()
@click.option("--organization", help="The organization to audit; asked for where it is left out.")
@click.option("--host", default="github.com", show_default=True, help="github.com, NAME.ghe.com or a GHES host.")
@click.option(
    "--token-env", default="GITHUB_TOKEN", show_default=True, help="The environment variable that holds a token."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("pipewarden.yaml"),
    show_default=True,
    help="Where to write it.",
)
@click.option("--no-test", is_flag=True, help="Write the file without trying the token.")
@click.pass_obj
def init(options: Options, *, organization: str | None, host: str, token_env: str, output: Path, no_test: bool) -> int:
    """Write a commented configuration, and say what the token can read.

    \b
    Examples:
      pipewarden init
      pipewarden init --organization acme --no-test
    """
    if output.exists():
        raise UsageError(f"{output} exists", hint="Edit it, or name another file with --output.")
    if organization is None:
        if not sys.stdin.isatty():
            raise UsageError("which organization?", hint="Give --organization NAME.")
        organization = click.prompt("Which organization do you want to audit", type=str)
        host = click.prompt("On which host", default=host)
        token_env = click.prompt("Which environment variable holds a token", default=token_env)
    from pipewarden.settings import data_folder

    store = data_folder() / "pipewarden.db"
    text = TEMPLATE.format(organization=organization, host=host, how="env", where=token_env, store=store)
    from pipewarden.disk import write_whole
    from pipewarden.settings.sections import SECTIONS

    text += "".join(SECTIONS.values())
    write_whole(output, text, f"the configuration {output}")
    note(options, f"{output} is written; edit it, then run `pipewarden doctor` and `pipewarden audit`")
    if no_test:
        return ExitCode.CLEAN
    return _doctor(Options(config=output, quiet=options.quiet, color=options.color))


@click.command()
@click.pass_obj
def doctor(options: Options) -> int:
    """Say what is there, what is missing, and which checks stay silent because of it.

    Every configured source is asked; a token without one is only seen to be set.
    Exits with 0 where an audit can run, 3 where parts of it would be silent, 2 where it cannot.

    \b
    Examples:
      pipewarden doctor
      pipewarden --config team.yaml doctor
    """
    return _doctor(options)


def _doctor(options: Options) -> int:
    from pipewarden import __version__
    from pipewarden.render.text import plural
    from pipewarden.settings import TOKEN_VARIABLES, found_zizmor, load, mistyped_variable, near_variable, open_store
    from pipewarden.store.places import shown

    _line("ok", f"pipewarden {__version__}, Python {platform.python_version()}")
    zizmor = found_zizmor()
    none = "zizmor: not installed; `pip install 'pipewarden[zizmor]'` adds its rules to the audit of workflow files"
    _line("ok", f"zizmor {zizmor.version}: {zizmor.program}" if zizmor else none)
    worst = ExitCode.CLEAN
    try:
        config = load(options.config)
        _line("ok", f"configuration: {config.path or 'none, defaults'}")
        try:
            with open_store(options.config, options.store) as store:
                count = len(store.snapshots())
                problems = store.ledger_problems()
                _line(
                    "bad" if problems else "ok",
                    f"store: {shown(store.place)}, {plural(count, 'snapshot')}, ledger {'damaged' if problems else 'verifies'}",
                )
        except NoStore as none:
            _line("ok", f"store: none at {none.place} yet; the first audit makes it")
    except PipewardenError as refusal:
        _line("bad", str(refusal), refusal.hint)
        return ExitCode.USAGE
    sources = list(config.sources)
    if not sources:
        found = next((name for name in TOKEN_VARIABLES if os.environ.get(name)), None)
        told = (
            f"{found} is set; whether GitHub accepts it was not asked"
            if found
            else "no source is configured and no token is set"
        )
        hint = "Run `pipewarden init`, or set GITHUB_TOKEN."
        if found:
            hint = "`pipewarden audit github:ORG` tries it; so does `pipewarden doctor` once a source is configured."
        if not found and (mistyped := mistyped_variable(os.environ, TOKEN_VARIABLES)):
            hint = f"{mistyped} is set, but nothing reads it. Did you mean {near_variable(mistyped, TOKEN_VARIABLES)}?"
        _line("ok" if found else "bad", told, hint)
        return ExitCode.CLEAN if found else ExitCode.USAGE
    for source in sources:
        worst = max(worst, _source(source), key=lambda code: (code == ExitCode.USAGE, code))
    return worst


def _line(state: str, text: str, hint: str = "") -> None:
    mark = {
        "ok": click.style("ok ", fg="green"),
        "bad": click.style("bad", fg="red"),
        "gap": click.style("gap", fg="yellow"),
    }
    width = width_of(sys.stdout)
    first, *rest = lines(text, width, BESIDE, BESIDE)
    click.echo("\n".join([f"{mark[state]}{first.removeprefix(BESIDE[:3])}", *rest]))
    if hint:
        _beside(hint)


def _beside(text: str) -> None:
    click.echo("\n".join(lines(text, width_of(sys.stdout), BESIDE, BESIDE)))


def _source(source: "SourceConfig") -> ExitCode:
    """Try one source: the credential, then one question for each part of it."""
    from pipewarden.render.text import clean, listed
    from pipewarden.settings.probing import columns_left_out, probed

    try:
        refused = probed(source)
        left_out = columns_left_out(source)
    except PipewardenError as refusal:
        _line("bad", f"{source.address}: {refusal}", refusal.hint)
        return ExitCode.USAGE
    silent = _silenced({each.facet for each in refused})
    _line("ok", f"{source.address} answers")
    if left_out:
        _beside(f"columns that are not read: {listed([clean(each[:40]) for each in left_out], MOST_COLUMNS)}")
    for facet, why, closes in refused:
        _line("gap", f"{facet} cannot be read: {why}", f"{closes} would show it" if closes else "")
    if silent:
        what = "check" if len(silent) == 1 else "checks"
        names = ", ".join(silent[:6]) + (" …" if len(silent) > 6 else "")
        _beside(f"{len(silent)} {what} would be silent: {names}")
    return ExitCode.INCOMPLETE if refused else ExitCode.CLEAN


def _silenced(facets: set[str]) -> list[str]:
    from pipewarden.checks import ALL

    return [check.id for check in ALL if facets.intersection(check.info.needs)]
