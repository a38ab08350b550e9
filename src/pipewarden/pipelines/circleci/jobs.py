"""Jobs of CircleCI with their commands and executors spread out: what they run, on what, and what they take."""

import re
from collections.abc import Mapping as Table
from types import MappingProxyType
from typing import NamedTuple

from pipewarden.pipelines.circleci.roles import role_in
from pipewarden.pipelines.commands import is_secret, pin_of_image, variables_in
from pipewarden.pipelines.definition import Claim, DefinedJob, Included, Script, SecretKind, SecretRead
from pipewarden.pipelines.inside import begin_of
from pipewarden.pipelines.merging import flat, text, value
from pipewarden.pipelines.parts import Image, Runner, RunnerKind
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

MAX_STEPS = 20_000
"""Steps of one file with its commands spread out."""
MAX_NESTED = 20
MAX_TEXT = 100_000
_PARAMETER = re.compile(r"<<\s*parameters\.([\w-]+)\s*>>")
_CHOSEN = re.compile(
    r"(?<!\\)<<\s*(pipeline\.(?:event\.[\w.]*(?:title|body|message|ref|name|label|login|email)[\w.]*"
    r"|trigger_parameters\.[\w.]*(?:commit_message|commit_title|commit_author_name|branch|title)"
    r"|git\.(?:commit\.(?:subject|body|author_name))))\s*>>"
)
"""Values of a pipeline whose text others choose: they stand in the command before the shell reads it.

https://circleci.com/docs/reference/variables/#pipeline-values
"""
_PIPELINE_PARAMETER = re.compile(r"<<\s*pipeline\.parameters\.([\w-]+)\s*>>")
_STEPS = frozenset(
    {"checkout", "setup_remote_docker", "save_cache", "restore_cache", "store_artifacts", "store_test_results",
     "persist_to_workspace", "attach_workspace", "add_ssh_keys", "deploy", "run", "when", "unless"}
)  # fmt: skip
_ROLE = frozenset({"role_arn", "role-arn", "aws_role_arn", "gcp_wif_service_account", "service_account_email"})


class Config:
    """The parts of a configuration that jobs use."""

    def __init__(self, source: str, root: Mapping) -> None:
        self.source = source
        self.root = root
        self.left = MAX_STEPS
        self.jobs = {name: node for name, (_, node) in flat(value(root, "jobs")).items() if isinstance(node, Mapping)}
        self.commands = _table(value(root, "commands"))
        self.executors = _table(value(root, "executors"))
        self.free = _free(value(root, "parameters"))
        for orb, (_, inline) in flat(value(root, "orbs")).items():
            for kind, into in (("jobs", self.jobs), ("commands", self.commands), ("executors", self.executors)):
                into.update({f"{orb}/{name}": node for name, node in _table(value(inline, kind)).items()})

    def spend(self) -> bool:
        """Take one piece of work; False where none is left."""
        self.left -= 1
        return self.left > 0


def _table(node: Node | None) -> dict[str, Mapping]:
    return {name: inner for name, (_, inner) in flat(node).items() if isinstance(inner, Mapping)}


def _free(node: Node | None) -> frozenset[str]:
    """Return the pipeline parameters that take any text: whoever may start a pipeline over the API gives them."""
    return frozenset(name for name, (_, given) in flat(node).items() if text(given, "type") == "string")


class _Place(NamedTuple):
    """Where steps are read: parameters as given, and the place of the use, inside commands."""

    parameters: Table[str, Node | None] = MappingProxyType({})
    at: Position | None = None
    depth: int = 0

    def fill(self, given: str) -> str:
        """Put parameters that are known into a text."""
        if "<<" not in given:
            return given

        def one(found: re.Match[str]) -> str:
            known = self.parameters.get(found.group(1))
            return known.value[:MAX_TEXT] if isinstance(known, Scalar) else found.group()

        return _PARAMETER.sub(one, given)[:MAX_TEXT]

    def node(self, given: Node | None) -> Node | None:
        """Return what a value stands for where it is nothing but a parameter."""
        only = _PARAMETER.fullmatch(given.value.strip()) if isinstance(given, Scalar) else None
        return self.parameters.get(only.group(1), given) if only else given

    def place(self, node: Node) -> Position:
        """Return where to show something."""
        return self.at or position(node)


class _Job:
    """A job while it is read."""

    def __init__(self, config: Config, orbs: dict[str, Included]) -> None:
        self.config = config
        self.orbs = orbs
        self.scripts: list[Script] = []
        self.secrets: list[SecretRead] = []
        self.claims: list[Claim] = []
        self.includes: dict[str, Included] = {}
        self.injections: list[tuple[str, Position]] = []
        self.literals: dict[str, str] = {}
        self.images: list[Image] = []
        self.runner = Runner(RunnerKind.NONE)
        self.step = 0

    def orb(self, name: str, at: Position) -> None:
        """Note the use of an orb's job, command or executor."""
        known = self.orbs.get(name.partition("/")[0])
        if known is not None:
            self.includes.setdefault(
                known.text,
                Included(kind="orb", text=known.text, position=at, project=name, ref=known.ref, pin=known.pin),
            )

    def secret(self, name: str, kind: SecretKind, at: Position, where: str, *, certain: bool = True) -> None:
        """Note that the job takes a secret."""
        computed = "<<" in name
        self.secrets.append(
            SecretRead(
                name="" if computed else name,
                kind=kind,
                position=at,
                where=where,
                step=self.step,
                dynamic=computed,
                certain=certain,
            )
        )

    def environment(self, node: Node | None, place: _Place) -> None:
        """Read literal variables."""
        for name, (_, given) in flat(place.node(node)).items():
            self.literals.setdefault(name, place.fill(text_of(given)))


def read_job(
    config: Config,
    name: str,
    node: Mapping | None,
    given: Node | dict[str, Node] | None,
    orbs: dict[str, Included],
    *,
    at: Position | None = None,
) -> DefinedJob:
    """Read one use of a job; without a definition it is an orb's, of which only what it is given is known."""
    job = _Job(config, orbs)
    handed = given if isinstance(given, Mapping) else None
    parameters = _bound(value(node, "parameters"), handed)
    place = _Place(parameters)
    used = _Place({}, None)
    if node is None:
        job.orb(name, at or Position(1, 1))
        _orb_inputs(job, handed, used)
    else:
        if "/" in name:
            job.orb(name, at or position(node))
        _executor(job, node, place)
        job.environment(value(node, "environment"), place)
        _steps(job, value(node, "steps"), place)
    for key in ("pre-steps", "post-steps"):
        _steps(job, value(handed, key), used)
    contexts = value(handed, "context")
    for item in contexts.items if isinstance(contexts, Sequence) else [contexts] if contexts is not None else []:
        if text_of(item):
            job.step = 0
            job.secret(text_of(item), SecretKind.CONTEXT, position(item), "context")
    return DefinedJob(
        id=name,
        position=at or (position(node) if node is not None else Position(1, 1)),
        name=name,
        runner=job.runner,
        images=tuple(job.images),
        secrets=tuple(dict.fromkeys(job.secrets)),
        claims=tuple(dict.fromkeys(job.claims)),
        includes=tuple(job.includes.values()),
        scripts=tuple(job.scripts),
        variables=job.literals,
        injections=tuple(dict.fromkeys(job.injections)),
    )


def _bound(declared: Node | None, given: Mapping | None) -> dict[str, Node | None]:
    """Return parameters with what a use gives them, else their default; several values of a matrix leave them open."""
    bound = {name: value(each, "default") for name, (_, each) in flat(declared).items()}
    bound.update({name: each for name, (_, each) in flat(given).items() if name in bound})
    matrix = value(value(given, "matrix"), "parameters")
    for name, (_, values) in flat(matrix).items():
        if isinstance(values, Sequence):
            bound[name] = values.items[0] if len(values.items) == 1 else None
    return bound


def _executor(job: _Job, node: Mapping, place: _Place, depth: int = 0) -> None:
    """Read on what a job runs: of its own keys, or of an executor that it names."""
    named = place.node(value(node, "executor"))
    name = place.fill(text_of(named) or text(named, "name"))
    if name and depth < 3:
        inner = job.config.executors.get(name)
        if inner is not None:
            handed = named if isinstance(named, Mapping) else None
            _executor(job, inner, _Place(_bound(value(inner, "parameters"), handed), place.at), depth + 1)
        else:
            job.orb(name, position(node))
            job.runner = Runner(RunnerKind.HOSTED, (name,), "", position(node))
    images = place.node(value(node, "docker"))
    if isinstance(images, Sequence):
        for number, item in enumerate(images.items):
            _image(job, item, place, "container" if not number else f"service {number}")
    resource = place.fill(text(node, "resource_class"))
    job.environment(value(node, "environment"), place)
    machine = place.node(value(node, "machine"))
    at = position(value(node, "resource_class") or node)
    if "/" in resource and "<<" not in resource:
        job.runner = Runner(RunnerKind.SELF_HOSTED, (resource,), resource, at)
    elif "<<" in resource and images is None and machine is None:
        job.runner = Runner(RunnerKind.DYNAMIC, (), resource, at, dynamic=True)
    elif images is not None or machine is not None or value(node, "macos") is not None:
        label = place.fill(text(machine, "image") or text_of(machine)) or ("docker" if images is not None else "macos")
        job.runner = Runner(RunnerKind.HOSTED, (label,), "", at)


def _image(job: _Job, item: Node, place: _Place, name: str) -> None:
    image = place.fill(text(item, "image"))
    if not image:
        return
    node = value(item, "image") or item
    auth = value(item, "auth") or value(item, "aws_auth")
    pin = pin_of_image(image, "<<", "$")
    job.images.append(Image(name, image, pin, place.place(node), has_credentials=auth is not None))
    job.environment(value(item, "environment"), place)
    for key, (_, given) in flat(auth).items():
        shown = text_of(given)
        if shown.startswith("$"):
            job.secret(shown.strip("${}"), SecretKind.VARIABLE, place.place(given), f"docker.auth.{key}")
        elif key.replace("-", "_") in _ROLE and shown:
            job.claims.append(Claim(name="docker", position=place.place(given), role=shown, provider="aws"))


def _steps(job: _Job, node: Node | None, place: _Place) -> None:
    node = place.node(node)
    if not isinstance(node, Sequence) or place.depth > MAX_NESTED:
        return
    for item in node.items:
        if not job.config.spend():
            return
        inner = place.node(item)
        if isinstance(inner, Sequence):
            _steps(job, inner, place._replace(depth=place.depth + 1, parameters={}))
        elif isinstance(inner, Scalar):
            _step(job, inner.value, None, inner, place)
        elif isinstance(inner, Mapping):
            for name, (key, given) in flat(inner).items():
                _step(job, name, given, key, place)


def _step(job: _Job, name: str, given: Node | None, key: Scalar, place: _Place) -> None:
    """Read one step: a command of CircleCI's, of this configuration, or of an orb."""
    if name in {"run", "deploy"}:
        _run(job, given, place)
    elif name in {"when", "unless"}:
        _steps(job, value(given, "steps"), place._replace(depth=place.depth + 1))
        return
    elif name == "add_ssh_keys":
        for print_ in texts_of(value(given, "fingerprints")):
            job.secret(print_, SecretKind.CREDENTIAL, place.place(key), "add_ssh_keys")
    elif name not in _STEPS:
        command = job.config.commands.get(name)
        if command is not None:
            handed = _handed(given, place)
            bound = _bound(value(command, "parameters"), None)
            bound.update({each: node for each, node in handed.items() if each in bound})
            _steps(job, value(command, "steps"), _Place(bound, place.place(key), place.depth + 1))
        else:
            job.orb(name, place.place(key))
            _orb_inputs(job, given, place)
    job.step += 1


def _handed(given: Node | None, place: _Place) -> dict[str, Node | None]:
    """Return what a use gives to a command, with the parameters around it put in."""
    out: dict[str, Node | None] = {}
    for name, (_, node) in flat(given).items():
        resolved = place.node(node)
        if isinstance(resolved, Scalar) and "<<" in resolved.value:
            resolved = Scalar(place.fill(resolved.value), resolved.line, resolved.column)
        out[name] = resolved
    return out


def _run(job: _Job, given: Node | None, place: _Place) -> None:
    node = place.node(given)
    command = place.node(value(node, "command")) if isinstance(node, Mapping) else node
    shown = place.fill(command.value) if isinstance(command, Scalar) else ""
    if not isinstance(command, Scalar) or not shown.strip():
        return
    if isinstance(node, Mapping):
        job.environment(value(node, "environment"), place)
        for name, (_, inner) in flat(value(node, "environment")).items():
            reference = place.fill(text_of(inner))
            if reference.startswith("$") and is_secret(reference.strip("${}")):
                job.secret(reference.strip("${}"), SecretKind.VARIABLE, place.place(inner), f"environment.{name}")
    at, laid = (place.at, False) if place.at else begin_of(job.config.source, command)
    shell = place.fill(text(node, "shell"))
    script = Script(text=shown, position=at, step=job.step, shell=shell, laid=laid and shown == command.value)
    job.scripts.append(script)
    _taken(job, script)
    for pattern, prefix in ((_CHOSEN, ""), (_PIPELINE_PARAMETER, "pipeline.parameters.")):
        for found in pattern.finditer(shown):
            if not prefix or found.group(1) in job.config.free:
                job.injections.append((prefix + found.group(1), script.place(found.start())))


def _taken(job: _Job, script: Script) -> None:
    """Note secret-looking variables that a command reads, and the job's OIDC token.

    https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
    """
    shown = script.text
    role = role_in(shown, job.literals)
    for name, offset in variables_in(shown):
        at = script.place(offset)
        if name.startswith("CIRCLE_OIDC_TOKEN"):
            job.claims.append(Claim(name=name, position=at, step=job.step, role=role.name, provider=role.provider))
        elif name not in job.literals and not name.startswith("CIRCLE_"):
            job.secret(name, SecretKind.VARIABLE, at, "run", certain=False)
    named = shown.find("CIRCLE_OIDC_TOKEN")
    if (named >= 0 and not job.claims) or (role.provider and named < 0):
        # the token may have been put into a file or variable before
        at = script.place(max(named, 0))
        name = "CIRCLE_OIDC_TOKEN"
        job.claims.append(Claim(name=name, position=at, step=job.step, role=role.name, provider=role.provider))


def _orb_inputs(job: _Job, given: Node | None, place: _Place) -> None:
    """Read what an orb's job or command is given: roles, secrets by name, and steps that run inside it."""
    for name, (_, node) in flat(given).items():
        resolved = place.node(node)
        if isinstance(resolved, Sequence):
            if name.endswith("steps") and name not in {"pre-steps", "post-steps"}:
                _steps(job, resolved, place._replace(depth=place.depth + 1))
            continue
        shown = place.fill(text_of(resolved))
        if not shown or resolved is None:
            continue
        plain = name.lower().replace("-", "_")
        if plain in _ROLE:
            provider = "gcp" if "gcp" in plain or "service_account" in plain else "aws"
            job.claims.append(Claim(name=name, position=place.place(resolved), role=shown, provider=provider))
        elif shown.startswith("$") and is_secret(shown.strip("${}")):
            job.secret(shown.strip("${}"), SecretKind.VARIABLE, place.place(resolved), f"with.{name}")
        elif name in {"context", "requires", "filters", "name", "type"}:
            continue
        else:
            _taken(job, Script(text=shown, position=place.place(resolved)))
