"""A change of address: the new one is proved, the old one is told, and can be set back for 7 days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.accounts.domain.address_change import LASTS, TRIES, UNDO_LASTS
from services.accounts.domain.person import Person
from services.accounts.handlers import address_changes, mail_delivery, password_changes
from services.accounts.store import addresses as store
from services.accounts.store import people as rows
from services.accounts.store import tables
from shared.contracts.accounts.addresses import AddressChangeView, ChangeAddress, ConfirmAddress, UndoAddress
from shared.contracts.accounts.people import AccountView
from shared.contracts.accounts.recovery import AskReset, ChangePassword
from shared.contracts.accounts.sessions import AccessRevoked
from tests.accounts.authenticator import Authenticator
from tests.accounts.steps import NOW, PASSWORD, SOON, House, address, code_in, outcome, token_in
from tests.accounts.test_factors import with_app
from tests.accounts.test_passkeys import added, asked, sign_in

OLD, NEW, EVE = address("Anna Conti"), "anna@new.example.org", "eve@evil.example.org"
OTHER = "nine green bottles on a wall"
NEW_ONE = "eleven boats under the bridge"
LONG_AFTER = NOW + UNDO_LASTS


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def ask(
    house: House, who: AccountView, email: str = NEW, *, change_id: UUID | None = None, now: datetime = NOW
) -> AddressChangeView:
    command = ChangeAddress(
        person_id=who.account_id,
        session_id=house.at_hand(who.account_id, now=now),
        change_id=change_id or uuid4(),
        email=email,
    )
    return address_changes.start(house.unit, command, proof_id=uuid4(), tools=house.tools, now=now)


def prove(
    house: House, who: AccountView, change: AddressChangeView, code: str, *, now: datetime = NOW
) -> AccountView:
    command = ConfirmAddress(person_id=who.account_id, change_id=change.change_id, code=code)
    return address_changes.confirm(house.unit, command, mail_id=uuid4(), tools=house.tools, now=now)


def undo(house: House, token: str, *, now: datetime = NOW) -> None:
    address_changes.undo(house.unit, UndoAddress(token=token), link_id=uuid4(), tools=house.tools, now=now)


def mail_to(house: House, email: str, *, now: datetime = NOW) -> EmailMessage:
    [mail] = [each for each in house.mails(now=now) if each["To"] == email]
    return mail


def changed(house: House, who: AccountView, email: str = NEW, *, now: datetime = NOW) -> str:
    """The whole way; the token that was mailed to the old address."""
    before = person(house, who).email
    change = ask(house, who, email, now=now)
    prove(house, who, change, code_in(mail_to(house, email, now=now)), now=now)
    return token_in(mail_to(house, before, now=now), "address")


def person(house: House, who: AccountView) -> Person:
    with house.unit() as work:
        known = rows.find(work, who.account_id)
    assert known is not None
    return known


def code_for(house: House, change: AddressChangeView) -> str:
    with house.unit() as work:
        known = store.find_change(work, change.change_id)
    assert known is not None
    return house.tools.vault.mail_code(known.proof_id, known.new_email)


def test_the_code_that_came_to_the_new_address_changes_it(house: House, anna: AccountView) -> None:
    change = ask(house, anna, "Anna@New.example.org", now=SOON)
    assert change.expires_at == SOON + LASTS
    assert person(house, anna).email == OLD
    after = prove(house, anna, change, code_in(mail_to(house, NEW, now=SOON)), now=SOON)
    assert (after.email, after.version) == (NEW, anna.version + 1)
    assert person(house, anna).proved_at == SOON
    assert outcome(house.sign_in) == "wrong_credentials"
    assert house.sign_in(email=NEW).account_id == anna.account_id
    assert [what for _, _, what in house.audit(anna.account_id)] == ["address_changed"]


def test_repeating_each_step_changes_nothing(house: House, anna: AccountView) -> None:
    key = uuid4()
    change = ask(house, anna, change_id=key)
    assert ask(house, anna, change_id=key) == change
    assert outcome(lambda: ask(house, anna, EVE, change_id=key)) == "idempotency_key_reused"
    code = code_in(mail_to(house, NEW))
    after = prove(house, anna, change, code)
    assert prove(house, anna, change, code) == after
    assert [mail["To"] for mail in house.mails()] == [OLD]


def test_it_takes_fresh_proof(house: House, anna: AccountView) -> None:
    session_id = house.at_hand(anna.account_id)
    command = ChangeAddress(person_id=anna.account_id, session_id=session_id, change_id=uuid4(), email=NEW)
    later = NOW + timedelta(minutes=11)
    change = lambda: address_changes.start(  # noqa: E731
        house.unit, command, proof_id=uuid4(), tools=house.tools, now=later
    )
    assert outcome(change) == "proof_needed"
    assert house.mails(now=later) == []


def test_ones_own_address_is_no_other(house: House, anna: AccountView) -> None:
    assert outcome(lambda: ask(house, anna, OLD.upper())) == "same_address"


def test_five_wrong_codes_end_a_change(house: House, anna: AccountView) -> None:
    change = ask(house, anna)
    code = code_in(mail_to(house, NEW))
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    tried = [outcome(lambda: prove(house, anna, change, wrong)) for _ in range(TRIES)]
    assert tried == ["wrong_code"] * TRIES
    assert outcome(lambda: prove(house, anna, change, code)) == "change_over"
    assert person(house, anna).email == OLD


def test_a_code_lasts_an_hour_and_works_for_the_account_that_asked(house: House, anna: AccountView) -> None:
    bea, change = house.register("Bea Bo"), ask(house, anna)
    code = code_in(mail_to(house, NEW))
    assert outcome(lambda: prove(house, bea, change, code)) == "change_over"
    assert outcome(lambda: prove(house, anna, change, code, now=NOW + LASTS)) == "change_over"
    assert prove(house, anna, change, code, now=NOW + LASTS - timedelta(seconds=1)).email == NEW


def test_the_code_from_one_address_proves_no_other_under_the_same_key(
    house: House, anna: AccountView
) -> None:
    key = uuid4()
    ask(house, anna, EVE, change_id=key)
    code = code_in(mail_to(house, EVE))
    address_changes.forget_old(house.unit, now=NOW + LASTS)
    change = ask(house, anna, NEW, change_id=key, now=NOW + LASTS)
    assert outcome(lambda: prove(house, anna, change, code, now=NOW + LASTS)) == "wrong_code"
    right = code_in(mail_to(house, NEW, now=NOW + LASTS))
    assert prove(house, anna, change, right, now=NOW + LASTS).email == NEW


def test_the_code_of_a_change_that_is_over_proves_nothing_for_the_next_under_its_key(
    house: House, anna: AccountView
) -> None:
    key = uuid4()
    ask(house, anna, change_id=key)
    code = code_in(mail_to(house, NEW))
    address_changes.forget_old(house.unit, now=NOW + LASTS)
    change = ask(house, anna, change_id=key, now=NOW + LASTS)
    assert outcome(lambda: prove(house, anna, change, code, now=NOW + LASTS)) == "wrong_code"


def test_a_link_that_undid_one_change_undoes_no_later_one_under_the_same_key(
    house: House, anna: AccountView
) -> None:
    key = uuid4()
    change = ask(house, anna, change_id=key)
    prove(house, anna, change, code_for(house, change))
    link = token_in(mail_to(house, OLD), "address")
    address_changes.forget_old(house.unit, now=LONG_AFTER)
    mail_delivery.forget_old(house.unit, now=LONG_AFTER + timedelta(seconds=1))
    change = ask(house, anna, EVE, change_id=key, now=LONG_AFTER)
    prove(house, anna, change, code_for(house, change), now=LONG_AFTER)
    assert outcome(lambda: undo(house, link, now=LONG_AFTER)) == "dead_link"


def test_an_address_with_an_account_is_told_and_nothing_changes(house: House, anna: AccountView) -> None:
    bea = house.register("Bea Bo")
    change = ask(house, anna, bea.email)
    assert set(change.model_dump()) == set(ask(house, anna).model_dump())
    mail = mail_to(house, bea.email)
    assert mail["Subject"] == "Your address was given for another account"
    assert code_for(house, change) not in mail.get_content()
    assert outcome(lambda: prove(house, anna, change, code_for(house, change))) == "email_taken"
    assert person(house, anna).email == OLD


def test_two_accounts_that_race_for_one_address(house: House, anna: AccountView) -> None:
    bea = house.register("Bea Bo")
    both = [(each, ask(house, each)) for each in (anna, bea)]
    with ThreadPoolExecutor(2) as pool:
        ends = list(
            pool.map(lambda each: outcome(lambda: prove(house, *each, code_for(house, each[1]))), both)
        )
    assert sorted(ends, key=str) == [None, "email_taken"]


def test_a_registration_and_a_change_that_race_for_one_address(house: House, anna: AccountView) -> None:
    begun, change = house.begin(email=NEW), ask(house, anna)
    registered = lambda: house.confirm(  # noqa: E731
        begun.registration_id, house.code_of(begun.registration_id)
    )
    moved = lambda: prove(house, anna, change, code_for(house, change))  # noqa: E731
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(outcome, (registered, moved)))
    assert sorted(ends, key=str) == [None, "email_taken"]


def test_the_old_address_is_told_and_can_set_itself_back(house: House, anna: AccountView) -> None:
    token = changed(house, anna, EVE, now=SOON)
    theirs = house.sign_in(email=EVE, now=SOON)
    undo(house, token, now=SOON)
    assert person(house, anna).email == OLD
    assert [each["person_id"] for each in house.events(AccessRevoked.topic)] == [str(anna.account_id)]
    assert outcome(lambda: house.refresh(theirs.refresh_token, now=SOON)) == "session_ended"
    assert outcome(lambda: house.sign_in(email=EVE, now=SOON)) == "wrong_credentials"
    house.reset(token_in(mail_to(house, OLD, now=SOON), "reset"), OTHER, now=SOON)
    assert house.sign_in(password=OTHER, now=SOON).account_id == anna.account_id
    assert outcome(lambda: undo(house, token, now=SOON)) == "dead_link"


def test_after_the_undoing_nothing_that_an_intruder_knows_or_holds_signs_in(
    house: House, anna: AccountView
) -> None:
    theirs = house.sign_in(device={}, now=SOON)
    command = ChangePassword(
        person_id=anna.account_id,
        session_id=theirs.session_id,
        current=PASSWORD,
        password=OTHER,
        origin="192.0.2.1",
    )
    password_changes.change(house.unit, command, tools=house.tools, now=SOON)
    key, before_it = Authenticator(), Authenticator()
    added(house, anna, before_it, now=NOW - timedelta(seconds=1))
    added(house, anna, key, now=SOON)
    token = changed(house, anna, EVE, now=SOON)
    undo(house, token, now=SOON)
    mailed = token_in(mail_to(house, OLD, now=SOON), "reset")
    for email in (OLD, EVE):
        for password in (PASSWORD, OTHER):
            tried = outcome(lambda: house.sign_in(email=email, password=password, now=SOON))  # noqa: B023
            assert tried == "wrong_credentials"
    assert by_passkey(house, key) == "bad_passkey"
    assert by_passkey(house, before_it) is None
    house.reset(mailed, NEW_ONE, now=SOON + timedelta(minutes=59))
    assert house.sign_in(password=NEW_ONE, now=SOON).account_id == anna.account_id


def by_passkey(house: House, key: Authenticator) -> str | None:
    offer = asked(house)
    return outcome(lambda: sign_in(house, offer, key.get(offer.options)))


def test_an_app_that_an_intruder_added_ends_with_the_undoing(house: House, anna: AccountView) -> None:
    with_app(house, anna, at=SOON)
    token = changed(house, anna, EVE, now=SOON)
    undo(house, token, now=SOON)
    assert house.rows(tables.totps) == []
    assert "totp_removed" in [what for _, _, what in house.audit(anna.account_id)]


def test_an_app_from_before_stays_after_the_undoing(house: House, anna: AccountView) -> None:
    with_app(house, anna, at=NOW)
    with house.unit() as work:
        work.conn.execute(sa.update(tables.totps).values(added_at=NOW - timedelta(days=1)))
    undo(house, changed(house, anna, EVE, now=SOON), now=SOON)
    assert house.count(tables.totps) == 1


def test_what_was_proved_by_the_new_address_counts_for_nothing_once_it_is_undone(
    house: House, anna: AccountView
) -> None:
    undo(house, changed(house, anna, EVE, now=SOON), now=SOON)
    assert person(house, anna).proved_at == NOW


def test_links_that_were_mailed_before_are_dead_after_a_change_and_after_its_undoing(
    house: House, anna: AccountView
) -> None:
    before = house.reset_token()
    back = changed(house, anna, EVE)
    assert outcome(lambda: house.reset(before, OTHER)) == "dead_link"
    password_changes.ask_reset(house.unit, AskReset(email=EVE, origin="192.0.2.1"), tools=house.tools)
    between = token_in(mail_to(house, EVE), "reset")
    undo(house, back)
    assert outcome(lambda: house.reset(between, OTHER)) == "dead_link"


def test_a_chain_of_changes_is_undone_by_the_first_address(house: House, anna: AccountView) -> None:
    first = changed(house, anna, EVE)
    second = changed(house, anna, "eve@third.example.org", now=SOON)
    undo(house, second, now=SOON)
    assert person(house, anna).email == EVE
    changed(house, anna, "eve@fourth.example.org", now=SOON)
    undo(house, first, now=SOON)
    assert person(house, anna).email == OLD
    assert [row["email"] for row in house.rows(tables.addresses)] == [OLD]


def test_an_open_change_ends_with_the_undoing(house: House, anna: AccountView) -> None:
    back = changed(house, anna, EVE)
    change = ask(house, anna, "eve@third.example.org", now=SOON)
    undo(house, back, now=SOON)
    for late in (SOON, SOON + timedelta(seconds=1)):
        assert outcome(lambda: prove(house, anna, change, code_for(house, change), now=late)) == "change_over"  # noqa: B023


def test_a_code_that_is_sent_as_the_undoing_happens_changes_nothing(house: House, anna: AccountView) -> None:
    back = changed(house, anna, EVE)
    change = ask(house, anna, "eve@third.example.org", now=SOON)
    undo(house, back, now=SOON)
    waited = SOON - timedelta(seconds=1)
    assert outcome(lambda: prove(house, anna, change, code_for(house, change), now=waited)) == "change_over"
    assert person(house, anna).email == OLD


def test_nobody_takes_the_old_address_as_long_as_it_can_be_set_back(house: House, anna: AccountView) -> None:
    back = changed(house, anna)
    bea = house.register("Bea Bo")
    soon = LONG_AFTER - timedelta(seconds=1)
    begun, change = house.begin(now=soon), ask(house, bea, OLD, now=soon)
    code = house.code_of(begun.registration_id)
    assert outcome(lambda: house.confirm(begun.registration_id, code, now=soon)) == "email_taken"
    assert outcome(lambda: prove(house, bea, change, code_for(house, change), now=soon)) == "email_taken"
    assert outcome(lambda: house.register()) == "email_taken"
    undo(house, back, now=soon)
    assert person(house, anna).email == OLD


def test_after_that_it_is_anybodys(house: House, anna: AccountView) -> None:
    back = changed(house, anna)
    assert outcome(lambda: undo(house, back, now=LONG_AFTER)) == "dead_link"
    begun = house.begin(now=LONG_AFTER)
    code = code_in(mail_to(house, OLD, now=LONG_AFTER))
    new = house.confirm(begun.registration_id, code, now=LONG_AFTER)
    assert new.account_id != anna.account_id


def test_its_owner_may_go_back_without_the_link(house: House, anna: AccountView) -> None:
    changed(house, anna)
    changed(house, anna, OLD, now=SOON)
    assert person(house, anna).email == OLD
    kept = {row["email"]: row["until"] for row in house.rows(tables.addresses)}
    assert kept == {OLD: None, NEW: SOON + UNDO_LASTS}


@pytest.mark.parametrize("how", ["reset", "registration"])
def test_who_asks_at_the_old_address_gets_the_way_back_once_more(
    house: House, anna: AccountView, how: str
) -> None:
    back = changed(house, anna, EVE)
    if how == "reset":
        password_changes.ask_reset(house.unit, AskReset(email=OLD, origin="192.0.2.1"), tools=house.tools)
    else:
        house.begin()
    assert token_in(mail_to(house, OLD), "address") == back


def test_an_account_that_was_closed_meanwhile_is_told_how_to_keep_it(house: House, anna: AccountView) -> None:
    back = changed(house, anna, EVE)
    house.close(anna.account_id)
    undo(house, back)
    assert "/account/keep?token=" in mail_to(house, OLD).get_content()


def test_erasing_frees_every_address(house: House, anna: AccountView) -> None:
    changed(house, anna)
    house.erase(anna.account_id)
    assert house.count(tables.addresses) == house.count(tables.address_changes) == 0
    held = house.everything()
    assert (OLD in held, NEW in held) == (False, False)


def test_what_is_over_is_forgotten(house: House, anna: AccountView) -> None:
    ask(house, anna, EVE)
    changed(house, anna)
    mail_delivery.answer_mail_requests(house.unit, new_uuid=uuid4, tools=house.tools, now=NOW)
    for now, kept, changes in ((LONG_AFTER - timedelta(seconds=1), 2, 1), (LONG_AFTER, 1, 0)):
        address_changes.forget_old(house.unit, now=now)
        assert (house.count(tables.addresses), house.count(tables.address_changes)) == (kept, changes)
