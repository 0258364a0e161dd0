"""The traces that an erased account leaves, on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.requests import store
from services.requests.domain import decision
from services.requests.handlers import erasure, memberships, schedules, services, slots
from services.requests.operations import access
from services.requests.store import tables
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import GetHours
from shared.contracts.requests.moves import RequestCancelled, VisitsErased
from shared.contracts.requests.requests import CompleteRequest, ConfirmRequest, DeclineRequest, ListRequests
from shared.contracts.requests.services import ListServices
from shared.contracts.requests.slots import FindNextFree
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER, pending, policy
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    all_done,
    at,
    confirmed,
    decide,
    first_visit,
    look,
    member,
    mondays,
    outbox,
    page,
    published,
    rows,
    settle,
    submit,
)

MORNINGS = [NEXT_MONDAY + timedelta(weeks=n // 6, minutes=30 * (n % 6)) for n in range(18)]
"""All slots of three Mondays."""


def erase(practice: Unit, person_id: UUID, *, version: int = 1, now: datetime = MONDAY) -> None:
    event = AccountErased(occurred_at=now, version=version, person_id=person_id)
    erasure.erase(practice, event, tools=TOOLS, now=now)


@pytest.mark.parametrize("person_id", [PATIENT, PROFESSIONAL])
def test_open_visits_are_cancelled_by_nobody_and_their_slots_are_free(
    practice: Unit, person_id: UUID
) -> None:
    waiting = submit(practice)
    accepted = confirmed(practice, request_id=uuid4(), starts_at=at(30))
    erase(practice, person_id)
    facts = [RequestCancelled.model_validate(body) for body in outbox(practice, RequestCancelled.topic)]
    told = {(fact.request_id, fact.version, fact.by, fact.reason) for fact in facts}
    assert told == {
        (waiting.request_id, 2, "system", "account_erased"),
        (accepted.request_id, 3, "system", "account_erased"),
    }
    stored = {row["id"]: (row["status"], row["version"]) for row in rows(practice, tables.requests)}
    without_notes = {waiting.request_id: ("cancelled", 3), accepted.request_id: ("cancelled", 4)}
    assert stored == without_notes, "a version that phones do not know yet"
    assert rows(practice, tables.holds) == []


def test_the_slot_of_an_erased_patient_can_be_asked_for(practice: Unit) -> None:
    submit(practice)
    erase(practice, PATIENT)
    assert submit(practice, request_id=uuid4(), patient_id=STRANGER).status == "pending"


def test_the_erasure_is_announced_after_what_it_ended(practice: Unit) -> None:
    submit(practice)
    erase(practice, PATIENT)
    assert outbox(practice)[-1]["person_id"] == str(PATIENT)
    assert published(practice, "")[-2:] == [RequestCancelled.topic, VisitsErased.topic]
    [body] = outbox(practice, VisitsErased.topic)
    assert VisitsErased.model_validate(body).version == 1


def test_who_has_no_visits_is_erased_too(practice: Unit) -> None:
    erase(practice, STRANGER)
    assert len(outbox(practice, VisitsErased.topic)) == 1


def test_a_patients_words_are_gone_from_every_request_and_nobody_elses(practice: Unit) -> None:
    waiting = submit(practice, details="Mine.")
    ended = submit(practice, request_id=uuid4(), starts_at=at(30), details="Mine, long ago.")
    decide(
        practice,
        DeclineRequest(request_id=ended.request_id, by=PROFESSIONAL, role="professional", version=1),
        now=MONDAY,
    )
    other = submit(
        practice, request_id=uuid4(), patient_id=STRANGER, starts_at=at(60), details="Somebody else's."
    )
    erase(practice, PATIENT)
    left = page(practice, ListRequests(person_id=PROFESSIONAL, role="professional")).requests
    assert {each.request_id: each.details for each in left} == {
        waiting.request_id: "",
        ended.request_id: "",
        other.request_id: "Somebody else's.",
    }
    assert {each.service_name for each in left} == {"First visit"}
    assert service_names(practice) == ["First visit"]
    [kept] = schedules.get_hours(practice, GetHours(professional_id=PROFESSIONAL), now=MONDAY).hours
    assert kept.weekly


def test_a_professionals_words_are_gone_and_her_patients_keep_theirs(practice: Unit) -> None:
    colleague = UUID(int=5)
    settle(practice, colleague)
    added = first_visit(service_id=UUID(int=11), professional_id=colleague, name="Her own")
    services.add(practice, added, now=MONDAY)
    submit(practice, details="A cough.")
    erase(practice, PROFESSIONAL)
    [left] = page(practice, ListRequests(person_id=PATIENT, role="patient")).requests
    assert (left.service_name, left.details) == ("Former service", "A cough.")
    assert service_names(practice) == ["Former service", "Her own"]
    assert [row["professional_id"] for row in rows(practice, tables.hours)] == [colleague]
    assert {row["practice_id"]: row["name"] for row in rows(practice, tables.locations)} == {
        PROFESSIONAL: "Former practice",
        colleague: "Studio",
    }


def service_names(practice: Unit) -> list[str]:
    return [row["settings"]["name"] for row in rows(practice, tables.services)]


def test_an_erased_professional_is_known_to_nobody_who_looks_for_one(practice: Unit) -> None:
    erase(practice, PROFESSIONAL)
    for look_for in (
        lambda: schedules.get_hours(practice, GetHours(professional_id=PROFESSIONAL), now=MONDAY),
        lambda: services.list_services(practice, ListServices(professional_id=PROFESSIONAL), now=MONDAY),
    ):
        with pytest.raises(Refused) as refusal:
            look_for()
        assert refusal.value.code == "unknown_professional"
    query = FindNextFree(professional_ids=[PROFESSIONAL])
    assert slots.find_next_free(practice, query, now=MONDAY).times == []


def test_an_overdue_request_expires_instead(practice: Unit) -> None:
    submit(practice)
    erase(practice, PATIENT, now=MONDAY + timedelta(hours=72))
    assert published(practice) == ["requests.request_submitted.v1", "requests.request_expired.v1"]


def test_a_visit_that_took_place_is_left_for_its_professional_to_complete(practice: Unit) -> None:
    view = confirmed(practice)
    erase(practice, PATIENT, now=view.ends_at)
    left = look(practice, view.request_id, by=PROFESSIONAL, role="professional")
    assert (left.status, left.version, left.details) == ("confirmed", 3, "")
    complete = CompleteRequest(request_id=view.request_id, by=PROFESSIONAL, role="professional", version=3)
    assert decide(practice, complete, now=view.ends_at).status == "completed"


def test_an_erasure_that_is_delivered_again_changes_and_announces_nothing(practice: Unit) -> None:
    submit(practice)
    event = AccountErased(occurred_at=MONDAY, version=1, person_id=PATIENT)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: erasure.erase(practice, event, tools=TOOLS, now=MONDAY), range(8)))
    assert len(outbox(practice, VisitsErased.topic)) == 1
    assert len(outbox(practice, RequestCancelled.topic)) == 1


def publish(practice: Unit, **changes: Any) -> None:
    schedules.publish_hours(practice, mondays(**changes), now=MONDAY)


def add(practice: Unit, **changes: Any) -> None:
    services.add(practice, first_visit(service_id=uuid4(), **changes), now=MONDAY)


def ask(practice: Unit, **changes: Any) -> None:
    submit(practice, request_id=uuid4(), **changes)


@pytest.mark.parametrize("late", [publish, add, ask])
def test_what_comes_late_for_an_erased_professional_is_refused(
    practice: Unit, late: Callable[[Unit], None]
) -> None:
    erase(practice, PROFESSIONAL)
    told = outbox(practice)
    with pytest.raises(Refused) as refusal:
        late(practice)
    assert refusal.value.code == "unknown_professional"
    assert (rows(practice, tables.hours), outbox(practice)) == ([], told)
    assert len(rows(practice, tables.services)) == 1


@pytest.mark.parametrize(
    "late",
    [partial(publish, by=RECEPTIONIST, role="clinic"), partial(add, by=RECEPTIONIST, role="clinic"), ask],
    ids=["publish", "add", "ask"],
)
def test_what_comes_late_by_an_erased_person_is_refused(clinic: Unit, late: Callable[[Unit], None]) -> None:
    """The membership has not ended here yet."""
    late(clinic)
    erase(clinic, PATIENT if late is ask else RECEPTIONIST)
    told = outbox(clinic)
    with pytest.raises(Refused) as refusal:
        late(clinic)
    assert refusal.value.code == "unknown_account"
    assert outbox(clinic) == told


def test_a_membership_told_after_the_erasure_brings_nobody_back(practice: Unit) -> None:
    erase(practice, PROFESSIONAL)
    member(practice, PROFESSIONAL, "professional")
    member(practice, RECEPTIONIST, "staff")
    with pytest.raises(Refused) as refusal:
        publish(practice, by=RECEPTIONIST, role="clinic")
    assert refusal.value.code == "unknown_professional"


@pytest.mark.parametrize("person_id", [PATIENT, PROFESSIONAL])
def test_no_request_that_races_with_an_erasure_stays_open(practice: Unit, person_id: UUID) -> None:
    """And each was either refused or cancelled: none got lost."""
    known = {PATIENT: "unknown_account", PROFESSIONAL: "unknown_professional"}[person_id]
    tasks: list[Callable[[], Any]] = [partial(ask, practice, starts_at=each) for each in MORNINGS]
    tasks.insert(9, partial(erase, practice, person_id))
    codes = all_done(tasks)
    assert set(codes) <= {None, known}
    statuses = [row["status"] for row in rows(practice, tables.requests)]
    assert statuses == ["cancelled"] * (codes.count(None) - 1)


def test_a_request_that_is_being_written_is_finished_and_then_cancelled(practice: Unit) -> None:
    """The erasure waits for a transaction that has seen the patient alive, and then finds the request."""
    with ThreadPoolExecutor(1) as pool, practice() as work:
        access.refuse_erased(work, professional_id=PROFESSIONAL, person_id=PATIENT)
        erasing = pool.submit(erase, practice, PATIENT)
        with pytest.raises(TimeoutError):
            erasing.result(timeout=0.3)
        assert store.requests.add(work, TOOLS.master, pending(), due_at=None)
        work.conn.commit()
        erasing.result(timeout=5)
    [row] = rows(practice, tables.requests)
    assert (row["status"], row["words"]) == ("cancelled", b"")
    assert rows(practice, tables.patient_keys) == []


def test_two_people_who_share_visits_can_be_erased_at_once(practice: Unit) -> None:
    """Each is the other's patient in many visits: neither erasure waits for the other in a circle."""
    settle(practice, PATIENT)
    services.add(practice, first_visit(service_id=UUID(int=11), professional_id=PATIENT), now=MONDAY)
    back = {"patient_id": PROFESSIONAL, "professional_id": PATIENT, "service_id": UUID(int=11)}
    for starts_at in MORNINGS:
        ask(practice, starts_at=starts_at)
        ask(practice, starts_at=starts_at, **back)
    all_done([partial(erase, practice, person_id) for person_id in (PATIENT, PROFESSIONAL, STRANGER)])
    stored = rows(practice, tables.requests)
    assert {(row["status"], row["words"], row["service_name"]) for row in stored} == {
        ("cancelled", b"", "Former service")
    }
    assert len(outbox(practice, RequestCancelled.topic)) == 2 * len(MORNINGS)
    assert len(outbox(practice, VisitsErased.topic)) == 3


def test_one_is_erased_after_the_other(practice: Unit) -> None:
    """Rows that two people share are written in a different order by each: one by one that does no harm."""
    with ThreadPoolExecutor(1) as pool, practice() as work:
        store.erasure.remember(work, PATIENT)
        erasing = pool.submit(erase, practice, PROFESSIONAL)
        with pytest.raises(TimeoutError):
            erasing.result(timeout=0.3)
        work.conn.commit()
        erasing.result(timeout=5)


def test_when_a_decision_meets_an_erasure_the_visit_ends_cancelled(practice: Unit) -> None:
    views = [submit(practice, request_id=uuid4(), starts_at=at(30 * n)) for n in range(6)]
    tasks: list[Callable[[], Any]] = [
        partial(
            decide,
            practice,
            ConfirmRequest(request_id=view.request_id, by=PROFESSIONAL, role="professional", version=1),
            now=MONDAY,
        )
        for view in views
    ]
    tasks.insert(3, partial(erase, practice, PATIENT))
    codes = all_done(tasks)
    assert set(codes) <= {None, "stale_version"}
    versions = sorted(row["version"] for row in rows(practice, tables.requests))
    won = codes.count(None) - 1
    assert versions == [3] * (6 - won) + [4] * won
    assert {row["status"] for row in rows(practice, tables.requests)} == {"cancelled"}


def test_a_decision_that_is_being_written_comes_before_the_erasure(practice: Unit) -> None:
    view = submit(practice)
    with ThreadPoolExecutor(1) as pool, practice() as work:
        before = store.requests.find(work, TOOLS.master, view.request_id, to_change=True)
        assert before
        after, _ = decision.confirm(before, by="professional", version=1, rules=policy(), now=MONDAY)
        store.requests.save(work, TOOLS.master, after, due_at=None)
        erasing = pool.submit(erase, practice, PATIENT)
        with pytest.raises(TimeoutError):
            erasing.result(timeout=0.3)
        work.conn.commit()
        erasing.result(timeout=5)
    [row] = rows(practice, tables.requests)
    assert (row["status"], row["version"]) == ("cancelled", 4)


def test_memberships_are_left_to_those_who_tell_of_them(practice: Unit) -> None:
    told = member(practice, RECEPTIONIST, "staff")
    erase(practice, RECEPTIONIST)
    memberships.record(practice, told, tools=TOOLS, now=MONDAY)
    [row] = rows(practice, tables.memberships)
    assert row["state"] == "active"
