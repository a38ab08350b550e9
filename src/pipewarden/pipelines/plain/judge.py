"""Judging one name with its value, one argument of a command, one address: a secret, or an everyday text."""

import re

from pipewarden.pipelines.plain import values
from pipewarden.pipelines.plain.assignments import Assignment
from pipewarden.pipelines.plain.checksums import decoded
from pipewarden.pipelines.plain.found import Confidence
from pipewarden.pipelines.plain.names import Says, is_about, of_a_test_store, says, words_of
from pipewarden.pipelines.plain.shape_scan import Hit, anchors_in, is_disproven, shape_hits
from pipewarden.pipelines.plain.tree_walk import Leaf

MIN_PASSWORD = 6
"""Characters of a literal that is taken for a password; shorter ones are words of a test."""
MIN_SECRET = 8
_SERVICES = re.compile(r"(?:^|\.)services(?:\.|\[)")
_HOSTS = re.compile(
    r"(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal|[a-z][a-z0-9_-]{0,40})", re.IGNORECASE
)
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_NEAR = 400
"""Characters around an AWS access key id in which its secret is looked for."""


def judge_named(found: Assignment, where: str, *, is_line: bool = False) -> Hit | None:
    """Judge a literal by the name it stands under. `is_line`: the name was read from a line, not from a tree."""
    says_what = says(found.name)
    if says_what is Says.NOTHING:
        return None
    value = found.value.strip()
    place = f"{where}.{found.name}" if is_line and where else (found.name if is_line or not where else where)
    if not value or len(value) > values.MAX_VALUE or values.is_reference(value) or is_disproven(value):
        return None
    if values.is_published(value):
        return Hit(found.start, found.end, found.value, "service_password", Confidence.NAMED, place)
    service = bool(_SERVICES.search(where))
    test = service or of_a_test_store(found.name)
    if says_what is Says.PASSWORD:
        verdict = _password(value, test=test, loose=found.loose)
    elif says_what is Says.SECRET:
        verdict = _secret(value, loose=found.loose)
    else:
        verdict = _perhaps(found.name, value)
    if verdict is None:
        return None
    confidence, low = verdict
    # a name alone makes no service of it
    kind = _kind(found.name, says_what) if not low else "service_password" if service else "simple_password"
    return Hit(found.start, found.end, found.value, kind, confidence, place)


def _password(value: str, *, test: bool, loose: bool) -> tuple[Confidence, bool] | None:
    """Judge a literal under a password's name."""
    if any(char.isspace() for char in value) or (values.is_everyday(value) and not test):
        return None
    simple = values.is_placeholder(value) or values.is_wordy(value) or len(value) < MIN_PASSWORD
    if test and not values.is_random(value, 12):
        return None if "://" in value or len(value) < 3 else (Confidence.NAMED, True)
    if simple or (loose and not values.is_random(value, 10)):
        return None
    return Confidence.NAMED, False


def _secret(value: str, *, loose: bool) -> tuple[Confidence, bool] | None:
    """Judge a literal under the name of a token, key or secret: names of secrets stand there as often."""
    if len(value) < MIN_SECRET or any(char.isspace() for char in value):
        return None
    if values.is_everyday(value) or values.is_placeholder(value):
        return None
    if values.is_uuid(value):
        return Confidence.NAMED, False
    if values.is_key_id(value):
        return None
    if not values.is_random(value, 16 if loose else 10):
        return None
    return Confidence.NAMED, False


def _perhaps(name: str, value: str) -> tuple[Confidence, bool] | None:
    """Judge a literal under a name that may say secret: it must look random, and not like a digest."""
    if values.is_everyday(value) or values.is_placeholder(value) or values.is_uuid(value):
        return None
    if "/" in value.strip("/") or ";" in value or values.is_name_of_digest(value):
        # a path, a cache, or settings in one text: a password among them is judged by its own name
        return None
    if values.is_hex(value) and len(value) in {7, 8, 12, 40, 56, 64, 96, 128} and "key" not in words_of(name):
        return None
    if not values.is_random(value, 20) or values.entropy(value) < 3.0 or values.is_key_id(value):
        return None
    return Confidence.RANDOM, False


def _kind(name: str, says_what: Says) -> str:
    """Return the kind a name gives its value."""
    if says_what is Says.PASSWORD:
        return "password"
    if says_what is Says.PERHAPS:
        return "random_value"
    words = words_of(name)
    if "private" in words:
        return "private_key"
    if {"aws", "secret", "key"} <= set(words):
        return "aws_secret_access_key"
    if any(word.endswith(("key", "keys")) for word in words[-2:]):
        return "api_key"
    return "token" if any(word.endswith(("token", "pat", "jwt")) for word in words) else "secret"


def judge_given(kind: str, found: Assignment, where: str) -> Hit | None:
    """Judge an argument of a command."""
    value = found.value
    start, end = found.start, found.end
    if kind == "user":
        user, colon, value = value.partition(":")
        if not colon or values.is_reference(user):
            return None
        start += len(user) + 1
        if not value and values.is_random(user, 10):
            # a token given as the user, with an empty password
            return Hit(found.start, start - 1, user, "basic_auth", Confidence.NAMED, where)
    if not value or values.is_reference(value) or is_disproven(value):
        return None
    if kind == "bearer_token":
        if not values.is_uuid(value) and (values.is_placeholder(value) or not values.is_random(value, 16)):
            return None
        return Hit(start, end, value, "bearer_token", Confidence.NAMED, where)
    low = kind not in {"password", "user"}
    if values.is_placeholder(value) or values.is_wordy(value) or len(value) < MIN_PASSWORD:
        return Hit(start, end, value, "simple_password", Confidence.NAMED, where) if low and len(value) >= 3 else None
    if "/" in value and values.is_everyday(value):
        return None
    name = "basic_auth" if kind == "user" else "password"
    return Hit(start, end, value, name, Confidence.NAMED, where)


def judge_basic(found: Assignment, where: str) -> Hit | None:
    """Judge what stands behind `Basic`: user and password in base64 (RFC 7617)."""
    pair = decoded(found.value)
    if pair is None or not pair.isprintable():
        return None
    _, colon, password = pair.partition(":")
    if not colon or not password or values.is_reference(pair) or values.is_placeholder(password):
        return None
    return Hit(found.start, found.end, password, "basic_auth", Confidence.NAMED, where)


def judge_address(scheme: str, user: str, host: str, found: Assignment, where: str) -> Hit | None:
    """Judge the password of an address."""
    value = found.value
    if (
        values.is_reference(value)
        or values.is_reference(user)
        or "$" in value
        or "{" in value
        or not value.strip("*.x")
    ):
        return None
    database = scheme.lower().partition("+")[0] not in {"http", "https", "git", "ssh", "ftp", "ftps", "svn", "oci"}
    inner = bool(_HOSTS.fullmatch(host)) or not host
    simple = values.is_placeholder(value) or values.is_wordy(value) or len(value) < MIN_PASSWORD or value == user
    if inner and (simple or database):
        return Hit(found.start, found.end, value, "service_password", Confidence.NAMED, where) if database else None
    if simple or "example" in host or value.isdigit():
        return None
    return Hit(found.start, found.end, value, "basic_auth", Confidence.NAMED, where)


def judge_data(leaf: Leaf) -> list[Hit]:
    """Judge one entry of a Kubernetes Secret; entries of `data` are decoded first, and all keep the entry's place."""
    value = decoded(leaf.value) if leaf.encoded else leaf.value
    if not value or values.is_reference(value) or is_disproven(value.strip()) or values.is_key_id(value.strip()):
        return []
    if leaf.encoded:
        inner = list(shape_hits(value, anchors_in(value)))
        if inner:
            return [Hit(leaf.start, leaf.end, hit.value, hit.kind, hit.confidence, leaf.where) for hit in inner]
    plain = value.strip()
    if "\n" in plain or len(plain) > values.MAX_VALUE:
        return []
    if leaf.name in {".dockerconfigjson", ".dockercfg"}:
        found = re.search(r"\"auth\"\s*:\s*\"([A-Za-z0-9+/=]{8,2000})\"", plain)
        if found and not values.is_placeholder(found.group(1)):
            return [Hit(leaf.start, leaf.end, found.group(1), "registry_auth", Confidence.NAMED, leaf.where)]
        return []
    named = says(leaf.name)
    if named is Says.PASSWORD:
        verdict = _password(plain, test=False, loose=False)
    elif is_about(leaf.name) or values.is_everyday(plain) or values.is_placeholder(plain):
        verdict = None
    else:
        verdict = (Confidence.NAMED, False) if values.is_random(plain, 10) else None
    if verdict is None:
        return []
    kind = _kind(leaf.name, named) if named is not Says.NOTHING else "secret"
    return [Hit(leaf.start, leaf.end, plain, kind, Confidence.NAMED, leaf.where)]


def pairs_of_aws(text: str, shaped: list[Hit]) -> list[Hit]:
    """Return AWS secret keys that stand near an access key id: alone, forty characters say nothing."""
    out = []
    for hit in shaped[:200]:
        if hit.kind == "aws_access_key_id":
            for found in _AWS_SECRET.finditer(text, max(0, hit.start - _NEAR), min(len(text), hit.end + _NEAR)):
                value = found.group()
                if not values.is_hex(value) and values.entropy(value) > 4.2 and any(c.isdigit() for c in value):
                    out.append(Hit(found.start(), found.end(), value, "aws_secret_access_key", Confidence.SHAPED))
    return out
