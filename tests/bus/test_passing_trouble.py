"""Transient errors are retried, as real errors of a real database show."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from shared import bus
from shared.bus import microservice
from shared.db import Unit, new_engine

STATEMENTS = {
    "set local statement_timeout = 10; select pg_sleep(1)": False,
    "set local lock_timeout = 10; lock table items": False,
    "insert into items select * from items where 1 / 0 = 1": False,
    "select * from nowhere": False,
    "set transaction read only; insert into inbox values (gen_random_uuid(), 'x')": True,
    "select pg_terminate_backend(pg_backend_pid())": True,
}


@pytest.mark.parametrize(("statement", "transient"), STATEMENTS.items(), ids=str)
def test_what_the_database_says_tells_whether_it_passes(
    unit: Callable[[str], Unit], statement: str, transient: bool
) -> None:
    notify = unit("notify")
    with notify() as holder:
        holder.conn.execute(sa.text("lock table items in access share mode"))
        with pytest.raises(sa.exc.DBAPIError) as trouble, notify() as work:
            work.conn.execute(sa.text(statement))
    assert microservice.is_transient(trouble.value) is transient


def test_a_database_that_is_not_there_passes() -> None:
    engine = new_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nowhere", pool_size=1)
    with pytest.raises(sa.exc.OperationalError) as trouble:
        engine.connect()
    assert microservice.is_transient(trouble.value)


def test_a_pool_that_is_used_up_passes(unit: Callable[[str], Unit]) -> None:
    url = unit("notify").engine.url.render_as_string(hide_password=False)
    engine = new_engine(url, pool_size=1)
    with engine.connect(), pytest.raises(sa.exc.TimeoutError) as trouble:
        engine.connect()
    engine.dispose()
    assert microservice.is_transient(trouble.value)


def test_what_fails_for_good_is_dead_at_once_and_the_rest_after_the_last_attempt() -> None:
    assert microservice.attempted(0, microservice.Unreadable("x")) == (1, True)
    assert microservice.attempted(0, RuntimeError()) == (1, False)
    assert microservice.attempted(bus.MAX_ATTEMPTS - 1, RuntimeError()) == (bus.MAX_ATTEMPTS, True)
