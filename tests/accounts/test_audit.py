"""The access log of a person, and the care relations that accounts keeps."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.accounts.handlers import dependents, profiles, request_events
from services.accounts.store import tables
from shared.contracts.accounts.people import (
    AccessLogEntry,
    AccessLogPage,
    AccountView,
    AddDependent,
    GetPerson,
    ListAccessLog,
    PersonView,
)
from shared.contracts.requests.moves import (
    RequestCancelled,
    RequestCompleted,
    RequestConfirmed,
    RequestDeclined,
    RequestExpired,
    RequestsRead,
    RequestSubmitted,
)
from tests.accounts.steps import NOW, House, outcome, visit
from tests.pages import walked


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def look(house: House, patient: AccountView, by: AccountView, role: Any = "professional") -> PersonView:
    command = GetPerson(person_id=patient.account_id, by=by.account_id, role=role)
    return profiles.get_person(house.unit, command, now=NOW)


def page(house: House, person_id: UUID, **wanted: Any) -> AccessLogPage:
    return profiles.list_access_log(house.unit, ListAccessLog(person_id=person_id, **wanted))


def read(number: int, *patients: UUID, by: UUID) -> RequestsRead:
    return RequestsRead(
        occurred_at=NOW + timedelta(minutes=number),
        version=1,
        read_id=UUID(int=number),
        by=by,
        role="front_desk",
        request_ids=[uuid4() for _ in patients],
        patient_ids=list(patients),
    )


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set action = 'x'",
        "update audit set action = 'x' where false",
        "delete from audit",
        "truncate audit",
    ],
)
def test_the_database_forgets_and_changes_nothing_of_the_audit(
    house: House, anna: AccountView, nurse: AccountView, statement: str
) -> None:
    house.visit(anna, nurse)
    look(house, anna, nurse)
    before = house.rows(tables.access_log)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), house.unit() as work:
        work.conn.execute(sa.text(statement))
    assert house.rows(tables.access_log) == before != []


def test_a_professional_sees_her_own_patient_and_that_is_written_down(
    house: House, anna: AccountView, nurse: AccountView
) -> None:
    other = house.register("Olga Other", "professional")
    child = AddDependent(dependent_id=uuid4(), person_id=anna.account_id, name="Leo", relationship="child")
    dependents.add(house.unit, child)
    house.visit(anna, nurse)
    assert outcome(lambda: look(house, anna, other)) == "not_yours"
    assert outcome(lambda: look(house, nurse, nurse)) == "not_yours"
    assert outcome(lambda: look(house, anna.model_copy(update={"account_id": uuid4()}), nurse)) == "not_yours"
    assert house.rows(tables.access_log) == []
    seen = look(house, anna, nurse)
    assert (seen.name, seen.email) == (anna.name, anna.email)
    assert [each.name for each in seen.dependents] == ["Leo"]
    assert page(house, anna.account_id).entries == [
        AccessLogEntry(
            at=NOW,
            actor_id=nurse.account_id,
            actor_name="Nina Nurse",
            actor_role="professional",
            action="person_read",
            object_id=anna.account_id,
        )
    ]


@pytest.mark.parametrize(
    ("kind", "hers"),
    [
        (RequestSubmitted, True),
        (RequestConfirmed, True),
        (RequestCompleted, True),
        (RequestDeclined, False),
        (RequestCancelled, False),
        (RequestExpired, False),
    ],
)
def test_a_patient_is_ones_own_as_long_as_a_visit_stands(
    house: House, anna: AccountView, nurse: AccountView, kind: Any, hers: bool
) -> None:
    house.visit(anna, nurse)
    request_events.note_visit(house.unit, visit(kind, anna, nurse, version=2), now=NOW)
    assert outcome(lambda: look(house, anna, nurse)) == (None if hers else "not_yours")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_that_was_told_of_a_visit_stands(
    house: House, anna: AccountView, nurse: AccountView, order: tuple[int, ...]
) -> None:
    kinds = [RequestSubmitted, RequestConfirmed, RequestCancelled]
    events = [visit(kind, anna, nurse, version=n + 1) for n, kind in enumerate(kinds)]
    for number in order:
        for _ in range(2):
            request_events.note_visit(house.unit, events[number], now=NOW)
    [row] = house.rows(tables.care)
    assert (row["version"], row["status"]) == (3, "cancelled")


def test_a_visit_told_again_is_known_by_its_event(
    house: House, anna: AccountView, nurse: AccountView
) -> None:
    house.visit(anna, nurse)
    with house.unit() as work:
        work.conn.execute(sa.delete(tables.care))
    house.visit(anna, nurse)
    assert house.rows(tables.care) == []


def test_reads_of_visits_are_written_down_once_for_each_patient(house: House, anna: AccountView) -> None:
    desk, bea = uuid4(), uuid4()
    event = read(1, anna.account_id, bea, by=desk)
    for _ in range(2):
        request_events.note_read(house.unit, event)
    assert house.audit(anna.account_id) == [(desk, "front_desk", "requests_read")]
    assert house.audit(bea) == [(desk, "front_desk", "requests_read")]
    [entry] = page(house, anna.account_id).entries
    assert (entry.at, entry.object_id, entry.actor_name) == (event.occurred_at, event.read_id, None)


def test_the_audit_is_walked_newest_first_and_shows_nobody_elses(house: House, anna: AccountView) -> None:
    for number in range(1, 8):
        request_events.note_read(house.unit, read(number, anna.account_id, uuid4(), by=uuid4()))

    def fetch(cursor: str | None) -> tuple[list[AccessLogEntry], str | None]:
        found = page(house, anna.account_id, cursor=cursor, limit=2)
        return found.entries, found.next_cursor

    assert [entry.object_id.int for entry in walked(fetch)] == [7, 6, 5, 4, 3, 2, 1]


def test_who_is_erased_is_named_in_no_audit(house: House, anna: AccountView, nurse: AccountView) -> None:
    house.visit(anna, nurse)
    look(house, anna, nurse)
    house.erase(nurse.account_id)
    [entry] = page(house, anna.account_id).entries
    assert (entry.actor_id, entry.actor_name) == (nurse.account_id, None)
    house.visit(anna, nurse, confirmed=True)
    assert outcome(lambda: house.sign_in("Nina Nurse")) == "wrong_credentials"
