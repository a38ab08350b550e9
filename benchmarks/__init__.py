"""Measurements, each beside a named peer in the same run; none of them is a test."""
