"""`pipewarden checks`: what is looked for, and why."""

import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.screen import width_of
from pipewarden.cli.show import echo_json, echo_table, formats, note
from pipewarden.errors import UnknownName
from pipewarden.render.text import plural

if TYPE_CHECKING:
    from pipewarden.model.findings import CheckInfo
    from pipewarden.settings.checks import CheckSettings


class Checks(click.Group):
    """The commands about checks; an id in the place of one explains that check."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, take an id for a question about it, or say what was probably meant."""
        name = args[0]
        if name in self.commands or name.startswith("-"):
            return super().resolve_command(ctx, args)
        if "." in name:
            return "explain", self.commands["explain"], args
        from pipewarden.checks import ALL

        themes = {check.info.theme for check in ALL}
        theme = next((each for each in themes if each == name.lower().replace("-", "_")), None)
        meant = f"`pipewarden checks list --theme {theme}` lists those of this theme" if theme else near(name)
        raise UnknownName(f"there is no command and no check {name}", hint=f"{meant}.")


def near(check_id: str) -> str:
    """Say which checks were probably meant, and how to see them all."""
    from difflib import get_close_matches

    from pipewarden.checks import ALL

    known = {check.id: check.id for check in ALL} | {check.id.rpartition(".")[2]: check.id for check in ALL}
    found = [known[each] for each in get_close_matches(check_id.lower(), known, 3, 0.6)]
    meant = f"Did you mean {' or '.join(dict.fromkeys(found))}? " if found else ""
    return f"{meant}`pipewarden checks list` shows them all, `pipewarden checks explain ID` tells one"


@click.group(no_args_is_help=True, cls=Checks)
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
    from pipewarden.settings import checks_of
    from pipewarden.settings.checks import applied

    if theme and theme not in (themes := {check.info.theme for check in ALL}):
        from difflib import get_close_matches

        found = get_close_matches(theme.lower().replace("-", "_"), themes, 3, 0.5)
        meant = f"Did you mean {' or '.join(found)}?" if found else f"Themes: {', '.join(sorted(themes))}."
        raise UnknownName(f"there is no theme {theme}", hint=meant)
    if not_built:
        echo_table(("id", "why it is not built"), [(each.id, each.reason) for each in NOT_BUILT], form)
        return
    on, off = applied(checks_of(options.config, demo=options.demo), ALL)
    severity = {check.id: check.info.severity.word for check in on} | dict.fromkeys(off, "off")
    rows = [
        (check.id, severity[check.id], check.info.theme, check.info.title)
        for check in ALL
        if not theme or check.info.theme == theme
    ]
    echo_table(("id", "severity", "theme", "title"), rows, form)
    if form == "table":
        silent = sum(1 for row in rows if row[1] == "off")
        switched = f", {silent} of them switched off in the configuration" if silent else ""
        note(options, f"{plural(len(rows), 'check')}{switched}; `pipewarden checks explain ID` tells more")


@checks.command()
@click.argument("check_id", metavar="ID")
@formats
@click.pass_obj
def explain(options: Options, check_id: str, *, form: str) -> None:
    """Explain a check: what it looks for, why it matters, what it needs, its limits, how to mend what it finds."""
    import msgspec

    from pipewarden.checks import ALL
    from pipewarden.settings import checks_of
    from pipewarden.settings.checks import applied

    settings = checks_of(options.config, demo=options.demo)
    applied(settings, ALL)  # a setting that names no check is refused here too
    found = next((check.info for check in ALL if check.id == check_id), None)
    if found is None:
        raise UnknownName(f"there is no check {check_id}", hint=f"{near(check_id)}.")
    if form == "json":
        echo_json(msgspec.to_builtins(found) | _set(found, settings))
        return
    width = min(width_of(sys.stdout, 100), 100)
    click.echo(f"{found.id}  ({_severity(found, settings)}, {found.theme})")
    click.echo(_filled(found.title, width))
    click.echo()
    click.echo(_filled(found.rationale, width))
    click.echo()
    click.echo("To mend it:")
    for number, step in enumerate(found.remedy, 1):
        click.echo(_filled(step, width, f"  {number}. ", "     "))
    click.echo()
    needs = ", ".join(found.needs) or "nothing beyond the subject itself"
    click.echo(_filled(f"Needs: {needs}", width, rest="  "))
    for name in found.limits:
        value, reason = _limit(name, settings)
        click.echo(_filled(value, width, rest="  "))
        click.echo(_filled(reason, width, "  ", "  "))
    standards = found.standards
    for name, clauses in (
        ("CIS", standards.cis),
        ("OWASP", standards.owasp),
        ("NIST 800-53", standards.nist),
        ("SOC 2", standards.soc2),
    ):
        if clauses:
            click.echo(_filled(f"{name}: {', '.join(clauses)}", width, rest="  "))
    if found.source:
        click.echo(_filled(f"Source: {found.source}", width, rest="  "))


def _filled(text: str, width: int, first: str = "", rest: str = "") -> str:
    """Set a text in lines; paths, ids and addresses stay whole, so that they can be copied."""
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _severity(info: "CheckInfo", settings: "CheckSettings") -> str:
    """Say how severe a check is and who says so; or that it is switched off, and where."""
    off = settings.switches_off(info.id)
    if off:
        return f"switched off by {settings.places[f'disable.{settings.disable.index(off)}']}"
    if info.id in settings.severity:
        place = settings.places[f"severity.{info.id}"]
        return f"{settings.severity[info.id].word}, set by {place}, {info.severity.word} by default"
    return info.severity.word


def _limit(name: str, settings: "CheckSettings") -> tuple[str, str]:
    """Return what a threshold is and who set it, and what it means."""
    from pipewarden.model.limits import ABOUT

    about = ABOUT[name]
    value = about.words(getattr(settings.limits, name))
    place = settings.places.get(f"limits.{name}")
    by = f"set by {place} ({about.words(about.default)} by default)" if place else "set by default"
    return f"Limit: {value}, {by}: checks.limits.{name}", f"{about.meaning} {about.because}"


def _set(info: "CheckInfo", settings: "CheckSettings") -> dict[str, Any]:
    """Return what holds for a check by the configuration, for programs."""
    from pipewarden.model.limits import ABOUT

    chosen = settings.severity.get(info.id, info.severity)
    return {
        "limits": [
            {
                "name": name,
                "value": getattr(settings.limits, name),
                "default": ABOUT[name].default,
                "unit": ABOUT[name].unit,
                "meaning": ABOUT[name].meaning,
                "because": ABOUT[name].because,
                "set_by": settings.places.get(f"limits.{name}"),
            }
            for name in info.limits
        ],
        "severity": chosen.word,
        "default_severity": info.severity.word,
        "switched_off": bool(settings.switches_off(info.id)),
    }
