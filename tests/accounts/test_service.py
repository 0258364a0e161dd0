"""Accounts as the bus meets it: the clock, new ids, keys and mail come from here."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest

from services.accounts.service import Accounts
from shared.bus import open_envelope
from shared.contracts.accounts.deletion import AccountErased, AskDeletion, ConfirmDeletion
from shared.contracts.accounts.people import OpenAccount
from shared.contracts.accounts.recovery import AskReset
from shared.contracts.accounts.sessions import ListTokenKeys, SignIn, TokenView
from shared.contracts.base import Answer, Command
from shared.contracts.refusals import Refused
from shared.db import Unit
from shared.settings import Settings
from tests.accounts.steps import NOW, PASSWORD, House, token_in

EMAIL, ORIGIN = "anna.conti@example.org", "192.0.2.1"


@pytest.fixture
def accounts(unit: Callable[[str], Unit], settings: Settings) -> Accounts:
    soon = settings.model_copy(update={"deletion_grace": timedelta(0)})
    service = Accounts(unit("accounts"), soon, clock=lambda: NOW)
    call(
        service,
        OpenAccount(account_id=uuid4(), email=EMAIL, password=PASSWORD, name="Anna", role="patient"),
    )
    return service


def call(accounts: Accounts, sent: Command[Answer]) -> Answer:
    return open_envelope(accounts.handle_command(sent.address, sent.model_dump(mode="json")), type(sent))


def sign_in(accounts: Accounts) -> TokenView:
    return call(accounts, SignIn(email=EMAIL, password=PASSWORD, origin=ORIGIN))


def test_its_public_key_verifies_its_tokens(accounts: Accounts) -> None:
    token = sign_in(accounts)
    [key] = call(accounts, ListTokenKeys()).keys
    header = jwt.get_unverified_header(token.access_token)
    assert (header["alg"], header["kid"]) == ("EdDSA", key["kid"])
    assert "d" not in key
    jwt.PyJWS().decode(token.access_token, jwt.PyJWK(key).key, ["EdDSA"])


def test_each_sign_in_is_a_session_of_its_own(accounts: Accounts) -> None:
    assert sign_in(accounts).session_id != sign_in(accounts).session_id


def test_its_timers_mail_what_was_asked_for_and_erase_what_is_due(accounts: Accounts) -> None:
    house = House(accounts.unit, accounts.tools, accounts.settings.home)
    call(accounts, AskReset(email=EMAIL, origin=ORIGIN))
    for timer in ("mail_delivery.answer_mail_requests", "mail_delivery.send_mails"):
        accounts.run_periodic(timer)
    assert len(list(house.home.glob("mail/*.eml"))) == 1
    call(accounts, AskDeletion(email=EMAIL, origin=ORIGIN))
    [mail] = house.mails()
    call(accounts, ConfirmDeletion(token=token_in(mail, "deletion")))
    accounts.run_periodic("deletion.erase_due")
    assert len(house.events(AccountErased.topic)) == 1
    with pytest.raises(Refused) as refusal:
        sign_in(accounts)
    assert refusal.value.code == "wrong_credentials"


def test_what_is_old_is_swept_by_its_timer(accounts: Accounts) -> None:
    sign_in(accounts)
    later = Accounts(accounts.unit, accounts.settings, clock=lambda: NOW + timedelta(days=91))
    later.run_periodic("sessions.forget_old")
    house = House(accounts.unit, accounts.tools, accounts.settings.home)
    assert house.rows(accounts.metadata.tables["sessions"]) == []
