"""GitHub Actions over many files: what each says by itself, and what jobs are when their callers are known."""
