"""Readers of one system each; they never write, and every refusal becomes a gap."""
