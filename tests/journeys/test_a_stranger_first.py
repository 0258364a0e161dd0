"""A stranger was here first, with your address or in your account: you alone are left in control."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy import story
from tests.accounts.authenticator import Authenticator
from tests.faults import people
from tests.faults.people import Person
from tests.gateway.scene import begun, new_passkey
from tests.gateway.test_bad_input import problem
from tests.mails import Mailbox
from tests.suites import Embedded

WITHOUT_AN_ACCOUNT = {
    "POST /v1/me/totp": None,
    "POST /v1/me/passkeys/options": None,
    "POST /v1/calendar-feed": None,
    "POST /v1/me/email": {"email": "eve@evil.example"},
    "POST /v1/me/password": {"current": "x", "password": "nine green bottles"},
    "POST /v1/me/deletion": None,
    "GET /v1/me": None,
}


@pytest.fixture
def http(embedded: Embedded) -> Iterator[httpx.Client]:
    with people.client(embedded.url) as client:
        yield client


@pytest.fixture
def mails(embedded: Embedded) -> Mailbox:
    return Mailbox(embedded.home)


@pytest.fixture
def owner(http: httpx.Client) -> Person:
    return Person(http, "Anna Conti", "patient")


@pytest.fixture
def stranger(http: httpx.Client, owner: Person) -> Person:
    """Somebody who has registered with the owner's address, and chose a password."""
    one = Person(http, "Somebody else", "patient")
    one._email = owner.email
    one.id = begun(one)["registration_id"]
    return one


def refusal(by: Person) -> Any:
    """Of a sign-in, as a code; None where it was let in."""
    answer = by.send("POST", "/v1/sessions", {"email": by.email, "password": by.password})
    return None if answer.is_success else problem(answer)["code"]


def is_alone(owner: Person) -> bool:
    """One session, and nothing else that opens the account."""
    assert len(owner.get("/v1/sessions")["sessions"]) == 1
    assert owner.get("/v1/me/passkeys")["passkeys"] == []
    return owner.get("/v1/me")["totp"] is False


def test_with_a_registration_alone_nothing_can_be_done(stranger: Person, mails: Mailbox) -> None:
    mailed = mails.token("registration", stranger.email)
    assert refusal(stranger) == "wrong_credentials"
    for token in ("", stranger.id, mailed):
        stranger.headers = {"Authorization": f"Bearer {token}"} if token else {}
        for operation, body in WITHOUT_AN_ACCOUNT.items():
            answer = stranger.send(*operation.split(), body)
            assert problem(answer)["code"] == "not_signed_in", operation


def test_guessing_the_code_ends_the_registration(stranger: Person) -> None:
    guesses = (f"{number:08d}" for number in range(6))
    bodies = ({"registration_id": stranger.id, "code": code} for code in guesses)
    ends = [problem(stranger.send("POST", "/v1/accounts/confirm", body))["code"] for body in bodies]
    assert ends == ["wrong_code"] * 5 + ["registration_over"]


def test_the_owner_registers_after_the_stranger(
    embedded: Embedded, owner: Person, stranger: Person, mails: Mailbox
) -> None:
    begin_with = mails.open(owner.email)
    assert begin_with.kind == "registration"
    owner.register(story.mails_in(embedded.home))
    owner.sign_in()
    assert refusal(stranger) == "wrong_credentials"
    assert is_alone(owner)
    late = owner.send(
        "POST", "/v1/accounts/confirm-by-link", {"token": begin_with.token, "password": uuid4().hex}
    )
    assert problem(late)["code"] == "email_taken"


def test_the_owner_opens_the_link_that_the_stranger_caused(
    owner: Person, stranger: Person, mails: Mailbox
) -> None:
    proof = {"token": mails.token("registration", owner.email), "password": owner.password}
    owner.id = owner.post("/v1/accounts/confirm-by-link", proof, expect=201)["account_id"]
    owner.sign_in()
    assert refusal(stranger) == "wrong_credentials"
    assert is_alone(owner)


def test_a_reset_finds_no_account_where_nobody_proved_the_address(
    embedded: Embedded, owner: Person, stranger: Person, mails: Mailbox
) -> None:
    mails.token("registration", owner.email)
    assert owner.send("POST", "/v1/password-resets", {"email": owner.email}).status_code == 204
    owner.register(story.mails_in(embedded.home))
    owner.sign_in()
    assert is_alone(owner)
    assert [mail.kind for mail in mails.waiting(owner.email)] == ["registration"]
    assert refusal(stranger) == "wrong_credentials"


def test_a_stranger_who_comes_later_learns_nothing_and_the_owner_is_told(
    http: httpx.Client, owner: Person, mails: Mailbox
) -> None:
    owner.register()
    owner.sign_in()
    late, nobody = Person(http, "Somebody else", "patient"), Person(http, "Nobody", "patient")
    late._email = owner.email
    assert set(begun(late)) == set(begun(nobody))
    assert mails.open(owner.email).subject == "You have an account"
    assert refusal(late) == "wrong_credentials"
    assert is_alone(owner)


def test_a_thief_changes_the_address_and_the_owner_sets_it_back(
    embedded: Embedded, http: httpx.Client, owner: Person, mails: Mailbox
) -> None:
    owner.register()
    thief, device = owner.another_phone(), Authenticator()
    thief.post("/v1/me/passkeys", new_passkey(thief, device), expect=201)
    feed = thief.post("/v1/calendar-feed", None, expect=201)["url"]
    assert http.get(feed).is_success
    thief._email = f"{uuid4().hex}@evil.example"
    change = thief.post("/v1/me/email", {"email": thief.email}, expect=202)
    assert thief.get("/v1/me")["email"] == owner.email, "nothing changes before the new address is proved"
    prove(embedded, thief, change["change_id"])
    assert refusal(owner) == "wrong_credentials"

    back = mails.token("address", owner.email)
    assert owner.send("POST", "/v1/email-changes/undo", {"token": back}).status_code == 204
    people.eventually(lambda: thief.send("GET", "/v1/me").status_code == 401)
    people.eventually(lambda: http.get(feed).status_code == 410)
    owner.password = uuid4().hex
    reset = {"token": mails.token("reset", owner.email), "password": owner.password}
    assert owner.send("POST", "/v1/password-resets/confirm", reset).status_code == 204
    owner.sign_in()
    assert is_alone(owner)
    assert refusal(thief) == "wrong_credentials"
    asked = thief.post("/v1/sessions/passkey/options", None)
    answer = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"])}
    assert problem(thief.send("POST", "/v1/sessions/passkey", answer))["code"] == "bad_passkey"


def prove(embedded: Embedded, by: Person, change_id: str) -> None:
    """They read the code in the mail to their new address, and type it."""
    mailed = story.mails_in(embedded.home)
    people.eventually(lambda: bool(story.code_in(mailed(by.email))))
    proof = {"change_id": change_id, "code": story.code_in(mailed(by.email))}
    assert by.post("/v1/me/email/confirm", proof)["email"] == by.email
