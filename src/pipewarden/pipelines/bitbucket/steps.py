"""One step of a Bitbucket pipeline: what it runs, on what, and what it takes.

https://support.atlassian.com/bitbucket-cloud/docs/step-options/
"""

import re
from typing import NamedTuple

from pipewarden.pipelines.commands import is_secret, pin_of_image, variables_in
from pipewarden.pipelines.definition import Claim, DefinedJob, Hold, Included, Occasion, Script, SecretKind, SecretRead
from pipewarden.pipelines.inside import begin_of
from pipewarden.pipelines.merging import flat, text, value
from pipewarden.pipelines.parts import Environment, Image, Runner, RunnerKind
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar, Sequence

TOKEN = "BITBUCKET_STEP_OIDC_TOKEN"
_CHOSEN = r"BITBUCKET_(?:BRANCH|TAG|PR_[A-Z_]*BRANCH)"
_RUNS = (
    r"(?:\beval\b|\b(?:ba|z|da)?sh\s+-\w*c\b|\bssh\b(?!-)|\bpython3?\s+-c\b|\bnode\s+-e\b|\bperl\s+-e\b|\bruby\s+-e\b)"
)
_VERSION = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][\w.]+)?")


class Start(NamedTuple):
    """What starts a step, the branches it is limited to, and the variables that whoever starts it fills."""

    occasions: tuple[Occasion, ...]
    branches: tuple[str, ...]
    chosen: frozenset[str]
    at: Position
    """The key that says so: `default`, or the pattern of branches."""


class _Step:
    """A step while it is read."""

    def __init__(self, source: str, start: Start) -> None:
        self.source = source
        self.start = start
        self.scripts: list[Script] = []
        self.secrets: list[SecretRead] = []
        self.claims: list[Claim] = []
        self.includes: list[Included] = []
        self.injections: list[tuple[str, Position]] = []


def read_step(
    given: Node,
    at: Scalar,
    source: str,
    *,
    start: Start,
    job_id: str,
    environment: str,
    holds: tuple[Hold, ...],
    image: Image | None,
    services: dict[str, str],
) -> DefinedJob:
    """Read one step."""
    step = _Step(source, start)
    number = 0
    for key in ("script", "after-script"):
        script = value(given, key)
        for item in _commands(script):
            _command(step, item, number)
            number += 1
    deployment = value(given, "deployment") or value(given, "environment")
    place = text_of(deployment) or environment
    oidc = value(given, "oidc")
    if isinstance(oidc, Scalar) and oidc.is_true:
        step.claims = _with_token(step.claims, position(oidc))
    if text(given, "trigger") == "manual":
        holds = (*holds, Hold(kind="manual", says="somebody starts the step", position=position(at)))
    own = image_of(value(given, "image"), "container")
    images = [each for each in (own or image,) if each is not None]
    for name in texts_of(value(given, "services")):
        if services.get(name):
            images.append(Image(name, services[name], pin_of_image(services[name], "$"), position(at)))
    calls = (text(given, "custom"),) if text(given, "type") == "pipeline" else ()
    return DefinedJob(
        id=job_id,
        position=position(at),
        name=text(given, "name"),
        occasions=start.occasions,
        start_places={"": start.at},
        branches=start.branches,
        condition="changesets" if value(given, "condition") is not None else "",
        runner=_runner(value(given, "runs-on"), at),
        environment=Environment(place, position(deployment or at), dynamic="$" in place) if place else None,
        images=tuple(images),
        secrets=tuple(dict.fromkeys(step.secrets)),
        claims=tuple(step.claims),
        includes=tuple(step.includes),
        holds=holds,
        scripts=tuple(step.scripts),
        injections=tuple(dict.fromkeys(step.injections)),
        calls=calls,
    )


def _with_token(claims: list[Claim], at: Position) -> list[Claim]:
    """Return the claims of a step that may ask for a token: those that say their role, else the token itself."""
    return claims or [Claim(name=TOKEN, position=at)]


def _commands(script: Node | None) -> tuple[Node, ...]:
    if isinstance(script, Sequence):
        # an anchor may put a list of commands inside the list
        return tuple(each for item in script.items for each in (item.items if isinstance(item, Sequence) else (item,)))
    return (script,) if script is not None else ()


def _command(step: _Step, item: Node, number: int) -> None:
    if isinstance(item, Mapping):
        pipe = value(item, "pipe")
        if pipe is not None:
            _pipe(step, item, pipe, number)
        return
    if not isinstance(item, Scalar) or not item.value.strip():
        return
    shown = item.value
    at, laid = begin_of(step.source, item)
    script = Script(text=shown, position=at, step=number, laid=laid)
    step.scripts.append(script)
    for name, offset in variables_in(shown):
        _read(step, name, script.place(offset), "script", number)
    names = "|".join([_CHOSEN, *(re.escape(name) for name in sorted(step.start.chosen)[:50])])
    runs = re.compile(rf"{_RUNS}[^\n]{{0,300}}\$\{{?({names})\b")
    begin = 0
    for row in shown.split("\n")[:2_000]:
        found = runs.search(row[:2_000]) if "$" in row else None
        if found:
            step.injections.append((found.group(1), script.place(begin + found.start())))
        begin += len(row) + 1


def _read(step: _Step, name: str, at: Position, where: str, number: int) -> None:
    if name.startswith("BITBUCKET_") or name in step.start.chosen:
        return
    step.secrets.append(
        SecretRead(name=name, kind=SecretKind.VARIABLE, position=at, where=where, step=number, certain=False)
    )


def _pipe(step: _Step, item: Mapping, pipe: Node, number: int) -> None:
    """Read a pipe: an image that runs with what it is given.

    https://support.atlassian.com/bitbucket-cloud/docs/use-pipes-in-bitbucket-pipelines/
    """
    name = text_of(pipe)
    image, _, version = name.rpartition(":")
    if "/" in version:
        image, version = name, ""
    pin = Pin.DOCKER_DIGEST if "@sha256:" in name else Pin.TAG if _VERSION.fullmatch(version) else Pin.REF
    step.includes.append(
        Included(kind="pipe", text=name, position=position(pipe), project=image or name, ref=version, pin=pin)
    )
    for key, (_, given) in flat(value(item, "variables")).items():
        shown = text_of(given)
        if key == "AWS_OIDC_ROLE_ARN" and shown:
            step.claims.append(Claim(name=TOKEN, position=position(given), role=shown, provider="aws", step=number))
        elif shown.startswith("$") and (is_secret(key) or is_secret(shown.strip("${}"))):
            _read(step, shown.strip("'\"${}"), position(given), f"pipe.{key}", number)


def _runner(node: Node | None, at: Scalar) -> Runner:
    """Read `runs-on`: the label `self.hosted` stands for runners of one's own.

    https://support.atlassian.com/bitbucket-cloud/docs/configure-your-runner-in-bitbucket-pipelines-yml/
    """
    labels = texts_of(node)
    if not labels:
        return Runner(RunnerKind.HOSTED, (), "", position(at))
    own = any(label == "self.hosted" or label.startswith("self.") for label in labels)
    first = node.items[0] if isinstance(node, Sequence) and node.items else node or at
    return Runner(RunnerKind.SELF_HOSTED if own else RunnerKind.CUSTOM, labels, "", position(first))


def image_of(node: Node | None, name: str) -> Image | None:
    """Read an image: a name, or a mapping with `name` and the account that may fetch it."""
    image = text(node, "name") if isinstance(node, Mapping) else text_of(node)
    if node is None or not image:
        return None
    closed = isinstance(node, Mapping) and any(value(node, key) is not None for key in ("username", "aws"))
    return Image(name, image, pin_of_image(image, "$"), position(node), has_credentials=closed)
