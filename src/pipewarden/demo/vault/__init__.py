"""Acme's vault: its configuration as an administrator would write it, and a loopback server that answers for it."""
