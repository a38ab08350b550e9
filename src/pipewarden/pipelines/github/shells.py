"""What a script reads from stores of secrets with their own clients: `vault kv get`, `aws secretsmanager`, `gcloud`, `az`, `op`."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pipewarden.pipelines.begun import begun

MOST = 50
"""Commands of one script that are looked at."""
_LONGEST = 2_000


class Read(NamedTuple):
    """One command: the store, the names as its action would write them, and where in the script it begins."""

    store: str
    names: tuple[str, ...]
    at: int


_END = r"(?=$|[\s;&|)\"'`])"
_WORD = r"(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|(?:\$\{\{.{0,200}?\}\}|[^\s;&|)\"'`])+)"
_COMMAND = re.compile(
    begun(
        r"vault[ \t]+(?P<vault>kv[ \t]+get|read)\b",
        r"aws\b[^\n;&|]{0,200}?\bsecretsmanager[ \t]+(?P<aws>get-secret-value)\b",
        r"gcloud\b[^\n;&|]{0,200}?\bsecrets[ \t]+versions[ \t]+(?P<gcp>access)\b",
        r"az[ \t]+keyvault[ \t]+secret[ \t]+(?P<azure>show|download)\b",
        r"op://(?P<op>(?<=\"op://)[^\"\n]{1,200}|(?<='op://)[^'\n]{1,200}"
        r"|(?:\$\{\{.{0,200}?\}\}|\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[^\s;&|)\"'`])+)",
    )
)
_ARGUMENTS = re.compile(r"(?:\\\r?\n|[^\n;&|)])*")
_FLAG = re.compile(rf"(?P<flag>--?[A-Za-z][\w-]*)(?:[ \t]*=[ \t]*|(?:[ \t]|\\\r?\n)+)(?P<value>{_WORD})")
_PLAIN = re.compile(rf"(?:^|[ \t\n])(?P<word>(?!-){_WORD})")


def commands(script: str) -> Iterator[Read]:
    """Yield what a script reads, in its order; what is in a comment is left out."""
    for number, found in enumerate(_COMMAND.finditer(script)):
        if number >= MOST:
            return
        start = script.rfind("\n", 0, found.start()) + 1
        if script[start : found.start()].lstrip().startswith("#"):
            continue
        at = found.start()
        kind = found.lastgroup or ""
        if kind == "op":
            # https://developer.1password.com/docs/cli/secret-reference-syntax : names may be quoted one by one
            yield Read("op", (f"op://{found['op']}".replace('"', "").replace("'", ""),), at)
            continue
        arguments = _ARGUMENTS.match(script, found.end())
        told = arguments[0][:_LONGEST] if arguments else ""
        name = _READERS[kind](told, found[kind])
        if name:
            yield Read(kind, (name,), at)


def _flags(told: str) -> dict[str, str]:
    return {found["flag"].lstrip("-"): _bare(found["value"]) for found in _FLAG.finditer(told)}


def _bare(word: str) -> str:
    return word.strip("\"'")


def _vault(told: str, verb: str) -> str:
    """https://developer.hashicorp.com/vault/docs/commands/kv/get , https://developer.hashicorp.com/vault/docs/commands/read."""
    # flags of Vault are written with `=`
    plain = [_bare(found["word"]) for found in _PLAIN.finditer(told)]
    mount = _flags(told).get("mount", "").strip("/")
    if not plain:
        return ""
    del verb
    return f"{mount}/{plain[0]}" if mount else plain[0]


def _aws(told: str, _verb: str) -> str:
    """https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/get-secret-value.html."""
    return _flags(told).get("secret-id", "")


def _gcp(told: str, _verb: str) -> str:
    """https://cloud.google.com/sdk/gcloud/reference/secrets/versions/access."""
    flags = _flags(told)
    return f"_:{flags.get('project') or '*'}/{flags['secret']}" if "secret" in flags else ""


def _azure(told: str, _verb: str) -> str:
    """https://learn.microsoft.com/en-us/cli/azure/keyvault/secret#az-keyvault-secret-show."""
    flags = _flags(told)
    name, vault = flags.get("name") or flags.get("n"), flags.get("vault-name") or "*"
    return f"{vault}/{name}" if name else ""


_READERS: dict[str, Callable[[str, str], str]] = {"vault": _vault, "aws": _aws, "gcp": _gcp, "azure": _azure}
