"""Requests as the bus meets it: the clock and new ids come from here."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from services.requests.service import Requests
from shared.bus import open_envelope
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.base import Answer, Command
from shared.contracts.requests.moves import RequestsRead, VisitsErased
from shared.contracts.requests.requests import GetRequest, ListRequests
from shared.contracts.requests.slots import FindNextFree
from shared.db import Unit
from shared.settings import Settings
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, command
from tests.requests.steps import NEXT_MONDAY, outbox


@pytest.fixture
def requests(practice: Unit) -> Requests:
    return Requests(practice, Settings(), clock=lambda: MONDAY)


def call(requests: Requests, sent: Command[Answer]) -> Answer:
    return open_envelope(requests.handle_command(sent.address, sent.model_dump(mode="json")), type(sent))


def heard(requests: Requests, event: MembershipChanged | AccountErased) -> None:
    requests.handle_event(event.topic, event.model_dump(mode="json"))


def test_every_look_has_an_id_and_the_time_of_the_clock(requests: Requests) -> None:
    view = call(requests, command())
    for look in (
        GetRequest(request_id=view.request_id, by=PROFESSIONAL, role="professional"),
        GetRequest(request_id=view.request_id, by=PROFESSIONAL, role="professional"),
        ListRequests(person_id=PROFESSIONAL, role="professional"),
        ListRequests(person_id=PROFESSIONAL, role="professional", professional_id=PROFESSIONAL),
    ):
        call(requests, look)
    bodies = outbox(requests.unit, RequestsRead.topic)
    assert len({body["read_id"] for body in bodies}) == len({body["event_id"] for body in bodies}) == 4
    assert {datetime.fromisoformat(body["occurred_at"]) for body in bodies} == {MONDAY}


def test_what_accounts_tells_decides_who_may_look(requests: Requests) -> None:
    for number, (person_id, role) in enumerate(((PROFESSIONAL, "professional"), (RECEPTIONIST, "owner"))):
        heard(
            requests,
            MembershipChanged(
                occurred_at=MONDAY,
                version=1,
                membership_id=UUID(int=60 + number),
                clinic_id=UUID(int=50),
                person_id=person_id,
                role=role,
                state="active",
            ),
        )
    desk = ListRequests(person_id=RECEPTIONIST, role="clinic", professional_id=PROFESSIONAL)
    assert call(requests, desk).requests == []


def test_an_erased_account_ends_its_visits_by_the_clock(requests: Requests) -> None:
    call(requests, command())
    erased = AccountErased(occurred_at=NEXT_MONDAY, version=1, person_id=PATIENT)
    heard(requests, erased)
    [request] = call(requests, ListRequests(person_id=PROFESSIONAL, role="professional")).requests
    assert request.status == "cancelled"
    [body] = outbox(requests.unit, VisitsErased.topic)
    assert datetime.fromisoformat(body["occurred_at"]) == MONDAY


def test_the_next_free_time_is_told_with_the_offset_of_its_place(requests: Requests) -> None:
    [found] = call(requests, FindNextFree(professional_ids=[PROFESSIONAL])).times
    assert found.starts_at.isoformat() == "2027-03-01T11:30:00+01:00"


def test_a_replaced_secret_of_the_video_server_counts_at_once(practice: Unit, tmp_path: Path) -> None:
    secret = tmp_path / "video.secret"
    secret.write_bytes(b"1" * 32)
    settings = Settings(video_url="https://meet.example.org", video_secret_file=secret)
    served = Requests(practice, settings, clock=lambda: MONDAY)
    assert served.video_calls is not None
    assert served.video_calls.secret == b"1" * 32
    secret.write_bytes(b"2" * 32)
    assert served.video_calls.secret == b"2" * 32
