"""Whether a script puts files into a release, or an image into a registry.

https://cli.github.com/manual/gh_release_create https://docs.gitlab.com/cli/release/create/
"""

import re
import shlex

from pipewarden.pipelines.begun import begun

MOST_CHARACTERS = 50_000
_RELEASE = re.compile(
    begun("gh", "glab", "hub", "tea") + r"[ \t]+releases?[ \t]+(?P<verb>create|upload|edit)\b(?P<rest>[^\n;&|]*)"
)
_API = re.compile(r"uploads(?<=\buploads)\.github\.com/repos/|/releases/[^\s/]{1,100}/assets\b")
_IMAGE = re.compile(
    begun("docker", "podman", "buildah", "crane", "oras", "nerdctl") + r"[ \t]+(?:image[ \t]+|manifest[ \t]+)?push\b"
)
_BUILT = re.compile(begun("build") + r"x?[ \t]+[^\n]{0,500}--push\b")
_RELEASES = re.compile(r"release(?<=[ \t]release)s?[ \t]")
_CONTINUED = re.compile(r"\\\r?\n[ \t]*")
_ALONE = frozenset(
    {"-d", "--draft", "-p", "--prerelease", "--generate-notes", "--verify-tag", "--fail-on-no-commits", "--notes-from-tag",
     "--clobber", "--latest", "--no-update", "--use-package-registry", "--publish-to-catalog"}
)  # fmt: skip
"""Options that take no value of their own; every other one takes the word behind it."""
_OF_FILES = frozenset({"-a", "--attach", "--asset", "--assets-links"})
"""Options of `hub`, `tea` and `glab` that name a file."""


def publishes(script: str) -> str:
    """Return what a script publishes, `files` or `an image`; empty where it is neither."""
    if "release" not in script and "push" not in script:
        return ""
    whole = _CONTINUED.sub(" ", script[:MOST_CHARACTERS])
    # what each begins by stands in many scripts, so that rarer words of it are asked for first
    if ("/releases/" in whole or "uploads" in whole) and _API.search(whole):
        return "files"
    if _RELEASES.search(whole) and any(_with_files(found["rest"]) for found in _RELEASE.finditer(whole)):
        return "files"
    pushed = "push" in whole and _IMAGE.search(whole)
    return "an image" if pushed or ("--push" in whole and _BUILT.search(whole)) else ""


def _with_files(rest: str) -> bool:
    """Tell whether more than the tag is named: the words behind it are files. A release without files has the source alone."""
    try:
        words = shlex.split(rest.partition(">")[0], comments=True)
    except ValueError:
        words = rest.split()
    named = 0
    takes = False
    for word in words:
        if takes:
            takes = False
        elif word.partition("=")[0] in _OF_FILES:
            return True
        elif word.startswith("-"):
            takes = "=" not in word and word not in _ALONE
        else:
            named += 1
    return named > 1
