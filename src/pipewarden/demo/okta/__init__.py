"""Acme's Okta organization on loopback."""
