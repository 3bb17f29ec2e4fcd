"""Run by Alembic: migrates over the connection that `kinoteka.migrations.upgrade` holds."""

from alembic import context

from kinoteka.catalogue import models
from kinoteka.database import metadata

assert models.film.metadata is metadata  # the tables are known to the metadata once their module is imported  # noqa: S101
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
