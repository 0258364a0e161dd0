"""The migrations make the tables that the code expects."""

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from run import migrate
from run.discovery import service_class, service_names
from shared.db import Unit


@pytest.mark.parametrize("service", service_names())
def test_the_tables_made_are_the_tables_used(service: str, unit: Callable[[str], Unit]) -> None:
    engine = unit(service).engine
    with engine.connect() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "compare_server_default": False}
        )
        assert compare_metadata(context, service_class(service).metadata) == []


@pytest.mark.parametrize("service", service_names())
def test_migrating_again_changes_nothing(service: str, unit: Callable[[str], Unit]) -> None:
    migrate.upgrade(service, unit(service).engine)
