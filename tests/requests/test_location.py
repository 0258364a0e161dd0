"""Locations of appointments."""

from dataclasses import replace
from typing import Any

import pytest

from services.requests.domain import location
from services.requests.domain.interval import time_zones
from services.requests.domain.location import Location
from shared.contracts.refusals import Refused
from shared.contracts.requests.places import AddLocation, ChangeLocation
from tests.requests.builders import CLINIC, LOCATION, PROFESSIONAL

REGIONS = {"IT": {"BZ"}, "VA": set[str]()}
FIELDS = {"location_id": LOCATION, "by": PROFESSIONAL, "role": "professional", "name": "Studio"}


def add(**changes: Any) -> Location:
    command = AddLocation.model_validate(FIELDS | {"time_zone": "Europe/Rome"} | changes)
    return location.add(command, practice_id=PROFESSIONAL, time_zones=time_zones(), regions=REGIONS)


def change(before: Location, *, version: int = 1, **changes: Any) -> Location:
    command = ChangeLocation.model_validate(FIELDS | {"version": version} | changes)
    return location.change(before, command, regions=REGIONS)


def test_a_place_belongs_to_its_practice() -> None:
    made = add(country="IT", subdivision="BZ", postal_address="Via Roma 1")
    assert (made.practice_id, made.version, made.time_zone) == (PROFESSIONAL, 1, "Europe/Rome")
    assert (made.country, made.subdivision, made.address) == ("IT", "BZ", "Via Roma 1")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "unknown_time_zone", "time_zone"),
        ({"time_zone": "localtime"}, "unknown_time_zone", "time_zone"),
        ({"time_zone": "../Rome"}, "unknown_time_zone", "time_zone"),
        ({"country": "XX"}, "unknown_region", "country"),
        ({"country": "IT", "subdivision": "XX"}, "unknown_region", "subdivision"),
        ({"country": "VA", "subdivision": "BZ"}, "unknown_region", "subdivision"),
        ({"subdivision": "BZ"}, "unknown_region", "subdivision"),
    ],
)
def test_a_place_is_where_clocks_and_holidays_are_known(
    changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        add(**changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_all_but_its_practice_and_its_time_zone_can_be_changed() -> None:
    after = change(add(), name="Office", postal_address="Via Po 2", country="IT", subdivision="BZ")
    assert after == replace(
        add(), version=2, name="Office", address="Via Po 2", country="IT", subdivision="BZ"
    )


def test_changing_it_to_the_same_again_changes_nothing() -> None:
    after = change(add(), name="Office")
    assert change(after, name="Office") == after


@pytest.mark.parametrize("version", [1, 3])
def test_a_place_that_was_changed_since_is_not_overwritten(version: int) -> None:
    after = change(add(), name="Office")
    with pytest.raises(Refused) as refusal:
        change(after, version=version, name="Surgery")
    assert (refusal.value.code, refusal.value.facts) == ("stale_version", {"version": 2})


def test_a_place_is_moved_to_no_unknown_region() -> None:
    with pytest.raises(Refused) as refusal:
        change(add(), country="XX")
    assert refusal.value.code == "unknown_region"


def test_a_repeat_is_known_until_the_place_is_changed_and_then_by_its_practice() -> None:
    assert location.is_repeat(add(), add())
    assert not location.is_repeat(add(), add(name="Office"))
    changed = change(add(), name="Office")
    assert location.is_repeat(changed, add())
    assert not location.is_repeat(changed, replace(add(), practice_id=CLINIC))
