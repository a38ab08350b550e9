"""Secrets that a job's steps read from stores outside GitHub: Vault, 1Password, the clouds' own; by what each action says of its inputs.

A name begins with its store: `vault:secret/data/prod/db`, `op://ci/npm/token`, `aws:prod/db`, `gcp:acme-prod/db`, `azure:acme-kv/db`;
`*` stands for what the file does not settle. Values are never in a file, so nothing of a secret but its name is kept.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from pipewarden.model.stores import named_by_aws, named_by_google
from pipewarden.pipelines.expressions import ANY
from pipewarden.pipelines.github.settling import settled
from pipewarden.pipelines.github.shells import commands
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.yaml_tree import Position

LONGEST = 300
"""Characters of an entry that are kept."""
MOST = 100
"""Entries of one step; more of them say nothing new."""
_LONGEST_INPUT = 20_000


class StoreRead(Struct, frozen=True, omit_defaults=True):
    """What one step reads. `entries` are as its store names them; those made of inputs wait for the callers."""

    store: str
    entries: tuple[str, ...]
    position: Position
    step: int
    by: str
    """The step, in words."""
    inside: str = ""
    """The namespace, project or vault that the names are of, as written."""
    address: str = ""
    """Where the store is, as written; empty where the step does not say."""
    by_identity: bool = False
    """It is read with the job's own identity; else with what the job takes from the settings."""


class _Way(Struct, frozen=True):
    """How an action is told what to read: the inputs, and how one text of several entries is taken apart."""

    store: str
    input: str
    split: re.Pattern[str]
    inside: str = ""
    address: str = ""


_EXPRESSION = r"\$\{\{.{0,1000}?\}\}"
_BY_SEMICOLON = re.compile(rf"(?:{_EXPRESSION}|[^;])+", re.DOTALL)
_BY_LINE = re.compile(rf"(?:{_EXPRESSION}|[^\n])+")
_BY_COMMA_AND_LINE = re.compile(rf"(?:{_EXPRESSION}|[^\n,])+")

_ACTIONS = {
    # https://github.com/hashicorp/vault-action#secrets
    "hashicorp/vault-action": _Way("vault", "secrets", _BY_SEMICOLON, "namespace", "url"),
    # https://github.com/aws-actions/aws-secretsmanager-get-secrets#usage
    "aws-actions/aws-secretsmanager-get-secrets": _Way("aws", "secret-ids", _BY_LINE),
    # https://github.com/google-github-actions/get-secretmanager-secrets#inputs
    "google-github-actions/get-secretmanager-secrets": _Way("gcp", "secrets", _BY_COMMA_AND_LINE),
    # https://github.com/Azure/get-keyvault-secrets#sample-workflow-to-build-and-deploy-a-nodejs-web-app-to-azure-using-publish-profile
    "azure/get-keyvault-secrets": _Way("azure", "secrets", _BY_COMMA_AND_LINE, "keyvault"),
}
_OF_1PASSWORD = frozenset({"1password/load-secrets-action"})
"""Loads what the environment of its step refers to. https://developer.1password.com/docs/ci-cd/github-actions"""

_LOGINS = {
    "aws-actions/configure-aws-credentials": ("aws", "role-to-assume", "aws-access-key-id"),
    "google-github-actions/auth": ("gcp", "workload_identity_provider", "credentials_json"),
    "azure/login": ("azure", "client-id", "creds"),
}
"""By action: the store where it signs in, its input with the role, and the one with a key in its place."""


def reads_of(workflow: Workflow, job: Job) -> Iterator[StoreRead]:
    """Yield what the steps of a job read from stores outside GitHub."""
    signed: set[str] = set()
    for step in job.steps:
        if step.uses is None:
            if step.run is not None:
                yield from _of_script(workflow, job, step, step.run, signed)
        elif step.uses.kind is UsesKind.REPOSITORY:
            action = step.uses.action
            login = _LOGINS.get(action)
            if login is not None and _signs_in(step, *login[1:]):
                signed.add(login[0])
            if action == "hashicorp/vault-action" and _shows_identity(step) and step.with_.get("exporttoken") == "true":
                signed.add("vault")
            way = _ACTIONS.get(action)
            if way is not None:
                yield from _of_action(workflow, job, step, way, signed)
            elif action in _OF_1PASSWORD:
                yield from _of_environment(workflow, job, step)
            elif action == "azure/cli":  # https://github.com/Azure/cli#sample-workflow
                yield from _of_script(workflow, job, step, step.with_.get("inlinescript", ""), signed)


def _signs_in(step: Step, role: str, key: str) -> bool:
    return bool(step.with_.get(role)) and not step.with_.get(key)


def _shows_identity(step: Step) -> bool:
    """Tell whether Vault is shown the job's own token, and none that is signed with a key of the settings."""
    return step.with_.get("method", "").strip().lower() == "jwt" and not step.with_.get("jwtprivatekey")


def _of_action(workflow: Workflow, job: Job, step: Step, way: _Way, signed: set[str]) -> Iterator[StoreRead]:
    written = step.with_.get(way.input, "")
    parts = parts_of(way.store, written)
    entries = dict.fromkeys(entry for part in parts for entry in settled(workflow, job, step, part, LONGEST))
    if entries:
        given = step.with_
        yield StoreRead(
            way.store,
            tuple(entries),
            step.input_positions.get(way.input, step.position),
            step.index,
            _words(step),
            inside=_one(workflow, job, step, given.get(way.inside, "")) if way.inside else "",
            address=_one(workflow, job, step, given.get(way.address, "")) if way.address else "",
            by_identity=_shows_identity(step) if way.store == "vault" else way.store in signed,
        )


def _one(workflow: Workflow, job: Job, step: Step, written: str) -> str:
    """Return the one value of an input, `*` where it can have several."""
    found = tuple(settled(workflow, job, step, written.strip(), LONGEST)) if written else ()
    return found[0] if len(found) == 1 else ANY if found else ""


def _of_environment(workflow: Workflow, job: Job, step: Step) -> Iterator[StoreRead]:
    """Yield what 1Password's action loads: each variable that refers to something, of the step, the job or the workflow."""
    given = {**workflow.env, **job.env, **step.env}
    written = [value.strip() for value in given.values() if value.lstrip().startswith("op://")][:MOST]
    if given.get("OP_ENV_FILE"):
        written.append("op://*")  # a file of further references
    entries = dict.fromkeys(entry for each in written for entry in settled(workflow, job, step, each, LONGEST))
    if entries:
        yield StoreRead("op", tuple(entries), step.position, step.index, _words(step))


def _of_script(workflow: Workflow, job: Job, step: Step, script: str, signed: set[str]) -> Iterator[StoreRead]:
    """Yield what the clients of stores are told to read by a script."""
    if not ("secret" in script or "vault " in script or "op://" in script):
        return
    shell = _Variables((step.env, job.env, workflow.env))
    for found in commands(script):
        names = dict.fromkeys(e for each in found.names for e in settled(workflow, job, step, shell.put(each), LONGEST))
        yield StoreRead(
            found.store,
            tuple(names)[:MOST],
            step.command_at(found.at),
            step.index,
            _words(step),
            by_identity=found.store in signed,
        )


class _Variables:
    """The literals of the environment by which a script may name what it reads."""

    def __init__(self, tables: tuple[Mapping[str, str], ...]) -> None:
        self._tables = tables

    def put(self, text: str) -> str:
        """Return a word of a script with the variables put in that the file settles, `*` for the others."""
        return _SHELL.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        if found["name"] is None:
            return ANY if found[0].startswith(("$(", "`")) else found[0]
        return next((table[found["name"]] for table in self._tables if found["name"] in table), ANY)


_SHELL = re.compile(rf"{_EXPRESSION}|\$\([^)]*\)|`[^`]*`|\$\{{?(?P<name>[A-Za-z_]\w*)(?:\}}|[^\w}}][^}}\s]*\}})?")


def _words(step: Step) -> str:
    name = step.name or step.id.rpartition("__")[2] or (step.uses.action if step.uses else "")
    return f"{step.words} ({name[:60]})" if name else step.words


def parts_of(store: str, written: str) -> list[str]:
    """Return the entries of a text that says what to read from a store."""
    split = _SPLITS.get(store)
    found = split.findall(written[:_LONGEST_INPUT])[:MOST] if split is not None else [written]
    return [part.strip() for part in found if part.strip()]


_SPLITS = {way.store: way.split for way in _ACTIONS.values()}


# --- names ------------------------------------------------------------------------------------------


def name_of(read: StoreRead, entry: str, inside: str = "") -> str:
    """Return the name of what a settled entry reads; empty where it reads nothing. `inside` is settled too."""
    plain = _OPEN.sub(ANY, entry).strip()
    return _NAMED[read.store](plain, _OPEN.sub(ANY, inside)) if plain else ""


_OPEN = re.compile(_EXPRESSION, re.DOTALL)


def _in_vault(entry: str, namespace: str) -> str:
    """Return the path that the API of Vault knows: `secret/data/prod/db password | DB_PASSWORD` reads `secret/data/prod/db`."""
    path = entry.partition("|")[0].split()[0].strip("\"'").strip("/") if entry.partition("|")[0].split() else ""
    inner = namespace.strip().strip("/")
    return f"vault:{f'{inner}/' if inner and inner != ANY else ''}{path}" if path else ""


def _in_aws(entry: str, _inside: str) -> str:
    """Return a name, the beginning of names, or what an ARN ends in; before a comma stands the variable it becomes."""
    name = entry.rpartition(",")[2].partition(" #")[0].strip()
    return f"aws:{named_by_aws(name)}" if name else ""


def _in_google(entry: str, _inside: str) -> str:
    """Return project and secret: `token:acme-prod/db` and `token:projects/acme-prod/secrets/db/versions/1`."""
    name = entry.partition(":")[2].strip("\"' ") if ":" in entry else entry
    parts = named_by_google(name) or tuple(name.split("/")[:2])
    return f"gcp:{'/'.join(parts)}" if name else ""


def _in_azure(entry: str, vault: str) -> str:
    return f"azure:{vault or ANY}/{entry}" if "/" not in entry else f"azure:{entry}"


def _in_1password(entry: str, _inside: str) -> str:
    return entry if entry.startswith("op://") else "op://*"


_NAMED: dict[str, Callable[[str, str], str]] = {
    "vault": _in_vault,
    "aws": _in_aws,
    "gcp": _in_google,
    "azure": _in_azure,
    "op": _in_1password,
}
