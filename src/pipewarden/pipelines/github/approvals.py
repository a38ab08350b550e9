"""What is said of the environment that stands before a run: by the names that it has there, once callers and event are known."""

from collections.abc import Iterable, Mapping

from pipewarden.model.jobs import Under
from pipewarden.pipelines.choices import Choices
from pipewarden.pipelines.gates import approval_of
from pipewarden.pipelines.github.opened import OpenJob


class Approval:
    """The words for the environment of a job, as its file alone tells them, and as they are for those who start it."""

    def __init__(self, job: OpenJob, place: Choices, under: Mapping[str, Under]) -> None:
        """`place` is what the environment can be by what callers pass, `under` what it is under the events where that is less."""
        own = job.environment
        self._under = under
        self._written = own.name if own is not None else ""
        self._of_file = approval_of(own.name, own.choices, others=own.dynamic) if own is not None else ""
        self._whole = self._named(place.texts, others=place.dynamic) if own is not None else ""

    def put(self, words: str, under: Under | None = None) -> str:
        """Return the words for a gate with the environments that a run has; `under` is what that is, where it is less than all."""
        if not self._of_file or self._of_file not in words:
            return words
        told = self._whole if under is None else self._named(under.environments, others=under.environment_open)
        return "; ".join(filter(None, words.replace(self._of_file, told).split("; ")))

    def put_for(self, words: str, events: Iterable[str]) -> str:
        """Return the words for the runs that outsiders start by some events: all environments that one of them has."""
        found = [self._under.get(f"{event} outsider") for event in events]
        known = [each for each in found if each is not None]
        if not known or len(known) < len(found):
            return self.put(words)
        names = tuple(dict.fromkeys(name for each in known for name in each.environments))
        return self.put(words, Under(environments=names, environment_open=any(each.environment_open for each in known)))

    def _named(self, names: tuple[str, ...], *, others: bool) -> str:
        """Return the words for some environments; none where there is surely none."""
        settled = [name for name in names if name]
        return approval_of(self._written, settled, others=others) if settled or others else ""
