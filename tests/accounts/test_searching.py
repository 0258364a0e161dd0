"""Searches among ten thousand professionals read indexes, not the whole directory."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.accounts.domain import directory_entry
from services.accounts.store import directory
from shared.contracts.accounts.directory import FindProfessionals
from tests.accounts.steps import House

MANY = """
    insert into people
        (id, version, email, name, roles, password_hash, stands_alone, registered_at, languages)
    select gen_random_uuid(), 1, n || '@example.org', md5(n::text) || ' ' || md5((n * 7)::text),
           '{professional}', '', true, now(), '{}'
    from generate_series(1, 10000) n
"""
LISTED = """
    insert into listings (professional_id, version, name, folded_name, languages, listed, specialties,
                          accepting_new_patients, contact, services, modes)
    select id, 1, name, name, array[(array['it','de','fr','en','es'])[1 + n % 5], 'x' || n % 50],
           true, array['s' || n % 30, case when n % 40 = 0 then 'urology' else 'other' end], n % 3 > 0, '{}',
           array[case when n % 40 = 1 then 'vaccination' else 'check_up' end],
           array[case when n % 10 = 0 then 'video' else 'in_person' end]
    from (select *, row_number() over (order by id) n from people) p
"""
OFFERED = """
    insert into offered
    select gen_random_uuid(), professional_id, services[1], modes[1], 1, true from listings
"""
PLACED = """
    insert into points
    select professional_id, professional_id, 36 + 10 * random(), 6 + 12 * random() from listings
"""
SEARCHES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "name": {"name": "c4ca4238a0b9"},
    "specialty": {"specialty": "urology"},
    "service": {"service": "vaccination"},
    "mode": {"mode": "video"},
    "language": {"language": "it"},
    "accepting": {"accepting_new_patients": False},
    "place": {"near": {"latitude": 41.9, "longitude": 12.5}},
    "place and name": {"near": {"latitude": 41.9, "longitude": 12.5}, "name": "c4ca4238"},
    "place, specialty and language": {
        "near": {"latitude": 41.9, "longitude": 12.5},
        "specialty": "urology",
        "language": "it",
    },
    "all filters": {"specialty": "urology", "service": "vaccination", "mode": "video", "language": "it"},
}


@pytest.fixture
def crowded(house: House) -> House:
    with house.unit() as work:
        for statement in ("set local statement_timeout = 0", MANY, LISTED, OFFERED, PLACED):
            work.conn.execute(sa.text(statement))
    with house.unit.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("set statement_timeout = 0"))
        conn.execute(sa.text("vacuum analyze"))
        conn.invalidate()  # its setting is not the pool's
    return house


def plan(house: House, wanted: dict[str, Any]) -> str:
    """Of the one query that the search is."""
    command = FindProfessionals.model_validate(wanted)
    box = directory_entry.box(command.near, command.within_km) if command.near else None
    sent: list[tuple[str, Any]] = []
    sa.event.listen(house.unit.engine, "before_cursor_execute", lambda *args: sent.append(args[2:4]))
    with house.unit() as work:
        directory.search(work, command, box=box)
        searches = [(text, values) for text, values in sent if "FROM listings" in text]
        [(statement, parameters)] = searches
        lines = work.conn.exec_driver_sql(f"explain {statement}", parameters).scalars()
        return "\n".join(lines)


def test_no_search_reads_the_whole_directory(crowded: House) -> None:
    plans = {name: plan(crowded, wanted) for name, wanted in SEARCHES.items()}
    assert {name: text for name, text in plans.items() if "Seq Scan" in text} == {}
    assert "listings_folded_name_ix" in plans["name"]
    assert "points_place_ix" in plans["place"]
    assert "listings_specialties_ix" in plans["specialty"]


def test_a_search_without_an_index_would_be_seen(crowded: House) -> None:
    with crowded.unit() as work:
        work.conn.execute(sa.text("drop index listings_folded_name_ix"))
    assert "Seq Scan on listings" in plan(crowded, SEARCHES["name"])
