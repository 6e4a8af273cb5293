"""What people touch: the terminal desk, the line commands and the reports.

The map: `terminal/` (Textual), `cli/` (Typer, one command group a file), `settings` (configuration),
`bootstrap` (the one place that wires rooms together) and `__main__` (the `voicedesk` command).
"""
