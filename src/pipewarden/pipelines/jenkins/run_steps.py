"""Steps that run something: commands, other jobs, code of other files, containers.

https://www.jenkins.io/doc/pipeline/steps/
"""

from msgspec import structs

from pipewarden.pipelines.definition import Definition, Included, Script
from pipewarden.pipelines.jenkins import agents, commands, settings
from pipewarden.pipelines.jenkins.calls import Call, named
from pipewarden.pipelines.jenkins.scope import Scope
from pipewarden.pipelines.jenkins.stage import Stage, short
from pipewarden.pipelines.jenkins.strings import holes, value
from pipewarden.pipelines.jenkins.tokens import GSTRING, TEXT
from pipewarden.pipelines.jenkins.walk import Walk
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position


def shell(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """Commands: what Groovy puts into them, and what they print."""
    walk.steps(call.inner, stage, scope)
    taker = walk.taker(call.at, stage, scope)
    taker.begun = True
    given = named(walk.file.source, call)
    place = given.get("script") or given.get("")
    if place is None or place[0] >= place[1]:
        return
    low, high = place
    text = "\n".join(
        value(walk.file.source, at) for at in range(low, high) if walk.file.source.kinds[at] in {TEXT, GSTRING}
    )
    if text:
        position = walk.file.source.position(low)
        taker.scripts.setdefault(position, Script(text=text, position=position, step=taker.steps, shell=call.name))
        for name in commands.printed(text, scope):
            commands.leak(taker, name, position, "printed")
    for origin, offset in commands.outside_in(walk.file, low, high, walk.seen(scope)):
        taker.injections.setdefault((origin, walk.file.source.place(offset)))
    commands.leaks(walk.file, low, high, taker, scope, "interpolated")
    taker.steps += 1


def prints(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """What is written to the log."""
    walk.inside(call, stage, scope)
    if call.low < call.high:
        commands.leaks(walk.file, call.low, call.high, walk.taker(call.at, stage, scope), scope, "printed")


def starts_job(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`build job: 'name'` starts another job."""
    given = named(walk.file.source, call)
    place = given.get("job") or given.get("")
    if place:
        called = walk.file.text(*place) or short(walk.file.source.between(*place).strip("\"'"))
        walk.taker(call.at, stage, scope).calls.setdefault(called)
    walk.steps(call.inner, stage, scope)


def load(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """Code of another file, or code made at run time."""
    file = walk.file
    walk.steps(call.inner, stage, scope)
    place = named(file.source, call).get("")
    if place is None:
        return
    for origin, offset in commands.outside_in(file, *place, walk.seen(scope)):
        walk.taker(call.at, stage, scope).injections.setdefault((origin, file.source.place(offset)))
    path = file.text(*place)
    loaded = walk.read(path) if path and call.name == "load" else None
    if path and call.name == "load":
        text, position = short(path, 200), file.source.position(place[0])
        included = Included(kind="local", text=text, position=position, pin=Pin.LOCAL, followed=loaded is not None)
        walk.taker(call.at, stage, scope).includes.append(included)
    if path and loaded is not None:
        _followed(walk, path, loaded, call, walk.taker(call.at, stage, scope))
        return
    walk.unread.add(call.at)
    file.open_end(call.at, f"{call.name} {short(path or file.source.between(*place))} runs code that is not followed")


def _followed(walk: Walk, path: str, loaded: Definition, call: Call, taker: Stage) -> None:
    """Take over what a loaded file says, at the place where it is loaded: its methods run with this pipeline."""
    position = walk.file.source.position(call.at)
    for job in loaded.jobs:
        for read in job.secrets:
            taker.take(read.name, read.kind, position, f"{path}:{read.position.line} {read.where}")
        for text, at in job.injections:
            taker.injections.setdefault((text, _in_file(path, at)))
        for leak in job.leaks:
            commands.leak(taker, leak.secret, _in_file(path, leak.position), leak.how)
    for name, at in loaded.powers:
        walk.file.powers.setdefault(name, _in_file(path, at))
    for end in loaded.open_ends[:3]:
        walk.file.open_end(call.at, f"{short(path)}:{end.line}: {end.message}")


def _in_file(path: str, at: Position) -> Position:
    """Return a place of a loaded file as one of that file, or of the one that it loads."""
    return at if at.file else Position(at.line, at.column, path)


def library(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`library 'name@version'` takes a shared library while the pipeline runs."""
    given = named(walk.file.source, call)
    low, high = given.get("identifier") or given.get("") or (call.low, call.high)
    chosen = commands.chosen_in(walk.file, low, high, walk.seen(scope))
    settings.libraries(walk.file, low, high)
    if chosen and walk.file.includes:
        walk.taker(call.at, stage, scope).injections.setdefault((f"library:{chosen}", walk.file.source.position(low)))
    walk.steps(call.inner, stage, scope)


def image(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """`docker.image('name')`."""
    given = named(walk.file.source, call).get("")
    if given:
        taker = walk.taker(call.at, stage, scope)
        written = walk.file.text(*given) or walk.file.source.between(*given).strip("\"'")
        taker.images.append(agents.image_of("image", short(written, 200), walk.file.source.position(given[0])))
    walk.inside(call, stage, scope)


def with_env(walk: Walk, call: Call, stage: Stage | None, scope: Scope) -> None:
    """https://www.jenkins.io/doc/pipeline/steps/workflow-basic-steps/#withenv-set-environment-variables."""
    walk.steps(call.inner, stage, scope)
    source = walk.file.source
    seen = walk.seen(scope)
    more: dict[str, str] = {}
    held: dict[str, tuple[str, bool]] = {}
    for at in range(call.low, call.high):
        if source.kinds[at] != GSTRING:
            continue
        name, equals, rest = value(source, at).partition("=")
        whole = [expression for expression, _ in holes(source, at)]
        if not equals or not name.isidentifier():
            continue
        more[name] = next(filter(None, (seen.chosen(each) for each in whole)), "")
        secret = scope.secret(whole[0]) if len(whole) == 1 and rest.startswith("$") else ""
        if secret:
            held[name] = (secret, True)
    inner = structs.replace(scope, outside=scope.outside | more).with_secrets(held) if more else scope
    walk.steps(call.body or [], stage, inner)
