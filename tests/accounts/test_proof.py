"""Fresh proof of who is there, before anything changes in how somebody signs in."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from run.discovery import import_contracts
from services.accounts.handlers import clinics, fresh_proof, invitations, second_factors
from services.accounts.service import Accounts
from services.accounts.store import tables
from shared.contracts.accounts.clinics import ChangeMember, ClinicView, EndMembership, Invite
from shared.contracts.accounts.factors import RemovePasskey, StartTotp
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.sessions import (
    EndSession,
    PasskeyOptions,
    Prove,
    StartProof,
    WithFreshProof,
    WithFreshProofBy,
)
from shared.contracts.base import COMMANDS, Command
from tests.accounts.authenticator import Authenticator
from tests.accounts.steps import NOW, PASSWORD, House, outcome, refused
from tests.accounts.test_factors import code, with_app
from tests.accounts.test_passkeys import added

LATE = NOW + timedelta(minutes=10)
import_contracts()
GUARDED = [each for each in COMMANDS.values() if issubclass(each, (WithFreshProof, WithFreshProofBy))]


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def started(house: House, session_id: UUID, owner: AccountView, *, now: datetime) -> str | None:
    """Return the outcome of a command that needs proof."""
    command = StartTotp(person_id=owner.account_id, session_id=session_id)
    return outcome(lambda: second_factors.start_totp(house.unit, command, tools=house.tools, now=now))


def prove(
    house: House, session_id: UUID, owner: AccountView, *, now: datetime = LATE, **by: Any
) -> str | None:
    command = Prove(person_id=owner.account_id, session_id=session_id, origin="192.0.2.1", **by)
    return outcome(lambda: fresh_proof.prove(house.unit, command, tools=house.tools, now=now))


def offered(house: House, owner: AccountView) -> PasskeyOptions:
    command = StartProof(person_id=owner.account_id)
    return fresh_proof.start(house.unit, command, challenge_id=uuid4(), tools=house.tools, now=LATE)


def example(command: type[Command[Any]], person_id: UUID, session_id: UUID) -> Command[Any]:
    """A command with any values; one of an owner is about somebody else, or makes an owner."""
    of_an_owner = issubclass(command, WithFreshProofBy)
    values = {
        "by": person_id,
        "person_id": uuid4() if of_an_owner else person_id,
        "clinic_id": uuid4(),
        "invitation_id": uuid4(),
        "role": "owner" if command in (Invite, ChangeMember) else "clinic",
        "session_id": session_id,
        "code": "123456",
        "challenge_id": uuid4(),
        "passkey_id": uuid4(),
        "change_id": uuid4(),
        "name": "A phone",
        "credential": {},
        "email": "new@example.org",
        "password": PASSWORD,
        "origin": "192.0.2.1",
    }
    return command.model_validate({name: values[name] for name in command.model_fields if name in values})


class Handling:
    """Accounts without its bus: each command is handled at a given time."""

    def __init__(self, house: House, *, now: datetime) -> None:
        self._house, self._now = house, now

    def __call__(self, command: Command[Any]) -> Any:
        service = Accounts.__new__(Accounts)
        house, now = self._house, self._now
        service.__dict__.update(unit=house.unit, tools=house.tools, clock=lambda: now)
        _, handler = Accounts.commands[command.address]
        return handler(service, command)


@pytest.mark.parametrize("command", GUARDED, ids=lambda each: each.__name__)
def test_every_change_of_sign_in_of_roles_and_of_owners_needs_fresh_proof(
    house: House, anna: AccountView, command: type[Command[Any]]
) -> None:
    session_id = house.sign_in().session_id
    before = [house.rows(each) for each in (tables.totps, tables.passkeys, tables.challenges, tables.people)]
    command = example(command, anna.account_id, session_id)
    refusal = refused(lambda: Handling(house, now=LATE)(command))
    assert (refusal.code, refusal.facts) == ("proof_needed", {"prove_with": ["password"]})
    after = [house.rows(each) for each in (tables.totps, tables.passkeys, tables.challenges, tables.people)]
    assert before == after


_GUARDED_PATHS = (
    "/v1/me/totp",
    "/v1/me/passkeys",
    "/v1/me/email",
    "/v1/me/roles",
    "/v1/clinics/{clinic_id}/members/",
)


def test_what_adds_or_removes_a_factor_an_address_a_role_or_a_member_is_guarded() -> None:
    """An operation that is named like one of these documents the refusal."""
    paths = json.loads(Path("docs/openapi.json").read_text(encoding="utf-8"))["paths"]
    found = {
        f"{method.upper()} {path}": json.dumps(operation["responses"].get("403"))
        for path, operations in paths.items()
        if path.startswith(_GUARDED_PATHS)
        for method, operation in operations.items()
        if method != "get" and path != "/v1/me/email/confirm"  # of a change that was begun with proof
    }
    assert len(found) >= 9
    assert [each for each, codes in found.items() if "proof_needed" not in codes] == []


@pytest.mark.parametrize(
    ("after", "code"), [(timedelta(minutes=10, seconds=-1), None), (timedelta(minutes=10), "proof_needed")]
)
def test_signing_in_is_proof_for_ten_minutes_and_refreshing_is_none(
    house: House, anna: AccountView, after: timedelta, code: str | None
) -> None:
    token = house.sign_in()
    assert house.refresh(token.refresh_token, now=NOW + after).session_id == token.session_id
    assert started(house, token.session_id, anna, now=NOW + after) == code


def test_the_password_is_proof_on_the_session_it_is_sent_on(house: House, anna: AccountView) -> None:
    here, there = (house.sign_in(device={}).session_id for _ in range(2))
    assert prove(house, here, anna, password="no") == "wrong_password"
    assert started(house, here, anna, now=LATE) == "proof_needed"
    assert prove(house, here, anna, password=PASSWORD) is None
    assert started(house, here, anna, now=LATE) is None
    assert started(house, there, anna, now=LATE) == "proof_needed"
    assert started(house, here, anna, now=LATE + timedelta(minutes=10)) == "proof_needed"


def test_a_code_is_proof_where_there_is_an_app(house: House, anna: AccountView) -> None:
    session_id = house.sign_in().session_id
    assert prove(house, session_id, anna, code="123456") == "wrong_code"
    secret, recovery = with_app(house, anna)
    command = StartTotp(person_id=anna.account_id, session_id=session_id)
    refusal = refused(lambda: second_factors.start_totp(house.unit, command, tools=house.tools, now=LATE))
    assert refusal.facts["prove_with"] == ["password", "code"]
    assert prove(house, session_id, anna, code="000000") == "wrong_code"
    assert prove(house, session_id, anna, code=code(secret, LATE)) is None
    assert started(house, session_id, anna, now=LATE) == "already_on"
    much_later = LATE + timedelta(hours=1)
    assert prove(house, session_id, anna, code=recovery[0], now=much_later) is None
    assert prove(house, session_id, anna, code=recovery[0], now=much_later) == "wrong_code"


def test_a_passkey_is_proof_and_a_failed_answer_uses_its_challenge_up(
    house: House, anna: AccountView
) -> None:
    device, session_id = Authenticator(), house.sign_in().session_id
    added(house, anna, device)
    offer = offered(house, anna)
    assert [each["type"] for each in offer.options["allowCredentials"]] == ["public-key"]

    def answer(**lies: Any) -> str | None:
        passkey = {"challenge_id": offer.challenge_id, "credential": device.get(offer.options, **lies)}
        return prove(house, session_id, anna, passkey=passkey)

    assert answer(origin="https://evil.example") == "bad_passkey"
    assert answer() == "bad_passkey"
    offer = offered(house, anna)
    assert answer() is None
    assert started(house, session_id, anna, now=LATE) is None


def test_somebody_elses_passkey_proves_nothing(house: House, anna: AccountView) -> None:
    bea, device, session_id = house.register("Bea Bo"), Authenticator(), house.sign_in().session_id
    added(house, bea, device)
    offer = offered(house, anna)
    passkey = {"challenge_id": offer.challenge_id, "credential": device.get(offer.options)}
    assert prove(house, session_id, anna, passkey=passkey) == "bad_passkey"
    assert started(house, session_id, anna, now=LATE) == "proof_needed"


def ended(house: House, anna: AccountView) -> UUID:
    session_id = house.sign_in().session_id
    Handling(house, now=NOW)(EndSession(person_id=anna.account_id, session_id=session_id))
    return session_id


def somebody_elses(house: House, _: AccountView) -> UUID:
    house.register("Bea Bo")
    return house.sign_in("Bea Bo").session_id


@pytest.mark.parametrize(
    "of", [ended, somebody_elses, lambda *_: uuid4()], ids=["ended", "another's", "none"]
)
def test_a_session_that_is_not_theirs_proves_nothing(
    house: House, anna: AccountView, of: Callable[[House, AccountView], UUID]
) -> None:
    session_id = of(house, anna)
    assert prove(house, session_id, anna, now=NOW, password=PASSWORD) == "session_ended"
    assert started(house, session_id, anna, now=NOW) == "proof_needed"


@pytest.mark.parametrize("by", [{}, {"password": PASSWORD, "code": "123456"}])
def test_one_proof_is_sent_at_a_time(house: House, anna: AccountView, by: dict[str, str]) -> None:
    assert prove(house, house.sign_in().session_id, anna, **by) == "invalid_value"


def test_a_passkey_is_not_removed_with_an_access_token_alone(house: House, anna: AccountView) -> None:
    passkey, session_id = added(house, anna, Authenticator()), house.sign_in().session_id
    command = RemovePasskey(person_id=anna.account_id, session_id=session_id, passkey_id=passkey.passkey_id)
    assert outcome(lambda: second_factors.remove_passkey(house.unit, command, now=LATE)) == "proof_needed"
    assert house.count(tables.passkeys) == 1
    assert outcome(lambda: second_factors.remove_passkey(house.unit, command, now=NOW)) is None
    assert house.count(tables.passkeys) == 0


def test_an_old_session_invites_an_owner_with_fresh_proof_alone_and_others_without(
    house: House, olga: AccountView, at: ClinicView
) -> None:
    session_id = house.sign_in("Olga Owner").session_id

    def invited(role: str) -> str | None:
        fields = {"invitation_id": uuid4(), "clinic_id": at.clinic_id, "email": f"{role}@example.org"}
        command = Invite.model_validate(
            fields | {"by": olga.account_id, "session_id": session_id, "role": role}
        )
        return outcome(lambda: invitations.invite(house.unit, command, tools=house.tools, now=LATE))

    assert [invited(role) for role in ("staff", "professional", "owner")] == [None, None, "proof_needed"]
    assert prove(house, session_id, olga, password=PASSWORD) is None
    assert invited("owner") is None


def test_a_member_leaves_without_fresh_proof_and_nobody_else_is_sent_away_so(
    house: House, olga: AccountView, at: ClinicView, staff: AccountView
) -> None:
    """The proof of another person's session counts for nothing."""
    house.join(at, olga, staff, "owner")
    session_id = house.sign_in("Stefan Staff").session_id

    def ended(who: AccountView, here: UUID) -> str | None:
        command = EndMembership(
            clinic_id=at.clinic_id,
            person_id=who.account_id,
            by=staff.account_id,
            session_id=here,
            role="clinic",
        )
        return outcome(lambda: clinics.end_membership(house.unit, command, now=LATE))

    assert ended(olga, session_id) == "proof_needed"
    assert ended(olga, house.at_hand(olga.account_id, now=LATE)) == "proof_needed"
    assert ended(staff, session_id) is None
