"""HTML from the folder `templates`: one stylesheet within each page, no scripts, nothing from elsewhere."""

import base64
import hashlib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, get_currency_precision
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from shared.contracts.base import Money
from shared.contracts.requests.requests import ProposalView, RequestView

_FOLDER = Path(__file__).parent


def inline(name: str) -> tuple[Markup, str]:
    """Return the text of a file, for a page to hold byte for byte, and how its content policy names it."""
    text = (_FOLDER / name).read_text("utf-8")
    return Markup(text), f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_STYLE, _STYLE_HASH = inline("style.css")

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {_STYLE_HASH}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every page. An address may hold the secret of a mailed link: no cache or other site sees it."""


def page(
    template: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """Fill `template` with `values`, which are escaped."""
    html = _TEMPLATES.get_template(f"{template}.html").render(values)
    return HTMLResponse(html, status, HEADERS | (headers or {}))


def when(of: RequestView | ProposalView, time_zone: str) -> str:
    """Return the time on the clock of the place; the offset tells apart hours that clocks show twice."""
    zone = ZoneInfo(time_zone)
    starts, ends = of.starts_at.astimezone(zone), of.ends_at.astimezone(zone)
    offset = starts.isoformat()[-6:]
    return f"{starts:%A %-d %B %Y, %H:%M} to {ends:%H:%M} ({time_zone}, UTC{offset})"


def clock(at: datetime, time_zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(time_zone)):%A %-d %B, %H:%M}"


def money(fee: Money) -> str:
    amount = Decimal(fee.amount_minor).scaleb(-get_currency_precision(fee.currency))
    return format_currency(amount, fee.currency, locale="en")


_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals.update(style=_STYLE, values={}, faults={}, cards=(), more="")
_TEMPLATES.filters.update(when=when, clock=clock, money=money)
