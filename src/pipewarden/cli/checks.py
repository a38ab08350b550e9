"""`pipewarden checks`: what is looked for, and why."""

import shutil
import textwrap

import click

from pipewarden.cli.context import Options
from pipewarden.cli.questions import formats
from pipewarden.cli.show import echo_json, echo_table, note
from pipewarden.errors import UnknownName


@click.group(no_args_is_help=True)
def checks() -> None:
    """List the checks, or explain one.

    \b
    Examples:
      pipewarden checks list
      pipewarden checks list --theme deploy_keys
      pipewarden checks explain gh.dkey.creator_left
    """


@checks.command("list")
@click.option("--theme", help="Only checks of this theme.")
@click.option("--not-built", is_flag=True, help="The checks of the catalogue that are not built, with the reason.")
@formats
@click.pass_obj
def list_(options: Options, *, theme: str | None, not_built: bool, form: str) -> None:
    """List all checks with severity and theme."""
    from pipewarden.checks import ALL, NOT_BUILT

    if not_built:
        echo_table(("id", "why it is not built"), [(each.id, each.reason) for each in NOT_BUILT], form, options)
        return
    rows = [
        (check.id, check.info.severity.word, check.info.theme, check.info.title)
        for check in ALL
        if not theme or check.info.theme == theme
    ]
    echo_table(("id", "severity", "theme", "title"), rows, form, options)
    if form == "table":
        note(options, f"{len(rows)} checks; `pipewarden checks explain ID` tells more")


@checks.command()
@click.argument("check_id", metavar="ID")
@formats
@click.pass_obj
def explain(options: Options, check_id: str, *, form: str) -> None:
    """Explain a check: what it looks for, why it matters, what it needs, how to mend what it finds."""
    from difflib import get_close_matches

    import msgspec

    from pipewarden.checks import ALL

    del options
    found = next((check.info for check in ALL if check.id == check_id), None)
    if found is None:
        near = get_close_matches(check_id, [check.id for check in ALL], 3, 0.5)
        raise UnknownName(
            f"there is no check {check_id}",
            hint=f"Did you mean {' or '.join(near)}?" if near else "`pipewarden checks list` shows them all.",
        )
    if form == "json":
        echo_json(msgspec.to_builtins(found))
        return
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    click.echo(f"{found.id}  ({found.severity.word}, {found.theme})")
    click.echo(textwrap.fill(found.title, width))
    click.echo()
    click.echo(textwrap.fill(found.rationale, width))
    click.echo()
    click.echo("To mend it:")
    for number, step in enumerate(found.remedy, 1):
        click.echo(textwrap.fill(step, width, initial_indent=f"  {number}. ", subsequent_indent="     "))
    click.echo()
    click.echo(f"Needs: {', '.join(found.needs) or 'nothing beyond the subject itself'}")
    standards = found.standards
    for name, clauses in (
        ("CIS", standards.cis),
        ("OWASP", standards.owasp),
        ("NIST 800-53", standards.nist),
        ("SOC 2", standards.soc2),
    ):
        if clauses:
            click.echo(f"{name}: {', '.join(clauses)}")
    if found.source:
        click.echo(f"Source: {found.source}")
