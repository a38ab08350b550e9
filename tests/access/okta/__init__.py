"""Tests of what roles, groups and factors of Okta amount to."""
