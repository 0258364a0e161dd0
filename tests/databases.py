"""Databases for tests, on a real PostgreSQL server.

A database that a test borrows is emptied and lent again. One whose schema the test changed is lent to nobody
any more, and neither is one that is in use by something the test left behind.
"""

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from deploy.embedded.postgres import Postgres
from run import migrate
from shared.db import new_engine

IN_MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free in memory for data of tests to be kept there."""

_WATCH = """
    create schema watch;
    create table watch.changed ();
    create function watch.note() returns event_trigger language plpgsql as
    $$ begin insert into watch.changed default values; end $$;
    create event trigger watch_changed on ddl_command_end execute function watch.note();
    create event trigger watch_dropped on sql_drop execute function watch.note()
"""
_EMPTY = """
    do $$
    declare each record;
    begin
        if exists (select from watch.changed) then
            raise exception 'its schema is another';
        end if;
        set local session_replication_role = replica;
        set local lock_timeout = '500ms';
        for each in
            select oid::regclass as name, relkind from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'S')
            and relname <> 'alembic_version'
        loop
            if each.relkind = 'r' then
                execute format('delete from %s', each.name);
            else
                perform setval(each.name, 1, false);
            end if;
        end loop;
    end $$
"""


class Server:
    """A PostgreSQL server on which every test gets databases of its own."""

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)
        self._admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        self._templates: dict[str, str] = {}
        self._made: list[str] = []
        self._free: dict[str, list[sa.Engine]] = defaultdict(list)

    def new(self, service: str | None = None) -> str:
        """The URL of a fresh database; with the tables of `service` if one is named."""
        name = f"test_{uuid4().hex}"
        template = f' template "{self._template(service)}"' if service else ""
        self._sql(f'create database "{name}"{template}')
        self._made.append(name)
        return self._at(name)

    @contextmanager
    def lent(self, service: str) -> Iterator[sa.Engine]:
        """A database with the tables of `service`, all of them empty."""
        free = self._free[service]
        engine = free.pop() if free else self._patient_engine(service)
        yield engine
        if _emptied(engine):
            free.append(engine)
        else:
            engine.dispose()

    def _patient_engine(self, service: str) -> sa.Engine:
        """Its statements take the time they need: on a busy machine many at once are slow."""
        engine = new_engine(self.new(service), pool_size=70)

        @sa.event.listens_for(engine, "connect")
        def patient(connection: Any, _: object) -> None:
            with connection, connection.cursor() as cursor:
                cursor.execute("set statement_timeout = '60s'")

        return engine

    def close(self) -> None:
        for engine in (each for free in self._free.values() for each in free):
            engine.dispose()
        for name in [*self._made, *self._templates.values()]:
            self._sql(f'drop database if exists "{name}" with (force)')
        self._admin.dispose()

    def _template(self, service: str) -> str:
        if service not in self._templates:
            name = f"template_{service}_{uuid4().hex[:8]}"
            self._sql(f'create database "{name}"')
            engine = new_engine(self._at(name), pool_size=1)
            migrate.upgrade(service, engine)
            with engine.begin() as conn:
                conn.execute(sa.text(_WATCH))
            engine.dispose()
            self._templates[service] = name
        return self._templates[service]

    def _at(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _sql(self, statement: str) -> None:
        with self._admin.connect() as conn:
            conn.execute(sa.text(statement))


def _emptied(engine: sa.Engine) -> bool:
    """False if the next test would find something of the last one's."""
    if engine.pool.checkedout() or engine.dispatch.before_cursor_execute:
        return False
    if engine.pool.checkedin() > 4:
        engine.dispose()
    try:
        with engine.begin() as conn:
            conn.execute(sa.text(_EMPTY))
    except sa.exc.DBAPIError:
        return False
    return True


@contextmanager
def server() -> Iterator[Server]:
    """`HC_TEST_DATABASE_URL` if it is set, else a server of our own from the wheel."""
    if url := os.environ.get("HC_TEST_DATABASE_URL"):
        running = Server(url)
        yield running
        running.close()
        return
    home = folder("healthconnect-tests-")
    postgres = Postgres(home, durable=False)
    postgres.start()
    yield Server(postgres.url())
    postgres.stop()
    shutil.rmtree(home, ignore_errors=True)


def folder(prefix: str) -> Path:
    """A new one for data that need not outlive this machine: in memory where there is room.

    Others may enter it, as PostgreSQL's user must.
    """
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=IN_MEMORY if _is_fit() else None))
    made.chmod(0o711)
    return made


def _is_fit() -> bool:
    """True if there is room in memory, and PostgreSQL could be run from a copy there."""
    if not IN_MEMORY.is_dir() or shutil.disk_usage(IN_MEMORY).free < ROOM:
        return False
    return not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC
