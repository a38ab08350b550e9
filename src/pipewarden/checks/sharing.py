"""Which secrets a repository's jobs are given, and from where."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.reading import is_public
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.ids import Kind


def is_shared(view: View, secret: Resource, repository: Resource) -> bool:
    """Tell whether an organization's secret, or runner group, is given to a repository.

    Raises Missing where that was not read. https://docs.github.com/en/rest/actions/secrets (visibility)
    """
    facet = Facet.ORG_RUNNER_GROUPS if secret.ref.kind is Kind.RUNNER_GROUP else Facet.ORG_SECRETS
    match view.given(secret, "visibility", facet=facet):
        case "selected":
            return repository.ref.key in view.given(secret, "selected_repositories", facet=facet)
        case "private":
            return not is_public(view, repository)
    return True


def secrets_of(view: View, scope: Resource, store: str = "actions") -> Iterator[Resource]:
    """Yield the secrets kept at exactly an organization, a repository or an environment."""
    for secret in view.inside(scope.ref, Kind.SECRET):
        if secret.attributes.get("store", "actions") == store:
            yield secret


def name_of(thing: Resource) -> str:
    """Return the name under which a workflow asks for a secret or variable."""
    return str(thing.attributes.get("name") or thing.name.rpartition("/")[2])


def secrets_named(view: View, organization: Resource, name: str) -> list[Resource]:
    """Return an organization's secrets for workflows that have a name, in letters of any case."""
    known = view.memo["secrets of organizations"]  # by name: an organization contains very much else
    by_name: dict[str, list[Resource]] | None = known.get(organization.ref)
    if by_name is None:
        by_name = known[organization.ref] = {}
        for secret in secrets_of(view, organization):
            by_name.setdefault(name_of(secret).upper(), []).append(secret)
    return by_name.get(name.upper(), [])
