"""Notes are read by the two sides of a request, and by nobody who reads the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from services.requests import store
from services.requests.domain.notes import FollowUp, Notes
from services.requests.handlers import erasure
from services.requests.store import tables
from shared.contracts.accounts.deletion import AccountClosed, AccountErased
from shared.contracts.requests.proposals import AnswerFollowUp, AskFollowUp
from shared.contracts.requests.requests import DeclineRequest, ListRequests, RequestView
from shared.db import Unit
from tests.requests.builders import MONDAY, PATIENT, PROFESSIONAL, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    TOOLS,
    act,
    as_patient,
    at,
    confirmed,
    everything,
    look,
    page,
    published,
    refuses,
    rows,
    submit,
    wake,
)

QUESTION = {"follow_up_id": UUID(int=70), "question": "Since when?"}


def talked(practice: Unit) -> RequestView:
    """A declined request with every sort of words."""
    view = submit(practice, details="canary-details", joiners=["canary-joiner"])
    asked = act(practice, AskFollowUp, view, **(QUESTION | {"question": "canary-question"}))
    answered = as_patient(
        practice, AnswerFollowUp, asked, follow_up_id=QUESTION["follow_up_id"], words="canary-answer"
    )
    return act(practice, DeclineRequest, answered, words="canary-decline")


def test_words_are_seen_by_both_sides_and_found_in_no_table(practice: Unit) -> None:
    view = talked(practice)
    for by, role in ((PATIENT, "patient"), (PROFESSIONAL, "professional")):
        shown = look(practice, view.request_id, by=by, role=role)
        assert shown == view
    [said] = view.follow_ups
    assert (view.details, view.joiners, view.decline_words) == (
        "canary-details",
        ["canary-joiner"],
        "canary-decline",
    )
    assert (said.question, said.answer) == ("canary-question", "canary-answer")
    stored = str(everything(practice))
    assert str(view.request_id) in stored
    assert "canary" not in stored
    assert b"canary".hex() not in stored


def test_the_key_of_one_patient_opens_no_words_of_another(practice: Unit) -> None:
    view, other = (
        submit(practice),
        submit(practice, request_id=uuid4(), patient_id=STRANGER, starts_at=at(30)),
    )
    words = {row["id"]: row["words"] for row in rows(practice, tables.requests)}
    with practice() as work:
        hers = store.keys.key_of(work, TOOLS.master, PATIENT)
    assert b"A cough." in hers.open(words[view.request_id], of=view.request_id)
    with pytest.raises(InvalidTag):
        hers.open(words[other.request_id], of=other.request_id)
    with pytest.raises(InvalidTag):
        hers.open(words[view.request_id], of=other.request_id)
    wrapped = {row["patient_id"]: row["wrapped"] for row in rows(practice, tables.patient_keys)}
    with pytest.raises(InvalidTag):
        TOOLS.master.unwrap(wrapped[PATIENT], of=STRANGER)


def test_a_request_without_words_needs_no_key(practice: Unit) -> None:
    view = submit(practice, details="")
    assert rows(practice, tables.patient_keys) == []
    assert look(practice, view.request_id, by=PATIENT, role="patient") == view


def erase(practice: Unit, person_id: UUID, *, now: object = MONDAY) -> None:
    event = AccountErased.model_validate({"occurred_at": now, "version": 1, "person_id": person_id})
    erasure.erase(practice, event, tools=TOOLS, now=event.occurred_at)


def test_after_the_erasure_the_key_is_gone_and_every_view_shows_no_words(practice: Unit) -> None:
    view = talked(practice)
    other = submit(practice, request_id=uuid4(), patient_id=STRANGER, starts_at=at(30))
    before = {row["id"]: row["words"] for row in rows(practice, tables.requests)}
    erase(practice, PATIENT)
    assert [row["patient_id"] for row in rows(practice, tables.patient_keys)] == [STRANGER]
    with practice() as work:  # a row that came back from a copy
        found = sa.update(tables.requests).where(tables.requests.c.id == view.request_id)
        work.conn.execute(found.values(words=before[view.request_id]))
    shown = {
        each.request_id: each
        for each in page(practice, ListRequests(person_id=PROFESSIONAL, role="professional")).requests
    }
    left = shown[view.request_id]
    assert (left.details, left.joiners, left.decline_words, left.follow_ups) == ("", [], "", [])
    assert left.decline_reason == "other"
    assert shown[other.request_id].details == "A cough."


def test_nothing_is_written_about_an_erased_patient_any_more(practice: Unit) -> None:
    view = confirmed(practice)
    erase(practice, PATIENT, now=view.ends_at)
    left = look(practice, view.request_id, by=PROFESSIONAL, role="professional")
    with refuses("too_late"):
        act(practice, AskFollowUp, left, **QUESTION, now=view.ends_at)
    assert rows(practice, tables.patient_keys) == []


def test_the_first_words_of_a_patient_stay_though_another_waited_for_them(practice: Unit) -> None:
    """A transaction that waits for a row reads it again when it is free, and the new key too."""
    view = submit(practice, details="")
    closed = AccountClosed(occurred_at=MONDAY, version=2, person_id=PATIENT)
    with ThreadPoolExecutor(1) as pool, practice() as work:
        before = store.requests.find(work, TOOLS.master, view.request_id, to_change=True)
        assert before
        closing = pool.submit(erasure.note_closing, practice, closed, tools=TOOLS, now=MONDAY)
        with pytest.raises(TimeoutError):
            closing.result(timeout=0.3)
        asked = FollowUp(id=UUID(int=70), question="Since when?", asked_at=MONDAY)
        after = before.__class__(**(before.__dict__ | {"version": 2, "notes": Notes(follow_ups=(asked,))}))
        store.requests.save(work, TOOLS.master, after, due_at=None)
        work.conn.commit()
        closing.result(timeout=5)
    shown = look(practice, view.request_id, by=PATIENT, role="patient")
    assert (shown.status, shown.version) == ("cancelled", 3)
    assert [each.question for each in shown.follow_ups] == ["Since when?"]


@contextmanager
def a_slow_timer() -> Iterator[None]:
    """Its query takes half a second, in which others commit."""

    def slowly(*event: Any) -> tuple[str, Any]:
        _, _, statement, parameters, *_ = event
        if "SKIP LOCKED" in statement:
            statement = statement.replace("WHERE ", "WHERE pg_sleep(0.5) IS NOT NULL AND ", 1)
        return statement, parameters

    sa.event.listen(sa.Engine, "before_cursor_execute", slowly, retval=True)
    yield
    sa.event.remove(sa.Engine, "before_cursor_execute", slowly)


def test_the_first_words_of_a_patient_stay_though_the_timer_looked_before_they_were_there(
    practice: Unit,
) -> None:
    view = submit(practice, details="")
    with a_slow_timer(), ThreadPoolExecutor(1) as pool:
        waking = pool.submit(wake, practice, now=view.expires_at)
        with pytest.raises(TimeoutError):
            waking.result(timeout=0.2)
        act(practice, AskFollowUp, view, **QUESTION)
        assert waking.result(timeout=5) == 1
    shown = look(practice, view.request_id, by=PATIENT, role="patient")
    assert (shown.status, shown.version) == ("expired", 3)
    assert [each.question for each in shown.follow_ups] == ["Since when?"]


def test_a_question_and_its_answer_are_told_without_their_words(practice: Unit) -> None:
    view = submit(practice)
    asked = act(practice, AskFollowUp, view, **QUESTION)
    assert act(practice, AskFollowUp, view, **QUESTION) == asked
    with refuses("not_allowed"):
        as_patient(practice, AskFollowUp, asked, follow_up_id=uuid4(), question="And you?")
    with refuses("idempotency_key_reused"):
        act(practice, AskFollowUp, asked, **(QUESTION | {"question": "Where?"}))
    reply = {"follow_up_id": QUESTION["follow_up_id"], "words": "For a week."}
    with refuses("not_allowed"):
        act(practice, AnswerFollowUp, asked, **reply)
    with refuses("stale_version"):
        as_patient(practice, AnswerFollowUp, view, **reply)
    with refuses("unknown_follow_up"):
        as_patient(practice, AnswerFollowUp, asked, **(reply | {"follow_up_id": uuid4()}))
    answered = as_patient(practice, AnswerFollowUp, asked, **reply)
    assert as_patient(practice, AnswerFollowUp, asked, **reply) == answered
    with refuses("already_answered"):
        as_patient(practice, AnswerFollowUp, answered, **(reply | {"words": "No."}))
    assert published(practice, "follow_up") == [
        "requests.follow_up_asked.v1",
        "requests.follow_up_answered.v1",
    ]


def test_ten_questions_are_enough(practice: Unit) -> None:
    view = submit(practice)
    for number in range(10):
        view = act(practice, AskFollowUp, view, follow_up_id=UUID(int=number), question="Well?")
    with refuses("too_many_follow_ups"):
        act(practice, AskFollowUp, view, follow_up_id=uuid4(), question="Well?")


def test_there_is_nothing_to_ask_about_what_is_over(practice: Unit) -> None:
    declined = act(practice, DeclineRequest, submit(practice))
    with refuses("wrong_status"):
        act(practice, AskFollowUp, declined, **QUESTION)
    view = submit(practice, request_id=uuid4())
    with refuses("request_expired"):
        act(practice, AskFollowUp, view, **QUESTION, now=NEXT_MONDAY - timedelta(hours=2))
