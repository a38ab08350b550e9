"""Which plan a group or instance has, where GitLab says so: what a plan lacks is then known to be absent.

https://docs.gitlab.com/api/namespaces/ (`plan`: told to owners, on gitlab.com)
https://docs.gitlab.com/api/metadata/ (`enterprise`: false on Community Edition, which has no paid plan)
"""

from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.gitlab.run import Run
from pipewarden.errors import SourceError

FREE = "free"


async def known_free(run: Run, top: str) -> bool:
    """Tell whether it is known that the plan is the free one. Where it was not told, everything is asked for."""
    try:
        if run.tenant is None:
            row = await run.gitlab.object(f"/namespaces/{top}", template="/namespaces/{id}")
            return row.get("plan") == FREE
        return (await run.gitlab.object("/metadata", template="/metadata")).get("enterprise") is False
    except CredentialRefused:
        raise
    except SourceError:
        return False  # no gap: nothing is passed over, each facet is asked for and says itself what it was refused
