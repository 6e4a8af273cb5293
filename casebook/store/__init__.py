"""The only place that names SQLAlchemy: engines, tables, repositories, reads and migrations.

The map: `types` (how plain values become columns), `tables` (the schema), `guards` (triggers: what the
database itself refuses), `repositories` (rows in and out), `unit_of_work` (one transaction), `reads` (what screens
ask), `sqlite` and `postgres` (how each is opened), `migrate` (Alembic) and `migrations/`.
"""
