"""The check that every machine has an owner who is here: machines one by one, the jobs of a repository together."""

from collections.abc import Iterator

from pyroaring import BitMap

from pipewarden.access.machine_owners import Owned, machine_owners
from pipewarden.access.owner_grounds import home_of
from pipewarden.access.settled import Held
from pipewarden.access.standing import MOST_SECRETS, held_by
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.identities import CROSS, STRONG, called, most, since, tells_who
from pipewarden.checks.once import once
from pipewarden.checks.reading import listed, many
from pipewarden.checks.unread import LISTED, WHO, gap_among, need_among
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Cause, Entity, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import CREDENTIALS, Kind, Ref
from pipewarden.model.jobs import ATTRIBUTE
from pipewarden.model.owners import Ground, Owner
from pipewarden.model.systems import System

DOC = "NIST SP 800-53 AC-2: assign account managers; IA-4: manage identifiers of services and devices"
WHERE_JOBS_ARE = (Facet.REPO_WORKFLOWS, GitLabFacet.FILES)
"""Facets that tell which jobs a repository has."""
MOST_NAME = 44
"""Characters of a machine's name in a sentence."""


@check(
    id="x.machine_owner_gone",
    title="Every machine has an owner who is here",
    severity=Severity.HIGH,
    subject=Kind.SERVICE_ACCOUNT,
    beside=(*sorted(CREDENTIALS), Kind.APP, Kind.REPOSITORY),
    remedy=(
        "Give the machine to somebody who is here, or remove it where nobody wants it.",
        "Write into a roster who owns it (`machine`, `owner`, `because`).",
        "Make its credential anew: who left may still have the old one.",
    ),
    source=DOC,
    **clauses(CROSS, "AC-2"),
)
def machine_owner_gone(subject: Entity, view: View) -> Iterator[Hit]:
    """A machine without a living owner is nobody's to review, to rotate or to switch off.

    Owners are those declared in a roster or listed by the system, then the maker; where nobody is, the code owners,
    and where they name nobody, who used or changed it last.
    The jobs of a repository that hold something are judged together.
    """
    if isinstance(subject, Resource):
        yield from _jobs(subject, view)
        return
    if not isinstance(subject, Machine):
        return
    if subject.expires_at is not None and subject.expires_at <= view.as_of:
        raise NotApplicable(f"{subject.name} is at its end")
    owned = machine_owners(view).of(subject)
    if owned.outside:
        raise NotApplicable(f"{subject.name} is {owned.outside}'s own")
    if not is_nobodys(owned, subject, view):
        return
    machine = _stands_for(subject, view)
    held = _held(machine, view)
    yield Hit(
        says=_sentence(machine, owned, held, view),
        about=machine,
        because=(subject, *(each for owner in owned.owners if (each := view.find(owner.ref)) is not None)),
        severity=None if held or owned.owners else Severity.MEDIUM,
        remedy=() if owned.owners else _declare(machine, view),
        weight=held[0].weight if held else 0,
    )


def _held(machine: Machine, view: View) -> tuple[Held, ...]:
    """Return what a machine holds for sure beyond reading, what weighs most first."""
    if view.system_of(machine.ref) is System.VAULT:
        return _in_vaults(view).get(machine.ref, ())
    return tuple(each for each in held_by(view.engine, machine.ref) if STRONG & set(each.capabilities))


@once
def _in_vaults(view: View) -> dict[Ref, tuple[Held, ...]]:
    """Return what secrets each machine of a vault reads or changes for sure: each secret is asked about once for all of them."""
    snapshot, found = view.snapshot, dict[Ref, dict[int, list[Capability]]]()
    machines = BitMap(snapshot.ordinals(Kind.SERVICE_ACCOUNT, Kind.ACCESS_TOKEN).astype("uint32"))
    for instance, system in zip(snapshot.instances, snapshot.systems, strict=True):
        for secret in view.secrets_of(instance)[:MOST_SECRETS] if system is System.VAULT else ():
            at = snapshot.ordinal(secret.ref)
            if at is None:
                continue
            for verb in (Capability.READ_SECRET, Capability.MANAGE_SECRET):
                for clause in view.engine.rulings.of(at).rule(verb, at):
                    for who in clause.holders & machines if not clause.unknown else ():
                        verbs = found.setdefault(snapshot.ref(who), {}).setdefault(at, [])
                        verbs += [verb] if verb not in verbs else []
    return {ref: _weighed(view, secrets) for ref, secrets in found.items()}


def _weighed(view: View, secrets: dict[int, list[Capability]]) -> tuple[Held, ...]:
    held = [
        Held(resource=view.snapshot.ref(at), resource_name=view.snapshot.name_of(at), capabilities=tuple(verbs), by=())
        for at, verbs in secrets.items()
    ]
    return tuple(sorted(held, key=lambda each: (-each.weight, each.resource)))


def is_nobodys(owned: Owned, subject: Account | Machine, view: View) -> bool:
    """Tell whether nobody who is here answers for a machine. Raises Missing where that is not known."""
    if owned.here:
        need_among(view, WHO)  # a provider that was not read may say that they left
        return False
    if owned.here is None:
        if owned.gap is not None:
            gap = owned.gap
            raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)
        if owned.owners and not tells_who(view):
            raise NotApplicable("no identity provider and no roster was read: nobody says who left")
        raise Missing(subject.ref, "identity.people", Cause.NOT_COLLECTED, owned.doubt)
    _need_owners(subject, view)
    return True


def _need_owners(machine: Account | Machine, view: View) -> None:
    """Go on only where no row of a roster names an owner for it who is lost in what was not read; raises Missing."""
    owners = machine_owners(view)
    lost = {each.target: each for each in owners.declarations.unresolved if each.what == "owner" and each.open}
    around = owners.around(machine) if isinstance(machine, Machine) else iter([machine.ref])
    for place in around if lost else ():
        if place in lost and (gap := gap_among(view, LISTED["owner"])) is not None:
            raise Missing(gap.scope, gap.facet, gap.cause, lost[place].says, gap.permission)


def _stands_for(machine: Machine, view: View) -> Machine:
    """Return what a secret is of, where that was read: one that is nobody's is its application's."""
    if machine.ref.kind is not Kind.CLIENT_SECRET:
        return machine
    of = machine.attributes.get("of")
    found = view.find(Ref(machine.ref.instance, Kind.SERVICE_ACCOUNT, of)) if isinstance(of, str) else None
    if found is None and machine.parent is not None:
        inside = next(view.inside(machine.parent, Kind.SERVICE_ACCOUNT), None)
        found = inside or view.find(machine.parent)
    return found if isinstance(found, Machine) else machine


def _sentence(machine: Machine, owned: Owned, held: tuple[Held, ...], view: View) -> str:
    what = f"{machine.ref.kind.word} {called(machine)[:MOST_NAME]}"
    home = view.find(home_of(view, machine)) if machine.ref.kind is Kind.DEPLOY_KEY else None
    if home is not None:  # its title names it only there
        what += f" of {home.name[:MOST_NAME]}"
    if len(owned.owners) == 1:
        return _one_left(owned.owners[0], what, view)
    if owned.owners:
        return f"{listed(_names(owned), 3)} left, and nobody else is known to own the {what}"
    where = "" if home is not None else _place(machine, view)
    tail = f", which holds {most(held)[1]}" if held else ""
    says = f"nobody is known to own the {what}{where}"
    return says + tail if len(says + tail) <= MOST_SENTENCE else says


MOST_SENTENCE = 160


def _one_left(owner: Owner, what: str, view: View) -> str:
    """Say of the only owner that they left: `Carol left on 2026-03-03 and is the only owner known of the …`."""
    if owner.ref.kind is Kind.GROUP:
        return f"nobody in {owner.name[:MOST_NAME]} is here, the only owner known of the {what}"
    if owner.ground is Ground.USED:
        return f"{_gone(owner, view)}, was the last to use or change the {what}, and nobody else is known to own it"
    return f"{_gone(owner, view)} and is the only owner known of the {what}"


def _gone(owner: Owner, view: View) -> str:
    """Say that somebody left, and when that was told."""
    person = view.person_of(owner.ref) if owner.ref.kind is Kind.ACCOUNT else None
    person = person or next((each for each in view.joined.people if each.key == owner.ref), None)
    return (
        since(person) if person is not None and person.left_says else f"{owner.name[:MOST_NAME]} is not here any more"
    )


def _names(owned: Owned) -> list[str]:
    return list(dict.fromkeys(owner.name for owner in owned.owners))


def _place(machine: Machine, view: View) -> str:
    """Say where a machine is, if its name does not: ` of okta:acme`."""
    outer = next((view.name(each) for each in view.around(machine.ref) if each.kind is not Kind.APPLICATION), "")
    return f" of {outer[:MOST_NAME]}" if outer and outer not in machine.name else ""


def _declare(machine: Machine, view: View) -> tuple[str, ...]:
    """Return how an owner is named for a machine that has none."""
    address = _address(machine, view)
    row = f": `machine: {address}`, `owner: …`, `because: …`" if address else " (`machine`, `owner`, `because`)"
    steps = (f"Write into a roster who owns it{row}.", "Remove it where nobody wants it.")
    if view.system_of(machine.ref) is System.ENTRA:
        return ("Add an owner who is here: Entra admin center > App registrations > the application > Owners.", *steps)
    return steps


MOST_ADDRESS = 80


def _address(machine: Machine, view: View) -> str:
    """Return how a row of a roster names a machine: with its system, or by its id where several are called so."""
    system = view.system_of(machine.ref)
    name = machine.name if machine.name.startswith(f"{system.value}:") else f"{system.value}:{machine.name}"
    names = [name.rpartition(" (")[0] or name, str(machine.ref)]
    known = machine_owners(view).declarations.names
    return next((each for each in names if len(each) <= MOST_ADDRESS and len(known.find(each)) == 1), "")


# --- jobs ---------------------------------------------------------------------------------------------


def _jobs(repository: Resource, view: View) -> Iterator[Hit]:
    """Judge the jobs of a repository that hold a secret, a right to write, an identity or a machine of one's own."""
    archived = repository.attributes.get("archived")
    if archived is True:
        raise NotApplicable(f"{repository.name} is archived")
    if archived is None:
        view.need(repository.ref, Facet.REPO_SETTINGS, GitLabFacet.PROJECTS)
    jobs = [job for job in view.inside(repository.ref, Kind.JOB) if _matters(job)]
    if not jobs:
        view.need(repository.ref, *WHERE_JOBS_ARE)
        raise NotApplicable(f"{repository.name} has no job that holds anything")
    owners = machine_owners(view)
    left: list[Machine] = []
    doubt: Missing | NotApplicable | None = None
    for job in jobs:
        try:
            if is_nobodys(owners.of(job), job, view):
                left.append(job)
        except (Missing, NotApplicable) as unknown:
            doubt = doubt or unknown
    if left:
        named = [owner for job in left for owner in owners.of(job).owners]
        which = many(len(left), "job") + f" of {repository.name[:MOST_NAME]}"
        yield Hit(
            says=_of_jobs(which, named, view),
            because=tuple(left[:5]),
            severity=Severity.MEDIUM,
            remedy=(
                "Name a team in CODEOWNERS for the workflows: `/.github/ @ORG/TEAM`.",
                f"Or write into a roster who owns them: `machine: {repository.name[:MOST_NAME]}`, `owner: …`, `because: …`.",
            ),
            weight=len(left),
        )
    if isinstance(doubt, Missing) or (doubt is not None and not left):
        raise doubt


def _of_jobs(which: str, named: list[Owner], view: View) -> str:
    if not named:
        return (
            f"nobody is known to own {which} that holds something"
            if which.startswith("1 ")
            else (f"nobody is known to own {which} that hold something")
        )
    names = list(dict.fromkeys(owner.name[:MOST_NAME] for owner in named))
    by = " in CODEOWNERS" if all(owner.ground is Ground.CODEOWNERS for owner in named) else ""
    if len(names) == 1 and named[0].ground is Ground.USED:
        return f"{_gone(named[0], view)}, was the last to start {which}, and nobody else is known to own any"
    if len(names) == 1:
        return f"{_gone(named[0], view)} and is the only owner of {which}{by}"
    return f"{listed(names, 3)} own {which}{by} and are not here any more"


def _matters(job: Machine) -> bool:
    """Tell whether a job holds anything that somebody would have to answer for."""
    told = job.attributes.get(ATTRIBUTE)
    if not isinstance(told, dict) or told.get("off") or told.get("callers"):
        return False
    token = told.get("token")
    writes = isinstance(token, dict) and any(level == "write" for level in token.values())
    return bool(told.get("secrets") or told.get("oidc") or told.get("runner") == "self_hosted" or writes)
