"""The command `pipewarden`: the table of commands, the options before them, and how errors are shown."""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pipewarden import __version__
from pipewarden.cli.context import Options
from pipewarden.cli.ending import ended
from pipewarden.cli.lazy import Entry, LazyGroup

AUDIT, QUESTIONS, STATE, SETUP = "Audit", "Questions", "State", "Set-up"

COMMANDS = {
    "audit": Entry("pipewarden.cli.audit:audit", "Collect a source, judge it, report.", AUDIT),
    "checks": Entry("pipewarden.cli.checks:checks", "List the checks, or explain one.", AUDIT),
    "fix": Entry("pipewarden.cli.fix:fix", "Plan what lessens access, as a patch.", AUDIT),
    "waivers": Entry("pipewarden.cli.waivers:waivers", "Accept a finding: who, why, until when.", AUDIT),
    "pipelines": Entry("pipewarden.cli.pipelines:pipelines", "Jobs: what they reach, who starts them.", QUESTIONS),
    "list": Entry("pipewarden.cli.inventory:list_", "Accounts, admins, machines, credentials, resources.", QUESTIONS),
    "identity": Entry("pipewarden.cli.identity:identity", "One person over all systems.", QUESTIONS),
    "who-can": Entry("pipewarden.cli.who_can:who_can", "Who has a capability on a resource, and why.", QUESTIONS),
    "leavers": Entry("pipewarden.cli.leavers:leavers", "Who left, and what they can still do.", QUESTIONS),
    "what-can": Entry("pipewarden.cli.what_can:what_can", "What a principal holds.", QUESTIONS),
    "why": Entry("pipewarden.cli.questions:why", "Every path from a principal to a resource.", QUESTIONS),
    "reach": Entry("pipewarden.cli.reach:reach", "How far somebody gets, over several steps.", QUESTIONS),
    "without": Entry("pipewarden.cli.questions:without", "What would change if a grant were gone.", QUESTIONS),
    "diff": Entry("pipewarden.cli.questions:diff", "What changed between two snapshots.", QUESTIONS),
    "snapshots": Entry("pipewarden.cli.state:snapshots", "List and prune what was collected.", STATE),
    "ledger": Entry("pipewarden.cli.state:ledger", "What Pipewarden did, as a verified chain.", STATE),
    "backup": Entry("pipewarden.cli.state:backup", "Write state and snapshots to one file.", STATE),
    "restore": Entry("pipewarden.cli.state:restore", "Read such a file back.", STATE),
    "init": Entry("pipewarden.cli.setup:init", "Write a configuration, guided.", SETUP),
    "doctor": Entry("pipewarden.cli.setup:doctor", "Say what is missing, and for which checks.", SETUP),
    "completion": Entry("pipewarden.cli.completion:completion", "Print the completion script of a shell.", SETUP),
}
"""Every command, once: name, where it is written, its line in the help, its section. `--help` imports none of them."""

OTHERS = {"left": "leavers", "gone": "leavers", "offboarded": "leavers", "who": "who-can", "can": "who-can"}
"""Words that people try first."""

EPILOG = """
\b
Examples:
  pipewarden --demo audit                look at acme, a simulated estate
  pipewarden audit github:ORG            audit an organization; GITHUB_TOKEN
  pipewarden audit .                     audit a checkout's pipeline files
  pipewarden --demo leavers deploy       who left, and can still deploy
  pipewarden --demo why carol acme/web   each path from carol to acme/web
  pipewarden --demo list admins          who administers anything
  pipewarden --demo who-can deploy env:acme/web/production

\b
Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or
configuration, 3 incomplete and --strict, 4 a plan has changes, 5 refused by a
safety gate, 70 our fault, 130 interrupted.
"""


@click.command(
    cls=LazyGroup,
    table=COMMANDS,
    others=OTHERS,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "PIPEWARDEN"},
    epilog=EPILOG,
    no_args_is_help=True,
)
@click.version_option(__version__, message="pipewarden %(version)s")
@click.option("--demo", is_flag=True, help="Run against the simulated estate acme, with nothing set up.")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file (pipewarden.yaml by default).")
@click.option("--store", metavar="PATH|URL", help="The state store: a file (SQLite) or a postgresql:// URL.")
@click.option(
    "--snapshot", default="latest", show_default=True, help="Which snapshot is asked: the beginning of its id."
)
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes on stderr.")
@click.option("--color/--no-color", default=None, help="Colour; by default only on a terminal.")
@click.option(
    "-j",
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many read a checkout's files at once, on Linux, where files alone are read; by default one for each core, 4 at most.",
)
@click.option("--debug", is_flag=True, help="Show the trace of an unexpected error.")
@click.pass_context
def main(
    ctx: click.Context,
    *,
    demo: bool,
    config: Path | None,
    store: str | None,
    snapshot: str,
    quiet: bool,
    color: bool | None,
    processes: int | None,
    debug: bool,
) -> None:
    """Who and what can change, run or read secrets from your delivery pipelines, and why."""
    if color is None and os.environ.get("NO_COLOR"):
        color = False
    ctx.color = color
    ctx.obj = Options(
        demo=demo,
        config=config,
        store=store,
        snapshot=snapshot,
        quiet=quiet,
        color=color,
        debug=debug,
        processes=processes or 0,
    )


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with the documented exit code."""
    # a snapshot is many small objects that live to the end, and hardly anything is a cycle: looking through them again
    # and again costs a tenth of the time
    gc.freeze()
    gc.set_threshold(500_000, 50, 100)
    # Arrow's own allocators reserve tens of megabytes more than is asked for
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # nothing here multiplies matrices: threads that wait for it cost start-up and memory
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = ended(main, sys.argv[1:] if arguments is None else arguments)
    gc.freeze()  # the process ends: looking for cycles among all that it still holds costs a tenth of an audit
    sys.exit(code)
