"""Reads one tenant of Microsoft Entra ID through Microsoft Graph."""
