"""The way into a visit by video, on a real database."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import schedules, services, video_calls
from services.requests.jitsi import VideoCalls
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import (
    BookingOptions,
    GetBookingSettings,
    ReadBookingSettings,
    SetBookingSettings,
)
from shared.contracts.requests.requests import ConfirmRequest, RequestView
from shared.contracts.requests.values import ActingRole
from shared.contracts.requests.video_calls import GetJoinLink, JoinLinkView
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import NEXT_MONDAY, TOOLS, decide, first_visit, member, submit

VIDEO_CALLS = VideoCalls(
    "https://meet.example.org", "healthconnect", b"a secret of thirty-two bytes, or more"
)
OWN = "https://video.example.org/rossi?room=a,b"


def booked(practice: Unit, **changes: Any) -> RequestView:
    """A visit by video, confirmed."""
    if "service_id" not in changes:
        online = first_visit(service_id=UUID(int=11), mode="video", name="Online")
        services.add(practice, online, now=MONDAY)
    visit = submit(practice, **({"service_id": UUID(int=11)} | changes))
    confirm = ConfirmRequest(request_id=visit.request_id, by=PROFESSIONAL, role="professional", version=1)
    return decide(practice, confirm)


def join(
    practice: Unit,
    visit: RequestView,
    *,
    by: UUID = PATIENT,
    role: ActingRole = "patient",
    server: VideoCalls | None = VIDEO_CALLS,
    now: datetime = NEXT_MONDAY,
) -> JoinLinkView:
    wanted = GetJoinLink(request_id=visit.request_id, by=by, role=role)
    return video_calls.get_join_link(practice, wanted, tools=TOOLS, video_calls=server, now=now)


def own_room(practice: Unit) -> None:
    schedules.set_booking_settings(
        practice,
        SetBookingSettings(
            professional_id=PROFESSIONAL,
            by=PROFESSIONAL,
            role="professional",
            version=0,
            settings=BookingOptions(video_url=OWN),
        ),
        now=MONDAY,
    )


def test_both_are_led_into_one_room_each_by_a_link_of_their_own(practice: Unit) -> None:
    visit = booked(practice)
    hers = join(practice, visit)
    theirs = join(practice, visit, by=PROFESSIONAL, role="professional")
    assert hers.opens_at.isoformat() == "2027-03-08T08:45:00+01:00"
    assert hers.closes_at.isoformat() == "2027-03-08T10:00:00+01:00"
    assert hers.url.partition("?")[0] == theirs.url.partition("?")[0]
    assert hers.url != theirs.url


def test_the_room_of_the_professional_is_answered_as_it_is(practice: Unit) -> None:
    visit = booked(practice)
    own_room(practice)
    assert join(practice, visit).url == OWN
    assert join(practice, visit, server=None).url == OWN


def test_also_her_own_room_is_told_in_its_time_only(practice: Unit) -> None:
    visit = booked(practice)
    own_room(practice)
    for now, code in ((MONDAY, "too_early"), (visit.ends_at + timedelta(minutes=30), "too_late")):
        with pytest.raises(Refused, match=code):
            join(practice, visit, now=now)


def test_without_any_room_it_is_not_set_up(practice: Unit) -> None:
    with pytest.raises(Refused, match="video_not_set_up"):
        join(practice, booked(practice), server=None)


def test_a_visit_in_person_is_not_joined(practice: Unit) -> None:
    with pytest.raises(Refused, match="not_video"):
        join(practice, booked(practice, service_id=UUID(int=10)))


def test_nobody_else_is_let_in_not_even_the_front_desk(practice: Unit) -> None:
    member(practice, PROFESSIONAL, "professional")
    member(practice, RECEPTIONIST, "staff")
    visit = booked(practice)
    others: list[tuple[UUID, ActingRole]] = [
        (STRANGER, "patient"),
        (STRANGER, "professional"),
        (RECEPTIONIST, "clinic"),
        (PROFESSIONAL, "clinic"),
    ]
    for by, role in others:
        with pytest.raises(Refused, match="not_yours"):
            join(practice, visit, by=by, role=role)


def test_a_visit_that_is_not_there_is_unknown(practice: Unit) -> None:
    wanted = GetJoinLink(request_id=uuid4(), by=PATIENT, role="patient")
    with pytest.raises(Refused, match="unknown_request"):
        video_calls.get_join_link(practice, wanted, tools=TOOLS, video_calls=VIDEO_CALLS, now=MONDAY)


def test_the_way_into_her_room_is_known_to_those_who_may_change_it_and_to_nobody_else(
    practice: Unit,
) -> None:
    own_room(practice)
    assert (
        schedules.get_booking_settings(practice, GetBookingSettings(professional_id=PROFESSIONAL)).video_url
        is None
    )
    hers = ReadBookingSettings(professional_id=PROFESSIONAL, by=PROFESSIONAL, role="professional")
    assert schedules.read_booking_settings(practice, hers, now=MONDAY).video_url == OWN
    strangers = hers.model_copy(update={"by": STRANGER})
    with pytest.raises(Refused, match="not_yours"):
        schedules.read_booking_settings(practice, strangers, now=MONDAY)
