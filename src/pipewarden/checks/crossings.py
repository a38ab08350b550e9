"""Checks of paths that cross systems: from a group of the identity provider, or from a pipeline, to production."""

from collections.abc import Iterator

from pyroaring import BitMap

from pipewarden.access.engine import Holders
from pipewarden.access.mirrored import Drift, drift
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.identities import CROSS, PEOPLE_DOC
from pipewarden.checks.names import is_production, words
from pipewarden.checks.once import once
from pipewarden.checks.reading import listed
from pipewarden.checks.unread import ENVIRONMENTS, FOLLOWS, GROUPS, JOINED, OPENED, PLACES, gap_among, need_among
from pipewarden.model.access import Access, Capability, Path
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause, Group, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

PROVIDERS = frozenset({System.OKTA, System.ENTRA})
ADDS = frozenset(
    {
        OktaFacet.ROLES,
        OktaFacet.CUSTOM_ROLES,
        OktaFacet.APPS,
        OktaFacet.APP_GRANTS,
        EntraFacet.ROLES,
        EntraFacet.ASSIGNMENTS,
        EntraFacet.ELIGIBLE,
        EntraFacet.GROUP_OWNERS,
        EntraFacet.PERMISSIONS,
        EntraFacet.SERVICE_PRINCIPALS,
    }
)
"""Facets that tell who may add somebody to a group."""
ASKED = ((Kind.ENVIRONMENT, Capability.DEPLOY), (Kind.SECRET, Capability.READ_SECRET))
"""What production is: its environments, and its secrets."""
STRICT = frozenset({"prod", "production", "prd", "live"})
"""Words of a secret that is for what customers use."""
BY_JOB = frozenset({Kind.REPOSITORY, Kind.BRANCH, Kind.ENVIRONMENT, Kind.PIPELINE})
"""What a path runs through that reads a secret by a job."""


def _production(view: View, kind: Kind) -> Iterator[Resource]:
    """Yield what is called production: by its own name, or by that of the environment it is kept for."""
    return (each for each in view.entities(kind) if _is_of_production(each, view))


def _widely(view: View, kind: Kind, capability: Capability) -> Iterator[tuple[Resource, Holders, BitMap]]:
    """Yield what is of production and more people could take for themselves, with those who would then have it."""
    wide = view.widened
    managers = BitMap(member for member, _ in wide.pairs)
    for each in _production(view, kind):
        holders = wide.engine.who_can(capability, each.ref)
        if takers := holders.alone & managers:
            yield each, holders, takers


def _through(access: Access, wide: frozenset[Ref]) -> Path | None:
    """Return the shortest path that runs through a group of the provider into what follows it."""
    for path in access.paths:
        if (
            path.alone
            and not path.unknown
            and any(link.source in wide and link.membership is None for link in path.links)
        ):
            return path
    return None


@check(
    id="x.idp_admin_to_prod",
    title="Nobody who manages groups of the identity provider can give themselves production",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    remedy=(
        "Narrow the administrator role to groups that open nothing of production (role assignment > targets).",
        "Or let only requests with an approver add people to such a group, and alert on every change of its members.",
    ),
    source="NIST SP 800-53 AC-6(1): authorize access to security functions",
    **clauses(CROSS, "AC-6(1)"),
)
def idp_admin_to_prod(tenant: Resource, view: View) -> Iterator[Hit]:
    """Who may add anybody to a group may add themselves: what the group opens in other systems is theirs within minutes.

    Those who administer the whole provider can do this by design and are not told here; checks of their own count them.
    """
    if view.system_of(tenant.ref) not in PROVIDERS:
        raise NotApplicable("no identity provider")
    wide, snapshot = view.widened, view.snapshot
    here = snapshot.instances.index(tenant.ref.instance)
    links = [link for link in wide.follows.links if int(snapshot.instance[link.inner]) == here]
    others = [i for i in snapshot.instances if i != tenant.ref.instance]
    if not links:
        need_among(view, FOLLOWS, others)
        need_among(view, GROUPS, [tenant.ref.instance])
        raise NotApplicable("no group of it is followed by a group of another system, as far as was read")
    groups = frozenset(snapshot.ref(link.inner) for link in links)
    top = view.engine.who_can(Capability.ADMINISTER, tenant.ref).sure
    found: dict[tuple[int, Ref], list[tuple[Resource, Path]]] = {}
    for kind, capability in ASKED:
        for each, holders, takers in _widely(view, kind, capability):
            for taker in takers - top:
                access = holders.of(taker) if int(snapshot.instance[taker]) == here else None
                path = _through(access, groups) if access else None
                if path is not None:
                    by = next(link.source for link in path.links if link.source in groups and link.membership is None)
                    found.setdefault((taker, by), []).append((each, path))
    for (taker, by), reached in sorted(found.items()):
        who, opened = view.find(snapshot.ref(taker)), [each.name for each, _ in reached]
        yield Hit(
            says=f"{snapshot.name_of(taker)} may put themselves into the group {view.name(by)}, which opens {listed(opened, 1)}",
            about=who,
            on=view.find(by),
            because=tuple(path for _, path in reached[:4]),
            reach=tuple(opened[:4]),
            weight=1_000 + len(opened),
        )
    need_among(view, ADDS | PLACES, [tenant.ref.instance])
    need_among(view, OPENED, others)
    unseen = view.engine.unseen(tenant.ref)
    if unseen:
        raise Missing(tenant.ref, "identity.people", Cause.NOT_COLLECTED, unseen[0])


@check(
    id="x.pipeline_editor_secret",
    title="Nobody reads a secret of production by changing a pipeline, who may not bring anything to production",
    severity=Severity.CRITICAL,
    subject=Kind.SECRET,
    remedy=(
        "Keep the secret in an environment with reviewers and allowed branches, and let trusts name that environment.",
        "In a vault bind the role to `environment:NAME` of one repository, not to the repository with a wildcard.",
    ),
    source="https://docs.github.com/en/actions/reference/security/secure-use#using-secrets",
    **clauses(CROSS, "O4 O5"),
)
def pipeline_editor_secret(secret: Resource, view: View) -> Iterator[Hit]:
    """A pipeline reads what its author makes it read: who may push a branch then has what production is opened with.

    Not of production is here who can deploy to no environment of production without somebody else.
    """
    if not _is_of_production(secret, view):
        raise NotApplicable("not a secret of production")
    entitled, perhaps = _of_production(view)
    if entitled is None:
        need_among(view, ENVIRONMENTS)
        raise NotApplicable("no environment of production was read: nobody is known to be of production or not")
    holders = view.engine.who_can(Capability.READ_SECRET, secret.ref)
    unread = gap_among(view, ENVIRONMENTS)
    found: list[tuple[int, Path]] = []
    # who may perhaps deploy to production, or to an environment that was not read, is nobody to be told
    for who in (holders.alone & view.account_set) - entitled - perhaps if unread is None else ():
        access = holders.of(who)
        path = _by_job(access, secret.ref) if access else None
        if path is not None:
            found.append((who, path))
    if found:
        names = [view.snapshot.name_of(who) for who, _ in found]
        yield Hit(
            says=f"{listed(names)} can read {secret.name} by changing a pipeline, and may not deploy to production alone",
            about=secret,
            on=next((view.find(e.target) for e in found[0][1].links if e.target.kind in BY_JOB), None),
            because=tuple(path for _, path in found[:5]),
            weight=100 + len(found),
        )
    if unread is not None:
        need_among(view, ENVIRONMENTS)
    if holders.unseen_people or (perhaps & holders.alone) or (not found and holders.unknown):
        detail = holders.unseen_people[0] if holders.unseen_people else "a gate or a grant was not read"
        raise Missing(secret.ref, "identity.people", Cause.NOT_COLLECTED, detail)


@once
def _of_production(view: View) -> tuple[BitMap | None, BitMap]:
    """Return who can deploy to any environment of production without somebody else, None where there is none; and who perhaps can."""
    every = [view.engine.who_can(Capability.DEPLOY, each.ref) for each in _production(view, Kind.ENVIRONMENT)]
    alone = BitMap.union(BitMap(), *(each.alone for each in every)) if every else None
    return alone, BitMap.union(BitMap(), *(each.unknown for each in every))


def _is_of_production(thing: Resource, view: View) -> bool:
    """Tell whether something is of production: by its own name, or by that of the environment it is kept for.

    An environment may be called after what is done there; a secret called so (`NPM_TOKEN`) tells only what it opens.
    """
    own = thing.name.rpartition(":")[2]
    named = is_production(own) if thing.ref.kind is Kind.ENVIRONMENT else bool(STRICT & set(words(own)))
    return named or any(
        outer.kind is Kind.ENVIRONMENT and is_production(view.name(outer)) for outer in view.around(thing.ref)
    )


def _by_job(access: Access, secret: Ref) -> Path | None:
    """Return the path by a job, where every path that needs nobody else is one; None where it is held in itself."""
    alone = [path for path in access.paths if path.alone and not path.unknown]
    by_job = [path for path in alone if any(link.target.kind in BY_JOB for link in path.links if link.target != secret)]
    return by_job[0] if by_job and len(by_job) == len(alone) else None


@check(
    id="x.group_unclear",
    title="Every group that follows the identity provider leads to one there, and holds the same people",
    severity=Severity.MEDIUM,
    subject=Kind.SOURCE,
    remedy=(
        "Connect the group anew to the one that is meant, or cut the connection where that is gone.",
        "Take out who was put there by hand; add them at the identity provider where they belong there.",
    ),
    source=PEOPLE_DOC,
    **clauses(CROSS, "O2"),
)
def group_unclear(source: Resource, view: View) -> Iterator[Hit]:
    """A review at the identity provider sees its own groups only: who is in a team beside them is seen by nobody."""
    follows, snapshot = view.engine.graph.follows, view.snapshot
    systems = dict(zip(snapshot.instances, snapshot.systems, strict=True))
    providers = [i for i, s in systems.items() if s in PROVIDERS] or [each.group.instance for each in follows.loose][:1]
    if source.ref.instance not in providers:
        raise NotApplicable("no identity provider")
    if source.ref.instance == providers[0]:  # a link to no group is no provider's: it is told once
        listed_all = gap_among(view, GROUPS, providers) is None
        for loose in follows.loose:
            about = view.find(loose.group)
            if listed_all and gap_among(view, FOLLOWS, [loose.group.instance]) is None:
                yield Hit(says=loose.says, about=about, because=(about,) if about else (source,))
    for outer, links in follows.by_outer.items():
        inner, at = (snapshot.instances[snapshot.instance[each]] for each in (links[0].inner, outer))
        # who is missing on one side is known where both lists were read, and whose accounts they are
        whole = gap_among(view, PLACES, [inner]) is None and gap_among(view, FOLLOWS | JOINED, [at]) is None
        if inner == source.ref.instance and whole:
            yield from _drifted(view, outer)
    if source.ref.instance == providers[0]:
        need_among(view, GROUPS, providers)
    need_among(view, PLACES, [source.ref.instance])
    need_among(view, FOLLOWS | JOINED, [i for i in snapshot.instances if i not in providers])


def _drifted(view: View, outer: int) -> Iterator[Hit]:
    snapshot = view.snapshot
    group = snapshot.entity(outer)
    if not isinstance(group, Group):
        return
    sides: dict[bool, list[Drift]] = {}
    for each in drift(view.engine.graph, outer):
        sides.setdefault(each.extra, []).append(each)
    for extra, those in sides.items():
        names = listed(snapshot.name_of(each.account) for each in those)
        inner = snapshot.name_of(those[0].inner)
        are = "is" if len(those) == 1 else "are"
        says = (
            f"{names} {are} in {group.name}, and not in the group {inner} of the identity provider that it follows"
            if extra
            else f"{names} {are} in the group {inner} of the identity provider, and not in {group.name}, which follows it"
        )
        followed = snapshot.entity(those[0].inner)
        yield Hit(says=says, about=group, on=None if extra else followed, because=(group, followed), weight=len(those))
