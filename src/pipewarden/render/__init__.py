"""Pure drawing: text that fits, tables and charts, made of facts alone."""
