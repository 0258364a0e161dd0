"""The time in which a video call can be joined, and its join link."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import jwt
import pytest

from services.requests.domain import video_call
from services.requests.domain.interval import Interval
from services.requests.domain.request import Request
from services.requests.jitsi import AUDIENCE, VideoCalls
from shared.contracts.refusals import Refused
from shared.contracts.requests.values import Side
from shared.settings import Settings
from tests.requests.builders import PATIENT, PROFESSIONAL, confirmed, pending

MINUTE = timedelta(minutes=1)
VISIT = confirmed(mode="video")
VALID = Interval(VISIT.starts_at - 15 * MINUTE, VISIT.ends_at + 30 * MINUTE)
VIDEO_CALLS = VideoCalls(
    "https://meet.example.org", "healthconnect", b"a secret of thirty-two bytes, or more"
)


def refusal(visit: Request, *, now: datetime, set_up: bool = True) -> Refused:
    with pytest.raises(Refused) as refused:
        video_call.join(visit, set_up=set_up, now=now)
    return refused.value


@pytest.mark.parametrize("now", [VALID.start, VISIT.starts_at, VISIT.ends_at, VALID.end - MINUTE])
def test_a_confirmed_visit_by_video_is_joined_around_its_time(now: datetime) -> None:
    assert video_call.join(VISIT, set_up=True, now=now) == VALID


def test_before_that_it_says_when_to_come_back_on_the_clock_of_the_place() -> None:
    refused = refusal(VISIT, now=VALID.start - timedelta(seconds=1))
    assert refused.code == "too_early"
    assert refused.facts == {"opens_at": "2027-03-08T08:45:00+01:00"}


def test_after_that_it_is_over() -> None:
    assert refusal(VISIT, now=VALID.end).code == "too_late"


@pytest.mark.parametrize("status", ["pending", "declined", "cancelled", "expired", "completed"])
def test_only_a_confirmed_visit_is_joined(status: Any) -> None:
    refused = refusal(replace(VISIT, status=status), now=VISIT.starts_at)
    assert refused.code == "wrong_status"
    assert refused.facts["request"]["status"] == status


def test_a_visit_in_person_has_no_room_whatever_its_status() -> None:
    for visit in (confirmed(), pending()):
        assert refusal(visit, now=visit.starts_at).code == "not_video"


def test_that_there_is_no_room_is_said_long_before() -> None:
    assert refusal(VISIT, set_up=False, now=VISIT.submitted_at).code == "video_not_set_up"


def claims(link: str, *, secret: bytes = VIDEO_CALLS.secret, now: datetime | None = None) -> dict[str, Any]:
    """As the server of the video_calls reads a link; `now`: when it checks the times, if it does."""
    [token] = parse_qs(urlsplit(link).query)["jwt"]
    options: Any = {"verify_nbf": False, "verify_exp": False, "require": ["nbf", "exp"]}
    found = jwt.decode(token, secret, algorithms=["HS256"], audience=AUDIENCE, options=options)
    if now and not found["nbf"] <= now.timestamp() < found["exp"]:
        raise jwt.InvalidTokenError("not now")
    return dict(found)


def link(person_id: UUID = PATIENT, side: Side = "patient", request_id: UUID = VISIT.id) -> str:
    return VIDEO_CALLS.link(request_id, person_id=person_id, side=side, valid=VALID)


def test_a_link_leads_into_one_room_while_its_doors_are_open() -> None:
    made = urlsplit(link())
    told = claims(link())
    assert (made.scheme, made.netloc) == ("https", "meet.example.org")
    assert made.path == f"/{told['room']}"
    assert told["aud"] == "jitsi"
    assert told["iss"] == "healthconnect"
    assert told["sub"] == "meet.example.org"
    assert datetime.fromtimestamp(told["nbf"], UTC) == VALID.start
    assert datetime.fromtimestamp(told["exp"], UTC) == VALID.end
    assert set(told) == {"aud", "iss", "sub", "room", "nbf", "exp", "context"}


def test_both_meet_in_one_room_and_only_the_professional_keeps_order_there() -> None:
    hers, theirs = claims(link()), claims(link(PROFESSIONAL, "professional"))
    assert hers["room"] == theirs["room"]
    assert hers["context"]["user"]["moderator"] is False
    assert theirs["context"]["user"]["moderator"] is True


def test_every_visit_has_a_room_that_nobody_can_guess_without_the_secret() -> None:
    elsewhere = replace(VIDEO_CALLS, secret=b"another secret of thirty-two bytes")
    video_calls = {VIDEO_CALLS.room(VISIT.id), VIDEO_CALLS.room(UUID(int=101)), elsewhere.room(VISIT.id)}
    assert len(video_calls) == 3
    assert all(len(room) == 64 and int(room, 16) for room in video_calls)


def test_nobody_is_named_and_in_another_visit_she_is_somebody_else() -> None:
    here, there = (claims(link(request_id=UUID(int=n)))["context"]["user"] for n in (100, 101))
    assert set(here) == {"id", "moderator"}
    assert here["id"] != there["id"]
    assert str(PATIENT) not in str(claims(link()))
    assert PATIENT.hex not in str(claims(link()))


def test_a_link_that_was_signed_with_another_secret_is_refused() -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        claims(link(), secret=b"another secret of thirty-two bytes")


def test_the_server_of_the_rooms_refuses_it_before_and_after() -> None:
    assert claims(link(), now=VISIT.starts_at)
    for outside in (VALID.start - MINUTE, VALID.end):
        with pytest.raises(jwt.InvalidTokenError):
            claims(link(), now=outside)


def test_the_secret_is_read_from_its_file_without_the_line_break(tmp_path: Path) -> None:
    path = tmp_path / "video.secret"
    path.write_bytes(VIDEO_CALLS.secret + b"\n")
    settings = Settings(video_url="https://meet.example.org", video_secret_file=path)
    assert VideoCalls.from_settings(settings) == VIDEO_CALLS
    assert "secret of" not in repr(VIDEO_CALLS)


def test_a_secret_that_can_be_tried_out_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "video.secret"
    path.write_text("short")
    with pytest.raises(ValueError, match="fewer than 32 bytes"):
        VideoCalls.from_settings(Settings(video_url="https://meet.example.org", video_secret_file=path))


def test_without_a_server_there_are_no_rooms() -> None:
    assert VideoCalls.from_settings(Settings()) is None


def test_a_server_without_a_secret_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HC_VIDEO_URL", "https://meet.example.org")
    with pytest.raises(SystemExit, match="HC_VIDEO_SECRET_FILE"):
        Settings.from_environment()
