"""Tests of what roles mean in Entra."""
