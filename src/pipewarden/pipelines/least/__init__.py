"""The least that each job of a workflow needs: which scopes, and the edit of the file that states them."""
