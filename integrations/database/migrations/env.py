"""What Alembic runs: it is handed a connection in a transaction, and ends neither."""

from alembic import context

from integrations.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by rebuilding it
)
context.run_migrations()
