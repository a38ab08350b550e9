"""Who reads what is internal: everybody who is signed in to the instance and not external.

https://docs.gitlab.com/user/public_access/#internal-projects-and-groups
"""

from functools import cached_property

from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.held import Clause, Lead
from pipewarden.access.graph import Graph
from pipewarden.model.access import Link
from pipewarden.model.ids import Kind

SIGNED_IN = (Kind.ACCOUNT, Kind.SERVICE_ACCOUNT, Kind.ACCESS_TOKEN)
"""An access token of a project is an internal user too.

https://docs.gitlab.com/user/project/settings/project_access_tokens/
"""

UNTOLD = "whether they are external was not told; read_api with a token of an administrator would show it"
UNTOLD_REACH = "who may read the repository was not told"
FOR_MEMBERS = frozenset({"private", "disabled"})
"""https://docs.gitlab.com/user/project/settings/#configure-project-features-and-permissions"""


class Inside:
    """The people of each instance, external ones apart."""

    def __init__(self, graph: Graph) -> None:
        self.snapshot = graph.snapshot

    @cached_property
    def _people(self) -> dict[int, tuple[BitMap, BitMap]]:
        """Whoever is signed in, by instance: those who are not external, and those of whom it was not told."""
        found: dict[int, tuple[BitMap, BitMap]] = {}
        for ordinal in self.snapshot.ordinals(*SIGNED_IN).tolist():
            attributes = self.snapshot.entity(ordinal).attributes
            personal = self.snapshot.ref(ordinal).key.startswith("personal:")
            if personal or attributes.get("external") is True or attributes.get("state") not in {"active", None}:
                continue
            inside, untold = found.setdefault(int(self.snapshot.instance[ordinal]), (BitMap(), BitMap()))
            known = attributes.get("external") is False and (
                attributes.get("state") is not None or self.snapshot.kind_of(ordinal) is not Kind.ACCOUNT
            )
            (inside if known else untold).add(ordinal)
        return found

    def readers(self, project: int) -> list[Clause]:
        """Return who reads a project because it is internal; nobody where its repository is for members alone."""
        attributes = self.snapshot.entity(project).attributes
        visibility, level = attributes.get("visibility"), attributes.get("repository_access_level")
        if visibility not in {"internal", None} or level in FOR_MEMBERS:
            return []
        reach = () if visibility and level else (UNTOLD_REACH,)
        inside, untold = self._people.get(int(self.snapshot.instance[project]), (BitMap(), BitMap()))
        lead = self._lead(project)
        found = [Clause(inside, lead, unknown=reach)] if inside else []
        return [*found, Clause(untold, lead, unknown=(UNTOLD, *reach))] if untold else found

    def _lead(self, project: int) -> Lead:
        def by_sign_in(person: int) -> list[Chain]:
            says = "is signed in and may read what is internal"
            return [(Link(source=self.snapshot.ref(person), target=self.snapshot.ref(project), says=says),)]

        return by_sign_in
