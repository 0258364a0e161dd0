"""The inbox, on a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.notify import handlers, store
from services.notify.domain import TEXTS, compose
from services.notify.service import Notify
from shared.contracts.accounts.deletion import AccountErased
from shared.contracts.accounts.guests import GuestJoined
from shared.contracts.base import EVENTS
from shared.contracts.notify import InboxErased, InboxItem, ListInbox
from shared.contracts.requests.moves import RequestHandedOver, RequestMoved, RequestUnstaffed
from shared.db import Unit
from tests.pages import walked

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
PATIENT, PROFESSIONAL = UUID(int=1), UUID(int=2)
REQUEST_TOPICS = sorted(event.topic for event in get_args(RequestMoved))


@pytest.fixture
def notify(unit: Callable[[str], Unit]) -> Unit:
    return unit("notify")


def fact(topic: str = "requests.request_submitted.v1", **changes: Any) -> RequestMoved:
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
        "old_starts_at": NOW,
        "old_ends_at": NOW,
        "proposal_id": UUID(int=11),
        "proposed_at": NOW,
        "state": "declined",
        "follow_up_id": UUID(int=12),
    }
    made: RequestMoved = EVENTS[topic].model_validate(fields | changes)  # type: ignore[assignment]
    return made


def inbox(notify: Unit, person_id: UUID) -> list[str]:
    return [item.kind for item in handlers.list_inbox(notify, ListInbox(person_id=person_id)).items]


@pytest.mark.parametrize("topic", REQUEST_TOPICS)
def test_each_status_change_is_told_to_both_people_in_their_own_words(notify: Unit, topic: str) -> None:
    handlers.add_items(notify, fact(topic))
    kind = topic.split(".")[1]
    for person_id, words in zip((PATIENT, PROFESSIONAL), TEXTS[kind], strict=True):
        [item] = handlers.list_inbox(notify, ListInbox(person_id=person_id)).items
        assert (item.kind, item.text, item.request_id) == (kind, words, UUID(int=9))


def test_every_event_of_a_request_and_erasures_are_listened_to() -> None:
    told = {*REQUEST_TOPICS, RequestUnstaffed.topic, RequestHandedOver.topic}
    assert set(Notify.listeners) == {*told, AccountErased.topic, GuestJoined.topic}


def texts(notify: Unit, person_id: UUID) -> list[str]:
    return [item.text for item in handlers.list_inbox(notify, ListInbox(person_id=person_id)).items]


def test_only_the_patient_is_told_that_the_professional_left_the_clinic(notify: Unit) -> None:
    handlers.add_items(notify, fact(RequestUnstaffed.topic, by="system"))
    assert texts(notify, PATIENT) == [
        "Your professional no longer works at this clinic. "
        "The clinic will propose another professional or cancel the visit."
    ]
    assert texts(notify, PROFESSIONAL) == []


@pytest.mark.parametrize("same_time", [True, False])
def test_a_new_professional_is_told_of_the_visit_and_not_that_they_moved_or_confirmed_it(
    notify: Unit, same_time: bool
) -> None:
    at = fact().starts_at
    old = {"old_starts_at": at} if same_time else {}
    handed = {"handed_over": True, "version": 5}
    for event in (
        fact("requests.request_rescheduled.v1", **handed, **old),
        fact("requests.request_confirmed.v1", **handed),
        fact(RequestHandedOver.topic, version=5, old_professional_id=UUID(int=3)),
    ):
        handlers.add_items(notify, event)
    assert texts(notify, PROFESSIONAL) == ["A visit was handed over to you."]
    moved = set() if same_time else {"Your visit was rescheduled."}
    expected = {"Another professional will see you.", "Your visit is confirmed."} | moved
    assert set(texts(notify, PATIENT)) == expected
    assert texts(notify, UUID(int=3)) == []


def test_a_second_delivery_changes_nothing(notify: Unit) -> None:
    event = fact()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: handlers.add_items(notify, event), range(8)))
    assert inbox(notify, PATIENT) == ["request_submitted"]
    assert inbox(notify, PROFESSIONAL) == ["request_submitted"]


def test_what_is_told_out_of_order_is_shown_in_the_order_in_which_it_happened(notify: Unit) -> None:
    submitted = fact()
    confirmed = fact("requests.request_confirmed.v1", version=2, occurred_at=NOW + timedelta(hours=1))
    for event in (confirmed, submitted):
        handlers.add_items(notify, event)
    assert inbox(notify, PATIENT) == ["request_confirmed", "request_submitted"]


def test_pages_hold_every_item_once(notify: Unit) -> None:
    for number in range(5):
        handlers.add_items(notify, fact(request_id=uuid4(), occurred_at=NOW + timedelta(minutes=number // 2)))

    def fetch(cursor: str | None) -> tuple[list[InboxItem], str | None]:
        page = handlers.list_inbox(notify, ListInbox(person_id=PATIENT, cursor=cursor, limit=2))
        return page.items, page.next_cursor

    seen = walked(fetch)
    assert len(seen) == len({item.item_id for item in seen}) == 5
    assert [item.occurred_at for item in seen] == sorted((item.occurred_at for item in seen), reverse=True)


ERASED = AccountErased(occurred_at=NOW, version=1, person_id=PATIENT)


def published(notify: Unit) -> list[InboxErased]:
    with notify() as work:
        rows = work.conn.execute(sa.select(work.tables["outbox"])).all()
    assert {row.topic for row in rows} <= {InboxErased.topic}
    return [InboxErased.model_validate(row.body) for row in rows]


def test_what_an_erased_person_was_told_is_gone_and_others_keep_theirs(notify: Unit) -> None:
    handlers.add_items(notify, fact())
    handlers.erase_items(notify, ERASED, now=NOW)
    assert inbox(notify, PATIENT) == []
    assert inbox(notify, PROFESSIONAL) == ["request_submitted"]
    assert [(event.person_id, event.version) for event in published(notify)] == [(PATIENT, 1)]


@pytest.mark.parametrize(("erased", "other"), [(PATIENT, PROFESSIONAL), (PROFESSIONAL, PATIENT)])
def test_what_is_heard_after_the_erasure_is_told_to_the_other_only(
    notify: Unit, erased: UUID, other: UUID
) -> None:
    handlers.erase_items(notify, ERASED.model_copy(update={"person_id": erased}), now=NOW)
    handlers.add_items(notify, fact())
    assert inbox(notify, erased) == []
    assert inbox(notify, other) == ["request_submitted"]


def test_what_two_erased_people_did_is_told_to_nobody(notify: Unit) -> None:
    for number, person_id in enumerate((PATIENT, PROFESSIONAL), start=1):
        gone = AccountErased(occurred_at=NOW, version=number, person_id=person_id)
        handlers.erase_items(notify, gone, now=NOW)
    handlers.add_items(notify, fact())
    with notify() as work:
        assert work.conn.scalar(sa.select(sa.func.count()).select_from(store.items)) == 0


def test_an_erasure_that_is_delivered_again_is_announced_once(notify: Unit) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: handlers.erase_items(notify, ERASED, now=NOW), range(8)))
    assert len(published(notify)) == 1


def test_nothing_is_left_for_an_erased_person_however_the_news_meet(notify: Unit) -> None:
    """Twenty facts about a person race with their erasure."""
    facts = [fact(request_id=uuid4()) for _ in range(20)]
    tasks = [partial(handlers.add_items, notify, each) for each in facts]
    tasks.insert(10, partial(handlers.erase_items, notify, ERASED, now=NOW))
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()
    assert inbox(notify, PATIENT) == []
    assert len(inbox(notify, PROFESSIONAL)) == 20


def test_whoever_tells_finishes_before_the_inbox_is_erased(notify: Unit) -> None:
    """A person cannot be erased between the check for erased people and the insertion of the item."""
    with ThreadPoolExecutor(1) as pool, notify() as work:
        assert store.erased_among(work, PATIENT, PROFESSIONAL) == set()
        erasing = pool.submit(handlers.erase_items, notify, ERASED, now=NOW)
        with pytest.raises(TimeoutError):
            erasing.result(timeout=0.3)
        store.add(work, compose(fact()))
        work.conn.commit()
        erasing.result(timeout=5)
    assert inbox(notify, PATIENT) == []


def joined(notify: Unit, person_id: UUID) -> None:
    event = GuestJoined(occurred_at=NOW, version=1, guest_id=PATIENT, person_id=person_id)
    handlers.hand_items_over(notify, event)
    handlers.hand_items_over(notify, event)


def test_what_a_guest_was_told_is_the_persons_once_she_has_an_account(notify: Unit) -> None:
    handlers.add_items(notify, fact())
    joined(notify, UUID(int=71))
    assert (inbox(notify, PATIENT), inbox(notify, UUID(int=71))) == ([], ["request_submitted"])


def test_what_a_guest_was_told_goes_with_a_person_who_is_erased(notify: Unit) -> None:
    handlers.add_items(notify, fact())
    gone = AccountErased(occurred_at=NOW, version=1, person_id=UUID(int=71))
    handlers.erase_items(notify, gone, now=NOW)
    joined(notify, UUID(int=71))
    assert inbox(notify, PATIENT) == inbox(notify, UUID(int=71)) == []
