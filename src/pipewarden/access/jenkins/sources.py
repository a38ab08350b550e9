"""Where a job's code comes from: whoever may push to that repository decides what the job does."""

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from pipewarden.access.chains import Chains
from pipewarden.access.github.held import Clause
from pipewarden.access.graph import Graph
from pipewarden.model.access import Capability, Link
from pipewarden.model.facts import Use
from pipewarden.model.ids import Kind

if TYPE_CHECKING:
    from pipewarden.access.rulings import Rulings

CONTAINERS = (Kind.TENANT, Kind.FOLDER, Kind.PIPELINE)
NOT_READ = "who may push to {name}, whose pipeline file {job} runs: the repository was not read"


class Sources:
    """The repositories of pipelines, by what a connector told of them."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        self.graph = graph
        self.chains = chains
        self.snapshot = graph.snapshot

    @cached_property
    def _rulings(self) -> "Rulings":
        from pipewarden.access.rulings import Rulings

        return Rulings(self.graph, self.chains)

    @cached_property
    def _uses(self) -> dict[int, list[Use]]:
        found: dict[int, list[Use]] = defaultdict(list)
        for use in self.snapshot.records(Use):
            ordinal = self.snapshot.ordinal(use.by) if use.what == "repository" else None
            if ordinal is not None:
                found[ordinal].append(use)
        return dict(found)

    @cached_property
    def _repositories(self) -> dict[str, int]:
        """Return the repositories of all code hosts by host and name, as a clone address has them."""
        return {
            f"{self.snapshot.ref(o).instance}/{self.snapshot.name_of(o)}".lower(): o
            for o in self.snapshot.ordinals(Kind.REPOSITORY).tolist()
        }

    def of(self, item: int) -> list[int]:
        """Return the repositories that a job's pipeline comes from and that were read."""
        names = [use.name.lower() for use in self._uses.get(item, ())]
        return [self._repositories[name] for name in names if name in self._repositories]

    def unread(self, resource: int | None) -> tuple[str, ...]:
        """Say which repositories' pipeline files are run and were not read: whoever may push there decides too.

        Of a resource those count that are run in it, or in the folder or controller that it lies in.
        """
        found: dict[str, str] = {}
        for item in self._uses if resource is None else self.beneath(resource):
            for use in self._uses.get(item, ()):
                if use.name.lower() not in self._repositories:
                    found.setdefault(use.name, self.snapshot.name_of(item))
        return tuple(NOT_READ.format(name=name, job=job) for name, job in sorted(found.items()))

    def beneath(self, resource: int) -> list[int]:
        """Return the folders and jobs in a thing, or in what it lies in."""
        holds = self.snapshot.kind_of(resource) in CONTAINERS
        at = resource if holds else int(self.snapshot.parent[resource])
        found = [] if at < 0 else [at]
        for each in found:
            found += self.snapshot.children(each, Kind.FOLDER, Kind.PIPELINE)
        return found

    def pushers(self, item: int, tail: tuple[Link, ...] = (), unknown: tuple[str, ...] = ()) -> list[Clause]:
        """Return who may push to the repository whose pipeline file a job runs, by the code host's own semantics.

        The job runs the branch it is told to; a multibranch project runs the file of every branch. What guards the
        branch is not weighed here: a push to any branch of a multibranch project is built.
        https://www.jenkins.io/doc/book/pipeline/multibranch/
        """
        found = []
        for repository in self.of(item):
            here = self.snapshot.ref(item)
            link = Link(source=self.snapshot.ref(repository), target=here, says="holds the pipeline file of")
            for clause in self._rulings.rule(self._asked(item), repository):
                found.append(
                    Clause(
                        clause.holders,
                        clause.lead,
                        tail=(*clause.tail, link, *tail),
                        conditions=clause.conditions,
                        unknown=(*clause.unknown, *unknown),
                        stance=clause.stance,
                    )
                )
        return found

    def _asked(self, item: int) -> Capability:
        """Return what to ask of the code host: a push to any branch, or one that reaches the branch that is built."""
        definition = self.snapshot.entity(item).attributes.get("definition")
        return Capability.PUSH if definition == "multibranch" else Capability.MERGE
