"""Alembic migrations of the state tables, in order."""
