"""The room that decides what is allowed: pure functions over plain facts, and rules as files.

Nothing here reads a clock, a database, a network or the redactor; every fact that a rule needs is
handed in (`policies.facts`). The map: `facts` (what may be asked about), `loader` (packs as YAML files,
with errors that name file, line and the nearest right spelling), `permissions` (who may do what),
`escalation` (severity floors, queues and deadlines), `replies` (the reply gate) and `packs/*.yaml`.
"""
