"""Rules about code and images from elsewhere, about the machine, and about what a job publishes."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.commands import POWERSHELL_WORDS, run_download, short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.github.weak.releases import publishes
from pipewarden.pipelines.github.weak.scene import Scene, action_of, is_on, named, step_place
from pipewarden.pipelines.image_choices import choices, movable
from pipewarden.pipelines.lowered import lowered
from pipewarden.pipelines.parts import Step, Workflow
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position


def images(scene: Scene) -> Iterator[Weakness]:
    """An image without a digest: whoever writes to that registry changes what the job runs in.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
    """
    for image in scene.job.images:
        if image.pin not in {Pin.DOCKER_TAG, Pin.DYNAMIC}:
            continue
        free = movable(choices(scene.workflow, scene.job, image))
        if not free:
            continue
        container = image.name == "container"
        more = f" or {len(free) - 1} more" if len(free) > 1 else ""
        yield scene.tell(
            "wf.uses.image_unpinned",
            image.position,
            f"{scene.name} runs {'in' if container else 'beside'} {short(free[0], 50)}{more}, whose tag others can move",
            # a service is given no secret and no token: it is only beside them
            reaches=scene.holds if container else (),
            by="supplier",
            severity="" if container and scene.valuable else "info",
            gate="",
        )


def remote_script(scene: Scene) -> Iterator[Weakness]:
    """A script from the network runs where secrets are: whoever holds that address gets them.

    https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
    """
    if not (scene.says("curl", "wget") or any(word in scene.low for word in POWERSHELL_WORDS)):
        return  # it fetches nothing
    for step in scene.job.steps:
        found = run_download(step.run) if step.run is not None else None
        if found is None:
            continue
        beside = f", beside {scene.held}" if scene.held else ""
        yield scene.tell(
            "wf.run.remote_script",
            step.command_at(found.at),
            f"{scene.name} runs what {short(found.words, 50)} answers{beside}",
            by="supplier",
            severity="" if scene.valuable else "info",
            gate="",
        )


def insecure_commands(scene: Scene) -> Iterator[Weakness]:
    """Commands in the log may set the environment again: whatever is printed by a stranger's text sets it.

    https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/
    """
    tables = [(scene.workflow.env, scene.job.position), (scene.job.env, scene.job.position)]
    tables += [(step.env, step.position) for step in scene.job.steps if step.env]
    for table, place in tables:
        if is_on(table.get("ACTIONS_ALLOW_UNSECURE_COMMANDS")):
            yield scene.tell(
                "wf.run.insecure_commands",
                place,
                f"{scene.name} lets whatever is printed set its environment (ACTIONS_ALLOW_UNSECURE_COMMANDS)",
                severity="" if scene.holds or scene.outside else "low",
                gate="",
            )
            return


_SOCKET = re.compile(r"/var/run/docker\.sock")
_PRIVILEGED = re.compile(r"--privileged\b|--pid[= ]host|--cap-add[= ](?:ALL|SYS_ADMIN)")
_RUNS_CONTAINER = re.compile(
    begun("docker", "podman", "nerdctl") + r"\s+(?:container\s+)?(?:run|create)\b[^\n]{0,1500}"
)
_METADATA = ("169.254.169.254", "metadata.google.internal")
_CONTINUED = re.compile(r"\\\n\s*")


def the_machine(scene: Scene) -> Iterator[Weakness]:
    """A job takes the machine it runs on: its Docker socket, a privileged container, the cloud's metadata.

    A hosted machine is thrown away after the job; one's own is not.
    https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners
    """
    found: tuple[str, Position] | None = None
    for image in scene.job.images:
        given = f"{image.options}\n" + "\n".join(image.volumes)
        if _PRIVILEGED.search(given) or _SOCKET.search(given):
            found = (f"gives {short(image.image, 40)} the whole machine", image.position)
            break
    named_so = scene.says("docker", "podman", "169.254.169.254", "metadata.google")
    for step in scene.job.steps if found is None and named_so else ():
        if step.run is None:
            continue
        if "docker" in step.run or "podman" in step.run:
            runs = _RUNS_CONTAINER.findall(_CONTINUED.sub(" ", step.run[:50_000]))
            if any(_PRIVILEGED.search(each) or _SOCKET.search(each) for each in runs):
                found = (f"gives a container the whole machine in {named(step)}", step.run_position)
                break
        if any(address in step.run for address in _METADATA):
            found = (f"asks the cloud for the identity of the machine in {named(step)}", step.run_position)
            break
    if found is None:
        return
    own = scene.own_machine
    yield scene.tell(
        "wf.runner.docker_socket",
        found[1],
        f"{scene.name} {found[0]}{', which stays after the job' if own else ''}",
        reaches=tuple(dict.fromkeys((*scene.holds, *(("runner",) if own else ())))),
        severity="" if own else "info",
        gate="",
    )


_PYPI = re.compile(
    begun(r"twine\s+upload", *(rf"{tool}\s+publish" for tool in ("poetry", "uv", "flit", "hatch", "pdm"))) + r"\b"
)
_REGISTRIES: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (_PYPI, re.compile(r"PYPI|TWINE|UV_PUBLISH"), "PyPI"),
    (
        re.compile(begun("npm", "pnpm", r"yarn(?:\s+npm)?", "lerna") + r"\s+publish\b"),
        re.compile(r"NPM|NODE_AUTH"),
        "npm",
    ),
    (re.compile(begun("cargo") + r"\s+publish\b"), re.compile(r"CARGO|CRATES"), "crates.io"),
    (re.compile(begun("gem") + r"\s+push\b"), re.compile(r"GEM"), "RubyGems"),
    (re.compile(begun("nuget") + r"\s+push\b"), re.compile(r"NUGET"), "NuGet"),
)
"""How each registry is published to, the names of its tokens, and which registry it is. All of them take OIDC.

https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-pypi
https://docs.npmjs.com/trusted-publishers https://crates.io/docs/trusted-publishing
https://guides.rubygems.org/trusted-publishing/ https://learn.microsoft.com/en-us/nuget/nuget-org/trusted-publishing
"""


def long_lived(scene: Scene) -> Iterator[Weakness]:
    """A package is published with a token that lives on, where the registry takes the job's own identity."""
    if not scene.job.secrets:
        return
    for step in scene.job.steps:
        told = _with_token(step, scene)
        if told:
            name, registry = told
            yield scene.tell(
                "wf.publish.no_trusted",
                step_place(step),
                f"{scene.name} publishes to {registry} with the long-lived {short(name, 40)}",
                reaches=(f"secret:{name}",),
            )


def _with_token(step: Step, scene: Scene) -> tuple[str, str] | None:
    if action_of(step.uses) == "pypa/gh-action-pypi-publish":
        if "test.pypi" in step.with_.get("repository-url", "") + step.with_.get("repository_url", ""):
            return None
        for mention in step.mentions:
            if mention.where == "with.password":
                names = [read.parts[1].upper() for read in mention.expression.reads if read.context == "secrets"]
                return (names[0], "PyPI") if names else None
        return None
    if (
        step.run is None
        or "--dry-run" in step.run
        or not any(word in step.run for word in ("publish", "upload", "push"))
    ):
        return None
    for command, token, registry in _REGISTRIES:
        if not command.search(step.run) or "test.pypi" in step.run or "npm.pkg.github.com" in step.run:
            continue
        given = [
            use.name
            for use in scene.job.secrets
            if use.name and (use.step in {None, step.index}) and token.search(use.name)
        ]
        if given:
            return given[0], registry
    return None


_SIGNS = ("cosign", "sigstore", "attest", "provenance", "sbom", "slsa", "syft", "cyclonedx", "spdx", "minisign", "goreleaser",
          "signtool", "codesign", "trusted")  # fmt: skip
_GPG = re.compile(begun("gpg") + r"\b")
_RELEASES = {
    "softprops/action-gh-release": ("files",),
    "ncipollo/release-action": ("artifacts", "artifact"),
    "actions/upload-release-asset": ("asset_path",),
    "svenstaro/upload-release-action": ("file",),
    "marvinpinto/action-automatic-releases": ("files",),
    "shogo82148/actions-upload-release-asset": ("asset_path",),
}
"""Actions that put files into a release, with the inputs that name these, by each action's own page."""


def unsigned(workflow: Workflow, text: str) -> Iterator[Weakness]:
    """Files or images are published, and nothing in the workflow signs or describes them.

    https://docs.github.com/en/actions/concepts/security/artifact-attestations
    """
    published = next(
        ((job, step, what) for job in workflow.jobs for step in job.steps if (what := _publishes(step))), None
    )
    if published is None:
        return
    low = lowered(text)
    if any(word in low for word in _SIGNS) or _GPG.search(low):
        return
    job, step, what = published
    yield Weakness(
        check="wf.publish.unsigned",
        position=step_place(step),
        says=f"job {short(job.id, 44)} publishes {what} without a signature, attestation or bill of materials",
        job=job.id,
    )


def _publishes(step: Step) -> str:
    """Return what a step puts into a release or a registry: `files`, `an image`, or nothing."""
    if step.run is not None:
        return publishes(step.run)
    action = action_of(step.uses)
    if action in _RELEASES:
        return "files" if any(step.with_.get(name) for name in _RELEASES[action]) else ""
    return "an image" if action == "docker/build-push-action" and is_on(step.with_.get("push")) else ""


def not_limited(scene: Scene, text: str) -> Iterator[Weakness]:
    """Two runs that release at once overtake each other: the older one can win.

    https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
    """
    if "concurrency:" in text or scene.publishes is None:
        return
    yield scene.tell(
        "wf.meta.concurrency", scene.job.position, f"nothing keeps two runs of {scene.name} from publishing at once",
        reaches=(), severity="info", gate="",
    )  # fmt: skip
