"""Somebody has your password and made themselves at home: a reset gives your account back to you alone."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pyotp
import pytest

from tests.accounts.authenticator import Authenticator
from tests.faults import people
from tests.gateway.scene import new_passkey
from tests.gateway.test_bad_input import problem
from tests.mails import Mail, Mailbox
from tests.suites import Embedded

NEVER, ONCE = "null", "registered_at"


@pytest.fixture
def http(embedded: Embedded) -> Iterator[httpx.Client]:
    with people.client(embedded.url) as client:
        yield client


def told(mails: Mailbox, email: str) -> Mail:
    """Return the mail about the reset that the owner reads, among the others."""
    while True:
        mail = mails.open(email)
        if mail.subject == "You have a new password":
            return mail


@pytest.mark.parametrize("proved_at", [NEVER, ONCE], ids=["a legacy account", "an account of today"])
def test_the_owner_resets_and_is_alone_in_control(
    embedded: Embedded, http: httpx.Client, proved_at: str
) -> None:
    mails, owner = Mailbox(embedded.home), people.signed_in(http, "patient")
    embedded.sql("accounts", f"update people set proved_at = {proved_at} where id = :id", id=owner.id)
    thief, device = owner.another_phone(device={"name": "Your bank"}), Authenticator()
    feed = thief.post("/v1/calendar-feed", None, expect=201)["url"]
    assert http.get(feed).is_success
    thief.post("/v1/me/passkeys", new_passkey(thief, device), expect=201)
    secret = thief.post("/v1/me/totp", None)["secret"]
    recovery = thief.post("/v1/me/totp/confirm", {"code": pyotp.TOTP(secret).now()})["codes"]
    credentials = {"email": owner.email, "password": owner.password}
    assert problem(owner.send("POST", "/v1/sessions", credentials))["code"] == "code_needed"

    assert owner.send("POST", "/v1/password-resets", {"email": owner.email}).status_code == 204
    owner.password = uuid4().hex
    body = {"token": mails.token("reset", owner.email), "password": owner.password}
    assert owner.send("POST", "/v1/password-resets/confirm", body).status_code == 204

    text = told(mails, owner.email).text
    for ended in ("on devices: 2", "recovery codes: 1", "passkeys: 1", "all calendar feeds"):
        assert ended in text
    assert "Your bank" not in text, "what a stranger calls a device is none of our words"
    people.eventually(lambda: thief.send("GET", "/v1/me").status_code == 401)
    refresh = {"refresh_token": thief.session["refresh_token"]}
    assert problem(thief.send("POST", "/v1/sessions/refresh", refresh))["code"] == "session_ended"
    people.eventually(lambda: http.get(feed).status_code == 410)
    asked = thief.post("/v1/sessions/passkey/options", None)
    answer = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"])}
    assert problem(thief.send("POST", "/v1/sessions/passkey", answer))["code"] == "bad_passkey"
    stolen = credentials | {"code": recovery[0]}
    assert problem(thief.send("POST", "/v1/sessions", stolen))["code"] == "wrong_credentials"

    owner.sign_in()
    assert len(owner.get("/v1/sessions")["sessions"]) == 1
    assert owner.get("/v1/me/passkeys")["passkeys"] == []
    assert owner.get("/v1/me")["totp"] is False
    actions = {each["action"] for each in owner.get("/v1/me/audit")["entries"]}
    assert actions >= {"password_reset", "totp_removed", "passkey_removed"}


def test_an_access_token_alone_changes_nothing_about_signing_in(
    embedded: Embedded, http: httpx.Client
) -> None:
    owner = people.signed_in(http, "patient")
    embedded.sql(
        "accounts",
        "update sessions set proved_at = proved_at - interval '10 minutes' where person_id = :id",
        id=owner.id,
    )
    for path in ("/v1/me/totp", "/v1/me/passkeys/options"):
        refusal = problem(owner.send("POST", path))
        assert (refusal["code"], refusal["prove_with"]) == ("proof_needed", ["password"])
    assert owner.send("POST", "/v1/me/proof", {"password": owner.password}).status_code == 204
    assert owner.send("POST", "/v1/me/totp").is_success
