"""Tests of the tenant of the estate."""
