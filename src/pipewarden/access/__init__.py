"""Effective access, and each provider's semantics: pure functions over a snapshot."""
