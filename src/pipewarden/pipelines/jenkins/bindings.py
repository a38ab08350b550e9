"""Credentials that `withCredentials` and its like bind to variables, in every form they are written in.

https://www.jenkins.io/doc/pipeline/steps/credentials-binding/
"""

from typing import NamedTuple

from pipewarden.pipelines.jenkins.calls import arguments
from pipewarden.pipelines.jenkins.strings import literal
from pipewarden.pipelines.jenkins.tokens import LINE, NAME, Source
from pipewarden.pipelines.jenkins.words import words

MAX_LISTS = 20
_TEXTS = words(
    """passwordVariable passphraseVariable secretKeyVariable clientSecretVariable tokenVariable sharedSecretVariable
    privateKeyVariable secretVariable"""
)
"""Arguments that name a variable which holds the secret's own text."""
_NO_TEXTS = words(
    """usernameVariable keyFileVariable accessKeyVariable keystoreVariable aliasVariable clientIdVariable
    tenantIdVariable subscriptionIdVariable addrVariable namespaceVariable"""
)
"""Arguments that name a variable which holds a user name or the path of a file."""
_FILES = frozenset(
    {"file", "FileBinding", "zip", "ZipFileBinding", "kubeconfigFile", "KubeconfigFileBinding", "dockerCert"}
)
_DEFAULTS = {
    "aws": (("AWS_ACCESS_KEY_ID", False), ("AWS_SECRET_ACCESS_KEY", True)),
    "AmazonWebServicesCredentialsBinding": (("AWS_ACCESS_KEY_ID", False), ("AWS_SECRET_ACCESS_KEY", True)),
    "azureServicePrincipal": (("AZURE_CLIENT_ID", False), ("AZURE_CLIENT_SECRET", True)),
    "gitUsernamePassword": (("GIT_USERNAME", False), ("GIT_PASSWORD", True)),
}


class Binding(NamedTuple):
    """One credential with the variables that get it. `name` is None where its id is computed."""

    name: str | None
    written: str
    at: int
    """The token of the id."""
    end: int
    """The token behind it."""
    variables: tuple[tuple[str, bool], ...]


def bindings(source: Source, low: int, high: int, depth: int = 0) -> tuple[list[Binding], list[int]]:
    """Return the bindings in the arguments of `withCredentials`, and the tokens where some are computed.

    A list in a list is read up to `MAX_LISTS` deep; what lies deeper counts as computed.
    """
    found: list[Binding] = []
    computed: list[int] = []
    for name, start, end in arguments(source, low, high):
        if start >= end or name:
            continue
        if source.kinds[start] == "[" and depth >= MAX_LISTS:
            computed.append(start)
        elif source.kinds[start] == "[" and not _is_map(source, start):
            inner, more = bindings(source, start + 1, source.close[start], depth + 1)
            found += inner
            computed += more
        elif source.kinds[start] == "[":
            found += _bound("", source, start + 1, source.close[start])
        elif source.kinds[start] == NAME and start + 1 < end and source.kinds[start + 1] == "(":
            inside = _bound(source.word(start), source, start + 2, source.close[start + 1])
            found += inside
            if not inside:
                computed.append(start)
        elif source.kinds[start] == NAME and start + 1 < end:
            # string credentialsId: 'x', variable: 'y'
            found += _bound(source.word(start), source, start + 1, end)
        else:
            computed.append(start)
    return found, computed


def _is_map(source: Source, start: int) -> bool:
    at = start + 1
    while source.kinds[at] == LINE:
        at += 1
    return source.kinds[at] == NAME and source.kinds[at + 1] == ":"


def _bound(kind: str, source: Source, low: int, high: int) -> list[Binding]:
    given = {name: (start, end) for name, start, end in arguments(source, low, high)}
    place = given.get("credentialsId") or (given.get("") if kind in _DEFAULTS else None)
    if place is None:
        return []
    start, end = place
    if "$class" in given:
        kind = (literal(source, *given["$class"]) or "").rpartition(".")[2]
    variables = []
    for key, (first, last) in given.items():
        if key in _TEXTS or key in _NO_TEXTS or key == "variable":
            name = literal(source, first, last)
            is_text = key in _TEXTS or (key == "variable" and kind not in _FILES)
            if name:
                variables.append((name, is_text))
    bound = tuple(variables) or _DEFAULTS.get(kind, ())
    return [Binding(literal(source, start, end), source.between(start, end), start, end, bound)]
