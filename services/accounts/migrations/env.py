"""Alembic's entry to the accounts database."""

from services.accounts.store.tables import metadata
from shared.revisions import run

run(metadata)
