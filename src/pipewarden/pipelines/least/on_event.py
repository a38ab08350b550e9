"""What of a workflow would be another thing in a run on `pull_request` than in one on `pull_request_target`.

The one runs for the merge of the change with its base (`refs/pull/NUMBER/merge`), the other for the base.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.least.kinds import Around
from pipewarden.pipelines.parts import Checkout, Job, Workflow
from pipewarden.pipelines.uses import UsesKind

_EVENT = re.compile(r"event_?name", re.IGNORECASE)
_WHOLE = re.compile(r"\bgithub\s*(?:[\[),}]|\.\s*\*)", re.IGNORECASE)
"""The context itself, or a part of it whose name is computed or quoted."""
_OF_RUN = r"sha|ref|ref_name|ref_type|ref_protected|workflow_ref|workflow_sha"
_COMMIT = re.compile(
    rf"\bgithub\.(?:{_OF_RUN}|event\.pull_request\.base\.(?:sha|ref))\b|\bGITHUB_(?:{_OF_RUN})\b"
    r"|\bcontext\s*\.\s*(?:sha|ref|workflow)\b",
    re.IGNORECASE,
)
_TAKES = re.compile(
    r"\borigin/|\bFETCH_HEAD\b|\bgh\s+pr\s+checkout\b"
    r"|\bgit\b[^\n;&|]*?\s(?:checkout|switch|fetch|pull|worktree|reset|clone|restore|merge|rebase)\b"
)
_SILENT = frozenset(
    {
        "actions/cache", "actions/checkout", "actions/download-artifact", "actions/setup-dotnet", "actions/setup-go",
        "actions/setup-java", "actions/setup-node", "actions/setup-python", "actions/upload-artifact",
        "astral-sh/setup-uv", "denoland/setup-deno", "oven-sh/setup-bun", "pnpm/action-setup", "ruby/setup-ruby",
    }
)  # fmt: skip
"""Actions of which it is known that beside their inputs, which are looked at, the event is nothing to what they do in a job."""


def leans(workflow: Workflow, text: str, around: Around) -> str:
    """Say what of a workflow is by its event, or may be; empty where nothing is.

    Comments count: what begins with `#` in a script may be a line of a text, in which expressions are worked out.
    """
    if _EVENT.search(text) or _WHOLE.search(text):
        return "other parts of the file ask which event it runs on"
    found = _COMMIT.search(text)
    if found:
        return f"it names {found[0]}, which would be of the change in place of the base"
    found = _TAKES.search(text)
    if found:
        return f"its commands take other commits than the checkout ({found[0].strip()[:40]})"
    names = {workflow.name, workflow.path} - {""}
    after = (each for each in around.workflows for trigger in each.triggers if not names.isdisjoint(trigger.workflows))
    follows = next((each.path for each in after), "")
    if follows:
        return f"{follows} follows its runs, and may ask which event those are on"
    return next((why for job in workflow.jobs for why in _of_job(job)), "")


def _of_job(job: Job) -> Iterator[str]:
    """Yield what of a job may be by the event."""
    if job.environment is not None:
        yield f"job {job.id} runs in an environment, which need not take the branch of a change"
    if job.uses is not None:
        yield f"what {job.uses.text[:80]}, which job {job.id} calls, does on another event is not known"
    if any(use.where.startswith(("container", "services")) for use in job.secrets):
        yield f"job {job.id} takes secrets to fetch its image, which a change from a fork has not"
    for step in job.steps:
        uses = step.uses
        named = "" if uses is None or uses.kind is not UsesKind.REPOSITORY else f"{uses.owner}/{uses.repo}".lower()
        if uses is not None and named not in _SILENT:
            yield f"what {uses.text[:80]} of job {job.id} does on another event is not known"


def of_base(checkout: Checkout, around: Around) -> bool:
    """Tell whether a checkout is, or may be, of the base under the one event and of the change's merge under the other.

    "The branch, tag or SHA to checkout. When checking out the repository that triggered a workflow, this defaults to the
    reference or SHA for that event." https://github.com/actions/checkout#usage
    """
    if checkout.outside_code:
        return not checkout.ref
    other = checkout.repository.strip().lower()
    return not other or "${{" in other or not around.repository or other == around.repository.lower()
