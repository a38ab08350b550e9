"""What `uses:` and image names point at, and whether somebody else can change what is behind them."""

import re
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from pipewarden.model.lazy import lazy


class UsesKind(StrEnum):
    """Where the code of a step, called workflow or image comes from."""

    REPOSITORY = "repository"
    LOCAL = "local"
    DOCKER = "docker"
    UNREADABLE = "unreadable"


class Pin(StrEnum):
    """How firmly a reference is tied to its content."""

    SHA = "sha"
    """A full commit hash: the only immutable reference to an action.
    https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions"""
    SHORT_SHA = "short_sha"
    """Looks like a shortened hash; GitHub does not resolve these, so it is a branch or tag of that name."""
    TAG = "tag"
    """Looks like a version; whoever writes to that repository can move it."""
    BRANCH = "branch"
    """A usual name of a branch: changes with every push."""
    REF = "ref"
    """A branch or a tag: the name does not tell which."""
    LOCAL = "local"
    """Comes with the checkout of this repository."""
    DOCKER_DIGEST = "docker_digest"
    DOCKER_TAG = "docker_tag"
    DYNAMIC = "dynamic"
    """Chosen by an expression."""
    NONE = "none"
    """No reference is given; GitHub refuses it."""

    @property
    def is_fixed(self) -> bool:
        """Tell whether what runs is fixed by this repository alone."""
        return self in _FIXED


_FIXED = frozenset({Pin.SHA, Pin.LOCAL, Pin.DOCKER_DIGEST})


class Uses(Struct, frozen=True, dict=True):
    """What a step or job uses. `owner`, `repo`, `path`, `ref` are of a repository; `image` is of docker."""

    text: str
    kind: UsesKind
    pin: Pin
    owner: str = ""
    repo: str = ""
    path: str = ""
    ref: str = ""
    image: str = ""

    @lazy
    def action(self) -> str:
        """`owner/repo` or `owner/repo/path` in lower case (GitHub ignores case), or the image or folder."""
        if self.kind is UsesKind.REPOSITORY:
            return "/".join(part for part in (self.owner, self.repo, self.path) if part).lower()
        return self.image or self.path


MAX_REF = 255
"""Longer names of branches and tags are not looked into."""

_FULL_SHA = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_SHORT_SHA = re.compile(r"[0-9a-f]{7,39}")
_VERSION = re.compile(r"(?:[A-Za-z][\w.-]*[-/@])?[vV]?\d+(?:\.\d+|\.x)*(?:[-+._]?[A-Za-z0-9][\w.+-]*)?")
_BRANCHES = re.compile(
    r"main|master|trunk|develop|development|dev|head|HEAD|next|edge|nightly|staging|gh-pages"
    r"|refs/heads/.+|(?:release|releases|feature|feat|fix)/.+"
)
_DIGEST = re.compile(r".+@sha(?:256|512):[0-9a-fA-F]{64,128}")
_REPOSITORY = re.compile(r"(?P<owner>[^/@\s]+)/(?P<repo>[^/@\s]+)(?P<path>/[^@\s]*)?(?:@(?P<ref>\S*))?")


def pin_of(ref: str) -> Pin:
    """Classify the part after `@`. Only a full hash is sure; tag and branch are told by their usual names."""
    if not ref:
        return Pin.NONE
    if "${{" in ref:
        return Pin.DYNAMIC
    if len(ref) > MAX_REF:
        return Pin.REF
    if _FULL_SHA.fullmatch(ref):
        return Pin.SHA
    if ref.startswith("refs/tags/"):
        return Pin.TAG
    if _BRANCHES.fullmatch(ref):
        return Pin.BRANCH
    if _SHORT_SHA.fullmatch(ref) and not ref.isdecimal():
        return Pin.SHORT_SHA
    if _VERSION.fullmatch(ref):
        return Pin.TAG
    return Pin.REF


def image_pin(image: str) -> Pin:
    """Classify the name of a container image: only a digest is fixed."""
    if not image:
        return Pin.NONE
    if _DIGEST.fullmatch(image):
        return Pin.DOCKER_DIGEST
    return Pin.DYNAMIC if "${{" in image else Pin.DOCKER_TAG


@lru_cache(maxsize=4096)  # the same actions are used in many steps
def read_uses(text: str) -> Uses:
    """Read the value of `uses:`.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
    What begins with `$/` is of the workflow's own repository at the commit that runs, whatever was checked out.
    https://github.blog/changelog/2026-07-30-reference-same-repository-actions-with-self-repository-syntax/
    """
    plain = text.strip()
    if plain.startswith("$/"):
        return Uses(plain, UsesKind.LOCAL, Pin.LOCAL, path=f".{plain[1:]}")
    if plain.startswith(("./", "../", ".\\")):
        return Uses(plain, UsesKind.LOCAL, Pin.LOCAL, path=plain.partition("@")[0])
    if plain.startswith("docker://"):
        image = plain.removeprefix("docker://")
        return Uses(plain, UsesKind.DOCKER, image_pin(image), image=image)
    found = _REPOSITORY.fullmatch(plain)
    if not found:
        pin = Pin.DYNAMIC if "${{" in plain else Pin.NONE
        return Uses(plain, UsesKind.UNREADABLE, pin)
    ref = found["ref"] or ""
    path = (found["path"] or "").strip("/")
    return Uses(plain, UsesKind.REPOSITORY, pin_of(ref), found["owner"], found["repo"], path, ref)
