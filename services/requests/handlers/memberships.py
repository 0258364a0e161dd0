"""Memberships of clinics, as accounts published them: they decide who acts for a practice."""

from datetime import datetime

from services.requests import store
from services.requests.domain import service
from services.requests.operations import writing
from services.requests.tools import Tools
from shared.bus import listens
from shared.contracts.accounts.clinics import MembershipChanged
from shared.db import Unit


@listens(MembershipChanged)
def record(unit: Unit, event: MembershipChanged, *, tools: Tools, now: datetime) -> None:
    """Record a membership. A professional who leaves a clinic has no hours there; the requests are unstaffed.

    The exclusive lock waits for transactions that write for them, so that those requests are among them.
    """
    with unit() as work:
        if not work.first_sight(event, "learn") or not store.memberships.put(work, event):
            return
        if event.role == "professional" and event.state == "ended":
            work.lock_exclusive(event.person_id)
            store.hours.remove_at_practice(work, event.person_id, event.clinic_id)
            for each in store.services.of_practice(work, event.person_id, event.clinic_id):
                ended, events = service.end(each, now=now)
                if ended != each:
                    store.services.save(work, ended)
                work.publish(*events)
            writing.leave_practice(work, event.person_id, event.clinic_id, tools=tools, now=now)
