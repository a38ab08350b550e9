"""Reads OpenBao and HashiCorp Vault: who may log in, with which policies, and which secrets exist by name. Never a value."""
