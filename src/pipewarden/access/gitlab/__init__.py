"""GitLab's semantics of access."""
