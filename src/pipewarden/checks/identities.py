"""Checks about people over all systems: who left and still holds something, whose accounts are whose, who is alone."""

from collections.abc import Iterator

from pipewarden.access.accounts import known, unknown_login
from pipewarden.access.github.roles import CAPABILITIES
from pipewarden.access.machine_owners import machine_owners
from pipewarden.access.settled import Held, settled
from pipewarden.access.standing import administered_by, held_by, holds
from pipewarden.access.theirs import is_active, owned
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.names import is_production
from pipewarden.checks.once import once
from pipewarden.checks.reading import listed
from pipewarden.checks.unread import (
    ADMINISTERS,
    HELD,
    LISTED,
    SIGN_IN,
    WHO,
    administrators_unread,
    gap_among,
    need_among,
)
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Account, Cause, Entity, Gap, Machine, Origin, Resource
from pipewarden.model.findings import Evidence, Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.owners import Unresolved
from pipewarden.model.people import Person
from pipewarden.model.systems import System

CROSS = Section(("AC-2", "AC-5", "AC-6", "AC-6(7)", "CA-7"), ("CC6.1", "CC6.2", "CC6.3"))
WHO_KNOWS = frozenset({System.OKTA, System.ENTRA, System.ROSTER})
"""Systems that tell who is with the company."""
PEOPLE_DOC = "NIST SP 800-53 AC-2(3): disable accounts when they are no longer associated with a user"
STRONG = frozenset(CAPABILITIES) - {Capability.READ}
WORTH = (
    Capability.ADMINISTER,
    Capability.READ_SECRET,
    Capability.MANAGE_SECRET,
    Capability.DEPLOY,
    Capability.MANAGE_ACCESS,
    Capability.EDIT_PIPELINE,
    Capability.PUSH,
    Capability.RUN_PIPELINE,
    Capability.READ,
)
"""What a sentence tells first."""
CODE, RUNS, SIGNS = "code", "pipelines or secrets", "sign-on"
ROLE_OF = {
    System.GITHUB: CODE,
    System.GITLAB: CODE,
    System.JENKINS: RUNS,
    System.VAULT: RUNS,
    System.OKTA: SIGNS,
    System.ENTRA: SIGNS,
}


@once
def tells_who(view: View) -> bool:
    """Tell whether anything was read that tells who is here; a list of machines alone does not."""
    if (WHO_KNOWS - {System.ROSTER}) & set(view.snapshot.systems):
        return True
    return any(view.system_of(each.ref) is System.ROSTER for each in view.identities())


def _told(view: View) -> None:
    """Go on only where a system was read that tells who is here."""
    if not tells_who(view):
        raise NotApplicable("no identity provider and no roster was read: nobody says who left")


def _person(account: Account, view: View) -> Person:
    """Return whose an account is and whether they are here; raises Missing where nobody says so."""
    person = view.person_of(account.ref)
    if person is None or (person.active is None and not person.left_says):
        detail = "nothing joins it to a person whom an identity provider or a roster knows"
        raise Missing(account.ref, "identity.people", Cause.NOT_COLLECTED, detail)
    if person.active is not False and not any(view.system_of(each) is System.ROSTER for each in person.identities):
        need_among(view, WHO)  # another provider may say that they left
    return person


def since(person: Person) -> str:
    """Say that somebody left, and when: `Carol left on 2026-03-03`."""
    dates = [said.rpartition(" on ")[2] for said in person.left_says if " on " in said]
    return f"{person.name} left" + (f" on {min(dates)}" if dates else "")


def most(held: tuple[Held, ...]) -> tuple[Held, str]:
    """Return the weightiest thing held, and what can be done with it in words."""
    first = held[0]
    words = [c.value for c in WORTH if c in first.capabilities][:2] or [first.capabilities[0].value]
    more = f" and {len(held) - 1:,} more" if len(held) > 1 else ""
    return first, f"{' and '.join(words)} on {first.resource_name}{more}"


def _strong(view: View, holder: Account | Machine) -> tuple[Held, ...]:
    """Return what somebody holds beyond reading; of a vault what they hold for sure, for its policies may be unread."""
    vault = view.system_of(holder.ref) is System.VAULT
    held = (each for each in holds(view.engine, holder.ref) if STRONG & set(each.capabilities))
    found = tuple(each for each in held if each.sure or not vault)
    return (
        found if vault else tuple(each for each in _there(view, holder.ref, found) if STRONG & set(each.capabilities))
    )


def _there(view: View, holder: Ref, held: tuple[Held, ...]) -> tuple[Held, ...]:
    """Return what is held, the weightiest as the things themselves give it: of an archived repository nothing but reading."""
    kept: list[Held] = []
    for start in range(0, MOST_ASKED, TOLD):
        kept += settled(view.engine, holder, held[start : start + TOLD])
        if any(STRONG & set(each.capabilities) for each in kept):
            return (*sorted(kept, key=lambda each: -each.weight), *held[start + TOLD :])
    return (*kept, *held[MOST_ASKED:])


TOLD = 5
"""Things held that a finding tells, those that weigh most."""
MOST_ASKED = 50
"""Things of which it is asked, that many at a time, whether what a role gives is there."""


def called(machine: Machine) -> str:
    """Name a machine behind the word for its kind, which its name may begin with."""
    return machine.name.removeprefix("token:").removeprefix("token-").removeprefix("key:")


@check(
    id="x.leaver_access",
    title="Nobody who left still holds access",
    severity=Severity.CRITICAL,
    subject=Kind.ACCOUNT,
    remedy=(
        "Remove the account, or the key or token, in its own system: the identity provider does not reach it.",
        "Then change the secrets that it could read.",
    ),
    source=PEOPLE_DOC,
    **clauses(CROSS, "O2 O6"),
)
def leaver_access(account: Account, view: View) -> Iterator[Hit]:
    """Ending somebody at the identity provider ends what signs in through it. Local accounts, keys and tokens go on."""
    _told(view)
    person = _person(account, view)
    if person.active is not False:
        return
    system = view.system_of(account.ref)
    # a vault is entered anew each time: who comes through the identity provider alone comes no more
    shut = system is System.VAULT and known(account, system).local is False
    if is_active(account, system) is not False and not shut:
        held = _strong(view, account)
        if held:
            first, words = most(held)
            yield Hit(
                says=f"{since(person)} and the account {account.name} still holds {words}",
                about=account,
                because=(account,),
                reach=tuple(f"{h.resource_name}: {', '.join(h.by[:2])}" for h in held[:4]),
                weight=10 * first.weight,
            )
    for machine in owned(view.engine, [account.ref]):
        if machine.expires_at is not None and machine.expires_at <= view.as_of:
            continue
        if view.snapshot.ordinal(machine.ref) in view.engine.graph.bounded:
            continue
        held = (
            _strong(view, machine)
            if view.system_of(machine.ref) is System.VAULT
            else _there(view, machine.ref, held_by(view.engine, machine.ref))
        )
        if not held:
            continue
        first, words = most(held)
        kind = machine.ref.kind.word
        yield Hit(
            says=f"{since(person)} and the {kind} {called(machine)} still holds {words}",
            about=machine,
            because=(machine,),
            severity=None if STRONG & set(first.capabilities) else Severity.MEDIUM,
            reach=tuple(f"{h.resource_name}: {', '.join(h.by[:2])}" for h in held[:4]),
            weight=10 * first.weight,
        )
    need_among(view, HELD, [account.ref.instance])


@check(
    id="x.local_account",
    title="No account signs in beside the identity provider",
    severity=Severity.HIGH,
    subject=Kind.ACCOUNT,
    remedy=(
        "Link the account to single sign-on and switch its password off; remove it where nobody uses it.",
        "Keep at most one local account for emergencies, with a second factor and an alert on its use.",
    ),
    source=PEOPLE_DOC,
    **clauses(CROSS, "O2"),
)
def local_account(account: Account, view: View) -> Iterator[Hit]:
    """What signs in with a password of its own is outside the provider's second factor, and stays when its person goes."""
    _told(view)
    system = view.system_of(account.ref)
    local = known(account, system).local
    if (
        local is None
        and system is System.GITLAB
        and "is_admin" in account.attributes
        and not account.attributes.get("bot")
    ):
        # an administrator is told of everybody how they sign in
        detail = "the identities by which it signs in were not told"
        raise Missing(account.ref, GitLabFacet.USERS, Cause.MISSING_FIELD, detail)
    if local is None and system is System.VAULT and (method := unknown_login(account.attributes)):
        detail = f"whether the method {method[:40]} asks the identity provider is not known"
        raise Missing(account.ref, VaultFacet.ENTITIES, Cause.UNEXPECTED, detail)
    if system not in WHO_KNOWS and local is None:
        need_among(view, SIGN_IN, [account.ref.instance])
    if system in WHO_KNOWS or local is None:
        raise NotApplicable(f"{system.value} does not tell local accounts apart here")
    if local and is_active(account, system) is not False:
        held = _there(view, account.ref, held_by(view.engine, account.ref))
        words = f" and holds {most(held)[1]}" if held else ""
        yield Hit(
            says=f"{account.name} signs in to {system.value} without the identity provider{words}",
            about=account,
            because=(account,),
            weight=held[0].weight if held else 0,
        )


@check(
    id="x.admin_everywhere",
    title="Nobody administers code, pipelines and sign-on alike",
    severity=Severity.HIGH,
    subject=Kind.ACCOUNT,
    remedy=(
        "Take one of the roles away, or give it to a second account that is used for nothing else.",
        "Where one person must hold several, ask a second person to approve changes.",
    ),
    source="NIST SP 800-53 AC-5: separation of duties",
    **clauses(CROSS, "AC-5"),
)
def admin_everywhere(account: Account, view: View) -> Iterator[Hit]:
    """Who administers the code and what runs it can do anything and remove the traces, alone."""
    person = view.person_of(account.ref)
    if person is None or not person.accounts or person.accounts[0].account != account.ref:
        return
    found: dict[str, str] = {}
    by: dict[str, Ref] = {}
    for joined in person.accounts:
        part = ROLE_OF.get(view.system_of(joined.account))
        for resource in administered_by(view.engine, joined.account) if part else ():
            found.setdefault(part or "", view.name(resource))
            by.setdefault(part or "", joined.account)
    if len(found) > 1:
        yield Hit(
            says=f"{person.name} administers {listed(f'{name} ({part})' for part, name in sorted(found.items()))}",
            about=view.find(by[min(found)]),  # always the same of their accounts, whichever others were read
            because=tuple(each for j in person.accounts if (each := view.find(j.account)) is not None),
            weight=100 * len(found),
        )
    perhaps = {*found, *_perhaps_administered(view)}
    if len(found) < len(perhaps) and len(perhaps) > 1:
        need_among(view, ADMINISTERS)
        raise Missing(
            account.ref, "identity.people", Cause.NOT_COLLECTED, "who is in a group that administers: not read"
        )


@once
def _perhaps_administered(view: View) -> frozenset[str]:
    """Return the parts of which it is not known in full who administers them."""
    pairs = zip(view.snapshot.instances, view.snapshot.systems, strict=True)
    return frozenset(ROLE_OF[s] for i, s in pairs if s in ROLE_OF and administrators_unread(view, i))


def _lost(view: View, name: str, scope: Ref) -> Gap | None:
    """Return a gap in which an account or machine may be that a person's row names."""
    return _may_hide(view, "owner", name, scope) or _may_hide(view, "machine", name, scope)


def _may_hide(view: View, what: str, name: str, scope: Ref) -> Gap | None:
    """Return a gap in which something that a list names may be: of the system that its first word names, or of any."""
    word = name.partition(":")[0].strip().lower()
    pairs = list(zip(view.snapshot.instances, view.snapshot.systems, strict=True))
    named = [instance for instance, system in pairs if system == word]
    if not named and word in set(System):
        detail = f"nothing of {word} was read"
        origin = Origin(f"list {scope.instance}", view.as_of)
        return Gap(scope=scope, facet="identity.people", cause=Cause.NOT_COLLECTED, detail=detail, origin=origin)
    return gap_among(view, LISTED[what], named or [instance for instance, _ in pairs])


def _lost_rows(lost: list[Unresolved], place: Entity) -> Hit:
    """Return one finding for the rows of a list that lead nowhere: the first in words, all of them as proofs."""
    first, more = lost[0], f" (and {len(lost) - 1:,} more)" if len(lost) > 1 else ""
    meant = (f"Correct the row: {first.near[:MOST_MEANT]} may be meant.",) if first.near else ()
    told = [
        Evidence(text=each.says + (f"; {each.near[:MOST_MEANT]} may be meant" if each.near else "")) for each in lost
    ]
    return Hit(
        says=first.says + more, about=place, because=(place,), also=tuple(told[:MOST_ROWS]), remedy=meant or ROW_REMEDY
    )


MOST_ROWS = 100
MOST_MEANT = 130
ROW_REMEDY = ("Correct the row, or take it out: `pipewarden list machines` shows what was read.",)


@check(
    id="x.identity_unclear",
    title="Every account is one person's, and no proof contradicts it",
    severity=Severity.MEDIUM,
    subject=Kind.SOURCE,
    remedy=(
        "Write into a roster whose account it is, with the reason (`accounts` and `because`).",
        "Give each person an address of their own where several share one.",
    ),
    source=PEOPLE_DOC,
    **clauses(CROSS, "O2"),
)
def identity_unclear(source: Resource, view: View) -> Iterator[Hit]:
    """Where one address is several people's, or two proofs disagree, nothing is joined: reviews then miss an account.

    A row that names a machine or an owner whom nothing knows leaves the machine without one.
    """
    unread: Gap | None = None
    for doubt in view.joined.doubts:
        scope = doubt.account or doubt.people[0]
        if doubt.named and scope.instance == source.ref.instance and (gap := _lost(view, doubt.named, scope)):
            unread = unread or gap
            continue
        if scope.instance == source.ref.instance:
            about = view.find(doubt.account) if doubt.account else None
            yield Hit(says=doubt.says, about=about, because=(about,) if about else (source,))
    lost: list[Unresolved] = []
    for each in machine_owners(view).declarations.unresolved:
        if each.scope.instance != source.ref.instance:
            continue
        if each.open and (gap := _may_hide(view, each.what, each.named, each.scope)) is not None:
            unread = unread or gap
        else:
            lost.append(each)
    if lost:
        yield _lost_rows(lost, view.find(lost[0].scope) or source)
    if unread is not None:
        raise Missing(unread.scope, unread.facet, unread.cause, unread.detail, unread.permission)


@check(
    id="x.author_approver_deployer",
    title="Nobody can write code, merge it and bring it to production alone",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=(Facet.REPO_ENVIRONMENTS, Facet.REPO_SETTINGS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=(
        "Require a review of somebody else before merging, and a reviewer of the environment who did not start the run.",
        "Leave bypassing to a role that is taken for an hour, with an alert.",
    ),
    source="NIST SP 800-53 AC-5: separation of duties",
    **clauses(CROSS, "O1 AC-5"),
)
def author_approver_deployer(environment: Resource, view: View) -> Iterator[Hit]:
    """One mistake, or one stolen laptop, then reaches production with nobody else having seen it."""
    repository = view.repository_of(environment)
    if repository is None or not is_production(environment.name):
        raise NotApplicable("not an environment of production")
    deploying = view.engine.who_can(Capability.DEPLOY, environment.ref)
    merging = view.engine.who_can(Capability.MERGE, repository.ref)
    alone = (deploying.alone & merging.alone) & view.account_set
    if alone:
        names = [view.snapshot.name_of(ordinal) for ordinal in alone]
        yield Hit(
            says=f"{listed(names)} can merge to {repository.name} and deploy to {environment.name} without anybody else",
            about=environment,
            on=repository,
            because=tuple(access.paths[0] for o in list(alone)[:5] if (access := deploying.of(o)) is not None),
            weight=len(names),
        )
    unseen = (*deploying.unseen_people, *merging.unseen_people)
    if unseen or deploying.unknown & merging.unknown:
        raise Missing(
            environment.ref, "identity.people", Cause.NOT_COLLECTED, unseen[0] if unseen else "a gate was not read"
        )
