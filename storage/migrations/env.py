"""Alembic's entry: works on the transaction that `storage.engine.migrate_store` hands over."""

from alembic import context

import storage.schema_cases  # noqa: F401  (its tables join the metadata)
from storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
