"""Serves acme's Jenkins on loopback."""
