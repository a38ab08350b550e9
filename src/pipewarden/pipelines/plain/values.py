"""What a value looks like: random, a reference to a secret kept elsewhere, a placeholder, or an everyday text."""

# ruff: noqa: E501, SIM905  (lists of words read best as text)
import hashlib
import math
import re
from collections import Counter
from functools import lru_cache

from pipewarden.pipelines.plain.checksums import decoded

MAX_VALUE = 4096
"""Characters of a value that are judged; longer ones are no tokens or passwords (keys in PEM have their own rule)."""

_REFERENCE = re.compile(
    r"\$[\w{(\[:@?!]|^\$\.|\{\{|\}\}|<%|%>|%\(|@\{|@@|\(\(|^%[\w.]+%$|^<[^>]*>$|^\[\[?[\w .-]*\]?\]$|^__.*__$|^@[\w.]+@$|^\*+$"
    r"|^!|^(?:vault|op|ref\+|secret|secrets|secretref|aws-?sm|awssm|gcp-?sm|sm|azurekeyvault|akv|keyvault|ssm|doppler|env"
    r"|file|keyring|pass|gopass|bitwarden|bw|conjur|infisical|cyberark|sops|sec|awssecret|gsm|keychain|k8s|valueFrom)(?::|\+?://)"
    r"|^arn:aws|^projects/[^/]+/secrets/|^ENC\[|^ENC\(|^encrypted:|^secure:|^\{(?:cipher|aes|bcrypt|noop)\}|^\$ANSIBLE_VAULT|^-?----BEGIN PGP MESSAGE"
    r"|^(?:env|secrets?|vars?|locals?|data|params|inputs?|github|gitlab|steps|needs|matrix|runner|process\.env|os\.environ"
    r"|System\.getenv|config|settings|module|each|self|this|props|options|args|context|variables|pipeline|parameters"
    r"|resources|outputs|dependencies|project|ctx|request|req|res|values|Values|process|os|resource|path)[.\[(]"
    r"|^(?:credentials|getenv|lookup|env|fromJSON|readFile|file|random|generate|sha\d+|base64|tonumber|nonsensitive|sensitive)\w*\("
)
_FAKES = (
    "example", "sample", "dummy", "placeholder", "changeme", "change_me", "change-me", "replaceme", "replace_me", "replace-me",
    "redacted", "insert", "your_", "your-", "youra", "yourt", "yours", "yourp", "your", "todo", "fixme", "xxxx", "****", "....", "fake",
    "not-a", "not_a", "nota", "notreal", "not-real", "some-", "some_", "my-secret", "my_secret", "mysecret", "mytoken", "my-token",
    "my_token", "mypass", "my-pass", "my_pass", "my-key", "my_key", "mykey", "supersecret", "super-secret", "super_secret", "topsecret", "-here", "_here",
    "foobar", "foo-bar", "foo_bar", "lorem", "ipsum", "0123456789", "1234567890", "12345678", "abcdefgh", "deadbeef", "asdf", "qwerty", "undefined",
    "generated", "randomly", "unused", "ignored", "invalid", "mock", "stub", "testtoken", "test-token", "test_token",
    "test-secret", "test_secret", "testsecret", "testkey", "test-key", "test_key", "testpass", "test-pass", "test_pass",
    "set-me", "set_me", "setme", "fill", "secretkey", "secret-key", "secret_key", "override", "hidden",
    "insecure", "unsafe", "for-test", "for_test", "testing", "abc123", "notsecret", "not-secret", "dont-use", "don't", "donotuse",
    "default", "demo", "a1b2c3", "1a2b3c", "00000000", "11111111", "aaaaaaaa", "ffffffff", "opensesame", "a1b2c3d4", "1a2b3c4d", "encoded", "configure", "provided", "update-",
)  # fmt: skip
"""Parts that real secrets under a name do not have by chance; matched in lower case."""
_FAKE_WORDS = re.compile(
    r"(?<![a-z0-9])(?:test|tests|testing|foo|bar|baz|none|null|nil|todo|tbd|n/?a|secret|secrets|password|passwd|passw0rd|pwd|pass|token|key"
    r"|string|value|private|public|public-key|empty|blank|bogus|temp|tmp|local|localhost|development|dev|ci|anything|something|whatever"
    r"|user|username|admin|root|guest|abc|xyz|xxx|yyy|zzz|hunter2|letmein|welcome|hello|world|true|false|yes|no"
    r"|required|optional|inherit|write|read|auto|always|never|prompt|latest|stable|main|master|file|env|api[-_]?key)\d{0,2}(?![a-z0-9])"
)
_KEYWORDS = frozenset(
    """true false none null nil yes no on off write read inherit auto always never prompt latest main master required
    optional default undefined any all enabled disabled string number boolean object array file secret password token key
    text int bool str opaque env environment vault keyring plaintext masked protected session cookie basic bearer oauth oauth2
    ssh https http git github gitlab login negotiate ntlm iam oidc jwt admin root""".split()
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_DIGEST = re.compile(r"(?:sha\d{1,3}|md5|sha\d-\d{3})[:=-]\S+", re.IGNORECASE)
_SEPARATED = re.compile(r"[^A-Za-z0-9]+")
_WORD = re.compile(r"v?([A-Za-z]*)\d{0,4}|\d{1,8}()|[A-Za-z]{1,3}\d[A-Za-z]{1,3}()")
_PATHLIKE = re.compile(
    r"(?:~|\.{1,2})?/[\w.@/+-]*|[A-Za-z]:\\.*|[\w.-]+(?:/[\w.-]+)*\.(?:pem|key|crt|cer|json|ya?ml|txt|env|p12|pfx|jks|keystore"
    r"|gpg|asc|sh|py|js|ts|rb|go|toml|ini|cfg|conf|xml|properties|kdbx|htpasswd|pub|md|tf|tfvars|html?|sql|zip|tgz|tar\.gz|enc|service|com|org|net|io|dev|local|internal)",
)
_VERSION = re.compile(r"[\^~=<>]{0,2}v?\d+(?:\.\d+)+(?:[-+][\w.]+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?")
_COMMON_RUNS = re.compile(r"(.)\1{4,}|(?:..)?(.{2,8}?)\2{3,}")
_PUBLIC = re.compile(
    r"-----BEGIN (?:CERT|PUBLIC|PGP PUBLIC)|LS0tLS1CRUdJTi(?:BDRVJU|BQVUJM|BQR1AgUFVC)|MII[A-Za-z0-9+/=]{300}|ssh-(?:rsa|ed25519|dss) |ecdsa-sha2-"
)
"""Certificates and public keys, also in base64."""
_LEET = str.maketrans("@$013457", "asoieast")
"""Digits and signs that people write for letters."""
_DIGESTS = frozenset({7, 8, 12, 32, 40, 56, 64, 96, 128})
"""Digits of commits and digests, whole and cut."""
_OF_LETTERS = ("password", "secretkey", "secret-key", "secret_key", "changeme", "supersecret", "topsecret", "letmein")
_PARTS = re.compile(r"[-_.:/@+]+")
# of values that a vendor publishes for everybody, such as the key of an emulator: SHA-256, for they look like secrets
_PUBLISHED = frozenset(
    {
        # https://learn.microsoft.com/en-us/azure/cosmos-db/emulator#authentication
        "aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615",
    }
)
_TEMPLATED = re.compile(r"[{}<>]|\\\(|\s")


def entropy(text: str) -> float:
    """Return the Shannon entropy of the characters of a text, in bits for each."""
    if not text:
        return 0.0
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values())


def is_reference(value: str) -> bool:
    """Tell whether a value names where the secret is, in any system's words: `$VAR`, `${{ secrets.X }}`, a vault path."""
    return bool(_REFERENCE.search(value))


_LONG_FAKES = tuple(fake for fake in _FAKES if len(fake) >= 7 or fake in {"your_", "your-", "xxxx", "redact", "dummy"})
"""Parts that a random text does not have by chance."""


@lru_cache(maxsize=4096)
def is_placeholder(value: str) -> bool:
    """Tell whether somebody is meant to put the secret here, or wrote one that is none, in base64 too."""
    low = value.lower()
    if len(set(low)) < 4 or _COMMON_RUNS.search(low) or _VARIABLE.fullmatch(value):
        # nothing but a few characters, or the name of a variable, as inputs of actions ask for it
        return True
    if is_random(value):
        if any(fake in low for fake in _LONG_FAKES):
            return True
        inner = decoded(value) if value.isalnum() or "=" in value[-2:] else None
        return inner is not None and inner.isprintable() and is_wordy(inner)
    spoken = low.translate(_LEET)
    return (
        any(fake in low for fake in _FAKES)
        or bool(_FAKE_WORDS.search(low))
        or any(each in spoken for each in _OF_LETTERS)
    )


def is_published(value: str) -> bool:
    """Tell whether a value is one that a vendor published for everybody to use in tests."""
    return len(value) >= 40 and hashlib.sha256(value.encode("utf-8", "replace")).hexdigest() in _PUBLISHED


def is_name_of_digest(value: str) -> bool:
    """Tell whether a value is words around a commit or a digest, as a cache is called: `tool-3f2c…-linux`."""
    parts = [part for part in _PARTS.split(value) if part]
    rest = [part for part in parts if not (len(part) in _DIGESTS and is_hex(part) and not part.isdigit())]
    return 0 < len(rest) < len(parts) and all(map(is_wordy, rest))


def is_everyday(value: str) -> bool:
    """Tell whether a value is a keyword, number, version, date, path, digest or address without a password."""
    return (
        value.lower() in _KEYWORDS
        or value.replace(".", "").replace(",", "").isdigit()
        or bool(
            _VERSION.fullmatch(value) or _DATE.fullmatch(value) or _DIGEST.match(value) or _PATHLIKE.fullmatch(value)
        )
        or "://" in value
        or "@sha256:" in value
        or bool(_PUBLIC.match(value))
    )


def is_hex(value: str) -> bool:
    """Tell whether a value is hexadecimal through and through."""
    return bool(_HEX.fullmatch(value))


def is_key_id(value: str) -> bool:
    """Tell whether a value is the id or the fingerprint of a key of OpenPGP: `0x` or upper case, of one of its lengths."""
    plain = value.removeprefix("0x")
    return len(plain) in {8, 16, 40} and (plain != value or plain.upper() == plain) and is_hex(plain)


def is_uuid(value: str) -> bool:
    """Tell whether a value is a UUID."""
    return bool(_UUID.fullmatch(value))


def is_wordy(value: str) -> bool:
    """Tell whether a value is made of words: the name of something, rather than something random.

    Judged by the words between separators: names are letters one can speak, perhaps with digits behind them; random
    texts change between letters, digits and cases every few characters.
    """
    total = spoken = 0
    for word in _SEPARATED.split(value):
        total += len(word)
        found = _WORD.fullmatch(word)
        if found and (_spoken(found.group(1)) if found.group(1) else len(word) <= 8):
            spoken += len(word)
    return total > 0 and spoken * 2 > total


_VOWELS = frozenset("aeiouyAEIOUY")
_HARD = re.compile(r"[b-df-hj-np-tv-xz]{5,}", re.IGNORECASE)


def _spoken(piece: str) -> bool:
    """Tell whether letters could be a word or a short abbreviation."""
    if len(piece) <= 3:
        return True
    vowels = sum(1 for letter in piece if letter in _VOWELS)
    return (
        0.15 <= vowels / len(piece) <= 0.75
        and not _HARD.search(piece)
        and (piece.islower() or piece.isupper() or piece.istitle() or (len(piece) > 5 and _humps(piece)))
    )


def _humps(piece: str) -> bool:
    """Tell whether a mixed-case piece is in camel case with parts of a word's length."""
    humps = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", piece)
    return len(piece) / max(1, len(humps)) >= 3.5


def is_random(value: str, least: int = 16) -> bool:
    """Tell whether a value looks drawn at random, `least` characters long or longer."""
    if len(value) < least or len(value) > MAX_VALUE or _TEMPLATED.search(value):
        return False
    if is_hex(value):
        return entropy(value.lower()) >= 2.8 and any(c.isalpha() for c in value) and any(c.isdigit() for c in value)
    if is_wordy(value) or (not any(c.isdigit() for c in value) and len(value) < 24):
        return False
    return entropy(value) >= (3.0 if len(value) < 20 else 3.4)
