"""Readers of pipeline files: text in, frozen facts out; no disk, no network, and never an exception for bad input."""
