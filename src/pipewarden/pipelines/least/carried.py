"""Which files a step takes from the steps before it: what has to be carried over where it runs in a job of its own.

A row is what the action's README and `action.yml` say; a step that has none may take anything.
"""

import re
import shlex
from collections.abc import Mapping
from typing import NamedTuple

from pipewarden.pipelines.parts import Step
from pipewarden.pipelines.uses import UsesKind


class Takes(NamedTuple):
    """What an action takes of the workspace. Names of inputs are in lower case."""

    folders: tuple[tuple[str, str], ...] = ()
    """Inputs that name a folder, with what it is where they are not set."""
    patterns: tuple[str, ...] = ()
    """Inputs that list files, a pattern a line."""
    never: tuple[str, ...] = ()
    """Inputs with which it takes more than that."""
    source: str = ""


_NOTHING = Takes()

ACTIONS: Mapping[str, Takes] = {
    "pypa/gh-action-pypi-publish": Takes(
        folders=(("packages-dir", "dist"),),
        never=("packages_dir",),
        source="https://github.com/pypa/gh-action-pypi-publish#customizing-target-package-dists-directory",
    ),
    "peaceiris/actions-gh-pages": Takes(
        folders=(("publish_dir", "public"),),
        source="https://github.com/peaceiris/actions-gh-pages#options",
    ),
    "softprops/action-gh-release": Takes(
        patterns=("files",),
        never=("body_path", "working_directory"),
        source="https://github.com/softprops/action-gh-release#inputs",
    ),
    "azure/webapps-deploy": Takes(
        folders=(("package", ""),),
        never=("configuration-file", "startup-command"),
        source="https://github.com/Azure/webapps-deploy#inputs",
    ),
    "peter-evans/repository-dispatch": _NOTHING,
    "slackapi/slack-github-action": Takes(never=("payload-file-path", "command")),
    "actions/create-github-app-token": _NOTHING,
    "aws-actions/configure-aws-credentials": _NOTHING,
    "azure/login": _NOTHING,
    "docker/login-action": _NOTHING,
    "docker/setup-buildx-action": Takes(never=("buildkitd-config", "config", "append")),
    "docker/setup-qemu-action": _NOTHING,
    "docker/metadata-action": Takes(never=("bake-target",)),
    # without `context` it builds what stands in git, and reads no file of the workspace
    "docker/build-push-action": Takes(
        never=(
            "context",
            "build-contexts",
            "secret-files",
            "ssh",
            "outputs",
            "load",
        ),
        source="https://github.com/docker/build-push-action#git-context",
    ),
}

_CONTEXTS = re.compile(r"\$\{\{(?P<inside>[^}]*)\}\}")
_FREE_CONTEXT = re.compile(r"\b(?:github|secrets|vars|inputs)\b")
_OTHER_CONTEXT = re.compile(r"\b(?:env|job|jobs|steps|runner|strategy|matrix|needs|hashFiles)\b")
_STATUS = re.compile(r"\b(?:always|failure|cancelled|success)\s*\(", re.IGNORECASE)
_STEP_OUTPUT = re.compile(r"\bsteps\.(?P<id>[\w-]+)\.outputs\b")
_FOLDER = re.compile(r"(?:\./)?(?P<path>[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*)/?")
_PATTERN = re.compile(r"(?:\./)?(?P<path>[A-Za-z0-9_][\w.-]*(?:/[A-Za-z0-9_][\w.-]*)*)/[\w.*{},-]+")


def files_of(step: Step) -> tuple[str, ...] | None:
    """Return the folders that a step takes from steps before it, none where it takes nothing; None where that is not known."""
    if step.run is not None:
        return _of_script(step)
    if step.uses is None or step.uses.kind is not UsesKind.REPOSITORY:
        return None
    takes = ACTIONS.get(step.uses.action)
    if takes is None or any(step.with_.get(name) for name in takes.never):
        return None
    found: list[str] = []
    for name, default in takes.folders:
        folder = _folder(step.with_.get(name) or default)
        if folder is None:
            return None
        found.append(folder)
    for name in takes.patterns:
        for line in step.with_.get(name, "").splitlines():
            if line.strip():
                pattern = _PATTERN.fullmatch(line.strip())
                if pattern is None:
                    return None
                found.append(pattern["path"])
    return tuple(dict.fromkeys(found))


def _folder(text: str) -> str | None:
    """Return a path inside the workspace that is written out; None for anything else."""
    found = _FOLDER.fullmatch(text.strip())
    return found["path"] if found is not None and ".." not in text.split("/") else None


def reads_before(step: Step, ids: frozenset[str]) -> str:
    """Say what a step reads of those before it; `ids` are steps that go with it. Empty where it reads nothing of them."""
    texts = [*step.with_.values(), *step.env.values(), step.run or "", step.name]
    inside = [found["inside"] for text in texts for found in _CONTEXTS.finditer(text)]
    if step.condition:
        if _STATUS.search(step.condition):
            return "it runs by how the steps before it ended"
        inside.append(step.condition)
    for text in inside:
        own = _STEP_OUTPUT.sub(lambda found: "" if found["id"] in ids else found.group(), text)
        found = _OTHER_CONTEXT.search(re.sub(r"'[^']*'", "", own))
        if found is not None:
            return f"it reads `{found.group()}`, which is of its own job"
    return ""


_SHELL = re.compile(r"[;&|<>`(){}*?!~]|\$(?!\{?[A-Za-z_])")
_AWS_FREE = frozenset(
    {("cloudfront", "create-invalidation"), ("ecs", "update-service"), ("lambda", "update-function-code")}
)


def _of_script(step: Step) -> tuple[str, ...] | None:
    """Return the folders that a script takes which only copies with the AWS CLI or calls a hook; None for any other."""
    if step.working_directory or step.shell not in {"", "bash", "sh"}:
        return None
    # an expression may be any text: like a variable, it is no path that is written out
    script = _CONTEXTS.sub("$X", (step.run or "").replace("\\\n", " "))
    found: list[str] = []
    for line in script.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        if _SHELL.search(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", line)):
            return None
        try:
            words = shlex.split(line)
        except ValueError:
            return None
        taken = _of_command(words)
        if taken is None:
            return None
        found += taken
    return tuple(dict.fromkeys(found)) if script.strip() else None


def _of_command(words: list[str]) -> list[str] | None:
    """Return the folders that one command takes; None where that is not known."""
    if words[:2] == ["aws", "s3"] and len(words) > 4 and words[2] in {"sync", "cp"}:
        paths = [word for word in words[3:5] if not word.startswith("-")]
        if len(paths) != 2 or not paths[1].startswith("s3://") or any(word.startswith("file") for word in words):
            return None
        folder = _folder(paths[0])
        return [folder] if folder is not None and (words[2] == "sync" or "--recursive" in words) else None
    if words[0] == "aws" and tuple(words[1:3]) in _AWS_FREE:
        return None if any("file" in word or "zip" in word for word in words[3:]) else []
    if words[0] in {"echo", "printf", "set"}:
        return []
    if words[0] == "curl":
        files = (
            "@",
            "-T",
            "--upload-file",
            "-F",
            "--form",
            "-K",
            "--config",
            "-b",
            "-c",
            "-o",
            "-O",
            "-E",
            "--cert",
            "--key",
        )
        return None if any("@" in word or word.startswith(files) for word in words[1:]) else []
    return None


def needs_session(step: Step) -> bool:
    """Tell whether a step works with the session that a sign-in to AWS leaves."""
    return step.run is not None and re.search(r"^\s*aws\s", step.run, re.MULTILINE) is not None
