"""Every act that changes the record, one verb a file.

Each act loads, asks policies, changes, audits and commits in one transaction; it refuses by raising an error
of `casebook.errors` whose text is the sentence people read. People's acts take the open casebook and the
`Actor`; the monitor's (`hearing`, `sending`, `answering`) take the casebook alone and are audited as "monitor".
"""
