"""The inbox, on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notify import handlers
from services.notify.domain import SAID, RequestEvent
from services.notify.service import Notify
from shared.contracts.base import EVENTS
from shared.contracts.notify import InboxItem, ListInbox
from shared.db import Unit
from tests.pages import walked

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
PATIENT, PROFESSIONAL = UUID(int=1), UUID(int=2)
REQUEST_TOPICS = sorted(topic for topic in EVENTS if topic.startswith("requests.request_"))


@pytest.fixture
def notify(unit: Callable[[str], Unit]) -> Unit:
    return unit("notify")


def fact(topic: str = "requests.request_submitted.v1", **changes: Any) -> RequestEvent:
    fields = {
        "occurred_at": NOW,
        "version": 1,
        "request_id": UUID(int=9),
        "patient_id": PATIENT,
        "professional_id": PROFESSIONAL,
        "service_id": UUID(int=10),
        "starts_at": NOW + timedelta(days=1),
        "ends_at": NOW + timedelta(days=1, minutes=30),
        "by": "patient",
        "expires_at": NOW,
    }
    made: RequestEvent = EVENTS[topic].model_validate(fields | changes)  # type: ignore[assignment]
    return made


def inbox(notify: Unit, person_id: UUID) -> list[str]:
    return [item.kind for item in handlers.list_inbox(notify, ListInbox(person_id=person_id)).items]


@pytest.mark.parametrize("topic", REQUEST_TOPICS)
def test_each_status_change_is_told_to_both_people_in_their_own_words(notify: Unit, topic: str) -> None:
    handlers.tell(notify, fact(topic))
    kind = topic.split(".")[1]
    for person_id, words in zip((PATIENT, PROFESSIONAL), SAID[kind], strict=True):
        [item] = handlers.list_inbox(notify, ListInbox(person_id=person_id)).items
        assert (item.kind, item.text, item.request_id) == (kind, words, UUID(int=9))


def test_every_event_of_a_request_is_listened_to() -> None:
    assert set(Notify.hears) == set(REQUEST_TOPICS)


def test_a_second_delivery_changes_nothing(notify: Unit) -> None:
    event = fact()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: handlers.tell(notify, event), range(8)))
    assert inbox(notify, PATIENT) == ["request_submitted"]
    assert inbox(notify, PROFESSIONAL) == ["request_submitted"]


def test_what_is_told_out_of_order_is_shown_in_the_order_in_which_it_happened(notify: Unit) -> None:
    submitted = fact()
    confirmed = fact("requests.request_confirmed.v1", version=2, occurred_at=NOW + timedelta(hours=1))
    for event in (confirmed, submitted):
        handlers.tell(notify, event)
    assert inbox(notify, PATIENT) == ["request_confirmed", "request_submitted"]


def test_pages_hold_every_item_once(notify: Unit) -> None:
    for number in range(5):
        handlers.tell(notify, fact(request_id=uuid4(), occurred_at=NOW + timedelta(minutes=number // 2)))

    def fetch(cursor: str | None) -> tuple[list[InboxItem], str | None]:
        page = handlers.list_inbox(notify, ListInbox(person_id=PATIENT, cursor=cursor, limit=2))
        return page.items, page.next_cursor

    seen = walked(fetch)
    assert len(seen) == len({item.item_id for item in seen}) == 5
    assert [item.occurred_at for item in seen] == sorted((item.occurred_at for item in seen), reverse=True)
