"""As whom builds run: as SYSTEM, who may use every credential that the folder sees, unless Authorize Project says otherwise.

https://www.jenkins.io/doc/book/security/build-authorization/
https://plugins.jenkins.io/authorize-project/
"""

from typing import Any

from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot

NOT_READ = (
    "whether builds run as SYSTEM or as a user who must hold Credentials/UseItem: Overall/SystemRead would show it"
)
AS_SOMEBODY = "whether builds, which run as somebody else than SYSTEM here, may use the credential: that takes Credentials/UseItem"
JOB_UNREAD = "as whom builds of {name} run; Job/ExtendedRead would show it"
OF_JOBS = "project"
TRIGGERING = "global:triggeringUsersAuthorizationStrategy"
SYSTEM = ("", "SystemAuthorizationStrategy")


class Builds:
    """As whom builds of one controller run."""

    def __init__(self, snapshot: Snapshot, tenant: int) -> None:
        self.snapshot = snapshot
        told: dict[str, Any] = snapshot.entity(tenant).attributes if tenant >= 0 else {}
        plugins, configuration = told.get("plugins"), told.get("configuration")
        self._absent = tenant < 0 or (isinstance(plugins, dict) and "authorize-project" not in plugins)
        self._chosen = configuration.get("build_authorization") if isinstance(configuration, dict) else None

    def doubt(self, item: int, *, pushed: bool = False) -> tuple[str, ...]:
        """Say what is not known of the user as whom builds run in a folder or of a job; nothing where that is SYSTEM.

        Of several authorizations the first that names somebody counts, and where none does it is SYSTEM: a job without
        one of its own, and a build that nobody triggered by hand where builds run as who triggered them.
        """
        if self._absent or self._chosen == []:
            return ()
        if self._chosen is None:
            return (NOT_READ,)
        others = [each for each in self._chosen if each != OF_JOBS and not (pushed and each.startswith(TRIGGERING))]
        if others:
            return (AS_SOMEBODY,)
        if OF_JOBS in self._chosen and self.snapshot.kind_of(item) is Kind.PIPELINE:
            told = self.snapshot.entity(item).attributes
            if told.get("definition") == "branch":
                return ()  # a branch of a multibranch project has no setting of its own
            if "runs_as" not in told:
                return (JOB_UNREAD.format(name=self.snapshot.name_of(item)),)
            return () if told["runs_as"] in SYSTEM else (AS_SOMEBODY,)
        return ()  # a new job in a folder has no authorization until somebody gives it one
