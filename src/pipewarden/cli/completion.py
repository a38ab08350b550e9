"""Completion scripts for shells."""

import click

from pipewarden.cli.ending import COMPLETION, NAME
from pipewarden.errors import UsageError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      pipewarden completion bash >> ~/.bashrc
      pipewarden completion fish > ~/.config/fish/completions/pipewarden.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"there is no completion for {shell}")
    click.echo(kind(ctx.find_root().command, {}, NAME, COMPLETION).source())
