"""Commands that end in every way a command can end, for the tests of the frame."""

import errno

import click

from pipewarden.errors import AccessDenied, CredentialError, ExitCode, FullDisk, RateLimited

TOKEN_HINT = "Set GITHUB_TOKEN."


@click.command()
@click.option("--lines", default=1)
def fine(lines: int) -> None:
    """Write lines."""
    for number in range(lines):
        click.echo(f"line {number} of a report that is long enough to fill a pipe, if there are many such lines")


@click.command()
def findings() -> int:
    """Tell that there are findings."""
    click.echo("1 finding")
    return ExitCode.FINDINGS


@click.command()
def refused() -> None:
    """Refuse."""
    raise CredentialError("github:acme refused the token", hint=TOKEN_HINT)


@click.command()
def hostile() -> None:
    """Refuse, quoting a name from outside."""
    raise AccessDenied("no access to acme/\x1b[2Jweb\x07\r")


@click.command()
def broken() -> None:
    """Meet a mistake of ours."""
    raise KeyError("carol")


@click.command()
def together() -> None:
    """Fail in several requests at once."""
    raise ExceptionGroup(
        "requests",
        [
            RateLimited("github:acme wants us to wait", retry_after=900.0, hint="Try again in 15 minutes."),
            ExceptionGroup("more", [RateLimited("github:acme wants us to wait", hint="Try again in 15 minutes.")]),
        ],
    )


@click.command()
def together_with_a_fault() -> None:
    """Fail in a request, while another one meets a mistake of ours."""
    raise ExceptionGroup("requests", [RateLimited("github:acme wants us to wait"), ZeroDivisionError("by carol")])


@click.command()
def interrupted() -> None:
    """Be interrupted."""
    raise KeyboardInterrupt


@click.command()
def interrupted_together() -> None:
    """Be interrupted while requests are under way."""
    raise BaseExceptionGroup("requests", [KeyboardInterrupt(), RateLimited("github:acme wants us to wait")])


@click.command()
@click.option("--name", prompt=True)
def asking(name: str) -> None:
    """Ask something."""
    click.echo(name)


@click.command()
def full() -> None:
    """Find no room, in a file of ours."""
    raise FullDisk("no room for the snapshot", hint="Make room.")


@click.command()
def full_elsewhere() -> None:
    """Find no room, where nobody expected it."""
    raise OSError(errno.ENOSPC, "No space left on device", "report.html")


@click.command()
@click.pass_obj
def options(given: object) -> None:
    """Show the options before the command."""
    click.echo(repr(given))


NOT_A_COMMAND = "this is text"
