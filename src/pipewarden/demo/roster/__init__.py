"""Acme's list of people, as its personnel department exports it."""
