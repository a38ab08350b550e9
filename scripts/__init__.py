"""What makes pages and pictures of the project; nothing of it is installed."""
