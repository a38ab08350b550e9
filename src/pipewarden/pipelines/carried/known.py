"""What the outputs of well-known actions hold, as their own pages say.

An action that is not here makes its outputs open, unless nothing of an outsider's can be in what it is for.
"""

# ruff: noqa: SIM905  (a list of words reads best as text)
from pipewarden.pipelines.carried.held import OWN, Held, filtered, unfollowed
from pipewarden.pipelines.parts import Step

_HEAD = "the head of the pull request"
_FILES = "names of changed files"
_CODE = Held(code=_HEAD)
_BRANCH = Held(code=_HEAD, text="the branch of the pull request")
_NAMES = Held(text=_FILES)
JSON_LIST = "names of changed files, as JSON"
"""Quoted as JSON is: no danger inside JavaScript, one inside a shell."""
_TITLE = Held(text="the title of the pull request")
_BODY = Held(text="the body of the pull request")
_COMMENT = Held(text="the comment")
_NUMBER = Held(number=True)

_PULL = {
    "head_ref": _BRANCH, "head_sha": _CODE, "head-ref": _BRANCH, "head-sha": _CODE, "ref": _BRANCH, "sha": _CODE,
    "head_owner": _CODE, "head_repo": _CODE, "repository": _CODE, "base_ref": OWN, "base_sha": OWN, "base-ref": OWN, "base-sha": OWN,
    "number": _NUMBER, "pr": _NUMBER, "pr_number": _NUMBER, "pr-number": _NUMBER, "title": _TITLE, "body": _BODY,
    "pr_title": _TITLE, "pr_body": _BODY, "pr_head_ref": _BRANCH, "pr_head_sha": _CODE, "pr_url": OWN, "pr_found": OWN,
    "pr_base_ref": OWN, "state": OWN,
}  # fmt: skip

OUTPUTS: dict[str, dict[str, Held]] = {
    "actions/checkout": {"ref": OWN, "commit": OWN},
    # https://github.com/xt0rted/pull-request-comment-branch#outputs
    "xt0rted/pull-request-comment-branch": _PULL,
    # https://github.com/alessbell/pull-request-comment-branch
    "alessbell/pull-request-comment-branch": _PULL,
    # https://github.com/eficode/resolve-pr-refs#outputs
    "eficode/resolve-pr-refs": _PULL,
    # https://github.com/jwalton/gh-find-current-pr#outputs
    "jwalton/gh-find-current-pr": _PULL,
    # https://github.com/8BitJonny/gh-get-current-pr#outputs
    "8bitjonny/gh-get-current-pr": _PULL,
    # https://github.com/potiuk/get-workflow-origin#outputs
    "potiuk/get-workflow-origin": {
        "sourceheadrepo": _CODE, "sourceheadbranch": _BRANCH, "sourceheadsha": _CODE, "mergecommitsha": _CODE,
        "targetcommitsha": OWN, "targetbranch": OWN, "pullrequestnumber": _NUMBER, "sourceevent": OWN,
    },
    # https://github.com/tj-actions/branch-names#outputs
    "tj-actions/branch-names": {
        "current_branch": _BRANCH, "head_ref_branch": _BRANCH, "base_ref_branch": OWN, "default_branch": OWN,
        "is_default": OWN, "is_tag": OWN, "tag": OWN,
    },
    # https://github.com/khan/pull-request-comment-trigger#outputs
    "khan/pull-request-comment-trigger": {"triggered": OWN, "comment_body": _COMMENT},
    # https://github.com/peter-evans/find-comment#outputs
    "peter-evans/find-comment": {"comment-id": OWN, "comment-node-id": OWN, "comment-author": OWN, "comment-body": _COMMENT},
    # https://github.com/xt0rted/slash-command-action#outputs
    "xt0rted/slash-command-action": {"command-name": OWN, "command-arguments": _COMMENT},
    # https://github.com/stefanbuck/github-issue-parser#outputs
    "stefanbuck/github-issue-parser": {"*": Held(text="the fields of the issue")},
    # https://github.com/zentered/issue-forms-body-parser#outputs
    "zentered/issue-forms-body-parser": {"*": Held(text="the fields of the issue")},
}  # fmt: skip
"""By action in lower case: each output in lower case; `*` is any other."""

_FILE_LISTS = frozenset(
    {
        "jitterbit/get-changed-files",
        "ana06/get-changed-files",
        "trilom/file-changes-action",
        "masesgroup/retrieve-changed-files",
        "lots0logs/gh-action-get-changed-files",
        "knu/changed-files",
        "umani/changed-files",
    }
)
"""Actions whose outputs are names of changed files: "a valid filename" can be `$(whoami).txt`.
https://github.com/tj-actions/changed-files/security/advisories/GHSA-mcph-m25j-8j63"""
_ESCAPING = {"tj-actions/changed-files": 41, "tj-actions/verify-changed-files": 17}
"""Actions that escape names from a version on, unless `safe_output` is off.
https://github.com/tj-actions/changed-files/security/advisories/GHSA-mcph-m25j-8j63"""
_YES_OR_NO = ("any_", "only_", "_count")

_HARMLESS = tuple(
    """
    actions/setup- actions/cache actions/upload- actions/download-artifact actions/create-github-app-token
    actions/deploy-pages actions/configure-pages docker/setup- docker/login-action docker/build-push-action
    aws-actions/ azure/login google-github-actions/auth google-github-actions/setup-gcloud step-security/
    hashicorp/setup- peter-evans/create-pull-request peter-evans/create-or-update-comment tibdex/github-app-token
    actions/labeler actions/stale actions/first-interaction webfactory/ssh-agent crazy-max/ghaction-import-gpg
    dtolnay/rust-toolchain swatinem/rust-cache pnpm/action-setup astral-sh/setup-uv oven-sh/setup-bun ruby/setup-ruby
    shivammathur/setup-php subosito/flutter-action gradle/actions dorny/paths-filter actions/attest sigstore/
    octo-sts/action github/codeql-action codecov/
    """.split()
)
"""Beginnings of actions whose outputs are made by themselves: identifiers, versions, hits of a cache, tokens."""


def outputs_of(step: Step, name: str) -> Held | None:
    """Return what an output of an action holds; None where the action is not known."""
    if step.uses is None:
        return None
    action, lowered = step.uses.action, name.lower()
    known = OUTPUTS.get(action)
    if known is not None:
        return known.get(lowered, known.get("*", unfollowed(f"the output {name} of {action}")))
    if action in _FILE_LISTS:
        return _NAMES
    if action in _ESCAPING:
        return _changed(step, lowered, _ESCAPING[action])
    if action == "dorny/paths-filter" and lowered.endswith("_files"):
        # "shell" and "csv" quote or escape, "json" and "escape" do not keep a shell from reading on
        return Held(text=JSON_LIST) if step.with_.get("list-files", "") == "json" else filtered(_NAMES)
    return OWN if action.startswith(_HARMLESS) else None


def _changed(step: Step, name: str, first: int) -> Held:
    if name.startswith(_YES_OR_NO[:2]) or name.endswith(_YES_OR_NO[2]):
        return OWN
    ref = step.uses.ref.removeprefix("v").partition(".")[0] if step.uses is not None else ""
    old = ref.isdecimal() and int(ref) < first and len(ref) < 4
    return _NAMES if old or step.with_.get("safe_output", "").strip().lower() == "false" else filtered(_NAMES)


def sets_no_variables(step: Step) -> bool:
    """Tell whether an action is known to leave no text of others in the environment of later steps."""
    if step.uses is None:
        return False
    action = step.uses.action
    return (
        action in OUTPUTS or action in _FILE_LISTS or action in _ESCAPING or action.startswith((*_HARMLESS, "actions/"))
    )
