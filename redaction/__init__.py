"""The room that seals identity: text in, findings and sealed text out. It knows nobody.

The map: `text` (the plain types, free of third-party imports), `vault` (sealing and keyed hashes),
`redactor` (the Presidio engine) and `recognisers/` (one entity a file). Importing this package or
`redaction.text` loads no engine; `redaction.redactor` does, and only the Reader's process asks for it.
"""
