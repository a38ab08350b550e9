"""Sessions with clouds that a step leaves on the machine for those that follow: in another job they are not there."""

import re
from typing import NamedTuple

from pipewarden.pipelines.parts import Step


class Session(NamedTuple):
    """A cloud, the action that signs in to it, and how steps are known that work with that."""

    name: str
    action: str
    command: re.Pattern[str]
    owners: frozenset[str]
    """Owners whose other actions work with it."""
    instead: str = ""
    """The input with which they do not."""

    def is_used_by(self, step: Step) -> bool:
        """Tell whether a step works with the session."""
        if step.run is not None:
            return self.command.search(step.run) is not None
        if step.uses is None or step.uses.owner.lower() not in self.owners or step.uses.action in _OF_THEMSELVES:
            return False
        return not (self.instead and step.with_.get(self.instead))


_OF_THEMSELVES = frozenset({"azure/docker-login", "azure/setup-kubectl", "azure/setup-helm"})
"""Actions of these owners that sign in by themselves, or need not."""

SESSIONS = (
    Session("AWS", "aws-actions/configure-aws-credentials", re.compile(r"(?m)^\s*aws\s"), frozenset({"aws-actions"})),
    Session("Azure", "azure/login", re.compile(r"(?m)^\s*az\s"), frozenset({"azure"}), "publish-profile"),
    Session(
        "Google Cloud",
        "google-github-actions/auth",
        re.compile(r"(?m)^\s*(?:gcloud|gsutil)\s"),
        frozenset({"google-github-actions"}),
    ),
)
