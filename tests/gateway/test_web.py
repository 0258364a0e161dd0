"""The forms behind mailed links, and those for people without the app."""

import html
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.testclient import TestClient

from gateway import problems
from gateway.pages import failures
from gateway.problems import refusals
from shared.contracts.accounts import refusals as accounts
from shared.contracts.accounts.addresses import UndoAddress
from shared.contracts.accounts.deletion import AskDeletion, ConfirmDeletion, ReopenAccount
from shared.contracts.accounts.people import ConfirmAccountByLink
from shared.contracts.accounts.recovery import AskReset, GetLink, ResetPassword
from shared.contracts.accounts.tickets import OpenTicket
from shared.contracts.requests import refusals as requests
from shared.errors import Broken, Unavailable
from tests.gateway.scripted import ScriptedBus

EVIL = '"><script>alert(1)</script>'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ORIGIN = "unknown"  # the test client has no address
EMAIL = {"email": "anna@example.org"}
TOKEN = {"token": "t0ken"}
NEW_PASSWORD = TOKEN | {"password": "four words and more", "again": "four words and more"}
MESSAGE = EMAIL | {
    "topic": "support",
    "role": "patient",
    "device_type": "android",
    "app_version": "1.4",
    "description": "The list stays empty.",
}
KEYED = MESSAGE | {"key": "7f0f8d6e-9f0a-4c56-8d0b-3c1f5a1d2e3f"}
FORMS = {
    "/account/forgot": EMAIL,
    "/account/reset": NEW_PASSWORD,
    "/account/registration": NEW_PASSWORD,
    "/account/address": TOKEN,
    "/account/delete": EMAIL,
    "/account/deletion": TOKEN,
    "/account/keep": TOKEN,
    "/contact": KEYED,
}
LINKS = (
    "/account/reset",
    "/account/registration",
    "/account/address",
    "/account/deletion",
    "/account/keep",
    "/account/invitation",
)
OPEN = ("/account/forgot", "/account/delete", "/contact")


def said(page: str) -> str:
    """The words of a page, as people read them."""
    body = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def page(answer: httpx.Response, status: int = 200) -> str:
    """The HTML of `answer`, which is protected as every page is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    return answer.text


def shown_at(field: str, shown: str) -> str:
    """Return the text beside `field`, which is marked as invalid and refers to it."""
    assert re.search(
        rf'id="{field}"[^>]*aria-describedby="[^"]*{field}-fault"[^>]*aria-invalid="true"', shown
    )
    found = re.search(rf'id="{field}-fault">([^<]*)<', shown)
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize("address", OPEN)
def test_opening_a_form_asks_no_service(browser: TestClient, bus: ScriptedBus, address: str) -> None:
    assert f'<form method="post" action="{address}">' in page(browser.get(address))
    assert bus.commands == []


@pytest.mark.parametrize("address", LINKS)
def test_opening_a_mailed_link_only_looks_at_it(browser: TestClient, bus: ScriptedBus, address: str) -> None:
    assert "t0ken" in page(browser.get(address, params=TOKEN))
    assert bus.commands == [GetLink(token="t0ken")]


@pytest.mark.parametrize(
    ("address", "command"),
    [
        ("/account/forgot", AskReset(email="anna@example.org", origin=ORIGIN)),
        ("/account/reset", ResetPassword(token="t0ken", password="four words and more")),
        (
            "/account/registration",
            ConfirmAccountByLink(token="t0ken", password="four words and more"),
        ),
        ("/account/delete", AskDeletion(email="anna@example.org", origin=ORIGIN)),
        ("/account/deletion", ConfirmDeletion(token="t0ken")),
        ("/account/address", UndoAddress(token="t0ken")),
        ("/account/keep", ReopenAccount(token="t0ken")),
    ],
)
def test_a_form_sends_one_demand(browser: TestClient, bus: ScriptedBus, address: str, command: Any) -> None:
    page(browser.post(address, data=FORMS[address]))
    assert bus.commands == [command]


def test_the_device_that_opens_a_reset_is_sent_along(browser: TestClient, bus: ScriptedBus) -> None:
    device = UUID(int=7)
    shown = page(browser.get("/account/reset", params=TOKEN | {"device_id": str(device)}))
    assert f'<input type="hidden" name="device_id" value="{device}">' in shown
    page(browser.post("/account/reset", data=NEW_PASSWORD | {"device_id": str(device)}))
    page(browser.post("/account/reset", data=NEW_PASSWORD | {"device_id": ""}))
    assert [each.device_id for each in bus.commands if isinstance(each, ResetPassword)] == [device, None]


def test_whoever_confirms_a_deletion_is_told_when_it_comes_and_what_stays(browser: TestClient) -> None:
    shown = page(browser.post("/account/deletion", data=TOKEN))
    assert "erased on 29 November 2026, 12:00 UTC" in said(shown)
    assert "<td>That visits took &lt;place&gt;</td><td>The law &amp; its reasons</td>" in shown


def test_a_message_to_support_is_one_ticket_however_often_it_is_sent(
    browser: TestClient, bus: ScriptedBus
) -> None:
    for _ in range(2):
        assert "by mail, to anna@example.org" in said(page(browser.post("/contact", data=KEYED)))
    first, second = bus.commands
    assert isinstance(first, OpenTicket)
    assert first == second
    assert first.model_dump(exclude={"ticket_id"}) == MESSAGE | {"person_id": None, "origin": ORIGIN}
    page(browser.post("/contact", data=KEYED | {"key": str(uuid4())}))
    assert bus.commands[2] != first


def test_each_contact_form_has_a_key_of_its_own(browser: TestClient) -> None:
    keys = {re.findall('name="key" value="([^"]+)"', browser.get("/contact").text)[0] for _ in range(2)}
    assert len(keys) == 2


def test_other_words_under_the_key_of_a_ticket_can_be_sent_as_another_one(
    browser: TestClient, bus: ScriptedBus
) -> None:
    bus.failure = refusals.IdempotencyKeyReused("Used before.")
    shown = page(browser.post("/contact", data=KEYED), 422)
    assert "send it again" in shown_at("description", shown)
    assert KEYED["description"] in shown
    assert KEYED["key"] not in shown


def test_the_contact_form_warns_before_it_asks(browser: TestClient) -> None:
    before, _, form = browser.get("/contact").text.partition("<form")
    assert "do not send emergency, medical, or highly sensitive health information" in said(before)
    assert form


@pytest.mark.parametrize("address", OPEN)
def test_every_field_has_a_label(browser: TestClient, address: str) -> None:
    shown = browser.get(address).text
    drawn = re.findall(r'<(?:input type="(?!hidden)\w+"|select|textarea) id="(\w+)"', shown)
    assert drawn
    assert re.findall(r'<label for="(\w+)">', shown) == drawn


@pytest.mark.parametrize(
    ("address", "changes", "field"),
    [
        ("/account/forgot", {"email": "nobody"}, "email"),
        ("/account/forgot", {"email": ""}, "email"),
        ("/account/delete", {"email": "a\0@example.org"}, "email"),
        ("/account/reset", {"again": "something else"}, "again"),
        ("/account/reset", {"password": "", "again": ""}, "password"),
        ("/account/reset", {"password": "x" * 129, "again": "x" * 129}, "password"),
        ("/contact", {"topic": "gossip"}, "topic"),
        ("/contact", {"role": ""}, "role"),
        ("/contact", {"email": "nobody"}, "email"),
        ("/contact", {"app_version": "1\n2"}, "app_version"),
        ("/contact", {"description": " "}, "description"),
        ("/contact", {"description": "x" * 4001}, "description"),
        ("/contact", {"description": "a\0b"}, "description"),
    ],
)
def test_what_was_filled_in_wrong_is_said_beside_the_field(
    browser: TestClient, bus: ScriptedBus, address: str, changes: dict[str, str], field: str
) -> None:
    shown = page(browser.post(address, data=FORMS[address] | changes), 422)
    assert shown_at(field, shown)
    assert 'role="alert"' in shown
    assert bus.commands == []


def test_a_form_shown_again_keeps_what_was_filled_in_but_no_password(
    browser: TestClient, bus: ScriptedBus
) -> None:
    shown = page(browser.post("/contact", data=KEYED | {"email": "nobody"}), 422)
    for kept in (KEYED["key"], KEYED["description"], 'value="1.4"', '<option value="android" selected>'):
        assert kept in shown
    bus.failure = accounts.WeakPassword("At least 15 characters.", field="password", at_least=15)
    shown = page(browser.post("/account/reset", data=NEW_PASSWORD), 422)
    assert shown_at("password", shown) == "At least 15 characters."
    assert 'value="t0ken"' in shown
    assert "four words" not in shown


@pytest.mark.parametrize("address", FORMS)
@pytest.mark.parametrize("body", [b"", b"%ff%fe=%00", b"&" * 2000, b"a=1&" * 1500, b"token=&key=&email=\xff"])
def test_a_form_that_makes_no_sense_is_answered_with_a_page(
    browser: TestClient, bus: ScriptedBus, address: str, body: bytes
) -> None:
    answer = browser.post(address, content=body, headers=FORM)
    page(answer, 400 if body.startswith(b"a=1") else 422)
    assert bus.commands == []


@pytest.mark.parametrize("address", ["/account/reset", "/account/deletion", "/account/keep", "/contact"])
def test_a_form_without_what_is_hidden_in_it_says_what_is_missing(browser: TestClient, address: str) -> None:
    shown = page(browser.post(address, data=EMAIL), 422)
    assert ("key" if address == "/contact" else "token") in said(shown)


@pytest.mark.parametrize("address", LINKS)
@pytest.mark.parametrize("token", [None, "", "x" * 201])
def test_a_link_that_is_not_whole_says_so(
    browser: TestClient, bus: ScriptedBus, address: str, token: str | None
) -> None:
    shown = page(browser.get(address, params={} if token is None else {"token": token}), 422)
    assert "open the whole link again" in said(shown)
    assert bus.commands == []


@pytest.mark.parametrize("address", LINKS)
def test_markup_in_a_token_is_never_markup_in_the_page(browser: TestClient, address: str) -> None:
    shown = page(browser.get(address, params={"token": EVIL}))
    assert "<script" not in shown
    assert EVIL in html.unescape(shown)


@pytest.mark.parametrize("field", sorted(KEYED))
def test_markup_that_was_typed_is_never_markup_in_the_page(browser: TestClient, field: str) -> None:
    body = KEYED | {"email": "nobody", field: EVIL}
    assert "<script" not in page(browser.post("/contact", data=body), 422)


def test_markup_in_a_refusal_is_never_markup_in_the_page(browser: TestClient, bus: ScriptedBus) -> None:
    for field in ("password", None):
        bus.failure = accounts.WeakPassword(EVIL, field=field)
        assert "<script" not in page(browser.post("/account/reset", data=NEW_PASSWORD), 422)


def test_an_address_on_a_card_is_all_that_its_link_writes_to() -> None:
    card = {"name": "<b>Studio</b>", "phone": "+390669820001", "email": "a?bcc=eve&x=1@b.example"}
    refusal = requests.CallToCancel("Please call.", call=[card])
    html = bytes(failures.refused(refusal, of_visit=True).body).decode()
    assert 'href="mailto:a%3Fbcc%3Deve%26x%3D1@b.example"' in html
    assert "<b>Studio" not in html


@pytest.mark.parametrize("address", LINKS)
def test_a_link_that_is_no_good_any_more_is_refused_in_words(
    browser: TestClient, bus: ScriptedBus, address: str
) -> None:
    bus.failure = refusals.NotFound("This link is not good any more.", field="token")
    shown = page(browser.get(address, params=TOKEN), 404)
    assert "This link is not good any more." in said(shown)
    assert "<form" not in shown


@pytest.mark.parametrize("address", FORMS)
def test_a_refusal_a_silence_and_a_failure_are_pages(
    browser: TestClient, bus: ScriptedBus, address: str
) -> None:
    bus.failure = refusals.NotAllowed("Somebody else decides this.")
    assert "Somebody else decides this." in said(page(browser.post(address, data=FORMS[address]), 403))
    bus.failure = refusals.TooManyAttempts("Wait a minute.", retry_after=60)
    answer = browser.post(address, data=FORMS[address])
    page(answer, 429)
    assert answer.headers["Retry-After"] == "60"
    bus.failure = Unavailable("accounts")
    answer = browser.post(address, data=FORMS[address])
    page(answer, 503)
    assert answer.headers["Retry-After"] == problems.RETRY_AFTER
    bus.failure = Broken("a secret of ours")
    assert "secret" not in page(browser.post(address, data=FORMS[address]), 500)


@pytest.mark.parametrize("address", FORMS)
def test_a_form_sent_from_another_site_is_refused(
    browser: TestClient, bus: ScriptedBus, address: str
) -> None:
    page(browser.post(address, data=FORMS[address], headers={"Sec-Fetch-Site": "cross-site"}), 403)
    assert bus.commands == []
    page(browser.post(address, data=FORMS[address], headers={"Sec-Fetch-Site": "same-origin"}))


@pytest.mark.parametrize("address", LINKS)
def test_a_link_is_opened_from_wherever_the_mail_is_read(browser: TestClient, address: str) -> None:
    page(browser.get(address, params=TOKEN, headers={"Sec-Fetch-Site": "cross-site"}))


@pytest.mark.parametrize("address", ["/v1/requests", "/v1/accounts", "/v1/sessions", "/pages", "/accounts"])
def test_forms_are_taken_nowhere_else(browser: TestClient, address: str) -> None:
    answer = browser.post(address, content=b"email=anna", headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("address", FORMS)
def test_forms_take_no_files(browser: TestClient, address: str) -> None:
    answer = browser.post(address, files={"email": b"anna@example.org"})
    assert answer.status_code == 415


def test_an_oversized_form_is_refused_whether_or_not_it_tells_its_size(
    browser: TestClient, bus: ScriptedBus
) -> None:
    page(browser.post("/contact", data=KEYED | {"description": "x" * 300_000}), 413)

    def chunks() -> Any:
        yield from (b"x" * 10_000 for _ in range(40))

    page(browser.post("/contact", content=chunks(), headers=FORM), 413)
    assert bus.commands == []


def test_forms_are_no_part_of_the_described_api(browser: TestClient) -> None:
    paths = browser.get("/openapi.json").json()["paths"]
    assert "/v1/pages/{slug}" in paths
    assert not [path for path in paths if path.startswith(("/account/", "/contact", "/pages"))]
