"""Which files a step takes from the steps before it: what has to be carried over where it runs in a job of its own.

A row is what the action's README and `action.yml` say; a step that has none may take anything.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipewarden.pipelines.least.paths import folder, pattern
from pipewarden.pipelines.least.programs import of_script
from pipewarden.pipelines.least.taken import Taken, UnknownFilesError
from pipewarden.pipelines.parts import Step
from pipewarden.pipelines.uses import UsesKind


class Takes(NamedTuple):
    """What an action takes of the workspace. Names of inputs are in lower case."""

    folders: tuple[tuple[str, str], ...] = ()
    """Inputs that name a folder or one file, with what it is where they are not set."""
    patterns: tuple[str, ...] = ()
    """Inputs that list files, a pattern a line or between commas."""
    never: tuple[str, ...] = ()
    """Inputs with which it takes more than that."""
    must: tuple[str, ...] = ()
    """Inputs without one of which it takes more than that."""
    repository: bool = False
    """Whether it works with what was checked out, too."""
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
    "jamesives/github-pages-deploy-action": Takes(
        folders=(("folder", ""),),
        never=("ssh-key",),
        repository=True,
        source="https://github.com/JamesIves/github-pages-deploy-action#required-setup",
    ),
    # what it puts out was uploaded before, as an artifact of the run
    "actions/deploy-pages": Takes(source="https://github.com/actions/deploy-pages#inputs-"),
    "actions/attest-build-provenance": Takes(
        patterns=("subject-path",),
        never=("subject-checksums", "push-to-registry"),
        source="https://github.com/actions/attest-build-provenance#inputs",
    ),
    "actions/attest": Takes(
        patterns=("subject-path",),
        never=("subject-checksums", "push-to-registry", "predicate-path", "sbom-path"),
        source="https://github.com/actions/attest#inputs",
    ),
    "softprops/action-gh-release": Takes(
        patterns=("files",),
        never=("body_path", "working_directory"),
        source="https://github.com/softprops/action-gh-release#inputs",
    ),
    "ncipollo/release-action": Takes(
        patterns=("artifacts", "artifact"),
        never=("bodyfile",),
        source="https://github.com/ncipollo/release-action#action-inputs",
    ),
    "actions/upload-release-asset": Takes(
        folders=(("asset_path", ""),), source="https://github.com/actions/upload-release-asset#inputs"
    ),
    "actions/create-release": Takes(never=("body_path",)),
    "actions/upload-artifact": Takes(patterns=("path",), source="https://github.com/actions/upload-artifact#inputs"),
    "codecov/codecov-action": Takes(
        patterns=("files",),
        never=("directory", "root_dir", "working-directory", "plugins"),
        must=("disable_search=true", "files"),
        repository=True,
        source="https://github.com/codecov/codecov-action#arguments",
    ),
    "azure/webapps-deploy": Takes(
        folders=(("package", ""),),
        never=("configuration-file", "startup-command"),
        source="https://github.com/Azure/webapps-deploy#inputs",
    ),
    "azure/functions-action": Takes(
        folders=(("package", ""),),
        never=("respect-funcignore", "respect-pom-xml", "scm-do-build-during-deployment", "enable-oryx-build"),
        source="https://github.com/Azure/functions-action#workflow-setup",
    ),
    "bacongobbler/azure-blob-storage-upload": Takes(
        folders=(("source_dir", ""),), source="https://github.com/bacongobbler/azure-blob-storage-upload#source_dir"
    ),
    "google-github-actions/upload-cloud-storage": Takes(
        folders=(("path", ""),),
        never=("gcloudignore_path",),
        source="https://github.com/google-github-actions/upload-cloud-storage#inputs",
    ),
    "google-github-actions/deploy-cloudrun": Takes(
        never=("source", "metadata", "env_vars_file"),
        must=("image",),
        source="https://github.com/google-github-actions/deploy-cloudrun#inputs",
    ),
    "aws-actions/aws-cloudformation-github-deploy": Takes(
        folders=(("template", ""),),
        never=("parameter-overrides-file",),
        source="https://github.com/aws-actions/aws-cloudformation-github-deploy#usage",
    ),
    "nwtgck/actions-netlify": Takes(
        folders=(("publish-dir", ""),),
        never=("functions-dir", "netlify-config-path"),
        source="https://github.com/nwtgck/actions-netlify#required-inputs-and-env",
    ),
    "google-github-actions/auth": _NOTHING,
    "google-github-actions/setup-gcloud": _NOTHING,
    "google-github-actions/get-secretmanager-secrets": _NOTHING,
    "aws-actions/configure-aws-credentials": _NOTHING,
    "aws-actions/amazon-ecr-login": _NOTHING,
    "aws-actions/aws-secretsmanager-get-secrets": _NOTHING,
    "azure/login": _NOTHING,
    "azure/docker-login": _NOTHING,
    "azure/functions-container-action": _NOTHING,
    "redhat-actions/podman-login": _NOTHING,
    "actions/create-github-app-token": _NOTHING,
    "peter-evans/repository-dispatch": _NOTHING,
    "peter-evans/create-or-update-comment": Takes(never=("body-path", "body-file")),
    "marocchino/sticky-pull-request-comment": Takes(never=("path",)),
    "artursouza/sticky-pull-request-comment": Takes(never=("path",)),
    "akhilerm/tag-push-action": _NOTHING,
    "actions/add-to-project": _NOTHING,
    "slackapi/slack-github-action": Takes(never=("payload-file-path", "command")),
    "rtcamp/action-slack-notify": _NOTHING,
    "ravsamhq/notify-slack-action": _NOTHING,
    "ilshidur/action-discord": _NOTHING,
    "zzak/action-discord": _NOTHING,
    "appleboy/telegram-action": Takes(
        never=("message_file", "photo", "document", "sticker", "audio", "voice", "video")
    ),
    "dawidd6/action-send-mail": Takes(never=("attachments",)),
    "docker/login-action": _NOTHING,
    "docker/setup-buildx-action": Takes(never=("buildkitd-config", "config", "append")),
    "docker/setup-qemu-action": _NOTHING,
    "docker/metadata-action": Takes(never=("bake-target",)),
    # without `context` it builds what stands in git, and reads no file of the workspace
    "docker/build-push-action": Takes(
        never=("context", "build-contexts", "secret-files", "ssh", "outputs", "load"),
        source="https://github.com/docker/build-push-action#git-context",
    ),
}

_WHY: Mapping[str, str] = {
    "codecov/codecov-action": (
        "it looks for reports in the whole workspace: with `files` and `disable_search: true` one knows which it takes"
    ),
    "peter-evans/create-pull-request": "it takes every change that the steps before made in the workspace",
    "stefanzweifel/git-auto-commit-action": "it takes every change that the steps before made in the workspace",
    "goreleaser/goreleaser-action": "it builds and publishes at once: `goreleaser build` and `continue` can part the two",
    "changesets/action": "it builds and publishes at once",
    "cycjimmy/semantic-release-action": "it runs the plugins of the repository with what it is given",
    "docker/build-push-action": "the image may hold what the steps before built",
    "docker/bake-action": "the image may hold what the steps before built",
}
"""Why nothing goes over for some actions that are often met."""

_MESSENGERS = frozenset(
    {
        "actions/add-to-project",
        "appleboy/telegram-action",
        "artursouza/sticky-pull-request-comment",
        "dawidd6/action-send-mail",
        "ilshidur/action-discord",
        "marocchino/sticky-pull-request-comment",
        "peter-evans/create-or-update-comment",
        "peter-evans/repository-dispatch",
        "ravsamhq/notify-slack-action",
        "rtcamp/action-slack-notify",
        "slackapi/slack-github-action",
        "zzak/action-discord",
    }
)
_HOOK = re.compile(r"\bcurl\b")
_SENDS = re.compile(r"\b(?:aws|gcloud|gsutil|az|gh release)\b|(?:\s-T\s|--upload-file)")
_PAGES = re.compile(r"pages\s+(?:deploy|publish)\s+(?P<folder>[\w./-]+)(?:\s+--[\w-]+(?:[= ][^\n]*)?)*$")
_LITERAL = re.compile(r"\$\{\{\s*env\.(?P<name>[A-Za-z_]\w*)\s*\}\}")
_NEEDS_FILES = re.compile(r"\brequire\s*\(|\bimport\b|\bglob\.|\bexec\.|GITHUB_WORKSPACE|process\.cwd|\bio\.")


def taken_by(step: Step, env: Mapping[str, str] | None = None) -> Taken:
    """Return what a step takes from steps before it. `env` are variables whose values the file writes out.

    Raises UnknownFilesError where that is not known, with what is to be said of it.
    """
    known = env or {}
    if step.run is not None:
        return of_script(_filled(step.run, known), step)
    if step.uses is None or step.uses.kind is not UsesKind.REPOSITORY:
        raise UnknownFilesError
    inputs = {name: _filled(value, known) for name, value in step.with_.items()}
    if step.uses.action == "actions/github-script":
        if _NEEDS_FILES.search(inputs.get("script", "require(")):
            raise UnknownFilesError("its script may read any file")
        return Taken()
    if step.uses.action == "cloudflare/wrangler-action":
        return _pages(inputs)
    takes = ACTIONS.get(step.uses.action)
    why = _WHY.get(step.uses.action, "")
    if (
        takes is None
        or any(inputs.get(name) for name in takes.never)
        or not all(_has(inputs, must) for must in takes.must)
    ):
        raise UnknownFilesError(why)
    return Taken(tuple(dict.fromkeys(_paths(takes, inputs))), repository=takes.repository)


def _pages(inputs: Mapping[str, str]) -> Taken:
    """Return what Wrangler takes to put out a site that was built before; with any other command it may build.

    https://developers.cloudflare.com/workers/wrangler/commands/pages/#pages-deploy
    """
    found = _PAGES.match(inputs.get("command", "").strip())
    site = folder(found["folder"]) if found is not None else None
    if site is None or any(inputs.get(name) for name in ("workingdirectory", "precommands", "postcommands")):
        raise UnknownFilesError("what its command takes is not known")
    return Taken((site,), repository=True)


def _has(inputs: Mapping[str, str], must: str) -> bool:
    name, _, value = must.partition("=")
    given = inputs.get(name, "").strip().lower()
    return given == value if value else bool(given)


def _paths(takes: Takes, inputs: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths that inputs name. Raises UnknownFilesError where one is not written out."""
    for name, default in takes.folders:
        found = folder(inputs.get(name) or default)
        if found is None:
            raise UnknownFilesError(_not_written(name, inputs))
        yield found
    for name in takes.patterns:
        for each in re.split(r"[\n,]", inputs.get(name, "")):
            if each.strip():
                listed = pattern(each)
                if listed is None:
                    raise UnknownFilesError(_not_written(name, inputs))
                yield listed


def _not_written(name: str, inputs: Mapping[str, str]) -> str:
    return f"`{name}` does not write its files out" if inputs.get(name) else f"it names no `{name}`"


def _filled(text: str, env: Mapping[str, str]) -> str:
    """Put in the values of variables that the file writes out."""
    if "env." not in text:
        return text
    return _LITERAL.sub(lambda found: env.get(found["name"], found.group()), text)


def only_tells(step: Step) -> bool:
    """Tell whether a step sends a message and nothing else."""
    if step.run is not None:
        return _HOOK.search(step.run) is not None and _SENDS.search(step.run) is None
    return step.uses is not None and step.uses.action in _MESSENGERS


def is_listed(step: Step) -> bool:
    """Tell whether a step is an action of which is known what it takes: one that publishes, signs in or tells."""
    return step.uses is not None and step.uses.action in ACTIONS
