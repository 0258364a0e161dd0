"""Questions of the practice about a request, and the patient's answers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.requests.domain import follow_ups
from services.requests.domain.life_cycle import OPEN
from services.requests.domain.notes import MOST_FOLLOW_UPS
from services.requests.domain.request import Request
from shared.contracts.refusals import Refused
from shared.contracts.requests.moves import FollowUpAnswered, FollowUpAsked
from tests.requests.builders import MONDAY, confirmed, pending

ONE = UUID(int=300)
QUESTION, ANSWER = "Since when?", "Since Friday."
LATER = MONDAY + timedelta(hours=2)
ENDS = ["declined", "cancelled", "completed", "expired"]


def ask(before: Request, follow_up_id: UUID = ONE, question: str = QUESTION, **also: Any) -> Any:
    seen = {"by": "professional", "version": before.version, "now": LATER}
    return follow_ups.ask(before, follow_up_id, question, **(seen | also))


def answer(before: Request, follow_up_id: UUID = ONE, text: str = ANSWER, **also: Any) -> Any:
    seen = {"by": "patient", "version": before.version, "now": LATER}
    return follow_ups.answer(before, follow_up_id, text, **(seen | also))


def asked(before: Request | None = None) -> Request:
    after: Request = ask(before or pending())[0]
    return after


def code(of: Any, *args: Any, **also: Any) -> str:
    with pytest.raises(Refused) as refusal:
        of(*args, **also)
    return refusal.value.code


@pytest.mark.parametrize("before", [pending(), confirmed()])
def test_the_practice_asks_and_the_patient_answers(before: Request) -> None:
    after, [question] = ask(before)
    assert (after.status, after.version) == (before.status, before.version + 1)
    assert (type(question), question.follow_up_id, question.by) == (FollowUpAsked, ONE, "professional")
    done, [reply] = answer(after)
    assert (done.status, done.version) == (before.status, before.version + 2)
    assert (type(reply), reply.follow_up_id, reply.by) == (FollowUpAnswered, ONE, "patient")
    [kept] = done.notes.follow_ups
    assert (kept.question, kept.asked_at, kept.answer, kept.answered_at) == (QUESTION, LATER, ANSWER, LATER)


def test_what_they_wrote_is_neither_announced_nor_logged() -> None:
    after, [question] = ask(pending())
    done, [reply] = answer(after)
    told = question.model_dump_json() + reply.model_dump_json() + repr(done)
    assert "when" not in told
    assert "Friday" not in told


def test_no_side_does_what_is_the_other_one_s() -> None:
    assert code(ask, pending(), by="patient") == "not_allowed"
    assert code(answer, asked(), by="professional") == "not_allowed"


def test_saying_the_same_again_changes_nothing_whatever_has_happened_since() -> None:
    done, _ = answer(asked())
    assert ask(done, version=1) == (done, [])
    assert answer(done, version=2) == (done, [])


def test_another_question_under_the_same_id_is_refused() -> None:
    assert code(ask, asked(), question="Since when exactly?") == "idempotency_key_reused"


def test_a_question_is_answered_once() -> None:
    done, _ = answer(asked())
    assert code(answer, done, text="Since Monday.") == "already_answered"


def test_what_nobody_asked_is_not_answered() -> None:
    assert code(answer, pending()) == "unknown_follow_up"


def test_each_answer_goes_to_its_own_question() -> None:
    two = UUID(int=301)
    both, _ = ask(asked(), two, "Where?")
    done, _ = answer(both, two, "In my throat.")
    assert [each.answer for each in done.notes.follow_ups] == [None, "In my throat."]
    assert done.notes.details == "A cough."


def test_there_are_ten_questions_at_most() -> None:
    before = pending()
    for n in range(MOST_FOLLOW_UPS):
        before, _ = ask(before, UUID(int=300 + n))
    assert code(ask, before, UUID(int=400)) == "too_many_follow_ups"
    assert answer(before)[1]


def test_a_version_that_is_gone_is_refused() -> None:
    assert code(ask, pending(version=2), version=1) == "stale_version"
    assert code(answer, asked(), version=1) == "stale_version"


def test_nothing_is_said_about_a_request_that_has_expired() -> None:
    late = pending().expires_at
    assert code(ask, pending(), now=late) == "request_expired"
    assert code(answer, asked(), now=late) == "request_expired"


@pytest.mark.parametrize("status", ENDS)
def test_nothing_is_said_about_what_is_over(status: Any) -> None:
    assert status not in OPEN
    assert code(ask, pending(status=status)) == "wrong_status"
    assert code(answer, pending(status=status, notes=asked().notes)) == "wrong_status"
