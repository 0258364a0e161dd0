"""A practice and its requests as they should be, in plain dictionaries: no rule is taken from the service.

What is asked of the model answers with the codes that would be fair refusals: none, and it was done.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from shared.contracts.base import Money
from shared.contracts.requests.policies import LateChangeRule, PolicySettings

Record = dict[str, Any]
Week = tuple[tuple[int, time, time], ...]
"""The day of the week from Monday 0 on, with opening and closing times."""

ROME = ZoneInfo("Europe/Rome")
START = datetime(2027, 3, 22, 8, 0, tzinfo=UTC)
"""The Monday before the clocks change in Rome."""
ANNA, BRUNO, CARLA, DARIO, DESK, NOBODY = (UUID(int=n) for n in (1, 5, 2, 3, 4, 6))
PROFESSIONALS, PATIENTS = (ANNA, BRUNO), (CARLA, DARIO)
REVIEW, PROPOSED, SHORTEST = timedelta(hours=72), timedelta(hours=48), timedelta(minutes=30)
BY_ITSELF, UNDO, SECOND_THOUGHTS = timedelta(hours=24), timedelta(minutes=10), timedelta(minutes=2)
A_YEAR = 8760

SHORT, LONG, BRIEF = (UUID(int=n) for n in (10, 11, 12))
SERVICES = {SHORT: (ANNA, 30, 0, 0), LONG: (ANNA, 45, 10, 15), BRIEF: (BRUNO, 30, 0, 10)}
"""The professional; the minutes of a service, and those before and after it."""
MORNINGS: Week = tuple((day, time(9), time(11)) for day in range(7))
WEEKS: tuple[Week, ...] = (
    MORNINGS,
    tuple((day, time(10), time(12)) for day in range(0, 7, 2)),
    tuple(
        (day, opens, closes)
        for day in range(7)
        for opens, closes in ((time(8), time(9)), (time(10), time(11)))
    ),
    (),
)
WHATEVER = Money(amount_minor=0, currency="XXX")
"""Accepted by who only wants to know what it would cost."""
LATE, LATER = (Money(amount_minor=minor, currency="EUR") for minor in (2500, 700))
POLICIES = (
    PolicySettings(),
    PolicySettings(reschedule="off", cancel=LateChangeRule(hours=48, then="forbid")),
    PolicySettings(
        reschedule="instant",
        cancel=LateChangeRule(hours=24, then="fee", fee=LATE),
        reschedule_window=LateChangeRule(hours=48, then="fee", fee=LATER),
    ),
    PolicySettings(
        reschedule="request",
        cancel=LateChangeRule(hours=0),
        reschedule_window=LateChangeRule(hours=72, then="fee", fee=LATER),
    ),
    PolicySettings(reschedule="instant", reschedule_window=LateChangeRule(hours=12, then="forbid")),
)


@cache
def starts(week: Week, minutes: int, day: date) -> tuple[datetime, ...]:
    """Every time a visit can start on a local date, taken or not."""
    found = []
    for weekday, opens, closes in week:
        at = datetime.combine(day, opens, ROME)
        while weekday == day.weekday() and at + timedelta(minutes=minutes) <= datetime.combine(
            day, closes, ROME
        ):
            found.append(at.astimezone(UTC))
            at += timedelta(minutes=minutes)
    return tuple(found)


def local(at: datetime) -> date:
    return at.astimezone(ROME).date()


def held(service: UUID, start: datetime) -> tuple[datetime, datetime]:
    _, minutes, before, after = SERVICES[service]
    return start - timedelta(minutes=before), start + timedelta(minutes=minutes + after)


def meet(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def holds(record: Record) -> dict[UUID, tuple[datetime, datetime, datetime]]:
    """Hold → from, to, and when its visit starts."""
    found = {}
    if record["status"] in ("pending", "confirmed", "completed"):
        found[record["id"]] = (*held(record["service"], record["start"]), record["start"])
    proposal = record["proposal"]
    if proposal and proposal["state"] == "open":
        found[proposal["id"]] = (*held(record["service"], proposal["start"]), proposal["start"])
    return found


class Model:
    def __init__(self) -> None:
        self.now = START
        self.calendars: dict[UUID, Record] = {
            each: {"version": 0, "booking": "request", "lead": 120, "horizon": 180, "most": None}
            for each in PROFESSIONALS
        }
        self.weeks: dict[UUID, Week] = dict.fromkeys(PROFESSIONALS, MORNINGS)
        self.hours_version = dict.fromkeys(PROFESSIONALS, 1)
        self.policy, self.policy_version = PolicySettings(), 0
        self.requests: dict[UUID, Record] = {}
        self.told: list[tuple[str, UUID, int, str]] = []
        """The published events: the kind, the request, its version, and the side that moved it."""

    def attempt(self, what: Callable[..., set[str]], *args: Any, **more: Any) -> set[str]:
        """Do it whole or not at all."""
        before, told = dict(self.requests), len(self.told)
        refusals = what(*args, **more)
        if refusals:
            self.requests = before
            del self.told[told:]
        return refusals

    # times

    def grid(self, service: UUID, days: int = 16) -> Iterator[datetime]:
        professional, minutes, *_ = SERVICES[service]
        for number in range(days):
            yield from starts(self.weeks[professional], minutes, local(self.now) + timedelta(days=number))

    def earliest(self, professional: UUID, side: str) -> datetime:
        calendar = self.calendars[professional]
        if side == "professional":
            return self.now
        review = SHORTEST if calendar["booking"] == "request" else timedelta(0)
        return self.now + timedelta(minutes=calendar["lead"]) + review

    def latest(self, professional: UUID) -> datetime:
        return self.now + timedelta(days=self.calendars[professional]["horizon"])

    def free(self, service: UUID) -> list[datetime]:
        professional = SERVICES[service][0]
        earliest, taken = self.earliest(professional, "patient"), self.taken(professional)
        return sorted(
            at
            for at in self.grid(service)
            if earliest <= at <= self.latest(professional)
            and not any(meet(held(service, at), (each[0], each[1])) for each in taken)
            and not self.is_full(professional, at)
        )

    def taken(self, professional: UUID, but: UUID | None = None) -> list[tuple[datetime, datetime, datetime]]:
        hers = (each for each in self.requests.values() if each["professional"] == professional)
        return [hold for each in hers if each["id"] != but for hold in holds(each).values()]

    def is_full(self, professional: UUID, at: datetime, but: UUID | None = None) -> bool:
        most = self.calendars[professional]["most"]
        same_day = sum(local(each[2]) == local(at) for each in self.taken(professional, but))
        return most is not None and same_day >= most

    def not_then(self, service: UUID, at: datetime, side: str) -> set[str]:
        professional, minutes, *_ = SERVICES[service]
        refusals = set()
        if at <= self.now:
            refusals.add("in_the_past")
        if at < self.earliest(professional, side):
            refusals.add("too_soon")
        if at > self.latest(professional):
            refusals.add("too_far_ahead")
        if at not in starts(self.weeks[professional], minutes, local(at)):
            refusals |= {"outside_hours", "not_a_slot"}
        return refusals

    def take(self, record: Record, at: datetime) -> set[str]:
        """Time that is overdue is given away, whether or not a timer has run."""
        professional, me = record["professional"], record["id"]
        if self.is_full(professional, at, me):
            self._free_what_is_due(me, lambda hold: local(at) == local(hold[0]), professional)
            if self.is_full(professional, at, me):
                return {"day_full"}
        wanted = [(hold[0], hold[1]) for hold in holds(record).values()]

        def is_in_the_way(hold: tuple[datetime, datetime, datetime]) -> bool:
            return any(meet((hold[0], hold[1]), each) for each in wanted)

        if any(map(is_in_the_way, self.taken(professional, me))):
            self._free_what_is_due(me, is_in_the_way, professional)
            if any(map(is_in_the_way, self.taken(professional, me))):
                return {"slot_taken"}
        self.requests[me] = record
        return set()

    def _free_what_is_due(self, me: UUID, those: Callable[[Any], bool], professional: UUID) -> None:
        for each in list(self.requests.values()):
            if (
                each["id"] != me
                and each["professional"] == professional
                and any(map(those, holds(each).values()))
            ):
                self.wake_one(each["id"])

    # what time does

    def wake(self) -> set[str]:
        for each in list(self.requests):
            self.wake_one(each)
        return set()

    def wake_one(self, request_id: UUID) -> None:
        found = self.requests[request_id]
        if self.is_overdue(found):
            self._end(found, "expired", "request_expired", "system")
            return
        if (proposal := self.open_proposal(found)) and proposal["expires_at"] <= self.now:
            self._close(found, "expired", "system")
        found = self.requests[request_id]
        said = found["reopened_at"] or self.end_of(found)
        if found["status"] == "confirmed" and max(said, self.end_of(found)) + BY_ITSELF <= self.now:
            self._end(found, "completed", "request_completed", "system", outcome="attended")

    def is_overdue(self, record: Record) -> bool:
        return bool(record["status"] == "pending" and record["expires_at"] <= self.now)

    def open_proposal(self, record: Record) -> Record | None:
        proposal: Record | None = record["proposal"]
        return proposal if proposal and proposal["state"] == "open" else None

    def end_of(self, record: Record) -> datetime:
        end: datetime = record["start"] + timedelta(minutes=SERVICES[record["service"]][1])
        return end

    # what people do

    def submit(
        self, request_id: UUID, service: UUID, patient: UUID, side: str, at: datetime, details: str
    ) -> set[str]:
        if known := self.requests.get(request_id):
            body = (service, patient, at, details)
            same = (known["service"], known["patient"], known["first_start"], known["details"]) == body
            return set() if same else {"idempotency_key_reused"}
        professional = SERVICES[service][0]
        calendar = self.calendars[professional]
        refusals = self.not_then(service, at, side)
        if side == "patient" and calendar["booking"] == "off":
            refusals.add("booking_off")
        known = {each["patient"] for each in self.requests.values()}
        if side == "professional" and patient not in known:  # by the desk, to whom all of the clinic came
            refusals.add("not_yours")
        if refusals:
            return refusals
        new: Record = {
            "id": request_id,
            "version": 1,
            "status": "pending",
            "outcome": None,
            "patient": patient,
            "professional": professional,
            "service": service,
            "start": at,
            "first_start": at,
            "details": details,
            "submitted_at": self.now,
            "expires_at": min(self.now + REVIEW, at - timedelta(minutes=calendar["lead"])),
            "confirmed": None,
            "ended_at": None,
            "terms": None,
            "fee": None,
            "proposal": None,
            "reopened_at": None,
            "moves": [],
            "follow_ups": {},
        }
        if refusals := self.take(new, at):
            return refusals
        self._tell("request_submitted", new, side)
        if side == "professional" or calendar["booking"] == "instant":
            self._promise(new, side)
            self._tell("request_confirmed", new, side)
        return set()

    def confirm(self, request_id: UUID, side: str, version: int) -> set[str]:
        found = self.requests[request_id]
        if side == "professional" and self._follows(found, version) and found["status"] == "confirmed":
            return set()
        if refusals := self._not_now(found, side, version, {"professional"}, {"pending"}):
            return refusals
        after = self._save(found, status="confirmed")
        self._promise(after, side)
        self._withdraw(request_id)
        self._tell("request_confirmed", after, side)
        return set()

    def decline(self, request_id: UUID, side: str, version: int) -> set[str]:
        found = self.requests[request_id]
        if side == "professional" and self._follows(found, version) and found["status"] == "declined":
            return set()
        if refusals := self._not_now(found, side, version, {"professional"}, {"pending"}):
            return refusals
        self._end(found, "declined", "request_declined", side)
        return set()

    def cancel(self, request_id: UUID, side: str, version: int, accepted: Money | None) -> set[str]:
        found = self.requests[request_id]
        if self._follows(found, version) and found["status"] == "cancelled":
            return set()
        if side == "patient" and self._had_second_thoughts(found, version):
            self._end(found, "cancelled", "request_cancelled", side)
            return set()
        refusals = self._not_now(found, side, version, {"patient", "professional"}, {"pending", "confirmed"})
        if found["status"] == "confirmed" and self.now >= found["start"]:
            refusals.add("too_late")
        fee, more = self._late(found, side, "cancel", accepted)
        refusals |= more
        if refusals:
            return refusals
        self._end(found, "cancelled", "request_cancelled", side, fee=owed(found["fee"], fee))
        return set()

    def complete(self, request_id: UUID, side: str, version: int, outcome: str) -> set[str]:
        found = self.requests[request_id]
        is_so = (found["status"], found["outcome"]) == ("completed", outcome)
        if side == "professional" and self._follows(found, version) and is_so:
            return set()
        refusals = self._not_now(found, side, version, {"professional"}, {"confirmed"})
        if self.now < found["start"]:
            refusals.add("too_early")
        if not refusals:
            self._end(found, "completed", "request_completed", side, outcome=outcome)
        return refusals

    def undo(self, request_id: UUID, side: str, version: int) -> set[str]:
        found = self.requests[request_id]
        if side == "professional" and self._follows(found, version) and found["status"] == "confirmed":
            return set()
        refusals = self._not_now(found, side, version, {"professional"}, {"completed"})
        if found["ended_at"] and self.now > found["ended_at"] + UNDO:
            refusals.add("too_late")
        if not refusals:
            after = self._save(found, status="confirmed", outcome=None, ended_at=None, reopened_at=self.now)
            self._tell("completion_undone", after, side)
        return refusals

    def ask(self, request_id: UUID, side: str, version: int, follow_up: UUID) -> set[str]:
        found = self.requests[request_id]
        if side == "professional" and follow_up in found["follow_ups"]:
            return set()
        refusals = self._not_now(found, side, version, {"professional"}, {"pending", "confirmed"})
        if self.now >= self.end_of(found):
            refusals.add("too_late")
        if len(found["follow_ups"]) >= 10:
            refusals.add("too_many_follow_ups")
        if not refusals:
            after = self._save(found, follow_ups={**found["follow_ups"], follow_up: None})
            self._tell("follow_up_asked", after, side)
        return refusals

    def reply(self, request_id: UUID, side: str, version: int, follow_up: UUID, words: str) -> set[str]:
        found = self.requests[request_id]
        if side == "patient" and found["follow_ups"].get(follow_up) == words:
            return set()
        refusals = self._not_now(found, side, version, {"patient"}, {"pending", "confirmed"})
        if follow_up not in found["follow_ups"]:
            refusals.add("unknown_follow_up")
        elif found["follow_ups"][follow_up] is not None:
            refusals.add("already_answered")
        if not refusals:
            after = self._save(found, follow_ups={**found["follow_ups"], follow_up: words})
            self._tell("follow_up_answered", after, side)
        return refusals

    def reschedule(
        self, request_id: UUID, side: str, version: int, at: datetime, accepted: Money | None
    ) -> set[str]:
        found = self.requests[request_id]
        if self._is_there(found, side, version, at):
            return set()
        refusals = self._not_now(found, side, version, {"patient", "professional"}, {"pending", "confirmed"})
        if side == "professional" and found["status"] == "pending":
            refusals.add("wrong_status")
        if self.now >= found["start"]:
            refusals.add("too_late")
        refusals |= self._not_proposed(found) | self.not_then(found["service"], at, side)
        if at == found["start"]:
            refusals.add("same_time")
        by_terms = side == "patient" and found["status"] == "confirmed"
        if by_terms and found["terms"].reschedule == "off":
            refusals.add("reschedule_off")
        fee, more = self._late(found, side, "reschedule", accepted)
        refusals |= more
        if refusals:
            return refusals
        free_and_late = by_terms and fee is None and self._is_late(found, found["terms"].cancel)
        if by_terms and found["terms"].reschedule == "request":
            return self._propose(found, side, at, fee, late=free_and_late)
        if side == "patient":
            lately = [each for each in found["moves"] if each > self.now - timedelta(days=1)]
            if len(found["moves"]) >= 10 or len(lately) >= 5:
                return {"too_many"}
            found = {**found, "moves": [*found["moves"], self.now]}
        return self._move(found, side, at, fee, late=free_and_late)

    def propose(self, request_id: UUID, side: str, version: int, at: datetime) -> set[str]:
        found = self.requests[request_id]
        if self._is_there(found, side, version, at):
            return set()
        refusals = self._not_now(found, side, version, {"professional"}, {"pending", "confirmed"})
        if self.now >= found["start"] - self._lead(found):
            refusals.add("too_late")
        refusals |= self._not_proposed(found) | self.not_then(found["service"], at, side)
        if at == found["start"]:
            refusals.add("same_time")
        return refusals or self._propose(found, side, at, None)

    def answer(self, request_id: UUID, side: str, version: int, verb: str) -> set[str]:
        found = self.requests[request_id]
        proposal = found["proposal"]
        if (proposal["by"] == side) != (verb == "withdraw"):
            return {"not_allowed"}
        state = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}[verb]
        if self._follows(found, version) and proposal["state"] == state:
            return set()
        refusals = self._not_now(found, side, version, {side}, {"pending", "confirmed"})
        if proposal["state"] != "open" or proposal["expires_at"] <= self.now:
            refusals.add("proposal_closed")
        if refusals:
            return refusals
        if verb != "accept":
            self._close(found, state, side)
            return set()
        taken = {**found, "proposal": {**proposal, "state": "accepted"}}
        self._move(taken, side, proposal["start"], proposal["fee"], late=proposal["late"])
        if found["status"] == "pending":
            self._promise(self.requests[request_id], side)
            self._tell("request_confirmed", self.requests[request_id], side)
        return set()

    # what they have in common

    def _not_now(self, found: Record, side: str, version: int, who: set[str], statuses: set[str]) -> set[str]:
        refusals = set()
        if side not in who:
            refusals.add("not_allowed")
        if found["version"] != version:
            refusals.add("stale_version")
        if self.is_overdue(found):
            refusals.add("request_expired")
        if found["status"] not in statuses:
            refusals.add("wrong_status")
        return refusals

    def _late(
        self, found: Record, side: str, what: str, accepted: Money | None
    ) -> tuple[Money | None, set[str]]:
        """Return the fee now, by the terms of a confirmed request, and the refusal, if any."""
        if side != "patient" or found["status"] != "confirmed":
            return None, set()
        window = found["terms"].cancel if what == "cancel" else found["terms"].reschedule_window
        if not self._is_late(found, window):
            return None, set()
        if window.then != "fee":
            return None, {f"{what}_forbidden" if window.then == "forbid" else f"call_to_{what}"}
        return window.fee, set() if accepted in (window.fee, WHATEVER) else {"fee_not_accepted"}

    def _is_late(self, found: Record, window: LateChangeRule) -> bool:
        return self.now > found["start"] - timedelta(hours=window.hours)

    def _had_second_thoughts(self, found: Record, version: int) -> bool:
        if found["status"] != "confirmed":
            return False
        at, confirmed_version, side = found["confirmed"]
        just_now = self.now < at + SECOND_THOUGHTS and self.now < found["start"]
        seen_pending = side == "professional" and found["version"] == confirmed_version == version + 1
        return bool(seen_pending and just_now)

    def _not_proposed(self, found: Record) -> set[str]:
        waiting = self.open_proposal(found)
        return {"proposal_open"} if waiting and waiting["expires_at"] > self.now else set()

    def _is_there(self, found: Record, side: str, version: int, at: datetime) -> bool:
        proposal = self.open_proposal(found)
        if proposal and proposal["by"] != side:
            return False
        return self._follows(found, version) and at == (proposal or found)["start"]

    def _propose(
        self, found: Record, side: str, at: datetime, fee: Money | None, *, late: bool = False
    ) -> set[str]:
        earlier = min(at, found["start"])
        lasts = min(self.now + PROPOSED, earlier - self._lead(found))
        proposal = {
            "id": uuid5(found["id"], f"proposal/{found['version']}"),
            "by": side,
            "state": "open",
            "start": at,
            "fee": fee,
            "late": late,
            "expires_at": max(lasts, min(self.now + SHORTEST, earlier)),
        }
        after = {**found, "version": found["version"] + 1, "proposal": proposal}
        if side == "professional" and found["status"] == "pending":
            after["expires_at"] = max(found["expires_at"], proposal["expires_at"])
        refusals = self.take(after, at)
        self._tell("proposal_made", after, side)
        return refusals

    def _move(self, found: Record, side: str, at: datetime, fee: Money | None, *, late: bool) -> set[str]:
        after = {**found, "version": found["version"] + 1, "start": at, "fee": owed(found["fee"], fee)}
        if late:
            cancel = found["terms"].cancel.model_copy(update={"hours": A_YEAR})
            after["terms"] = found["terms"].model_copy(update={"cancel": cancel})
        if unanswered := self.open_proposal(found):
            after["proposal"] = {**unanswered, "state": "expired"}
        if found["status"] == "pending":
            longest = max(found["submitted_at"] + REVIEW, found["expires_at"])
            after["expires_at"] = min(longest, at - self._lead(found))
        self._tell("request_rescheduled", after, side)
        if (
            found["proposal"]
            and found["proposal"]["state"] == "accepted"
            and found["proposal"]["start"] == at
        ):
            self.requests[found["id"]] = after
            return set()
        return self.take(after, at)

    def _end(self, found: Record, status: str, kind: str, side: str, **more: Any) -> None:
        after = self._save(found, status=status, ended_at=self.now, **more)
        self._withdraw(found["id"])
        self._tell(kind, after, side)

    def _withdraw(self, request_id: UUID) -> None:
        found = self.requests[request_id]
        if proposal := self.open_proposal(found):
            self.requests[request_id] = {**found, "proposal": {**proposal, "state": "withdrawn"}}

    def _close(self, found: Record, state: str, side: str) -> None:
        after = self._save(found, proposal={**found["proposal"], "state": state})
        self._tell("proposal_closed", after, side)

    def _promise(self, record: Record, side: str) -> None:
        confirmed = (self.now, record["version"], side)
        promised = {"status": "confirmed", "confirmed": confirmed, "terms": self.policy}
        self.requests[record["id"]] = {**record, **promised}

    def _save(self, found: Record, **changes: Any) -> Record:
        after = {**found, **changes, "version": found["version"] + 1}
        self.requests[found["id"]] = after
        return after

    def _tell(self, kind: str, record: Record, side: str) -> None:
        self.told.append((kind, record["id"], record["version"], side))

    def _lead(self, found: Record) -> timedelta:
        return timedelta(minutes=self.calendars[found["professional"]]["lead"])

    def _follows(self, found: Record, version: int) -> bool:
        return bool(found["version"] == version + 1)


def owed(before: Money | None, fee: Money | None) -> Money | None:
    if before and fee:
        return Money(amount_minor=before.amount_minor + fee.amount_minor, currency=fee.currency)
    return before or fee
