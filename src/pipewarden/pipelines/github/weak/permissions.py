"""Rules about the job's own token and the tokens made beside it: how broad they are, and who can take them."""

from collections.abc import Iterator

from pipewarden.pipelines.commands import listed, short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.github.weak.scene import POWERFUL, Scene, action_of, is_on, named, step_place
from pipewarden.pipelines.least.commands import pushes
from pipewarden.pipelines.least.needs import needs_of
from pipewarden.pipelines.least.proposals import beyond
from pipewarden.pipelines.lines import first_lines
from pipewarden.pipelines.parts import Checkout, Step, Workflow
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.yaml_tree import Position


def silent(scene: Scene) -> Iterator[Weakness]:
    """A job whose token has whatever the repository gives by default: nobody sees in the file what it may do.

    https://docs.github.com/en/actions/reference/security/secure-use#use-the-minimum-required-permissions
    """
    job, workflow = scene.job, scene.workflow
    if job.permissions is not None or workflow.permissions is not None or scene.default == "read":
        return
    if workflow.events == {"workflow_call"}:
        return  # the caller's token counts
    reaches = tuple(code for code in scene.holds if code.startswith("token:"))
    if scene.strange:
        yield scene.tell(
            "wf.perm.default_on_risky",
            job.position,
            f"strangers start {scene.name} on {scene.strange[0]}, and no block limits its token",
            reaches=reaches,
            by="anyone",
            severity="" if scene.default == "write" else "medium",
        )
        return
    yield scene.tell(
        "wf.perm.missing",
        job.position,
        f"no permissions block limits the token of {scene.name}",
        reaches=reaches,
        gate="",
    )


def broad(scene: Scene) -> Iterator[Weakness]:
    """`write-all`, or writing scopes for the whole file that every job of it gets.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
    """
    job, workflow = scene.job, scene.workflow
    own, whole = job.permissions, workflow.permissions
    if own is not None:
        if own.shorthand == "write-all":
            yield scene.tell(
                "wf.perm.write_all", own.position, f"{scene.name} gives its token every right there is", gate=""
            )
        return
    if whole is None or job is not first_without_block(workflow):
        return
    if whole.shorthand == "write-all":
        yield scene.tell(
            "wf.perm.write_all",
            whole.position,
            "every job without a block of its own gets every right there is",
            gate="",
        )
        return
    wide = sorted(scope for scope, level in whole.levels.items() if level == "write" and scope in POWERFUL)
    takers = [each for each in workflow.jobs if each.permissions is None]
    if wide and len(takers) > 1:
        yield scene.tell(
            "wf.perm.write_all",
            whole.position,
            f"{len(takers)} jobs of the file may all write {listed(wide)}, whichever of them needs it",
            reaches=tuple("oidc" if scope == "id-token" else f"token:{scope}" for scope in wide),
            severity="low",
            gate="",
        )


def first_without_block(workflow: Workflow) -> object:
    """Return the first job that has no block of its own: what is said of the file is said there once."""
    return next((job for job in workflow.jobs if job.permissions is None), None)


def excess(scene: Scene) -> Iterator[Weakness]:
    """A job may write what none of its steps writes, as far as their own documentation says.

    https://docs.github.com/en/actions/reference/security/secure-use#use-the-minimum-required-permissions
    """
    job = scene.job
    if job.uses is not None or not job.steps:
        return
    stated = job.permissions if job.permissions is not None else scene.workflow.permissions
    if stated is None or (job.permissions is None and scene.workflow.permissions and stated.shorthand == "write-all"):
        return
    if "write" not in stated.levels.values() and stated.shorthand != "write-all":
        return
    wide = beyond(scene.workflow, job, needs_of(scene.workflow, job), scene.default)
    writes = tuple(scope for scope, level in wide.items() if level == "write")
    if not writes:
        return
    heavy = [scope for scope in writes if scope in POWERFUL]
    yield scene.tell(
        "wf.perm.excess",
        stated.position,
        f"{scene.name} may write {listed(sorted(heavy or writes))}, which none of its steps does",
        reaches=tuple("oidc" if scope == "id-token" else f"token:{scope}" for scope in sorted(writes)),
        severity="" if heavy else "low",
        gate="",
    )


def undocumented(workflow: Workflow, text: str) -> Iterator[Weakness]:
    """A writing scope without a word why: the next reader dares not take it away."""
    blocks = [each for each in (workflow.permissions, *(job.permissions for job in workflow.jobs)) if each is not None]
    if not any("write" in block.levels.values() for block in blocks):
        return
    ends = [block.position.line + len(block.levels) * 3 for block in blocks]
    lines = first_lines(text, max(ends))
    for block, end in zip(blocks, ends, strict=True):
        for number in range(block.position.line - 1, min(end, len(lines))):
            line = lines[number]
            scope, _, rest = line.partition(":")
            if scope.strip().strip("\"'") not in block.levels or not rest.strip().startswith("write"):
                continue
            above = lines[number - 1].strip() if number else ""
            if "#" in line or above.startswith("#"):
                continue
            yield Weakness(
                check="wf.perm.undocumented",
                position=Position(number + 1, len(line) - len(line.lstrip()) + 1),
                says=f"no comment says what {scope.strip()}: write is for",
                severity="info",
            )


_HIDDEN = (4, 4)
"""From this version on upload-artifact leaves out hidden files, and with them the credentials in `.git`.
https://github.com/actions/upload-artifact/releases/tag/v4.4.0"""
_WHOLE = frozenset({"", ".", "./", "*", "**", "./**", "**/*", "${{ github.workspace }}", "${{ github.workspace }}/"})


def persisted(scene: Scene) -> Iterator[Weakness]:
    """The token stays on disk after the checkout, where an artifact or somebody else's action takes it along.

    https://github.com/actions/checkout#usage (persist-credentials)
    """
    kept = next((each for each in scene.job.checkouts if each.persists_credentials is True), None)
    if kept is None:
        return
    reaches = tuple(code for code in scene.holds if code.startswith("token:"))
    for step in scene.job.steps:
        if step.index <= kept.step:
            continue
        if _uploads_all(step):
            yield _persisted(scene, kept, f"{named(step)} uploads it with the workspace", reaches, "")
            return
    if not scene.writes or (scene.says("push") and any(step.run and pushes(step.run) for step in scene.job.steps)):
        return
    for step in scene.job.steps:
        uses = step.uses
        if step.index <= kept.step or uses is None or uses.kind is UsesKind.LOCAL or uses.pin.is_fixed:
            continue
        if uses.owner.lower() in {"actions", "github", scene.owner}:
            continue
        yield _persisted(scene, kept, f"{short(uses.text, 40)} can take it", reaches, "low")
        return


def _persisted(scene: Scene, kept: Checkout, how: str, reaches: tuple[str, ...], severity: str) -> Weakness:
    says = f"the checkout of {scene.name} leaves the token on disk, where {how}"
    return scene.tell("wf.token.persisted", kept.position, says, reaches=reaches, severity=severity, gate="")


def _uploads_all(step: Step) -> bool:
    if action_of(step.uses) != "actions/upload-artifact" or step.uses is None:
        return False
    if not {line.strip() for line in step.with_.get("path", "").splitlines()} & _WHOLE:
        return False
    return is_on(step.with_.get("include-hidden-files")) or _is_old(step.uses.ref)


def _is_old(ref: str) -> bool:
    """Tell whether a version is one that uploads hidden files; a commit or a moving major does not tell."""
    parts = ref.removeprefix("v").split(".")
    if not all(part.isdecimal() for part in parts):
        return False
    numbers = tuple(int(part) for part in parts[:2])
    return numbers < _HIDDEN and numbers != (4,)


_APP_TOKENS = frozenset({"actions/create-github-app-token"})
_OTHER_APP_TOKENS = frozenset({"tibdex/github-app-token", "peter-murray/workflow-application-token-action"})


def app_token(scene: Scene) -> Iterator[Weakness]:
    """A token of an app is made for more repositories or rights than the job names.

    "If owner is set and repositories is empty, access will be scoped to all repositories in the provided repository owner's
    installation" (https://github.com/actions/create-github-app-token#inputs).
    """
    for step in scene.job.steps:
        action = action_of(step.uses)
        given = step.with_
        if action in _APP_TOKENS:
            everywhere = is_on(given.get("owner")) and not given.get("repositories", "").strip()
            narrowed = any(name.startswith("permission-") for name in given)
        elif action in _OTHER_APP_TOKENS:
            everywhere = not (
                given.get("repositories") or given.get("repository") or given.get("installation_retrieval_payload")
            )
            narrowed = bool(given.get("permissions", "").strip())
            everywhere = everywhere and action.startswith("peter-murray/")
        else:
            continue
        if not everywhere and narrowed:
            continue
        what = (
            "for every repository of the installation"
            if everywhere
            else "with every right the app has on the repository"
        )
        if everywhere and not narrowed:
            what += ", with every right the app has"
        yield scene.tell(
            "wf.token.app_broad",
            step_place(step),
            f"{named(step)} of {scene.name} makes an app's token {what}",
            severity="" if everywhere else "low",
            gate="",
        )


_TAKE_TOKENS = frozenset({"docker/login-action", "actions/checkout"})
"""Actions that the job's own token may do for."""


def personal_token(scene: Scene) -> Iterator[Weakness]:
    """Somebody's own token does what the job's token could: it outlives the job and opens whatever its owner may.

    https://docs.github.com/en/actions/tutorials/authenticate-with-github_token
    """
    job = scene.job
    for step in job.steps:
        action = action_of(step.uses)
        if action not in _TAKE_TOKENS:
            continue
        name, why = _given_personal(step), ""
        if not name:
            continue
        if action == "docker/login-action" and "ghcr.io" in step.with_.get("registry", ""):
            why = "to log in to ghcr.io"
        elif action == "actions/checkout" and not _needs_other(step, scene):
            why = "to check out its own repository"
        if why:
            yield scene.tell(
                "wf.token.pat_used",
                step_place(step),
                f"{scene.name} uses {short(name, 40)} {why}, which its own token can do",
                reaches=(f"secret:{name}",),
                gate="",
            )


def _given_personal(step: Step) -> str:
    """Return the secret that a step is given as a token of GitHub."""
    for mention in step.mentions:
        if mention.where.lower() not in {"with.token", "with.password"}:
            continue
        reads = [read for read in mention.expression.reads if read.context == "secrets" and len(read.parts) == 2]
        if len(reads) == 1 and len(mention.expression.reads) == 1 and reads[0].parts[1].upper() != "GITHUB_TOKEN":
            return reads[0].parts[1].upper()
    return ""


def _needs_other(step: Step, scene: Scene) -> bool:
    """Tell whether a checkout may need another token: of another repository, for submodules, or to push and start runs."""
    if step.with_.get("repository") or is_on(step.with_.get("submodules")) or step.with_.get("ssh-key"):
        return True
    if step.with_.get("persist-credentials", "").strip().lower() == "false":
        return False
    # what it leaves on disk may be what a later step pushes with: only a job that runs nothing else is sure
    return any(
        each.run is not None or action_of(each.uses).partition("/")[0] not in {"actions", "docker", "github"}
        for each in scene.job.steps
        if each.index > step.index
    )
