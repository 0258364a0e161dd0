"""Pages for people without the app at hand: help, and what mailed links lead to.

A GET changes nothing: mail programs open links before people do.
"""

from collections import defaultdict
from datetime import UTC, datetime
from html import escape
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from gateway import pages
from gateway.bus import Bus
from gateway.fields import Origin, strangers_id
from gateway.pages import layout, questions
from gateway.pages.failures import PageRoute
from gateway.problems import refusals
from shared.contracts.accounts.addresses import UndoAddress
from shared.contracts.accounts.deletion import AskDeletion, ConfirmDeletion, DeletionView, ReopenAccount
from shared.contracts.accounts.people import ConfirmAccountByLink
from shared.contracts.accounts.recovery import AskReset, GetLink, ResetPassword
from shared.contracts.accounts.removals import StopFactorRemoval
from shared.contracts.accounts.tickets import OpenTicket
from shared.contracts.accounts.values import LinkToken

router = APIRouter(include_in_schema=False, route_class=PageRoute, default_response_class=HTMLResponse)

Token = Annotated[LinkToken, Query()]
SentToken = Annotated[LinkToken, Form()]
Device = Annotated[UUID | None, Query()]
"""An app that opens the page says which device it is on."""
SentDevice = Annotated[UUID | None, Form()]
Typed = Annotated[str, Form()]
"""Fields that are validated when the command is built, so that the page shows a fault at its field."""


@router.get("/pages")
async def all_pages() -> HTMLResponse:
    by_audience: dict[str, list[str]] = defaultdict(list)
    for each in pages.headings():
        link = f'<li><a href="/pages/{each.slug}">{escape(each.title)}</a></li>'
        by_audience[each.audience].append(link)
    groups = (
        f"<h2>{words}</h2>\n<ul>{''.join(by_audience[audience])}</ul>"
        for audience, words in pages.AUDIENCES.items()
    )
    return layout.page("Help and policies", "\n".join(groups))


@router.get("/pages/{slug}")
async def one_page(slug: str) -> HTMLResponse:
    page = pages.find(slug)
    updated = f'<p class="updated">Last updated: {layout.day(page.last_updated)}</p>'
    return layout.page(page.title, f"{updated}\n{page.html}")


@router.get("/account/forgot")
async def forgot() -> HTMLResponse:
    return questions.FORGOT.page()


@router.post("/account/forgot")
async def ask_reset(bus: Bus, origin: Origin, email: Typed = "") -> HTMLResponse:
    try:
        await bus.call(AskReset(email=email, origin=origin))
    except (refusals.Refused, ValidationError) as error:
        return questions.FORGOT.again({"email": email}, error)
    return layout.page(
        "Look into your mail",
        layout.paragraphs(
            "If this address has an account, a link to choose a new password is on its way to it.",
            "The link is good for 60 minutes, and once. If no mail comes, look into the spam folder, and "
            "check that it is the address you registered with.",
        ),
    )


@router.get("/account/reset")
async def new_password(bus: Bus, token: Token, device_id: Device = None) -> HTMLResponse:
    await bus.call(GetLink(token=token))
    return questions.RESET.page({"token": token, "device_id": str(device_id or "")})


@router.post("/account/reset")
async def reset(
    bus: Bus,
    token: SentToken,
    password: Typed = "",
    again: Typed = "",
    code: Typed = "",
    device_id: SentDevice = None,
) -> HTMLResponse:
    try:
        _check_same(password, again)
        given = code.strip().lower() or None
        await bus.call(ResetPassword(token=token, password=password, code=given, device_id=device_id))
    except (refusals.Refused, ValidationError) as error:
        return questions.RESET.again({"token": token, "device_id": str(device_id or "")}, error)
    return layout.page(
        "Your password is set",
        layout.paragraphs(
            "Every device was signed out. Open the app, and sign in with your e-mail address and the new "
            "password.",
            "A mail tells you what else has ended.",
        ),
    )


@router.get("/account/registration")
async def registration(bus: Bus, token: Token) -> HTMLResponse:
    await bus.call(GetLink(token=token))
    return questions.REGISTRATION.page({"token": token})


@router.post("/account/registration")
async def begin_account(bus: Bus, token: SentToken, password: Typed = "", again: Typed = "") -> HTMLResponse:
    try:
        _check_same(password, again)
        await bus.call(ConfirmAccountByLink(token=token, password=password))
    except (refusals.Refused, ValidationError) as error:
        return questions.REGISTRATION.again({"token": token}, error)
    return layout.page(
        "Your account is ready",
        layout.paragraphs(
            "Open the app, and sign in with your e-mail address and the password you just chose."
        ),
    )


@router.get("/account/address")
async def old_address(bus: Bus, token: Token) -> HTMLResponse:
    await bus.call(GetLink(token=token))
    return questions.ADDRESS.page({"token": token})


@router.post("/account/address")
async def set_back(bus: Bus, token: SentToken) -> HTMLResponse:
    await bus.call(UndoAddress(token=token))
    return layout.page(
        "Your old address is restored",
        layout.paragraphs(
            "Every device is signed out. A mail brings you a link to set a new password. Until you use it, "
            "nobody can sign in with a password."
        ),
    )


@router.get("/account/delete")
async def leave() -> HTMLResponse:
    return questions.DELETE.page()


@router.post("/account/delete")
async def ask_deletion(bus: Bus, origin: Origin, email: Typed = "") -> HTMLResponse:
    try:
        await bus.call(AskDeletion(email=email, origin=origin))
    except (refusals.Refused, ValidationError) as error:
        return questions.DELETE.again({"email": email}, error)
    return layout.page(
        "Look into your mail",
        layout.paragraphs(
            "If this address has an account, a link to confirm the deletion is on its way to it. The link "
            "is good for 60 minutes.",
            "Nothing is deleted before you open the link and confirm. If you do nothing, your account "
            "stays as it is.",
        ),
    )


@router.get("/account/deletion")
async def deletion(bus: Bus, token: Token) -> HTMLResponse:
    await bus.call(GetLink(token=token))
    return questions.CONFIRM_DELETION.page({"token": token})


@router.post("/account/deletion")
async def confirm_deletion(bus: Bus, token: SentToken) -> HTMLResponse:
    closed = await bus.call(ConfirmDeletion(token=token))
    return layout.page("Your account is closed", _closed(closed))


@router.get("/account/keep")
async def change_of_mind(bus: Bus, token: Token) -> HTMLResponse:
    await bus.call(GetLink(token=token))
    return questions.KEEP.page({"token": token})


@router.post("/account/keep")
async def keep(bus: Bus, token: SentToken) -> HTMLResponse:
    await bus.call(ReopenAccount(token=token))
    words = "Your account is open again, and will not be erased. Sign in with the app as before."
    return layout.page("Your account stays", layout.paragraphs(words))


@router.get("/account/factors")
async def lost_factor(bus: Bus, token: Token) -> HTMLResponse:
    await bus.call(GetLink(token=token))
    return questions.KEEP_FACTORS.page({"token": token})


@router.post("/account/factors")
async def keep_factor(bus: Bus, token: SentToken) -> HTMLResponse:
    await bus.call(StopFactorRemoval(token=token))
    words = "Nothing is removed. If somebody else may know your password, set a new one."
    return layout.page("Your second factor stays", layout.paragraphs(words))


@router.get("/account/invitation")
async def invitation(bus: Bus, token: Token) -> HTMLResponse:
    link = await bus.call(GetLink(token=token))
    until = f"<p>It is good until {_instant(link.expires_at)}, and once.</p>"
    code = f'<p><code class="code">{escape(token)}</code></p>'
    return layout.page("You are invited to a clinic", f"{questions.INVITATION}\n{code}\n{until}")


@router.get("/contact")
async def contact() -> HTMLResponse:
    return questions.CONTACT.page({"key": str(uuid4())})


@router.post("/contact")
async def open_ticket(
    bus: Bus,
    origin: Origin,
    key: Annotated[UUID, Form()],
    topic: Typed = "",
    role: Typed = "",
    device_type: Typed = "",
    app_version: Typed = "",
    email: Typed = "",
    description: Typed = "",
) -> HTMLResponse:
    filled_in = {
        "topic": topic,
        "role": role,
        "device_type": device_type,
        "app_version": app_version,
        "email": email,
        "description": description,
    }
    ticket_id = strangers_id("ticket", email, str(key))
    try:
        command = OpenTicket.model_validate(
            {"ticket_id": ticket_id, "person_id": None, "origin": origin, **filled_in}
        )
        await bus.call(command)
    except refusals.Refused as error:
        if error.code != "idempotency_key_reused":
            return questions.CONTACT.again({"key": str(key), **filled_in}, error)
        words = "You have already sent this page with another text. To send this text too, send it again."
        new = type(error)(words, field="description")
        return questions.CONTACT.again({"key": str(uuid4()), **filled_in}, new)
    except ValidationError as error:
        return questions.CONTACT.again({"key": str(key), **filled_in}, error)
    return layout.page(
        "Support has your message",
        layout.paragraphs(
            f"The answer comes by mail, to {command.email}.",
            "For anything urgent about your health, do not wait for it.",
        ),
    )


def _check_same(password: str, again: str) -> None:
    """Refuses `invalid_value` if the password was not repeated alike."""
    if password != again:
        raise refusals.InvalidValue("The two passwords are different.", field="again")


def _closed(closed: DeletionView) -> str:
    rows = "\n".join(
        f"<tr><td>{escape(each.what)}</td><td>{escape(each.why)}</td></tr>" for each in closed.kept
    )
    return (
        f"<p>You are signed out everywhere, and the account is erased on {_instant(closed.erases_at)}. "
        "Until then you can change your mind, with the link in the mail you get now.</p>\n"
        "<h2>What is kept, and why</h2>\n"
        '<table><thead><tr><th scope="col">What</th><th scope="col">Why</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table>"
    )


def _instant(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f'<time datetime="{at.isoformat()}">{at.day} {at:%B %Y, %H:%M} UTC</time>'
