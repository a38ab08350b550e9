"""The one HTTP facade: hosts pinned, sizes capped, refusals as our errors, secrets never in a message."""
