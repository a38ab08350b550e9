"""What the words mean: frozen types, shared by every floor above, touching nothing."""
