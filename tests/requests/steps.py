"""Steps of people with requests, on a real database."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.requests.domain.limits import Bounds, Limits
from services.requests.encryption.envelope import KeyFile
from services.requests.handlers import (
    decisions,
    locations,
    memberships,
    moves,
    reading,
    schedules,
    slots,
    submissions,
    timers,
)
from services.requests.tools import Tools
from shared.contracts.accounts.clinics import MembershipChanged
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import (
    BookingOptions,
    BookingSettingsView,
    OpeningHours,
    PublishHours,
    SetBookingSettings,
)
from shared.contracts.requests.places import AddLocation
from shared.contracts.requests.proposals import ProposeTime
from shared.contracts.requests.requests import (
    ConfirmRequest,
    GetRequest,
    ListRequests,
    RequestsPage,
    RequestView,
    RescheduleRequest,
)
from shared.contracts.requests.services import AddService, ServiceSettings
from shared.contracts.requests.slots import FindSlots
from shared.contracts.requests.values import ActingRole
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION, MONDAY, PROFESSIONAL, command

NEXT_MONDAY = MONDAY + timedelta(days=7)
_FOLDER = tempfile.TemporaryDirectory(prefix="healthconnect-keys-")
_MANY = Limits(open=9999, with_one=9999, a_day=9999)
TOOLS = Tools(
    KeyFile(Path(_FOLDER.name) / "words.key"), bounds=Bounds(known=_MANY, fresh=_MANY, waits=(timedelta(0),))
)
"""With limits that no test meets by accident."""


def at(minutes: int) -> datetime:
    """Return the instant so many minutes after the first opening."""
    return NEXT_MONDAY + timedelta(minutes=minutes)


def opening(weekday: str = "monday", opens: str = "09:00", closes: str = "12:00") -> OpeningHours:
    return OpeningHours.model_validate({"weekday": weekday, "opens": opens, "closes": closes})


def place(**changes: Any) -> AddLocation:
    """The professional's own practice in Rome."""
    fields = {
        "location_id": LOCATION,
        "by": PROFESSIONAL,
        "role": "professional",
        "name": "Studio",
        "time_zone": "Europe/Rome",
    }
    return AddLocation(**(fields | changes))


def mondays(**changes: Any) -> PublishHours:
    """Every Monday morning."""
    fields = {
        "professional_id": PROFESSIONAL,
        "location_id": LOCATION,
        "by": changes.get("professional_id", PROFESSIONAL),
        "role": "professional",
        "version": 0,
        "weekly": [opening()],
    }
    return PublishHours(**(fields | changes))


def first_visit(**changes: Any) -> AddService:
    """`changes` of the service's settings are taken as such."""
    settings = {"name": "First visit", "minutes": 30}
    settings |= {key: changes.pop(key) for key in list(changes) if key in ServiceSettings.model_fields}
    fields = {
        "service_id": UUID(int=10),
        "professional_id": PROFESSIONAL,
        "by": changes.get("professional_id", PROFESSIONAL),
        "role": "professional",
        "kind": "first_visit",
        "settings": ServiceSettings(**settings),
    }
    return AddService(**(fields | changes))


def submit(practice: Unit, *, now: Any = MONDAY, **changes: Any) -> RequestView:
    return submissions.submit(practice, command(**changes), tools=TOOLS, access_id=uuid4(), now=now)


def look(practice: Unit, request_id: UUID, *, by: UUID, role: ActingRole) -> RequestView:
    wanted = GetRequest(request_id=request_id, by=by, role=role)
    return reading.get(practice, wanted, tools=TOOLS, access_id=uuid4(), now=MONDAY)


def page(practice: Unit, wanted: ListRequests, *, now: Any = MONDAY) -> RequestsPage:
    return reading.list_requests(practice, wanted, tools=TOOLS, access_id=uuid4(), now=now)


def member(
    practice: Unit, person_id: UUID, role: str, *, now: datetime = MONDAY, **changes: Any
) -> MembershipChanged:
    """Record a membership of the receptionist in the clinic 50, or in another one."""
    fields = {
        "occurred_at": MONDAY,
        "version": 1,
        "clinic_id": CLINIC,
        "person_id": person_id,
        "role": role,
        "state": "active",
    } | changes
    fields.setdefault("membership_id", UUID(int=person_id.int << 64 | fields["clinic_id"].int))
    told = MembershipChanged.model_validate(fields)
    memberships.record(practice, told, tools=TOOLS, now=now)
    return told


def outbox(practice: Unit, topic: str = "") -> list[dict[str, Any]]:
    """Bodies of the events announced so far, of one topic or of all, oldest first."""
    with practice() as work:
        table = work.tables["outbox"]
        query = sa.select(table.c.body).order_by(table.c.position)
        return list(work.conn.scalars(query.where(table.c.topic == topic) if topic else query))


def published(practice: Unit, about: str = "request_") -> list[str]:
    """Topics in the outbox whose names begin so, oldest first: of moves of requests unless told."""
    with practice() as work:
        table = work.tables["outbox"]
        topics = work.conn.scalars(sa.select(table.c.topic).order_by(table.c.position))
        return [topic for topic in topics if topic.startswith(f"requests.{about}")]


def decide(practice: Unit, command: decisions.Decision, *, now: Any = MONDAY) -> RequestView:
    return decisions.decide(practice, command, tools=TOOLS, access_id=uuid4(), now=now)


def move(practice: Unit, command: RescheduleRequest | ProposeTime, *, now: Any = MONDAY) -> RequestView:
    return moves.move(practice, command, tools=TOOLS, access_id=uuid4(), now=now)


def act(practice: Unit, kind: Any, view: RequestView, *, now: Any = MONDAY, **fields: Any) -> RequestView:
    """On the version that `view` shows, by the professional unless told."""
    known = {"request_id": view.request_id, "version": view.version, "by": PROFESSIONAL}
    command = kind(**(known | {"role": "professional"} | fields))
    return (move if kind in (RescheduleRequest, ProposeTime) else decide)(practice, command, now=now)


def as_patient(
    practice: Unit, kind: Any, view: RequestView, *, now: Any = MONDAY, **fields: Any
) -> RequestView:
    return act(practice, kind, view, now=now, **({"by": view.patient_id, "role": "patient"} | fields))


def confirmed(practice: Unit, *, now: Any = MONDAY, **changes: Any) -> RequestView:
    view = submit(practice, now=now, **({"request_id": uuid4()} | changes))
    return act(practice, ConfirmRequest, view, by=view.professional_id, now=now)


def settle(practice: Unit, professional_id: UUID, *, zone: str = "Europe/Rome", **changes: Any) -> UUID:
    """Give a professional a location of their own, with hours there; return its id."""
    own = UUID(int=professional_id.int << 32)
    locations.add(practice, place(location_id=own, by=professional_id, time_zone=zone))
    schedules.publish_hours(
        practice, mondays(professional_id=professional_id, location_id=own, **changes), now=MONDAY
    )
    return own


def set_booking_settings(practice: Unit, *, now: Any = MONDAY, **changes: Any) -> BookingSettingsView:
    """`changes` of the calendar's settings are taken as such."""
    known = BookingOptions.model_fields
    settings = {key: changes.pop(key) for key in list(changes) if key in known}
    fields = {"professional_id": PROFESSIONAL, "by": PROFESSIONAL, "role": "professional", "version": 0}
    command = SetBookingSettings(**(fields | changes), settings=BookingOptions(**settings))
    return schedules.set_booking_settings(practice, command, now=now)


def free(practice: Unit, *, now: Any = MONDAY, **changes: Any) -> list[datetime]:
    """The starts of free slots, on next Monday unless told."""
    fields = {
        "professional_id": PROFESSIONAL,
        "service_id": UUID(int=10),
        "from_date": NEXT_MONDAY.date(),
        "days": 1,
    }
    return [slot.starts_at for slot in slots.find(practice, FindSlots(**(fields | changes)), now=now).slots]


def wake(practice: Unit, *, now: datetime) -> int:
    return timers.act_on_due(practice, tools=TOOLS, now=now)


def rows(practice: Unit, table: sa.Table) -> list[dict[str, Any]]:
    with practice() as work:
        found = work.conn.execute(sa.select(table).order_by(*table.primary_key))
        return [dict(row._mapping) for row in found]


def everything(practice: Unit) -> dict[str, list[str]]:
    """All rows of all tables, as text."""
    with practice() as work:
        return {
            name: list(work.conn.scalars(sa.text(f'select t::text from "{name}" t order by 1')))
            for name in sa.inspect(work.conn).get_table_names()
        }


@contextmanager
def refuses(code: str) -> Iterator[pytest.ExceptionInfo[Refused]]:
    with pytest.raises(Refused) as refusal:
        yield refusal
    assert refusal.value.code == code


def all_done(tasks: Sequence[Callable[[], Any]]) -> list[str | None]:
    """Run them at once; the code of each refusal, anything else that is raised is raised here."""

    def code(task: Future[Any]) -> str | None:
        try:
            task.result(timeout=20)
        except Refused as refusal:
            return refusal.code
        return None

    with ThreadPoolExecutor(16) as pool:
        return [code(each) for each in [pool.submit(task) for task in tasks]]
