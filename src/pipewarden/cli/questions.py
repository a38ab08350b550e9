"""The questions about access: why, without, diff."""

from typing import TYPE_CHECKING

import click

from pipewarden.cli.context import Options
from pipewarden.cli.job_questions import refuse_circle
from pipewarden.cli.screen import columns, wipe
from pipewarden.cli.show import (
    access_json,
    echo_json,
    echo_table,
    formats,
    how_held,
    note,
    opened,
    say,
    tell_unseen,
)
from pipewarden.errors import UsageError
from pipewarden.render.text import listed, plural

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine
    from pipewarden.model.access import Access, Capability
    from pipewarden.model.ids import Ref


MOST_NAMED = 4
"""How many are named who lose the same on one thing, before the rest is counted."""


@click.command()
@click.argument("principal")
@click.argument("resource")
@click.option("--capability", help="Only this capability.")
@formats
@click.pass_obj
def why(options: Options, principal: str, resource: str, *, capability: str | None, form: str) -> None:
    """Show every path by which a PRINCIPAL reaches a RESOURCE, and what each allows.

    \b
    Examples:
      pipewarden --demo why carol acme/web
      pipewarden --demo why bob env:acme/web/production
      pipewarden --demo why bob acme/web --capability merge --format json
    """
    from pipewarden.access import address

    engine = opened(options)
    refuse_circle(options, engine, principal)
    known = address.principal(engine.snapshot, principal) if address.says_system(principal) else None
    what = address.resource(engine.snapshot, resource, beside=known or _of_one_system(engine, principal, resource))
    who = known or address.principal(engine.snapshot, principal, beside=what)
    tell_namesakes(options, engine, who, principal)
    if known is None:
        tell_other_things(options, engine, what, resource)
    verb = address.capability(capability) if capability else None
    answers = engine.why(who, what, verb)
    if form == "json":
        asked: dict[str, object] = {"principal": str(who), "principal_name": engine.name(who)}
        asked |= {"resource": str(what), "resource_name": engine.name(what)}
        asked |= {"also_called_so": other_things(engine, what, resource) if known is None else []}
        found = [access_json(engine, access) for access in answers]
        echo_json({**asked, "answers": found, "not_read": list(engine.unseen(what))})
        return
    if form != "table":
        rows = [
            (access.capability.value, how_held(access, path, len(access.paths) - 1), engine.words(path))
            for access in answers
            for path in access.paths
        ]
        echo_table(("capability", "how", "path"), rows, form)
    else:
        _tell_why(engine, answers, who, what, verb)
    tell_unseen(options, engine.unseen(what), "they may be able to do more")


def _of_one_system(engine: "Engine", principal: str, resource: str) -> "Ref | None":
    """Return the principal whose name one system alone has: of things of one name, that of its system is asked about."""
    from pipewarden.access import address

    if address.says_system(resource):
        return None
    try:
        who = address.principal(engine.snapshot, principal)
    except UsageError:
        return None  # it is resolved once more beside the resource, and refused there
    return None if address.namesakes(engine.snapshot, who) else who


def tell_namesakes(options: Options, engine: "Engine", who: "Ref", typed: str) -> None:
    """Say on stderr which accounts of other systems have the name that was typed: an answer about one is none about them."""
    from pipewarden.access import address

    others = address.namesakes(engine.snapshot, who) if ":" not in typed else []
    if others:
        about = engine.snapshot.name_of(ordinal) if (ordinal := engine.snapshot.ordinal(who)) is not None else typed
        note(options, f"this is about {about} of {who.instance}; ask for {' or '.join(others)} too")


def other_things(engine: "Engine", what: "Ref", typed: str) -> list[str]:
    """Return the things of other systems that have the name that was typed, as they are asked about; none where it says its system."""
    from pipewarden.access import address

    return [] if address.says_system(typed) or str(what) == typed else address.resource_namesakes(engine.snapshot, what)


def tell_other_things(options: Options, engine: "Engine", what: "Ref", typed: str) -> None:
    """Say on stderr that the name that was typed names several things, and which of them was taken."""
    others = other_things(engine, what, typed)
    if others:
        count = "two" if len(others) == 1 else f"{len(others) + 1}"
        kind = what.kind.word
        note(
            options,
            f"{typed} names {count} things: this is about the {kind} of {what.instance}; ask for {' or '.join(others)} too",
        )


def _tell_why(
    engine: "Engine", answers: list["Access"], principal: "Ref", resource: "Ref", verb: "Capability | None"
) -> None:
    """Write each path once, with all the capabilities it gives, the strongest first."""
    who, what = engine.name(principal), engine.name(resource)
    if not answers:
        act = f"{verb}" if verb else "do anything to"
        if engine.unseen(resource):
            on = f"on {what}" if verb else what
            say(f"It is not known whether {who} can {act} {on}: nothing was found, and not all was read.")
        else:
            say(f"{who} cannot {act} on {what}." if verb else f"{who} cannot {act} {what}.")
        return
    by_path: dict[str, list[str]] = {}
    for access in answers:
        for path in access.paths:
            by_path.setdefault(engine.words(path), []).append(access.capability.value)
    say(f"{who} can {', '.join(access.capability.value for access in answers)} on {what}.")
    click.echo()
    for words, verbs in by_path.items():
        say(words, "  ")
        say(", ".join(dict.fromkeys(verbs)), "      ", dim=True)
    unknown = list(dict.fromkeys(text for access in answers for text in access.unknown))
    if unknown:
        click.echo()
        say("Not known: " + "; ".join(unknown), "  ")


@click.command()
@click.argument("grants", nargs=-1, required=True, metavar="WHO[@WHAT]...")
@click.option("--limit", default=200, show_default=True, help="How many rows a table shows of a whole account.")
@formats
@click.pass_obj
def without(options: Options, grants: tuple[str, ...], *, limit: int, form: str) -> None:
    """Show what would change if some grants, or a whole account, key or token, were gone. Nothing is touched.

    WHO@WHAT is what ties somebody directly to something: a role on a resource (bob@acme/web), or a place in a
    team (bob@team:platform), in a group of GitLab, a vault or the identity provider. Told is whose role on a repository
    changes, and who administers a system, acts as a machine or a role, reads a secret or deploys no more, by whatever path over systems.

    WHO alone is a whole account with the word of its system (gitlab:carol), or a key or token (key:acme/web/carol-laptop): told is
    what its person would lose, and what other accounts, keys and tokens of theirs still give. With an account go the tokens that
    act as it, and not its deploy keys, which are logins of their own. Several of one person are removed together.

    \b
    Examples:
      pipewarden --demo without bob@acme/web
      pipewarden --demo without bob@team:platform dave@acme/infra --format json
      pipewarden --demo without okta:bob@acme.example@group:release
      pipewarden --demo without gitlab:bob@group:acme/platform
      pipewarden --demo without gitlab:carol
      pipewarden --demo without key:acme/web/carol-laptop
    """
    from pipewarden.access import address
    from pipewarden.access.removed import whole
    from pipewarden.access.whatif import consequences, tied
    from pipewarden.cli.removal import tell_removal

    engine = opened(options)
    wholes = [ref for text in grants if (ref := whole(engine, text)) is not None]
    if len(wholes) == len(grants):
        tell_removal(options, engine, wholes, limit, form)
        return
    single = [text for text in grants if whole(engine, text) is None] if wholes else grants
    ties = [tied(engine, text) for text in single]
    if wholes:
        raise UsageError(
            "a whole account, key or token and a single grant are two questions", hint="Ask about one after the other."
        )
    for text, tie in zip(grants, ties, strict=True):
        who, _, what = text.rpartition("@")
        tell_namesakes(options, engine, tie.principal, who)
        if not address.says_system(who) and not what.startswith(("team:", "group:")):
            tell_other_things(options, engine, tie.target, what)
    outcome = consequences(engine, ties)
    if form == "json":
        echo_json(outcome.as_json(engine))
        return
    if form == "table":
        together: dict[tuple[str, str, str], list[str]] = {}
        for c in outcome.changes:
            key = (engine.name(c.repository), c.before.word, c.after.word)
            together.setdefault(key, []).append(engine.name(c.principal))
        rows = [(listed(who, MOST_NAMED), *what) for what, who in together.items()]
    else:
        rows = [
            (engine.name(c.principal), engine.name(c.repository), c.before.word, c.after.word) for c in outcome.changes
        ]
    told = [
        (engine.name(each.principal), engine.name(each.resource), each.capability.value, "-") for each in outcome.lost
    ]
    if rows or form != "table":
        echo_table(("who", "resource", "now", "then"), rows if form == "table" else rows + told, form)
    if form == "table":
        for sentence in outcome.sentences(engine):
            say(sentence)


@click.command()
@click.argument("before", default="previous")
@click.argument("after", default="latest")
@click.option("--all", "everything", is_flag=True, help="Compare every repository, not only those a change touches.")
@formats
@click.pass_obj
def diff(options: Options, before: str, after: str, *, everything: bool, form: str) -> None:
    """Show what changed between two snapshots: effective access first, then settings, keys, gates and trusts.

    Access is the role on each repository, who deploys or edits a pipeline, and with whose approval, and in systems beside
    GitHub who administers, manages access, acts as a machine or reads a secret.
    The table tells the same change over many repositories as one line, the widest first; the other formats hold each.
    A snapshot is named by the beginning of its id (`pipewarden snapshots` lists them), `latest` or `previous`: the one
    before the latest, of the same sources. Without any these two are compared.

    \b
    Examples:
      pipewarden --demo diff
      pipewarden diff previous --format csv
    """
    from pipewarden.access.changes import diff as compared

    if before == after:
        raise UsageError("both are the same snapshot", hint="`pipewarden snapshots` lists them.")
    old, new = opened(options, before), opened(options, after)
    changes = compared(old, new, everything=everything)
    if form == "json":
        echo_json(
            {
                "repositories_compared": changes.repositories,
                "access": [
                    {
                        "principal": str(c.principal),
                        "name": _either(new, old, c.principal),
                        "repository": str(c.repository),
                        "repository_name": _either(new, old, c.repository),
                        "before": c.before.word,
                        "after": c.after.word,
                    }
                    for c in changes.access
                ],
                "capabilities": [
                    {
                        "principal": str(c.principal),
                        "name": _either(new, old, c.principal),
                        "capability": c.capability.value,
                        "resource": str(c.resource),
                        "resource_name": _either(new, old, c.resource),
                        "before": c.before.value,
                        "after": c.after.value,
                    }
                    for c in changes.capabilities
                ],
                "not_compared": list(changes.uncompared),
                "entities": [
                    {
                        "what": e.what,
                        "ref": str(e.ref),
                        "name": e.name,
                        "field": e.field,
                        "before": e.before,
                        "after": e.after,
                    }
                    for e in changes.entities
                ],
            }
        )
        return
    if form == "table":
        from pipewarden.reports.changes import write

        wipe()
        click.echo(write(changes, lambda ref: _either(new, old, ref), columns()), nl=False)
        note(
            options,
            f"{plural(len(changes.access), 'change')} of effective access in "
            f"{plural(changes.repositories, 'repository', 'repositories')} compared, "
            f"{len(changes.capabilities):,} elsewhere, "
            f"{plural(len(changes.entities), 'other change')}; --format csv holds every one on a row of its own",
        )
        return
    rows = [
        ("access", _either(new, old, c.principal), _either(new, old, c.repository), c.before.word, c.after.word)
        for c in changes.access
    ]
    rows += [
        (
            c.capability.value,
            _either(new, old, c.principal),
            _either(new, old, c.resource),
            c.before.value,
            c.after.value,
        )
        for c in changes.capabilities
    ]
    rows += [("not compared", text, "", "", "") for text in changes.uncompared]
    rows += [(e.what, f"{e.ref.kind} {e.name}", e.field, e.before, e.after) for e in changes.entities]
    echo_table(("what", "who or which", "on", "before", "after"), rows, form)


def _either(first: "Engine", second: "Engine", ref: object) -> str:
    from pipewarden.model.ids import Ref

    assert isinstance(ref, Ref)  # noqa: S101 - changes carry ids
    return first.name(ref) if first.snapshot.ordinal(ref) is not None else second.name(ref)
