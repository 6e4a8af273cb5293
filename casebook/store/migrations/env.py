"""Alembic's entry: it runs on the connection that `casebook.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from casebook.store.tables import metadata


def run() -> None:
    """Run the migrations on the connection given."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
