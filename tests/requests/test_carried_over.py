"""Visits of the version before are visits of this one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from run import migrate
from services.requests.encryption.envelope import KeyFile
from services.requests.handlers import decisions, locations, reading, schedules, services, timers
from services.requests.store import tables
from services.requests.tools import Tools
from shared.contracts.requests.hours import GetHours
from shared.contracts.requests.places import ListLocations
from shared.contracts.requests.requests import (
    ConfirmRequest,
    GetRequest,
    ListRequests,
    RequestView,
    SyncRequests,
)
from shared.contracts.requests.services import ListServices
from shared.db import Unit, new_engine
from tests.databases import Server
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, STRANGER
from tests.requests.steps import at, everything, free, opening, refuses, rows, submit

STATUSES = ("pending", "confirmed", "completed", "cancelled", "declined", "expired")
NO_HOURS = UUID(int=7)
"""A professional who had requests, and published nothing later."""


def ids(status: str) -> UUID:
    return UUID(int=100 + STATUSES.index(status))


def fill(engine: sa.Engine) -> None:
    """A practice of revision 0002, with a request in each status, all at the same length from each other."""
    weekly = '[{"weekday": "monday", "opens": "09:00:00", "closes": "12:00:00"}]'
    service = {
        "id": UUID(int=10),
        "name": "First visit",
        "minutes": 30,
        "kind": "first_visit",
        "mode": "video",
    }
    statements: list[tuple[str, dict[str, object]]] = [
        (
            "insert into hours (professional_id, time_zone, weekly) values (:id, 'Europe/Rome', :weekly)",
            {"id": PROFESSIONAL, "weekly": weekly},
        )
    ]
    for owner, service_id in ((PROFESSIONAL, UUID(int=10)), (NO_HOURS, UUID(int=11))):
        statements.append(
            (
                "insert into services (id, professional_id, name, minutes, kind, mode)"
                " values (:id, :owner, :name, :minutes, :kind, :mode)",
                {**service, "id": service_id, "owner": owner},
            )
        )
    for n, status in enumerate(STATUSES):
        statements.append(visit(ids(status), status, at=at(30 * n)))
    statements.append(visit(UUID(int=200), "pending", at=at(0), owner=NO_HOURS, patient=STRANGER, details=""))
    with engine.begin() as conn:
        for statement, values in statements:
            conn.execute(sa.text(statement), values)


def visit(
    request_id: UUID,
    status: str,
    *,
    at: object,
    owner: UUID = PROFESSIONAL,
    patient: UUID = PATIENT,
    details: str = "canary",
) -> tuple[str, dict[str, object]]:
    insert = (
        "insert into requests (id, version, status, patient_id, professional_id, service_id, service_name,"
        " starts_at, ends_at, time_zone, details, submitted_at, expires_at)"
        " values (:id, 2, :status, :patient, :owner, :service, 'First visit', :at,"
        " cast(:at as timestamptz) + interval '30 minutes', 'Europe/Rome', :details, :asked,"
        " cast(:asked as timestamptz) + interval '72 hours')"
    )
    service = UUID(int=11 if owner == NO_HOURS else 10)
    values = {"id": request_id, "status": status, "patient": patient, "owner": owner, "service": service}
    return insert, values | {"at": at, "details": details, "asked": MONDAY}


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HC_HOME", str(tmp_path))
    monkeypatch.setenv("HC_WORDS_KEY_FILE", str(tmp_path / "old.key"))
    return tmp_path / "old.key"


@pytest.fixture
def old(database: Server, key_file: Path) -> Iterator[Unit]:
    engine = new_engine(database.new(), pool_size=10)
    migrate.upgrade("requests", engine, to="0002")
    fill(engine)
    migrate.upgrade("requests", engine)
    assert key_file.exists()
    yield Unit(engine, tables.metadata)
    engine.dispose()


@pytest.fixture
def tools(key_file: Path) -> Tools:
    return Tools(KeyFile(key_file))


def known(old: Unit, tools: Tools) -> dict[UUID, RequestView]:
    wanted = ListRequests(person_id=PATIENT, role="patient")
    found = reading.list_requests(old, wanted, tools=tools, access_id=uuid4(), now=MONDAY)
    return {each.request_id: each for each in found.requests}


def test_every_request_is_there_with_its_words(old: Unit, tools: Tools) -> None:
    found = known(old, tools)
    assert {status: found[ids(status)].status for status in STATUSES} == {each: each for each in STATUSES}
    assert {(each.version, each.details, each.mode) for each in found.values()} == {(2, "canary", "video")}
    assert {each.practice_id for each in found.values()} == {PROFESSIONAL}
    assert (found[ids("completed")].outcome, found[ids("completed")].ended_at) == ("attended", at(90))
    assert {status for status in STATUSES if found[ids(status)].terms} == {"confirmed", "completed"}
    assert {status for status in STATUSES if found[ids(status)].ended_at} == set(STATUSES[2:])


def test_no_word_is_left_in_plain(old: Unit) -> None:
    stored = str(everything(old))
    assert str(ids("pending")) in stored
    assert "canary" not in stored
    assert b"canary".hex() not in stored
    assert [row["patient_id"] for row in rows(old, tables.patient_keys)] == [PATIENT]


def test_hours_are_at_a_place_of_her_own_and_services_are_offered_there(old: Unit) -> None:
    [shown] = schedules.get_hours(old, GetHours(professional_id=PROFESSIONAL), now=MONDAY).hours
    assert (shown.version, shown.time_zone, shown.weekly) == (1, "Europe/Rome", [opening()])
    [place] = locations.list_locations(old, ListLocations(professional_id=PROFESSIONAL)).locations
    assert (place.practice_id, place.location_id) == (PROFESSIONAL, shown.location_id)
    [service] = services.list_services(old, ListServices(professional_id=PROFESSIONAL), now=MONDAY).services
    assert (service.name, service.minutes, service.mode, service.offered) == (
        "First visit",
        30,
        "video",
        True,
    )


def test_a_place_is_made_for_who_has_visits_but_no_hours(old: Unit, tools: Tools) -> None:
    wanted = GetRequest(request_id=UUID(int=200), by=STRANGER, role="patient")
    found = reading.get(old, wanted, tools=tools, access_id=uuid4(), now=MONDAY)
    assert (found.location_id, found.time_zone, found.details) == (NO_HOURS, "Europe/Rome", "")


def test_the_times_of_what_is_not_called_off_are_held(old: Unit) -> None:
    assert free(old) == [at(90), at(120), at(150)]
    with refuses("slot_taken"):
        submit(old, request_id=uuid4(), patient_id=STRANGER)


def test_they_live_on(old: Unit, tools: Tools) -> None:
    confirm = ConfirmRequest(request_id=ids("pending"), by=PROFESSIONAL, role="professional", version=2)
    after = decisions.decide(old, confirm, tools=tools, access_id=uuid4(), now=MONDAY)
    assert (after.status, after.version, after.details) == ("confirmed", 3, "canary")
    assert after.terms
    assert timers.act_on_due(old, tools=tools, now=at(0) + timedelta(days=3)) == 3
    found = known(old, tools)
    assert found[ids("confirmed")].status == found[ids("pending")].status == "completed"


def test_a_first_round_of_changes_brings_them_all(old: Unit, tools: Tools) -> None:
    command = SyncRequests(person_id=PATIENT, role="patient")
    found = reading.sync(old, command, tools=tools, access_id=uuid4(), now=MONDAY)
    assert {each.request_id for each in found.requests} == {ids(status) for status in STATUSES}
