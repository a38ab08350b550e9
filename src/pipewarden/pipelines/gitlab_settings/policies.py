"""Security policies: approvals that merge requests need, and jobs that run in the pipelines of many projects.

https://docs.gitlab.com/user/application_security/policies/
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.definition import Definition, Weakness
from pipewarden.pipelines.gitlab_settings.told import is_off, is_true, items, read, under
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Sequence

APPROVALS = "gl.mr.policy"
EXECUTION = "gl.ci.pipeline_policy"
SOURCE = f"{EXECUTION}.source"
"""Whose project holds the jobs of a policy: who may write there is what the settings of that project tell."""
MOST_NAME = 40
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_WHO = (
    ("users", "person", "people"),
    ("groups", "group", "groups"),
    ("roles", "role", "roles"),
    ("custom_roles", "role", "roles"),
    ("access_tokens", "token", "tokens"),
    ("service_accounts", "service account", "service accounts"),
    ("branches", "pair of branches", "pairs of branches"),
)
"""Whom a policy lets past. https://docs.gitlab.com/user/application_security/policies/merge_request_approval_policies/#bypass_settings"""


def read_policies(path: str, text: str, library: Library) -> Definition:
    """Read `.gitlab/security-policies/policy.yml`."""
    del library
    return read(path, text, _judged)


def _judged(root: Mapping) -> Iterator[Weakness]:
    for kind in ("approval_policy", "scan_result_policy"):
        for policy in items(root.get(kind)):
            yield from _approvals(policy)
    for policy in items(root.get("pipeline_execution_policy")):
        if not is_off(policy):
            yield from _execution(policy)


def _name(policy: Node) -> str:
    return text_of(under(policy, "name"))[:MOST_NAME] or "without a name"


def _approvals(policy: Node) -> Iterator[Weakness]:
    """Yield by what an approval policy lets changes through that it seems to stop.

    https://docs.gitlab.com/user/application_security/policies/merge_request_approval_policies/#approval_policy-schema
    """
    name = _name(policy)

    def weak(node: Node | None, says: str, severity: str = "") -> Weakness:
        at = position(node or policy)
        return Weakness(check=APPROVALS, position=at, says=f"the policy {name} {says}", by="writer", severity=severity)

    if is_off(policy):
        yield weak(under(policy, "enabled"), "is switched off", "low")
        return
    kind = under(policy, "enforcement_type")
    if text_of(kind) == "warn":
        yield weak(kind, "warns only: changes that break it are merged")
    fails = under(policy, "fallback_behavior", "fail")
    if text_of(fails) == "open":
        yield weak(fails, "lets changes in where it cannot be evaluated (fail: open)")
    past = under(policy, "bypass_settings")
    passing = [
        f"{len(found)} {one if len(found) == 1 else many}"
        for key, one, many in _WHO
        if (found := items(under(past, key)))
    ]
    if passing:
        yield weak(past, f"lets {', '.join(passing[:3])} past")
    asked = [each for each in items(under(policy, "actions")) if text_of(under(each, "type")) == "require_approval"]
    blocks = under(policy, "approval_settings", "prevent_approval_by_author")
    if asked and all(text_of(under(each, "approvals_required")) == "0" for each in asked) and not is_true(blocks):
        yield weak(asked[0], "asks for no approval")
    left = items(under(policy, "policy_scope", "projects", "excluding"))
    if left:
        many = f"{len(left)} project{'s' if len(left) > 1 else ''}"
        yield weak(under(policy, "policy_scope", "projects", "excluding"), f"leaves {many} out", "low")
    for rule in items(under(policy, "rules")):
        spared = items(under(rule, "branch_exceptions"))
        if spared:
            yield weak(under(rule, "branch_exceptions"), f"spares {len(spared)} of the branches", "medium")


def _execution(policy: Node) -> Iterator[Weakness]:
    """Yield by what jobs of a policy are changed or skipped, and where they come from.

    https://docs.gitlab.com/user/application_security/policies/pipeline_execution_policies/
    """
    name = _name(policy)
    include = under(policy, "content", "include")
    for entry in include.items if isinstance(include, Sequence) else (include,) if include is not None else ():
        project, ref = text_of(under(entry, "project")), text_of(under(entry, "ref"))
        if project and not _SHA.fullmatch(ref):
            at = position(under(entry, "ref") or under(entry, "project") or entry)
            says = f"the policy {name} runs what {project[:MOST_NAME]} holds"
            yield Weakness(
                check=SOURCE, position=at, says=says, by="supplier", reaches=("secret:*", f"source:{project}@{ref}")
            )
    skip = under(policy, "skip_ci", "allowed")
    if is_true(skip) and skip is not None:
        yield Weakness(
            check=EXECUTION,
            position=position(skip),
            says=f"whoever pushes skips the jobs of the policy {name} by [skip ci] in a commit's message",
            by="writer",
            severity="medium",
        )
    free = under(policy, "variables_override", "allowed")
    spared = texts_of(under(policy, "variables_override", "exceptions"))
    if is_true(free) and free is not None:
        but = f" but {len(spared)}" if spared else ""
        yield Weakness(
            check=EXECUTION,
            position=position(free),
            says=f"every project sets all variables{but} of the jobs of the policy {name}",
            by="writer",
            severity="medium",
        )
    elif spared:
        yield Weakness(
            check=EXECUTION,
            position=position(under(policy, "variables_override", "exceptions") or policy),
            says=f"every project sets {', '.join(spared[:3])[:60]} of the jobs of the policy {name}",
            by="writer",
            severity="low",
        )
