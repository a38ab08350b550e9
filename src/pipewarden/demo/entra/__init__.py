"""Acme's Entra tenant as a loopback server that speaks Microsoft Graph."""
