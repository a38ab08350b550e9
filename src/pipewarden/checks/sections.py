"""The standards that whole sections of checks about pipelines speak to."""

from pipewarden.checks.clauses import Section

REPOSITORIES = Section(("AC-3", "AC-6"), ("CC6.1", "CC6.3"))
BRANCHES = Section(("CM-3", "CM-5", "SA-10", "AC-5"), ("CC8.1", "CC6.8"))
ENVIRONMENTS = Section(("CM-5", "AC-5"), ("CC8.1",))
ACTIONS = Section(("AC-6", "CM-7", "SC-39"), ("CC6.1", "CC6.8"))
SECRETS = Section(("IA-5", "SC-12", "AU-2", "AU-6", "AU-12"), ("CC6.1", "CC7.2"))
AZURE = Section(("AC-2", "AC-6", "IA-2", "IA-5"), ("CC6.1", "CC6.2"))
"""Entra ID and Azure DevOps."""
