"""The parts of a job: images, runner, environment, identities, and what it hands on.

https://docs.gitlab.com/ci/yaml/
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.definition import Claim, Script
from pipewarden.pipelines.gitlab.variables import Scope, Table, names_in
from pipewarden.pipelines.parts import Environment, Image, Runner, RunnerKind, Transfer
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.uses import Pin, image_pin
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

_HOSTED = re.compile(r"saas-.+|gitlab-org(?:-docker)?|shared-windows|windows|windows-1809")
"""Tags of the runners of gitlab.com. https://docs.gitlab.com/ci/runners/hosted_runners/"""
_AUDIENCES = (
    ("aws", re.compile(r"sts\.amazonaws\.com")),
    ("gcp", re.compile(r"iam\.googleapis\.com")),
    ("azure", re.compile(r"AzureADTokenExchange")),
    ("vault", re.compile(r"(?i)vault|openbao")),
)
"""What an audience tells of who takes the token."""
_LOGINS = (
    ("aws", re.compile(r"assume-role-with-web-identity|AWS_WEB_IDENTITY_TOKEN_FILE|AWS_ROLE_ARN")),
    ("gcp", re.compile(r"workloadIdentityPools|workload-identity-provider")),
    ("azure", re.compile(r"--federated-token|ARM_OIDC_TOKEN|AZURE_FEDERATED_TOKEN")),
    ("vault", re.compile(r"auth/[\w-]+/login")),
)
"""How scripts use a token."""
_ROLE = re.compile(
    r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+|--role-arn[ =]+[\"']?([^\s\"']+)|\brole=[\"']?([\w$./{}-]+)"
    r"|--service-account[ =]+[\"']?([^\s\"']+)"
)


def images_of(job: Table, scope: Scope) -> Iterator[Image]:
    """Yield the image of a job and those of its services."""
    image = job.get("image")
    if image is not None:
        yield from _image("image", image, scope)
    services = job.get("services")
    for item in services.items if isinstance(services, Sequence) else ():
        yield from _image("service", item, scope)


def _image(name: str, node: Node, scope: Scope) -> Iterator[Image]:
    inner = node.get("name") if isinstance(node, Mapping) else node
    if not isinstance(inner, Scalar) or inner.is_null:
        return
    for text in scope.texts(inner.value)[0]:
        yield Image(name, text, Pin.DYNAMIC if _open_tag(text) else image_pin(text), position(inner))


def _open_tag(text: str) -> bool:
    return bool(names_in(text)) and "@sha256:" not in text


def runner_of(node: Node | None, scope: Scope) -> Runner:
    """Read `tags:`: only runners that carry all of them take the job."""
    if node is None:
        return Runner(RunnerKind.NONE)
    tags = tuple(dict.fromkeys(text for tag in texts_of(node) for text in scope.texts(tag)[0]))
    if not tags:
        return Runner(RunnerKind.NONE)
    dynamic = any(names_in(tag) for tag in tags)
    kind = (
        RunnerKind.DYNAMIC if dynamic else RunnerKind.HOSTED if all(map(_HOSTED.fullmatch, tags)) else RunnerKind.CUSTOM
    )
    first = node.items[0] if isinstance(node, Sequence) and node.items else node
    return Runner(kind, tags, "", position(first), dynamic)


def environment_of(node: Node | None, scope: Scope) -> Environment | None:
    """Read `environment:`; where its name holds variables that the file does not settle, it is dynamic."""
    name = node.get("name") if isinstance(node, Mapping) else node
    if not isinstance(name, Scalar) or name.is_null:
        return None
    texts, unsettled = scope.texts(name.value)
    whole = node if isinstance(node, Mapping) else None
    return Environment(
        name=name.value,
        position=position(name),
        url=text_of(whole.get("url")) if whole else "",
        choices=texts if texts != (name.value,) else (),
        dynamic=bool(unsettled),
        action=text_of(whole.get("action")) if whole else "",
        tier=text_of(whole.get("deployment_tier")) if whole else "",
    )


def claims_of(job: Table, scripts: tuple[Script, ...], scope: Scope) -> tuple[Claim, ...]:
    """Return the identities a job can present: its ID tokens, and `identity:`.

    https://docs.gitlab.com/ci/yaml/#id_tokens and https://docs.gitlab.com/ci/yaml/#identity
    """
    found = []
    tokens = job.get("id_tokens")
    pairs = tokens.pairs if isinstance(tokens, Mapping) else ()
    whole = _all_text(scripts, scope) if pairs else ""
    for key, value in pairs:
        audience = texts_of(value.get("aud")) if isinstance(value, Mapping) else ()
        provider = _provider(_AUDIENCES, " ".join(audience))
        if not provider and len(pairs) == 1:
            provider = _provider(_LOGINS, whole)
        role = _ROLE.search(whole) if provider else None
        found.append(
            Claim(
                name=key.value,
                position=position(key),
                audience=audience,
                role=next((group for group in role.groups() if group), role[0]) if role else "",
                provider=provider,
            )
        )
    identity = job.get("identity")
    if isinstance(identity, Scalar) and identity.value == "google_cloud":
        found.append(Claim(name="identity", position=position(identity), provider="gcp"))
    return tuple(found)


def _all_text(scripts: tuple[Script, ...], scope: Scope) -> str:
    values = (f"{name}={value}" for name, values in scope.values.items() for value in values)
    return "\n".join((*(script.text for script in scripts), *values))


def _provider(known: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    return next((name for name, pattern in known if pattern.search(text)), "")


def transfers_of(job: Table) -> Iterator[Transfer]:
    """Yield what a job hands on and takes: artifacts, variables in a file (dotenv), caches, files of other projects."""
    artifacts = job.get("artifacts")
    if isinstance(artifacts, Mapping):
        yield Transfer("artifact_upload", 0, position(artifacts), ", ".join(texts_of(artifacts.get("paths")))[:200])
        reports = artifacts.get("reports")
        dotenv = reports.get("dotenv") if isinstance(reports, Mapping) else None
        if dotenv is not None:
            for name in texts_of(dotenv):
                yield Transfer("dotenv", 0, position(dotenv), name)
    cache = job.get("cache")
    for each in cache.items if isinstance(cache, Sequence) else (cache,):
        if isinstance(each, Mapping):
            key = each.get("key")
            unprotect = each.get("unprotect")
            shared = isinstance(unprotect, Scalar) and unprotect.is_true
            pulls = text_of(each.get("policy")) != "push"
            what = "cache_unprotected" if shared and pulls else "cache"
            yield Transfer(what, 0, position(unprotect if isinstance(unprotect, Scalar) else each), text_of(key))
    needs = job.get("needs")
    for item in needs.items if isinstance(needs, Sequence) else ():
        if isinstance(item, Mapping) and item.get("project") is not None and text_of(item.get("artifacts")) != "false":
            project, name, ref = (text_of(item.get(each)) for each in ("project", "job", "ref"))
            yield Transfer("artifact_download", 0, position(item), f"{project}:{name}@{ref}", other_run=True)
    dependencies = job.get("dependencies")
    if dependencies is not None:
        for name in texts_of(dependencies):
            yield Transfer("artifact_download", 0, position(dependencies), name)
