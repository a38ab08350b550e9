"""Reading steps, and what they do with code and files: checkouts, artifacts, caches."""

import re

from pipewarden.pipelines import untrusted
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.inside import first_of
from pipewarden.pipelines.parts import Checkout, Step, Transfer
from pipewarden.pipelines.reading import Source, position, table_of, text_of
from pipewarden.pipelines.uses import Uses, UsesKind, read_uses
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

ROLE_INPUTS = ("role-to-assume", "service_account", "workload_identity_provider", "client-id", "role", "identity")
"""Inputs of the clouds' own login actions that name the role or identity that the token is exchanged for."""
_UPLOADS = frozenset({"actions/upload-artifact", "actions/upload-artifact/merge"})
_DOWNLOADS = frozenset({"actions/download-artifact"})
_DOWNLOADS_OF_OTHERS = frozenset({"dawidd6/action-download-artifact", "aochmann/actions-download-artifact"})
"""Actions made to take artifacts of other runs."""
_CACHES = frozenset({"actions/cache", "actions/cache/save"})
_RESTORES = frozenset({"actions/cache/restore"})
_BRING_CACHES = frozenset({"actions/setup-node", "actions/setup-python", "actions/setup-java", "actions/setup-go"})
"""Actions that restore a cache and save it: all but Go's where they are told which (`cache: npm`).
https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#setup-actions-for-specific-package-managers"""
_HAND_ON = _UPLOADS | _DOWNLOADS | _DOWNLOADS_OF_OTHERS | _CACHES | _RESTORES | _BRING_CACHES
_RUN_DOWNLOAD = re.compile(r"\bgh\s+run\s+download\b|/actions/artifacts/|downloadArtifact\b|listWorkflowRunArtifacts\b")
_NAMING = frozenset({"name", "key", "secrets", "secret-ids", *ROLE_INPUTS})
"""Inputs that name what a step hands on, what it reads from a store of secrets, or the role that it asks for."""
_EMPTY: dict[str, Position] = {}
_GIVES_ARTIFACTS = ("/actions/artifacts/", "downloadArtifact", "listWorkflowRunArtifacts")
_FETCHES_RUN = re.compile(r"run\s+download")
"""Begun by fixed text, it is searched for at once."""
_NOWHERE = Position(0, 0)
_PULL_REF = re.compile(r"\bpull/[^\n/]{1,300}/(?:merge|head)\b")


def read_steps(source: Source, node: Node | None) -> tuple[Step, ...]:
    """Read `steps:` of a job or composite action."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    if not isinstance(node, Sequence):
        source.fault(node, "steps must be a list")
        return ()
    return tuple(
        _step(source, step, index)
        for index, item in enumerate(node.items)
        if (step := source.mapping(item, "a step")) is not None
    )


def _step(source: Source, node: Mapping, index: int) -> Step:
    """Read one step."""
    parts = {key.value: value for key, value in node.pairs}
    said = parts.get
    uses, run = said("uses"), said("run")
    if uses is not None and run is not None:
        source.fault(node, "a step has either uses or run, not both")
    elif uses is None and run is None:
        source.fault(node, "a step has neither uses nor run")
    given = table_of(said("with"), lower=True)
    return Step(
        index=index,
        position=position(node),
        name=text_of(said("name")),
        id=text_of(said("id")),
        uses=uses_of(source, uses),
        uses_position=position(uses) if uses is not None else _NOWHERE,
        run=run.value if type(run) is Scalar else None,
        run_position=position(run) if run is not None else _NOWHERE,
        run_text_position=first_of(source.text, run) if type(run) is Scalar else None,
        shell=text_of(said("shell")),
        working_directory=text_of(said("working-directory")),
        with_=given,
        env=table_of(said("env")),
        condition=text_of(said("if")),
        mentions=tuple(source.mentions(node)),
        input_positions=_EMPTY if _NAMING.isdisjoint(given) else _places(parts["with"]),
    )


def _places(node: Node) -> dict[str, Position]:
    """Return where the inputs of an action stand that name something."""
    pairs = node.pairs if isinstance(node, Mapping) else ()
    return {name: position(value) for key, value in pairs if (name := key.value.lower()) in _NAMING}


def uses_of(source: Source, node: Node | None) -> Uses | None:
    """Read `uses:`, or None where there is none."""
    if node is None:
        return None
    if type(node) is not Scalar:
        source.fault(node, "uses must be text")
        return None
    uses = read_uses(node.value)
    if uses.kind is UsesKind.UNREADABLE:
        source.fault(node, f"{uses.text[:100]!r} is not owner/repository@ref, ./path or docker://image")
    return uses


def checkouts_of(steps: tuple[Step, ...]) -> tuple[Checkout, ...]:
    """Return the steps that check out code with actions/checkout.

    https://github.com/actions/checkout#usage
    """
    return tuple(
        _checkout(step)
        for step in steps
        if step.uses is not None and step.uses.kind is UsesKind.REPOSITORY and step.uses.action == "actions/checkout"
    )


def _checkout(step: Step) -> Checkout:
    repository = step.with_.get("repository", "")
    ref = step.with_.get("ref", "")
    persists = step.with_.get("persist-credentials", "true").strip().lower()
    return Checkout(
        step=step.index,
        position=step.position,
        repository=repository,
        ref=ref,
        persists_credentials=None if "${{" in persists else persists != "false",
        outside_code=names_outside_code(ref) or names_outside_code(repository),
    )


def names_outside_code(value: str) -> bool:
    """Tell whether a value can name the code of an outsider's pull request."""
    if "${{" not in value:
        return False
    flows = [flow for placed in find(value) for flow in placed.expression.flows]
    if any(untrusted.names_untrusted_code(flow) for flow in flows):
        return True
    return _PULL_REF.search(value) is not None and any(untrusted.is_pull_number(flow) for flow in flows)


def transfers_of(steps: tuple[Step, ...]) -> tuple[Transfer, ...]:
    """Return the steps that hand files on to other jobs and runs.

    https://docs.github.com/en/actions/tutorials/store-and-share-data
    https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching
    """
    return tuple(transfer for step in steps if (transfer := _transfer(step)) is not None)


def _transfer(step: Step) -> Transfer | None:
    if step.uses is not None and step.uses.kind is UsesKind.REPOSITORY and step.uses.action in _HAND_ON:
        return _transfer_by(step, step.uses.action)
    script = step.run or step.with_.get("script", "")
    if script and _downloads(script):
        at = step.uses_position if step.run is None else step.run_position
        return Transfer("artifact_download", step.index, at, "", other_run=True)
    return None


def _transfer_by(step: Step, action: str) -> Transfer | None:
    """Return what an action hands on or takes; None where it is told to keep no cache."""
    name = step.with_.get("name", "") or step.with_.get("key", "")
    if action in _UPLOADS:
        return Transfer("artifact_upload", step.index, _named_at(step), name)
    if action in _DOWNLOADS:
        other = "run-id" in step.with_
        return Transfer("artifact_download", step.index, _named_at(step), name, other_run=other)
    if action in _DOWNLOADS_OF_OTHERS:
        return Transfer("artifact_download", step.index, _named_at(step), name, other_run=True)
    if action in _CACHES:
        return Transfer("cache", step.index, _named_at(step), name)
    if action in _RESTORES:
        return Transfer("cache_restore", step.index, _named_at(step), name)
    kept = _own_cache(action, step.with_)
    return Transfer("cache", step.index, step.uses_position, kept) if kept else None


def _named_at(step: Step) -> Position:
    """Return where a step names what it hands on; where it names nothing, its action."""
    name = "name" if step.with_.get("name") else "key"
    return step.input_positions.get(name, step.uses_position)


def _own_cache(action: str, inputs: dict[str, str]) -> str:
    """Return what stands for the cache that an action keeps by itself; empty where it keeps none."""
    told = inputs.get("cache", "true" if action == "actions/setup-go" else "").strip().lower()
    return "" if told in {"", "false"} else f"{action} {'' if told == 'true' else told}".strip()


def _downloads(script: str) -> bool:
    """Tell whether a script takes artifacts of other runs."""
    if "rtifact" not in script and "download" not in script:
        return False  # one of these stands in each
    fetches = "download" in script and _FETCHES_RUN.search(script) is not None
    return (fetches or any(word in script for word in _GIVES_ARTIFACTS)) and _RUN_DOWNLOAD.search(script) is not None
