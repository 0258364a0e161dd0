"""An account begins when its address is proved, and not before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.accounts.domain.registration import LASTS, TRIES
from services.accounts.handlers import deletion, mail_delivery, password_changes, profiles, registration
from services.accounts.store import people as rows
from services.accounts.store import tables
from shared.contracts.accounts.people import GetAccount, GrantSupport
from shared.contracts.accounts.recovery import GetLink
from tests.accounts.steps import NOW, PASSWORD, House, address, code_in, outcome, refused, token_in

ANNA = address("Anna Conti")
OTHER = "nine green bottles on a wall"
LATER = NOW + LASTS


def mail_to(house: House, email: str = ANNA) -> EmailMessage:
    [mail] = house.mails()
    assert mail["To"] == email
    return mail


def test_the_mailed_code_begins_the_account(house: House) -> None:
    begun = house.begin(email="Anna.Conti@Example.org")
    assert begun.expires_at == LATER
    assert outcome(house.sign_in) == "wrong_credentials"
    account = house.confirm(begun.registration_id, code_in(mail_to(house)))
    assert account.model_dump() == {
        "account_id": account.account_id,
        "version": 1,
        "email": ANNA,
        "name": "Anna Conti",
        "roles": ["patient"],
        "phone": None,
        "languages": [],
        "time_zone": None,
        "locale": None,
        "photo_url": None,
        "totp": False,
    }
    assert house.sign_in().account_id == account.account_id
    with house.unit() as work:
        known = rows.find(work, account.account_id)
    assert known is not None
    assert known.proved_at == NOW


def test_a_professional_has_a_page_in_the_directory_from_then_on(house: House) -> None:
    begun = house.begin("Nina Nurse", "professional")
    assert house.count(tables.listings) == 0
    account = house.confirm(begun.registration_id, code_in(mail_to(house, address("Nina Nurse"))))
    assert [row["professional_id"] for row in house.rows(tables.listings)] == [account.account_id]


def test_before_it_is_proved_there_is_nobody(house: House) -> None:
    house.begin()
    house.mails()
    assert house.count(tables.people) == 0
    assert outcome(house.sign_in) == "wrong_credentials"
    grant = GrantSupport(email=ANNA)
    assert outcome(lambda: profiles.grant_support(house.unit, grant, now=NOW)) == "unknown_account"


def test_the_link_begins_the_account_with_the_password_of_who_reads_the_mail(house: House) -> None:
    house.begin()
    token = token_in(mail_to(house), "registration")
    account = house.confirm_by_link(token, OTHER)
    assert outcome(house.sign_in) == "wrong_credentials"
    assert house.sign_in(password=OTHER).account_id == account.account_id


def test_opening_the_link_changes_nothing(house: House) -> None:
    house.begin()
    look = GetLink(token=token_in(mail_to(house), "registration"))
    seen = password_changes.get_link(house.unit, look, tools=house.tools, now=NOW)
    assert (seen.kind, seen.expires_at) == ("registration", LATER)
    assert house.count(tables.people) == 0


@pytest.mark.parametrize(
    ("password", "code"), [("1234567", "weak_password"), ("password", "common_password")]
)
def test_the_link_takes_no_poor_password(house: House, password: str, code: str) -> None:
    house.begin()
    token = token_in(mail_to(house), "registration")
    assert outcome(lambda: house.confirm_by_link(token, password)) == code
    assert house.confirm_by_link(token, OTHER).email == ANNA


def test_proving_it_twice_finds_the_same_account(house: House) -> None:
    begun = house.begin()
    mail = mail_to(house)
    code, token = code_in(mail), token_in(mail, "registration")
    account = house.confirm_by_link(token, PASSWORD)
    assert house.confirm_by_link(token, PASSWORD) == account
    assert house.confirm(begun.registration_id, code) == account
    assert outcome(lambda: house.confirm_by_link(token, OTHER)) == "dead_link"
    assert house.count(tables.people) == 1


@pytest.mark.parametrize("by_link", [False, True])
def test_proving_it_eight_times_at_once_makes_one_account(house: House, by_link: bool) -> None:
    begun = house.begin()
    mail = mail_to(house)
    code, token = code_in(mail), token_in(mail, "registration")

    def prove(_: int) -> Any:
        if by_link:
            return house.confirm_by_link(token, PASSWORD)
        return house.confirm(begun.registration_id, code)

    with ThreadPoolExecutor(8) as pool:
        found = {account.account_id for account in pool.map(prove, range(8))}
    assert len(found) == house.count(tables.people) == 1


def test_of_two_registrations_of_one_address_the_first_to_be_proved_counts(house: House) -> None:
    first, second = house.begin(), house.begin(password=OTHER, email="ANNA.CONTI@example.org")
    codes = [code_in(mail) for mail in house.mails()]
    by_id = {each: code for code in codes for each in (first, second) if _fits(house, each, code)}
    assert len(by_id) == 2

    def prove(each: Any) -> str | None:
        return outcome(lambda: house.confirm(each.registration_id, by_id[each]))

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(prove, (first, second)))
    assert sorted(ends, key=str) == [None, "email_taken"]
    assert house.count(tables.people) == 1


def _fits(house: House, begun: Any, code: str) -> bool:
    return house.code_of(begun.registration_id) == code


def test_the_code_of_another_registration_proves_nothing(house: House) -> None:
    mine, _ = house.begin(), house.begin("Eve Evil")
    [code] = [code_in(mail) for mail in house.mails() if mail["To"] == address("Eve Evil")]
    assert outcome(lambda: house.confirm(mine.registration_id, code)) == "wrong_code"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def test_five_wrong_codes_end_a_registration(house: House) -> None:
    begun = house.begin()
    mail = mail_to(house)
    code, token = code_in(mail), token_in(mail, "registration")
    attempts = [outcome(lambda: house.confirm(begun.registration_id, wrong(code))) for _ in range(TRIES)]
    assert attempts == ["wrong_code"] * TRIES
    assert outcome(lambda: house.confirm(begun.registration_id, code)) == "registration_over"
    assert outcome(lambda: house.confirm_by_link(token, OTHER)) == "dead_link"


def test_four_wrong_codes_do_not(house: House) -> None:
    begun = house.begin()
    code = code_in(mail_to(house))
    for _ in range(TRIES - 1):
        refusal = refused(lambda: house.confirm(begun.registration_id, wrong(code)))
    assert "one more try" in refusal.detail
    assert house.confirm(begun.registration_id, code).email == ANNA


def test_code_and_link_last_an_hour(house: House) -> None:
    begun = house.begin()
    mail = mail_to(house)
    code, token = code_in(mail), token_in(mail, "registration")
    assert outcome(lambda: house.confirm(begun.registration_id, code, now=LATER)) == "registration_over"
    assert outcome(lambda: house.confirm_by_link(token, OTHER, now=LATER)) == "dead_link"
    almost = LATER - timedelta(seconds=1)
    assert house.confirm(begun.registration_id, code, now=almost).email == ANNA


def test_a_registration_that_nobody_made_is_over(house: House) -> None:
    assert outcome(lambda: house.confirm(uuid4(), "12345678")) == "registration_over"


def test_a_known_address_gets_the_same_answer_and_another_mail(house: House) -> None:
    house.register()
    key = uuid4()
    known, unknown = house.begin(registration_id=key), house.begin("Bea Bo")
    assert known.model_dump(exclude={"registration_id"}) == unknown.model_dump(exclude={"registration_id"})
    mail_delivery = {mail["To"]: mail for mail in house.mails()}
    to_anna = mail_delivery[ANNA]
    assert to_anna["Subject"] == "You have an account"
    house.reset(token_in(to_anna, "reset"), OTHER)
    assert house.sign_in(password=OTHER)
    assert outcome(lambda: house.confirm(key, "00000000")) == "wrong_code"


FIXED = uuid4()
SEEN_BY_THE_CALLER: dict[str, Callable[[House], Any]] = {
    "again": lambda house: house.begin(registration_id=FIXED),
    "another name": lambda house: house.begin(registration_id=FIXED, name="Another", email=ANNA),
    "another password": lambda house: house.begin(registration_id=FIXED, password=OTHER),
    "another role": lambda house: house.begin(registration_id=FIXED, role="clinic"),
    "a wrong code": lambda house: house.confirm(FIXED, "00000000"),
}


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("what", SEEN_BY_THE_CALLER)
def test_nothing_the_caller_sees_tells_whether_an_address_is_known(
    house: House, what: str, known: bool
) -> None:
    if known:
        house.register()
    first = house.begin(registration_id=FIXED)
    sent = {mail["To"] for mail in house.mails()}
    assert sent == {ANNA}
    ends = {"again": None, "a wrong code": "wrong_code"}
    assert outcome(lambda: SEEN_BY_THE_CALLER[what](house)) == ends.get(what, "idempotency_key_reused")
    if what == "again":
        assert SEEN_BY_THE_CALLER[what](house) == first
    assert house.mails() == [], "nothing is mailed twice"


def test_repeated_at_once_it_is_one_registration_and_one_mail(house: House) -> None:
    key = uuid4()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: house.begin(registration_id=key), range(8)))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    mail_to(house)


def test_an_expired_registration_can_be_sent_again_under_its_key(house: House) -> None:
    key = uuid4()
    house.begin(registration_id=key)
    house.mails()
    begun = house.begin(registration_id=key, now=LATER)
    assert begun.expires_at == LATER + LASTS
    [mail] = house.mails(now=LATER)
    assert house.confirm(begun.registration_id, code_in(mail), now=LATER).email == ANNA


@pytest.mark.parametrize("after", ["it expired", "it was forgotten", "the account was erased"])
def test_what_was_mailed_for_one_registration_proves_nothing_for_the_next_under_its_key(
    house: House, after: str
) -> None:
    key, later = uuid4(), LATER
    house.begin(registration_id=key)
    mail = mail_to(house)
    code, token = code_in(mail), token_in(mail, "registration")
    if after == "it was forgotten":
        later = LATER + timedelta(seconds=1)
        registration.forget_old(house.unit, now=later)
        mail_delivery.forget_old(house.unit, now=later)
    elif after == "the account was erased":
        later = house.erase(house.confirm(key, code).account_id)
    house.begin(registration_id=key, now=later)
    [again] = house.mails(now=later)
    assert outcome(lambda: house.confirm(key, code, now=later)) == "wrong_code"
    assert outcome(lambda: house.confirm_by_link(token, OTHER, now=later)) == "dead_link"
    assert house.confirm(key, code_in(again), now=later).email == ANNA


def test_whoever_is_leaving_gets_the_link_that_keeps_the_account(house: House) -> None:
    anna = house.register()
    house.close(anna.account_id)
    house.begin()
    assert "/account/keep?token=" in mail_to(house).get_content()


def test_an_erased_address_begins_anew_under_an_id_of_its_own(house: House) -> None:
    key = uuid4()
    begun = house.begin(registration_id=key)
    first = house.confirm(begun.registration_id, code_in(mail_to(house)))
    erased_at = house.erase(first.account_id)
    again = house.begin(registration_id=key, now=erased_at)
    mail_delivery.answer_mail_requests(house.unit, new_uuid=uuid4, tools=house.tools, now=erased_at)
    [mail] = house.mails(now=erased_at)
    second = house.confirm(again.registration_id, code_in(mail), now=erased_at)
    assert second.account_id != first.account_id
    gone = GetAccount(account_id=first.account_id)
    assert outcome(lambda: profiles.get(house.unit, gone)) == "unknown_account"
    assert [what for _, _, what in house.audit(second.account_id)] == []


def test_an_operator_cannot_give_an_erased_id_again(house: House) -> None:
    anna = house.register()
    house.erase(anna.account_id)
    assert outcome(lambda: house.register(account_id=anna.account_id)) == "account_closed"
    assert house.count(tables.people) == 0


def test_erasing_takes_registrations_of_the_address_along(house: House) -> None:
    anna = house.register()
    view, _ = house.close(anna.account_id)
    house.begin(now=view.erases_at)
    assert deletion.erase_due(house.unit, new_uuid=uuid4, now=view.erases_at) == 1
    assert house.count(tables.registrations) == 0


def test_what_expired_is_forgotten_and_its_account_stays(house: House) -> None:
    begun = house.begin()
    house.confirm(begun.registration_id, code_in(mail_to(house)))
    for now, left in ((LATER, 1), (LATER + timedelta(seconds=1), 0)):
        registration.forget_old(house.unit, now=now)
        assert house.count(tables.registrations) == left
    assert house.count(tables.people) == 1


def test_neither_code_nor_password_rests_in_the_database(house: House) -> None:
    house.begin()
    mail_delivery.answer_mail_requests(house.unit, new_uuid=uuid4, tools=house.tools, now=NOW)
    held = house.everything()
    mail = mail_to(house)
    assert code_in(mail) not in held
    assert token_in(mail, "registration") not in held
    assert PASSWORD not in held


def test_no_mailbox_is_filled_by_registering_and_nobody_is_kept_from_it(house: House) -> None:
    strict = house.with_tools(settings=house.tools.settings.model_copy(update={"form_rate": "2/minute"}))
    for _ in range(3):
        strict.begin(password=OTHER)
    _, newest = strict.mails()
    mine = strict.begin()
    assert mine.expires_at == LATER
    assert strict.mails() == []
    strict.begin("Bea Bo")
    assert [mail["To"] for mail in strict.mails()] == [address("Bea Bo")]
    strict.confirm_by_link(token_in(newest, "registration"), PASSWORD)
    assert house.sign_in()


@pytest.mark.parametrize("step", ["begin", "a wrong code"])
def test_a_known_address_costs_the_same_work_as_an_unknown_one(house: House, step: str) -> None:
    """No clock tells them apart: they take the same statements, and as many hashes."""
    house.register()
    work: list[str] = []
    engine = house.unit.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *call: work.append(call[2]))

    def aside(function: Callable[..., Any], *args: Any) -> Any:
        work.append(function.__name__)
        return function(*args)

    watched, seen = house.with_tools(aside=aside), []
    for name in ("Anna Conti", "Bea Bo"):
        key = uuid4()
        if step == "a wrong code":
            watched.begin(name, registration_id=key)
            work.clear()
            outcome(lambda key=key: watched.confirm(key, "00000000"))  # type: ignore[misc]
        else:
            work.clear()
            watched.begin(name, registration_id=key)
        seen.append(list(work))
    assert seen[0] == seen[1] != []
