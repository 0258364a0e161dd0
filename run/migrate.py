"""Brings one service's database to the newest revision: `python -m run.migrate requests`."""

import argparse
import importlib
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from shared.db import new_engine
from shared.settings import Settings

_LOCK = 0x4D494752  # "MIGR": replicas that start together migrate one after the other


def upgrade(service: str, engine: sa.Engine, *, to: str = "head") -> None:
    """Apply the revisions of `service` that its database lacks, all or none of each."""
    folder = Path(importlib.import_module(f"services.{service}").__path__[0]) / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    with engine.connect() as conn:
        conn.execute(sa.text("set statement_timeout = 0"))
        conn.execute(sa.select(sa.func.pg_advisory_lock(_LOCK)))
        conn.commit()
        try:
            config.attributes["connection"] = conn
            command.upgrade(config, to)
        finally:
            conn.rollback()
            conn.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
            conn.commit()
            conn.invalidate()  # its settings differ from those of the pool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    service = parser.parse_args().service
    upgrade(service, new_engine(Settings.from_environment().database_url, pool_size=1))


if __name__ == "__main__":
    main()
