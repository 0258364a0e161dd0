"""The rules of a practice and what was promised by them, on a real database."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from services.requests.handlers import policies, services
from shared.contracts.requests.policies import AppointmentPolicy, GetPolicy, PolicySettings, SetPolicy
from shared.contracts.requests.requests import CancelRequest, ConfirmRequest
from shared.contracts.requests.services import ChangeService, ServiceSettings
from shared.db import Unit
from tests.requests.builders import CLINIC, EUR, MONDAY, PATIENT, PROFESSIONAL, RECEPTIONIST, STRANGER
from tests.requests.steps import (
    NEXT_MONDAY,
    act,
    all_done,
    as_patient,
    at,
    confirmed,
    first_visit,
    look,
    member,
    refuses,
    submit,
)

OWNER = UUID(int=6)
FEE = {"hours": 48, "then": "fee", "fee": EUR.model_dump()}


@pytest.fixture
def clinic(practice: Unit) -> Unit:
    member(practice, OWNER, "owner")
    member(practice, RECEPTIONIST, "staff")
    member(practice, PROFESSIONAL, "professional")
    return practice


def put(practice: Unit, *, settings: dict[str, object] | None = None, **changes: object) -> AppointmentPolicy:
    fields = {"by": PROFESSIONAL, "role": "professional", "version": 0}
    rules = PolicySettings.model_validate(settings or {})
    return policies.set_policy(practice, SetPolicy.model_validate(fields | changes | {"settings": rules}))


def test_a_policy_is_as_usual_until_it_is_set(practice: Unit) -> None:
    usual = policies.get_policy(practice, GetPolicy(practice_id=PROFESSIONAL))
    assert (usual.version, usual.cancel.hours, usual.reschedule) == (0, 24, "request")
    after = put(practice, settings={"cancel": FEE})
    assert (after.version, after.practice_id, after.cancel.fee) == (1, PROFESSIONAL, EUR)
    assert put(practice, settings={"cancel": FEE}) == after
    assert policies.get_policy(practice, GetPolicy(practice_id=PROFESSIONAL)) == after
    with refuses("stale_version"):
        put(practice)


def test_the_policy_of_a_clinic_is_its_owners(clinic: Unit) -> None:
    theirs = {"clinic_id": CLINIC, "role": "clinic"}
    assert put(clinic, **theirs, by=OWNER).practice_id == CLINIC
    for by in (RECEPTIONIST, STRANGER):
        with refuses("not_yours"):
            put(clinic, **theirs, by=by)
    assert policies.get_policy(clinic, GetPolicy(practice_id=PROFESSIONAL)).version == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clinic_id": CLINIC}, "not_yours"),
        ({"role": "clinic", "by": OWNER}, "missing_field"),
        ({"role": "patient", "by": PATIENT}, "not_yours"),
        ({"settings": {"cancel": {"then": "fee"}}}, "fee_missing"),
        ({"settings": {"cancel": {"fee": EUR}}}, "fee_missing"),
        (
            {
                "settings": {
                    "cancel": FEE,
                    "reschedule_window": FEE | {"fee": {"amount_minor": 1, "currency": "CHF"}},
                }
            },
            "two_currencies",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_refused(clinic: Unit, changes: dict[str, object], code: str) -> None:
    with refuses(code):
        put(clinic, **changes)


def test_of_two_edits_at_once_one_wins_and_one_sent_twice_is_no_race(practice: Unit) -> None:
    edits = [partial(put, practice, settings={"joiners": n}) for n in (2, 3)]
    assert sorted(map(str, all_done(edits))) == ["None", "stale_version"]
    again = partial(put, practice, version=1, settings={"joiners": 4})
    assert all_done([again] * 8) == [None] * 8


def test_what_was_promised_at_the_confirmation_stays_whatever_changes_later(practice: Unit) -> None:
    service_id = UUID(int=11)
    services.add(practice, first_visit(service_id=service_id, price=EUR), now=MONDAY)
    waiting = submit(practice, service_id=service_id)
    put(practice, settings={"cancel": FEE})
    view = act(practice, ConfirmRequest, waiting)
    assert (waiting.terms, waiting.price) == (None, EUR)
    assert view.terms
    assert (view.terms.policy_version, view.terms.price, view.terms.cancel.fee) == (1, EUR, EUR)
    put(practice, version=1, settings={"cancel": {"hours": 0, "then": "forbid"}})
    services.change(
        practice,
        ChangeService(
            service_id=service_id,
            professional_id=PROFESSIONAL,
            by=PROFESSIONAL,
            role="professional",
            version=1,
            settings=ServiceSettings(
                name="Dear", minutes=60, price={"amount_minor": 9900, "currency": "EUR"}
            ),
        ),
        now=MONDAY,
    )
    assert look(practice, view.request_id, by=PATIENT, role="patient") == view
    late = NEXT_MONDAY - timedelta(hours=1)
    assert as_patient(practice, CancelRequest, view, now=late, accept_fee=EUR).fee == EUR


def test_a_request_that_waits_is_promised_what_holds_when_it_is_confirmed(practice: Unit) -> None:
    view = confirmed(practice)
    put(practice, settings={"joiners": 3})
    later = confirmed(practice, starts_at=at(30), joiners=["Ida", "Leo"])
    assert view.terms
    assert later.terms
    assert (view.terms.policy_version, later.terms.policy_version) == (0, 1)
    with refuses("too_many_joiners"):
        submit(practice, request_id=uuid4(), starts_at=at(60), joiners=["A", "B", "C", "D"])
