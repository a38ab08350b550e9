"""Steps of Azure Pipelines: what a script or task runs, and what it takes.

https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/steps
"""

import re
from dataclasses import dataclass, field

from msgspec import structs

from pipewarden.pipelines.azure.scope import Bound, Scope, table
from pipewarden.pipelines.commands import is_secret
from pipewarden.pipelines.definition import Claim, Hold, Included, Script, SecretKind, SecretRead
from pipewarden.pipelines.inside import begin_of
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position, Scalar

SHELLS = {"script": "", "bash": "bash", "pwsh": "pwsh", "powershell": "powershell"}
_INLINE = frozenset({"script", "inlinescript", "inline", "commands", "scriptblock"})
"""Inputs of tasks that hold a program."""
_CONNECTIONS = frozenset(
    {"azuresubscription", "containerregistry", "awscredentials", "sonarqube", "sonarcloud", "connectedservicename",
     "connectedservicenamearm", "publishfeedcredentials", "externalfeedcredentials", "environmentservicenameaws"}
)  # fmt: skip
_CONNECTION_ENDS = (
    "connection",
    "connections",
    "endpoint",
    "endpoints",
    "servicearm",
    "servicenameazurerm",
    "servicenamearm",
)
"""Inputs that name a service connection.

https://learn.microsoft.com/en-us/azure/devops/pipelines/library/service-endpoints
"""
_FILES = frozenset({"securefile", "certsecurefile", "provprofilesecurefile", "securefilename", "sshkeysecurefile"})
_MACRO = re.compile(r"\$\(([A-Za-z_][\w.-]{0,100})\)")
_CHOSEN = re.compile(
    r"\$\((Build\.SourceVersionMessage|Build\.SourceVersionAuthor|Build\.RequestedFor"
    r"|resources\.(?:pipeline|triggeringAlias)[\w.-]*\.sourceBranch)\)",
    re.IGNORECASE,
)
"""Predefined variables whose text others choose; the agent puts them into a script before the shell reads it.

`System.PullRequest.SourceBranch` is none: it is set in builds of pull requests alone, which run what the pull request says.

https://learn.microsoft.com/en-us/azure/devops/pipelines/security/inputs
"""
_PARAMETER = re.compile(r"\$\{\{\s*parameters\.([A-Za-z_][\w-]*)\s*\}\}")
TOKEN = "System.AccessToken"


@dataclass
class Taken:
    """What the steps of a job run and take, while they are read."""

    sources: dict[str, str]
    """The texts of the files that steps may stand in."""
    literals: dict[str, str]
    scripts: list[Script] = field(default_factory=list)
    secrets: list[SecretRead] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    includes: list[Included] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    injections: list[tuple[str, Position]] = field(default_factory=list)
    kept_token: list[Position] = field(default_factory=list)
    step: int = 0

    def secret(
        self, name: str, kind: SecretKind, at: Position, where: str, scope: Scope, *, certain: bool = True
    ) -> None:
        """Note that the current step takes a secret."""
        computed = "$" in name
        self.secrets.append(
            SecretRead(
                name="" if computed else name,
                kind=kind,
                position=at,
                where=where,
                step=self.step,
                dynamic=computed,
                certain=certain,
                withheld=scope.withheld(),
            )
        )


def read_step(scope: Scope, parts: dict[str, Bound], taken: Taken) -> None:
    """Read one step into what its job takes."""
    condition = scope.text(parts["condition"].node) if "condition" in parts else ""
    if condition:
        scope = scope.under(condition)
    enabled = scope.text(parts["enabled"].node).lower() if "enabled" in parts else ""
    if enabled == "false":
        return
    for key, shell in SHELLS.items():
        if key in parts:
            _script(parts[key], shell, key, scope, taken)
    if "task" in parts:
        _task(parts, scope, taken)
    if "checkout" in parts and "persistCredentials" in parts:
        kept = parts["persistCredentials"]
        if kept.scope.text(kept.node).lower() == "true" and kept.node is not None:
            at = scope.place(kept.node)
            taken.kept_token.append(at)
            taken.secret(TOKEN, SecretKind.VARIABLE, at, "checkout.persistCredentials", scope)
    if "env" in parts:
        for name, value in table(parts["env"]).items():
            _macros(value, f"env.{name}", scope, taken, mapped=name)
    taken.step += 1


def _script(value: Bound, shell: str, where: str, scope: Scope, taken: Taken) -> None:
    if not isinstance(value.node, Scalar):
        return
    text = value.scope.text(value.node)
    script = _placed(value, taken)
    taken.scripts.append(structs.replace(script, step=taken.step, shell=shell))
    for pattern, prefix in ((_CHOSEN, ""), (_PARAMETER, "parameters.")):
        for found in pattern.finditer(text):
            if prefix and found.group(1) not in value.scope.free:
                continue
            taken.injections.append((prefix + found.group(1), script.place(found.start())))
    _macros(value, where, scope, taken)


def _placed(value: Bound, taken: Taken) -> Script:
    """Return a text with its place: its lines are those of the file that says it where nothing is put into it."""
    text = value.scope.text(value.node)
    node = value.scope.origin(value.node) if value.node is not None else None
    if not isinstance(node, Scalar) or not node.line:
        return Script(text=text, position=value.scope.place(node) if node is not None else Position(1, 1))
    at, laid = begin_of(taken.sources[node.file], node)
    return Script(text=text, position=at, laid=laid and text == node.value)


def _macros(value: Bound, where: str, scope: Scope, taken: Taken, *, mapped: str = "") -> None:
    """Note the variables that a text takes by `$(name)` and that may be secret.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/process/set-secret-variables
    """
    text = value.scope.text(value.node)
    if "$(" not in text or value.node is None:
        return
    placed = _placed(value, taken)
    seen: set[str] = set()
    for found in _MACRO.finditer(text):
        name = found[1]
        if name in seen:
            continue
        seen.add(name)
        at = placed.place(found.start())
        if name.lower() == TOKEN.lower():
            taken.secret(TOKEN, SecretKind.VARIABLE, at, where, scope)
        elif (
            (is_secret(name) or (mapped and is_secret(mapped))) and name.lower() not in taken.literals and _is_own(name)
        ):
            taken.secret(name, SecretKind.VARIABLE, at, where, scope, certain=False)


def _is_own(name: str) -> bool:
    """Tell whether a variable is none of the agent's own."""
    return not name.lower().startswith(("build.", "system.", "agent.", "pipeline.", "environment.", "release."))


def _task(parts: dict[str, Bound], scope: Scope, taken: Taken) -> None:
    node = parts["task"].node
    name = parts["task"].scope.text(node)
    if node is None or not name:
        return
    at = parts["task"].scope.place(node)
    task, _, version = name.partition("@")
    short_name = task.rpartition(".")[2].lower()
    pin = Pin.TAG if version else Pin.NONE
    taken.includes.append(Included(kind="task", text=name, position=at, ref=version, pin=pin))
    inputs = {key.lower(): value for key, value in table(parts["inputs"]).items()} if "inputs" in parts else {}
    for key, value in inputs.items():
        _input(key, value, scope, taken, short_name)
    if short_name == "azurekeyvault":
        _vault(inputs, at, scope, taken)
    if short_name == "manualvalidation":
        who = inputs.get("approvers")
        text = who.scope.text(who.node) if who else ""
        names = tuple(part.strip() for part in re.split(r"[\n,;]", text) if part.strip())
        taken.holds.append(Hold(kind="approval", says="a person validates it", position=at, approvers=names))
    shares = inputs.get("addspntoenvironment")
    if short_name == "azurecli" and shares and shares.scope.text(shares.node).lower() == "true":
        taken.claims.append(Claim(name="idToken", position=at, provider="azure", step=taken.step))


def _names_connection(key: str) -> bool:
    return key in _CONNECTIONS or (key.endswith(_CONNECTION_ENDS) and not key.startswith(("use", "allow", "enable")))


def _input(key: str, value: Bound, scope: Scope, taken: Taken, task: str) -> None:
    """Read one input of a task."""
    if not isinstance(value.node, Scalar):
        return
    if key in _INLINE:
        _script(value, task, f"inputs.{key}", scope, taken)
        return
    text = value.scope.text(value.node)
    at = value.scope.place(value.node)
    if key in _FILES and text:
        taken.secret(text, SecretKind.FILE, at, f"inputs.{key}", scope)
    elif _names_connection(key) and text.strip() and len(text) < 200 and text.lower() not in {"true", "false"}:
        for name in text.split(","):
            taken.secret(name.strip(), SecretKind.CONNECTION, at, f"inputs.{key}", scope)
    else:
        _macros(value, f"inputs.{key}", scope, taken, mapped=key if is_secret(key) else "")


def _vault(inputs: dict[str, Bound], at: Position, scope: Scope, taken: Taken) -> None:
    """Read the Azure Key Vault task, which makes secrets of a vault variables of the job.

    https://learn.microsoft.com/en-us/azure/devops/pipelines/tasks/reference/azure-key-vault-v2
    """
    vault = inputs.get("keyvaultname")
    wanted = inputs.get("secretsfilter")
    store = vault.scope.text(vault.node) if vault else ""
    names = (wanted.scope.text(wanted.node) if wanted else "") or "*"
    for name in [part.strip() for part in names.split(",") if part.strip()][:100]:
        taken.secret(f"{store}/{name}", SecretKind.VAULT, at, "inputs.SecretsFilter", scope)
