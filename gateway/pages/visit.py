"""The page of a guest's request."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, get_currency_precision
from starlette.responses import HTMLResponse

from gateway.pages import layout, to_html
from gateway.pages.forms import Field, Form
from gateway.problems import PROBLEMS
from shared.contracts.base import Money
from shared.contracts.refusals import Refused
from shared.contracts.requests.feeds import AppointmentFile
from shared.contracts.requests.requests import RequestView
from shared.contracts.requests.values import Status

STANDS: dict[Status, str] = {
    "pending": "The practice has your request. It is not confirmed yet.",
    "confirmed": "Your visit is confirmed.",
    "declined": "The practice could not accept your request.",
    "cancelled": "This visit is cancelled.",
    "completed": "This visit is over.",
    "expired": "This request expired before it was answered.",
}
OPEN: tuple[Status, ...] = ("pending", "confirmed")

CONFIRM = Form(
    title="Your request for a visit",
    action="/visit/confirm",
    hidden=("token",),
    button="Yes, I ask for this visit",
)
CANCEL = Form(title="Your visit", action="/visit/cancel", hidden=("token",), button="Cancel this visit")
SURE = Form(
    title="Cancel this visit?",
    action="/visit/cancelled",
    hidden=("token", "version"),
    button="Yes, cancel it",
)
SURE_OF_FEE = Form(
    title=SURE.title,
    action=SURE.action,
    hidden=(*SURE.hidden, "amount_minor", "currency"),
    button="Yes, cancel it, and accept the fee",
)
TAKE = Form(
    title=CANCEL.title,
    action="/visit/proposal/accept",
    hidden=("token", "version", "proposal_id"),
    button="Take this time",
)
LEAVE = Form(
    title=CANCEL.title,
    action="/visit/proposal/decline",
    hidden=("token", "version", "proposal_id"),
    button="Leave it as it was",
)
ANSWER = Form(
    title=CANCEL.title,
    action="/visit/answer",
    hidden=("token", "version", "follow_up_id"),
    fields=(Field(name="answer", label="Your answer", kind="prose", longest=2000),),
    button="Send the answer",
)
LINK = Form(
    title="A new link to your visit",
    action="/visit/link",
    intro=to_html(
        "If you asked for a visit without an account, enter the address you gave. We mail it a link to each "
        "visit that is still to come or ended in the last 30 days."
    ),
    fields=(Field(name="email", label="E-mail address", kind="email", autocomplete="email"),),
    button="Mail me a link",
)
FORGET = Form(
    title="Erase what is known of you?",
    action="/visit/forget",
    intro=to_html(
        """
Your name, your address, your number and what you wrote are erased, and cannot be brought back. A visit that
is to come is cancelled, and the practice is told.

Erasing itself is free. If cancelling the visit now costs a fee, you owe that fee. You still owe late fees
that you agreed to before.

What stays is that there was a visit: numbers (ids), times and states. Practices have to keep such records.
"""
    ),
    hidden=("token",),
    button="Erase my data",
)


@dataclass(frozen=True)
class Page:
    """The facts on the page of a request; `who` is the professional's name, if it can be shown."""

    token: str
    request: RequestView
    event: AppointmentFile
    who: str | None = None

    @property
    def query(self) -> str:
        return escape(urlencode({"token": self.token}))

    @property
    def sent(self) -> dict[str, str]:
        """Return the fields that each form of the page sends."""
        return {"token": self.token, "version": str(self.request.version)}


def shown(page: Page, *, just_confirmed: bool = False) -> HTMLResponse:
    request = page.request
    forget = f'<p><a href="/visit/forget?{page.query}">Erase what is known of me</a></p>'
    if not request.verified and request.status == "pending":
        words = "The practice sees your request once you confirm it. The time is held for you until then."
        rest = CONFIRM.inside(page.sent) + CANCEL.inside(page.sent)
        return layout.page(CONFIRM.title, f"{layout.paragraphs(words)}{_facts(page)}{rest}{forget}")
    thanks = layout.paragraphs("Thank you: your request is confirmed as yours.") if just_confirmed else ""
    stands = f'<p role="status"><strong>{escape(STANDS[request.status])}</strong></p>'
    said = f"<p>The practice writes: {escape(request.decline_words)}</p>" if request.decline_words else ""
    ways = [_proposed(page), _asked(page), _video(page), _calendar(page)]
    if request.status in OPEN:
        ways.append(CANCEL.inside(page.sent))
    return layout.page(CANCEL.title, f"{thanks}{stands}{said}{_facts(page)}{''.join(ways)}{forget}")


def _proposed(page: Page) -> str:
    """A time that the practice proposes, to be taken or not."""
    made = page.request.proposal
    if made is None or made.state != "open" or made.by == "patient":
        return ""
    costs = f" Taking it costs {escape(_money(made.fee))}." if made.fee else ""
    when = _when(made.starts_at, made.ends_at, page.request.time_zone)
    until = escape(_clock(made.expires_at, page.request.time_zone))
    held = f"{escape(when)}.{costs} It is held for you until {until}."
    words = f"<h2>Another time is proposed</h2><p>{held}</p>"
    sent = page.sent | {"proposal_id": str(made.proposal_id)}
    return words + TAKE.inside(sent) + LEAVE.inside(sent)


def _asked(page: Page) -> str:
    """Questions of the practice without an answer, the oldest to be answered first."""
    if page.request.status not in OPEN:
        return ""
    open_ones = [each for each in page.request.follow_ups if each.answer is None]
    if not open_ones:
        return ""
    question = f"<h2>The practice asks</h2><p>{escape(open_ones[0].question)}</p>"
    return question + ANSWER.inside(page.sent | {"follow_up_id": str(open_ones[0].follow_up_id)})


def _video(page: Page) -> str:
    if page.request.status != "confirmed" or page.request.mode != "video":
        return ""
    return f'<p><a href="/visit/video?{page.query}">Join the video visit</a>, from 15 minutes before it.</p>'


def _calendar(page: Page) -> str:
    takes = "Put it into my calendar" if page.request.status in OPEN else "Take it out of my calendar"
    if page.request.status == "completed":
        return ""
    return f'<p><a href="/visit/calendar.ics?{page.query}">{takes}</a></p>'


def sure(page: Page, *, fee: Money | None) -> HTMLResponse:
    """Ask once more, with what it costs."""
    if fee is None:
        words = "It costs nothing to cancel now. The time will be free for others."
        return layout.page(SURE.title, f"{layout.paragraphs(words)}{_facts(page)}{SURE.inside(page.sent)}")
    sent = page.sent | {"amount_minor": str(fee.amount_minor), "currency": fee.currency}
    costs = f"<p><strong>Cancelling now costs {escape(_money(fee))}.</strong> The practice charges it.</p>"
    return layout.page(SURE_OF_FEE.title, f"{costs}{_facts(page)}{SURE_OF_FEE.inside(sent)}")


def leaving(token: str, *, fee: Money | None) -> HTMLResponse:
    """Ask before erasing, and show the fee that it costs."""
    costs = ""
    if fee is not None:
        costs = f"<p><strong>You owe {escape(_money(fee))} if your visit is cancelled now.</strong></p>"
    return layout.page(FORGET.title, costs + FORGET.inside({"token": token}))


def refused(refusal: Refused) -> HTMLResponse:
    """Explain why it cannot be done here, and list the numbers to call."""
    status, title = PROBLEMS[refusal.code]
    cards = "".join(_card(each) for each in refusal.facts.get("call", []))
    calls = f"<ul>{cards}</ul>" if cards else ""
    return layout.page(title, f"{layout.paragraphs(refusal.detail)}{calls}", status=status)


def _facts(page: Page) -> str:
    request, event = page.request, page.event
    where = ", ".join(filter(None, (event.location_name, event.location_address)))
    rows = {
        "When": _when(request.starts_at, request.ends_at, request.time_zone),
        "What": request.service_name,
        "With": page.who,
        "Where": "By video" if request.mode == "video" else where,
        "You owe": _money(request.fee) if request.fee else None,
    }
    lines = (
        f'<tr><th scope="row">{name}</th><td>{escape(words)}</td></tr>'
        for name, words in rows.items()
        if words
    )
    return f"<table>{''.join(lines)}</table>"


def _when(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """On the clock of the place; with the offset, for hours that clocks show twice."""
    zone = ZoneInfo(time_zone)
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    times = f"{starts:%H:%M} to {ends:%H:%M}"
    offset = f"{starts:%z}"
    return f"{starts:%A} {starts.day} {starts:%B %Y}, {times} ({time_zone}, UTC{offset[:3]}:{offset[3:5]})"


def _clock(at: datetime, time_zone: str) -> str:
    there = at.astimezone(ZoneInfo(time_zone))
    return f"{there:%A} {there.day} {there:%B}, {there:%H:%M}"


def _money(fee: Money) -> str:
    amount = Decimal(fee.amount_minor).scaleb(-get_currency_precision(fee.currency))
    return format_currency(amount, fee.currency, locale="en")


def _card(card: dict[str, Any]) -> str:
    name = escape(str(card["name"]))
    phone = card.get("phone")
    call = f': <a href="tel:{escape(phone)}">{escape(phone)}</a>' if phone else ""
    mail = card.get("email")
    write = f', <a href="mailto:{quote(mail, safe="@")}">{escape(mail)}</a>' if mail else ""
    return f"<li>{name}{call}{write}</li>"
