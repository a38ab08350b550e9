"""Tests of Jenkins."""
