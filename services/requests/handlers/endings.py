"""Moves that nobody asked for: what is written when time passes, or when somebody leaves."""

from datetime import datetime

from services.requests import store
from services.requests.operations.writing import _wake
from services.requests.tools import Tools
from shared.bus import every
from shared.db import Unit

_AT_ONCE = 100


@every(1)
def wake(unit: Unit, *, tools: Tools, now: datetime) -> int:
    """Do what is due by itself; for how many requests. Safe with several processes, however late."""
    with unit() as work:
        late = store.requests.due(work, tools.master, now=now, limit=_AT_ONCE)
        for each in late:
            _wake(work, each, tools=tools, now=now)
    return len(late)
