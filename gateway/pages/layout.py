"""The frame of every HTML page: one stylesheet within it, no scripts, nothing from elsewhere."""

import base64
import hashlib
from datetime import date
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

_STYLE = (Path(__file__).parent / "style.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Sent with every page: an address may hold the secret of a mailed link, and must stay between two."""

EMERGENCY = (
    "HealthConnect is not intended for emergency medical situations. If you need urgent or emergency care, "
    "contact local emergency services or go to the nearest emergency department."
)

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} – HealthConnect</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<a href="/pages">HealthConnect</a>
<nav aria-label="Pages"><ul>
<li><a href="/pages/help">Help</a></li>
<li><a href="/pages/privacy">Privacy</a></li>
<li><a href="/pages/terms">Terms</a></li>
<li><a href="/contact">Contact</a></li>
</ul></nav>
</header>
<aside aria-label="Emergency notice">{emergency}</aside>
<main id="main">
<h1>{title}</h1>
{main}
</main>
</body>
</html>
"""


def page(title: str, main: str, *, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """`title` is text, `main` is HTML."""
    html = _FRAME.format(title=escape(title), style=_STYLE, emergency=EMERGENCY, main=main)
    return HTMLResponse(html, status, HEADERS | (headers or {}))


def paragraphs(*texts: str) -> str:
    return "\n".join(f"<p>{escape(each)}</p>" for each in texts)


def day(of: date) -> str:
    return f'<time datetime="{of.isoformat()}">{of.day} {of:%B %Y}</time>'
