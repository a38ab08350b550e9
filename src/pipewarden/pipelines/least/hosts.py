"""Whose address a step names: the host taken apart, so that a name within a longer one does not count."""

from urllib.parse import urlsplit


def domain_of(url: str) -> tuple[str, str, str]:
    """Return what stands before a host's domain, and the two parts of the domain; empty where a text is no address."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:  # brackets that do not close
        host = ""
    *before, second, top = ["", "", *host.split(".")]
    return ".".join(filter(None, before)), second, top
