"""Pages for people without the app at hand: help, and the pages of mailed links.

A GET changes nothing: mail programs open links before people do.
"""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

import fastapi
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ValidationError

from gateway import pages
from gateway.bus import Bus
from gateway.fields import Origin, strangers_id
from gateway.pages import rendering
from gateway.pages.failures import PageRoute
from gateway.pages.forms import Form
from gateway.problems import refusals
from shared.contracts.accounts import addresses, deletion, guests, people, recovery, removals, tickets
from shared.contracts.accounts.values import LinkToken
from shared.contracts.base import Command
from shared.contracts.refusals import Refused

router = APIRouter(include_in_schema=False, route_class=PageRoute, default_response_class=HTMLResponse)

Token = Annotated[LinkToken, Query()]
Device = Annotated[UUID | None, Query()]
"""An app that opens the page says which device it is on."""


@router.get("/pages")
async def all_pages() -> HTMLResponse:
    return rendering.page("pages", audiences=pages.AUDIENCES, headings=pages.headings())


@router.get("/pages/{slug}")
async def one_page(slug: str) -> HTMLResponse:
    return rendering.page("page", page=pages.find(slug))


class LinkForm(BaseModel):
    """The form of a mailed link. Its command validates the fields, so that a fault is shown beside one."""

    token: LinkToken
    device_id: UUID | None = None
    password: str = ""
    again: str = ""
    code: str = ""

    def new_password(self) -> str:
        """Refuses `invalid_value` if the password was not repeated alike."""
        if self.password != self.again:
            raise refusals.InvalidValue("The two passwords are different.", field="again")
        return self.password


def _reset(sent: LinkForm) -> recovery.ResetPassword:
    code = sent.code.strip().lower() or None
    return recovery.ResetPassword(
        token=sent.token, password=sent.new_password(), code=code, device_id=sent.device_id
    )


def _begin(sent: LinkForm) -> people.ConfirmAccountByLink:
    return people.ConfirmAccountByLink(token=sent.token, password=sent.new_password())


LINKS: dict[Form, Callable[[LinkForm], Command[Any]]] = {
    Form("account/reset", ("password", "again", "code")): _reset,
    Form("account/registration", ("password", "again")): _begin,
    Form("account/address"): lambda sent: addresses.UndoAddress(token=sent.token),
    Form("account/deletion"): lambda sent: deletion.ConfirmDeletion(token=sent.token),
    Form("account/keep"): lambda sent: deletion.ReopenAccount(token=sent.token),
    Form("account/factors"): lambda sent: removals.StopFactorRemoval(token=sent.token),
}
"""Page of a mailed link → the command that its form sends."""
REQUESTS: dict[str, type[recovery.AskReset | deletion.AskDeletion | guests.AskGuestLinks]] = {
    "account/forgot": recovery.AskReset,
    "account/delete": deletion.AskDeletion,
    "visit/link": guests.AskGuestLinks,
}
"""Page that asks for an address → the command that mails a link to it."""


def _serve_link(form: Form, command: Callable[[LinkForm], Command[Any]]) -> None:
    @router.get(f"/{form.path}")
    async def look(bus: Bus, token: Token, device_id: Device = None) -> HTMLResponse:
        await bus.call(recovery.GetLink(token=token))
        return form.page({"token": token, "device_id": device_id})

    @router.post(f"/{form.path}")
    async def send(bus: Bus, sent: Annotated[LinkForm, fastapi.Form()]) -> HTMLResponse:
        try:
            return form.done(answer=await bus.call(command(sent)))
        except (Refused, ValidationError) as error:
            return form.again(sent.model_dump(include={"token", "device_id"}), error)


def _serve_request(
    form: Form, command: type[recovery.AskReset | deletion.AskDeletion | guests.AskGuestLinks]
) -> None:
    @router.get(f"/{form.path}")
    async def look() -> HTMLResponse:
        return form.page()

    @router.post(f"/{form.path}")
    async def send(bus: Bus, origin: Origin, email: Annotated[str, fastapi.Form()] = "") -> HTMLResponse:
        try:
            await bus.call(command(email=email, origin=origin))
        except (Refused, ValidationError) as error:
            return form.again({"email": email}, error)
        return form.done()


for each in LINKS.items():
    _serve_link(*each)
for path, command in REQUESTS.items():
    _serve_request(Form(path, ("email",)), command)


@router.get("/account/invitation")
async def invitation(bus: Bus, token: Token) -> HTMLResponse:
    link = await bus.call(recovery.GetLink(token=token))
    return rendering.page("account/invitation", token=token, expires_at=link.expires_at)


class TicketForm(BaseModel):
    """A message to support. Its command validates the fields, so that a fault is shown beside one."""

    key: UUID
    topic: str = ""
    role: str = ""
    device_type: str = ""
    app_version: str = ""
    email: str = ""
    description: str = ""


CONTACT = Form("contact", tuple(TicketForm.model_fields.keys() - {"key"}))


@router.get("/contact")
async def contact() -> HTMLResponse:
    return CONTACT.page({"key": uuid4()})


@router.post("/contact")
async def open_ticket(bus: Bus, origin: Origin, sent: Annotated[TicketForm, fastapi.Form()]) -> HTMLResponse:
    filled_in = sent.model_dump(exclude={"key"})
    ticket_id = strangers_id("ticket", sent.email, str(sent.key))
    key = sent.key
    try:
        command = tickets.OpenTicket.model_validate(
            filled_in | {"ticket_id": ticket_id, "person_id": None, "origin": origin}
        )
        await bus.call(command)
    except (Refused, ValidationError) as error:
        if isinstance(error, refusals.IdempotencyKeyReused):
            words = (
                "You sent this form before, with other words. To send these as a new message, send it again."
            )
            error, key = type(error)(words, field="description"), uuid4()
        return CONTACT.again(filled_in | {"key": key}, error)
    return CONTACT.done(email=command.email)
