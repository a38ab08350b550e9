"""The names people type: `acme/web`, `env:acme/web/production`, `okta:carol@acme.example`, an id, or a plain login.

One grammar over all systems: an optional word before the first colon says what kind is meant
(`env:`, `secret:`, `branch:`, `runners:`, `team:`, `app:`, `key:`, `token:`, `github:`), the rest is the display name.
"""

from pipewarden.errors import UnknownName, UsageError
from pipewarden.model.access import Capability
from pipewarden.model.ids import MACHINES, Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

PREFIXES: dict[str, tuple[Kind, ...]] = {
    "github": (Kind.ORGANIZATION, Kind.ACCOUNT, Kind.ENTERPRISE, Kind.REPOSITORY),
    "user": (Kind.ACCOUNT,),
    "account": (Kind.ACCOUNT,),
    "team": (Kind.GROUP,),
    "group": (Kind.GROUP,),
    "app": (Kind.APP,),
    "key": (Kind.DEPLOY_KEY, Kind.SSH_KEY),
    "token": (Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN),
    "job": (Kind.JOB,),
    "repo": (Kind.REPOSITORY,),
    "org": (Kind.ORGANIZATION,),
    "tenant": (Kind.TENANT,),
    "service": (Kind.SERVICE_ACCOUNT,),
}
"""Words that say the kind of a display name which does not carry them itself."""

_SYSTEMS = frozenset(System) - {System.GITHUB}
"""Words that say in which system a name is meant; `github:` says a kind as well."""

_PRINCIPAL_ORDER = (Kind.ACCOUNT, Kind.GROUP, *sorted(MACHINES))
_RESOURCE_ORDER = (
    Kind.REPOSITORY,
    Kind.ORGANIZATION,
    Kind.ENVIRONMENT,
    Kind.SECRET,
    Kind.VARIABLE,
    Kind.BRANCH,
    Kind.RUNNER_GROUP,
    Kind.RUNNER,
    Kind.WORKFLOW,
    Kind.WEBHOOK,
    Kind.CLOUD_ROLE,
    Kind.PIPELINE,
    Kind.FOLDER,
    Kind.APPLICATION,
    Kind.MOUNT,
    Kind.TENANT,
    Kind.ENTERPRISE,
)
MOST_NEAR = 4
"""How many names are offered that end in what was typed."""
_MOST_NAMES = 20_000
"""Beyond this many names, near ones are sought only among those that begin alike."""


def principal(snapshot: Snapshot, text: str, *, beside: Ref | None = None) -> Ref:
    """Resolve what somebody typed to a principal. Raises UnknownName with near names, UsageError where ambiguous.

    Of accounts of one name in several systems, that of the system of `beside` is meant: of what they are asked about.
    """
    return _resolve(snapshot, text, _PRINCIPAL_ORDER, "principal", beside)


def namesakes(snapshot: Snapshot, ref: Ref) -> list[str]:
    """Return the accounts and groups of the same name in other systems, as they are asked about: `gitlab:carol`."""
    return _namesakes(snapshot, ref, _PRINCIPAL_ORDER)


def resource_namesakes(snapshot: Snapshot, ref: Ref) -> list[str]:
    """Return the things of the same name in other systems, of whatever kind, as they are asked about: `gitlab:acme/mobile`."""
    return _namesakes(snapshot, ref, _RESOURCE_ORDER)


def _namesakes(snapshot: Snapshot, ref: Ref, order: tuple[Kind, ...]) -> list[str]:
    ordinal = snapshot.ordinal(ref)
    if ordinal is None or ref.kind not in order:
        return []
    name, own = snapshot.name_of(ordinal), _system_of(snapshot, ordinal)
    others = [o for o in snapshot.named(name) if snapshot.kind_of(o) in order]
    return sorted({f"{system}:{name}" for o in others if (system := _system_of(snapshot, o)) is not own})


def says_system(text: str) -> bool:
    """Tell whether a name begins with the word of its system: `gitlab:carol`."""
    word, colon, _ = text.strip().partition(":")
    return bool(colon) and word in frozenset(System)


def resource(snapshot: Snapshot, text: str, *, beside: Ref | None = None) -> Ref:
    """Resolve what somebody typed to a resource. Raises UnknownName with near names, UsageError where ambiguous.

    Of things of one name in several systems, of whatever kind, that of the system of `beside` is meant: of who is asked about.
    """
    return _resolve(snapshot, text, _RESOURCE_ORDER, "resource", beside)


def capability(text: str) -> Capability:
    """Read a capability, `-` for `_` allowed. Raises UnknownName with near words."""
    word = text.strip().lower().replace("-", "_")
    if word in {each.value for each in Capability}:
        return Capability(word)
    from difflib import get_close_matches

    near = get_close_matches(word, [each.value for each in Capability], 2, 0.4)
    known = ", ".join(each.value for each in Capability)
    raise UnknownName(
        f"{text} is not a capability", hint=f"Did you mean {' or '.join(near)}?" if near else f"Known: {known}."
    )


def _resolve(snapshot: Snapshot, text: str, order: tuple[Kind, ...], what: str, beside: Ref | None = None) -> Ref:
    text = text.strip()
    exact = _by_id(snapshot, text)
    if exact is not None:
        return exact
    kinds, name = order, text
    prefix, colon, rest = text.partition(":")
    system = System(prefix) if colon and prefix in _SYSTEMS and not snapshot.named(text) else None
    if colon and prefix in PREFIXES:
        kinds, name = tuple(kind for kind in PREFIXES[prefix] if kind in order) or order, rest
    elif system is not None:
        name = rest
    # a team is a code host's: a group of an identity provider may be called the same
    found = _ending(snapshot, f"/{name}", Kind.GROUP) if colon and prefix == "team" and "/" not in name else []
    found = found or [o for o in snapshot.named(name) if snapshot.kind_of(o) in kinds]
    found = found or [o for o in snapshot.named(text) if snapshot.kind_of(o) in order]
    if not found and "/" in name and kinds == order:
        found = _loosely(snapshot, name, order)
    if not found and "/" not in name and Kind.GROUP in kinds:
        found = _ending(snapshot, f"/{name}", Kind.GROUP)
    if not found and system is not None:
        found = _loosely(snapshot, text, order)  # some names of that system begin with its word
    if not found and "/" in name and Kind.DEPLOY_KEY in kinds:
        found = _keys_of(snapshot, name)
    if system is not None:
        found = [o for o in found if _system_of(snapshot, o) is system]
    if not found:
        raise UnknownName(
            f"there is no {what} called {text} in this snapshot", hint=_hint(snapshot, name, kinds, system)
        )
    chosen = _foremost(snapshot, found, order, beside, spoken=system is not None)
    if len(chosen) > 1:
        which = ", ".join(_apart(snapshot, o) for o in chosen[:5])
        raise UsageError(f"{text} names {len(chosen)} things", hint=f"Say which: {which}.")
    return snapshot.ref(chosen[0])


def _foremost(
    snapshot: Snapshot, found: list[int], order: tuple[Kind, ...], beside: Ref | None, *, spoken: bool
) -> list[int]:
    """Return of what is called so that of the first kind; `spoken` tells that the name said its system itself."""
    near = [o for o in found if beside is not None and not spoken and snapshot.ref(o).instance == beside.instance]
    if near and order is _RESOURCE_ORDER:
        found = near  # before the kinds: one name may be a repository there and a group here
    best = min(order.index(snapshot.kind_of(o)) for o in found)
    chosen = [o for o in found if order.index(snapshot.kind_of(o)) == best]
    if len(chosen) > 1 and not spoken:
        # a name without its system means that of what is asked about, else GitHub's; `gitlab:acme/web` says another
        github = [o for o in chosen if _system_of(snapshot, o) is System.GITHUB]
        chosen = [o for o in chosen if o in near] or github or chosen
    return chosen


def _system_of(snapshot: Snapshot, ordinal: int) -> System:
    return snapshot.systems[int(snapshot.instance[ordinal])]


def _by_id(snapshot: Snapshot, text: str) -> Ref | None:
    try:
        ref = Ref.parse(text)
    except ValueError:
        return None
    return ref if snapshot.ordinal(ref) is not None else None


def _loosely(snapshot: Snapshot, name: str, order: tuple[Kind, ...]) -> list[int]:
    """Find `acme/web/production` or `acme/web@main` where the prefix was left out."""
    if "@" in name and Kind.BRANCH in order:
        repository, _, branch = name.rpartition("@")
        return [o for o in snapshot.named(f"branch:{repository}/{branch}") if snapshot.kind_of(o) is Kind.BRANCH]
    prefixes = ("env:", "secret:", "branch:", "runners:", "var:")
    return [o for p in prefixes for o in snapshot.named(p + name) if snapshot.kind_of(o) in order]


def _keys_of(snapshot: Snapshot, name: str) -> list[int]:
    """Find the deploy keys that `acme/web/carol-laptop` means: a key's title names it only within its repository."""
    repository, _, title = name.rpartition("/")
    return [
        o
        for o in snapshot.named(title)
        if snapshot.kind_of(o) is Kind.DEPLOY_KEY and _parent_name(snapshot, o).lower() == repository.lower()
    ]


def _parent_name(snapshot: Snapshot, ordinal: int) -> str:
    parent = int(snapshot.parent[ordinal])
    return "" if parent < 0 else snapshot.name_of(parent)


def _apart(snapshot: Snapshot, ordinal: int) -> str:
    """Return what tells a thing from others of its name: a deploy key's repository, else the id."""
    if snapshot.kind_of(ordinal) is Kind.DEPLOY_KEY and (repository := _parent_name(snapshot, ordinal)):
        return f"key:{repository}/{snapshot.name_of(ordinal)}"
    return str(snapshot.ref(ordinal))


def _ending(snapshot: Snapshot, ending: str, kind: Kind) -> list[int]:
    return [o for o in snapshot.ordinals(kind).tolist() if snapshot.name_of(o).lower().endswith(ending.lower())]


def _hint(snapshot: Snapshot, name: str, kinds: tuple[Kind, ...], system: System | None) -> str:
    """Offer near names: of the system that was said before those of all, and with its word."""
    ordinals = snapshot.ordinals(*kinds).tolist()
    inside = [o for o in ordinals if _system_of(snapshot, o) is system] if system is not None else []
    near = _near(snapshot, name, inside)
    if system is not None and near:
        near = [each if each.startswith(f"{system}:") else f"{system}:{each}" for each in near]
    near = near or _near(snapshot, name, ordinals)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return "`pipewarden list accounts|machines|resources` shows what was read."


def _near(snapshot: Snapshot, name: str, ordinals: list[int]) -> list[str]:
    """Return the names that end in what was typed, else those that are spelt nearly so."""
    lowered = {each.lower(): each for each in map(snapshot.name_of, ordinals[:_MOST_NAMES])}
    whole = [each for low, each in lowered.items() if low.endswith((f"/{name.lower()}", f":{name.lower()}"))]
    if whole:
        return sorted(whole)[:MOST_NEAR]
    from difflib import get_close_matches

    return [lowered[each] for each in get_close_matches(name.lower(), list(lowered), 3, 0.6)]
