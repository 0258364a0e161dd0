"""A reset by a mailed link gives an account back to the owner of its address."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.accounts.domain.second_factors import is_doubtful
from services.accounts.store import sessions, tables
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.sessions import AccessRevoked
from tests.accounts.authenticator import Authenticator
from tests.accounts.steps import ANNA, NOW, PHONE, House, outcome
from tests.accounts.test_factors import STEP, code, offered, with_app
from tests.accounts.test_passkeys import added, asked, sign_in

NEW, NEWER = "eleven boats under the bridge", "twelve geese over the marshes"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def proved(house: House, owner: AccountView, at: datetime | None) -> None:
    """Have the address proved at another time than when the account was made, or never."""
    with house.unit() as work:
        mine = tables.people.c.id == owner.account_id
        work.conn.execute(sa.update(tables.people).where(mine).values(proved_at=at))


def by_passkey(house: House, device: Authenticator) -> str | None:
    offer = asked(house)
    return outcome(lambda: sign_in(house, offer, device.get(offer.options)))


def told(house: House) -> str:
    [mail] = [each for each in house.mails() if each["Subject"] == "You have a new password"]
    text: str = mail.get_content()
    return text


@pytest.mark.parametrize(
    ("proved_at", "added_at", "doubtful"),
    [
        (NOW, NOW - MINUTE, False),
        (NOW, NOW, True),
        (NOW, NOW + MINUTE, True),
        (None, NOW, True),
        (NOW, None, True),
        (None, None, True),
    ],
)
def test_what_was_added_since_the_address_was_proved_is_in_doubt(
    proved_at: Any, added_at: Any, doubtful: bool
) -> None:
    assert is_doubtful(replace(ANNA, proved_at=proved_at), added_at) is doubtful


@pytest.mark.parametrize("proved_at", [None, NOW - MINUTE], ids=["never proved", "proved before"])
def test_what_a_stranger_added_ends_and_the_owner_is_told(
    house: House, anna: AccountView, proved_at: datetime | None
) -> None:
    proved(house, anna, proved_at)
    house.sign_in(device={})
    device = Authenticator()
    added(house, anna, device)
    with_app(house, anna)
    other = house.reset_token()
    house.reset(house.reset_token(), NEW)
    assert house.rows(tables.passkeys) == house.rows(tables.totps) == house.rows(tables.devices) == []
    assert [row["ended_at"] for row in house.rows(tables.sessions)] == [NOW] * 2
    assert outcome(lambda: house.reset(other, NEWER)) == "dead_link"
    assert by_passkey(house, device) == "bad_passkey"
    assert [body["reason"] for body in house.events(AccessRevoked.topic)] == ["password_reset"]
    actions = [action for _, _, action in house.audit(anna.account_id)]
    assert actions[-3:] == ["totp_removed", "passkey_removed", "password_reset"]
    text = told(house)
    for line in ("devices: 2", "recovery codes: 1", "passkeys: 1", "calendar feeds"):
        assert line in text
    assert "stays" not in text
    assert "My phone" not in text, "the name may be a stranger's words"
    assert outcome(lambda: house.sign_in(password=NEW)) is None


def test_what_the_owner_added_before_they_proved_the_address_stays_with_its_recovery_codes(
    house: House, anna: AccountView
) -> None:
    device = Authenticator()
    added(house, anna, device)
    secret, recovery = with_app(house, anna)
    proved(house, anna, NOW + MINUTE)
    house.reset(house.reset_token(), NEW)
    assert outcome(lambda: house.sign_in(password=NEW)) == "code_needed"
    assert outcome(lambda: house.sign_in(password=NEW, code=recovery[0])) is None
    later = NOW + 2 * STEP
    assert outcome(lambda: house.sign_in(password=NEW, now=later, code=code(secret, later))) is None
    assert by_passkey(house, device) is None
    text = told(house)
    assert "the authenticator app with its recovery codes" in text
    assert "- passkeys: 1" in text.partition("What stays:")[2]


def test_using_a_mailed_link_proves_the_address(house: House, anna: AccountView) -> None:
    proved(house, anna, None)
    device = Authenticator()
    house.reset(house.reset_token(), NEW)
    added(house, anna, device)
    with house.unit() as work:
        work.conn.execute(sa.update(tables.passkeys).values(added_at=NOW - MINUTE))
    house.reset(house.reset_token(), NEWER)
    assert by_passkey(house, device) is None


def test_an_app_that_the_owner_still_holds_stays(house: House, anna: AccountView) -> None:
    secret, recovery = with_app(house, anna)
    later = NOW + 2 * STEP
    token = house.reset_token()
    assert outcome(lambda: house.reset(token, NEW, code="000000", now=later)) == "wrong_code"
    assert outcome(house.sign_in) == "code_needed", "nothing has changed"
    house.reset(token, NEW, code=code(secret, later), now=later)
    assert outcome(lambda: house.sign_in(password=NEW)) == "code_needed"
    assert outcome(lambda: house.sign_in(password=NEW, code=recovery[0])) is None
    house.reset(house.reset_token(), NEWER, code=recovery[1])
    assert outcome(lambda: house.sign_in(password=NEWER, code=recovery[1])) == "wrong_code"
    assert outcome(lambda: house.sign_in(password=NEWER, code=recovery[2])) is None


def test_codes_are_not_guessed_by_a_reset(house: House, anna: AccountView) -> None:
    with_app(house, anna)
    strict = house.with_tools(settings=house.tools.settings.model_copy(update={"sign_in_rate": "5/minute"}))
    token = strict.reset_token()
    codes = [outcome(lambda: strict.reset(token, NEW, code="000000")) for _ in range(6)]
    assert codes == [*["wrong_code"] * 5, "too_many_attempts"]


def test_a_device_of_a_stranger_is_counted_like_any_other_after_a_reset(
    house: House, anna: AccountView
) -> None:
    def is_known() -> bool:
        with house.unit() as work:
            return sessions.is_known_device(work, anna.email, PHONE)

    house.sign_in()
    assert is_known()
    house.reset(house.reset_token(), NEW)
    assert not is_known()


def test_an_app_that_was_never_confirmed_is_gone_after_a_reset(house: House, anna: AccountView) -> None:
    offered(house, anna)
    house.reset(house.reset_token(), NEW)
    assert house.rows(tables.totps) == []
    assert "recovery codes: 0" in told(house)
