"""The services of a professional."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.requests.domain import service
from services.requests.domain.interval import Interval
from services.requests.domain.service import Service
from shared.contracts.base import Event
from shared.contracts.refusals import Refused
from shared.contracts.requests.services import AddService, ChangeService, ServiceOffered, ServiceSettings
from tests.requests import builders
from tests.requests.builders import EUR, LOCATION, MONDAY, PROFESSIONAL, RECEPTIONIST, STRANGER

ID = UUID(int=10)


def settings(**changes: Any) -> ServiceSettings:
    return ServiceSettings(**({"name": "First visit", "minutes": 30} | changes))


def add(**changes: Any) -> Service:
    fields = {
        "service_id": ID,
        "professional_id": PROFESSIONAL,
        "by": PROFESSIONAL,
        "role": "professional",
        "settings": settings(),
    }
    return service.add(AddService(**(fields | changes)), now=MONDAY)[0]


def change(before: Service, *, version: int = 1, **changes: Any) -> tuple[Service, list[Event]]:
    command = ChangeService(
        service_id=ID,
        professional_id=PROFESSIONAL,
        by=PROFESSIONAL,
        role="professional",
        version=version,
        settings=settings(**changes),
    )
    return service.change(before, command, now=MONDAY)


def test_a_new_service_is_announced() -> None:
    command = AddService(
        service_id=ID, professional_id=PROFESSIONAL, by=PROFESSIONAL, role="professional", settings=settings()
    )
    made, [fact] = service.add(command, now=MONDAY)
    assert made.version == 1
    assert isinstance(fact, ServiceOffered)
    assert (fact.service_id, fact.professional_id, fact.offered) == (ID, PROFESSIONAL, True)


def test_the_desk_may_repeat_what_the_professional_sent() -> None:
    assert add(by=RECEPTIONIST, role="clinic") == add()


def test_only_whether_a_service_is_offered_is_announced_again() -> None:
    renamed, nothing = change(add(), name="Second visit")
    assert (renamed.name, renamed.version, nothing) == ("Second visit", 2, [])
    gone, [fact] = change(renamed, version=2, offered=False)
    assert isinstance(fact, ServiceOffered)
    assert (gone.offered, fact.offered, fact.version) == (False, False, 3)


def test_changing_it_to_the_same_again_changes_nothing() -> None:
    after, _ = change(add(), offered=False)
    assert change(after, offered=False) == (after, [])


@pytest.mark.parametrize("version", [1, 3])
def test_a_service_that_was_changed_since_is_not_overwritten(version: int) -> None:
    after, _ = change(add(), price=EUR)
    with pytest.raises(Refused) as refusal:
        change(after, version=version, minutes=45)
    assert (refusal.value.code, refusal.value.facts) == ("stale_version", {"version": 2})


def test_a_repeat_is_known_until_the_service_is_changed_and_then_by_its_professional() -> None:
    assert service.is_repeat(add(), add())
    assert not service.is_repeat(add(), add(settings=settings(minutes=45)))
    changed, _ = change(add(), minutes=45)
    assert service.is_repeat(changed, add())
    assert not service.is_repeat(changed, add(professional_id=STRANGER))


def test_a_visit_is_held_with_the_buffers_around_it() -> None:
    buffered = builders.service(30, buffer_before=10, buffer_after=15)
    visit = buffered.interval(MONDAY)
    assert visit == Interval(MONDAY, MONDAY + timedelta(minutes=30))
    assert buffered.held(visit) == Interval(MONDAY - timedelta(minutes=10), MONDAY + timedelta(minutes=45))


def test_a_service_is_offered_everywhere_unless_it_has_its_own_place() -> None:
    elsewhere = UUID(int=21)
    assert builders.service().is_offered_at(elsewhere)
    here = builders.service(location_id=LOCATION)
    assert (here.is_offered_at(LOCATION), here.is_offered_at(elsewhere)) == (True, False)
