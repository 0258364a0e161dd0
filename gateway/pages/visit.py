"""What a guest sees of her visit."""

from datetime import timedelta
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, get_currency_precision
from starlette.responses import HTMLResponse

from gateway.pages import layout, to_html
from gateway.pages.forms import Form
from gateway.problems import PROBLEMS
from shared.contracts.base import Money
from shared.contracts.requests.feeds import VisitEvent
from shared.contracts.requests.values import Status
from shared.errors import Refused

STANDS: dict[Status, str] = {
    "pending": "The practice has your request, and has not answered yet.",
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
FORGET = Form(
    title="Erase what is known of you?",
    action="/visit/forget",
    intro=to_html(
        """
Your name, your address, your number and what you wrote are erased, and cannot be brought back. A visit that
is to come is cancelled, and the practice is told.

What stays is that there was a visit: numbers (ids), times and states. Practices have to keep such records.
"""
    ),
    hidden=("token",),
    button="Erase my data",
)


def shown(seen: VisitEvent, token: str, *, who: str | None, just_confirmed: bool = False) -> HTMLResponse:
    """`who` is the professional's name, if that can be told now."""
    query = escape(urlencode({"token": token}))
    forget = f'<p><a href="/visit/forget?{query}">Erase what is known of me</a></p>'
    if not seen.verified and seen.status == "pending":
        words = "The practice sees your request once you confirm it. The time is held for you until then."
        rest = CONFIRM.inside({"token": token}) + CANCEL.inside({"token": token})
        return layout.page(CONFIRM.title, f"{layout.paragraphs(words)}{_facts(seen, who)}{rest}{forget}")
    thanks = layout.paragraphs("Thank you: your request is confirmed as yours.") if just_confirmed else ""
    stands = f'<p role="status"><strong>{escape(STANDS[seen.status])}</strong></p>'
    ways = ""
    if seen.status in OPEN:
        ways = f'<p><a href="/visit/calendar.ics?{query}">Put it into my calendar</a></p>'
        ways += CANCEL.inside({"token": token})
    return layout.page(CANCEL.title, f"{thanks}{stands}{_facts(seen, who)}{ways}{forget}")


def sure(seen: VisitEvent, token: str, *, fee: Money | None) -> HTMLResponse:
    """Ask once more, with what it costs."""
    sent: dict[str, Any] = {"token": token, "version": str(seen.version)}
    if fee is None:
        words = "It costs nothing to cancel now. The time will be free for others."
        return layout.page(SURE.title, f"{layout.paragraphs(words)}{_facts(seen, None)}{SURE.inside(sent)}")
    sent |= {"amount_minor": str(fee.amount_minor), "currency": fee.currency}
    costs = f"<p><strong>Cancelling now costs {escape(_money(fee))}.</strong> The practice charges it.</p>"
    return layout.page(SURE_OF_FEE.title, f"{costs}{_facts(seen, None)}{SURE_OF_FEE.inside(sent)}")


def refused(refusal: Refused) -> HTMLResponse:
    """Why it cannot be cancelled here, and whom to call."""
    status, title = PROBLEMS[refusal.code]
    cards = "".join(_card(each) for each in refusal.facts.get("call", []))
    calls = f"<ul>{cards}</ul>" if cards else ""
    return layout.page(title, f"{layout.paragraphs(refusal.detail)}{calls}", status=status)


def cancelled() -> HTMLResponse:
    words = (
        "It is cancelled, and the practice is told. Your calendar takes it out when you open the link again."
    )
    return layout.page("Your visit is cancelled", layout.paragraphs(words))


def _facts(seen: VisitEvent, who: str | None) -> str:
    zone = ZoneInfo(seen.time_zone)
    starts, ends = seen.starts_at.astimezone(zone), seen.ends_at.astimezone(zone)
    where = ", ".join(filter(None, (seen.location_name, seen.location_address)))
    rows = {
        "When": f"{starts:%A} {starts.day} {starts:%B %Y}, {starts:%H:%M} to {ends:%H:%M} ({_offset(seen)})",
        "What": seen.service_name,
        "With": who,
        "Where": "By video" if seen.mode == "video" else where,
    }
    lines = (
        f'<tr><th scope="row">{name}</th><td>{escape(words)}</td></tr>'
        for name, words in rows.items()
        if words
    )
    return f"<table>{''.join(lines)}</table>"


def _offset(seen: VisitEvent) -> str:
    """The zone by name, and which of two hours it is where the clock shows one twice."""
    offset = seen.starts_at.astimezone(ZoneInfo(seen.time_zone)).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{seen.time_zone}, UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _money(fee: Money) -> str:
    amount = Decimal(fee.amount_minor).scaleb(-get_currency_precision(fee.currency))
    return format_currency(amount, fee.currency, locale="en")


def _card(card: dict[str, Any]) -> str:
    name = escape(str(card["name"]))
    phone = card.get("phone")
    call = f': <a href="tel:{escape(phone)}">{escape(phone)}</a>' if phone else ""
    mail = card.get("email")
    write = f', <a href="mailto:{escape(mail)}">{escape(mail)}</a>' if mail else ""
    return f"<li>{name}{call}{write}</li>"
