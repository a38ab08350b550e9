"""Private forks: the teams of the repository they were forked from hold the same on them."""

from collections.abc import Iterable

from pipewarden.connectors.github.run import Run
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Certainty, Grant, GrantKind, Resource
from pipewarden.model.ids import Ref


def inherited(run: Run, repositories: list[Resource]) -> Iterable[AnyFact]:
    """Yield what teams hold on private forks through what these were forked from, at any distance.

    "Private forks inherit the permissions structure of the upstream repository. ... Only team permissions (not individual
    permissions) are inherited by private forks." Where the upstream is not of this organization, it is a gap who that is.
    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/working-with-forks/about-permissions-and-visibility-of-forks
    """
    forks = {each.ref: upstream for each in repositories if (upstream := _upstream(run, each)) is not None}
    if not forks:
        return
    listed = {each.ref for each in repositories}
    held: dict[Ref, list[Grant]] = {}
    for grant in run.grants(GrantKind.TEAM):
        held.setdefault(grant.resource, []).append(grant)
    origin = run.origin("graphql Repositories", Certainty.PRESUMED)
    for fork, upstream in forks.items():
        own = {(grant.principal, grant.role) for grant in held.get(fork, ())}
        at: Ref | None = upstream
        seen = {fork}
        while at is not None and at not in seen:
            seen.add(at)
            if at not in listed:
                detail = "which teams it inherits from what it was forked from was not read"
                yield run.gap(fork, Facet.REPO_TEAMS, cause=Cause.NOT_COLLECTED, detail=detail)
                break
            for grant in held.get(at, ()):
                if (grant.principal, grant.role) not in own:
                    own.add((grant.principal, grant.role))
                    yield Grant(
                        principal=grant.principal, resource=fork, role=grant.role, kind=GrantKind.TEAM, origin=origin
                    )
            at = forks.get(at)


def _upstream(run: Run, each: Resource) -> Ref | None:
    """Return what a repository that is not public was forked from, None where it was not; an id of nothing where that is not told."""
    if each.attributes.get("visibility") == "public" or not each.attributes.get("fork"):
        return None
    upstream = each.attributes.get("upstream")
    return run.ref(each.ref.kind, upstream["key"] if isinstance(upstream, dict) else "")
