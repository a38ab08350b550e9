"""Reads a Jenkins controller."""
