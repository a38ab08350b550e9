"""Weaknesses of GitHub workflows where access is the question: one rule for each check, ranked by what a job holds."""
