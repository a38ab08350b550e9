"""Tests of the reader of Entra tenants."""
