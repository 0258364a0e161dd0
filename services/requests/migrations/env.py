"""Alembic's entry to the requests database."""

from services.requests.store import metadata
from shared.revisions import run

run(metadata)
