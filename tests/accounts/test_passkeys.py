"""Passkeys, with an authenticator in software."""

import base64
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from services.accounts.domain.second_factors import Challenge
from services.accounts.handlers import profiles, second_factors
from services.accounts.store import sessions, tables
from shared.contracts.accounts.factors import (
    AddPasskey,
    ListPasskeys,
    PasskeyView,
    RemovePasskey,
    SignInWithPasskey,
    StartPasskey,
    StartPasskeySignIn,
)
from shared.contracts.accounts.people import AccountView, AddRole
from shared.contracts.accounts.sessions import PasskeyOptions, TokenView
from tests.accounts.authenticator import USER_PRESENT, Authenticator, text
from tests.accounts.steps import NOW, House, outcome, refused

LATE = NOW + timedelta(minutes=5)
CREATE_LIES: list[dict[str, Any]] = [
    {"origin": "https://evil.example"},
    {"challenge": text(os.urandom(32))},
    {"flags": USER_PRESENT},
    {"domain": "evil.example"},
]
NAMES = ["origin", "challenge", "no user verification", "domain"]


@pytest.fixture
def anna(house: House) -> AccountView:
    return house.register()


def begun(house: House, owner: AccountView, *, now: datetime = NOW) -> PasskeyOptions:
    command = StartPasskey(person_id=owner.account_id, session_id=house.at_hand(owner.account_id, now=now))
    return second_factors.start_passkey(house.unit, command, challenge_id=uuid4(), tools=house.tools, now=now)


def add(
    house: House, owner: AccountView, offer: PasskeyOptions, credential: Any, *, now: datetime = NOW
) -> PasskeyView:
    command = AddPasskey(
        person_id=owner.account_id,
        session_id=house.at_hand(owner.account_id, now=now),
        challenge_id=offer.challenge_id,
        name="My phone",
        credential=credential,
    )
    return second_factors.add_passkey(house.unit, command, tools=house.tools, now=now)


def added(house: House, owner: AccountView, device: Authenticator, *, now: datetime = NOW) -> PasskeyView:
    offer = begun(house, owner, now=now)
    return add(house, owner, offer, device.create(offer.options), now=now)


def asked(house: House) -> PasskeyOptions:
    command = StartPasskeySignIn(origin="192.0.2.1")
    return second_factors.start_passkey_sign_in(
        house.unit, command, challenge_id=uuid4(), tools=house.tools, now=NOW
    )


def sign_in(
    house: House, offer: PasskeyOptions, credential: Any, *, now: datetime = NOW, **changes: Any
) -> TokenView:
    command = SignInWithPasskey(
        challenge_id=offer.challenge_id, credential=credential, origin="192.0.2.1", **changes
    )
    return second_factors.sign_in_with_passkey(
        house.unit, command, session_id=uuid4(), tools=house.tools, now=now
    )


def nothing_stored(house: House, command: Callable[[], Any]) -> bool:
    """True if `command` was refused as a bad passkey, and no passkey or session differs."""
    before = house.rows(tables.passkeys), house.rows(tables.sessions)
    code = outcome(command)
    return code == "bad_passkey" and before == (house.rows(tables.passkeys), house.rows(tables.sessions))


def test_a_passkey_is_added_and_signs_in_without_a_password(house: House, anna: AccountView) -> None:
    device = Authenticator()
    passkey = added(house, anna, device)
    offer = asked(house)
    token = sign_in(house, offer, device.get(offer.options))
    assert (token.account_id, token.role) == (anna.account_id, "patient")
    [row] = house.rows(tables.passkeys)
    assert (row["id"], row["sign_count"], row["last_used_at"]) == (passkey.passkey_id, 1, NOW)
    assert house.audit(anna.account_id) == [(anna.account_id, "self", "passkey_added")]
    assert house.refresh(token.refresh_token, device_id=None).session_id == token.session_id


def test_an_authenticator_that_does_not_count_signs_in_again_and_again(
    house: House, anna: AccountView
) -> None:
    device = Authenticator(counts=False)
    added(house, anna, device)
    for _ in range(2):
        offer = asked(house)
        sign_in(house, offer, device.get(offer.options))
    assert house.count(tables.sessions) == 3  # and the one at hand


def test_what_is_offered_asks_for_a_verified_user_of_our_domain(house: House, anna: AccountView) -> None:
    device = Authenticator()
    added(house, anna, device)
    create, get = begun(house, anna).options, asked(house).options
    assert (create["rp"]["id"], get["rpId"]) == ("localhost", "localhost")
    assert create["authenticatorSelection"]["userVerification"] == get["userVerification"] == "required"
    assert [each["id"] for each in create["excludeCredentials"]] == [text(device.id)]
    assert len({create["challenge"], get["challenge"], asked(house).options["challenge"]}) == 3


@pytest.mark.parametrize("lie", CREATE_LIES, ids=NAMES)
def test_a_passkey_that_was_made_elsewhere_is_not_added(
    house: House, anna: AccountView, lie: dict[str, Any]
) -> None:
    offer = begun(house, anna)
    assert nothing_stored(
        house, lambda: add(house, anna, offer, Authenticator().create(offer.options, **lie))
    )


@pytest.mark.parametrize("lie", CREATE_LIES, ids=NAMES)
def test_an_answer_that_was_made_elsewhere_does_not_sign_in(
    house: House, anna: AccountView, lie: dict[str, Any]
) -> None:
    device = Authenticator()
    added(house, anna, device)
    offer = asked(house)
    assert nothing_stored(house, lambda: sign_in(house, offer, device.get(offer.options, **lie)))


def test_a_challenge_is_answered_once(house: House, anna: AccountView) -> None:
    device = Authenticator(counts=False)
    added(house, anna, device)
    offer = asked(house)
    answer = device.get(offer.options)
    sign_in(house, offer, answer)
    assert nothing_stored(house, lambda: sign_in(house, offer, answer))
    making = begun(house, anna)
    add(house, anna, making, Authenticator().create(making.options))
    bea = house.register("Bea Bo")
    house.at_hand(bea.account_id)
    assert nothing_stored(house, lambda: add(house, bea, making, Authenticator().create(making.options)))


def test_adding_again_what_was_added_finds_it(house: House, anna: AccountView) -> None:
    device, offer = Authenticator(), begun(house, anna)
    answer = device.create(offer.options)
    assert add(house, anna, offer, answer) == add(house, anna, offer, answer)
    assert house.count(tables.passkeys) == 1


def test_a_challenge_is_of_one_person_and_one_purpose(house: House, anna: AccountView) -> None:
    bea, device = house.register("Bea Bo"), Authenticator()
    added(house, anna, device)
    hers, open_to_all = begun(house, bea), asked(house)
    made = Authenticator().create(hers.options)
    assert nothing_stored(house, lambda: add(house, anna, hers, made))
    answer = device.get({**hers.options, "rpId": "localhost"})
    assert nothing_stored(house, lambda: sign_in(house, hers, answer))
    made = Authenticator().create({**hers.options, "challenge": open_to_all.options["challenge"]})
    assert nothing_stored(house, lambda: add(house, anna, open_to_all, made))


def test_a_challenge_is_good_for_five_minutes(house: House, anna: AccountView) -> None:
    device = Authenticator()
    added(house, anna, device)
    late, offer, making = asked(house), asked(house), begun(house, anna)
    assert nothing_stored(house, lambda: sign_in(house, late, device.get(late.options), now=LATE))
    made = Authenticator().create(making.options)
    assert nothing_stored(house, lambda: add(house, anna, making, made, now=LATE))
    almost = LATE - timedelta(seconds=1)
    assert outcome(lambda: sign_in(house, offer, device.get(offer.options), now=almost)) is None


@pytest.mark.parametrize("count", [5, 4])
def test_a_count_that_goes_back_is_of_a_copy(house: House, anna: AccountView, count: int) -> None:
    device = Authenticator()
    added(house, anna, device)
    offer = asked(house)
    sign_in(house, offer, device.get(offer.options, count=5))
    copied, again = asked(house), asked(house)
    assert nothing_stored(house, lambda: sign_in(house, copied, device.get(copied.options, count=count)))
    assert outcome(lambda: sign_in(house, again, device.get(again.options, count=6))) is None


def test_somebody_elses_credential_is_none_of_hers(house: House, anna: AccountView) -> None:
    device, stranger = Authenticator(), Authenticator()
    added(house, anna, device)
    offer = asked(house)
    assert nothing_stored(house, lambda: sign_in(house, offer, stranger.get(offer.options)))
    stranger.id = device.id  # poses as the device, and signs with its own key
    assert nothing_stored(house, lambda: sign_in(house, offer, stranger.get(offer.options)))
    bea = house.register("Bea Bo")
    making = begun(house, bea)
    assert nothing_stored(house, lambda: add(house, bea, making, stranger.create(making.options)))


def test_what_is_no_credential_is_refused(house: House, anna: AccountView) -> None:
    device = Authenticator()
    added(house, anna, device)
    offer, making = asked(house), begun(house, anna)
    for bad in spoilt(device.get(offer.options)):
        assert nothing_stored(house, partial(sign_in, house, offer, bad)), bad
        open_again(house, offer)
    for bad in spoilt(Authenticator().create(making.options)):
        assert nothing_stored(house, partial(add, house, anna, making, bad)), bad
        open_again(house, making, anna)


def open_again(house: House, offer: PasskeyOptions, owner: AccountView | None = None) -> None:
    """Put the challenge of `offer` back: each answer to it is looked at."""
    raw = base64.urlsafe_b64decode(offer.options["challenge"] + "==")
    with house.unit() as work:
        sessions.add_challenge(
            work,
            Challenge(
                id=offer.challenge_id,
                person_id=owner.account_id if owner else None,
                challenge=raw,
                expires_at=LATE,
            ),
        )


@pytest.mark.parametrize("bad", [{"origin": "https://evil.example"}, {"user_handle": bytes(16)}])
def test_a_failed_answer_uses_its_challenge_up(house: House, anna: AccountView, bad: dict[str, Any]) -> None:
    device = Authenticator()
    added(house, anna, device)
    offer = asked(house)
    for lies in (bad, {}):
        assert nothing_stored(
            house,
            lambda lies=lies: sign_in(house, offer, device.get(offer.options, **lies)),  # type: ignore[misc]
        )
    assert house.count(tables.challenges) == 0


def test_an_answer_that_is_none_uses_its_challenge_up(house: House, anna: AccountView) -> None:
    device = Authenticator()
    added(house, anna, device)
    offer, making = asked(house), begun(house, anna)
    assert nothing_stored(house, lambda: sign_in(house, offer, {"id": "x"}))
    assert nothing_stored(house, lambda: sign_in(house, offer, device.get(offer.options)))
    assert nothing_stored(house, lambda: add(house, anna, making, {"id": "x"}))
    assert nothing_stored(house, lambda: add(house, anna, making, Authenticator().create(making.options)))


def test_the_user_handle_is_that_of_the_person(house: House, anna: AccountView) -> None:
    device, bea = Authenticator(), house.register("Bea Bo")
    added(house, anna, device)
    assert device.user_handle == anna.account_id.bytes
    for wrong in (bea.account_id.bytes, b"", anna.account_id.bytes + b"x"):
        offer = asked(house)
        answer = device.get(offer.options, user_handle=wrong)
        assert nothing_stored(house, partial(sign_in, house, offer, answer))
    for right in (anna.account_id.bytes, None):
        offer = asked(house)
        device.user_handle = right
        assert outcome(partial(sign_in, house, offer, device.get(offer.options))) is None


def spoilt(good: dict[str, Any]) -> list[dict[str, Any]]:
    response = good["response"]
    odd: list[Any] = [None, 7, "", "é", "AAAA", [], {}, text(os.urandom(200))]
    bad: list[dict[str, Any]] = [{}, {"id": "x"}, {**good, "rawId": "x"}, {**good, "response": None}]
    signed = {name: value for name, value in response.items() if name != "userHandle"}
    for name, value in signed.items():
        cut = [value[:at] for at in (10, len(value) // 2, len(value) - 4)]
        flipped = [value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :] for at in (3, 40)]
        bad += [{**good, "response": {**response, name: each}} for each in [*odd, *cut, *flipped]]
    return bad


def test_it_signs_in_with_a_role_like_a_password(house: House, anna: AccountView) -> None:
    device = Authenticator()
    added(house, anna, device)
    adding = AddRole(person_id=anna.account_id, session_id=house.at_hand(anna.account_id), role="clinic")
    profiles.add_role(house.unit, adding, now=NOW)
    offer = asked(house)
    assert refused(lambda: sign_in(house, offer, device.get(offer.options))).code == "role_needed"
    assert sign_in(house, offer, device.get(offer.options), role="clinic").role == "clinic"
    house.close(anna.account_id)
    again = asked(house)
    closed = refused(lambda: sign_in(house, again, device.get(again.options), role="clinic"))
    assert closed.code == "account_closed"


def test_a_passkey_that_was_removed_is_worth_nothing(house: House, anna: AccountView) -> None:
    bea, device = house.register("Bea Bo"), Authenticator()
    passkey = added(house, anna, device)
    assert second_factors.list_passkeys(house.unit, ListPasskeys(person_id=bea.account_id)).passkeys == []
    for owner, left in ((bea, [passkey]), (anna, []), (anna, [])):
        command = RemovePasskey(
            person_id=owner.account_id,
            session_id=house.at_hand(owner.account_id),
            passkey_id=passkey.passkey_id,
        )
        second_factors.remove_passkey(house.unit, command, now=NOW)
        shown = second_factors.list_passkeys(house.unit, ListPasskeys(person_id=anna.account_id)).passkeys
        assert shown == left
    offer = asked(house)
    assert nothing_stored(house, lambda: sign_in(house, offer, device.get(offer.options)))
    actions = [action for _, _, action in house.audit(anna.account_id)]
    assert actions == ["passkey_added", "passkey_removed"]
