"""`pipewarden who-can`: everyone who has a capability on a resource, person by person."""

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.job_questions import inside as inside_option
from pipewarden.cli.nothing_read import tells_none_read
from pipewarden.cli.questions import other_things, tell_other_things
from pipewarden.cli.show import access_json, echo_json, echo_table, formats, how_held, note, opened, tell_unseen, typed
from pipewarden.errors import UsageError
from pipewarden.model.ids import Kind
from pipewarden.render.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipewarden.access.engine import Engine, Holders
    from pipewarden.access.holding import Count, Holder
    from pipewarden.model.access import Capability
    from pipewarden.model.ids import Ref
    from pipewarden.model.people import Person

UNCLAIMED, UNCLAIMED_ALL = "account that nobody is known to hold", "accounts that nobody is known to hold"
PERSON, ACCOUNT = "person", "account"


@click.command("who-can")
@click.argument("capability")
@click.argument("resource", required=False)
@click.option("--left", is_flag=True, help="Only people who left the company, by accounts, keys and tokens of theirs.")
@click.option("--paths", is_flag=True, help="Show every path, not only the shortest.")
@click.option(
    "--by",
    type=click.Choice((PERSON, ACCOUNT)),
    default=PERSON,
    show_default=True,
    help="A row for each person, or for each account.",
)
@click.option("--limit", default=200, show_default=True, help="How many rows a table shows; other formats show all.")
@inside_option
@formats
@click.pass_obj
def who_can(
    options: Options,
    capability: str,
    resource: str | None,
    *,
    left: bool,
    paths: bool,
    by: str,
    limit: int,
    inside: str | None,
    form: str,
) -> int | None:
    """Show who has a CAPABILITY on a RESOURCE, and by which paths.

    Capabilities: read, push, merge, edit_pipeline, run_pipeline, approve_deployment, deploy, use_secret,
    read_secret, manage_secret, manage_runner, manage_access, bypass_protection, assume_role, administer.

    With use_secret the answer is every job that can use the secret, with who starts and who edits it; RESOURCE is then
    a secret's address, or its plain name, wherever it is kept. With --left RESOURCE may be left out: all are asked about.

    \b
    Examples:
      pipewarden --demo who-can push acme/web
      pipewarden --demo who-can deploy env:acme/web/production --paths
      pipewarden --demo who-can deploy --left
      pipewarden --demo who-can read_secret secret:acme/web/DEPLOY_TOKEN --format json
      pipewarden --demo who-can use_secret DEPLOY_TOKEN
      pipewarden --demo who-can assume_role "octo-sts identity web-release"
      pipewarden who-can use_secret NPM_TOKEN --in .
    """
    from pipewarden.access import address
    from pipewarden.model.access import Capability

    engine = opened(options, inside=Path(inside) if inside is not None else None)
    verb = address.capability(capability)
    if left:
        from pipewarden.cli.leavers import tell_left

        named = address.resource(engine.snapshot, resource) if resource else None
        if named is not None and resource is not None:
            tell_other_things(options, engine, named, resource)
        return tell_left(options, engine, verb, named, form, limit)
    if resource is None:
        raise UsageError(
            f"{verb} on what?",
            hint="Name a resource (`pipewarden list resources`), or ask `--left`: who left and still can, on anything.",
        )
    if verb is Capability.USE_SECRET and _told_by_jobs(options, engine, resource, inside, form, limit):
        return None
    what = address.resource(engine.snapshot, resource)
    tell_other_things(options, engine, what, resource)
    holders = engine.who_may(verb, what)
    if form == "json":
        echo_json({**_json(engine, holders, verb, what), "also_called_so": other_things(engine, what, resource)})
        return None
    shown = limit if form == "table" else sys.maxsize
    if by == ACCOUNT:
        rows = list(_by_account(engine, holders, paths=paths, limit=shown))
        echo_table(("who", "how", "path"), rows, form, under=True)
    else:
        rows = list(_by_person(engine, holders, paths=paths, limit=shown))
        _show(engine, rows, form)
    if form == "table":
        note(options, _summary(engine, holders, f"{verb} on {engine.name(what)}", limit, joined=by == PERSON))
        tell_no_environment(options, engine, verb, what)
        if verb is Capability.USE_SECRET and what.kind is Kind.ENVIRONMENT:
            from pipewarden.cli.job_questions import tell_kept

            tell_kept(options, engine, engine.name(what))
        if verb is Capability.READ_SECRET and what.kind is Kind.SECRET:
            from pipewarden.cli.job_questions import tell_readers

            tell_readers(options, engine, what)
    tell_unseen(options, holders.unseen, "others may too")
    return None


def tell_no_environment(options: Options, engine: "Engine", verb: "Capability", what: "Ref") -> None:
    """Say why nobody deploys to a repository or group in which no environment is known, and who could begin to."""
    from pipewarden.access.deployable import without_environments

    ordinal = engine.snapshot.ordinal(what)
    if ordinal is not None and (told := without_environments(engine, verb, what)):
        system = engine.snapshot.systems[int(engine.snapshot.instance[ordinal])]
        ask = typed(options, f"who-can edit_pipeline {system.value}:{engine.name(what)}")
        note(options, f"{told}; who edits a pipeline may name a new one: {ask}")


def _told_by_jobs(options: Options, engine: "Engine", resource: str, inside: str | None, form: str, limit: int) -> bool:
    """Write the jobs that can use a secret; tell whether that is the whole answer, or who holds it is asked too."""
    from pipewarden.access.job_answers import users_of
    from pipewarden.cli.job_questions import USE_NAMES, secret_named, tell_users

    nothing: dict[str, Any] = {"capability": "use_secret", "secret": resource, "resource": None, "jobs": []}
    command = f"who-can use_secret {quote(resource)} --in"
    if inside is not None and tells_none_read(
        options, engine.snapshot, Path(inside), command, form, names=USE_NAMES, empty=nothing
    ):
        return True
    name, secret = secret_named(engine, resource)
    if secret is None or (secret.kind is Kind.SECRET and (form == "json" or users_of(engine.snapshot, name, secret))):
        tell_users(options, engine, name, secret, form, limit)
        return True
    if secret.kind is Kind.SECRET:
        note(options, f"no job that was read takes {engine.name(secret)} by name; these hold it")
    return False


def _json(engine: "Engine", holders: "Holders", verb: "Capability", what: "Ref") -> dict[str, Any]:
    """Return everyone, account by account, each with whose it is."""
    from pipewarden.access.holding import count, of_holders, owner_of

    people = {each: holder.person for holder in of_holders(holders) for each in holder.principals}
    found = []
    for access in holders:
        ordinal = engine.snapshot.ordinal(access.principal)
        person = None if ordinal is None else people.get(ordinal)
        owner = None if ordinal is None or person else owner_of(engine, ordinal)
        found.append({**access_json(engine, access), "identity": person_json(person), "owner": person_json(owner)})
    numbers = {name: _count_json(count(engine, of)) for name, of in (("sure", holders.sure), ("alone", holders.alone))}
    return {
        "capability": verb.value,
        "resource": str(what),
        "resource_name": engine.name(what),
        "counts": numbers,
        "anybody": any(crowd in holders.sure for crowd in engine.graph.crowd),
        "holders": found,
        "not_read": list(holders.unseen),
    }


def _count_json(count: "Count") -> dict[str, int]:
    return {
        "people": count.people,
        "accounts": count.accounts,
        "unclaimed": count.unclaimed,
        "machines": count.machines,
    }


def person_json(person: "Person | None") -> dict[str, Any] | None:
    """Return a person as JSON: the id, the name, and whether they are here; null where nobody knows."""
    return None if person is None else {"id": str(person.key), "name": person.name, "here": person.active}


def _by_account(engine: "Engine", holders: "Holders", *, paths: bool, limit: int) -> "Iterator[tuple[str, ...]]":
    for number, access in enumerate(holders):
        if number >= limit:
            return
        for path in access.paths if paths else [access.witness] if access.witness else []:
            others = 0 if paths else len(access.paths) - 1
            yield (engine.name(access.principal), how_held(access, path, others), engine.words(path))


def _by_person(engine: "Engine", holders: "Holders", *, paths: bool, limit: int) -> "Iterator[tuple[str, ...]]":
    """Yield a row for each person or machine: by which accounts, and the best path over all of them."""
    from pipewarden.access.holding import of_holders

    for number, holder in enumerate(of_holders(holders)):
        if number >= limit:
            return
        accesses = holder.accesses(holders)
        every = [(access, path) for access in accesses for path in access.paths]
        best = [(accesses[0], witness)] if accesses and (witness := accesses[0].witness) else []
        for access, path in every if paths else best:
            how = how_held(access, path, 0 if paths else len(every) - 1)
            yield (who(holder.name, holder.person), accounts_of(engine, holder), how, engine.words(path))


def who(name: str, person: "Person | None") -> str:
    """Name a person, and say so where they left."""
    return f"{name} (left)" if person is not None and person.active is False else name


def accounts_of(engine: "Engine", holder: "Holder") -> str:
    """Name the accounts by which somebody holds something; of a machine whose it is."""
    from pipewarden.access.holding import account_name, owner_of

    snapshot = engine.snapshot
    if all(each in engine.graph.crowd for each in holder.principals):
        return "anybody"
    if all(snapshot.kind_of(each) is Kind.ACCOUNT for each in holder.principals):
        return ", ".join(account_name(snapshot, each) for each in holder.principals)
    owner = owner_of(engine, holder.principals[0])
    return f"machine of {who(owner.name, owner)}" if owner is not None else "machine"


def _show(engine: "Engine", rows: list[tuple[str, ...]], form: str) -> None:
    """Write the rows; on a screen without the accounts where only one system was read, in which they are people."""
    if form == "table" and len(engine.snapshot.instances) == 1:
        echo_table(("who", "how", "path"), [(each[0], *each[2:]) for each in rows], form, under=True)
        return
    echo_table(("who", "accounts", "how", "path"), rows, form, under=True)


def _summary(engine: "Engine", holders: "Holders", what: str, limit: int, *, joined: bool) -> str:
    from pipewarden.access.holding import count

    every = (holders.sure, holders.alone, holders.unknown)
    sure, alone, unknown = (count(engine, of, joined=joined) for of in every)
    text = f"{counted(sure)} {'has' if len(sure) < 2 else 'have'} {what}"
    if sure:
        if len(alone) == len(sure):
            text += ", each without anybody else" if len(sure) > 1 else ", without anybody else"
        else:
            text += f", {_some(sure, alone)} without anybody else"
    if waiting := count(engine, holders.waiting, joined=joined):
        text += f"; {counted(waiting)} only after activating a place in a group"
    crowds = [crowd for crowd in engine.graph.crowd if crowd in holders.sure]
    if crowds == [engine.graph.account_holders]:
        text = f"{engine.name(engine.snapshot.ref(crowds[0]))} has {what}" + (f"; besides, {text}" if sure else "")
    elif crowds:
        text += "; and so has anybody at all"
    if unknown:
        text += f"; of {counted(unknown)} more it cannot be said, because something was not read"
    if len(sure) + len(unknown) > limit:
        text += f" (the first {limit} are shown; --limit shows more)"
    return text


def _some(every: "Count", some: "Count") -> str:
    """Count some of many: `7 of the people and 1 of the machines`, `none of them`."""
    told = [
        _part(every.people, some.people, "person", "people"),
        _part(every.unclaimed, some.unclaimed, UNCLAIMED, UNCLAIMED_ALL),
        _part(every.machines, some.machines, "machine", "machines"),
    ]
    return _and(filter(None, told)) or "none of them"


def _part(of: int, held: int, one: str, many: str) -> str:
    if not held:
        return ""
    if of == 1:
        return f"the {one}"
    return f"all {many}" if held == of else f"{held:,} of the {many}"


def counted(count: "Count") -> str:
    """Count people and machines: `16 people with 18 accounts and 8 machines`, `nobody`."""
    told = [plural(count.people, "person", "people")] if count.people else []
    if count.accounts > count.people:
        told[0] += f" with {plural(count.accounts, 'account')}"
    told += [plural(count.unclaimed, UNCLAIMED, UNCLAIMED_ALL)] if count.unclaimed else []
    told += [plural(count.machines, "machine")] if count.machines else []
    return _and(told) or "nobody"


def _and(words: "Iterable[str]") -> str:
    every = list(words)
    return " and ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))
