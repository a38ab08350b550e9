"""What a vault lets its tokens do: policies over paths, and who comes to hold which."""
