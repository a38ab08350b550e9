"""What the names that jobs use stand for: the secret of the settings that each system gives a job under a name."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import EffectiveJob, TakenSecret
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

SETTINGS = "settings"
"""The form of what a job is handed without asking, and that was not read."""

GIVEN = "given"
"""The form of a variable that the settings hand to every job, whether its file names it or not."""

HANDING = frozenset({"gitlab", "circleci", "bitbucket"})
"""Systems that hand all variables of a project's settings to each of its jobs.

https://docs.gitlab.com/ci/variables/ , https://circleci.com/docs/set-environment-variable/#set-an-environment-variable-in-a-project ,
https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
"""


def called(snapshot: Snapshot, ordinal: int) -> str:
    """Return what jobs call a secret or variable: the name under which the settings keep it; in a vault its path."""
    key = snapshot.ref(ordinal).key
    match snapshot.systems[snapshot.instance[ordinal]]:
        case System.GITLAB:  # of what, whose, name, environment scope
            return key.split(":", 3)[2] if key.count(":") > 2 else key
        case System.VAULT:
            return key.partition(":")[2]
        case _:
            return key.rpartition(":")[2]


def name_of(snapshot: Snapshot, ref: Ref) -> str:
    """Return what jobs call a secret, given by its id."""
    ordinal = snapshot.ordinal(ref)
    return ref.key.rpartition(":")[2] if ordinal is None else called(snapshot, ordinal)


def gitlab_variable(snapshot: Snapshot, repository: int, job: EffectiveJob, name: str) -> tuple[str, Ref | None]:
    """Find what a name is to a job of GitLab: the project's before its groups', innermost first, the narrowest scope first.

    https://docs.gitlab.com/ci/variables/#cicd-variable-precedence , https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
    """
    for level, ordinal, scope in _variables(snapshot, repository, job):
        if called(snapshot, ordinal) == name:
            return "environment" if scope != "*" else level, snapshot.ref(ordinal)
    return "", None


def handed(snapshot: Snapshot, repository: int, job: EffectiveJob) -> Iterator[tuple[TakenSecret, str, Ref | None]]:
    """Yield what the settings hand to a job beside what its file names: each variable, and all at once where they were not read.

    A protected variable is handed to runs on protected branches and tags alone.
    https://docs.gitlab.com/ci/variables/#protect-a-cicd-variable
    """
    if job.system not in HANDING:
        return
    named = {each.name for each in job.secrets if each.name}
    read = job.system == "gitlab" and _is_read(snapshot, repository, *OWN)
    for level, ordinal, scope in _variables(snapshot, repository, job) if read else ():
        name = called(snapshot, ordinal)
        if name in named:
            continue
        named.add(name)
        protected = snapshot.entity(ordinal).attributes.get("protected")
        taken = TakenSecret(name=name, form=GIVEN, spot=job.at, by="every job", certain=protected is False)
        yield taken, "environment" if scope != "*" else level, snapshot.ref(ordinal)
    if not read or not _is_read(snapshot, repository, GitLabFacet.INSTANCE_VARIABLES):
        yield TakenSecret(name="", form=SETTINGS, spot=job.at, by="every job", certain=False), "", None


OWN = (GitLabFacet.VARIABLES, GitLabFacet.GROUP_VARIABLES)
"""Facets of the variables that win over the instance's of the same name.

https://docs.gitlab.com/ci/variables/#cicd-variable-precedence
"""


def _is_read(snapshot: Snapshot, repository: int, *facets: str) -> bool:
    """Tell whether the variables of some facets were read, of all that a project's jobs are handed."""
    if repository < 0 or snapshot.entity(repository).attributes.get("checkout"):
        return False
    return not any(gap.facet in facets for scope in snapshot.scopes(repository) for gap in snapshot.records(Gap, scope))


def _variables(snapshot: Snapshot, repository: int, job: EffectiveJob) -> Iterator[tuple[str, int, str]]:
    """Yield the variables that fit a job's environments, with their level and scope: those that win before those that lose."""
    for place in snapshot.scopes(repository) if repository >= 0 else ():
        level = "repository" if place == repository else "organization"
        found = []
        for ordinal in snapshot.children(place, Kind.SECRET):
            scope = str(snapshot.entity(ordinal).attributes.get("environment_scope") or "*")
            if _fits(scope, job):
                found.append((scope == "*", "*" in scope, -len(scope), ordinal, scope))
        for *_, ordinal, scope in sorted(found):
            yield level, ordinal, scope


def _fits(scope: str, job: EffectiveJob) -> bool:
    return scope == "*" or job.environment_open or any(fnmatchcase(name, scope) for name in job.environments)
