"""What zizmor says of workflows, as further weaknesses of them, with the reach of the job they stand in."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from msgspec.structs import replace

from pipewarden.connectors.jobs import codes
from pipewarden.connectors.kept import Kept
from pipewarden.connectors.zizmor import Told, Zizmor, configuration
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Origin, Resource
from pipewarden.model.ids import Ref
from pipewarden.model.jobs import EffectiveJob


class Without(Enum):
    """Why zizmor says nothing."""

    OFF = "it was not asked for"
    ABSENT = "zizmor is not installed"


ASKED = "zizmor"
"""Under this name a workflow that was read over a system's API tells which version of zizmor was asked about it."""
OTHER = "wf.zizmor.other"
MOST_SECONDS = 300.0
"""That zizmor is given for one checkout: files on which it never ends would each cost their time again. What comes later is told."""
CHECK_OF = {
    "adhoc-packages": "wf.run.remote_script",
    "archived-uses": "wf.uses.archived",
    "artipacked": "wf.token.persisted",
    "bot-conditions": "wf.trigger.weak_gate",
    "cache-poisoning": "wf.cache.poison",
    "dangerous-triggers": "wf.trigger.prt_any",
    "excessive-permissions": "wf.perm.write_all",
    "github-app": "wf.token.app_broad",
    "forbidden-uses": "wf.uses.unverified",
    "github-env": "wf.inject.github_env",
    "hardcoded-container-credentials": OTHER,
    "impostor-commit": "wf.uses.impostor",
    "insecure-commands": "wf.run.insecure_commands",
    "insecure-url-scheme": "wf.run.remote_script",
    "known-vulnerable-actions": "wf.uses.known_vuln",
    "obfuscation": "wf.run.obfuscated",
    "overprovisioned-secrets": "wf.secret.all",
    "ref-confusion": "wf.uses.ref_confusion",
    "ref-version-mismatch": "wf.uses.ref_confusion",
    "secrets-inherit": "wf.secret.inherit",
    "secrets-outside-env": "wf.secret.outside_env",
    "self-hosted-runner": "wf.runner.self_hosted_untrusted",
    "template-injection": "wf.inject.template",
    "typosquat-uses": "wf.uses.typosquat",
    "undocumented-permissions": "wf.perm.undocumented",
    "unpinned-images": "wf.uses.image_unpinned",
    "unpinned-tools": "wf.run.remote_script",
    "unpinned-uses": "wf.uses.unpinned",
    "unredacted-secrets": "wf.secret.unredacted",
    "unsound-condition": "wf.trigger.always_true",
    "unsound-contains": "wf.trigger.weak_gate",
    "use-trusted-publishing": "wf.publish.no_trusted",
}
"""Which check tells what a rule of zizmor's finds; what stands here not, goes to a check for the rest.

https://docs.zizmor.sh/audits/
"""

LEFT_OUT = frozenset({"self-repository"})
"""Rules that are not told. This one fires on every `uses: ./…` of a repository's own actions and workflows, to have it written `$/…`.

What it warns of, a workspace that other code was brought into before, is told by `wf.uses.local_after_checkout` where it happens.
https://docs.zizmor.sh/audits/#self-repository
"""
ALONE = frozenset({OTHER, "wf.uses.archived", "wf.uses.typosquat", "wf.run.obfuscated"})
"""Checks that zizmor alone decides: its word for the severity counts, as far as the job reaches anything."""
_CODE = frozenset({"wf.inject.github_env"})
"""Checks whose own rule does not see all that zizmor sees; ours on expressions in scripts looks at each of them."""


def _severity(told: Told, check: str, open_lines: Collection[int]) -> str:
    """Return zizmor's word for a severity; where our own rule looked at the same and was silent, no more than a hint.

    Where ours could not follow a value (`open_lines`), zizmor's word stands, below what is seen to be an outsider's.
    """
    if check in ALONE or told.severity == "informational":
        return told.severity
    if told.audit == "template-injection" and any(abs(told.line - line) <= _NEAR for line in open_lines):
        return "medium" if told.severity == "high" else told.severity
    if told.audit in _GENERAL or told.says.startswith(_READS_ALL):
        return "informational"
    return "medium" if check in _CODE and told.severity == "high" else "low"


_GENERAL = frozenset({"dangerous-triggers", "template-injection"})
"""Rules that speak of a trigger whatever its jobs do, and of expressions whatever they hold: our own rules follow both,
outputs of steps and variables too, so where ours are silent about the place, and nothing was left open there, a hint."""
_INJECTED = frozenset({"wf.inject.template", "wf.inject.cross_job"})
_NEAR = 3
"""Lines between two tellings of one thing: a script and the expression in it."""
_READS_ALL = "uses read-all"
_MISSING_BLOCK = "default permissions"
"""How zizmor begins to say that there is no block: that has a check of its own."""


def gap_without(why: Without, repository: Ref, origin: Origin) -> Gap:
    """Return the gap that says why zizmor was not asked; the same whether or not it is installed, where it is off."""
    cause = Cause.NOT_COLLECTED if why is Without.OFF else Cause.NO_ENGINE
    return Gap(scope=repository, facet=Facet.REPO_ZIZMOR, cause=cause, detail=why.value, origin=origin)


def asked(
    zizmor: Zizmor, files: Mapping[str, str], configs: Mapping[str, str], kept: Kept, seconds: float = MOST_SECONDS
) -> tuple[dict[str, list[Told]], dict[str, str]]:
    """Return what zizmor tells of each file, and why it told nothing of some; what has not changed is not asked again."""
    config = configuration(configs)
    mark = hashlib.blake2b((config or "").encode(), digest_size=8).hexdigest()
    part = f"zizmor {zizmor.version} {mark}"
    told: dict[str, list[Told]] = {}
    fresh: dict[str, str] = {}
    for path, text in files.items():
        known = kept.at_hand(part, path, text, tuple[Told, ...])
        if known is None:
            fresh[path] = text
        else:
            told[path] = list(known)
    run = zizmor.read(fresh, config, seconds=seconds) if fresh else None
    unread = {each.path: each.why for each in run.unread} if run is not None else {}
    for each in run.told if run is not None else ():
        told.setdefault(each.path, []).append(each)
    for path, text in fresh.items():
        if path not in unread:
            kept.keep(part, path, text, tuple(told.get(path, ())))
    return told, unread


def with_told(
    workflow: Resource,
    told: Iterable[Told],
    jobs: Iterable[EffectiveJob],
    inside: Mapping[str, Iterable[Told]] | None = None,
) -> Resource:
    """Return a workflow with what zizmor told of it among its weaknesses.

    `inside` is what it told of the repository's own actions, by path: each counts with what the jobs reach that use it.
    """
    every = tuple(jobs)
    by_job: dict[str, list[str]] = {}
    for job in every:
        by_job.setdefault(job.id.partition("/")[0], []).extend(codes(job))
    ends = workflow.attributes.get("open_ends") or ()
    open_lines = {int(end["line"]) for end in ends if _INJECTED & set(end.get("bears") or ())}
    rows = [_row(each, by_job, open_lines) for each in told if each.audit not in LEFT_OUT]
    for path, some in (inside or {}).items():
        rows += _rows_of_action(path, some, every)
    if not rows:
        return workflow
    kept = [*(workflow.attributes.get("weaknesses") or ()), *rows]
    return replace(workflow, attributes={**workflow.attributes, "weaknesses": kept})


def of_actions(
    said: Mapping[str, Sequence[Told]], actions: Iterable[str], jobs: Mapping[str, Iterable[EffectiveJob]]
) -> dict[str, dict[str, Sequence[Told]]]:
    """Return what zizmor told of actions by the workflow that it is told with: of those that use one, what reaches most."""
    found: dict[str, dict[str, Sequence[Told]]] = {}
    told = [path for path in actions if said.get(path)]
    if not told:
        return found
    users: dict[str, dict[str, int]] = {}
    for workflow, some in jobs.items():
        for job in some:
            for path in job.files:
                reach = users.setdefault(path, {})
                reach[workflow] = max(reach.get(workflow, 0), len(codes(job)))
    for path in told:
        using = users.get(path)
        if using:
            most = min((-much, workflow) for workflow, much in using.items())[1]
            found.setdefault(most, {})[path] = said[path]
    return found


def _rows_of_action(path: str, told: Iterable[Told], jobs: Iterable[EffectiveJob]) -> list[dict[str, Any]]:
    using = max((job for job in jobs if path in job.files), key=lambda job: len(codes(job)), default=None)
    if using is None:
        return []
    lines = {end.spot.line for end in using.open_ends if end.spot.path == path and _INJECTED & set(end.bears)}
    name = using.id.partition("/")[0]
    reaches = {name: codes(using)}
    said = [replace(each, job=name) for each in told if each.audit not in LEFT_OUT]
    return [{**_row(each, reaches, lines), "file": path} for each in said]


def _row(told: Told, by_job: Mapping[str, list[str]], open_lines: Collection[int]) -> dict[str, Any]:
    check = CHECK_OF.get(told.audit, OTHER)
    if told.audit == "excessive-permissions" and told.says.startswith(_MISSING_BLOCK):
        check = "wf.perm.missing"
    where = f"job {told.job[:44]}: " if told.job else ""
    return {
        "check": check,
        "line": told.line,
        "column": told.column,
        "job": told.job,
        "says": f"{where}{told.says[:120]}",
        "reaches": list(dict.fromkeys(by_job.get(told.job, ()))),
        "engine": "zizmor",
        "engine_severity": _severity(told, check, open_lines),
        "rule": told.audit,
        "url": told.url,
    }
