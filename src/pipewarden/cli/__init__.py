"""The command line: reads what people type, shows what the floors below answer."""
