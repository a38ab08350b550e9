"""What a file is to the search for plain-text secrets: which structure carries its names and values."""

import re
from enum import StrEnum

from pipewarden.pipelines.files import PipelineKind, kind_of


class FileKind(StrEnum):
    """How a file names its values."""

    PIPELINE = "pipeline"
    """A pipeline definition in YAML, of any system."""
    JENKINSFILE = "jenkinsfile"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    YAML = "yaml"
    """Any other YAML, Helm values among it."""
    JSON = "json"
    ENV = "env"
    """`NAME=value` lines: env files, properties, ini, npmrc, pypirc, netrc."""
    SHELL = "shell"
    DOCKERFILE = "dockerfile"
    TERRAFORM = "terraform"
    XML = "xml"
    TEXT = "text"


TREES = frozenset({FileKind.PIPELINE, FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.YAML, FileKind.JSON})
"""Kinds that are read as a tree."""

_NAMES: tuple[tuple[re.Pattern[str], FileKind], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"(?:docker-)?compose[^/]*\.ya?ml", FileKind.COMPOSE),
        (r"(?:dockerfile|containerfile)(?:[._-][^/]*)?|[^/]+\.(?:dockerfile|containerfile)", FileKind.DOCKERFILE),
        (r"\.env(?:[._-][^/]*)?|[^/]*\.env|\.envrc", FileKind.ENV),
        (r"\.(?:npmrc|yarnrc|pypirc|netrc|pgpass|my\.cnf|s3cfg|boto)|_netrc|credentials|pip\.conf", FileKind.ENV),
        (r"[^/]+\.(?:properties|ini|cfg|conf|toml)", FileKind.ENV),
        (r"[^/]+\.(?:tfvars|tf|hcl|auto\.tfvars)", FileKind.TERRAFORM),
        (r"[^/]+\.(?:sh|bash|zsh|ksh|ps1|psm1|bat|cmd)|makefile|[^/]+\.mk", FileKind.SHELL),
        (r"[^/]+\.(?:groovy|gradle|kts)", FileKind.JENKINSFILE),
        (r"[^/]+\.(?:json|tfstate|dockercfg)|\.dockerconfigjson", FileKind.JSON),
        (r"[^/]+\.(?:xml|config|csproj|props|targets)", FileKind.XML),
    )
)
_MANIFEST = re.compile(r"^apiVersion:\s", re.MULTILINE)


def file_kind(path: str, text: str = "") -> FileKind:
    """Tell the kind of a file from its path, and for YAML from the text too."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    pipeline = kind_of(path)
    if pipeline is PipelineKind.JENKINS:
        return FileKind.JENKINSFILE
    if pipeline not in {None, PipelineKind.CODEOWNERS}:
        return FileKind.PIPELINE
    for pattern, kind in _NAMES:
        if pattern.fullmatch(name):
            return kind
    if name.lower().endswith((".yml", ".yaml")):
        return FileKind.KUBERNETES if _MANIFEST.search(text) else FileKind.YAML
    return FileKind.TEXT
