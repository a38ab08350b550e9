"""Checks about deploy keys: what they may do, who put them there, how old they are."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.bypass import bypassing
from pipewarden.checks.clauses import MACHINES, clauses
from pipewarden.checks.reading import (
    Doubts,
    is_archived,
    is_inside,
    listed,
    living,
    many,
    need_inside,
    quoted,
    routes,
    silence,
)
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

KEYS_DOC = "https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys"
DELETE = "Delete it: repository Settings > Deploy keys (DELETE /repos/{owner}/{repo}/keys/{key_id})."
REPLACE = (
    "Replace it by an app's token where something still needs it: the app names repositories and expires by itself."
)


def _keys(view: View, repository: Resource) -> Iterator[Machine]:
    """Yield the deploy keys that work: a disabled one opens nothing."""
    for key in view.inside(repository.ref, Kind.DEPLOY_KEY):
        if key.attributes.get("enabled") is not False:
            yield key


def _can(view: View, key: Machine, repository: Resource) -> str:
    """Return in words what a key allows on its repository."""
    if view.given(key, "read_only", facet=Facet.REPO_KEYS) or is_archived(view, repository):
        return f"read {repository.name}"
    return f"push to {repository.name}"


@check(
    id="gh.dkey.write",
    title="Deploy keys only read",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_KEYS),
    remedy=(REPLACE, DELETE),
    source=KEYS_DOC,
    **clauses(MACHINES, "O5 O6 AC-6"),
)
def key_write(repository: Resource, view: View) -> Iterator[Hit]:
    """A deploy key that writes can do what an administrator's push can, has no second factor and never expires."""
    living(view, repository)
    doubts = Doubts()
    for key in _keys(view, repository):
        with doubts:
            if not view.given(key, "read_only", facet=Facet.REPO_KEYS):
                added = f", added by {key.attributes['added_by']}" if key.attributes.get("added_by") else ""
                since = f" on {day(key.created_at)}" if key.created_at else ""
                yield Hit(
                    says=f"deploy key {key.name} can push to {repository.name}{added}{since}",
                    about=key,
                    on=repository,
                    because=(key,),
                )
    doubts.settle()


@check(
    id="gh.dkey.stale",
    title="Deploy keys are in use",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_KEYS),
    limits=("deploy_key_stale_days",),
    remedy=(DELETE,),
    source="GET /repos/{owner}/{repo}/keys (last_used)",
    **clauses(MACHINES, "O6 AC-2(3)"),
)
def key_stale(repository: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """The server that used the key is gone, the copy on its disk is not."""
    doubts = Doubts()
    for key in _keys(view, repository):
        with doubts:
            if key.last_used_at is None:
                raise Missing(key.ref, Facet.REPO_KEYS, Cause.MISSING_FIELD, "the last use was not given")
            if view.older(key.last_used_at, limits.deploy_key_stale_days):
                yield Hit(
                    says=f"deploy key {key.name} can {_can(view, key, repository)} and has not been used {silence(view, key)}",
                    about=key,
                    on=repository,
                    because=(key,),
                )
    doubts.settle()


@check(
    id="gh.dkey.old",
    title="Deploy keys are renewed",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_KEYS),
    limits=("deploy_key_days",),
    remedy=("Make a new key on the machine that uses it (ssh-keygen -t ed25519) and add it.", DELETE),
    source="GET /repos/{owner}/{repo}/keys (created_at)",
    **clauses(MACHINES, "O6 IA-5(1)"),
)
def key_old(repository: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A key has no end of its own; how many copies of it exist grows with the years."""
    doubts = Doubts()
    for key in _keys(view, repository):
        with doubts:
            if key.created_at is None:
                raise Missing(key.ref, Facet.REPO_KEYS, Cause.MISSING_FIELD, "the day of creation was not given")
            if view.older(key.created_at, limits.deploy_key_days):
                age = (view.as_of - key.created_at).days
                yield Hit(
                    says=f"deploy key {key.name} can {_can(view, key, repository)} since {day(key.created_at)}, "
                    f"{many(age, 'day')} ago, and was never renewed",
                    about=key,
                    on=repository,
                    because=(key,),
                )
    doubts.settle()


@check(
    id="gh.dkey.unverified",
    title="Deploy keys are verified",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_KEYS,),
    remedy=(DELETE, "Let whoever needs it add it anew and confirm it."),
    source="GET /repos/{owner}/{repo}/keys (verified)",
    **clauses(MACHINES, "O6"),
)
def key_unverified(repository: Resource, view: View) -> Iterator[Hit]:
    """GitHub has not seen the person confirm the key: it may have been added with a stolen session or token."""
    doubts = Doubts()
    for key in _keys(view, repository):
        with doubts:
            if view.given(key, "verified", facet=Facet.REPO_KEYS) is False:
                yield Hit(
                    says=f"deploy key {key.name} of {repository.name} is not verified",
                    about=key,
                    on=repository,
                    because=(key,),
                )
    doubts.settle()


@check(
    id="gh.dkey.creator_left",
    title="No deploy key of somebody who left still works",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_KEYS, Facet.ORG_MEMBERS, Facet.ORG_OUTSIDERS),
    remedy=(
        "Give the machine that uses it a new key, added by somebody who is here.",
        DELETE,
    ),
    source=f"{KEYS_DOC} (a key outlives the membership of who added it)",
    **clauses(MACHINES, "O2 O6 AC-2(3)"),
)
def creator_left(repository: Resource, view: View) -> Iterator[Hit]:
    """Removing a person does not remove the deploy keys they added, and whoever added a key usually has a copy."""
    organization = view.organization_of(repository)
    if organization is None:
        return
    doubts = Doubts()
    for key in _keys(view, repository):
        with doubts:
            login, here = _creator(view, key, organization, view.ended)
            if not here:
                yield Hit(
                    says=f"{login} left {organization.name} and still holds a deploy key that can "
                    f"{_can(view, key, repository)}" + (f" (added {day(key.created_at)})" if key.created_at else ""),
                    about=key,
                    on=repository,
                    because=(key, *routes(view, key.owner, repository)),
                    weight=0 if key.attributes.get("read_only") else 1,
                )
    doubts.settle()


def _creator(view: View, key: Machine, organization: Resource, gone: frozenset[Ref]) -> tuple[str, bool]:
    """Return who added a key and whether they are still there. Raises Missing where it cannot be said who it was."""
    if key.owner is not None:
        account = view.find(key.owner)
        suspended = isinstance(account, Account) and account.attributes.get("suspended") is True
        here = not suspended and key.owner not in gone and is_inside(view, key.owner, organization)
        return view.name(key.owner), here
    login = str(view.given(key, "added_by", facet=Facet.REPO_KEYS))
    known = {account.name for account in (*view.people(organization.ref), *view.outsiders(organization.ref))}
    return login, login in known


@check(
    id="gh.dkey.reused",
    title="Every deploy key opens one repository",
    severity=Severity.HIGH,
    subject=Kind.ORGANIZATION,
    needs=(),
    remedy=("Make a key for each repository and machine.", DELETE),
    source=f"{KEYS_DOC} (a key cannot be added to a second repository of one host)",
    **clauses(MACHINES, "O6 IA-5"),
)
def key_reused(organization: Resource, view: View) -> Iterator[Hit]:
    """One private key that opens several doors: whoever reads it on the weakest machine is in all of them."""
    doubts = Doubts()
    doors: dict[str, list[Machine]] = {}
    for key in view.entities(Kind.DEPLOY_KEY, Kind.SSH_KEY):
        mine = view.organization_of(key)
        with doubts:
            if key.ref.kind is Kind.DEPLOY_KEY and mine is not None and mine.ref == organization.ref:
                view.given(key, "fingerprint", facet=Facet.REPO_KEYS)
            if fingerprint := key.attributes.get("fingerprint"):
                doors.setdefault(str(fingerprint), []).append(key)
    for keys in doors.values():
        inside = [key for key in keys if (found := view.organization_of(key)) and found.ref == organization.ref]
        if len(keys) < 2 or not any(key.ref.kind is Kind.DEPLOY_KEY for key in inside):
            continue
        places = sorted({view.name(key.parent) for key in keys if key.parent})
        first = inside[0]
        yield Hit(
            says=f"one key opens {listed(places)}: deploy key {first.name} is on {len(keys)} repositories",
            about=first,
            on=organization,
            because=tuple(keys[:10]),
            weight=len(keys),
        )
    with doubts:
        need_inside(view, organization.ref, Facet.REPO_KEYS)
    doubts.settle()


@check(
    id="gh.dkey.in_bypass",
    title="No ruleset lets deploy keys through",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS, Facet.REPO_KEYS),
    remedy=(
        "Take Deploy keys off the bypass list: Settings > Rules > Rulesets > the ruleset > Bypass list.",
        REPLACE,
    ),
    source="https://docs.github.com/en/rest/repos/rules (bypass_actors, actor_type DeployKey)",
    **clauses(MACHINES, "C1.1.15 O5"),
)
def key_in_bypass(repository: Resource, view: View) -> Iterator[Hit]:
    """The entry means every deploy key that writes, those added later included: each passes review and checks."""
    living(view, repository)
    keys = [key for key in _keys(view, repository) if key.attributes.get("read_only") is False]
    doubts = Doubts()
    for gate, actor in bypassing(view, repository, doubts):
        if actor.kind == "DeployKey":
            guarded = view.find(gate.resource) or repository
            if keys:
                held = f"{many(len(keys), 'key')} that can push ({listed(key.name for key in keys)})"
                says = f"the rule {quoted(actor.gate)} lets every deploy key through to {repository.name}: {held}"
            else:
                says = f"the rule {quoted(actor.gate)} of {guarded.name} lets every deploy key through, those added later included"
            yield Hit(
                says=says,
                about=repository if keys else guarded,
                on=guarded,
                because=(gate, *keys[:10]),
                severity=None if keys else Severity.MEDIUM,
                weight=len(keys),
            )
    doubts.settle()


@check(
    id="gh.dkey.org_enabled",
    title="Deploy keys are switched off",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=("Once no key is needed: Settings > Deploy keys > Disabled.",),
    source="https://docs.github.com/en/organizations/managing-organization-settings/restricting-deploy-keys-in-your-organization",
    **clauses(MACHINES, "O6"),
)
def keys_enabled(organization: Resource, view: View) -> Iterator[Hit]:
    """Apps do what deploy keys do, with an end and an owner; where keys are allowed, administrators add them."""
    if view.given(organization, "deploy_keys_enabled_for_repositories", facet=Facet.ORG_SETTINGS):
        yield Hit(says=f"every administrator of a repository of {organization.name} can add deploy keys")
