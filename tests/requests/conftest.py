"""A practice on a real database."""

from collections.abc import Callable

import pytest

from services.requests.handlers import hours, places, services
from shared.db import Unit
from tests.requests.builders import MONDAY
from tests.requests.steps import first_visit, mondays, place


@pytest.fixture
def practice(unit: Callable[[str], Unit]) -> Unit:
    """The database of requests, with a professional who can be seen every Monday."""
    requests = unit("requests")
    places.add(requests, place())
    hours.publish(requests, mondays(), now=MONDAY)
    services.add(requests, first_visit(), now=MONDAY)
    return requests
