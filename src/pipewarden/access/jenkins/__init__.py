"""What Jenkins' permissions mean."""
