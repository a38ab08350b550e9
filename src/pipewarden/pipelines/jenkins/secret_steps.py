"""Steps that hand secrets to what runs in them.

https://www.jenkins.io/doc/pipeline/steps/credentials-binding/
"""

from collections.abc import Sequence

from pipewarden.pipelines.definition import Claim, SecretKind
from pipewarden.pipelines.jenkins.bindings import bindings
from pipewarden.pipelines.jenkins.calls import Call, Key, Node, arguments, named
from pipewarden.pipelines.jenkins.offered import names_of
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import Stage, short
from pipewarden.pipelines.jenkins.tokens import GSTRING, NAME, TEXT
from pipewarden.pipelines.jenkins.walk import Walk


def with_credentials(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """Credentials bound to variables for a block."""
    file = walk.file
    taker = walk.taker(call.at, stage, scope)
    found, computed = bindings(file.source, call.low, call.high)
    held: dict[str, tuple[str, bool]] = {}
    for each in found:
        names = (each.name,) if each.name else names_of(file, scope, each.at, each.end)
        where = "withCredentials" if names else f"withCredentials: {short(each.written)}"
        taker.take_each(names, SecretKind.CREDENTIAL, file.source.position(each.at), where)
        name = names[0] if len(names) == 1 else unquoted(each.written)
        held |= {variable: (name, is_text) for variable, is_text in each.variables}
    for at in computed:
        file.open_end(at, f"the credentials {short(file.source.word(at))} are named by code")
    walk.steps(call.body or [], stage, scope.with_secrets(held))


def ssh_agent(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """https://plugins.jenkins.io/ssh-agent/."""
    source = walk.file.source
    for at in range(call.low, call.high):
        kind = source.kinds[at]
        if kind in {TEXT, GSTRING} or (kind == NAME and source.kinds[at + 1] != ":"):
            names = names_of(walk.file, scope, at, at + 1)
            where = "sshagent" if names else f"sshagent: {short(source.word(at))}"
            walk.taker(at, stage, scope).take_each(names, SecretKind.CREDENTIAL, source.position(at), where)
    walk.steps(call.body or [], stage, scope)


def with_vault(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """https://plugins.jenkins.io/hashicorp-vault-plugin/."""
    file = walk.file
    held: dict[str, tuple[str, bool]] = {}
    path = ""
    for key in [node for node in _flat(call.inner) if isinstance(node, Key)]:
        text = file.text(key.low, key.high)
        if key.name == "path":
            path = text or ""
            names = names_of(file, scope, key.low, key.high)
            where = "withVault" if names else f"withVault: {short(file.source.between(key.low, key.high))}"
            walk.taker(key.at, stage, scope).take_each(names, SecretKind.VAULT, file.source.position(key.low), where)
        elif key.name == "envVar" and text:
            held[text] = (path or "a vault's secret", True)
    walk.steps(call.inner, stage, scope)
    walk.steps(call.body or [], stage, scope.with_secrets(held))


def with_aws(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """https://plugins.jenkins.io/pipeline-aws/."""
    file, given = walk.file, named(walk.file.source, call)
    if "role" in given or "federatedUserId" in given:
        low, high = given.get("role", (call.low, call.low))
        role = file.text(low, high) or short(file.source.between(low, high))
        account = file.text(*given["roleAccount"]) if "roleAccount" in given else None
        name = f"{account}:{role}" if account else role
        claim = Claim(name=call.name, position=file.source.position(call.at), role=name, provider="aws")
        walk.taker(call.at, stage, scope).claims.append(claim)
    if "credentials" in given:
        walk.credential(*given["credentials"], "withAWS", stage, scope)
    walk.inside(call, stage, scope)


def http_request(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`httpRequest authentication: 'id'`: the id of a credential. https://www.jenkins.io/doc/pipeline/steps/http_request/."""
    given = named(walk.file.source, call)
    if "authentication" in given:
        walk.credential(*given["authentication"], "httpRequest", stage, scope)
    walk.inside(call, stage, scope)


def registry(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`docker.withRegistry(url, 'id')`: the second argument is a credential."""
    given = arguments(walk.file.source, call.low, call.high)
    if len(given) > 1 and not given[1][0]:
        walk.credential(given[1][1], given[1][2], call.name, stage, scope)
    walk.inside(call, stage, scope)


def credentials_value(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`X = credentials('id')`; elsewhere a parameter or a list of ids."""
    if call.low < call.high and not named(walk.file.source, call).keys() - {""}:
        walk.credential(call.low, call.high, "credentials", stage, scope)


def unquoted(written: str) -> str:
    """Return an expression that names a credential as it reads best: `"${ID}"` is ID."""
    return short(written.strip("\"'").removeprefix("${").removesuffix("}"), 40)


def _flat(nodes: Sequence[Node]) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        out.append(node)
        if not isinstance(node, Key):
            out += _flat(node.inner)
    return out
