"""Finding the shapes of providers' secrets in a text, by what must stand in them before any pattern is tried."""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from pipewarden.pipelines.plain.found import Confidence
from pipewarden.pipelines.plain.shapes import SHAPES, Shape, compiled
from pipewarden.pipelines.plain.sought import SHARED, Sought
from pipewarden.pipelines.plain.values import entropy

MAX_TRIES = 20_000
"""Places of one file at which patterns are tried; a file with more is hostile."""


class Hit(Struct, frozen=True, gc=False):
    """A secret at offsets of the text. The value lives only as long as one file is read, and is never shown."""

    start: int
    end: int
    value: str
    kind: str
    confidence: Confidence
    where: str = ""

    def __repr__(self) -> str:
        """Show the place and the kind alone."""
        return f"Hit({self.start}, {self.end}, {self.kind!r})"


_BY_ANCHOR: dict[str, list[int]] = {}
for _at, _shape in enumerate(SHAPES):
    for _anchor in _shape.anchors:
        _BY_ANCHOR.setdefault(_anchor, []).append(_at)
_EMULATOR, _EMULATOR_NEAR = "devstoreaccount1", 300
"""The account of the storage emulator, whose key everybody has
(https://learn.microsoft.com/en-us/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key)."""
LEAST = 20
"""Characters without a blank that every shape has, and that few words of a text have."""
_DIGIT = re.compile(r"\d")
# what most of those are: an action or an image at a commit or digest, whose text no anchor of ours stands in
_PINNED = re.compile(r"[\w./-]*@(?:sha256:)?[0-9a-f]{40,64}")
_PEM = re.compile(
    r"-----BEGIN (?P<what>(?:RSA |DSA |EC |OPENSSH |ENCRYPTED |PGP |SSH2 ENCRYPTED )?PRIVATE KEY(?: BLOCK)?)-----"
    r"(?P<body>[A-Za-z0-9+/=\s\\rn,:.()\"'-]{0,20000}?)-----END (?P=what)-----"
)
_PEM_ANCHOR = "PRIVATE KEY"
_ANCHORS = Sought((*_BY_ANCHOR, _PEM_ANCHOR))
_BY_NUMBER: dict[int, list[str]] = {}
for _anchor in _ANCHORS.words:
    for _number in SHARED.share([_anchor.lower()]).values():
        _BY_NUMBER.setdefault(_number, []).append(_anchor)
_AROUND = 400
"""Characters on either side of an anchor in which the stretch that it stands in ends, or is long."""
_FEW = re.compile(r"(.)\1{5,}|(?:x{4}|X{4})|EXAMPLE|example|0123456789|123456789|abc123|abcdefghij|ABCDEFGHIJ|\.\.\.")


def anchors_in(text: str) -> list[str]:
    """Return the anchors that stand in the long stretches of a text: the one pass before any pattern."""
    found: set[str] = set()
    tries = 0
    for anchor, at in _places(text):
        if anchor not in found:
            tries += 1
            if tries > MAX_TRIES or anchor == _PEM_ANCHOR or _is_long(text, at):
                found.add(anchor)
    return [anchor for anchor in _ANCHORS.words if anchor in found] if found else []


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Yield where anchors stand, by the pass that other searches need as well where it can tell."""
    seen = SHARED.over(text)
    if seen is None:
        yield from _ANCHORS.places(text)
        return
    for number, at, _ in seen.hits:
        for anchor in _BY_NUMBER.get(number, ()):
            if text.startswith(anchor, at):
                yield anchor, at


def _is_long(text: str, at: int) -> bool:
    """Tell whether what stands around an offset without a blank is as long as any secret, and not what most of that is."""
    before, after = text[max(0, at - _AROUND) : at], text[at : at + _AROUND]
    head = "" if before[-1:].isspace() else before.rsplit(None, 1)[-1:]
    tail = after.split(None, 1)[0]
    word = f"{head[0] if head else ''}{tail}"
    if len(word) >= _AROUND:
        return True  # it may go on
    drawn = _DIGIT.search(word) or "hf_" in word or "api_org_" in word
    return len(word) >= LEAST and bool(drawn) and not _PINNED.fullmatch(word)


def shape_hits(text: str, anchors: list[str]) -> Iterator[Hit]:
    """Yield what has the shape of a provider's secret. Linear: patterns are bounded, and begin at a border."""
    tries = 0
    for anchor in anchors:
        if anchor == _PEM_ANCHOR:
            yield from _private_keys(text)
            continue
        for index in _BY_ANCHOR[anchor]:
            shape = SHAPES[index]
            at = text.find(anchor)
            while at >= 0 and tries < MAX_TRIES:
                tries += 1
                hit = _try(text, shape, index, at)
                if hit:
                    yield hit
                at = text.find(anchor, hit.end if hit and hit.end > at else at + len(anchor))


def _try(text: str, shape: Shape, index: int, at: int) -> Hit | None:
    """Try one pattern at one anchor."""
    start = _start(text, at, shape)
    if start < 0:
        return None
    found = compiled(index).match(text, start)
    if not found and shape.back == 10:
        # the id before the colon has eight to ten digits
        found = compiled(index).match(text, start + 1) or compiled(index).match(text, start + 2)
    if not found:
        return None
    start = found.start()
    if start and text[start - 1].isalnum() and not shape.back and not text.startswith(("/", "."), start):
        return None
    group = 1 if found.re.groups else 0
    value = found.group(group)
    end = found.end(group)
    if end < len(text) and text[end].isalnum() and value[-1].isalnum():
        return None
    confidence = Confidence.SHAPED
    if shape.check is not None:
        if shape.check(value):
            confidence = Confidence.CERTAIN
        elif shape.strict:
            return None
    if confidence is not Confidence.CERTAIN and is_made_up(value, shape):
        return None
    around = text[max(0, start - _EMULATOR_NEAR) : end + _EMULATOR_NEAR] if shape.kind == "azure_storage_key" else ""
    kind = "service_password" if _EMULATOR in around else shape.kind
    return Hit(found.start(group), end, value, kind, confidence)


@lru_cache(maxsize=4096)
def is_disproven(value: str) -> bool:
    """Tell whether a value has the form of a vendor whose checksum it fails: whatever its name says, it never was one."""
    for anchor in _CHECKED:
        if value.startswith(anchor):
            for index in _BY_ANCHOR[anchor]:
                shape = SHAPES[index]
                found = compiled(index).match(value) if shape.check and shape.strict else None
                if found and found.end() == len(value) and shape.check is not None:
                    return not shape.check(value)
    return False


_CHECKED = tuple(
    anchor for anchor, rows in _BY_ANCHOR.items() if any(SHAPES[row].check and SHAPES[row].strict for row in rows)
)
_LONG_BACK = 200
_RUN_BACK = re.compile(r"[\w-]*\Z")


def _start(text: str, at: int, shape: Shape) -> int:
    """Return where the secret would begin whose anchor stands at an offset."""
    if shape.back >= 0:
        return at - shape.back if at >= shape.back else (0 if shape.back == 10 else -1)
    # the anchor stands somewhere in the middle: go to the border of the stretch
    window = text[max(0, at - _LONG_BACK) : at]
    found = _RUN_BACK.search(window)
    return at - len(found.group()) if found else -1


def is_made_up(value: str, shape: Shape) -> bool:
    """Tell whether a value has the shape and was written by hand for a page: runs, counting, too few characters."""
    body = value
    for anchor in shape.anchors:
        if body.startswith(anchor):
            body = body[len(anchor) :]
            break
    return bool(_FEW.search(body)) or entropy(body) < (2.6 if len(body) >= 16 else 2.2)


def _private_keys(text: str) -> Iterator[Hit]:
    """Yield private keys in PEM (RFC 7468), also with their line ends escaped."""
    last = 0
    at = text.find("-----BEGIN ")
    tries = 0
    while at >= 0 and tries < 200:
        tries += 1
        found = _PEM.match(text, at) if at >= last else None
        if found and _is_key(found.group("body")):
            value = found.group()
            yield Hit(found.start(), found.end(), value, "private_key", Confidence.CERTAIN)
            last = found.end()
        at = text.find("-----BEGIN ", at + 11)


def _is_key(body: str) -> bool:
    """Tell whether something of a key's size stands between the lines."""
    plain = re.sub(r"\\[rn]|[\s\"',]", "", body)
    return len(plain) >= 60 and not _FEW.search(plain[:400].replace("AAAAAA", "")) and entropy(plain) > 4.0
