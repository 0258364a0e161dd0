"""Measures a search of the directory at 1,000 and at 10,000 professionals, as ratios."""

import statistics
import time
from datetime import UTC, datetime

import sqlalchemy as sa

from services.accounts.handlers import directory
from services.accounts.store import tables
from shared.contracts.accounts.directory import FindProfessionals
from shared.contracts.accounts.values import Point
from shared.db import Unit, new_engine
from tests.conftest import server

SIZES, ROUNDS = (1_000, 10_000), 60
ROME = Point(latitude=41.9, longitude=12.5)
SEARCHES = {
    "first page by name": FindProfessionals(limit=20),
    "name with a typo": FindProfessionals(name="Marchetti 77o", limit=20),
    "specialty and language": FindProfessionals(specialty="cardiology", language="it", limit=20),
    "service": FindProfessionals(service="vaccination", limit=20),
    "within 25 km": FindProfessionals(near=ROME, limit=20),
    "all at once": FindProfessionals(
        name="Marchetti",
        specialty="cardiology",
        language="it",
        service="first_visit",
        near=ROME,
        within_km=100,
        limit=20,
    ),
}
_PEOPLE = """
    insert into people
        (id, version, email, name, roles, password_hash, stands_alone, registered_at, languages)
    select md5('bench' || n)::uuid, 1, n || '@bench.example', 'Dr. Marchetti ' || n,
           array['professional'], '', true, :now, array['it']
    from generate_series(1, :size) n
"""
_LISTINGS = """
    insert into listings (professional_id, version, name, folded_name, languages, listed, specialties,
                          accepting_new_patients, contact, services, modes)
    select md5('bench' || n)::uuid, 1, 'Dr. Marchetti ' || n, 'dr. marchetti ' || n,
           array[(array['it', 'en', 'de', 'fr'])[n % 4 + 1]], true,
           array[(array['cardiology', 'dentistry', 'surgery', 'urology', 'nursing'])[n % 5 + 1]], true, '{}',
           array[(array['first_visit', 'test', 'vaccination', 'check_up'])[n % 4 + 1]], array['in_person']
    from generate_series(1, :size) n
"""
_POINTS = """
    insert into points select md5('bench' || n)::uuid, md5('bench' || n)::uuid,
           37 + (n * 7919 % 10000) / 1000.0, 7 + (n * 104729 % 11000) / 1000.0
    from generate_series(1, :size) n
"""


def main() -> None:
    print(f"{ROUNDS} rounds; milliseconds, median (p5 to p95)\n")
    with server() as postgres:
        found = {size: _measured(postgres.new("accounts"), size) for size in SIZES}
    small, large = SIZES
    print(f"{'search':<24} {f'at {small:,}':>22} {f'at {large:,}':>22} {'ratio':>7}")
    for name in SEARCHES:
        one, other = found[small][name], found[large][name]
        ratio = statistics.median(other) / statistics.median(one)
        print(f"{name:<24} {_cell(one):>22} {_cell(other):>22} {ratio:>7.1f}")


def _measured(url: str, size: int) -> dict[str, list[float]]:
    engine = new_engine(url, pool_size=1)
    with engine.begin() as conn:
        conn.execute(sa.text("set local statement_timeout = 0"))
        for statement in (_PEOPLE, _LISTINGS, _POINTS):
            conn.execute(sa.text(statement), {"size": size, "now": datetime.now(UTC)})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("analyze"))
    unit = Unit(engine, tables.metadata)
    found = {name: [_timed(unit, command) for _ in range(ROUNDS)] for name, command in SEARCHES.items()}
    engine.dispose()
    return found


def _timed(unit: Unit, command: FindProfessionals) -> float:
    began = time.perf_counter()
    directory.find(unit, command)
    return (time.perf_counter() - began) * 1000


def _cell(values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return f"{statistics.median(values):.1f} ({cuts[0]:.1f} to {cuts[-1]:.1f})"


if __name__ == "__main__":
    main()
