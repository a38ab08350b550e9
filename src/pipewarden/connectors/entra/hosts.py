"""Where Microsoft Graph and the sign-in live, by the cloud that a tenant is in."""

from typing import NamedTuple

from pipewarden.errors import ConfigError


class Addresses(NamedTuple):
    """The addresses of one cloud."""

    login: str
    graph: str


CLOUDS = {
    "global": Addresses("https://login.microsoftonline.com", "https://graph.microsoft.com"),
    "us_gov": Addresses("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    "us_gov_dod": Addresses("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": Addresses("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
}
"""https://learn.microsoft.com/en-us/graph/deployments#microsoft-graph-and-graph-explorer-service-root-endpoints"""


def addresses(cloud: str = "global", api: str = "") -> Addresses:
    """Return the addresses of a cloud; `api` replaces both, for a loopback server. Raises ConfigError."""
    if api:
        return Addresses(api.rstrip("/"), api.rstrip("/"))
    if cloud not in CLOUDS:
        raise ConfigError(f"{cloud} is not a cloud of Microsoft", hint=f"It may be {', '.join(CLOUDS)}.")
    return CLOUDS[cloud]
