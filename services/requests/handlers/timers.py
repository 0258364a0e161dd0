"""Timers of requests: each expires or completes once it is due (`domain.ending.act_of_time`)."""

from datetime import datetime

from services.requests import store
from services.requests.operations import writing
from services.requests.tools import Tools
from shared.bus import every
from shared.db import Unit

_AT_ONCE = 100


@every(1)
def act_on_due(unit: Unit, *, tools: Tools, now: datetime) -> int:
    """Act on the due requests, and return their number. Safe with several processes, however late."""
    with unit() as work:
        late = store.requests.due(work, tools.master, now=now, limit=_AT_ONCE)
        for each in late:
            writing.act_when_due(work, each, tools=tools, now=now)
    return len(late)
