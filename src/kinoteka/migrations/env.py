"""Run by Alembic: migrates over the connection that `kinoteka.migrations.upgrade` holds."""

from alembic import context

from kinoteka.accounts import models as account_models
from kinoteka.catalogue import models
from kinoteka.database import metadata

# The tables are known to the metadata once their modules are imported.
assert models.film.metadata is account_models.account.metadata is metadata  # noqa: S101
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
