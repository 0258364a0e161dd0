"""A practice on a real database."""

from collections.abc import Callable

import pytest

from services.requests.handlers import hours
from shared.db import Unit
from tests.requests.builders import MONDAY
from tests.requests.steps import first_visit, mondays


@pytest.fixture
def practice(unit: Callable[[str], Unit]) -> Unit:
    """The database of requests, with a professional who can be seen every Monday."""
    requests = unit("requests")
    hours.publish_hours(requests, mondays())
    hours.add_service(requests, first_visit(), now=MONDAY)
    return requests
