"""Limits on attempts."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.accounts import passwords
from services.accounts.handlers import deletion, fresh_proof, guests, password_changes, sessions, tickets
from services.accounts.store import tables
from services.accounts.throttle import Throttle, origin_subjects
from shared.contracts.accounts.deletion import AskDeletion
from shared.contracts.accounts.guests import AskGuestLinks
from shared.contracts.accounts.recovery import AskReset, ChangePassword
from shared.contracts.accounts.sessions import EndSession, Prove, StartProof
from shared.contracts.accounts.tickets import OpenTicket
from shared.settings import Settings
from tests.accounts.authenticator import Authenticator
from tests.accounts.steps import NOW, PASSWORD, PHONE, House, outcome, refused
from tests.accounts.test_factors import with_app
from tests.accounts.test_passkeys import added, asked
from tests.accounts.test_passkeys import sign_in as passkey_sign_in


@pytest.fixture
def strict(house: House) -> House:
    """With the limits that a deployment starts with."""
    return house.with_tools(settings=Settings(home=house.home))


def attempts(house: House, times: int, **changes: Any) -> list[str | None]:
    return [outcome(lambda: house.sign_in(**changes)) for _ in range(times)]


def failures(house: House, name: str = "Anna Conti", **changes: Any) -> int:
    """The number of wrong passwords that are compared before the limit."""
    for number in range(100):
        if outcome(lambda: house.sign_in(name, password="no", **changes)) == "too_many_attempts":
            return number
    return 100


def wait_over(house: House, window: str = "minute") -> None:
    """Let the first windows end."""
    with house.unit() as work:
        work.conn.execute(sa.delete(tables.throttle).where(tables.throttle.c.key.like(f"%/{window}")))


def test_five_failures_a_minute_for_each_account_from_wherever(strict: House) -> None:
    strict.register()
    codes = [outcome(lambda n=n: strict.sign_in(password="no", origin=f"192.0.2.{n}")) for n in range(6)]
    assert codes == [*["wrong_credentials"] * 5, "too_many_attempts"]
    assert attempts(strict, 1, origin="192.0.2.99") == ["too_many_attempts"]
    strict.register("Bea Bo")
    assert attempts(strict, 1, email="bea.bo@example.org", origin="192.0.2.99") == [None]


def test_right_sign_ins_never_meet_a_limit(strict: House) -> None:
    strict.register()
    assert attempts(strict, 12, device={}) == [None] * 12
    assert failures(strict) == 5


def test_many_people_behind_one_address_get_in_though_some_mistype(strict: House) -> None:
    names = [f"Person {chr(97 + n)}" for n in range(12)]
    for name in names:
        strict.register(name)
    for name in names:
        assert outcome(lambda name=name: strict.sign_in(name, password="no")) == "wrong_credentials"  # type: ignore[misc]
        assert outcome(lambda name=name: strict.sign_in(name)) is None  # type: ignore[misc]


def test_what_is_refused_for_another_reason_is_no_failure(strict: House) -> None:
    nurse = strict.register("Nina Nurse", "professional")
    with_app(strict, nurse)
    for _ in range(7):
        assert outcome(lambda: strict.sign_in("Nina Nurse")) == "code_needed"
    codes = [outcome(lambda: strict.sign_in("Nina Nurse", code="000000")) for _ in range(6)]
    assert codes == [*["wrong_code"] * 5, "too_many_attempts"]


def test_from_one_network_address_ten_times_as_many_fail(strict: House) -> None:
    codes = [outcome(lambda n=n: strict.sign_in(f"Person {n}")) for n in range(51)]
    assert codes == [*["wrong_credentials"] * 50, "too_many_attempts"]
    strict.register()
    assert attempts(strict, 1, origin="192.0.2.2") == [None]


def test_of_ipv6_a_48_counts_beside_each_64_and_allows_more(house: House) -> None:
    throttle = house.tools.throttle

    def count(origin: str) -> str | None:
        return outcome(lambda: throttle.count("x", "2/hour", origin))

    assert [count("2001:db8:1:1::/64") for _ in range(3)] == [None, None, "too_many_attempts"]
    codes = [count(f"2001:db8:1:{n}::/64") for n in range(2, 12)]
    assert codes == [*[None] * 6, *["too_many_attempts"] * 4]
    assert count("2001:db8:2:1::/64") is None


def test_sign_ins_from_ipv6_are_counted_for_both_networks(strict: House) -> None:
    place = "2001:db8:1:1::/64"
    with_places = [
        subject.windows[0].amount for subject in origin_subjects(place, strict.tools.settings.sign_in_rate)
    ]
    assert with_places == [50, 200]
    outcome(lambda: strict.sign_in(origin=place))
    assert sum("/open" not in row["key"] for row in strict.rows(tables.throttle)) == 3 * 3


def test_of_64_wrong_tries_at_once_five_are_looked_at(strict: House) -> None:
    strict.register()
    looked_at: list[str] = []

    def aside(work: Callable[..., Any], *args: Any) -> Any:
        if work is passwords.matches:
            looked_at.append(args[0])
        return work(*args)

    guessing = strict.with_tools(aside=aside)
    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(lambda n: outcome(lambda: guessing.sign_in(password=f"guess {n}")), range(64)))
    assert len(looked_at) == codes.count("wrong_credentials") == 5
    assert codes.count("too_many_attempts") == 59


def test_eight_right_sign_ins_at_once_all_get_in(strict: House) -> None:
    strict.register()
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: outcome(lambda: strict.sign_in(device={})), range(8)))
    assert codes == [None] * 8
    assert failures(strict) == 5


def test_a_device_of_the_account_is_not_locked_out_by_others(strict: House) -> None:
    strict.register()
    strict.sign_in()
    assert failures(strict, device={}) == 5
    assert attempts(strict, 1, device={"device_id": uuid4()}) == ["too_many_attempts"]
    assert attempts(strict, 2) == [None] * 2
    assert failures(strict) == 5  # on that device, by itself
    assert attempts(strict, 1) == ["too_many_attempts"]


def test_a_device_is_known_for_90_days_after_it_signed_out(strict: House) -> None:
    anna = strict.register()
    token = strict.sign_in()
    ending = EndSession(person_id=anna.account_id, session_id=token.session_id)
    sessions.end_one(strict.unit, ending, now=NOW)
    sessions.forget_old(strict.unit, now=NOW + timedelta(days=90))
    assert strict.count(tables.sessions) == 0
    failures(strict, device={})
    assert attempts(strict, 1) == [None]
    strict.rows(tables.devices)
    sessions.end_one(strict.unit, ending, now=NOW)
    with strict.unit() as work:
        work.conn.execute(sa.delete(tables.sessions))
    sessions.forget_old(strict.unit, now=NOW + timedelta(days=90, seconds=1))
    assert attempts(strict, 1) == ["too_many_attempts"]


def test_a_device_of_one_account_is_none_of_another(strict: House) -> None:
    strict.register()
    strict.register("Bea Bo")
    strict.sign_in()
    assert failures(strict, "Bea Bo") == 5
    assert attempts(strict, 1, email="bea.bo@example.org") == ["too_many_attempts"]


def test_a_proven_reset_clears_the_counter_and_forgets_the_devices(strict: House) -> None:
    anna = strict.register()
    strict.sign_in()
    assert failures(strict, device={}) == 5
    password = "eleven boats under the bridge"
    strict.reset(strict.reset_token(), password)
    assert attempts(strict, 1, password=password, device={}) == [None]
    assert [row["person_id"] for row in strict.rows(tables.devices)] == []
    assert anna.email == "anna.conti@example.org"


def test_a_device_that_a_session_ended_on_is_none_that_the_account_knows_after_a_reset(strict: House) -> None:
    strict.register()
    strict.sign_in()
    password = "eleven boats under the bridge"
    strict.reset(strict.reset_token(), password)
    assert failures(strict, device={}) == 5
    assert attempts(strict, 1, password=password) == ["too_many_attempts"]


def test_the_device_that_resets_signs_in_though_others_go_on_failing(strict: House) -> None:
    strict.register()
    strict.sign_in()
    assert failures(strict) == 5  # its own
    password, new_device = "eleven boats under the bridge", {"device_id": uuid4()}
    strict.reset(strict.reset_token(), password, device_id=PHONE)
    assert failures(strict, device={}) == 5
    assert attempts(strict, 1, password=password, device=new_device) == ["too_many_attempts"]
    assert attempts(strict, 2, password=password) == [None] * 2


def test_wrong_passwords_from_a_network_keep_no_passkey_out(strict: House) -> None:
    anna, key = strict.register(), Authenticator()
    added(strict, anna, key)
    codes = [outcome(lambda n=n: strict.sign_in(f"Nobody {n}", password="no")) for n in range(51)]
    assert codes[-1] == "too_many_attempts"
    offer = asked(strict)
    assert outcome(lambda: passkey_sign_in(strict, offer, key.get(offer.options))) is None


def test_wrong_passkeys_from_a_network_are_limited_and_keep_no_password_out(strict: House) -> None:
    strict.register()
    offer = asked(strict)
    codes = [outcome(lambda: passkey_sign_in(strict, offer, {"id": "x"})) for _ in range(51)]
    assert codes == [*["bad_passkey"] * 50, "too_many_attempts"]
    assert attempts(strict, 1) == [None]


def test_wrong_codes_of_who_is_signed_in_keep_no_passkey_from_proving(strict: House) -> None:
    anna, key = strict.register(), Authenticator()
    added(strict, anna, key)
    session_id = strict.sign_in().session_id
    proving = {"person_id": anna.account_id, "session_id": session_id, "origin": "192.0.2.1"}
    prove = lambda **given: outcome(  # noqa: E731
        lambda: fresh_proof.prove(strict.unit, Prove(**proving | given), tools=strict.tools, now=NOW)
    )
    assert [prove(code="000000") for _ in range(6)][-1] == "too_many_attempts"
    start = StartProof(person_id=anna.account_id)
    offer = fresh_proof.start(strict.unit, start, challenge_id=uuid4(), tools=strict.tools, now=NOW)
    answer = {"challenge_id": offer.challenge_id, "credential": key.get(offer.options)}
    assert prove(passkey=answer) is None


def test_beyond_the_minute_the_limit_grows_and_the_owner_is_told_once_a_day(strict: House) -> None:
    strict.register()
    assert [failures(strict, origin=f"192.0.2.{n}") for n in range(4) if wait_over(strict) is None] == [5] * 4
    wait_over(strict)
    refusal = refused(lambda: strict.sign_in(device={}))
    assert 60 < refusal.facts["retry_after"] <= 3600
    assert failures(strict) == 0
    [mail] = strict.mails()
    assert mail["To"] == "anna.conti@example.org"
    assert "more than 20 times" in mail.get_content()
    for _ in range(2):
        wait_over(strict)
        wait_over(strict, "hour")
        assert sum(failures(strict) for n in range(4) if wait_over(strict) is None) == 20
    wait_over(strict)
    wait_over(strict, "hour")
    refusal = refused(lambda: strict.sign_in(device={}))
    assert 3600 < refusal.facts["retry_after"] <= 86400
    assert strict.mails() == []


def test_an_unknown_address_is_limited_alike_and_nobody_is_told(strict: House) -> None:
    def found(name: str, place: str) -> list[tuple[str | None, int]]:
        codes = [outcome(lambda: strict.sign_in(name, password="no", origin=place)) for _ in range(7)]
        for _ in range(4):
            wait_over(strict)
            failures(strict, name, origin=place)
        return [(code, strict.count(tables.mail_requests)) for code in codes]

    strict.register()
    known = found("Anna Conti", "192.0.2.7")
    strict.mails()
    assert found("Nobody Known", "192.0.2.8") == known
    assert strict.count(tables.mail_requests) == 1
    assert strict.mails() == []


def test_wrong_passwords_and_codes_of_who_is_signed_in_are_limited_too(strict: House) -> None:
    anna = strict.register()
    here = strict.sign_in().session_id
    asked = {"person_id": anna.account_id, "session_id": here, "origin": "192.0.2.1"}

    def proved(**by: Any) -> str | None:
        command = Prove(**asked, **by)
        return outcome(lambda: fresh_proof.prove(strict.unit, command, tools=strict.tools, now=NOW))

    assert [proved(password=PASSWORD) for _ in range(7)] == [None] * 7
    wrong = [proved(password="no") for _ in range(6)]
    assert wrong == [*["wrong_password"] * 5, "too_many_attempts"]
    change = ChangePassword(**asked, current=PASSWORD, password="eleven boats under the bridge")
    code = outcome(lambda: password_changes.change(strict.unit, change, tools=strict.tools, now=NOW))
    assert code == "too_many_attempts"
    assert [proved(code="123456") for _ in range(6)] == [*["wrong_code"] * 5, "too_many_attempts"]


def test_the_refusal_says_how_long_to_wait(strict: House) -> None:
    attempts(strict, 5)
    refusal = refused(strict.sign_in)
    assert 55 <= refusal.facts["retry_after"] <= 60
    assert str(refusal.facts["retry_after"]) in refusal.detail


FORMS: dict[str, Callable[[House, str], object]] = {
    "reset": lambda house, email: password_changes.ask_reset(
        house.unit, AskReset(email=email, origin="192.0.2.1"), tools=house.tools
    ),
    "deletion": lambda house, email: deletion.ask(
        house.unit, AskDeletion(email=email, origin="192.0.2.1"), tools=house.tools
    ),
    "guest_link": lambda house, email: guests.ask_for_links(
        house.unit, AskGuestLinks(email=email, origin="192.0.2.1"), tools=house.tools
    ),
    "ticket": lambda house, email: tickets.open_ticket(
        house.unit,
        OpenTicket(
            ticket_id=uuid4(),
            person_id=None,
            email=email,
            topic="other",
            role="visitor",
            device_type="web",
            app_version="1",
            description="Hello",
            origin="192.0.2.1",
        ),
        tools=house.tools,
        now=NOW,
    ),
    "registration": lambda house, email: house.begin(email=email),
}


@pytest.mark.parametrize("form", FORMS)
def test_many_people_behind_one_address_send_forms_and_too_many_wait(house: House, form: str) -> None:
    rates = {"form_rate": "2/minute", "registration_rate": "2/minute"}
    few = house.with_tools(settings=house.tools.settings.model_copy(update=rates))
    codes = [outcome(lambda n=n: FORMS[form](few, f"person{n}@example.org")) for n in range(21)]
    assert codes == [*[None] * 20, "too_many_attempts"]


def test_forms_are_limited_too(strict: House) -> None:
    command = AskReset(email="anna.conti@example.org", origin="192.0.2.1")
    codes = [
        outcome(lambda: password_changes.ask_reset(strict.unit, command, tools=strict.tools))
        for _ in range(51)
    ]
    assert codes == [*[None] * 50, "too_many_attempts"]
    assert strict.count(tables.mail_requests) == 50


def mails(house: House, form: str) -> int:
    """The number of mails after six requests from different networks."""
    for _ in range(6):
        with house.unit() as work:
            work.conn.execute(sa.delete(tables.throttle).where(tables.throttle.c.key.not_like("%mail %")))
        FORMS[form](house, "anna.conti@example.org")
    return len(house.mails())


@pytest.mark.parametrize("form", ["reset", "deletion", "registration"])
def test_five_mails_of_a_kind_in_a_minute_and_ten_in_an_hour_go_to_one_address(
    strict: House, form: str
) -> None:
    strict.register()
    sent = [mails(strict, form) for _ in range(4) if wait_over(strict) is None]
    assert sent == [5, 5, 0, 0]
    wait_over(strict)
    wait_over(strict, "hour")
    assert mails(strict, form) == 5


def test_mails_of_one_kind_keep_back_none_of_another(strict: House) -> None:
    strict.register()
    assert [mails(strict, form) for form in ("reset", "deletion", "registration")] == [5] * 3
    strict.begin("Bea Bo")
    assert len(strict.mails()) == 1


def test_all_processes_count_together(house: House) -> None:
    throttles = [Throttle(house.unit, house.tools.vault) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        each = [throttles[n % 2] for n in range(20)]
        codes = list(pool.map(lambda one: outcome(lambda: one.count("x", "7/minute", "me")), each))
    assert codes.count(None) == 7
    assert codes.count("too_many_attempts") == 13


def test_kinds_of_attempts_are_counted_apart(house: House) -> None:
    throttle = house.tools.throttle
    codes = [outcome(lambda what=what: throttle.count(what, "1/minute", "me")) for what in "aabb"]
    assert codes == [None, "too_many_attempts"] * 2


def test_a_new_window_opens_again(house: House) -> None:
    def count() -> str | None:
        return outcome(lambda: house.tools.throttle.count("x", "2/second", "me"))

    codes = [count() for _ in range(3)]
    time.sleep(1.1)
    assert [*codes, count()] == [None, None, "too_many_attempts", None]


def test_windows_that_are_over_are_forgotten(house: House) -> None:
    house.tools.throttle.count("x", "1/second", "me")
    house.tools.throttle.count("x", "1/hour", "me")
    time.sleep(1.1)
    house.tools.throttle.forget_old()
    assert house.count(tables.throttle) == 1


def test_nobody_can_read_who_was_counted(house: House) -> None:
    outcome(lambda: house.sign_in(device={"device_id": uuid4()}))
    kept = house.everything()
    assert house.count(tables.throttle) == 2 * 3 + 1
    assert "sign-in" in kept
    assert "anna" not in kept
    assert "192.0.2" not in kept
