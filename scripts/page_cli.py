"""The page docs/cli.md, made from the commands themselves."""

import inspect
import re
from collections.abc import Iterator

import click

from pipewarden.cli.ending import INTERRUPTED, NAME, READER_GONE
from pipewarden.cli.main import COMMANDS, main
from pipewarden.errors import ExitCode

EXITS = {
    ExitCode.CLEAN: "clean: the question is answered, and nothing is at or above `--fail-on`",
    ExitCode.FINDINGS: "findings at or above `--fail-on`",
    ExitCode.USAGE: "the command, the configuration, a credential or the store cannot be used as it is",
    ExitCode.INCOMPLETE: "incomplete, and `--strict`; or a source could not be read at all",
    ExitCode.CHANGES: "a plan has changes",
    ExitCode.REFUSED: "refused by a safety gate",
    ExitCode.FAULT: "our fault: please report it",
}

HEAD = """# The command line

Generated from the commands by `make docs`.

Reports and answers go to stdout, progress and notes to stderr; colour is for terminals only (`--no-color`, `NO_COLOR`).
The options of `pipewarden` itself stand before the command; they can also be given by the environment, `--store` as
`PIPEWARDEN_STORE`, `--quiet` as `PIPEWARDEN_QUIET`. What the line says wins.

"""


def page() -> str:
    """Return the whole page as Markdown."""
    root = click.Context(main, info_name=NAME)
    parts = [HEAD, "## Exit codes\n\n| code | meaning |\n|---|---|\n"]
    parts += [f"| {int(code)} | {EXITS[code]} |\n" for code in ExitCode]
    parts.append(f"| {INTERRUPTED} | interrupted from the keyboard |\n")
    parts.append(f"| {READER_GONE} | the reader of stdout went away before the end (`\\| head`) |\n\n")
    parts.append("## Options before the command\n\n")
    parts.append(_options(main, root))
    for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
        parts.append(f"\n## {section}\n")
        for name in (name for name, entry in COMMANDS.items() if entry.section == section):
            command = main.get_command(root, name)
            if command is None:
                raise LookupError(f"{name} is in the table and cannot be loaded")
            parts += _command(command, click.Context(command, info_name=name, parent=root), 3)
    return "".join(parts).rstrip() + "\n"


def _command(command: click.Command, ctx: click.Context, depth: int) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(ctx))
    yield f"\n{'#' * depth} `{ctx.command_path}`\n\n```text\n{ctx.command_path} {usage}\n```\n\n"
    yield _prose(command.help or "")
    if options := _options(command, ctx):
        yield f"\n{options}"
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner is not None and not inner.hidden:
                yield from _command(inner, click.Context(inner, info_name=name, parent=ctx), depth + 1)


def _prose(text: str) -> str:
    """Return a command's help as Markdown: paragraphs, and its examples as a block to copy."""
    out = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if paragraph.startswith("\b"):
            title, _, lines = paragraph.removeprefix("\b").strip("\n").partition("\n")
            commands = "\n".join(f"$ {line.strip()}" for line in lines.splitlines())
            out.append(f"{title.strip()}\n\n```console\n{commands}\n```\n")
        else:
            out.append(paragraph + "\n")
    return "\n".join(out)


def _options(command: click.Command, ctx: click.Context) -> str:
    rows = []
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            record = parameter.get_help_record(ctx)
            if record is not None:
                names, text = (re.sub(r"\s+", " ", each).replace("|", "\\|").strip() for each in record)
                rows.append(f"| `{names}` | {text} |\n")
    return "| option | |\n|---|---|\n" + "".join(rows) if rows else ""
