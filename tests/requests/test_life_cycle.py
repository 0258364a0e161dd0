"""Whatever people do in whatever order, the service and a simple model of it agree after every step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import combinations, count
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.requests.handlers import (
    decisions,
    locations,
    moves,
    policies,
    reading,
    schedules,
    services,
    slots,
    submissions,
    timers,
)
from services.requests.store import tables
from shared.contracts.refusals import Refused
from shared.contracts.requests.hours import BookingOptions, PublishHours, SetBookingSettings
from shared.contracts.requests.policies import SetPolicy
from shared.contracts.requests.proposals import (
    AcceptProposal,
    AnswerFollowUp,
    AskFollowUp,
    DeclineProposal,
    ProposeTime,
    WithdrawProposal,
)
from shared.contracts.requests.requests import (
    BatchDecision,
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    DecideBatch,
    DeclineRequest,
    GetRequest,
    RequestView,
    RescheduleRequest,
    SubmitRequest,
    UndoCompletion,
)
from shared.contracts.requests.slots import FindSlots
from shared.db import Unit
from tests.requests.builders import CLINIC, LOCATION
from tests.requests.model import (
    DESK,
    LATE,
    LATER,
    MORNINGS,
    NOBODY,
    PATIENTS,
    POLICIES,
    PROFESSIONALS,
    SERVICES,
    START,
    UNDO,
    WEEKS,
    WHATEVER,
    Model,
    Record,
    Week,
    holds,
    local,
    starts,
)
from tests.requests.steps import TOOLS, first_visit, member, opening, place

THOROUGH = settings(
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
    phases=[Phase.generate],
)
LEADS_TO = {
    None: {"request_submitted"},
    "pending": {"request_confirmed", "request_declined", "request_cancelled", "request_expired"},
    "confirmed": {"request_completed", "request_cancelled"},
    "completed": {"completion_undone"},
}
"""Status → what may be told of the request next, beside what leaves the status as it is."""
TELLS = {
    "request_submitted": "pending",
    "request_confirmed": "confirmed",
    "request_declined": "declined",
    "request_cancelled": "cancelled",
    "request_completed": "completed",
    "completion_undone": "confirmed",
    "request_expired": "expired",
}
ENDS = ("declined", "cancelled", "completed", "expired")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

which = st.integers(0, 11)
steps_behind = st.sampled_from([0, 0, 0, 0, 1])
anybody = st.sampled_from(["patient"] * 4 + ["professional"] * 3 + ["desk"] * 3 + ["stranger"])
either = st.sampled_from(["patient", "patient", "desk"])
the_practice = st.sampled_from(["professional"] * 3 + ["desk"] * 3 + ["patient"])
patients_mostly = st.sampled_from(["patient"] * 6 + ["desk"])
times = st.tuples(st.sampled_from(["free"] * 5 + ["taken"] * 2 + ["grid", "odd"]), st.integers(0, 30))
money = st.sampled_from([None, LATE, LATER])
waits = st.sampled_from(
    [timedelta(minutes=each) for each in (1, 2, 9, 11, 31, 60, 360, 24 * 60, 72 * 60)]
    + ["the next start", "a start", "the next end of waiting"]
)


def weekly(week: Week) -> list[Any]:
    return [opening(WEEKDAYS[day], f"{opens:%H:%M}", f"{closes:%H:%M}") for day, opens, closes in week]


def furnish(practice: Unit) -> None:
    """A clinic with two professionals, their services, and an owner at its front desk."""
    for professional in PROFESSIONALS:
        member(practice, professional, "professional")
    member(practice, DESK, "owner")
    locations.add(practice, place(by=DESK, role="clinic", clinic_id=CLINIC))
    for professional in PROFESSIONALS:
        schedules.publish_hours(practice, publication(professional, MORNINGS, version=0), now=START)
    for service_id, (professional, minutes, before, after) in SERVICES.items():
        added = first_visit(
            service_id=service_id,
            professional_id=professional,
            minutes=minutes,
            buffer_before=before,
            buffer_after=after,
        )
        services.add(practice, added, now=START)


def publication(professional: UUID, week: Week, *, version: int) -> PublishHours:
    return PublishHours(
        professional_id=professional,
        location_id=LOCATION,
        by=DESK,
        role="clinic",
        version=version,
        weekly=weekly(week),
    )


@contextmanager
def life_cycle(practice: Unit) -> Iterator[Callable[[], "LifeCycle"]]:
    """Makes machines, one after the other, on a practice as it was furnished."""
    furnish(practice)
    with practice() as work:
        usual = [dict(row._mapping) for row in work.conn.execute(sa.select(tables.hours))]

    def make() -> LifeCycle:
        with practice() as work:
            for table in (
                tables.holds,
                tables.requests,
                tables.booking_settings,
                tables.policies,
                tables.hours,
            ):
                work.conn.execute(sa.delete(table))
            work.conn.execute(sa.delete(work.tables["outbox"]))
            work.conn.execute(sa.insert(tables.hours), usual)
        return LifeCycle(practice, watching)

    with practice.apart() as raw, raw.cursor() as watching:
        yield make


class LifeCycle(RuleBasedStateMachine):
    def __init__(self, practice: Unit, watching: Any) -> None:
        super().__init__()
        self.practice, self.watching, self.model = practice, watching, Model()
        self.numbers = count(100)
        self.step = self.heard = self.position = 0
        self.statuses: dict[UUID, str | None] = {}
        self.rows: dict[UUID, Any] = {}

    # who and what

    def request(self, number: int, *statuses: str) -> Record:
        """The newest ones come first; mostly one with these statuses."""
        known = list(self.model.requests.values())
        fitting = [each for each in known if each["status"] in statuses]
        chosen = fitting if fitting and number % 4 else known
        return chosen[-1 - number % len(chosen)]

    def time(self, wanted: tuple[str, int], service: UUID) -> datetime:
        kind, number = wanted
        grid = list(self.model.grid(service)) or [START + timedelta(days=1)]
        if kind == "free":
            chosen = self.model.free(service)[:9] or grid
        elif kind == "taken":
            taken = [each[2] for each in self.model.taken(SERVICES[service][0])]
            chosen = taken or grid
        else:
            chosen = grid
        return chosen[number % len(chosen)] + timedelta(minutes=7 * (kind == "odd"))

    def command(self, kind: Any, found: Record, who: str, behind: int, **fields: Any) -> tuple[Any, str, int]:
        version = max(found["version"] - behind, 1)
        by, role, side = self.person(who, found)
        return kind(request_id=found["id"], by=by, role=role, version=version, **fields), side, version

    def person(self, who: str, found: Record) -> tuple[UUID, str, str]:
        return {
            "patient": (found["patient"], "patient", "patient"),
            "stranger": (NOBODY, "patient", "stranger"),
            "professional": (found["professional"], "professional", "professional"),
            "desk": (DESK, "clinic", "professional"),
        }[who]

    def both(
        self, command: Any, side: str, expected: Callable[..., set[str]], *args: Any, **more: Any
    ) -> None:
        """The model does it and the service does it, and they agree."""
        fair = {"not_yours"} if side == "stranger" else self.model.attempt(expected, *args, **more)
        view = self.outcome(fair, lambda: self.handled(command))
        if view is not None:
            self.compare(view)

    def outcome(self, fair: set[str], act: Callable[[], Any]) -> Any:
        answer = code = None
        try:
            answer = act()
        except Refused as refusal:
            code = refusal.code
        assert code in (fair or {None})
        return answer

    def handled(self, command: Any) -> RequestView:
        rest: dict[str, Any] = {"tools": TOOLS, "now": self.model.now}
        if isinstance(command, SubmitRequest):
            return submissions.submit(self.practice, command, access_id=uuid4(), **rest)
        if isinstance(command, RescheduleRequest | ProposeTime):
            return moves.move(self.practice, command, access_id=uuid4(), **rest)
        return decisions.decide(self.practice, command, access_id=uuid4(), **rest)

    def compare(self, view: RequestView, expected: Record | None = None) -> None:
        expected = expected or self.model.requests[view.request_id]
        assert shown(view) == reckoned(expected, self.model)

    # asking

    @initialize(wanted=st.lists(st.tuples(st.sampled_from(list(SERVICES)), times), min_size=1, max_size=3))
    def some_ask_at_first(self, wanted: list[tuple[UUID, tuple[str, int]]]) -> None:
        for service, at in wanted:
            self.submit_one(service, PATIENTS[0], at, "patient")

    @rule(service=st.sampled_from(list(SERVICES)), patient=st.sampled_from(PATIENTS), wanted=times)
    def submit(self, service: UUID, patient: UUID, wanted: tuple[str, int]) -> None:
        self.submit_one(service, patient, wanted, "patient")

    @rule(
        service=st.sampled_from(list(SERVICES)),
        patient=st.sampled_from(PATIENTS),
        wanted=times,
        who=patients_mostly,
    )
    def submit_or_book(self, service: UUID, patient: UUID, wanted: tuple[str, int], who: str) -> None:
        self.submit_one(service, patient, wanted, who)

    def submit_one(self, service: UUID, patient: UUID, wanted: tuple[str, int], who: str) -> None:
        request_id = UUID(int=next(self.numbers))
        at = self.time(wanted, service)
        found = {"patient": patient, "professional": SERVICES[service][0]}
        by, role, side = self.person(who, found)
        command = asked(request_id, service, patient, at, by=by, role=role)
        self.both(command, side, self.model.submit, request_id, service, patient, side, at, "A cough.")

    @precondition(lambda self: self.model.requests)
    @rule(number=which, changed=st.booleans())
    def submit_it_again(self, number: int, changed: bool) -> None:
        found = self.request(number)
        details = "Another." if changed else found["details"]
        args = (found["id"], found["service"], found["patient"])
        command = asked(*args, found["first_start"], by=found["patient"], role="patient", details=details)
        self.both(command, "patient", self.model.submit, *args, "patient", found["first_start"], details)

    # deciding

    @precondition(lambda self: self.model.requests)
    @rule(number=which, who=the_practice, behind=steps_behind)
    def confirm(self, number: int, who: str, behind: int) -> None:
        found = self.request(number, "pending")
        command, side, version = self.command(ConfirmRequest, found, who, behind)
        self.both(command, side, self.model.confirm, found["id"], side, version)

    @precondition(lambda self: self.model.requests)
    @rule(number=which, who=the_practice, behind=steps_behind)
    def decline(self, number: int, who: str, behind: int) -> None:
        found = self.request(number, "pending")
        command, side, version = self.command(DeclineRequest, found, who, behind)
        self.both(command, side, self.model.decline, found["id"], side, version)

    @precondition(lambda self: self.model.requests)
    @rule(number=which, who=anybody, behind=steps_behind, accepted=money)
    def cancel(self, number: int, who: str, behind: int, accepted: Any) -> None:
        found = self.request(number, "pending", "confirmed")
        command, side, version = self.command(CancelRequest, found, who, behind, accept_fee=accepted)
        self.both(command, side, self.model.cancel, found["id"], side, version, accepted)

    @precondition(lambda self: self.model.requests)
    @rule(
        number=which,
        who=either,
        outcome=st.sampled_from(["attended", "no_show"]),
        behind=steps_behind,
        begun=st.booleans(),
    )
    def complete(self, number: int, who: str, outcome: str, behind: int, begun: bool) -> None:
        found = self.request(number, "confirmed")
        if begun and found["status"] == "confirmed":
            self.model.now = max(self.model.now, found["start"])
        command, side, version = self.command(CompleteRequest, found, who, behind, outcome=outcome)
        self.both(command, side, self.model.complete, found["id"], side, version, outcome)

    @precondition(lambda self: any(each["status"] == "completed" for each in self.model.requests.values()))
    @rule(number=which, who=the_practice, behind=steps_behind)
    def undo(self, number: int, who: str, behind: int) -> None:
        completed = [each for each in self.model.requests.values() if each["status"] == "completed"]
        found = completed[-1 - number % len(completed)]
        command, side, version = self.command(UndoCompletion, found, who, behind)
        self.both(command, side, self.model.undo, found["id"], side, version)

    @precondition(lambda self: self.model.requests)
    @rule(
        chosen=st.lists(
            st.tuples(which, st.sampled_from(["confirm", "decline"]), steps_behind), min_size=1, max_size=3
        )
    )
    def decide_on_several(self, chosen: list[tuple[int, str, int]]) -> None:
        wanted, fair = [], []
        for number, decision, behind in chosen:
            found = self.request(number)
            version = max(found["version"] - behind, 1)
            verb = self.model.confirm if decision == "confirm" else self.model.decline
            fair.append(self.model.attempt(verb, found["id"], "professional", version))
            wanted.append(BatchDecision(request_id=found["id"], version=version, decision=decision))
        batch = DecideBatch(by=DESK, role="clinic", decisions=wanted)
        done = decisions.decide_batch(self.practice, batch, tools=TOOLS, new_uuid=uuid4, now=self.model.now)
        for result, codes in zip(done.results, fair, strict=True):
            assert result.code in codes if codes else result.code is None

    # moving

    @precondition(lambda self: self.model.requests)
    @rule(number=which, who=either, behind=steps_behind, wanted=times, accepted=money)
    def reschedule(self, number: int, who: str, behind: int, wanted: tuple[str, int], accepted: Any) -> None:
        found = self.request(number, "confirmed")
        at = self.time(wanted, found["service"])
        fields = {"starts_at": at, "accept_fee": accepted}
        command, side, version = self.command(RescheduleRequest, found, who, behind, **fields)
        self.both(command, side, self.model.reschedule, found["id"], side, version, at, accepted)

    @precondition(lambda self: self.model.requests)
    @rule(number=which, who=the_practice, behind=steps_behind, wanted=times)
    def propose(self, number: int, who: str, behind: int, wanted: tuple[str, int]) -> None:
        found = self.request(number, "pending", "confirmed")
        at = self.time(wanted, found["service"])
        command, side, version = self.command(ProposeTime, found, who, behind, starts_at=at)
        self.both(command, side, self.model.propose, found["id"], side, version, at)

    @precondition(lambda self: any(each["proposal"] for each in self.model.requests.values()))
    @rule(
        number=which,
        verb=st.sampled_from(["accept", "accept", "decline", "withdraw"]),
        right=st.sampled_from([True, True, True, True, False]),
        behind=steps_behind,
    )
    def answer_a_proposal(self, number: int, verb: str, right: bool, behind: int) -> None:
        proposed = [each for each in self.model.requests.values() if each["proposal"]]
        waiting = [each for each in proposed if self.model.open_proposal(each)]
        chosen = waiting if waiting and number % 4 else proposed
        found = chosen[-1 - number % len(chosen)]
        made_by_patient = found["proposal"]["by"] == "patient"
        who = "patient" if (made_by_patient == (verb == "withdraw")) == right else "desk"
        kind = {"accept": AcceptProposal, "decline": DeclineProposal, "withdraw": WithdrawProposal}[verb]
        fields = {"proposal_id": found["proposal"]["id"]}
        command, side, version = self.command(kind, found, who, behind, **fields)
        self.both(command, side, self.model.answer, found["id"], side, version, verb)

    @precondition(lambda self: self.model.requests)
    @rule(number=which, moved=st.booleans(), wanted=times)
    def see_what_it_would_cost(self, number: int, moved: bool, wanted: tuple[str, int]) -> None:
        found = self.request(number)
        at = self.time(wanted, found["service"])
        kind, fields = (RescheduleRequest, {"starts_at": at}) if moved else (CancelRequest, {})
        command, side, version = self.command(kind, found, "patient", 0, preview=True, **fields)
        before, told = dict(self.model.requests), list(self.model.told)
        args = (found["id"], side, version, *fields.values(), WHATEVER)
        self.both(command, side, self.model.reschedule if moved else self.model.cancel, *args)
        self.model.requests, self.model.told = before, told

    # talking

    @precondition(lambda self: self.model.requests)
    @rule(number=which, who=the_practice, behind=steps_behind, question=st.integers(1, 3))
    def ask(self, number: int, who: str, behind: int, question: int) -> None:
        found = self.request(number)
        fields = {"follow_up_id": UUID(int=question), "question": f"Since when? ({question})"}
        command, side, version = self.command(AskFollowUp, found, who, behind, **fields)
        self.both(command, side, self.model.ask, found["id"], side, version, UUID(int=question))

    @precondition(lambda self: any(each["follow_ups"] for each in self.model.requests.values()))
    @rule(
        number=which, who=either, behind=steps_behind, question=st.integers(1, 3), words=st.sampled_from("ab")
    )
    def reply(self, number: int, who: str, behind: int, question: int, words: str) -> None:
        asked_about = [each for each in self.model.requests.values() if each["follow_ups"]]
        found = asked_about[-1 - number % len(asked_about)]
        fields = {"follow_up_id": UUID(int=question), "words": words}
        command, side, version = self.command(AnswerFollowUp, found, who, behind, **fields)
        self.both(command, side, self.model.reply, found["id"], side, version, UUID(int=question), words)

    # the practice settles its ways

    @rule(data=st.data())
    def the_practice_settles_its_ways(self, data: st.DataObject) -> None:
        [change, asked_of] = data.draw(st.sampled_from(_SETTLED))
        change(self, *data.draw(asked_of))

    def change_the_policy(self, chosen: Any, behind: int) -> None:
        version = max(self.model.policy_version - behind, 0)
        is_so = (version + 1, chosen) == (self.model.policy_version, self.model.policy)
        fair = set() if is_so or version == self.model.policy_version else {"stale_version"}
        command = SetPolicy(clinic_id=CLINIC, by=DESK, role="clinic", version=version, settings=chosen)
        if view := self.outcome(fair, lambda: policies.set_policy(self.practice, command)):
            self.model.policy, self.model.policy_version = chosen, view.version

    def change_the_calendar(self, professional: UUID, booking: Any, lead: int, most: int | None) -> None:
        settings = BookingOptions(booking=booking, lead_minutes=lead, horizon_days=10, daily_maximum=most)
        self.set_booking_settings(professional, settings)

    def set_booking_settings(self, professional: UUID, settings: BookingOptions) -> None:
        version = self.model.calendars[professional]["version"]
        fields: dict[str, Any] = {"by": DESK, "role": "clinic", "version": version, "settings": settings}
        command = SetBookingSettings(professional_id=professional, **fields)
        view = schedules.set_booking_settings(self.practice, command, now=self.model.now)
        self.model.calendars[professional] = {
            "version": view.version,
            "booking": settings.booking,
            "lead": settings.lead_minutes,
            "horizon": settings.horizon_days,
            "most": settings.daily_maximum,
        }
        self.compare_outside(professional, view)

    def change_the_hours(self, professional: UUID, week: Week, behind: int) -> None:
        known = self.model.hours_version[professional]
        version = max(known - behind, 0)
        is_so = (version + 1, week) == (known, self.model.weeks[professional])
        fair = set() if is_so or version == known else {"stale_version"}
        command = publication(professional, week, version=version)
        if view := self.outcome(
            fair, lambda: schedules.publish_hours(self.practice, command, now=self.model.now)
        ):
            self.model.weeks[professional], self.model.hours_version[professional] = week, view.version
            self.compare_outside(professional, view)

    def compare_outside(self, professional: UUID, view: Any) -> None:
        hers = [each for each in self.model.requests.values() if each["professional"] == professional]
        to_come = [
            each
            for each in hers
            if each["status"] in ("pending", "confirmed")
            if each["start"] > self.model.now
        ]
        week = self.model.weeks[professional]
        outside = {
            each["id"] for each in to_come if not is_open(week, each["start"], self.model.end_of(each))
        }
        assert {each.request_id for each in view.outside} == outside

    # time

    @rule(wait=waits, wakings=st.sampled_from([0, 0, 1, 2]))
    def time_goes_by(self, wait: timedelta | str, wakings: int) -> None:
        self.wait(wait)
        if wakings:
            self.model.attempt(self.model.wake)
        for _ in range(wakings):
            timers.act_on_due(self.practice, tools=TOOLS, now=self.model.now)

    def wait(self, wait: timedelta | str) -> None:
        if isinstance(wait, timedelta):
            self.model.now += wait
            return
        known = self.model.requests.values()
        if wait == "the next end of waiting":
            ahead = [each["expires_at"] for each in known if each["status"] == "pending"]
            ahead += [each["proposal"]["expires_at"] for each in known if self.model.open_proposal(each)]
        else:
            ahead = [each["start"] for each in known if each["status"] == "confirmed"]
        self.model.now = min((each for each in ahead if each > self.model.now), default=self.model.now)

    # what holds at all times

    @invariant()
    def the_tables_hold_what_the_model_says(self) -> None:
        self.step += 1
        self.watching.execute(_REQUESTS)
        self.compare_rows({each: Row(*seen) for each, *seen in self.watching.fetchall()})
        self.watching.execute(_HOLDS)
        self.compare_holds([Hold(*row) for row in self.watching.fetchall()])
        self.watching.execute(_NEWS, [self.position])
        self.compare_news(self.watching.fetchall())

    @invariant()
    def every_free_time_is_offered_and_no_other(self) -> None:
        """Asked for one service after the other, as it takes long."""
        if self.step % 5 == 0:
            self.compare_free_times(list(SERVICES)[self.step // 5 % len(SERVICES)])

    def compare_free_times(self, service: UUID) -> None:
        professional = SERVICES[service][0]
        booking = self.model.calendars[professional]["booking"]
        command = FindSlots(
            professional_id=professional, service_id=service, from_date=local(self.model.now), days=16
        )
        fair = {"booking_off"} if booking == "off" else set()
        if view := self.outcome(fair, lambda: slots.find(self.practice, command, now=self.model.now)):
            assert [each.starts_at for each in view.slots] == self.model.free(service)

    @precondition(lambda self: self.model.requests)
    @invariant()
    def who_looks_sees_what_the_model_says(self) -> None:
        if self.step % 7 == 0:
            self.look(self.request(self.step // 7), ("patient", "desk")[self.step % 2])

    def teardown(self) -> None:
        published = [each for each in self.model.requests.values() if each["id"] in self.statuses]
        for number, found in enumerate(published):
            self.look(found, ("patient", "desk")[number % 2])
        for service in SERVICES:
            self.compare_free_times(service)

    def look(self, found: Record, who: str) -> None:
        by, role, _ = self.person(who, found)
        wanted = GetRequest(request_id=found["id"], by=by, role=role)
        self.compare(reading.get(self.practice, wanted, tools=TOOLS, access_id=uuid4(), now=self.model.now))

    def compare_rows(self, rows: dict[UUID, "Row"]) -> None:
        assert rows == {
            each["id"]: Row(
                each["status"],
                each["outcome"],
                each["version"],
                each["start"],
                each["ended_at"],
                each["proposal"] and each["proposal"]["state"],
            )
            for each in self.model.requests.values()
        }
        for request_id, before in self.rows.items():
            undone = before.status == "completed" and self.model.now <= before.ended_at + UNDO
            assert before.status not in ENDS or rows[request_id] == before or undone
        self.rows = rows

    def compare_holds(self, taken: list["Hold"]) -> None:
        assert sorted(taken) == sorted(
            Hold(each["id"], each["professional"], *hold)
            for each in self.model.requests.values()
            for hold in holds(each).values()
        )
        for one, other in combinations(taken, 2):
            if one.professional_id == other.professional_id and one.request_id != other.request_id:
                assert one.until <= other.since or other.until <= one.since

    def compare_news(self, news: list[Any]) -> None:
        told = []
        for position, topic, request_id, version, by in news:
            self.position = position
            kind, request_id = topic.removeprefix("requests.").removesuffix(".v1"), UUID(request_id)
            told.append((kind, request_id, version, by))
            status = self.statuses.get(request_id)
            assert kind not in TELLS or kind in LEADS_TO.get(status, ()), f"{kind} though {status}"
            self.statuses[request_id] = TELLS.get(kind, status)
        assert sorted(told) == sorted(self.model.told[self.heard :])
        self.heard = len(self.model.told)
        once = [each[:3] for each in self.model.told]
        assert len(set(once)) == len(once)


class Row(NamedTuple):
    status: str
    outcome: str | None
    version: int
    starts_at: datetime
    ended_at: Any
    proposal: str | None


class Hold(NamedTuple):
    request_id: UUID
    professional_id: UUID
    since: datetime
    until: datetime
    visit_starts_at: datetime


_REQUESTS = "select id, status, outcome, version, starts_at, ended_at, proposal ->> 'state' from requests"
_HOLDS = "select request_id, professional_id, lower(during), upper(during), visit_starts_at from holds"
_NEWS = """
    select position, topic, body ->> 'request_id', (body -> 'version')::int, body ->> 'by' from outbox
    where position > %s and topic <> 'requests.requests_read.v1' order by position
"""
_SETTLED = (
    (LifeCycle.change_the_policy, st.tuples(st.sampled_from(POLICIES), steps_behind)),
    (
        LifeCycle.change_the_calendar,
        st.tuples(
            st.sampled_from(PROFESSIONALS),
            st.sampled_from(["request", "request", "instant", "instant", "off"]),
            st.sampled_from([0, 120, 24 * 60]),
            st.sampled_from([None, None, 1, 3]),
        ),
    ),
    (
        LifeCycle.change_the_hours,
        st.tuples(st.sampled_from(PROFESSIONALS), st.sampled_from(WEEKS), steps_behind),
    ),
)


def asked(
    request_id: UUID,
    service: UUID,
    patient: UUID,
    at: datetime,
    *,
    by: UUID,
    role: Any,
    details: str = "A cough.",
) -> SubmitRequest:
    return SubmitRequest(
        request_id=request_id,
        by=by,
        role=role,
        patient_id=patient,
        professional_id=SERVICES[service][0],
        service_id=service,
        starts_at=at,
        details=details,
    )


def is_open(week: Week, start: datetime, end: datetime) -> bool:
    """Each opening is a whole number of quarters of an hour."""
    quarters = set(starts(week, 15, local(start)))
    return all(
        start + n * timedelta(minutes=15) in quarters for n in range((end - start) // timedelta(minutes=15))
    )


def shown(view: RequestView) -> Record:
    proposal = view.proposal
    return {
        "version": view.version,
        "status": view.status,
        "outcome": view.outcome,
        "people": (view.patient_id, view.professional_id),
        "times": (view.starts_at, view.ends_at, view.ended_at, view.submitted_at),
        "confirmed": view.confirmed_at,
        "expires": view.expires_at if view.status == "pending" else None,
        "fee": view.fee,
        "promised": view.terms and (view.terms.cancel, view.terms.reschedule, view.terms.reschedule_window),
        "proposal": proposal
        and (
            proposal.proposal_id,
            proposal.by,
            proposal.state,
            proposal.starts_at,
            proposal.expires_at,
            proposal.fee,
        ),
        "follow_ups": {each.follow_up_id: each.answer for each in view.follow_ups},
    }


def reckoned(record: Record, model: Model) -> Record:
    proposal, terms = record["proposal"], record["terms"]
    return {
        "version": record["version"],
        "status": record["status"],
        "outcome": record["outcome"],
        "people": (record["patient"], record["professional"]),
        "times": (record["start"], model.end_of(record), record["ended_at"], record["submitted_at"]),
        "confirmed": record["confirmed"] and record["confirmed"][0],
        "expires": record["expires_at"] if record["status"] == "pending" else None,
        "fee": record["fee"],
        "promised": terms and (terms.cancel, terms.reschedule, terms.reschedule_window),
        "proposal": proposal
        and tuple(proposal[each] for each in ("id", "by", "state", "start", "expires_at", "fee")),
        "follow_ups": record["follow_ups"],
    }


def test_whatever_happens_the_service_does_what_the_model_does(unit: Callable[[str], Unit]) -> None:
    with life_cycle(unit("requests")) as machine:
        run_state_machine_as_test(machine, settings=THOROUGH)
