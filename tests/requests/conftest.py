"""A practice on a real database."""

from collections.abc import Callable

import pytest

from services.requests.handlers import locations, schedules, services
from shared.db import Unit
from tests.requests.builders import CLINIC, MONDAY, PROFESSIONAL, RECEPTIONIST
from tests.requests.steps import first_visit, member, mondays, place


@pytest.fixture
def practice(unit: Callable[[str], Unit]) -> Unit:
    """The database of requests, with a professional who can be seen every Monday in their own practice."""
    requests = unit("requests")
    locations.add(requests, place())
    schedules.publish_hours(requests, mondays(), now=MONDAY)
    services.add(requests, first_visit(), now=MONDAY)
    return requests


@pytest.fixture
def clinic(unit: Callable[[str], Unit]) -> Unit:
    """The same, with the place a clinic's, which has a receptionist."""
    requests = unit("requests")
    member(requests, RECEPTIONIST, "staff")
    member(requests, PROFESSIONAL, "professional")
    locations.add(requests, place(clinic_id=CLINIC, by=RECEPTIONIST, role="clinic"))
    schedules.publish_hours(requests, mondays(), now=MONDAY)
    services.add(requests, first_visit(), now=MONDAY)
    return requests
