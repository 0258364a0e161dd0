"""Changes since the last sync, for a phone that was offline, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.requests.handlers import reading
from services.requests.store import tables
from services.requests.store.requests import THIS_TRANSACTION
from shared.contracts.requests.requests import CancelRequest, ChangesPage, ConfirmRequest, SyncRequests
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, STRANGER
from tests.requests.steps import TOOLS, act, as_patient, at, outbox, refuses, submit


def ask(practice: Unit, cursor: str | None = None, **changes: object) -> ChangesPage:
    fields = {"person_id": PATIENT, "role": "patient", "cursor": cursor, "limit": 2}
    command = SyncRequests.model_validate(fields | changes)
    return reading.sync(practice, command, tools=TOOLS, access_id=uuid4(), now=MONDAY)


def round_of(practice: Unit, cursor: str | None = None, **changes: object) -> tuple[dict[UUID, int], str]:
    """All pages there are now: the version of each request, and the cursor for the next time."""
    known: dict[UUID, int] = {}
    while True:
        found = ask(practice, cursor, **changes)
        known |= {each.request_id: each.version for each in found.requests}
        cursor = found.next_cursor
        if not found.more:
            return known, cursor


def test_the_first_round_brings_everything_page_by_page(practice: Unit) -> None:
    ids = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)).request_id for n in range(5)]
    assert [each.request_id for each in ask(practice).requests] == ids[:2]
    known, _ = round_of(practice)
    assert known == dict.fromkeys(ids, 1)
    assert round_of(practice, person_id=STRANGER)[0] == {}
    assert round_of(practice, person_id=PROFESSIONAL, role="professional")[0] == known


def test_the_next_round_brings_what_has_changed_since_and_nothing_else(practice: Unit) -> None:
    views = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)) for n in range(5)]
    _, cursor = round_of(practice)
    assert round_of(practice, cursor)[0] == {}
    act(practice, ConfirmRequest, views[3])
    known, cursor = round_of(practice, cursor)
    assert known == {views[3].request_id: 2}
    assert round_of(practice, cursor) == ({}, cursor)


def test_what_changes_while_somebody_walks_comes_in_the_same_round(practice: Unit) -> None:
    views = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)) for n in range(4)]
    first = ask(practice)
    act(practice, ConfirmRequest, views[0])
    known, _ = round_of(practice, first.next_cursor)
    assert known[views[0].request_id] == 2


def test_what_is_committed_after_the_round_though_begun_before_comes_in_the_next_one(practice: Unit) -> None:
    views = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)) for n in range(3)]
    with practice() as work:
        change = sa.update(tables.requests).where(tables.requests.c.id == views[0].request_id)
        work.conn.execute(change.values(version=2, changed_in=THIS_TRANSACTION))
        as_patient(practice, CancelRequest, views[1])
        known, cursor = round_of(practice)
        assert known == {views[0].request_id: 1, views[1].request_id: 2, views[2].request_id: 1}
    known, cursor = round_of(practice, cursor)
    assert known[views[0].request_id] == 2
    assert views[2].request_id not in known
    assert round_of(practice, cursor)[0] == {}


def test_nothing_is_missed_while_many_change_and_one_looks(practice: Unit) -> None:
    ids = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)).request_id for n in range(6)]
    done = Event()
    known: dict[UUID, int] = {}

    def change(number: int) -> None:
        for _ in range(15):
            with practice() as work:
                row = tables.requests.c.id == ids[number]
                values = {"version": tables.requests.c.version + 1, "changed_in": THIS_TRANSACTION}
                work.conn.execute(sa.update(tables.requests).where(row).values(values))
                work.conn.execute(sa.select(sa.func.pg_sleep(0.003 * (number + 1))))

    def keep_looking() -> None:
        cursor = None
        while not done.is_set():
            found, cursor = round_of(practice, cursor)
            known.update(found)
        known.update(round_of(practice, cursor)[0])

    with ThreadPoolExecutor(7) as pool:
        looks = pool.submit(keep_looking)
        list(pool.map(change, range(6)))
        done.set()
        looks.result(timeout=20)
    assert known == dict.fromkeys(ids, 16)


def test_a_round_of_the_practice_is_a_look_and_one_of_the_patient_is_none(practice: Unit) -> None:
    view = submit(practice)
    ask(practice)
    assert outbox(practice, "requests.requests_read.v1") == []
    ask(practice, person_id=PROFESSIONAL, role="professional")
    [look] = outbox(practice, "requests.requests_read.v1")
    assert look["request_ids"] == [str(view.request_id)]


def test_changes_of_others_and_cursors_of_ones_own_making_are_refused(practice: Unit) -> None:
    with refuses("not_yours"):
        ask(practice, professional_id=PROFESSIONAL)
    with refuses("missing_field"):
        ask(practice, role="clinic")
    with refuses("bad_cursor"):
        ask(practice, "e30")
