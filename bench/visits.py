"""Measures slots, requests and lists at two sizes: CPU of our process and of PostgreSQL for each call."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import sqlalchemy as sa

from services.requests.domain.limits import Bounds, Limits
from services.requests.encryption.envelope import KeyFile
from services.requests.handlers import decisions, reading, slots, submissions
from services.requests.store import metadata
from services.requests.tools import Tools
from shared.contracts.requests.policies import AppointmentTerms
from shared.contracts.requests.requests import ConfirmRequest, ListRequests, RequestView, SubmitRequest
from shared.contracts.requests.slots import FindSlots, SlotsView
from shared.db import Unit, new_engine
from tests.conftest import server

SIZES = (1_000, 10_000)
"""Professionals; each with ten patients and a hundred requests, so 100,000 and 1,000,000 of them."""
ROUNDS, CALLS = 7, 40
NOW = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
TERMS = AppointmentTerms(policy_version=0, price=None).model_dump_json()
_FILL = [
    """
    insert into locations (id, version, practice_id, name, address, time_zone)
    select md5('professional' || n)::uuid, 1, md5('professional' || n)::uuid, 'Studio', '', 'Europe/Rome'
    from generate_series(1, :size) n
    """,
    """
    insert into hours (professional_id, location_id, version, weekly)
    select md5('professional' || n)::uuid, md5('professional' || n)::uuid, 1, (
        select jsonb_agg(jsonb_build_array(day, '{"opens": "08:00:00", "closes": "18:00:00"}'::jsonb))
        from unnest(array['monday', 'tuesday', 'wednesday', 'thursday', 'friday']) day)
    from generate_series(1, :size) n
    """,
    """
    insert into services (id, version, professional_id, kind, mode, settings)
    select md5('service' || n)::uuid, 1, md5('professional' || n)::uuid, 'first_visit', 'in_person',
           '{"name": "First visit", "minutes": 30}'
    from generate_series(1, :size) n
    """,
    """
    insert into requests (id, version, status, outcome, patient_id, professional_id, practice_id, location_id,
        service_id, service_name, mode, starts_at, ends_at, held, time_zone, first_starts_at, submitted_at,
        submitted_by, verified, expires_at, terms, words, changed_in)
    select md5('request' || k)::uuid, 2, case when past then 'completed' else 'pending' end,
        case when past then 'attended' end,
        md5('patient' || k::bigint * 7919 % (:size * 10))::uuid, professional, professional,
        professional, md5('service' || n)::uuid, 'First visit', 'in_person', starts,
        starts + interval '30 minutes', tstzrange(starts, starts + interval '30 minutes'), 'Europe/Rome',
        starts, :now, 'patient', true, starts, case when past then cast(:terms as jsonb) end, '', 1
    from (
        select k, k % :size + 1 as n, md5('professional' || k % :size + 1)::uuid as professional,
            k / :size < 80 as past,
            :now + (k / :size - 80) * interval '1 day' + interval '5 hours' as starts
        from generate_series(0, :size * 100 - 1) k
    ) as made
    """,
    """
    insert into holds select id, id, professional_id, held, starts_at from requests
    """,
]


@dataclass
class Calls:
    """The measured calls, each with what it needs prepared."""

    unit: Unit
    size: int
    tools: Tools
    chance: random.Random
    wanted: set[tuple[UUID, datetime]] = field(default_factory=set)
    """Times that are asked for, or will be."""

    def slots(self) -> Callable[[], SlotsView]:
        professional_id, service_id = self._somebody()
        wanted = FindSlots(
            professional_id=professional_id, service_id=service_id, from_date=NOW.date(), days=7
        )
        return lambda: slots.find(self.unit, wanted, now=NOW)

    def submit(self) -> Callable[[], RequestView]:
        found = self.slots()()
        free = [(found.professional_id, each.starts_at) for each in found.slots]
        self.wanted.add(time_wanted := self.chance.choice([each for each in free if each not in self.wanted]))
        patient_id = self._patient()
        wanted = SubmitRequest(
            request_id=uuid4(),
            by=patient_id,
            role="patient",
            patient_id=patient_id,
            professional_id=found.professional_id,
            service_id=found.service_id,
            starts_at=time_wanted[1],
            details="A cough that will not go.",
        )
        return lambda: submissions.submit(self.unit, wanted, tools=self.tools, access_id=uuid4(), now=NOW)

    def confirm(self) -> Callable[[], RequestView]:
        made = self.submit()()
        wanted = ConfirmRequest(
            request_id=made.request_id, by=made.professional_id, role="professional", version=1
        )
        return lambda: decisions.decide(self.unit, wanted, tools=self.tools, access_id=uuid4(), now=NOW)

    def list_of_patient(self) -> Callable[[], object]:
        wanted = ListRequests(person_id=self._patient(), role="patient")
        return lambda: reading.list_requests(self.unit, wanted, tools=self.tools, access_id=uuid4(), now=NOW)

    def queue_of_professional(self) -> Callable[[], object]:
        wanted = ListRequests(person_id=self._somebody()[0], role="professional", shown="requested")
        return lambda: reading.list_requests(self.unit, wanted, tools=self.tools, access_id=uuid4(), now=NOW)

    def _somebody(self) -> tuple[UUID, UUID]:
        number = self.chance.randint(1, self.size)
        return self._id(f"professional{number}"), self._id(f"service{number}")

    def _patient(self) -> UUID:
        return self._id(f"patient{self.chance.randrange(self.size * 10)}")

    def _id(self, name: str) -> UUID:
        with self.unit() as work:
            found: UUID = work.conn.execute(sa.select(sa.cast(sa.func.md5(name), sa.Uuid))).scalar_one()
        return found


MEASURED: dict[str, Callable[[Calls], Callable[[], object]]] = {
    "slots of a week": Calls.slots,
    "submit": Calls.submit,
    "confirm": Calls.confirm,
    "list of a patient": Calls.list_of_patient,
    "queue of a professional": Calls.queue_of_professional,
}


def main() -> None:
    with server() as postgres, tempfile.TemporaryDirectory() as folder:
        many = Limits(open=9999, with_one=9999, a_day=9999)
        bounds = Bounds(known=many, fresh=many)
        tools = Tools(KeyFile(Path(folder) / "words.key"), bounds=bounds)
        sizes = {size: _filled(postgres.new("requests"), size, tools) for size in SIZES}
        print(f"\n{ROUNDS} rounds of {CALLS} calls; CPU milliseconds a call, median (lowest to highest)\n")
        small, large = SIZES
        print(f"{'call':<24} {f'at {small:,}':>20} {f'at {large:,}':>20} {'ratio':>6}")
        for name, prepare in MEASURED.items():
            found: dict[int, list[float]] = {size: [] for size in SIZES}
            for _ in range(ROUNDS):
                for size in SIZES:
                    found[size].append(_cpu(sizes[size], prepare))
            ratio = statistics.median(found[large]) / statistics.median(found[small])
            print(f"{name:<24} {_cell(found[small]):>20} {_cell(found[large]):>20} {ratio:>6.2f}")


def _filled(url: str, size: int, tools: Tools) -> Calls:
    began = time.perf_counter()
    engine = new_engine(url, pool_size=1)
    with engine.begin() as conn:
        conn.execute(sa.text("set local statement_timeout = 0"))
        for statement in _FILL:
            conn.execute(sa.text(statement), {"size": size, "now": NOW, "terms": TERMS})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("set statement_timeout = 0"))
        conn.execute(sa.text("vacuum analyze"))
    engine.dispose()
    print(
        f"{size:>6,} professionals, {size * 100:>9,} requests: filled in {time.perf_counter() - began:.0f} s"
    )
    return Calls(Unit(new_engine(url, pool_size=1), metadata), size, tools, random.Random(size))


def _cpu(calls: Calls, prepare: Callable[[Calls], Callable[[], object]]) -> float:
    """Of one call, in our process and in PostgreSQL's; what it needs is made before."""
    ready = [prepare(calls) for _ in range(CALLS)]
    with calls.unit() as work:
        backend = psutil.Process(work.conn.execute(sa.text("select pg_backend_pid()")).scalar_one())
    before = time.process_time() + sum(backend.cpu_times()[:2])
    for call in ready:
        call()
    return (time.process_time() + sum(backend.cpu_times()[:2]) - before) / CALLS * 1000


def _cell(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


if __name__ == "__main__":
    main()
