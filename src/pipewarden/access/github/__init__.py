"""What GitHub's roles, rules and tokens mean, transcribed from GitHub's documentation."""
