"""Environments for jobs that deploy or take secrets of production: the line that names one, where it is safe to add."""

import fnmatch
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import partial

from pipewarden.pipelines.commands import for_production, for_release, listed
from pipewarden.pipelines.gates import may_run_on
from pipewarden.pipelines.least.blocks import with_environment
from pipewarden.pipelines.least.judged import weaknesses_of, worse_by_job
from pipewarden.pipelines.least.kinds import Advice, Around, Edit, EditKind, Outcome, few, takers, whole
from pipewarden.pipelines.least.said import differing, is_sound, read
from pipewarden.pipelines.least.subjects import refs_in_words, subject_of
from pipewarden.pipelines.least.together import Work, made_together
from pipewarden.pipelines.parts import Job, SecretForm, Workflow
from pipewarden.pipelines.plain.names import words_of

_CHECKS = frozenset({"wf.env.missing", "wf.secret.outside_env"})
"""The findings that such an edit answers."""
_SOURCE = "https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments"
_ISSUER = "token.actions.githubusercontent.com"
_ON_DEPLOYMENTS = frozenset({"deployment", "deployment_status"})
_PULLS = ("pull_request", "pull_request_target", "pull_request_review", "merge_group")
_NAME = re.compile(r"[\w.-]{1,100}")
_TRIES = frozenset(
    """preview previews test tests testing check checks plan staging stage dev develop development qa uat sandbox snapshot
    nightly perf performance e2e demo integration canary cleanup benchmark conformance smoke""".split()  # noqa: SIM905
)
"""Words by which a job or workflow says that what it does is not for customers."""
_CUSTOMERS = frozenset({"prod", "production", "prd", "live"})
_PRODUCTION = _CUSTOMERS | {"release", "releases"}
_APPROVES = frozenset({"approval", "approvals", "approve", "gate", "review"})
"""Words of environments that only hold a run back, and keep no secrets."""


def environments(path: str, text: str, around: Around) -> Outcome:
    """Return a workflow with `environment:` given to the jobs that deploy or take secrets of production without one.

    No edit is offered where an environment would stop runs that are to go on (pull requests), is somebody else's (called
    workflows), starts other workflows, or changes the OIDC subject of a job away from what the repository's own files trust.
    """
    workflow = read(path, text)
    found = {weak.job for weak in weaknesses_of(workflow, text, around.default) if weak.check in _CHECKS}
    jobs = [job for job in workflow.jobs if job.id in found] if workflow.complete else []
    if not jobs:
        return Outcome(text=text)
    name = _name(workflow, around)
    why_not = {job.id: why for job in jobs if (why := _why_not(workflow, job, name, around))}
    works = {job.id: Work(job.id, partial(_with, job.id, name)) for job in jobs if job.id not in why_not}
    made = made_together(text, works, partial(_refused, path, name, around))
    why_not |= made.refused
    alike = Counter(frozenset(_secrets(job)) for job in workflow.jobs if job.uses is None)
    return Outcome(
        text=made.text,
        edits=tuple(_edit(workflow, job, name, around, alike) for job in jobs if job.id not in why_not),
        advice=tuple(_advice(workflow, job, name, why_not[job.id]) for job in jobs if job.id in why_not),
    )


def _with(job: str, name: str, text: str) -> str:
    return with_environment(text, job, name)


def _name(workflow: Workflow, around: Around) -> str:
    """Return the name that the file, or else the repository, has for an environment of production."""
    own = [each.environment.name for each in workflow.jobs if each.environment is not None]
    others = [
        each.environment.name for other in around.workflows for each in other.jobs if each.environment is not None
    ]
    for names in (own, sorted(others)):
        fit = [name for name in names if _NAME.fullmatch(name) and not set(words_of(name)) & (_TRIES | _APPROVES)]
        for wanted in (_CUSTOMERS, _PRODUCTION):
            by_fit = [name for name in fit if set(words_of(name)) <= wanted] or [
                name for name in fit if set(words_of(name)) & wanted
            ]
            if by_fit:
                return by_fit[0]
    return "production"


def _why_not(workflow: Workflow, job: Job, name: str, around: Around) -> str:
    """Say why no edit is offered; empty where one may be."""
    if not _for_customers(workflow, job):
        return (
            "nothing says that it is for production: a test is better given a key of its own that reaches nothing of it"
        )
    if "workflow_call" in workflow.events:
        return "the workflow can be called: its environment would be one of each caller's repository"
    pulls = next((event for event in _PULLS if may_run_on(workflow, job, event)), "")
    if pulls:
        return f"it also runs on {pulls}: an environment limited to branches refuses those runs; split it first"
    listener = next((each.path for each in around.workflows if each.events & _ON_DEPLOYMENTS), "")
    if listener:
        return f"{listener} starts at every deployment, and a job with an environment makes one"
    if job.oidc is not False:
        return _distrusted(workflow, job, name, around)
    return ""


def _for_customers(workflow: Workflow, job: Job) -> bool:
    """Tell whether a job or its secrets say production or release, and neither it nor its workflow says it only tries."""
    names = [job.id, workflow.path.rpartition("/")[2].rpartition(".")[0], workflow.name]
    if any(for_production(name.lower()) for name in (*names, *_secrets(job))):
        return True
    if any(_TRIES & set(words_of(name)) for name in names):
        return False
    return any(for_release(name) for name in names) or "release" in words_of(names[1]) or "release" in workflow.events


def _distrusted(workflow: Workflow, job: Job, name: str, around: Around) -> str:
    """Say which trust in the repository's files would no longer take the job's tokens; empty where none is known.

    https://docs.github.com/en/actions/reference/security/oidc : an environment takes the place of the ref in the subject.
    """
    wanted = [each.replace("*", "0") for each in subject_of(workflow, job, around.repository, environment=name).forms]
    repository = around.repository or "*"
    for trust in around.trusts:
        if _ISSUER not in trust.issuer or not trust.subjects:
            continue
        ours = [each for each in trust.subjects if _is_ours(each, repository)]
        if ours and not any(fnmatch.fnmatchcase(form, each) for form in wanted for each in ours):
            place = f"{trust.stated_in or trust.path}:{trust.subject_line or trust.line}"
            return f"{trust.role} ({place}) trusts {ours[0]}, and an environment changes its subject"
    return ""


def _is_ours(pattern: str, repository: str) -> bool:
    """Tell whether a pattern of subjects is one of this repository's, or may be."""
    owner, _, name = repository.partition("/")
    whose = pattern.removeprefix("repo:").partition(":")[0]
    plain = re.sub(r"@[^/]*", "", whose)
    return repository == "*" or fnmatch.fnmatchcase(f"{owner}/{name}".lower(), plain.lower())


def _refused(
    path: str, name: str, around: Around, before: str, after: str, edited: Collection[str]
) -> Mapping[str, str]:
    """Say of which jobs the text, read again, does not say the new line and else what it said, or what is worse of them."""
    old, new = read(path, before), read(path, after)
    refused = differing(old, new, edited, ("environment",)) if is_sound(old, new) else {""}
    named = {job.id: job.environment.name for job in new.jobs if job.environment is not None}
    refused |= {job for job in edited if named.get(job) != name}
    if refused:
        return dict.fromkeys(refused, "the edited file would not say just that")
    grows = worse_by_job(old, new, (before, after), around.default)
    return {job: f"it would then be told that {says}" for job, says in grows.items()}


def _edit(workflow: Workflow, job: Job, name: str, around: Around, alike: Mapping[frozenset[str], int]) -> Edit:
    return Edit(
        kind=EditKind.ENVIRONMENT,
        path=workflow.path,
        job=job.id,
        line=job.position.line,
        column=job.position.column,
        says=f"job {job.id} {_does(job)} without an environment; it gets `environment: {name}`",
        first=tuple(_first(workflow, job, name, around, alike)),
        source=_SOURCE,
    )


def _first(
    workflow: Workflow, job: Job, name: str, around: Around, alike: Mapping[frozenset[str], int]
) -> Iterator[str]:
    """Yield what must exist before the line is added."""
    refs = refs_in_words(workflow, job)
    approval = ""
    if may_run_on(workflow, job, "schedule"):
        approval = ", and without required reviewers: it also runs on a schedule, when nobody is there to approve"
    else:
        approval = f", and with required reviewers where somebody is to approve each run{_asked_often(job, alike)}"
    yield f"Make the environment `{name}` (Settings > Environments), open to {refs} only{approval}."
    secrets = _secrets(job)
    if secrets:
        yield _moving(workflow, job, name, secrets, around)
    if job.oidc is not False:
        subject = subject_of(workflow, job, around.repository, environment=name)
        yield (
            f"The subject of its OIDC tokens becomes `{subject.plain}`{subject.or_with_ids}: "
            "let every role that it signs in to accept that before."
        )


def _asked_often(job: Job, alike: Mapping[frozenset[str], int]) -> str:
    """Say that a run would ask more than once, where other jobs of the workflow would ask too, or the job is a matrix.

    `alike` is how many jobs of the workflow take the same secrets.
    """
    if job.matrix is not None:
        return " (each leg of its matrix asks)"
    same = alike.get(frozenset(_secrets(job)), 0)
    return f" ({same} jobs of this workflow take the same, and each asks)" if same > 1 and _secrets(job) else ""


def _moving(workflow: Workflow, job: Job, name: str, secrets: tuple[str, ...], around: Around) -> str:
    """Say where the secrets go, and who else takes them from where they are."""
    them = "them" if len(secrets) > 1 else "it"
    moved = f"Put {whole(secrets)} into it and delete {them} from the repository's or organization's secrets"
    others = takers(around, secrets, (workflow.path, job.id), name)
    return f"{moved}, once no other job takes {them} there ({few(others)} may)." if others else f"{moved}."


def _advice(workflow: Workflow, job: Job, name: str, why: str) -> Advice:
    secrets = _secrets(job)
    moved = (f"Move {whole(secrets)} from the repository's secrets into it.",) if secrets else ()
    return Advice(
        kind=EditKind.ENVIRONMENT.value,
        path=workflow.path,
        job=job.id,
        line=job.position.line,
        column=job.position.column,
        says=f"job {job.id} {_does(job)} without an environment: any branch with this workflow gets it",
        how=(
            f"Make an environment `{name}` with required reviewers and the branches that may deploy.",
            *moved,
            f"Give job {job.id} the line `environment: {name}`.",
        ),
        source=_SOURCE,
        why=why,
    )


def _does(job: Job) -> str:
    secrets = _secrets(job)
    return f"takes {listed(secrets, 3)}" if secrets else "deploys with an OIDC identity"


def _secrets(job: Job) -> tuple[str, ...]:
    """Return the names of the secrets a job takes, its own token left out."""
    names = (use.name for use in job.secrets if use.form is SecretForm.NAMED and use.name != "GITHUB_TOKEN")
    return tuple(sorted(dict.fromkeys(names)))
