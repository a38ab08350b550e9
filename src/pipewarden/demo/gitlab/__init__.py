"""The loopback GitLab: real paging, refusals and limits over acme's groups and projects."""

from pipewarden.demo.gitlab.server import GitLabServer

__all__ = ["GitLabServer"]
