"""Values of a workflow, followed to where they come from."""
