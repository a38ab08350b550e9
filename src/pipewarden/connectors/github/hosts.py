"""Where GitHub's APIs live, by the host people see in their browser."""

from typing import NamedTuple


class Addresses(NamedTuple):
    """The base addresses of one host."""

    rest: str
    graphql: str
    server: bool
    """Whether it is GitHub Enterprise Server, which lacks some endpoints."""


def addresses(host: str, api: str = "") -> Addresses:
    """Return the API addresses of a host.

    https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api (api.github.com),
    https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency (api.SUBDOMAIN.ghe.com),
    https://docs.github.com/en/enterprise-server@latest/rest (HOST/api/v3).
    """
    if api:
        base = api.rstrip("/")
        graphql = base.removesuffix("/v3") + "/graphql" if base.endswith("/api/v3") else base + "/graphql"
        return Addresses(base, graphql, base.endswith("/api/v3"))
    if host == "github.com":
        return Addresses("https://api.github.com", "https://api.github.com/graphql", server=False)
    if host.endswith(".ghe.com"):
        return Addresses(f"https://api.{host}", f"https://api.{host}/graphql", server=False)
    return Addresses(f"https://{host}/api/v3", f"https://{host}/api/graphql", server=True)
