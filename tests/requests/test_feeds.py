"""Visits in people's own calendars, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.requests.domain import feed
from services.requests.feed_links import FeedLinks, token_hash
from services.requests.handlers import erasure, feeds, locations
from services.requests.store import tables
from shared.contracts.accounts.deletion import AccountClosed, AccountErased, AccountKept
from shared.contracts.accounts.sessions import AccessRevoked
from shared.contracts.refusals import Refused
from shared.contracts.requests.feeds import AppointmentFile, CloseFeed, GetAppointmentFile, OpenFeed, ReadFeed
from shared.contracts.requests.places import ChangeLocation
from shared.contracts.requests.requests import CancelRequest, CompleteRequest, ConfirmRequest, RequestView
from shared.contracts.requests.values import ActingRole, Side
from shared.db import Unit
from tests.requests.builders import LOCATION, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import NEXT_MONDAY, TOOLS, decide, outbox, submit

LINKS = FeedLinks(b"k" * 32, "https://care.example.org")
KEY, HALF_HOUR, DAY = UUID(int=900), timedelta(minutes=30), timedelta(days=1)


def event(
    practice: Unit, request_id: UUID, *, by: UUID, role: ActingRole, now: datetime = MONDAY
) -> AppointmentFile:
    wanted = GetAppointmentFile(request_id=request_id, by=by, role=role)
    return feeds.get_appointment_file(practice, wanted, tools=TOOLS, access_id=uuid4(), now=now)


def opened(
    practice: Unit,
    *,
    by: UUID = PATIENT,
    role: Side = "patient",
    key_id: UUID = KEY,
    now: datetime = MONDAY,
) -> str:
    """The token in the link."""
    command = OpenFeed(key_id=key_id, by=by, role=role)
    url = feeds.open_feed(practice, command, links=LINKS, new_id=uuid4(), now=now).url
    return url.removeprefix("https://care.example.org/calendar/").removesuffix(".ics")


def shown(practice: Unit, token: str, *, now: datetime = MONDAY) -> list[AppointmentFile]:
    return feeds.read_feed(practice, ReadFeed(token=token), tools=TOOLS, now=now).events


def is_dead(practice: Unit, token: str) -> bool:
    try:
        shown(practice, token)
    except Refused as refused:
        return refused.code == "dead_link"
    return False


def at(number: int, **changes: Any) -> dict[str, Any]:
    """Return the command for the slot with this number of that Monday."""
    return {"request_id": uuid4(), "starts_at": NEXT_MONDAY + number * HALF_HOUR} | changes


def decision(kind: Any, visit: RequestView, **also: Any) -> Any:
    return kind(
        request_id=visit.request_id, by=PROFESSIONAL, role="professional", version=visit.version, **also
    )


def shifted(practice: Unit, visit: RequestView, by: timedelta) -> None:
    """Move it to another time, as nobody can alone."""
    start, end = visit.starts_at + by, visit.ends_at + by
    row = {"starts_at": start, "ends_at": end, "held": sa.func.tstzrange(start, end)}
    with practice() as work:
        table = tables.requests
        work.conn.execute(sa.update(table).where(table.c.id == visit.request_id).values(row))


def test_one_call_tells_all_that_a_calendar_shows(practice: Unit) -> None:
    address = "Via Roma 1, 00184 Roma"
    locations.change(
        practice,
        ChangeLocation(
            location_id=LOCATION,
            version=1,
            by=PROFESSIONAL,
            role="professional",
            name="Studio Trastevere",
            postal_address=address,
        ),
    )
    visit = submit(practice)
    seen = event(practice, visit.request_id, by=PATIENT, role="patient")
    assert seen.starts_at.isoformat() == "2027-03-08T09:00:00+01:00"
    assert (seen.location_name, seen.location_address) == ("Studio Trastevere", address)
    assert (seen.status, seen.version, seen.service_name) == ("pending", 1, "First visit")
    assert seen.changed_at == visit.submitted_at
    assert "cough" not in seen.model_dump_json()


def test_it_is_there_for_her_professional_and_the_front_desk_and_they_are_written_down(
    clinic: Unit,
) -> None:
    visit = submit(clinic)
    event(clinic, visit.request_id, by=PATIENT, role="patient")
    assert outbox(clinic, "requests.requests_read.v1") == []
    event(clinic, visit.request_id, by=PROFESSIONAL, role="professional")
    event(clinic, visit.request_id, by=RECEPTIONIST, role="clinic")
    looks = outbox(clinic, "requests.requests_read.v1")
    assert [each["role"] for each in looks] == ["professional", "front_desk"]


@pytest.mark.parametrize(
    ("by", "role"),
    [(STRANGER, "patient"), (STRANGER, "professional"), (RECEPTIONIST, "clinic"), (PATIENT, "professional")],
)
def test_it_is_not_there_for_others(practice: Unit, by: UUID, role: ActingRole) -> None:
    visit = submit(practice)
    with pytest.raises(Refused, match="not_yours"):
        event(practice, visit.request_id, by=by, role=role)


def test_a_visit_that_is_not_there_is_unknown(practice: Unit) -> None:
    with pytest.raises(Refused, match="unknown_request"):
        event(practice, uuid4(), by=PATIENT, role="patient")


def test_a_feed_shows_visits_on_her_side_and_no_others(practice: Unit) -> None:
    hers = submit(practice)
    other = submit(practice, **at(1, patient_id=STRANGER))
    patient, stranger = opened(practice), opened(practice, by=STRANGER)
    professional = opened(practice, by=PROFESSIONAL, role="professional")
    assert [each.request_id for each in shown(practice, patient)] == [hers.request_id]
    assert [each.request_id for each in shown(practice, stranger)] == [other.request_id]
    assert [each.request_id for each in shown(practice, professional)] == [
        hers.request_id,
        other.request_id,
    ]
    assert shown(practice, opened(practice, by=PROFESSIONAL, role="patient")) == []


def test_reading_a_professionals_feed_is_no_look_that_is_written_down(practice: Unit) -> None:
    submit(practice)
    token = opened(practice, by=PROFESSIONAL, role="professional")
    assert len(shown(practice, token)) == 1
    assert outbox(practice, "requests.requests_read.v1") == []


def test_what_was_called_off_is_left_out_and_what_took_place_stays(practice: Unit) -> None:
    token = opened(practice)
    done = decide(practice, decision(ConfirmRequest, submit(practice)))
    off = submit(practice, **at(1))
    decide(practice, decision(CancelRequest, off))
    waiting = submit(practice, **at(2))
    decide(practice, decision(CompleteRequest, done), now=NEXT_MONDAY + HALF_HOUR)
    assert {each.request_id: each.status for each in shown(practice, token)} == {
        done.request_id: "completed",
        waiting.request_id: "pending",
    }


def test_a_feed_ends_where_its_window_does(practice: Unit) -> None:
    token = opened(practice)
    visit = submit(practice)
    for now, there in (
        (visit.ends_at + 30 * DAY - HALF_HOUR, 1),
        (visit.ends_at + 30 * DAY, 0),
        (visit.starts_at - 180 * DAY + HALF_HOUR, 1),
        (visit.starts_at - 180 * DAY, 0),
    ):
        assert len(shown(practice, token, now=now)) == there, now


def test_of_too_many_visits_those_that_come_next_are_shown(
    practice: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_EVENTS", 3)
    made = [submit(practice, **at(number)) for number in range(5)]
    shifted(practice, made[0], -10 * DAY)
    shifted(practice, made[1], -20 * DAY)
    token = opened(practice)
    ids = [each.request_id for each in made]
    assert [each.request_id for each in shown(practice, token)] == ids[2:]
    monkeypatch.setattr(feed, "MOST_EVENTS", 4)
    assert [each.request_id for each in shown(practice, token)] == [ids[0], *ids[2:]]


def test_a_repeat_answers_the_same_link(practice: Unit) -> None:
    token = opened(practice)
    assert opened(practice) == token
    assert not is_dead(practice, token)


def test_a_new_link_replaces_the_old_one_for_good(practice: Unit) -> None:
    old = opened(practice)
    new = opened(practice, key_id=uuid4())
    assert is_dead(practice, old)
    assert not is_dead(practice, new)
    late = opened(practice)
    assert late not in (old, new)
    assert is_dead(practice, old)


def test_a_revoked_link_is_dead_and_its_key_does_not_bring_it_back(practice: Unit) -> None:
    token = opened(practice)
    for _ in range(2):
        feeds.close_feed(practice, CloseFeed(by=PATIENT, role="patient"))
        assert is_dead(practice, token)
    assert opened(practice) != token
    assert is_dead(practice, token)


def test_each_role_of_hers_has_a_link_of_its_own_also_under_one_key(practice: Unit) -> None:
    as_patient = opened(practice, by=PROFESSIONAL)
    as_professional = opened(practice, by=PROFESSIONAL, role="professional")
    feeds.close_feed(practice, CloseFeed(by=PROFESSIONAL, role="patient"))
    assert is_dead(practice, as_patient)
    assert not is_dead(practice, as_professional)


@pytest.mark.parametrize("token", ["x", "a" * 43, "è" * 200])
def test_a_link_that_was_never_made_is_dead(practice: Unit, token: str) -> None:
    assert is_dead(practice, token)


def test_the_database_knows_no_token(practice: Unit) -> None:
    token = opened(practice)
    with practice() as work:
        [row] = work.conn.execute(sa.select(tables.feeds)).all()
    assert row.token_hash == token_hash(token)
    assert token not in str(row)
    assert LINKS.token(row.id) == token


def test_who_asks_several_times_at_once_under_one_key_gets_one_link(practice: Unit) -> None:
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(opened, practice) for _ in range(6)]
    assert len({each.result() for each in asked}) == 1


def test_a_feed_dies_with_the_account(practice: Unit) -> None:
    hers, theirs = opened(practice), opened(practice, by=PROFESSIONAL, role="professional")
    erased = AccountErased(occurred_at=MONDAY, version=1, person_id=PATIENT)
    erasure.erase(practice, erased, tools=TOOLS, now=MONDAY)
    assert is_dead(practice, hers)
    assert not is_dead(practice, theirs)
    with pytest.raises(Refused, match="unknown_account"):
        opened(practice, key_id=uuid4())


def test_a_feed_rests_while_the_account_is_closed(practice: Unit) -> None:
    token = opened(practice)
    for version, kind, dead in ((2, AccountClosed, True), (3, AccountKept, False)):
        extra = {"erases_at": MONDAY} if "erases_at" in kind.model_fields else {}
        told = kind(occurred_at=MONDAY, version=version, person_id=PATIENT, **extra)
        erasure.note_closing(practice, told, tools=TOOLS, now=MONDAY)
        assert is_dead(practice, token) == dead


def revoked(practice: Unit, *, person_id: UUID = PATIENT, version: int = 2, at: datetime = MONDAY) -> None:
    fact = AccessRevoked(occurred_at=at, version=version, person_id=person_id, reason="signed_out_everywhere")
    feeds.end_feeds(practice, fact)


def test_feeds_end_with_all_else_that_was_opened_for_a_person(practice: Unit) -> None:
    mine, somebody_elses = opened(practice), opened(practice, by=STRANGER, key_id=uuid4())
    revoked(practice, at=MONDAY + timedelta(seconds=1))
    assert is_dead(practice, mine)
    assert not is_dead(practice, somebody_elses)
    again = opened(practice, now=MONDAY + DAY)
    assert not is_dead(practice, again)
    assert is_dead(practice, mine)


def test_a_feed_that_was_opened_after_stays_whenever_that_is_told(practice: Unit) -> None:
    opened(practice)
    after = opened(practice, key_id=uuid4(), now=MONDAY + DAY)
    revoked(practice, at=MONDAY + HALF_HOUR)
    assert not is_dead(practice, after)
    revoked(practice, version=3, at=MONDAY + 2 * DAY)
    assert is_dead(practice, after)


def test_what_is_told_twice_ends_nothing_twice(practice: Unit) -> None:
    opened(practice)
    late = MONDAY + 2 * DAY
    revoked(practice, at=late)
    between = opened(practice, key_id=uuid4(), now=late - DAY)
    revoked(practice, at=late)
    assert not is_dead(practice, between)


def test_a_repeated_call_does_not_make_a_feed_younger(practice: Unit) -> None:
    token = opened(practice)
    assert opened(practice, now=MONDAY + 2 * DAY) == token
    revoked(practice, at=MONDAY + DAY)
    assert is_dead(practice, token)
