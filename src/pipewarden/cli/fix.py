"""`pipewarden fix`: plans what lessens access, as a patch first; nothing is changed before somebody says so."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.show import echo_json, note, say
from pipewarden.errors import ExitCode, UsageError
from pipewarden.render.text import plural

if TYPE_CHECKING:
    from pipewarden.fix import PipelinePlan

FORMATS = ("patch", "table", "json")


@click.group()
def fix() -> None:
    """Plan what lessens access.

    \b
    Examples:
      pipewarden fix plan --pipelines . > least.patch && git apply least.patch
      pipewarden fix plan --pipelines . --format table
    """


@fix.command()
@click.option(
    "--pipelines",
    type=click.Path(path_type=Path),
    metavar="[PATH]",
    is_flag=False,
    flag_value=Path(),
    help="A checkout whose pipeline files are planned for; the folder one is in where no PATH is given.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="patch", show_default=True, help="How to show it."
)
@click.option(
    "--default-token",
    type=click.Choice(("read", "write")),
    help="What the repository gives a job's token where a file is silent (Settings > Actions > General).",
)
@click.option("--environments", is_flag=True, help="Give jobs that take production's secrets an environment, too.")
@click.option("--reads", is_flag=True, help="Take away scopes that only read, too.")
@click.option("--write", "write_them", is_flag=True, help="Write the files instead of a patch.")
@click.pass_obj
def plan(
    options: Options,
    *,
    pipelines: Path | None,
    form: str,
    default_token: Any,
    environments: bool,
    reads: bool,
    write_them: bool,
) -> int:
    """Propose for each job the permissions it needs, as a patch that keeps comments and formatting.

    Every edit is read again and judged before it is offered: the job has just the proposed scopes, and nothing else of
    the file has changed. A job of which it is not known what it needs is left as it is, and said so.
    Exits with 4 where there is something to change, with 0 where there is nothing.

    \b
    Examples:
      pipewarden fix plan --pipelines .
      pipewarden fix plan --pipelines . --default-token read --write
    """
    if pipelines is None:
        raise UsageError("what is to be planned for?", hint="Name a checkout: `pipewarden fix plan --pipelines .`.")
    from pipewarden.fix import plan_pipelines, write

    planned = plan_pipelines(pipelines, default=default_token, environments=environments, reads=reads)
    patch = planned.patch
    if write_them:
        for path in write(planned, pipelines):
            note(options, f"{path} is written")
    elif form == "patch":
        click.echo(patch, nl=False)
    if form == "json":
        echo_json(_json(planned))
    elif form == "table":
        _table(planned)
    else:
        _notes(options, planned)
    return ExitCode.CHANGES if patch else ExitCode.CLEAN


def _json(planned: "PipelinePlan") -> dict[str, Any]:
    import msgspec

    return {
        "proposals": [
            {**msgspec.to_builtins(each), "says": each.says} for file in planned.files for each in file.proposals
        ],
        "left": [msgspec.to_builtins(each) for file in planned.files for each in file.left],
        "advice": msgspec.to_builtins(planned.advice),
        "unread": list(planned.unread),
        "patch": planned.patch,
    }


def _table(planned: "PipelinePlan") -> None:
    for file in planned.files:
        for each in file.proposals:
            say(f"{each.path}:{each.line}: {each.says}")
            for reason in each.reasons:
                say(f"{reason.scope}: {reason.level} for {reason.step} ({reason.source})", "    ", dim=True)
    for file in planned.files:
        for left in file.left:
            say(
                f"{left.path}:{left.line}: job {left.job} is left as it is: {left.why}"
                if left.job
                else f"{left.path}: {left.why}"
            )
    for told in planned.advice:
        say(f"{told.path}:{told.line}: {told.says}")
        for number, step in enumerate(told.how, 1):
            say(f"{number}. {step}", "    ", dim=True)
    for missed in planned.unread:
        say(missed)


def _notes(options: Options, planned: "PipelinePlan") -> None:
    """Say on stderr what the patch does not hold."""
    proposals = sum(len(file.proposals) for file in planned.files)
    left = sum(len(file.left) for file in planned.files)
    files = sum(file.before != file.after for file in planned.files)
    less = f"{plural(proposals, 'job')} in {plural(files, 'file')}" if proposals else "no job"
    note(options, f"{less} would hold less; {left:,} left as they are")
    asks = [f"{plural(len(planned.advice), 'more step')} to take by hand"] if planned.advice else []
    asks += ["why jobs are left as they are"] if left else []
    if asks:
        note(options, f"{' and '.join(asks)}: `--format table` tells")
    if planned.files:
        note(options, "only permissions are edited: whatever else `pipewarden audit` finds stays")
    for missed in planned.unread:
        note(options, f"not read: {missed}")
