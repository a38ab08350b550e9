"""What a value of a workflow may hold once it runs, through env, matrix, needs, steps and scripts: theirs, not theirs, open."""
