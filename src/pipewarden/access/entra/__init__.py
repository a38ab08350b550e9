"""What roles, ownership and credentials mean in Microsoft Entra ID."""
