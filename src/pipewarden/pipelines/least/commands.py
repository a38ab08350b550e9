"""Which scopes the commands of a script need that is given the job's token: the GitHub CLI, git and registries.

https://cli.github.com/manual/ and https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from pipewarden.pipelines.begun import begun

_READING = frozenset(
    {
        "view",
        "list",
        "ls",
        "status",
        "diff",
        "checks",
        "checkout",
        "download",
        "watch",
        "verify",
        "verify-asset",
        "clone",
        "search",
    }
)

_PARTS = {
    "pr": "pull-requests",
    "issue": "issues",
    "label": "issues",
    "release": "contents",
    "repo": "contents",
    "run": "actions",
    "workflow": "actions",
    "cache": "actions",
    "attestation": "attestations",
}
"""The scope behind the first word of the GitHub CLI."""

_ALSO = {
    ("pr", "merge"): {"contents": "write"},
    ("pr", "create"): {"contents": "read"},
    ("pr", "update-branch"): {"contents": "write"},
    ("pr", "checks"): {"checks": "read", "statuses": "read"},
    ("pr", "checkout"): {"contents": "read"},
    ("pr", "diff"): {"contents": "read"},
    ("issue", "develop"): {"contents": "write"},
}
_FREE = frozenset({"auth", "config", "extension", "completion", "version", "help", "alias", "--version"})

# what may stand before a command is asked for behind its name: by that the engine finds it
_GH = re.compile(r"gh(?<![^\s;&|(`]gh)\s+(?P<part>[\w-]+)(?:\s+(?P<verb>[\w-]+))?")
_GIT_PUSH = re.compile(r"git(?<![^\s;&|(`]git)\s+(?:-[cC]\s+\S+\s+)*push\b")
_GHCR = re.compile(begun(r"ghcr\.io") + r"\b")
_PUSH_IMAGE = re.compile(
    r"(?:docker|podman|buildah|skopeo|crane|oras|helm)\s+(?:\S+\s+){0,3}?(?:push|copy|login)\b|--push\b"
)

_HARMLESS = frozenset({
    "echo", "printf", "cd", "pwd", "ls", "cat", "head", "tail", "grep", "egrep", "sed", "awk", "tr", "cut",
    "sort", "uniq", "wc", "test", "true", "false", "exit", "set", "export", "unset", "local", "declare",
    "readonly", "read", "if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until", "case",
    "esac", "function", "return", "shift", "sleep", "date", "mkdir", "cp", "mv", "rm", "touch", "chmod", "tar",
    "gzip", "unzip", "zip", "sha256sum", "shasum", "md5sum", "base64", "jq", "yq", "git", "gh", "tee", "xargs",
    "find", "basename", "dirname", "which", "command", "type", "source", "envsubst", "diff", "cmp", "seq",
    "env", "time", "wait", "trap", "break", "continue",
})  # fmt: skip
"""Words that begin a command and take no token anywhere, and the two programs that are looked into."""

_FIRST = re.compile(
    rf"(?:[\n;&|(`]|\$\(|{begun('then', 'do', 'else')}\b)\s*(?:[A-Za-z_]\w*=\S*\s+)*(?P<word>[A-Za-z_./$\"{{][\w./${{}}\"-]*)"
)
"""Asked of a script behind an end of line."""
_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_CONTINUED = re.compile(r"\\\n")
MOST_SCRIPT = 20_000
"""Characters of a script that are looked into; a longer one may need anything."""


def of_github_cli(script: str) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    """Yield each command of the GitHub CLI with the scopes it needs; None where that cannot be told."""
    for found in _GH.finditer(_plain(script)):
        part, verb = found["part"], found["verb"] or ""
        text = f"gh {part} {verb}".strip()
        if part in _FREE:
            continue
        scope = _PARTS.get(part)
        if scope is None:
            yield text, None
            continue
        level = "read" if verb in _READING else "write"
        yield text, {scope: level, **_ALSO.get((part, verb), {})}


def pushes(script: str) -> bool:
    """Tell whether a script pushes with git."""
    return "push" in script and bool(_GIT_PUSH.search(_plain(script)))


def pushes_image(script: str) -> bool:
    """Tell whether a script logs in or pushes to GitHub's container registry."""
    if "ghcr.io" not in script:
        return False
    plain = _plain(script)
    return bool(_GHCR.search(plain) and _PUSH_IMAGE.search(plain))


def strange(script: str) -> str:
    """Return the first program of a script that may use the token in a way that is not known; empty where there is none."""
    if len(script) > MOST_SCRIPT:
        return "a long script"
    for found in _FIRST.finditer("\n" + _plain(script)):
        word = found["word"].strip('"')
        if word and word not in _HARMLESS:
            return word[:60]
    return ""


@lru_cache(maxsize=1)  # one question after the other is asked of the same script
def _plain(script: str) -> str:
    """Return a script with its comments and line continuations taken out."""
    whole = script[:MOST_SCRIPT]
    whole = _CONTINUED.sub(" ", whole) if "\\\n" in whole else whole
    return _COMMENT.sub("", whole) if "#" in whole else whole
