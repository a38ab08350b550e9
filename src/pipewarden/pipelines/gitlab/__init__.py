"""GitLab CI: `.gitlab-ci.yml` with what it includes, as jobs; and what its jobs let others do."""

from pipewarden.pipelines.gitlab.judge import gitlab_weaknesses
from pipewarden.pipelines.gitlab.reader import read_gitlab

__all__ = ["gitlab_weaknesses", "read_gitlab"]
