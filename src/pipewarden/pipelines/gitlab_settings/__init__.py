"""Files of a GitLab project that are no pipelines and decide what pipelines get: agents of clusters, security policies."""
