"""Which variables of GitLab hold text that somebody else chose, and who.

https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from pipewarden.pipelines.definition import DefinedJob, Occasion
from pipewarden.pipelines.gitlab.commands import assigned_from
from pipewarden.pipelines.gitlab.variables import names_in

_REQUEST = {
    "CI_MERGE_REQUEST_TITLE": "the title of a merge request",
    "CI_MERGE_REQUEST_DESCRIPTION": "the description of a merge request",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "the branch name of a merge request",
    "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME": "the branch name of a pull request",
}
_COMMIT = {
    "CI_COMMIT_MESSAGE": "a commit message",
    "CI_COMMIT_TITLE": "the title of a commit",
    "CI_COMMIT_DESCRIPTION": "a commit message",
    "CI_COMMIT_AUTHOR": "the name of a commit's author",
}
_REF = {
    "CI_COMMIT_REF_NAME": "a branch name",
    "CI_COMMIT_BRANCH": "a branch name",
    "CI_BUILD_REF_NAME": "a branch name",
}
_TAG = {
    "CI_COMMIT_TAG": "a tag name",
    "CI_COMMIT_TAG_MESSAGE": "the message of a tag",
    "CI_RELEASE_DESCRIPTION": "the description of a release",
}
_STARTER = {
    "GITLAB_USER_NAME": "the name of whoever starts it",
    "CHAT_INPUT": "the text of a chat command",
    "TRIGGER_PAYLOAD": "what a webhook sends",
}
LINES = frozenset(
    {"CI_COMMIT_MESSAGE", "CI_COMMIT_DESCRIPTION", "CI_MERGE_REQUEST_DESCRIPTION", "CI_COMMIT_TAG_MESSAGE"}
    | {"CI_RELEASE_DESCRIPTION", "TRIGGER_PAYLOAD"}
)
"""Of these, the texts that may hold several lines."""

_ON_BRANCHES = frozenset({Occasion.PUSH, Occasion.MANUAL, Occasion.SCHEDULE, Occasion.API, Occasion.PARENT})


def chosen(job: DefinedJob) -> dict[str, tuple[str, str]]:
    """Return the variables that somebody else chooses in runs of a job, with whose text it is and who.

    Names of branches are the job's own where it is limited to some by their names, or to protected ones.
    """
    occasions = frozenset(job.occasions)
    requests = Occasion.MERGE_REQUEST in occasions
    found = {name: (what, "anyone") for name, what in _COMMIT.items()}
    if requests:
        found |= {name: (what, "anyone") for name, what in _REQUEST.items()}
    settled = bool(job.branches) and not any(name.startswith("/") for name in job.branches)
    if requests or (occasions & _ON_BRANCHES and not settled):
        found |= {name: (what, "anyone" if requests else "writer") for name, what in _REF.items()}
    by_name = settled and not job.condition  # `only: [main]` lets a tag through that is called main
    if Occasion.TAG in occasions and not by_name:
        found |= {name: (what, "writer") for name, what in _TAG.items()}
        found["CI_COMMIT_REF_NAME"] = found.get("CI_COMMIT_REF_NAME", ("a tag name", "writer"))
    found |= {name: (what, "writer") for name, what in _STARTER.items()}
    return found


def carried(job: DefinedJob) -> dict[str, tuple[str, str, str]]:
    """Return the same with what the job copies them into; the third part is the variable of GitLab behind each."""
    found = {name: (what, by, name) for name, (what, by) in chosen(job).items()}
    for _ in range(3):
        before = len(found)
        for name, value in job.variables.items():
            for inner in names_in(value):
                if inner in found and name not in found:
                    found[name] = found[inner]
        for script in job.scripts:
            for name, each in assigned_from(script.text):
                if each.name in found and name not in found:
                    found[name] = found[each.name]
        if len(found) == before:
            break
    return found
