"""What the jobs of a pipeline file of any system but GitHub's can reach and who can start them, in the type all share."""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from pipewarden.model.jobs import (
    Called,
    Circle,
    EffectiveJob,
    Given,
    Handover,
    LooseEnd,
    Spot,
    Start,
    TakenSecret,
    Takeover,
)
from pipewarden.pipelines.definition import (
    Claim,
    DefinedJob,
    Definition,
    Included,
    Occasion,
    SecretKind,
    SecretRead,
    System,
    Weakness,
)
from pipewarden.pipelines.gitlab_oidc import subjects_of
from pipewarden.pipelines.parts import Transfer
from pipewarden.pipelines.standing import asked, gate_of
from pipewarden.pipelines.uses import pin_of
from pipewarden.pipelines.yaml_tree import Fault, Position

_STARTS = {
    Occasion.PUSH: Start(event="push", by=Circle.DEVELOPER, theirs=True),
    Occasion.TAG: Start(event="tag", by=Circle.DEVELOPER, theirs=True),
    Occasion.MERGE_REQUEST: Start(event="merge_request", by=Circle.DEVELOPER, theirs=True),
    # whether a fork's run is given secrets is a setting in every one of these systems
    Occasion.FORK: Start(event="fork", by=Circle.FORK, secrets=Given.SETTING, theirs=True),
    Occasion.SCHEDULE: Start(event="schedule", by=Circle.SCHEDULE),
    Occasion.MANUAL: Start(event="manual", by=Circle.DEVELOPER),
    Occasion.API: Start(event="api", by=Circle.DEVELOPER),
    Occasion.PARENT: Start(event="parent", by=Circle.WORKFLOW),
    Occasion.COMMENT: Start(event="comment", by=Circle.OUTSIDER, secrets=Given.SETTING),
}

FORKS_WITHOUT_SECRETS = frozenset({System.BITBUCKET})
"""Systems where a fork's run never gets the secrets of the repository it was forked from: it runs in the fork.
https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/"""


_STARTED = frozenset({"jk.file.input_any", "jk.file.when_missing", "jk.job.remote_trigger"})
"""They have a job run, and say nothing of what it runs."""
_PLACED = frozenset({"gl.env.dynamic", "gl.env.name_mismatch", "gl.var.override"})
"""They choose the environment whose secrets a job gets, or keep it from the rules of one; its commands stay the file's."""
_UNGUARDED = frozenset({"ado.pipe.deploy_open", "bb.deploy.none"})
"""No environment stands before a job: nobody is asked, and what it runs stays the file's."""
_GIVEN = frozenset(
    {"ado.pipe.fork_secrets", "ado.pipe.pr_pool", "bb.deploy.any_branch", "bb.oidc.any_branch", "bb.runner.any_branch",
     "cc.context.any_branch", "cc.runner.any_branch", "gl.oidc.trust"}
)  # fmt: skip
"""What a run of any branch, or of a proposed change, is given. That such a run has its own commands is a matter of how it was
started (`Start.theirs`): a start by hand or over the API has what the file says, and the weakness adds no command to it."""
NO_COMMANDS = _STARTED | _PLACED | _UNGUARDED | _GIVEN
"""Checks of what somebody can use who says by it nothing of what a job runs."""

MOST_FILLERS = 20
"""Of one cache; more of them say nothing new."""


def effective_jobs(definition: Definition, weaknesses: Sequence[Weakness]) -> tuple[EffectiveJob, ...]:
    """Return the jobs of a definition as they run; templates that never run are left out."""
    ends = tuple(LooseEnd(says=end.message[:300], spot=_spot(definition, end)) for end in definition.open_ends)
    return tuple(_job(definition, job, weaknesses, ends) for job in definition.jobs if not job.hidden)


def _job(
    definition: Definition, job: DefinedJob, weaknesses: Sequence[Weakness], ends: tuple[LooseEnd, ...]
) -> EffectiveJob:
    if job.never:
        return _switched_off(definition, job)
    place = job.environment
    included = job.includes if job.parents else (*definition.includes, *job.includes)
    return EffectiveJob(
        id=job.id,
        system=definition.system.value,
        path=definition.path,
        line=(job.parents or (job.position,))[0].line,
        column=(job.parents or (job.position,))[0].column,
        chain=tuple(_spot(definition, each) for each in job.parents),
        at=_spot(definition, job.position),
        starts=tuple(_starts(definition, job)),
        secrets=tuple(_secret(definition, job, read) for read in job.secrets),
        environments=tuple(name for name in (place.choices or (place.name,)) if name) if place else (),
        environment_open=bool(place and place.dynamic),
        runner=job.runner.kind.value,
        labels=job.runner.labels,
        runner_group=job.runner.group,
        runner_open=job.runner.dynamic,
        oidc=bool(job.claims),
        subjects=subjects_of(job) if definition.system is System.GITLAB else (),
        audiences=tuple(dict.fromkeys(each for claim in job.claims for each in claim.audience)),
        roles=tuple(dict.fromkeys(_role(claim) for claim in job.claims if claim.role)),
        calls=tuple(_called(definition, each) for each in included)
        + tuple(
            Called(
                text=image.image[:200],
                kind="docker",
                pin=image.pin.value,
                fixed=image.pin.is_fixed,
                spot=_spot(definition, image.position),
            )
            for image in job.images
        )
        + tuple(
            Called(
                text=each[:200],
                kind="pipeline",
                pin=pin_of(each.partition("@")[2]).value,
                spot=_spot(definition, job.position),
            )
            for each in _elsewhere(definition, job)
        ),
        handovers=tuple(_handed(definition, job)),
        takeovers=tuple(_takeovers(definition, job, weaknesses)),
        holds=tuple(hold.says for hold in job.holds),
        approvers=tuple(dict.fromkeys(name for hold in job.holds for name in hold.approvers)),
        files=tuple(dict.fromkeys((definition.path, *_local((*definition.includes, *job.includes))))),
        open_ends=ends,
        places=_places(definition, job),
    )


def _role(claim: Claim) -> str:
    """Name a role as all systems do: one of a vault says that it is no cloud's."""
    return f"Vault role {claim.role}" if claim.provider == "vault" else claim.role


def _switched_off(definition: Definition, job: DefinedJob) -> EffectiveJob:
    """Return a job that no pipeline has: its rules hold for none, so nobody starts it and it is given nothing."""
    return EffectiveJob(
        id=job.id,
        system=definition.system.value,
        path=definition.path,
        line=job.position.line,
        at=_spot(definition, job.position),
        files=(definition.path,),
        off=True,
    )


def _elsewhere(definition: Definition, job: DefinedJob) -> Iterator[str]:
    """Yield the pipelines of other projects that a job of GitLab starts: their jobs are told with those projects."""
    if definition.system is System.GITLAB:
        yield from (each for each in job.calls if ":" not in each)


def _spot(definition: Definition, position: Position | Fault) -> Spot:
    """Return a place: in the file itself, or in one that it includes."""
    return Spot(position.file or definition.path, position.line, column=position.column)


def _places(definition: Definition, job: DefinedJob) -> dict[str, tuple[Spot, ...]]:
    """Return where a file says what environment, machine and identity a job has, and what stands before it."""
    found: dict[str, tuple[Spot, ...]] = {}
    if job.environment is not None:
        found["environment"] = (_here(definition, job, job.environment.position),)
    if job.runner.position.line:
        found["runner"] = (_here(definition, job, job.runner.position),)
    if job.claims:
        found["oidc"] = tuple(_here(definition, job, claim.position) for claim in job.claims)
        found["role"] = tuple(_here(definition, job, claim.position) for claim in job.claims if claim.role)
    if job.holds:
        found["hold"] = tuple(_here(definition, job, hold.position) for hold in job.holds)
    return {what: spots for what, spots in found.items() if spots}


def _here(definition: Definition, job: DefinedJob, at: Position) -> Spot:
    """Return a place in the file that the job stands in, which is not named then; in another, whole."""
    here = at.file == job.position.file
    return Spot("" if here else at.file or definition.path, at.line, column=at.column)


def _occasions(definition: Definition, job: DefinedJob) -> tuple[Occasion, ...]:
    """Return when a job runs, with what its file leaves to the settings.

    A Jenkinsfile is made to be built for each branch, and for pull requests as the project's settings say; `triggers` come
    on top. CircleCI builds changes from forks where the project's settings say so.
    https://www.jenkins.io/doc/book/pipeline/multibranch/ , https://circleci.com/docs/guides/integrate/oss/#build-pull-requests-from-forked-repositories
    """
    found = list(job.occasions or definition.occasions)
    if definition.system is System.JENKINS:
        if not job.occasions:
            found.append(Occasion.PUSH)
        if not job.branches and (not job.occasions or Occasion.MERGE_REQUEST in found):
            found.append(Occasion.FORK)
    if definition.system is System.CIRCLECI and Occasion.PUSH in found and not job.branches:
        found.append(Occasion.FORK)
    return tuple(dict.fromkeys(found))


def _starts(definition: Definition, job: DefinedJob) -> Iterator[Start]:
    """Yield the ways to start a job: its own occasions, else those of its file; none known is said to be unknown."""
    occasions = _occasions(definition, job)
    for occasion in occasions:
        start = _STARTS[occasion]
        if occasion is Occasion.FORK and definition.system in FORKS_WITHOUT_SECRETS:
            start = Start(event=start.event, by=start.by, secrets=Given.NONE, theirs=True)
        at = _start_place(definition, job, occasion)
        gate = gate_of(definition, job, start)
        start = structs.replace(start, gate=gate) if gate else start
        yield structs.replace(start, line=at.line, column=at.column) if at is not None else start
    if not occasions:
        yield Start(event="", by=Circle.UNKNOWN)


def _start_place(definition: Definition, job: DefinedJob, occasion: Occasion) -> Position | None:
    """Return where the file itself says that an occasion starts a job: at the job, else for the whole file."""
    for places in (job.start_places, definition.start_places):
        at = places.get(occasion, places.get(""))
        if at is not None:
            return at if not at.file else None
    return None


def _secret(definition: Definition, job: DefinedJob, read: SecretRead) -> TakenSecret:
    store = read.store or (_STORES.get(definition.system, "") if read.kind is SecretKind.VAULT else "")
    name, certain = read.name, read.certain
    if store and not read.store:
        path = _OPEN.sub("*", f"*{name}" if store == "azure" and name.startswith("/") else name).strip("/")
        name = f"{store}:{path or '*'}"
        certain = certain and "*" not in name
    return TakenSecret(
        name=name,
        form="dynamic" if not store and (read.dynamic or not name) else "named",
        kind="store" if store else read.kind.value,
        spot=_spot(definition, read.position),
        step=read.step,
        by=_receiver(read),
        certain=certain,
        store=store,
        address=read.address,
        by_identity=bool(read.store and job.claims),
    )


def _receiver(read: SecretRead) -> str:
    """Say which step of a job is given a secret, and whom the job asks before it comes to that."""
    if read.step is None:
        return "every step"
    after = " and ".join(dict.fromkeys(asked(hold) for hold in read.after))
    return f"step {read.step + 1} (after {after})" if after else f"step {read.step + 1}"


_STORES = {System.JENKINS: "vault", System.AZURE: "azure"}
"""Which store a system reads from whose own words for it are a path: Jenkins by `withVault`, Azure by its task for a key vault."""
_OPEN = re.compile(r"\$\([^)]*\)|\$\{\{.*?\}\}|\$\{[^}]*\}")


def _called(definition: Definition, included: Included) -> Called:
    return Called(
        text=included.text[:200],
        kind=included.kind,
        pin=included.pin.value,
        fixed=included.pin.is_fixed,
        spot=_spot(definition, included.position),
        followed=included.followed,
    )


def _handed(definition: Definition, job: DefinedJob) -> Iterator[Handover]:
    """Yield what a job takes from other runs and leaves to them, with who can have filled it.

    GitLab keeps the caches of protected branches apart, unless a job asks it not to: then runs of any branch fill it.
    https://docs.gitlab.com/ci/caching/#use-the-same-cache-for-all-branches
    """
    for each in job.transfers:
        by = _fillers(definition, each) if each.what == "cache_unprotected" else ()
        spot = _spot(definition, each.position)
        yield Handover(what=each.what, name=each.name[:100], spot=spot, other_run=each.other_run, filled_by=by)


def _fillers(definition: Definition, taken: Transfer) -> tuple[str, ...]:
    """Return the jobs that run on any branch and share an unprotected cache; a computed key may be any."""
    found = []
    for job in definition.jobs:
        anywhere = not job.branches and {Occasion.PUSH, Occasion.MERGE_REQUEST} & set(job.occasions)
        caches = [each for each in job.transfers if each.what == "cache_unprotected"]
        if anywhere and not job.hidden and any(_same_key(each.name, taken.name) for each in caches):
            found.append(f"{definition.path}#{job.id}")
    return tuple(found[:MOST_FILLERS])


def _same_key(one: str, other: str) -> bool:
    return one == other or "$" in one or "$" in other


def _local(included: Iterable[Included]) -> Iterator[str]:
    """Yield the files of the same repository that decide what runs as well, for those who may edit them."""
    for each in included:
        if each.followed and each.file:
            yield each.file
        elif each.kind == "local" and each.followed:
            yield each.text.removeprefix("./").lstrip("/")


def _takeovers(definition: Definition, job: DefinedJob, weaknesses: Sequence[Weakness]) -> Iterator[Takeover]:
    """Yield the weaknesses of a job by which somebody else runs commands in it."""
    for weak in weaknesses:
        if weak.job == job.id and weak.by and weak.reaches and weak.check not in NO_COMMANDS:
            spot = _spot(definition, weak.position)
            yield Takeover(kind=weak.check, by=weak.by, says=weak.says[:300], spot=spot, gate=weak.gate)
