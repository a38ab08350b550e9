"""`pipewarden pipelines`: every job with what it can reach, who can start and who can edit it, the dangerous first."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.job_questions import tell_ends, tell_unread
from pipewarden.cli.near import near
from pipewarden.cli.nothing_read import tells_none_read
from pipewarden.cli.show import FORMATS, echo_json, echo_table, note, opened, refuse_both
from pipewarden.errors import UnknownName
from pipewarden.render.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipewarden.access.engine import Engine
    from pipewarden.access.jobs import Job, Way
    from pipewarden.model.jobs import TakenSecret

COLUMNS = ("job", "can reach", "started by", "edited by", "why here")
SYSTEMS = ("github", "gitlab", "jenkins", "azure", "bitbucket", "circleci")
WHO = ("fork", "outsider", "developer", "bot")


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--secret", metavar="NAME", help="Only jobs that can be given this secret.")
@click.option("--environment", metavar="NAME", help="Only jobs that can run in this environment.")
@click.option("--from", "who", type=click.Choice(WHO), help="Only what they can start, with what such a run holds.")
@click.option("--system", metavar="NAME", help="Only jobs of one system: github, gitlab, jenkins, …")
@click.option("--since", metavar="REV", help="What changed since a commit of the checkout, job by job.")
@click.option("--no-cache", is_flag=True, help="Read every file of a PATH anew, also those that have not changed.")
@click.option("--limit", default=12, show_default=True, help="How many jobs a table shows; other formats show all.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to write the answer."
)
@click.pass_obj
def pipelines(
    options: Options,
    path: Path | None,
    *,
    secret: str | None,
    environment: str | None,
    who: str | None,
    system: str | None,
    since: str | None,
    no_cache: bool,
    limit: int,
    form: str,
) -> None:
    """Show each job with what it can reach, who can start it and who can edit it, the dangerous first.

    PATH is a checkout, or a folder of checkouts, read without any token; without it the newest snapshot is asked.

    \b
    Examples:
      pipewarden --demo pipelines
      pipewarden pipelines . --from fork
      pipewarden pipelines . --since HEAD~10
      pipewarden --demo pipelines --secret DEPLOY_TOKEN --format json
    """
    from pipewarden.access.jobs import jobs

    if path is not None:
        refuse_both(options, path)
    if since is not None:
        from pipewarden.cli.drift import show

        show(options, path or Path(), since, form)
        return
    engine = opened(options, inside=path, cache=not no_cache)
    if path is not None and tells_none_read(
        options, engine.snapshot, path, "pipelines", form, names=COLUMNS, empty={"jobs": []}
    ):
        return
    every = jobs(engine.snapshot)
    if environment is not None:
        _refuse_unknown_environment(engine, every, environment)
    found = [job for job in every if _wanted(job, secret, environment, system)]
    if not found:
        _refuse_unknown(engine, secret, system)
    picked = [(job, _ways(job, who)) for job in found]
    if who is not None:
        picked = sorted((pair for pair in picked if pair[1]), key=lambda pair: -pair[1][0].weight)
    _write(engine, picked, form, limit)
    if form == "table":
        _sum_up(options, every, picked, limit)
        tell_unread(options, engine)


def _refuse_unknown(engine: "Engine", secret: str | None, system: str | None) -> None:
    """Raise UnknownName where nothing was found for a system or a secret that there is not at all: that is no answer."""
    from pipewarden.cli.job_questions import secret_named

    if system is not None and system.lower() not in SYSTEMS:
        raise UnknownName(f"{system} is no system whose pipeline files are read", hint=near(system, SYSTEMS))
    if secret is not None:
        secret_named(engine, secret)


def _refuse_unknown_environment(engine: "Engine", every: "Sequence[Job]", environment: str) -> None:
    """Raise UnknownName for an environment that neither a job nor the settings name: a job that may have any has that one, too."""
    known = _environments(engine, every)
    if environment.lower() not in {each.lower() for each in known}:
        says = f"no job and no settings that were read name an environment {environment}"
        raise UnknownName(says, hint=near(environment, sorted(known)))


def _environments(engine: "Engine", every: "Sequence[Job]") -> set[str]:
    """Return the names of the environments that jobs name, and of those that were read."""
    from pipewarden.model.ids import Kind

    snapshot = engine.snapshot
    read = (snapshot.entity(each).attributes.get("name") for each in snapshot.ordinals(Kind.ENVIRONMENT).tolist())
    return {name for job in every for name in job.job.environments} | {str(name) for name in read if name}


def _wanted(job: "Job", secret: str | None, environment: str | None, system: str | None) -> bool:
    if system is not None and job.job.system != system.lower():
        return False
    if environment is not None and not _runs_in(job, environment):
        return False
    return secret is None or any(_is_called(each.taken, secret) for each in job.held().secrets)


def _runs_in(job: "Job", environment: str) -> bool:
    """Tell whether a job can run in an environment: one that an expression chooses can be any."""
    return job.job.environment_open or environment.lower() in {name.lower() for name in job.job.environments}


def _is_called(taken: "TakenSecret", name: str) -> bool:
    from pipewarden.access.job_stores import fits
    from pipewarden.model.stores import asked_as

    return fits(taken.name, asked_as(name)) if taken.store else taken.name in {"", name.upper(), name}


def _ways(job: "Job", who: str | None) -> "Sequence[Way]":
    """Return the ways to start a job that somebody has, all where nobody is asked about."""
    return job.ways if who is None else job.ways_of(who)


def _write(engine: "Engine", picked: "Sequence[tuple[Job, Sequence[Way]]]", form: str, limit: int) -> None:
    from pipewarden.access.job_answers import unread_files
    from pipewarden.access.job_words import Editors, reaches, reason, short_name, starters

    editors = Editors(engine)
    if form == "json":
        shown = [job_json(job, ways, editors) for job, ways in picked]
        echo_json({"jobs": shown, "not_read": unread_files(engine.snapshot)})
        return
    # a file is read by itself, later: it names the repository, and holds all
    whole = form != "table"
    one = not whole and len({job.repository for job, _ in picked}) <= 1
    rows = []
    for job, ways in picked[: None if whole else limit]:
        # where somebody is asked about: what their runs hold, which may be less
        held = job.held_in(ways[0]) if len(ways) < len(job.ways) else job.held()
        name, why = short_name(job, alone=one), reason(job, ways, whole=whole)
        rows.append((name, reaches(held, whole=whole), starters(job, whole=whole), editors.edit(job, whole=whole), why))
    echo_table(COLUMNS, rows, form, under=True)


def _sum_up(
    options: Options, every: "Sequence[Job]", picked: "Sequence[tuple[Job, Sequence[Way]]]", limit: int
) -> None:
    shown = f" (the first {limit} are shown; --limit shows more)" if len(picked) > limit else ""
    some = plural(len(picked), "job") if picked else "no job"
    of = f" of {len(every):,}" if len(picked) < len(every) else ""
    note(options, f"{some}{of}{', the dangerous first' if picked else ''}{shown}")
    tell_ends(options, [end for job, _ in picked for end in job.job.open_ends])


def job_json(job: "Job", ways: "Sequence[Way]", editors: Any) -> dict[str, Any]:
    """Return a job as JSON: in words, and with all that is known of it."""
    from pipewarden.access.job_words import by_event, circle, gate_before, gate_of, path_to, reaches, reason
    from pipewarden.model.access import Capability

    return {
        "job": job.name,
        "ref": str(job.ref),
        "repository": job.repository_name,
        "weight": job.weight,
        "why": reason(job, ways),
        "reaches": reaches(job.held()),
        "edited_by": editors.edit(job),
        "editors": editors.names(job, Capability.EDIT_PIPELINE),
        "secrets": [
            {
                "name": each.name,
                "level": each.level or None,
                "store": each.taken.store or None,
                "resource": str(each.ref) if each.ref else None,
                "receiver": each.taken.by,
                "path": each.taken.spot.path,
                "line": each.taken.spot.line,
                "column": each.taken.spot.column,
            }
            for each in job.held().secrets
        ],
        "variables": [
            {"name": name, "level": level or None, "resource": str(ref) if ref else None}
            for name, level, ref in job.variables
        ],
        "environments": [
            {
                "name": name,
                "asks_for_approval": name in job.gated if name in job.read_environments else None,
                "limits_branches": name in job.limited if name in job.read_environments else None,
            }
            for name in job.job.environments
        ],
        "runner_shared": job.shared or None,
        "holds": list(job.job.holds),
        "approvers": list(job.job.approvers),
        "ways": [
            {
                "event": way.start.event,
                "line": way.start.line or None,
                "column": way.start.column or None,
                "by": way.start.by.value,
                "who": circle(job, way.start.by),
                "through": by_event(way.start),
                "own_commands": None if way.perhaps else way.commands,
                "holds": reaches(job.held_in(way)),
                "gate": (gate_of(job, way) if job.job.system != "github" else gate_before(way)) or None,
                "path": path_to(job, way),
            }
            for way in ways
        ],
        "effective": job.job.as_json(),
    }
