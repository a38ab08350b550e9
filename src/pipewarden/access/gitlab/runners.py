"""Whether a runner of GitLab takes jobs of protected branches and tags alone, as its list or GraphQL tells it.

https://docs.gitlab.com/ci/runners/configure_runners/#use-tag-and-protected-branch-to-control-which-jobs-the-runner-runs
"""

from functools import cached_property

from pipewarden.model.facts import Entity
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot

LEVELS = {"ref_protected": True, "not_protected": False}
"""https://docs.gitlab.com/api/runners/#update-details-of-a-runner"""


class Runners:
    """What was told of the access level of runners, on every instance."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def _told(self) -> dict[str, list[dict[str, object]]]:
        """The levels told over GraphQL of each outermost group, by their instances."""
        found: dict[str, list[dict[str, object]]] = {}
        for ordinal in self.snapshot.ordinals(Kind.APPLICATION).tolist():
            ref = self.snapshot.ref(ordinal)
            if ref.key.startswith("graphql:"):
                levels = self.snapshot.entity(ordinal).attributes.get("runner_levels")
                if isinstance(levels, dict):
                    found.setdefault(ref.instance, []).append(levels)
        return found

    def protected(self, runner: Entity) -> bool | None:
        """Tell whether it takes jobs of protected branches and tags alone.

        None where nobody told, in a word that is not known, or where two answers contradict each other.
        """
        told = [levels.get(runner.ref.key) for levels in self._told.get(runner.ref.instance, ())]
        words = {str(each) for each in (runner.attributes.get("access_level"), *told) if each is not None}
        return LEVELS.get(words.pop()) if len(words) == 1 else None
