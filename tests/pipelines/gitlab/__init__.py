"""GitLab CI: what files say, what their jobs let others do, and that nothing breaks the reader."""
