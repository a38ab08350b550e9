"""CircleCI: configuration to a Definition, and what it lets others do."""
