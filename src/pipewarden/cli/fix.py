"""`pipewarden fix`: plans what lessens access, as a patch first; nothing is changed before somebody says so."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipewarden.cli.context import Options
from pipewarden.cli.show import echo_json, note, say
from pipewarden.errors import ExitCode, UsageError
from pipewarden.render.text import clean, listed, plural

if TYPE_CHECKING:
    from pipewarden.fix import PipelinePlan
    from pipewarden.pipelines.least.kinds import Advice

FORMATS = ("patch", "table", "json")
KINDS = ("permissions", "environment", "oidc", "split", "trigger")
NO_WORKFLOW = "no workflow of GitHub Actions is there"
NONE_OF = {
    "environment": "no job is found that should name one (checks `wf.env.missing` and `wf.secret.outside_env`)",
    "oidc": "no job is known to sign in with a key in whose place it could prove who it is",
    "trigger": "no workflow is known to run the code of any pull request with secrets or a token that writes",
    "split": "no job is known to take a secret, or publish with its token, behind a step that brings code of others",
}
"""What is said of a kind of edit that nothing in the workflows asks for."""


@click.group()
def fix() -> None:
    """Plan what lessens access.

    A plan ends with 4 where there is something to apply, with 0 where there is nothing: what stands behind `||` runs in the first case.

    \b
    Examples:
      pipewarden fix plan --pipelines . > least.patch || git apply least.patch
      pipewarden fix plan --pipelines . --format table
    """


@fix.command()
@click.option(
    "--pipelines",
    type=click.Path(path_type=Path),
    metavar="[PATH]",
    is_flag=False,
    flag_value=Path(),
    help="A checkout whose pipeline files are planned for; the folder one is in where no PATH is given.",
)
@click.option(
    "--only",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    help="The kind of edit; repeatable. Permissions alone where none is named: the others need something first, or take something away.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="patch", show_default=True, help="How to show it."
)
@click.option(
    "--default-token",
    type=click.Choice(("read", "write")),
    help="What the repository gives a job's token where a file is silent (Settings > Actions > General).",
)
@click.option("--reads", is_flag=True, help="Take away scopes that only read, too.")
@click.option(
    "--repository", metavar="OWNER/NAME", help="Whose checkout it is, where its remote `origin` does not tell it."
)
@click.option(
    "--patches",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a patch for each kind and file into a new folder, of every kind where --only names none.",
)
@click.option("--write", "write_them", is_flag=True, help="Write the files instead of a patch.")
@click.pass_obj
def plan(
    options: Options,
    *,
    pipelines: Path | None,
    kinds: tuple[str, ...],
    form: str,
    default_token: Any,
    reads: bool,
    repository: str | None,
    patches: Path | None,
    write_them: bool,
) -> int:
    """Propose what each job of a checkout can do with less, as edits that keep comments and formatting.

    Permissions can be applied at once. An environment, an identity in place of a key (oidc) and a job of its own for the
    steps that take secrets (split) say above their patch what must exist first; `pull_request` in place of an event that
    runs the code of strangers with what they are not given (trigger) what their changes then lack. Every edit is read
    again and judged before it is offered; where none is safe, the steps to take by hand are told, and why.
    Exits with 4 where there is something to change, with 0 where there is nothing.

    \b
    Examples:
      pipewarden fix plan --pipelines .
      pipewarden fix plan --pipelines . --default-token read --write
      pipewarden fix plan --pipelines . --only oidc --only environment
      pipewarden fix plan --pipelines . --patches least/
    """
    pipelines = _asked(pipelines, repository, both=patches is not None and write_them)
    from pipewarden.fix import SAFE, plan_pipelines, write, write_patches
    from pipewarden.pipelines.least.kinds import EditKind

    only = frozenset(EditKind(kind) for kind in kinds) or frozenset(SAFE)
    planned = plan_pipelines(pipelines, only=only, default=default_token, reads=reads, repository=repository or "")
    patch = planned.patch
    if write_them:
        told = [f"{path} is written" for path in write(planned, pipelines)]
        for line in [*told, *(line for change in planned.changes for line in change.told)]:
            note(options, line)
    elif patches is not None:
        names = write_patches(planned, patches, only if kinds else frozenset(EditKind))
        for name in names:
            note(options, f"{patches / name} is written")
        _exclusive(options, planned, kinds)
        patch = patch or ("\n" if names else "")
    elif form == "patch":
        click.echo(patch, nl=False)
    if not planned.files and not planned.unread:
        _none_read(options, pipelines, form, planned)
    elif form == "json":
        echo_json(_json(planned))
    elif form == "table":
        _table(planned, frozenset(kinds))
        _none(options, planned, kinds)
    else:
        _notes(options, planned, frozenset(kinds), written=patches is not None)
        _none(options, planned, kinds)
    return ExitCode.CHANGES if patch else ExitCode.CLEAN


def _asked(pipelines: Path | None, repository: str | None, *, both: bool) -> Path:
    """Return the checkout that is planned for. Raises UsageError where what is asked for does not go together."""
    if pipelines is None:
        raise UsageError(
            "no checkout is named", hint="Type `pipewarden fix plan --pipelines .` for the folder you are in."
        )
    if repository is not None and (repository.count("/") != 1 or not all(repository.split("/"))):
        raise UsageError(f"{repository} is not OWNER/NAME", hint="For example acme/web.")
    if both:
        raise UsageError("files are written, or patches, not both", hint="Leave out --write or --patches.")
    return pipelines


def _none_read(options: Options, folder: Path, form: str, planned: "PipelinePlan") -> None:
    """Say that there is nothing to plan for, which is not that no job would hold less."""
    from pipewarden.cli.nothing_read import tell_root

    if form == "json":
        echo_json({**_json(planned), "unread": [NO_WORKFLOW]})
    elif form == "table":
        say(f"Nothing was read: {NO_WORKFLOW}.")
    else:
        note(options, f"Nothing was read: {NO_WORKFLOW}.")
    tell_root(options, folder, "fix plan --pipelines")


def _exclusive(options: Options, planned: "PipelinePlan", kinds: tuple[str, ...]) -> None:
    """Say of which files there is more than one patch: each is against the file as it stands, and shuts out the others."""
    of: dict[str, list[str]] = {}
    for kind, changes in planned.by_kind.items():
        for change in changes if not kinds or kind.value in kinds else ():
            of.setdefault(change.path.rpartition("/")[2], []).append(kind.value)
    several = {name: made for name, made in of.items() if len(made) > 1}
    if several:
        together = " ".join(f"--only {kind}" for kind in KINDS if any(kind in made for made in several.values()))
        note(
            options,
            f"patches of one file exclude each other ({listed([*several], 3)}): after one of a file is applied, plan again;"
            f" `{together}` without `--patches` makes one that holds them together",
        )


def _json(planned: "PipelinePlan") -> dict[str, Any]:
    import msgspec

    return {
        "proposals": [
            {**msgspec.to_builtins(each), "says": each.says} for file in planned.files for each in file.proposals
        ],
        "left": [msgspec.to_builtins(each) for file in planned.files for each in file.left],
        "edits": msgspec.to_builtins(planned.edits),
        "advice": msgspec.to_builtins(planned.advice),
        "unread": list(planned.unread),
        "patch": planned.patch,
        "patches": [
            {"kind": kind.value, "path": change.path, "patch": change.patch}
            for kind, changes in planned.by_kind.items()
            for change in changes
        ],
    }


def _table(planned: "PipelinePlan", kinds: frozenset[str]) -> None:
    """Tell every edit and every step to take by hand; of some kinds alone where they are named."""
    from pipewarden.model.findings import placed

    files = planned.files if not kinds or "permissions" in kinds else ()
    for file in files:
        for each in file.proposals:
            say(f"{placed(each.path, each.line, each.column)}: {each.says}")
            for reason in each.reasons:
                say(f"{reason.scope}: {reason.level} for {reason.step} ({reason.source})", "    ", dim=True)
    for file in files:
        for left in file.left:
            say(
                f"{placed(left.path, left.line, left.column)}: job {left.job} is left as it is: {left.why}"
                if left.job
                else f"{left.path}: {left.why}"
            )
    for edit in (each for each in planned.edits if not kinds or each.kind in kinds):
        say(f"{placed(edit.path, edit.line, edit.column)}: {edit.says} (--only {edit.kind})")
        for number, step in enumerate(edit.first, 1):
            say(f"{number}. first: {step}", "    ", dim=True)
        for step in edit.then:
            say(f"then: {step}", "    ", dim=True)
    for told in planned.advice:
        if not kinds or told.kind in kinds:
            _by_hand(told)
    for missed in planned.unread:
        say(missed)


def _by_hand(told: "Advice") -> None:
    """Say what is left to a person, why, and how it is to be written as far as that is known."""
    from pipewarden.model.findings import placed

    say(f"{placed(told.path, told.line, told.column)}: {told.says}")
    say(f"no edit is offered: {told.why}", "    ", dim=True)
    for number, step in enumerate(told.how, 1):
        say(f"{number}. {step}", "    ", dim=True)
    for line in told.sketch.splitlines():
        click.secho(f"    | {clean(line)}", dim=True)


def _notes(options: Options, planned: "PipelinePlan", kinds: frozenset[str], *, written: bool) -> None:
    """Say on stderr what the patch does not hold; `written`: all that is asked for is in patches."""
    proposals = sum(len(file.proposals) for file in planned.files)
    left = sum(len(file.left) for file in planned.files)
    permissions = not kinds or "permissions" in kinds
    if permissions:
        files = sum(file.before != file.after for file in planned.files)
        less = f"{plural(proposals, 'job')} in {plural(files, 'file')}" if proposals else "no job"
        note(options, f"{less} would hold less; {left:,} left as they are")
    open_ = [edit for edit in planned.edits if edit.kind == "trigger" and "trigger" not in kinds and not written]
    if open_:
        where = listed([edit.path.rpartition("/")[2] for edit in open_], 3)
        note(options, f"any pull request runs its code with what {where} holds: `--only trigger` prints what ends it")
    waiting = [each.kind for each in planned.edits if each.kind not in {"trigger", *kinds} and not written]
    if waiting:
        counts = ", ".join(f"{waiting.count(kind)} {kind}" for kind in dict.fromkeys(waiting))
        how = f"`--only {waiting[0]}` prints one kind, `--patches DIR` writes all"
        note(options, f"{plural(len(waiting), 'more edit')} for which something must exist first ({counts}): {how}")
    if planned.changes and not written:
        note(
            options,
            f"only this is edited ({', '.join(sorted(kinds) or ['permissions'])}): whatever else `pipewarden audit` finds stays",
        )
    by_hand = [told for told in planned.advice if not kinds or told.kind in kinds]
    asks = [f"{plural(len(by_hand), 'more step')} to take by hand"] if by_hand else []
    asks += ["why jobs are left as they are"] if left and permissions else []
    if asks:
        note(options, f"{' and '.join(asks)}: `--format table` tells")
    for missed in planned.unread:
        note(options, f"not read: {missed}")


def _none(options: Options, planned: "PipelinePlan", kinds: tuple[str, ...]) -> None:
    """Say of each kind that is asked for and has no edit why there is none; permissions are counted elsewhere."""
    offered = {edit.kind.value for edit in planned.edits}
    by_hand = {told.kind for told in planned.advice}
    for kind in dict.fromkeys(kinds):
        if kind in NONE_OF and kind not in offered:
            why = "no edit is safe, `--format table` tells why" if kind in by_hand else NONE_OF[kind]
            note(options, f"nothing to plan ({kind}): {why}")
