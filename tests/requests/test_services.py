"""Offering services, on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg2
import pytest
import sqlalchemy as sa

from services.requests.handlers import hours
from services.requests.store import tables
from shared import migrate
from shared.contracts.requests import ListServices, ServiceOffered, ServiceView
from shared.db import Unit
from shared.errors import Refused
from tests.conftest import Server
from tests.requests.builders import MONDAY, PROFESSIONAL, RECEPTIONIST
from tests.requests.steps import first_visit, member, outbox


def test_a_service_is_shown_with_its_kind_and_mode(practice: Unit) -> None:
    hours.add_service(
        practice,
        first_visit(service_id=UUID(int=11), name="By video", kind="follow_up", mode="video", minutes=20),
        now=MONDAY,
    )
    shown = hours.list_services(practice, ListServices(professional_id=PROFESSIONAL)).services
    assert shown == [
        ServiceView(
            service_id=UUID(int=11),
            professional_id=PROFESSIONAL,
            name="By video",
            kind="follow_up",
            mode="video",
            minutes=20,
        ),
        ServiceView(
            service_id=UUID(int=10),
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
        views = list(pool.map(lambda _: hours.add_service(requests, first_visit(), now=MONDAY), range(8)))
    assert len(set(views)) == 1
    assert len(outbox(requests, ServiceOffered.topic)) == 1


def test_the_front_desk_may_repeat_what_the_professional_sent(practice: Unit) -> None:
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    again = hours.add_service(practice, first_visit(by=RECEPTIONIST, role="clinic"), now=MONDAY)
    assert again.service_id == UUID(int=10)
    assert len(outbox(practice, ServiceOffered.topic)) == 1


@pytest.mark.parametrize(
    "change", [{"minutes": 45}, {"name": "Other"}, {"kind": "follow_up"}, {"mode": "video"}], ids=str
)
def test_another_service_under_the_same_id_is_refused(practice: Unit, change: dict[str, object]) -> None:
    with pytest.raises(Refused) as refusal:
        hours.add_service(practice, first_visit(**change), now=MONDAY)
    assert refusal.value.code == "idempotency_key_reused"
    assert len(outbox(practice, ServiceOffered.topic)) == 1


@pytest.mark.parametrize("column", ["kind", "mode"])
def test_the_database_itself_refuses_a_kind_or_mode_that_is_none(practice: Unit, column: str) -> None:
    with pytest.raises(sa.exc.IntegrityError) as error, practice() as work:
        work.conn.execute(sa.update(tables.services).values({column: "seance"}))
    assert isinstance(error.value.orig, psycopg2.errors.CheckViolation)


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
    assert body == spoken.model_dump(mode="json") | {"occurred_at": body["occurred_at"]}
    [shown] = hours.list_services(migrated, ListServices(professional_id=PROFESSIONAL)).services
    assert (shown.kind, shown.mode) == ("consultation", "in_person")
    assert defaults(engine) == defaults(unit("requests").engine) == {"kind": None, "mode": None}
    engine.dispose()


def defaults(engine: sa.Engine) -> dict[str, str | None]:
    columns = sa.inspect(engine).get_columns("services")
    return {each["name"]: each["default"] for each in columns if each["name"] in ("kind", "mode")}
