"""The files of a repository that decide access: its workflows, and who owns which code."""

from collections.abc import Iterable
from typing import Any, Literal

from pipewarden.connectors.github.composed import waiting
from pipewarden.connectors.github.connections import Part, refusals
from pipewarden.connectors.github.run import Run, picked
from pipewarden.connectors.pipelines import told_of, workflow_facts
from pipewarden.connectors.plain_secrets import PlainSecrets
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Resource
from pipewarden.model.ids import Ref
from pipewarden.pipelines.codeowners import read_codeowners

MOST_WORKFLOW_BYTES = 1024 * 1024

PLACES = (
    ("codeownersGithub", ".github/CODEOWNERS"),
    ("codeownersRoot", "CODEOWNERS"),
    ("codeownersDocs", "docs/CODEOWNERS"),
)
"""Where CODEOWNERS may stand, the first that is there counts.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""


def codeowners(run: Run, repository: Part, ref: Ref, attributes: dict[str, Any]) -> Iterable[AnyFact]:
    """Add the CODEOWNERS file that counts to a repository's attributes; yields gaps."""
    hidden = [repository.at(key) for key, _ in PLACES]
    if any(each.refused for each in hidden):
        yield from refusals(run, ref, Facet.REPO_CODEOWNERS, (r for each in hidden for r in each.refused))
        yield from refusals(run, ref, Facet.REPO_CODEOWNERS, repository.at("codeowners").refused)
        return
    for part, (_, path) in zip(hidden, PLACES, strict=True):
        blob = part.value or {}
        if "text" not in blob:
            continue  # nothing there, or a folder
        if blob["text"] is None:
            yield run.gap(ref, Facet.REPO_CODEOWNERS, cause=Cause.TOO_LARGE, detail=f"{path} is binary or too large")
            return
        told = repository.at("codeowners")
        yield from refusals(run, ref, Facet.REPO_CODEOWNERS, told.refused)
        if told.value is None and not told.refused:
            detail = f"what GitHub says of {path} was not given"
            yield run.gap(ref, Facet.REPO_CODEOWNERS, cause=Cause.MISSING_FIELD, detail=detail)
        attributes["codeowners"] = {
            "path": path,
            "errors": [
                picked(e, "line", "column", "kind", "message")
                for e in (told.value or {}).get("errors") or ()
                if isinstance(e, dict)
            ],
        }
        attributes["codeowners_rules"] = [
            {"pattern": rule.pattern, "owners": list(rule.owners), "line": rule.line}
            for rule in read_codeowners(path, blob["text"]).rules[:2000]
        ]
        return
    attributes["codeowners"] = None
    yield from refusals(run, ref, Facet.REPO_CODEOWNERS, repository.at("codeowners").refused)


def workflows(
    run: Run, repository: Part, ref: Ref, name: str, default: Literal["read", "write"] | None, *, public: bool
) -> Iterable[AnyFact]:
    """Yield what the workflow files of the default branch say, each with its gap where it was not given whole."""
    folder = repository.at("workflows")
    if folder.value is None:
        yield from refusals(run, ref, Facet.REPO_WORKFLOWS, folder.refused)
        return
    yield from refusals(run, ref, Facet.REPO_WORKFLOWS, (r for r in folder.refused if len(r.place) < 2))
    if "entries" not in folder.value:
        return  # a file of that name, not a folder
    if not isinstance(folder.value["entries"], list):
        if not folder.refused:
            detail = "the list of workflow files was not given"
            yield run.gap(ref, Facet.REPO_WORKFLOWS, cause=Cause.MISSING_FIELD, detail=detail)
        return
    plain = PlainSecrets(ref, name, run.fingerprint_key)
    for number in range(len(folder.value["entries"])):
        yield from _workflow(run, folder.at("entries", number), ref, name, default, plain, public=public)
    yield from plain.facts()


def _workflow(
    run: Run,
    entry: Part,
    ref: Ref,
    name: str,
    default: Literal["read", "write"] | None,
    plain: PlainSecrets,
    *,
    public: bool,
) -> Iterable[AnyFact]:
    yield from refusals(run, ref, Facet.REPO_WORKFLOWS, entry.refused)
    if not isinstance(entry.value, dict):
        if not entry.refused:
            yield run.gap(ref, Facet.REPO_WORKFLOWS, cause=Cause.MISSING_FIELD, detail="a workflow file was not named")
        return
    path = str(entry.value.get("path") or f".github/workflows/{entry.value.get('name')}")
    if entry.value.get("type") not in {"blob", None} or not path.endswith((".yml", ".yaml")):
        return
    blob = entry.value.get("object")
    if blob is None:
        if not entry.refused:
            detail = f"the text of {path} was not given"
            yield run.gap(ref, Facet.REPO_WORKFLOWS, cause=Cause.MISSING_FIELD, detail=detail)
        return
    text = blob.get("text")
    if text is None or blob.get("isTruncated") or len(text) > MOST_WORKFLOW_BYTES:
        detail = f"{path} is binary, truncated or too large"
        yield run.gap(ref, Facet.REPO_WORKFLOWS, cause=Cause.TOO_LARGE, detail=detail)
        return
    origin = run.origin("graphql Repositories")
    plain.pipeline(path, text, origin)
    told = told_of(path, text, owner=name.partition("/")[0], default=default)
    for fact in workflow_facts(told, repository=ref, repository_name=name, origin=origin, public=public):
        # its jobs are put together when all that they may call was read
        yield waiting(fact, told) if isinstance(fact, Resource) else fact
