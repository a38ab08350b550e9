"""Jobs as questions ask for them: what each can reach in which run, who starts it, and how dangerous that is."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.access.job_secrets import GIVEN, SETTINGS, called, gitlab_variable, handed
from pipewarden.access.job_settings import settled, sharing
from pipewarden.access.job_stores import in_store
from pipewarden.access.own_machines import machine_of
from pipewarden.access.weight import PRODUCTION
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gate, GateKind
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import POISONED, Circle, EffectiveJob, Given, Start, TakenSecret, Takeover, Under
from pipewarden.model.lazy import lazy
from pipewarden.model.snapshot import Snapshot

SENSITIVE = (*PRODUCTION, "release", "publish", "deploy")
"""Parts of the names of environments that matter most."""

WHO: dict[str, frozenset[Circle]] = {
    "fork": frozenset({Circle.FORK}),
    "outsider": frozenset({Circle.FORK, Circle.OUTSIDER}),
    "developer": frozenset({Circle.FORK, Circle.OUTSIDER, Circle.DEVELOPER}),
    "bot": frozenset({Circle.BOT}),
}
"""Who can be asked about, with the ways of starting a job that they have: a developer has a stranger's too."""

_SCOPES = {"contents": 25, "packages": 15, "actions": 15, "pages": 10, "deployments": 10, "pull-requests": 8}
"""What writing weighs, by scope; any other counts 4."""

_WEIGHTS = {"named": 12, GIVEN: 4, SETTINGS: 8}
"""What secrets weigh by how a job has them; any other form may be every secret."""


_FORMS = {"all": "every secret", "inherit": "every secret", SETTINGS: "the variables of its settings"}


_APART = frozenset({Given.NONE, Given.DEPENDABOT})
_STRANGE = frozenset({Circle.FORK, Circle.OUTSIDER})
SURE = frozenset({"pwn_request", "script_injection"})
"""Weaknesses by which commands run for sure; what else lets somebody in may or may not."""
_PEOPLE = _STRANGE | {Circle.DEVELOPER}


class Resolved(Struct, frozen=True):
    """A secret of a job as the settings hold it. `ref` is None where it was not seen; `level` then is empty."""

    taken: TakenSecret
    level: str = ""
    """`environment`, `repository`, `organization`."""
    ref: Ref | None = None
    of_dependabot: bool = False
    """It is one of Dependabot's own store, where that holds it."""

    @property
    def name(self) -> str:
        """Its name, or in words which it may be."""
        return self.taken.name or _FORMS.get(self.taken.form, "any secret")

    @property
    def is_protected(self) -> bool:
        """Whether the settings hand it to runs on protected branches and tags alone."""
        return self.taken.form == GIVEN and not self.taken.certain


class Way(Struct, frozen=True):
    """One way to start a job, with what its starter then gets."""

    start: Start
    takeover: Takeover | None = None
    """The weakness by which the starter runs commands of their own."""
    weight: int = 0

    @property
    def commands(self) -> bool:
        """Whether the starter's own commands surely run: their code is taken, or a weakness lets them."""
        return self.start.theirs or (self.takeover is not None and self.takeover.certain)

    @property
    def perhaps(self) -> bool:
        """Whether the starter's own commands may run: what decides it could not be followed."""
        return not self.commands and self.takeover is not None


class Held(Struct, frozen=True, dict=True):
    """What a run holds. `secrets` are empty where the run is given none."""

    secrets: tuple[Resolved, ...] = ()
    writes: tuple[str, ...] = ()
    token_unknown: bool = False
    oidc: bool = False
    roles: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    any_environment: bool = False
    """An expression chooses the environment: it can be others too."""
    runner: bool = False
    machine_open: bool = False
    """It may run on a machine of one's own: the file does not tell, and no runner that was read does."""
    shared: str = ""
    """Whose jobs share its machine, in words, where that was read."""

    @lazy
    def weight(self) -> int:
        """What it weighs to get all of it."""
        some = sum(_WEIGHTS.get(each.taken.form, 0) for each in self.secrets)
        every = 60 if any(each.taken.form not in _WEIGHTS for each in self.secrets) else 0
        production = any(part in name.lower() for name in self.environments for part in SENSITIVE)
        return (
            min(some, 60)
            + every
            + (20 if production or self.any_environment else 0)
            + (40 if self.oidc else 0)
            + min(sum(_SCOPES.get(scope, 4) for scope in self.writes), 50)
            + (6 if self.token_unknown else 0)
            + (20 if self.runner else 0)
        )


class Job:
    """One job of a snapshot."""

    def __init__(self, snapshot: Snapshot, ordinal: int, job: EffectiveJob) -> None:
        self.snapshot = snapshot
        self.ref = snapshot.ref(ordinal)
        self.name = snapshot.name_of(ordinal)
        self.repository = int(snapshot.parent[ordinal])
        starts = settled(job.starts, snapshot, self.repository)
        self.job = job if starts == job.starts else replace(job, starts=starts)
        self._held: dict[tuple[bool, Given, bool, Under | None, str, bool], Held] = {}
        self._chosen = any(taken.idle or taken.absent for taken in job.secrets)

    @property
    def repository_name(self) -> str:
        """`owner/name`."""
        return self.snapshot.name_of(self.repository) if self.repository >= 0 else ""

    @lazy
    def workflow(self) -> Ref:
        """The file that starts it."""
        return Ref(self.ref.instance, Kind.WORKFLOW, self.ref.key.rpartition(f":{self.job.id}")[0])

    @lazy
    def public(self) -> bool | None:
        """Whether anyone can propose a change; None where that is not known (a checkout)."""
        if self.repository < 0:
            return None
        visibility = self.snapshot.entity(self.repository).attributes.get("visibility")
        return None if visibility is None else visibility == "public"

    @lazy
    def secrets(self) -> tuple[Resolved, ...]:
        """Its secrets, each with the level it comes from where that was read."""
        named = tuple(self._resolve(taken) for taken in self.job.secrets)
        return named + tuple(Resolved(*each) for each in handed(self.snapshot, self.repository, self.job))

    @property
    def may_hold_more(self) -> bool:
        """Whether it may hold more than its token, as many jobs do not: told before it is worked out what a run holds."""
        job = self.job
        return bool(job.secrets or job.oidc or job.environments or self._machine[0] or self.secrets)

    @lazy
    def gated(self) -> tuple[str, ...]:
        """The environments that are known to ask for an approval."""
        found = []
        for name, ordinal in self._environments():
            gates = [gate for gate in self.snapshot.records(Gate, ordinal) if gate.kind is GateKind.ENVIRONMENT]
            if any(gate.rules.get("required_reviewers") for gate in gates):
                found.append(name)
        return tuple(found)

    @lazy
    def shared(self) -> str:
        """Whose jobs share its machine, in words; empty where that is nobody's or not known."""
        return sharing(self.job, self.snapshot, self.repository)

    @lazy
    def _machine(self) -> tuple[bool, bool]:
        return machine_of(self.job, self.snapshot, self.repository)

    @lazy
    def limited(self) -> frozenset[str]:
        """The environments that are known to accept only certain branches."""
        return frozenset(
            name
            for name, ordinal in self._environments()
            if any(gate.rules.get("branch_policy") for gate in self.snapshot.records(Gate, ordinal))
        )

    @lazy
    def read_environments(self) -> frozenset[str]:
        """The environments whose gates were read."""
        return frozenset(
            name
            for name, ordinal in self._environments()
            if any(gate.kind is GateKind.ENVIRONMENT for gate in self.snapshot.records(Gate, ordinal))
        )

    def _environments(self, within: Iterable[str] | None = None) -> Iterator[tuple[str, int]]:
        wanted = {name.lower() for name in (self.job.environments if within is None else within)}
        if not wanted:
            return
        for ordinal in self.snapshot.children(self.repository, Kind.ENVIRONMENT) if self.repository >= 0 else ():
            name = str(self.snapshot.entity(ordinal).attributes.get("name") or "")
            if name.lower() in wanted:
                yield name, ordinal

    @lazy
    def variables(self) -> tuple[tuple[str, str, Ref | None], ...]:
        """Its configuration variables: name, level and the variable itself where it was read."""
        return tuple((name, *self._find(Kind.VARIABLE, name)) for name in self.job.variables)

    def _resolve(self, taken: TakenSecret) -> Resolved:
        if not taken.name:
            return Resolved(taken)
        if taken.store:
            return Resolved(taken, ref=in_store(self.snapshot, taken))
        return Resolved(taken, *self._find(Kind.SECRET, taken.name, only_environment=taken.only_environment))

    def _find(
        self, kind: Kind, name: str, *, only_environment: bool = False, within: frozenset[str] | None = None
    ) -> tuple[str, Ref | None]:
        """Find what a name is to the job: the environment's before the repository's before the organization's.

        `within` are the environments that count; all that the job may have where nothing is said.

        https://docs.github.com/en/actions/reference/security/secrets#limits-for-secrets
        """
        if self.repository < 0:
            return "", None
        if self.job.system == "gitlab":
            return gitlab_variable(self.snapshot, self.repository, self.job, name)
        places = [("environment", ordinal) for _, ordinal in self._environments(within)]
        if not only_environment:
            places += [("repository", self.repository), ("organization", int(self.snapshot.parent[self.repository]))]
        for level, place in places:
            for ordinal in self.snapshot.children(place, kind) if place >= 0 else ():
                if self._is(ordinal, name):
                    return level, self.snapshot.ref(ordinal)
        return "", None

    def _is(self, ordinal: int, name: str, store: str = "actions") -> bool:
        """Whether a secret or variable has the name, is of a store, and given to this repository."""
        if called(self.snapshot, ordinal).upper() != name.upper():
            return False
        held = self.snapshot.entity(ordinal).attributes
        if held.get("store", "actions") != store:
            return False
        if held.get("visibility") == "selected":
            selected = held.get("selected_repositories")
            # an unread list may hold it
            return selected is None or self.snapshot.ref(self.repository).key in selected
        return held.get("visibility") != "private" or self.public is not True

    # --- runs -------------------------------------------------------------------------------------

    def held_in(self, way: Way) -> Held:
        """Return what somebody gets by a way: with commands of their own also what no step is handed, and the runner has."""
        return self.held(way.start, memory=way.commands or way.perhaps)

    def held(self, start: Start | None = None, *, memory: bool = False) -> Held:
        """Return what a run holds: at most, or when it is started in one way; `memory`: with what only the runner has of it."""
        lowered = start is not None and start.reads_only
        given = start.secrets if start is not None and start.secrets in _APART else Given.ALL
        theirs = start is not None and start.theirs
        under = start.under if start is not None else None
        key = start.key if start is not None and self._chosen else ""
        which = (lowered, given, theirs, under, key, memory)
        known = self._held.get(which)
        if known is None:
            known = self._holds(lowered=lowered, given=given, theirs=theirs)
            if under is not None:
                known = self._less(known, under)
            if key:
                known = replace(
                    known, secrets=tuple(s for s in known.secrets if _is_there(s.taken, key, memory=memory))
                )
            self._held[which] = known
        return known

    def _less(self, held: Held, under: Under) -> Held:
        """Return what a run holds whose machine and environments are chosen by how it is started."""
        job = replace(self.job, runner=under.runner, labels=under.labels)
        runner, machine_open = machine_of(job, self.snapshot, self.repository)
        return replace(
            held,
            secrets=tuple(found for each in held.secrets for found in self._again(each, under)),
            environments=under.environments,
            any_environment=under.environment_open,
            runner=runner,
            machine_open=machine_open,
            shared=held.shared if runner else "",
        )

    def _again(self, resolved: Resolved, under: Under) -> Iterator[Resolved]:
        """Yield what a secret of an environment is in a run that may have another, or none: its name is looked for again."""
        if resolved.level != "environment":
            yield resolved
            return
        level, ref = self._below(resolved, under.environments)
        if under.environment_open:
            yield resolved
        if ref is not None and (ref != resolved.ref or not under.environment_open):
            yield Resolved(resolved.taken, level, ref)
        elif ref is None and not under.environment_open:
            yield from self._unseen(resolved.taken)

    def _below(self, resolved: Resolved, environments: Iterable[str] = ()) -> tuple[str, Ref | None]:
        only = resolved.taken.only_environment
        return self._find(Kind.SECRET, resolved.taken.name, only_environment=only, within=frozenset(environments))

    def _unseen(self, taken: TakenSecret) -> Iterator[Resolved]:
        """Yield a secret that no level was seen to have: it may be there where one was not read."""
        repository = self.repository
        unread = self.snapshot.gap_at(repository, Facet.REPO_SECRETS)
        above = int(self.snapshot.parent[repository])
        unread = unread or (self.snapshot.gap_at(above, Facet.ORG_SECRETS) if above >= 0 else None)
        if unread is not None and not taken.only_environment:
            yield Resolved(taken)

    def may_be(self, resolved: Resolved, held: Held, wanted: Ref) -> bool:
        """Tell whether a secret that a run has may be another than it is told to be: its environments are chosen by an expression."""
        chosen = held.any_environment or len(held.environments) > 1
        return chosen and resolved.level == "environment" and self._below(resolved)[1] == wanted

    def _holds(self, *, lowered: bool, given: Given, theirs: bool) -> Held:
        """Return what a run holds whose token only reads (`lowered`), or that is `given` no secrets, or others.

        A run of what its starter proposes (`theirs`) is not handed protected variables: their branch is not protected.
        """
        job = self.job
        oidc = job.oidc and not lowered
        return Held(
            secrets=self._secrets_of(given, theirs=theirs, oidc=oidc) if job.secrets or self.secrets else (),
            writes=() if lowered else self._writes,
            token_unknown=job.token is None and bool(job.token_unknown) and not lowered,
            oidc=oidc,
            roles=job.roles if oidc else (),
            environments=job.environments,
            any_environment=job.environment_open,
            runner=self._machine[0],
            machine_open=self._machine[1],
            shared=self.shared,
        )

    @lazy
    def _writes(self) -> tuple[str, ...]:
        """The scopes that its token can write."""
        levels = sorted(self.job.token.items()) if self.job.token else ()
        return tuple(scope for scope, level in levels if level == "write" and scope != "id-token")

    def _secrets_of(self, given: Given, *, theirs: bool, oidc: bool) -> tuple[Resolved, ...]:
        """Return the secrets of a run; those by its identity only where it has one."""
        if given is Given.NONE:
            return ()
        if given is Given.DEPENDABOT:
            found = self._of_dependabot()
        else:
            found = tuple(each for each in self.secrets if self._is_given(each) and not (theirs and each.is_protected))
        return found if oidc else tuple(each for each in found if not each.taken.by_identity)

    def _of_dependabot(self) -> tuple[Resolved, ...]:
        """Return what a run that Dependabot starts is given under the names that a job takes: secrets of its own store.

        "Secrets are populated from Dependabot secrets. GitHub Actions secrets are not available." Those of organizations
        are read, those of repositories are not: a name that was not seen may be there.
        https://docs.github.com/en/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions
        """
        above = int(self.snapshot.parent[self.repository]) if self.repository >= 0 else -1
        kept = self.snapshot.children(above, Kind.SECRET) if above >= 0 else []
        found = []
        for taken in self.job.secrets:
            if taken.store:
                found.append(Resolved(taken, ref=in_store(self.snapshot, taken), of_dependabot=not taken.by_identity))
                continue
            fits = (each for each in kept if taken.name and self._is(each, taken.name, "dependabot"))
            ref = next((self.snapshot.ref(each) for each in fits), None)
            found.append(Resolved(taken, "organization" if ref else "", ref, of_dependabot=True))
        return tuple(found)

    def _is_given(self, resolved: Resolved) -> bool:
        """Whether a secret can be there: one that only an environment could give is not, where no environment has it."""
        if not resolved.taken.only_environment or resolved.ref is not None:
            return True
        read = self.repository >= 0 and self.snapshot.children(self.repository, Kind.ENVIRONMENT)
        return not read

    @lazy
    def ways(self) -> tuple[Way, ...]:
        """All ways to start it, the most dangerous first."""
        found = [self._way(start) for start in (*self.job.starts, *self._through_caches())]
        return tuple(sorted(found, key=lambda way: (-way.weight, way.start.edited)))

    def _through_caches(self) -> Iterator[Start]:
        """Yield that others come in by a cache which their commands fill in another job: they start nothing themselves."""
        for taken in self.job.takeovers:
            if taken.kind == POISONED and self.job.starts:
                gate = "; ".join(dict.fromkeys(filter(None, (taken.gate, self.job.starts[0].gate))))
                yield Start(event="cache", by=Circle.OUTSIDER, gate=gate)

    def _way(self, start: Start) -> Way:
        fitting = [each for each in self.job.takeovers if _fits(each, start)]
        takeover = min(fitting, key=lambda each: (not each.certain, each.kind not in SURE), default=None)
        way = Way(start, takeover)
        weight = self.held_in(way).weight * _openness(start, takeover)
        if self.gated and start.by is not Circle.FORK:
            weight //= 2
        return replace(way, weight=weight)

    def ways_of(self, who: str) -> list[Way]:
        """Return the ways that somebody has (`fork`, `outsider`, `developer`, `bot`); an outsider cannot read what is private."""
        if who == "outsider" and self.public is False:
            return []
        return [way for way in self.ways if way.start.by in WHO[who]]

    @lazy
    def weight(self) -> int:
        """How dangerous it is: what the widest circle gets by its worst way, and what it holds at all."""
        return (self.ways[0].weight if self.ways else 0) + self.held().weight


def _is_there(taken: TakenSecret, start: str, *, memory: bool) -> bool:
    """Tell whether a secret is handed to a step in a run; with `memory`, whether its runner has it."""
    return start not in taken.absent and (memory or start not in taken.idle)


def _fits(takeover: Takeover, start: Start) -> bool:
    """Tell whether a weakness lets whoever starts a run in a way run commands in it."""
    if takeover.by == "anyone":
        # what a stranger may do, whoever may write can too: from a branch of the repository, where that passes
        who = _STRANGE if takeover.side == "outside" or not takeover.events or start.theirs else _PEOPLE
        return start.by in who and (not takeover.events or start.event in takeover.events)
    if takeover.side == "inside":
        return start.by is Circle.DEVELOPER and start.event in takeover.events
    return takeover.by in {"writer", "caller"} and start.by in {Circle.DEVELOPER, Circle.WORKFLOW}


def _openness(start: Start, takeover: Takeover | None) -> int:
    """Return how much a way to start a job counts: by how many can use it and whether their commands run."""
    strange = start.by in _STRANGE
    if strange and (start.theirs or takeover is not None):
        return 5 if takeover is not None and (takeover.gate or not takeover.certain) else 10
    if start.by is Circle.DEVELOPER:
        return 3 if start.theirs or takeover is not None else 2
    return 2 if strange else 1


def jobs(snapshot: Snapshot) -> list[Job]:
    """Return all jobs of a snapshot, the dangerous first, then by name.

    A job that only calls others' jobs stands as those; one that is only called is left out where who calls it is known.
    """
    return ranked(every_job(snapshot))


def every_job(snapshot: Snapshot) -> Iterator[Job]:
    """Yield all jobs, those too whose callers are known."""
    for ordinal in snapshot.ordinals(Kind.JOB).tolist():
        job = EffectiveJob.from_body(snapshot.body_of(ordinal))
        if job is not None:
            yield Job(snapshot, ordinal, job)


def ranked(found: Iterable[Job]) -> list[Job]:
    """Sort jobs, the dangerous first; those whose callers are known are left out."""
    shown = [job for job in found if not job.job.callers]
    return sorted(shown, key=lambda job: (-job.weight, job.name))
