"""Which repositories may state trusts, by what the batch shows of them: the names at their root, and `id-token` in a workflow."""

from collections.abc import Iterable, Iterator
from typing import Any

from pipewarden.connectors.github.connections import Part, refusals
from pipewarden.connectors.github.run import Run
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Ref
from pipewarden.pipelines.trusts.places import shows

MAY_STATE = "may_state_trusts"
"""Under this name a repository tells what speaks for files that state trusts; it is absent where nothing does."""

ASKS = "id-token"
"""What a workflow says whose job asks for a token of OIDC."""


def may_state_trusts(run: Run, repository: Part, ref: Ref) -> tuple[str, list[Gap]]:
    """Return what speaks for files that state trusts, "" where nothing does, and the gap where the root was not shown."""
    root = repository.at("root")
    gaps = refusals(run, ref, Facet.REPO_TRUSTS, root.refused)
    entries = root.value.get("entries") if isinstance(root.value, dict) else None
    if not isinstance(entries, list):
        if isinstance(root.value, dict) and not root.refused:
            detail = "the files at its root were not shown"
            gaps.append(run.gap(ref, Facet.REPO_TRUSTS, cause=Cause.MISSING_FIELD, detail=detail))
        entries = []
    told = next(_at_root(entries), "") or next(_in_workflows(repository), "")
    return told, gaps


def is_action(repository: Part) -> bool:
    """Tell whether a repository is an action itself, by the names at its root.

    https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
    """
    root = repository.at("root").value
    entries = root.get("entries") if isinstance(root, dict) else None
    listed = entries if isinstance(entries, list) else ()
    return any(isinstance(each, dict) and each.get("name") in ("action.yml", "action.yaml") for each in listed)


def own_folders(repository: Part) -> list[str]:
    """Return the folders in which a repository keeps its own actions by custom: those in `.github/actions`."""
    shown = repository.at("ownActions").value
    entries = shown.get("entries") if isinstance(shown, dict) else None
    listed = entries if isinstance(entries, list) else ()
    names = (each.get("name") for each in listed if isinstance(each, dict) and each.get("type") == "tree")
    return [
        f".github/actions/{name}" for name in names if isinstance(name, str) and "/" not in name and "\0" not in name
    ]


def _at_root(entries: Iterable[Any]) -> Iterator[str]:
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            continue
        folder = entry.get("type") == "tree"
        if shows(name, folder=folder):
            yield f"{name}/" if folder else name


def _in_workflows(repository: Part) -> Iterator[str]:
    folder = repository.at("workflows").value
    entries = folder.get("entries") if isinstance(folder, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        blob = entry.get("object") if isinstance(entry, dict) else None
        text = blob.get("text") if isinstance(blob, dict) else None
        if isinstance(text, str) and ASKS in text:
            yield f"{ASKS} in {entry.get('path') or entry.get('name')}"
