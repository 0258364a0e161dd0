"""Offers: which are open to whom, and the starts that can be asked for."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.requests.domain import offers
from services.requests.domain.booking import SHORTEST_REVIEW, Bookable
from tests.requests.builders import LOCATION, MONDAY, offer, service
from tests.requests.steps import refuses

HORIZON = MONDAY + timedelta(days=10)
SETTINGS = {"lead_minutes": 60, "horizon_days": 10}


def test_patients_ask_after_the_lead_time_and_the_practice_from_now_on() -> None:
    open_one = offer(**SETTINGS)
    [(_, for_patients)] = offers.open_to("patient", [open_one], now=MONDAY)
    assert for_patients == Bookable(MONDAY + timedelta(hours=1) + SHORTEST_REVIEW, HORIZON)
    [(_, for_practice)] = offers.open_to("professional", [open_one], now=MONDAY)
    assert for_practice == Bookable(MONDAY, HORIZON)


def test_an_offer_that_is_off_is_closed_to_patients_alone() -> None:
    off, on = offer(booking="off"), offer()
    assert [found for found, _ in offers.open_to("patient", [off, on], now=MONDAY)] == [on]
    assert [found for found, _ in offers.open_to("professional", [off], now=MONDAY)] == [off]
    with refuses("booking_off"):
        offers.open_to("patient", [off], now=MONDAY)


def test_a_withdrawn_service_is_closed_to_the_practice_too() -> None:
    with refuses("booking_off"):
        offers.open_to("professional", [offer(offered=service(offered=False))], now=MONDAY)


def test_nothing_is_refused_where_nothing_is_offered() -> None:
    assert offers.open_to("patient", [], now=MONDAY) == []
    offers.refuse_beyond([], MONDAY.date())


def test_a_location_without_hours_is_unknown() -> None:
    [there] = offers.at_location([offer()], LOCATION)
    assert list(there.tables) == list(offer().tables)
    assert offers.at_location([replace(offer(), tables=[])], None) == []
    with refuses("unknown_location"):
        offers.at_location([offer()], UUID(int=21))


@pytest.mark.parametrize("seen", [True, False])
def test_a_service_may_be_for_patients_who_were_seen_before(seen: bool) -> None:
    known_only = offer(offered=service(new_patients=False))
    assert offers.admit_new_patients([offer()])
    assert not offers.admit_new_patients([offer(), known_only])
    if seen:
        offers.refuse_new_patient(seen=True)
    else:
        with refuses("existing_patients_only"):
            offers.refuse_new_patient(seen=False)


def test_days_beyond_every_horizon_are_not_known() -> None:
    offered = offers.open_to("patient", [offer(**SETTINGS)], now=MONDAY)
    offers.refuse_beyond(offered, HORIZON.date())
    with refuses("too_far_ahead"):
        offers.refuse_beyond(offered, HORIZON.date() + timedelta(days=1))
