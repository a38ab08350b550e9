"""Whose settings hold where a checkout is audited: a change does not say how it is judged itself.

What lies in a checkout is written by whoever wrote the change to it. Where a CI system says that a run is about a change,
the settings of the branch that it wants to go into hold, as that branch has them.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from pipewarden.errors import UsageError
from pipewarden.render.text import plural
from pipewarden.settings.checks import CheckSettings
from pipewarden.settings.config import NAME, load, read, within

NONE = "none"
"""In the place of a commit: no file is heeded, all checks judge as they do by default."""


class Change(NamedTuple):
    """A change that a CI system says the run is about: the branch it wants to go into, and the commits that may be it."""

    into: str
    revisions: tuple[str, ...]


class Heeded(Struct, frozen=True, kw_only=True):
    """How checks are to judge, and where that comes from."""

    checks: CheckSettings
    own: str = ""
    """The file that nobody named, comes with what is audited, and is heeded; empty where there is none."""
    says: str = ""
    """What somebody who reads the report must know of it."""


def change_of(environment: Mapping[str, str]) -> Change | None:
    """Return the change that this run is about, as its CI system tells it; None where none is told.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    https://docs.gitlab.com/ci/variables/predefined_variables/
    https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
    https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
    https://www.jenkins.io/doc/book/pipeline/multibranch/
    https://circleci.com/docs/reference/variables/
    """
    given = environment.get
    if (event := given("GITHUB_EVENT_NAME", "")).startswith("pull_request") or given("GITHUB_BASE_REF"):
        return _change(given("GITHUB_BASE_REF", ""), _github(event, given("GITHUB_REF", ""), given("GITHUB_SHA", "")))
    if given("CI_MERGE_REQUEST_IID"):
        return _change(given("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""), given("CI_MERGE_REQUEST_DIFF_BASE_SHA", ""))
    if given("CI_EXTERNAL_PULL_REQUEST_IID"):
        return _change(given("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", ""))
    if given("SYSTEM_PULLREQUEST_PULLREQUESTID"):
        return _change(given("SYSTEM_PULLREQUEST_TARGETBRANCH", "").removeprefix("refs/heads/"))
    if given("BITBUCKET_PR_ID"):
        return _change(given("BITBUCKET_PR_DESTINATION_BRANCH", ""), given("BITBUCKET_PR_DESTINATION_COMMIT", ""))
    if given("CHANGE_ID"):
        return _change(given("CHANGE_TARGET", ""))
    return _change("") if given("CIRCLE_PULL_REQUEST") else None


def _github(event: str, ref: str, commit: str) -> str:
    """Return the commit of the base branch that GitHub's own commit of a pull request leads to.

    The commit that a run on `pull_request` gets is GitHub's merge, whose first parent is the base; on
    `pull_request_target` it is the base itself.
    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
    """
    if event == "pull_request" and re.fullmatch(r"refs/pull/\d+/merge", ref) and commit:
        return f"{commit}^1"
    return commit if event == "pull_request_target" else ""


def _change(into: str, commit: str = "") -> Change:
    named = (f"refs/remotes/origin/{into}",) if into else ()
    return Change(into, (*named, *((commit,) if commit else ())))


def heeded(
    named: Path | None, folders: Iterable[Path], environment: Mapping[str, str], revision: str | None = None
) -> Heeded:
    """Return how checks are to judge what lies in some folders.

    `revision` is the commit whose settings hold, or `none`. Without it: a file that is `named` is its namer's word; one that
    lies in what is audited holds, unless the run is about a change. Raises ConfigError, and UsageError where the commit
    that was asked for is not there.
    """
    folders = tuple(folders)
    if revision is not None:
        if named is not None:
            raise UsageError("--config and --settings-from name two settings", hint="Give one of them.")
        return Heeded(checks=CheckSettings() if revision == NONE else _at(revision, revision))
    here = Path(NAME)
    inside = named is None and any(here.resolve().is_relative_to(folder.resolve()) for folder in folders)
    change = change_of(environment) if inside else None
    if change is None:
        checks = load(named).checks
        own = within(named, folders) if _judges(checks) else None
        return Heeded(checks=checks, own=str(own or ""))
    own_checks = load(None).checks if here.is_file() else CheckSettings()
    into = change.into or "the branch that it wants to go into"
    for each in change.revisions:
        try:
            checks = _at(each, into)
        except UsageError:  # a shallow clone does not hold it: the next one, or none
            continue
        differ = _judging(own_checks) != _judging(checks)
        says = f"the settings of {into} hold: {here} of this change would {_would(own_checks)}" if differ else ""
        return Heeded(checks=checks, says=says)
    if not _judges(own_checks):
        return Heeded(checks=CheckSettings())
    fetch = (
        f"`git fetch origin {change.into}` brings its settings"
        if change.into
        else "--settings-from names another commit"
    )
    return Heeded(
        checks=CheckSettings(),
        says=(
            f"no settings hold, for {into} is not in this clone: {here} of this change would {_would(own_checks)};"
            f" {fetch}"
        ),
    )


def _at(revision: str, called: str) -> CheckSettings:
    """Return the settings of a commit of the checkout that we stand in. Raises UsageError where it is not there."""
    from pipewarden.connectors.git import text_at

    text = text_at(Path(), revision, NAME)
    return CheckSettings() if text is None else read(text, f"{NAME} of {called}").checks


def _judging(checks: CheckSettings) -> tuple[object, ...]:
    return (checks.limits, frozenset(checks.disable), checks.severity)


def _judges(checks: CheckSettings) -> bool:
    """Tell whether settings change how anything is judged."""
    return _judging(checks) != _judging(CheckSettings())


def _would(checks: CheckSettings) -> str:
    """Say what settings do: `switch checks off by 2 entries and set 1 severity`."""
    default = CheckSettings()
    told = [f"switch checks off by {plural(len(checks.disable), 'entry', 'entries')}"] if checks.disable else []
    told += [f"set {plural(len(checks.severity), 'severity', 'severities')}"] if checks.severity else []
    told += ["set limits"] if checks.limits != default.limits else []
    return " and ".join(told) or "judge by default"
