"""Completion scripts for shells."""

import click

from pipewarden.errors import ConfigError


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
        raise ConfigError(f"there is no completion for {shell}")
    click.echo(kind(ctx.find_root().command, {}, "pipewarden", "_PIPEWARDEN_COMPLETE").source())
