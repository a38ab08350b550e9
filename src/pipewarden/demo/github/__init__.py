"""A loopback server that speaks GitHub's REST and GraphQL shapes over an estate."""

from pipewarden.demo.github.server import GitHubServer
from pipewarden.demo.github.variant import Variant

__all__ = ["GitHubServer", "Variant"]
