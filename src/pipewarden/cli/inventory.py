"""`pipewarden list`: the inventories a review begins with."""

from typing import TYPE_CHECKING

import click

from pipewarden.cli.context import Options
from pipewarden.cli.limits import left_out, row_limit
from pipewarden.cli.near import near
from pipewarden.cli.progress import counted
from pipewarden.cli.screen import columns
from pipewarden.cli.show import echo_json, echo_table, formats, note, snapshot_of, tell_unseen
from pipewarden.errors import UnknownName, UsageError
from pipewarden.render.text import measure, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipewarden.access.inventory_rows import Row
    from pipewarden.access.view import View

UNKNOWN = "unknown"
WORDS = ("accounts", "admins", "machines", "credentials", "resources")
OTHERS = {
    "accounts": ("account", "people", "users", "members", "owners", "persons", "outsiders"),
    "admins": ("administrators", "admin", "administrator"),
    "machines": ("apps", "bots", "machine"),
    "credentials": ("keys", "deploy-keys", "ssh-keys", "tokens", "pats", "credential"),
    "resources": (
        "repositories", "repos", "secrets", "environments", "variables", "runners", "webhooks", "organizations", "resource",
    ),
}  # fmt: skip
"""What people call what stands in a list; the word leads to it."""
LAST_USED = (
    "last used: each system counts something else, and some nothing; --format json says what, docs/identities.md tells"
)
"""What the table says of its column, whose meaning differs by system."""
NARROW = "--scope, --kind and --match narrow them"
KINDS = {"account", "machine user"}
"""Kinds that a list tells beside those of the model."""
MFA = ("enabled", "disabled", "insecure", "phishing-resistant", "weak", "none", "unknown")
"""What GitHub and identity providers tell of a second factor, as a list says it."""
LEFT = {"leavers", "left", "gone", "offboarded"}
"""What people call those who left, who have a command of their own."""


class Lists(click.Choice[str]):
    """The names of the lists; what stands in one of them leads to it."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the list, or say in which one that stands which was asked for."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            word = value.lower().replace("_", "-")
            if word in LEFT:
                raise UsageError(
                    f"no list is called {value}",
                    hint="`pipewarden leavers` tells who left, and what they can still do.",
                ) from None
            found = next((name for name, others in OTHERS.items() if word in others), None)
            if found is None:
                raise
            raise UsageError(
                f"no list is called {value}", hint=f"Type `pipewarden list {found}`; --kind and --match narrow it."
            ) from None


def _fitted(names: "Sequence[str]", rows: "Sequence[Sequence[str]]") -> "tuple[tuple[str, ...], list[tuple[str, ...]]]":
    """Leave out ids and empty columns; where the rest is wider than the screen, role, reason and note become one sentence."""
    kept = [place for place, name in enumerate(names) if name != "id" and any(row[place] for row in rows)]
    short = [tuple(row[place] for place in kept) for row in rows]
    every = tuple(names[place] for place in kept)
    wide = [max(map(measure, column)) for column in zip(every, *short, strict=True)]
    if sum(wide) + 2 * len(wide) - 2 <= columns():
        return every, short
    told = {"role", "reason", "note"}
    heads = [place for place in kept if names[place] not in told]
    out = []
    for row in rows:
        of = dict(zip(names, row, strict=True))
        out.append((*(row[place] for place in heads), _why(of["role"], of["reason"], of["note"])))
    return (*(names[place] for place in heads), "why"), out


def _plain(kind: str) -> str:
    """Return a kind however it was typed: `Deploy_Key` and `deploy-key` are `deploy key`."""
    return kind.lower().replace("_", " ").replace("-", " ")


def _narrowed(
    every: "Sequence[Row]", what: str, kind: str | None, mfa: str | None, match: str | None
) -> "Sequence[Row]":
    """Keep the rows that are asked for. Raises UnknownName for a kind or a state that there is not at all: that is no empty list."""
    from pipewarden.model.ids import Kind

    rows = every
    if kind:
        rows = [row for row in rows if _plain(row.kind) == _plain(kind)]
        if not rows and _plain(kind) not in {_plain(each.word) for each in Kind} | KINDS:
            shown = sorted({row.kind for row in every})
            raise UnknownName(f"{kind} is not a kind of what `pipewarden list {what}` shows", hint=near(kind, shown))
    if mfa:
        rows = [row for row in rows if row.mfa.startswith(mfa)]
        if not rows and mfa not in MFA:
            raise UnknownName(f"{mfa} is not a state of MFA", hint=near(mfa, MFA))
    if match:
        rows = [row for row in rows if match.lower() in f"{row.name} {row.role} {row.reason} {row.owner}".lower()]
    return rows


def _why(role: str, reason: str, note: str) -> str:
    if role == reason == UNKNOWN:
        held = "role unknown"
    elif reason.startswith("teams:"):
        held = f"{role}, {reason}"
    else:
        held = ": ".join(filter(None, (role, reason)))
    return "; ".join(filter(None, (held, note)))


def _unseen(view: "View", scope: str | None) -> "tuple[str, ...]":
    """Return what was not read of who administers the systems that are no code host, or that which a scope is of."""
    from pipewarden.access import address
    from pipewarden.access.inventory_tenants import tenants

    of = address.resource(view.snapshot, scope).instance if scope else ""
    asked = [each for each in tenants(view) if of in ("", each.ref.instance)]
    return tuple(dict.fromkeys(text for each in asked for text in view.engine.unseen(each.ref)))


@click.command("list")
@click.argument("what", type=Lists(WORDS))
@click.option("--scope", help="Only this organization, group or tenant, such as okta:acme.")
@click.option("--kind", help="Only this kind, such as 'deploy key' or repository.")
@click.option("--mfa", help="Only accounts of this MFA state: enabled, disabled, insecure, none, weak, unknown, …")
@click.option("--match", help="Only rows whose name, role, reason or owner holds this text.")
@click.option("--unused-days", type=int, help="Only what was last used longer ago than this, or never known to be.")
@row_limit
@click.option("--all-columns", is_flag=True, help="Show every column in the table, ids included.")
@formats
@click.pass_obj
def list_(
    options: Options,
    what: str,
    *,
    scope: str | None,
    kind: str | None,
    mfa: str | None,
    match: str | None,
    unused_days: int | None,
    limit: int,
    all_columns: bool,
    form: str,
) -> None:
    """List accounts, admins, machines, credentials or resources: role, reason, last use, MFA, owner, or `unknown`.

    Accounts and admins are those of all systems. What its system means by the last use stands in `--format json` beside each;
    docs/identities.md, "When somebody was last seen", tells it of all.

    \b
    Examples:
      pipewarden --demo list admins
      pipewarden --demo list credentials --unused-days 90
      pipewarden --demo list accounts --mfa disabled --format csv
    """
    from datetime import timedelta

    from pipewarden.access.inventory import LISTS
    from pipewarden.access.inventory_rows import COLUMNS, cells
    from pipewarden.access.inventory_scope import within
    from pipewarden.access.view import View
    from pipewarden.access.words import day

    snapshot = snapshot_of(options)
    view = View(snapshot)
    belongs = within(view, scope) if scope else None
    every = counted(options, f"listing {what}", LISTS[what](view), snapshot)
    inside = [row for row in every if belongs is None or belongs(row)]
    rows = _narrowed(inside, what, kind, mfa, match)
    if unused_days is not None:
        before = day(view.as_of - timedelta(days=unused_days))
        rows = [row for row in rows if row.last_used == UNKNOWN or row.last_used < before]
    if form == "json":
        fields = [column.replace(" ", "_") for column in COLUMNS]
        echo_json(
            [
                {
                    **dict(zip(fields, cells(row), strict=True)),
                    "last_used_says": row.last_used_says,
                    "owner_says": row.owner_says,
                }
                for row in rows
            ]
        )
        return
    table = [cells(row) for row in (rows[:limit] if form == "table" else rows)]
    if form == "table" and table and not all_columns:
        names, kept = _fitted(COLUMNS, table)
        echo_table(names, kept, form, under=names[-1] == "why")
    else:
        echo_table(COLUMNS, table, form)
    if form == "table":
        word = rows[0].kind if kind and rows else what[:-1]
        many = f"{word[:-1]}ies" if word.endswith("y") and not word.endswith("key") else ""
        note(options, f"{plural(len(rows), word, many)}, as of {day(view.as_of)}{left_out(len(rows), limit, NARROW)}")
        if what != "resources" and rows:
            note(options, LAST_USED)
        if what == "admins":
            tell_unseen(options, _unseen(view, scope), "more may administer there")
