"""Reads GitLab: gitlab.com and self-managed."""
