"""The persistent record, and every act that changes it.

The map: `model` (plain dataclasses and state machines), `actions/` (one verb a file), `queries` (frozen
rows for screens), `ports` (what the room needs from others), `errors`, `audit` (each kind of entry
registered once), `unit_of_work` and `store/` (the only place that names SQLAlchemy).
"""
