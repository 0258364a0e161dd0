"""The area of a search for what is near."""

import math
import random

import pytest

from services.accounts.domain.directory_entry import EARTH_RADIUS_KM, Box, box
from shared.contracts.accounts.values import Point

ROME, FIJI, ALERT = (41.9, 12.5), (-17.8, 179.9), (89.99, 10.0)


def inside(where: Box, latitude: float, longitude: float) -> bool:
    return where.south <= latitude <= where.north and where.west <= longitude <= where.east


def moved(start: tuple[float, float], km: float, bearing: float) -> tuple[float, float]:
    """Return the point, in degrees, at `km` in the direction `bearing` (radians)."""
    lat, lon, far = math.radians(start[0]), math.radians(start[1]), km / EARTH_RADIUS_KM
    north = math.asin(math.sin(lat) * math.cos(far) + math.cos(lat) * math.sin(far) * math.cos(bearing))
    y = math.sin(bearing) * math.sin(far) * math.cos(lat)
    east = lon + math.atan2(y, math.cos(far) - math.sin(lat) * math.sin(north))
    return math.degrees(north), (math.degrees(east) + 540) % 360 - 180


@pytest.mark.parametrize("start", [ROME, FIJI, ALERT, (-60.0, -179.99), (0.0, 0.0), (75.0, 100.0)])
@pytest.mark.parametrize("km", [0.1, 25, 500])
def test_all_that_is_near_enough_lies_in_the_box(start: tuple[float, float], km: float) -> None:
    chance = random.Random(1)
    where = box(Point(latitude=start[0], longitude=start[1]), km)
    for _ in range(500):
        there = moved(start, km * chance.random(), chance.uniform(0, math.tau))
        assert inside(where, *there)


def test_the_box_is_not_much_larger_than_it_must_be() -> None:
    where = box(Point(latitude=ROME[0], longitude=ROME[1]), 25)
    assert not inside(where, *moved(ROME, 40, 0.0))
    assert not inside(where, *moved(ROME, 40, math.pi / 2))


@pytest.mark.parametrize("start", [FIJI, ALERT])
def test_it_goes_all_the_way_round_where_longitudes_end(start: tuple[float, float]) -> None:
    where = box(Point(latitude=start[0], longitude=start[1]), 50)
    assert (where.west, where.east) == (-180, 180)
