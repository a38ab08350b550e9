"""The files of a repository that decide access: its workflows, who owns which code, what Dependabot may, whom it trusts."""

from collections.abc import Iterable
from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.github.connections import Part, refusals
from pipewarden.connectors.github.fetched import Fetched
from pipewarden.connectors.github.run import Run
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap
from pipewarden.model.ids import Ref
from pipewarden.pipelines.codeowners import read_codeowners
from pipewarden.pipelines.dependabot import read_dependabot
from pipewarden.pipelines.files import PipelineKind, kind_of

MOST_BYTES = 1024 * 1024
"""Of one file; a larger one is not read, and says so."""
MOST_TRUSTS = 200
"""Policies of octo-sts in one repository; more of them are counted."""

DEPENDABOT = (("dependabotYml", ".github/dependabot.yml"), ("dependabotYaml", ".github/dependabot.yaml"))
"""Where Dependabot's configuration may stand.

https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference
"""

CONFIGS = (
    ("zizmorGithubYml", ".github/zizmor.yml"),
    ("zizmorGithubYaml", ".github/zizmor.yaml"),
    ("zizmorYml", "zizmor.yml"),
    ("zizmorYaml", "zizmor.yaml"),
)
"""Where a repository keeps its own configuration of zizmor.

https://docs.zizmor.sh/configuration/#discovery
"""

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
        blob = _object(part, path)
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
            {"pattern": rule.pattern, "owners": list(rule.owners), "line": rule.line, "column": rule.column}
            for rule in read_codeowners(path, blob["text"]).rules[:2000]
        ]
        return
    attributes["codeowners"] = None
    yield from refusals(run, ref, Facet.REPO_CODEOWNERS, repository.at("codeowners").refused)


def workflows(run: Run, repository: Part, files: Fetched) -> Iterable[AnyFact]:
    """Read the workflow files of the default branch; yields a gap for each that was not given whole."""
    for key, path in CONFIGS:
        part = repository.at(key)
        yield from refusals(run, files.ref, Facet.REPO_ZIZMOR, part.refused)
        blob = part.value
        if isinstance(blob, dict) and isinstance(blob.get("text"), str) and not blob.get("isTruncated"):
            files.configs[path] = blob["text"]
    folder = repository.at("workflows")
    if folder.value is None:
        yield from refusals(run, files.ref, Facet.REPO_WORKFLOWS, folder.refused)
        if "workflows" not in repository.value and not folder.refused:  # null alone says that there is no such folder
            detail = "the folder of workflow files was not given"
            yield run.gap(files.ref, Facet.REPO_WORKFLOWS, cause=Cause.MISSING_FIELD, detail=detail)
        return
    yield from refusals(run, files.ref, Facet.REPO_WORKFLOWS, (r for r in folder.refused if len(r.place) < 2))
    if "entries" not in _object(folder, ".github/workflows"):
        return  # a file of that name, not a folder
    if not isinstance(folder.value["entries"], list):
        if not folder.refused:
            detail = "the list of workflow files was not given"
            yield run.gap(files.ref, Facet.REPO_WORKFLOWS, cause=Cause.MISSING_FIELD, detail=detail)
        return
    for number in range(len(folder.value["entries"])):
        entry = folder.at("entries", number)
        path, text, gaps = _entry(run, entry, files.ref, Facet.REPO_WORKFLOWS, "workflow", (".yml", ".yaml"))
        yield from gaps
        if text is not None:
            files.workflow(path, text)


def _object(part: Part, path: str) -> dict[str, Any]:
    """Return what stands at a path, empty where nothing does. Raises UnexpectedAnswer for what is no object."""
    if part.value is not None and not isinstance(part.value, dict):
        raise UnexpectedAnswer(f"{path} is not given as it is documented", endpoint="repositories")
    return part.value or {}


def _entry(
    run: Run, entry: Part, ref: Ref, facet: Facet, what: str, endings: tuple[str, ...]
) -> tuple[str, str | None, list[Gap]]:
    """Return the path and text of one file of a folder, None where it has none or is not of the kind; and the gaps."""
    gaps = refusals(run, ref, facet, entry.refused)
    if not isinstance(entry.value, dict):
        if not entry.refused:
            gaps.append(run.gap(ref, facet, cause=Cause.MISSING_FIELD, detail=f"a {what} file was not named"))
        return "", None, gaps
    folder = ".github/workflows" if facet is Facet.REPO_WORKFLOWS else ".github/chainguard"
    path = entry.value.get("path") or f"{folder}/{entry.value.get('name')}"
    if not isinstance(path, str):
        raise UnexpectedAnswer(f"the path of a {what} file is no text", endpoint="repositories")
    if entry.value.get("type") in ("tree", "commit") or not path.endswith(endings):
        return path, None, gaps
    blob = entry.value.get("object")
    if blob is None:
        if not entry.refused:
            detail = f"the text of {path} was not given"
            gaps.append(run.gap(ref, facet, cause=Cause.MISSING_FIELD, detail=detail))
        return path, None, gaps
    text, gap = text_of(run, blob, ref, facet, path)
    return path, text, [*gaps, *gap]


def text_of(run: Run, blob: dict[str, Any], ref: Ref, facet: Facet, path: str) -> tuple[str | None, list[Gap]]:
    """Return the text of a file that is there, or the gap that says why it has none."""
    text = blob.get("text")
    if not isinstance(text, str) or blob.get("isTruncated") or len(text) > MOST_BYTES:
        detail = f"{path} is binary, truncated or too large"
        return None, [run.gap(ref, facet, cause=Cause.TOO_LARGE, detail=detail)]
    return text, []


def dependabot(run: Run, repository: Part, files: Fetched, attributes: dict[str, Any]) -> Iterable[AnyFact]:
    """Add what Dependabot is told to a repository's attributes; yields gaps. What was refused stays absent."""
    facet = Facet.REPO_DEPENDABOT
    hidden = [repository.at(key) for key, _ in DEPENDABOT]
    if any(each.refused for each in hidden):
        yield from refusals(run, files.ref, facet, (r for each in hidden for r in each.refused))
        return
    for part, (_, path) in zip(hidden, DEPENDABOT, strict=True):
        if "text" not in _object(part, path):
            continue  # nothing there, or a folder
        text, gaps = text_of(run, part.value, files.ref, facet, path)
        yield from gaps
        read = read_dependabot(path, text) if text is not None else None
        if read is None:
            if not gaps:
                yield run.gap(files.ref, facet, cause=Cause.UNREADABLE, detail=f"{path} could not be read")
            return
        files.search(path, text or "")
        attributes["dependabot"] = read
        return
    attributes["dependabot"] = None


def trusts(run: Run, repository: Part, files: Fetched) -> Iterable[AnyFact]:
    """Read the policies of octo-sts; yields gaps. Those of a repository `.github` count for its organization.

    https://github.com/octo-sts/app#the-trust-policy
    """
    facet = Facet.REPO_FILES
    folder = repository.at("trusts")
    yield from refusals(run, files.ref, facet, (r for r in folder.refused if len(r.place) < 2))
    entries = folder.value.get("entries") if isinstance(folder.value, dict) else None
    if not isinstance(entries, list):
        if isinstance(folder.value, dict) and "entries" in folder.value and not folder.refused:
            detail = "the list of trust policies was not given"
            yield run.gap(files.ref, facet, cause=Cause.MISSING_FIELD, detail=detail)
        return
    count = 0
    for number in range(len(entries)):
        entry = folder.at("entries", number)
        path, text, gaps = _entry(run, entry, files.ref, facet, "trust", (".sts.yaml", ".sts.yml"))
        yield from gaps
        if text is None or kind_of(path) is not PipelineKind.OCTO_STS:
            continue
        count += 1
        if count <= MOST_TRUSTS:
            files.trust(path, text)
    if count > MOST_TRUSTS:
        yield run.gap(files.ref, facet, cause=Cause.TOO_LARGE, detail=f"{count - MOST_TRUSTS} more trust policies")
