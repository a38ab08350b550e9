"""GitHub Actions over many files."""
