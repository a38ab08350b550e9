"""The OIDC subject that a trust is to name for one job, in the form with names and in the one with ids."""

from typing import NamedTuple

from pipewarden.pipelines.commands import listed
from pipewarden.pipelines.gates import may_run_on
from pipewarden.pipelines.oidc import refs_of
from pipewarden.pipelines.parts import Job, Workflow

_PULLS = frozenset({"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"})


class Subject(NamedTuple):
    """What a job's tokens carry as `sub`. `plain` is with names; empty where the file leaves the branch open.

    `with_ids` is the form that repositories have which were made, renamed or moved since 15 July 2026.
    https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
    """

    plain: str
    with_ids: str
    repository: str

    @property
    def forms(self) -> tuple[str, ...]:
        """Both forms."""
        return (self.plain, self.with_ids)

    @property
    def or_with_ids(self) -> str:
        """The second form as the end of a sentence, with the command that prints the ids."""
        return f" (where its tokens carry ids, `{self.with_ids}`; `gh api repos/{self.repository} --jq '.owner.id, .id'` prints both)"


def subject_of(workflow: Workflow, job: Job, repository: str, *, environment: str = "") -> Subject:
    """Return the one subject that a trust is to name. `environment`: the one the job is to have, else its own."""
    owner, _, name = (repository or "OWNER/REPOSITORY").partition("/")
    own = job.environment.name if job.environment is not None and not job.environment.dynamic else ""
    refs = _refs(workflow, job, by_itself=True) or _refs(workflow, job)
    if environment or own:
        context = f"environment:{(environment or own).replace(':', '%3A')}"
    elif job.environment is None and len(refs) == 1 and "*" not in refs[0]:
        context = f"ref:{refs[0]}"
    else:
        return Subject("", "", f"{owner}/{name}")
    return Subject(
        f"repo:{owner}/{name}:{context}", f"repo:{owner}@OWNER_ID/{name}@REPOSITORY_ID:{context}", f"{owner}/{name}"
    )


def refs_in_words(workflow: Workflow, job: Job) -> str:
    """Return the branches and tags a job is to run on, in words: `main and tags v*`."""
    refs = _refs(workflow, job)
    named = [ref for ref in refs if not ref.endswith("/*")]
    words = []
    for ref in named or refs:
        kind, _, name = ref.removeprefix("refs/").partition("/")
        if name == "*":
            words.append("the default branch" if kind == "heads" else "the tags of releases")
        else:
            words.append(f"branch {name}" if kind == "heads" else f"tags {name}")
    return listed(words, 4) if words else "the default branch"


_OF_DEFAULT_BRANCH = frozenset({"workflow_dispatch", "create", "schedule", "repository_dispatch"})
"""Events of which whoever starts a run chooses the branch, or it is the default one."""


def _refs(workflow: Workflow, job: Job, *, by_itself: bool = False) -> tuple[str, ...]:
    """Return the branches and tags that a job runs on beside pull requests; `*` where the file leaves the name open.

    `by_itself`: only those on which something else than a person or a clock starts it.
    """
    found: list[str] = []
    for trigger in workflow.triggers:
        if trigger.event in _PULLS or trigger.event == "workflow_call" or not may_run_on(workflow, job, trigger.event):
            continue
        if trigger.event in _OF_DEFAULT_BRANCH:
            # a person is to take the default branch, whatever it is called
            found += [] if by_itself else ["refs/heads/*"]
        else:
            found += [ref for ref in refs_of(trigger) if ref.startswith("refs/")]
    return tuple(dict.fromkeys(found))
