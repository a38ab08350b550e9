"""How a command ends: the exit code, and the sentence on stderr. The only place that shows errors."""

import errno
import os
import sys
import traceback
from collections.abc import Iterator, Sequence

import click

from pipewarden.cli.screen import tell
from pipewarden.errors import ExitCode, PipewardenError

NAME = "pipewarden"
COMPLETION = "_PIPEWARDEN_COMPLETE"
"""The variable by which a shell's completion script asks for words."""
INTERRUPTED = 130
READER_GONE = 141
"""As any program whose reader went away; never 0, because nobody knows what the rest would have said."""
FULL = {errno.ENOSPC, errno.EDQUOT}


def ended(command: click.Group, arguments: Sequence[str]) -> int:
    """Run a command line to its end and return the exit code; what went wrong has been said on stderr."""
    ctx: click.Context | None = None
    try:
        if instruction := os.environ.get(COMPLETION):
            return _complete(command, instruction)
        with command.make_context(NAME, list(arguments)) as ctx:
            result = command.invoke(ctx)
        # what is still in the buffer may meet a closed pipe or a full disk: here, not when the interpreter is gone
        sys.stdout.flush()
    except click.exceptions.Exit as leave:
        return _flushed(leave.exit_code)
    except BaseException as end:  # noqa: BLE001 - every one of them is told or raised again
        debug = ctx is not None and bool(ctx.params.get("debug"))
        return _told(end, command, debug=debug)
    return int(result) if isinstance(result, int) else ExitCode.CLEAN


def _show(mistake: click.ClickException) -> None:
    """Say what was mistyped as click does, its sentence in lines that fit; a group without a command shows its help as it is."""
    if isinstance(mistake, click.exceptions.NoArgsIsHelpError):
        mistake.show()
        return
    if isinstance(mistake, click.UsageError) and mistake.ctx is not None:
        click.echo(mistake.ctx.get_usage(), err=True)
        say(f"Try `{mistake.ctx.command_path} --help`.")
    sentence = mistake.format_message().replace("\n\t", " ")  # click sets words to choose from on lines of their own
    say(f"Error: {sentence}")


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except OSError as refusal:
        return _unwritable(refusal)
    return code


def _told(end: BaseException, command: click.Group, *, debug: bool) -> int:
    """Say what ended the command and return its exit code."""
    match end:
        case click.exceptions.Abort() | KeyboardInterrupt() | EOFError():
            say("stopped")
            return INTERRUPTED
        case click.ClickException():
            _show(end)
            if place := _misplaced(end, command):
                say(f"hint: {place}")
            return ExitCode.USAGE
        case OSError() if end.errno == errno.EPIPE or end.errno in FULL:
            return _unwritable(end)
        case SystemExit():
            raise end
    causes = list(_leaves(end))
    refusals = [cause for cause in causes if isinstance(cause, PipewardenError)]
    if debug:
        traceback.print_exception(end)
    if len(refusals) < len(causes):
        fault = next(cause for cause in causes if not isinstance(cause, PipewardenError))
        if isinstance(fault, KeyboardInterrupt):
            say("stopped")
            return INTERRUPTED
        say(f"{NAME}: our mistake, not yours: {type(fault).__name__}: {fault}")
        if not debug:
            say("hint: run it again with --debug before the command, and report the trace")
        return ExitCode.FAULT
    for text, hint in dict.fromkeys((str(refusal), refusal.hint) for refusal in refusals):
        say(f"{NAME}: {text}")
        if hint:
            say(f"hint: {hint}")
    return refusals[0].exit_code


def _leaves(end: BaseException) -> Iterator[BaseException]:
    """Yield what really happened: requests made at once fail in a group."""
    if isinstance(end, BaseExceptionGroup):
        for inner in end.exceptions:
            yield from _leaves(inner)
    else:
        yield end


def _unwritable(refusal: OSError) -> int:
    """End without another word to a reader that is gone, or tell that there was no room."""
    # whatever is still buffered must not raise again when the interpreter closes the stream
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    if refusal.errno == errno.EPIPE:
        return READER_GONE
    where = f" to {refusal.filename}" if refusal.filename else ""
    say(f"{NAME}: nothing more could be written{where}: {refusal.strerror}")
    say("hint: Make room, or write elsewhere; what was written so far is incomplete.")
    return ExitCode.USAGE


def _misplaced(mistake: click.ClickException, command: click.Group) -> str:
    """Return where an option of `pipewarden` itself belongs, when it was put behind the command."""
    if isinstance(mistake, click.NoSuchOption) and mistake.ctx is not None and mistake.ctx.parent is not None:
        for option in command.params:
            if mistake.option_name in (*option.opts, *option.secondary_opts):
                rest = mistake.ctx.command_path.removeprefix(NAME).strip()
                return f"{mistake.option_name} stands before the command: {NAME} {mistake.option_name} {rest} ..."
    return ""


def say(text: str) -> None:
    """Write a sentence to stderr in lines that fit; a name from outside may hold control characters, which a terminal would obey."""
    shown = "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)
    try:
        tell(shown)
    except BrokenPipeError:
        return  # nobody reads stderr either; the exit code still tells


def _complete(command: click.Group, instruction: str) -> int:
    from click.shell_completion import get_completion_class

    shell, _, wanted = instruction.partition("_")
    kind = get_completion_class(shell)
    if kind is None or wanted != "complete":
        say(f"{NAME}: {COMPLETION}={instruction} is not understood")
        say(f"hint: `{NAME} completion bash|zsh|fish` prints a script that works.")
        return ExitCode.USAGE
    click.echo(kind(command, {}, NAME, COMPLETION).complete())
    return ExitCode.CLEAN
