"""Reads an Okta organization: people, groups, administrators, apps, factors, policies, tokens."""
