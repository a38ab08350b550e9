"""What changed between two commits of a checkout, job by job: secrets, permissions, triggers, environments, pins, commands."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from pipewarden.cli.context import Options
from pipewarden.cli.job_questions import tell_ends
from pipewarden.cli.nothing_read import tells_none_read
from pipewarden.cli.show import echo_json, echo_table, note, read_checkout, tell_unseen
from pipewarden.errors import UsageError
from pipewarden.render.text import plural

if TYPE_CHECKING:
    from pipewarden.access.job_changes import Ran
    from pipewarden.model.snapshot import Snapshot


NAMES = ("job", "what", "gained", "lost")


def show(options: Options, folder: Path, since: str, form: str) -> None:
    """Compare the checkout as it stands with a commit of it (`REV`), or two commits (`REV..REV`)."""
    from pipewarden.access.job_answers import holds_no_pipelines, unread_files
    from pipewarden.access.job_changes import changes
    from pipewarden.access.jobs import every_job
    from pipewarden.connectors.git import at_commit

    _check(options, folder)
    before_rev, dots, after_rev = since.partition("..")
    with at_commit(folder, before_rev) as tree:
        before = _named(options, tree, folder)
        ran_before = _ran(before, tree)
    if dots and after_rev:
        with at_commit(folder, after_rev) as tree:
            after = _named(options, tree, folder)
            ran_after = _ran(after, tree)
    else:
        after = read_checkout(folder, options)
        ran_after = _ran(after, folder)
    nothing = {"since": since, "changes": [], "open_ends": []}
    if holds_no_pipelines(before) and tells_none_read(
        options, after, folder, f"pipelines --since {quote(since)}", form, names=NAMES, empty=nothing
    ):
        return
    found = changes(before, after, (ran_before, ran_after))
    missed = sorted({*unread_files(before), *unread_files(after)})
    ends = [end for job in every_job(after) for end in job.job.open_ends]
    if form == "json":
        told = sorted({f"{end.spot}: {end.says}" for end in ends})
        changed = [each.as_json() for each in found]
        echo_json({"since": since, "changes": changed, "open_ends": told, "not_read": missed})
        return
    echo_table(NAMES, [each.row() for each in found], form)
    if form == "table":
        many = plural(len(found), "change") if found else "nothing"
        note(options, f"{many} in what jobs reach, since {since}{'; what was gained stands first' if found else ''}")
        tell_ends(options, ends)
        tell_unseen(options, missed, "for these files could not be read in one version or both")


def _check(options: Options, folder: Path) -> None:
    """Raise UsageError where commits of the folder are not those of what is asked about: the demo, or checkouts within it."""
    from pipewarden.connectors.clones import clones

    if options.demo:
        raise UsageError(
            "--since compares commits of a checkout, and the demo has none",
            hint="Leave out --demo; `pipewarden --demo diff` compares two readings of the demo.",
        )
    held = [path for path, _ in clones(folder) if path != folder]
    if held:
        raise UsageError(
            f"{folder} holds {plural(len(held), 'checkout')}", hint=f"Compare one at a time, such as `{held[0]}`."
        )


def _named(options: Options, tree: Path, folder: Path) -> "Snapshot":
    """Read a commit's files under the name of the checkout they come from, so that their jobs are the same jobs."""
    from pipewarden.audit import collect
    from pipewarden.connectors.checkout import Checkout, repository_name

    return collect([Checkout(tree, name=repository_name(folder), processes=options.processes)])


def _ran(snapshot: "Snapshot", folder: Path) -> "Ran":
    """Return what the jobs of a version run, by the files that it consists of."""
    from pipewarden.access.job_changes import named
    from pipewarden.connectors.checkout import Checkout
    from pipewarden.connectors.kept import Others
    from pipewarden.pipelines.ran import Files

    there = Checkout(folder)
    files = Files(there.local, Others(there.looked_into))
    return {
        name: [(f"{step.path}:{step.line}", step.mark) for step in files.ran_by(job)]
        for name, job in named(snapshot).items()
    }
