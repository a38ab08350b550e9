"""Questions whose answers are jobs: which can use a secret, and how far somebody gets by starting pipelines."""

import shlex
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.show import access_json, echo_json, echo_table, note, tell_unseen, typed
from pipewarden.errors import UnknownName, UsageError
from pipewarden.model.ids import Kind
from pipewarden.render.text import listed, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipewarden.access.engine import Engine
    from pipewarden.access.job_answers import JobUse, StartedReach
    from pipewarden.access.job_words import Editors
    from pipewarden.model.ids import Ref
    from pipewarden.model.jobs import LooseEnd

CIRCLES = ("fork", "outsider", "developer", "bot")
"""Words that `reach` takes beside the names of principals."""
CALLED = {
    "fork": "somebody with a fork",
    "outsider": "somebody outside",
    "developer": "whoever may write",
    "bot": "a bot that proposes updates",
}
"""What the words mean, in a sentence."""
REACH_NAMES = ("capability", "what", "repository", "how", "path")
USE_NAMES = ("job", "how", "started by", "edited by", "path")
WRITES = "token writes "
"""Before the scopes of a token that writes."""
MOST_SCOPES = 3
"""Scopes of a token that a table names."""
MOST_KEPT = 5
"""How many secrets of an environment are named."""


def refuse_circle(options: Options, engine: "Engine", text: str) -> None:
    """Raise UsageError where a word means whoever starts pipelines in some way, and none of the principals that were read."""
    if text in CIRCLES and not engine.snapshot.named(text):
        raise UsageError(
            f"{text} means whoever starts pipelines in that way, and no principal that holds a role",
            hint=f"{typed(options, f'reach {text}')} tells what they get to.",
        )


def secret_named(engine: "Engine", text: str) -> "tuple[str, Ref | None]":
    """Return the name of a secret, and the secret itself where the words name one that was read.

    A plain name asks about every secret that is called so, wherever it is kept. Raises UnknownName where neither a secret
    nor a job of this snapshot knows it.
    """
    from pipewarden.access import address
    from pipewarden.access.job_answers import secret_names
    from pipewarden.access.job_secrets import name_of
    from pipewarden.model.stores import asked_as

    plain = asked_as(text.strip())
    if ":" in plain and (stored := _in_a_store(engine, plain)):
        return stored, None
    if ":" not in plain and "/" not in plain:
        known = secret_names(engine.snapshot)
        if kept := kept_in(engine, plain):
            raise UnknownName(
                f"{plain} is an environment, not a secret", hint=f"Kept in it: {listed([*kept], MOST_KEPT)}."
            )
        name = next((each for each in known if each.lower() == plain.lower()), None)
        if name is not None:
            return name, None
        from difflib import get_close_matches

        near = get_close_matches(plain.upper(), sorted(known), 3, 0.6)
        raise UnknownName(
            f"no job and no secret of what was read is called {plain}",
            hint=f"Did you mean {' or '.join(near)}?" if near else "`pipewarden pipelines` shows what jobs reach.",
        )
    ref = address.resource(engine.snapshot, plain)
    return name_of(engine.snapshot, ref), ref


def _in_a_store(engine: "Engine", text: str) -> str:
    """Return the name of a secret that jobs read from a store outside: as they write it, or one that what they write can be.

    `vault:secret/prod/db` is also what a job means that writes `vault:secret/data/prod/db`, and can be one that writes `vault:secret/*/db`.
    """
    from pipewarden.access.job_answers import secret_names
    from pipewarden.access.job_stores import fits, is_elsewhere

    if engine.snapshot.named(text):
        return ""  # it was read itself
    known = secret_names(engine.snapshot)
    written = next((each for each in known if each.lower() == text.lower()), "")
    if written or not is_elsewhere(text):
        return written
    return text if any(is_elsewhere(each) and fits(each, text) for each in known) else ""


def kept_in(engine: "Engine", environment: str) -> "dict[str, Ref]":
    """Return the secrets of an environment, or of all that are called so, by their addresses."""
    snapshot = engine.snapshot
    found = {}
    for ordinal in snapshot.ordinals(Kind.SECRET).tolist():
        inside = snapshot.name_of(ordinal).removeprefix("secret:").rpartition("/")[0]
        named = f"env:{inside}" if snapshot.named(f"env:{inside}") else ""
        if named and environment.lower() in {named.lower(), inside.lower(), inside.rpartition("/")[2].lower()}:
            found[snapshot.name_of(ordinal)] = snapshot.ref(ordinal)
    return found


def tell_kept(options: Options, engine: "Engine", environment: str) -> None:
    """Say by which question the jobs behind an environment's secrets are found."""
    for name in list(kept_in(engine, environment))[:MOST_KEPT]:
        note(options, f"through which jobs: {typed(options, f'who-can use_secret {name}')}")


def tell_users(options: Options, engine: "Engine", name: str, ref: "Ref | None", form: str, limit: int) -> None:
    """Write everything that can use a secret: jobs, who starts them, who edits them, and how the secret gets there."""
    from pipewarden.access.job_answers import others_called, users_of
    from pipewarden.access.job_words import Editors, short_name
    from pipewarden.model.access import Capability

    editors = Editors(engine)
    found = users_of(engine.snapshot, name, ref)
    others = [_typed_as(engine, each) for each in others_called(engine.snapshot, name, found)] if ref is None else []
    if form == "json":
        jobs = [use_json(use, editors) for use in found]
        answer: dict[str, Any] = {
            "capability": "use_secret",
            "secret": name,
            "resource": str(ref) if ref else None,
            "jobs": jobs,
            "also_called_so": others,
        }
        if ref is not None:
            holders = engine.who_can(Capability.USE_SECRET, ref)
            answer |= {"holders": [access_json(engine, each) for each in holders], "not_read": list(holders.unseen)}
        echo_json(answer)
        return
    whole = form != "table"
    one = not whole and len(engine.snapshot.ordinals(Kind.REPOSITORY)) <= 1
    rows = []
    for use in found[: None if whole else limit]:
        name_of = short_name(use.job, alone=one)
        rows.append((name_of, use.how, use.started(whole=whole), editors.edit(use.job, whole=whole), use.path))
    echo_table(USE_NAMES, rows, form, under=True)
    if form == "table":
        shown = f" (the first {limit} are shown; --limit shows more)" if len(found) > limit else ""
        some = f"{plural(len(found), 'job')} can" if found else "no job that was read can"
        stored = any(use.resolved.taken.store for use in found)
        note(options, f"{some} use {engine.name(ref) if ref is not None and stored else name}{shown}")
    if others:
        one_more = len(others) == 1
        are = "another secret is" if one_more else f"{len(others)} other secrets are"
        holds = f"who holds {'it' if one_more else 'them'}"
        asks = [typed(options, f"who-can use_secret {shlex.quote(each)}") for each in others[:MOST_KEPT]]
        note(
            options,
            f"{are} called so, which no job that was read is known to take; {holds}: {listed(asks, MOST_KEPT)}",
        )
    if form == "table":
        perhaps = sum(1 for use in found if not use.certain)
        tell_unread(options, engine)
        if ref is not None:
            tell_unseen(options, engine.who_can(Capability.USE_SECRET, ref).unseen, "others may start them too")
            note(options, f"who holds it beside the jobs: {typed(options, f'who-can read_secret {engine.name(ref)}')}")
        if perhaps:
            note(
                options,
                f"of {perhaps} the file does not settle it: the name is computed, handed on whole or only looks like a secret",
            )


def _typed_as(engine: "Engine", ref: "Ref") -> str:
    """Return the words by which a secret is asked for that shares its name: with its system, where others come first."""
    from pipewarden.access import address

    snapshot, name = engine.snapshot, engine.name(ref)
    system = snapshot.systems[int(snapshot.instance[snapshot.ordinal(ref) or 0])].value
    for words in (name, f"{system}:{name}"):
        try:
            if address.resource(snapshot, words) == ref:
                return words
        except UsageError:
            continue
    return str(ref)


def tell_readers(options: Options, engine: "Engine", secret: "Ref") -> None:
    """Say which jobs read a secret of a vault: whoever edits what they run has it too."""
    from pipewarden.access.job_answers import users_of
    from pipewarden.access.job_secrets import name_of

    found = users_of(engine.snapshot, name_of(engine.snapshot, secret), secret)
    stored = [use for use in found if use.resolved.taken.store]
    if stored:
        sure = sum(1 for use in stored if use.certain)
        some = plural(len(stored), "job")
        perhaps = "" if sure == len(stored) else f", {len(stored) - sure} perhaps"
        asked = f"`pipewarden who-can use_secret {engine.name(secret)}`"
        note(options, f"{some} of pipelines can read it too{perhaps}, the first {stored[0].name}: {asked}")


def use_json(use: "JobUse", editors: "Editors") -> dict[str, Any]:
    """Return one use of a secret as JSON."""
    from pipewarden.model.access import Capability

    return {
        "job": use.job.name,
        "ref": str(use.job.ref),
        "how": use.how,
        "certain": use.certain,
        "level": use.resolved.level or None,
        "started_by": use.started(),
        "starters": editors.names(use.job, Capability.RUN_PIPELINE),
        "edited_by": editors.edit(use.job),
        "editors": editors.names(use.job, Capability.EDIT_PIPELINE),
        "paths": list(use.paths),
    }


def tell_reach(options: Options, engine: "Engine", who: str, form: str, limit: int) -> None:
    """Write how far somebody gets who only starts pipelines: from a fork, from outside, as a developer, as a bot."""
    from pipewarden.access.job_answers import ends_of, reach_of, unread_files

    found = reach_of(engine.snapshot, who)
    ends = ends_of(engine.snapshot, who)
    if form == "json":
        told = [{"job": job.name, "says": end.says, "at": str(end.spot)} for job, end in ends]
        reached = [each.as_json() for each in found]
        echo_json({"from": who, "reached": reached, "open_ends": told, "not_read": unread_files(engine.snapshot)})
        return
    several = len(engine.snapshot.ordinals(Kind.REPOSITORY)) > 1
    _reach_table(found, form, limit, several=several)
    if form == "table":
        if found:
            owned = sum(1 for each in found if each.commands)
            how = "each" if owned == len(found) else f"{owned or 'none'} of them"
            shown = f" (the first {limit} are shown; --limit shows more)" if len(found) > limit else ""
            perhaps = sum(1 for each in found if each.perhaps)
            more = f", {perhaps} perhaps" if perhaps else ""
            things = plural(len(found), "thing")
            note(options, f"{CALLED[who]} reaches {things}, {how} with commands of their own{more}{shown}")
            if unknown := len({each.job for each in found if each.unknown}):
                tokens = "the token of 1 job is" if unknown == 1 else f"the tokens of {unknown:,} jobs are"
                note(
                    options,
                    f"{tokens} not known: where the file states no permissions, the repository's default may be to write",
                )
        else:
            note(options, f"{CALLED[who]} reaches nothing by starting the pipelines that were read")
        tell_ends(options, [end for _, end in ends])
        tell_unread(options, engine)


def tell_unread(options: Options, engine: "Engine") -> None:
    """Say which pipeline files could not be read."""
    from pipewarden.access.job_answers import unread_files

    tell_unseen(options, unread_files(engine.snapshot), "for these files could not be read")


def tell_ends(options: Options, ends: "Sequence[LooseEnd]") -> None:
    """Say how much could not be followed, and the first of it."""
    many = len(set(ends))
    if many:
        told = f"{', the first of them' if many > 1 else ''}: {ends[0].spot}: {ends[0].says}"
        more = "; `--format json` tells all" if many > 1 else ""
        note(options, f"{plural(many, 'open end')}, behind which more may be reached{told}{more}")


def _reach_table(found: "Sequence[StartedReach]", form: str, limit: int, *, several: bool) -> None:
    """Write it as a table, which names the repositories where `several` were read; the other forms always do."""
    names: tuple[str, ...] = REACH_NAMES
    if form != "table":
        echo_table(names, [each.row() for each in found], form)
        return
    rows: list[tuple[str, ...]] = [
        (each.capability, in_short(each.what), each.repository, each.how, each.path) for each in found[:limit]
    ]
    if not several:
        rows = [(capability, what, how, path) for capability, what, _, how, path in rows]
        names = ("capability", "what", "how", "path")
    echo_table(names, rows, form, under=True)


def in_short(what: str) -> str:
    """Name the first of many scopes that a token writes, and count the rest."""
    begin, found, scopes = what.partition(WRITES)
    return f"{begin}{found}{listed(scopes.split(', '), MOST_SCOPES)}" if found else what


inside = click.option(
    "--in",
    "inside",
    type=click.Path(),
    metavar="PATH",
    help="Ask of the pipeline files of a checkout instead of a snapshot: no store, no token.",
)
"""The option by which a question is asked of a checkout."""
