"""Alembic's entry to the notify database."""

from services.notify.store import metadata
from shared.revisions import run

run(metadata)
