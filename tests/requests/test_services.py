"""Offering services, on a real database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg2
import pytest
import sqlalchemy as sa

from run import migrate
from services.requests.domain import service
from services.requests.handlers import locations, schedules, services
from services.requests.store import tables
from shared.contracts.refusals import Refused
from shared.contracts.requests.requests import ConfirmRequest
from shared.contracts.requests.services import (
    ChangeService,
    ListServices,
    ServiceOffered,
    ServiceSettings,
    ServiceView,
)
from shared.db import Unit
from tests.databases import Server
from tests.requests.builders import CLINIC, EUR, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    act,
    all_done,
    at,
    first_visit,
    free,
    look,
    member,
    mondays,
    opening,
    outbox,
    place,
    refuses,
    submit,
)


def test_a_service_is_shown_with_its_kind_and_mode(practice: Unit) -> None:
    services.add(
        practice,
        first_visit(service_id=UUID(int=11), name="By video", kind="follow_up", mode="video", minutes=20),
        now=MONDAY,
    )
    shown = services.list_services(practice, ListServices(professional_id=PROFESSIONAL), now=MONDAY).services
    assert shown == [
        ServiceView(
            service_id=UUID(int=11),
            version=1,
            professional_id=PROFESSIONAL,
            name="By video",
            kind="follow_up",
            mode="video",
            minutes=20,
        ),
        ServiceView(
            service_id=UUID(int=10),
            version=1,
            professional_id=PROFESSIONAL,
            name="First visit",
            kind="first_visit",
            mode="in_person",
            minutes=30,
        ),
    ]


def test_adding_a_service_offers_it_without_its_name(practice: Unit) -> None:
    [offered] = outbox(practice, ServiceOffered.topic)
    fact = ServiceOffered.model_validate(offered)
    assert (fact.service_id, fact.professional_id, fact.version) == (UUID(int=10), PROFESSIONAL, 1)
    assert (fact.kind, fact.mode, fact.occurred_at) == ("first_visit", "in_person", MONDAY)
    assert "First visit" not in str(offered)


def test_a_service_is_added_once_under_one_id(unit: Callable[[str], Unit]) -> None:
    requests = unit("requests")
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lambda _: services.add(requests, first_visit(), now=MONDAY), range(8)))
    assert len(set(views)) == 1
    assert len(outbox(requests, ServiceOffered.topic)) == 1


def test_the_front_desk_may_repeat_what_the_professional_sent_for_the_clinic(practice: Unit) -> None:
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    theirs = first_visit(service_id=UUID(int=12), clinic_id=CLINIC)
    services.add(practice, theirs, now=MONDAY)
    again = theirs.model_copy(update={"by": RECEPTIONIST, "role": "clinic"})
    assert services.add(practice, again, now=MONDAY).practice_id == CLINIC
    assert len(outbox(practice, ServiceOffered.topic)) == 2


@pytest.mark.parametrize(
    "change", [{"minutes": 45}, {"name": "Other"}, {"kind": "follow_up"}, {"mode": "video"}], ids=str
)
def test_another_service_under_the_same_id_is_refused(practice: Unit, change: dict[str, object]) -> None:
    with pytest.raises(Refused) as refusal:
        services.add(practice, first_visit(**change), now=MONDAY)
    assert refusal.value.code == "idempotency_key_reused"
    assert len(outbox(practice, ServiceOffered.topic)) == 1


@pytest.mark.parametrize("column", ["kind", "mode"])
def test_the_database_itself_refuses_a_kind_or_mode_that_is_none(practice: Unit, column: str) -> None:
    with pytest.raises(sa.exc.IntegrityError) as error, practice() as work:
        work.conn.execute(sa.update(tables.services).values({column: "seance"}))
    assert isinstance(error.value.orig, psycopg2.errors.CheckViolation)


def change(practice: Unit, **changes: Any) -> ServiceView:
    """`changes` of the service's settings are taken as such."""
    known = ServiceSettings.model_fields
    settings = {key: changes.pop(key) for key in list(changes) if key in known}
    fields = {
        "service_id": UUID(int=10),
        "professional_id": PROFESSIONAL,
        "by": PROFESSIONAL,
        "role": "professional",
        "version": 1,
        "settings": ServiceSettings(**({"name": "First visit", "minutes": 30} | settings)),
    }
    return services.change(practice, ChangeService(**(fields | changes)), now=MONDAY)


def test_a_change_holds_for_what_is_asked_for_from_then_on(practice: Unit) -> None:
    before = submit(practice)
    after = change(practice, name="First look", minutes=60, price=EUR)
    assert (after.version, after.kind, after.price) == (2, "first_visit", EUR)
    assert change(practice, name="First look", minutes=60, price=EUR) == after
    later = submit(practice, request_id=uuid4(), starts_at=at(60))
    assert (later.ends_at, later.service_name, later.price) == (at(120), "First look", EUR)
    assert look(practice, before.request_id, by=PATIENT, role="patient") == before
    assert len(outbox(practice, ServiceOffered.topic)) == 1
    assert services.add(practice, first_visit(), now=MONDAY) == after


def test_of_two_changes_at_once_one_wins(practice: Unit) -> None:
    edits = [partial(change, practice, minutes=minutes) for minutes in (20, 40)]
    assert sorted(map(str, all_done(edits))) == ["None", "stale_version"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service_id": STRANGER}, "unknown_service"),
        ({"professional_id": STRANGER, "by": STRANGER}, "unknown_service"),
        ({"by": STRANGER}, "not_yours"),
        ({"version": 7}, "stale_version"),
        ({"location_id": STRANGER}, "unknown_location"),
    ],
)
def test_nobody_else_changes_a_service(practice: Unit, changes: dict[str, Any], code: str) -> None:
    with refuses(code):
        change(practice, **changes)


def test_a_service_that_is_offered_no_longer_is_neither_shown_nor_asked_for(practice: Unit) -> None:
    view = submit(practice)
    change(practice, offered=False)
    assert (
        services.list_services(practice, ListServices(professional_id=PROFESSIONAL), now=MONDAY).services
        == []
    )
    for ask in (lambda: free(practice), lambda: submit(practice, request_id=uuid4(), starts_at=at(30))):
        with refuses("booking_off"):
            ask()
    assert act(practice, ConfirmRequest, view).status == "confirmed"
    told = [(body["version"], body["offered"]) for body in outbox(practice, ServiceOffered.topic)]
    assert told == [(1, True), (2, False)]
    change(practice, version=2)
    assert outbox(practice, ServiceOffered.topic)[-1]["offered"] is True
    assert free(practice)


def test_a_service_may_be_for_those_who_were_seen_before(practice: Unit) -> None:
    check_up = UUID(int=11)
    services.add(practice, first_visit(service_id=check_up, new_patients=False), now=MONDAY)
    wanted = {"service_id": check_up, "starts_at": at(60)}
    with refuses("existing_patients_only"):
        submit(practice, request_id=uuid4(), **wanted)
    first = submit(practice)
    with refuses("existing_patients_only"):
        submit(practice, request_id=uuid4(), **wanted)
    act(practice, ConfirmRequest, first)
    assert submit(practice, request_id=uuid4(), **wanted).status == "pending"
    with refuses("existing_patients_only"):
        submit(practice, request_id=uuid4(), patient_id=STRANGER, **wanted)


def test_buffers_keep_neighbours_away_on_both_sides(practice: Unit) -> None:
    quiet = UUID(int=11)
    added = first_visit(service_id=quiet, buffer_before=10, buffer_after=20)
    services.add(practice, added, now=MONDAY)
    submit(practice, service_id=quiet, starts_at=at(60))
    assert free(practice) == [at(0), at(120), at(150)]
    assert free(practice, service_id=quiet) == [at(0), at(120), at(150)]
    for starts_at in (at(30), at(90)):
        with refuses("slot_taken"):
            submit(practice, request_id=uuid4(), patient_id=STRANGER, starts_at=starts_at)


def test_a_service_may_be_offered_at_one_location_only(practice: Unit) -> None:
    other = UUID(int=61)
    locations.add(practice, place(location_id=other))
    afternoon = [opening(opens="14:00", closes="15:00")]
    schedules.publish_hours(practice, mondays(location_id=other, weekly=afternoon), now=MONDAY)
    assert len(free(practice)) == 8
    change(practice, location_id=other)
    assert [each.hour for each in free(practice)] == [14, 14]
    with refuses("not_a_slot"):
        submit(practice)
    assert submit(practice, starts_at=at(300)).location_id == other


def test_two_hundred_services_are_enough(practice: Unit) -> None:
    for _ in range(199):
        services.add(practice, first_visit(service_id=uuid4()), now=MONDAY)
    with refuses("too_many"):
        services.add(practice, first_visit(service_id=uuid4()), now=MONDAY)


def test_services_that_were_there_before_kinds_are_offered_by_the_migration(
    database: Server, unit: Callable[[str], Unit]
) -> None:
    engine = sa.create_engine(database.new())
    migrate.upgrade("requests", engine, to="0001")
    old = {"id": UUID(int=7), "professional_id": PROFESSIONAL, "name": "Old", "minutes": 30}
    columns = [sa.column(name) for name in old]
    with engine.begin() as conn:
        conn.execute(sa.insert(sa.table("services", *columns)), old)
    migrate.upgrade("requests", engine)
    migrated = Unit(engine, tables.metadata)

    [body] = outbox(migrated, ServiceOffered.topic)
    offered = ServiceOffered.model_validate(body)
    spoken = ServiceOffered(
        occurred_at=offered.occurred_at,
        version=1,
        service_id=UUID(int=7),
        professional_id=PROFESSIONAL,
        kind="consultation",
        mode="in_person",
    )
    assert body == spoken.model_dump(mode="json", exclude={"offered"}) | {"occurred_at": body["occurred_at"]}
    [shown] = services.list_services(
        migrated, ListServices(professional_id=PROFESSIONAL), now=MONDAY
    ).services
    assert (shown.kind, shown.mode) == ("consultation", "in_person")
    assert defaults(engine) == defaults(unit("requests").engine) == {"kind": None, "mode": None}
    engine.dispose()


def test_services_that_were_withdrawn_before_the_directory_listened_are_told_again(
    database: Server,
) -> None:
    engine = sa.create_engine(database.new())
    migrate.upgrade("requests", engine, to="0005")
    with engine.begin() as conn:
        for number, is_offered in ((7, False), (8, True)):
            settings = {"name": "Old", "minutes": 30, "offered": is_offered}
            fields = {"kind": "test", "mode": "video", "settings": settings}
            row = {"id": UUID(int=number), "version": 4, "professional_id": PROFESSIONAL} | fields
            conn.execute(sa.insert(tables.services), row)
    migrate.upgrade("requests", engine)
    [body] = outbox(Unit(engine, tables.metadata), ServiceOffered.topic)
    told = ServiceOffered.model_validate(body)
    assert (told.service_id, told.version, told.offered) == (UUID(int=7), 4, False)
    assert body == told.model_dump(mode="json") | {"occurred_at": body["occurred_at"]}
    engine.dispose()


def defaults(engine: sa.Engine) -> dict[str, str | None]:
    columns = sa.inspect(engine).get_columns("services")
    return {each["name"]: each["default"] for each in columns if each["name"] in ("kind", "mode")}


def test_there_are_never_more_services_than_there_may_be_however_many_are_added_at_once(
    practice: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_SERVICES", 5)
    more = [first_visit(service_id=uuid4()) for _ in range(12)]
    codes = all_done([partial(services.add, practice, each, now=MONDAY) for each in more])
    assert Counter(codes) == {None: 4, "too_many": 8}
