"""Pages for people: help, privacy, terms. One Markdown file for each page, read when the gateway starts."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict, Field

from gateway.problems import refusals

Audience = Literal["everybody", "patient", "professional", "clinic"]

AUDIENCES: dict[Audience, str] = {
    "everybody": "For everybody",
    "patient": "For patients",
    "professional": "For professionals",
    "clinic": "For clinic teams",
}
"""Audience → how it is addressed."""

_FOLDER = Path(__file__).parent
_CONTENTS = (
    "help",
    "help-patient",
    "help-professional",
    "help-clinic",
    "statuses",
    "emergency",
    "contact",
    "privacy",
    "terms",
    "account-deletion",
)
"""The pages in the order people see them."""

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


class HelpPageHeading(BaseModel):
    """A page as lists show it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str
    title: Annotated[str, Field(min_length=1)]
    audience: Audience
    last_updated: date


class HelpPage(HelpPageHeading):
    """A page; neither its Markdown nor its HTML repeats the title."""

    markdown: Annotated[str, Field(min_length=1)]
    html: str


def read(file: Path) -> HelpPage:
    """The page in `file`. Raises ValueError where its front matter is not whole, or nothing follows it."""
    try:
        before, front, text = file.read_text("utf-8").split("---\n", 2)
        if before:
            raise ValueError("the front matter does not come first")
        facts = dict(line.split(": ", 1) for line in front.splitlines())
        return HelpPage.model_validate(
            facts | {"slug": file.stem, "markdown": text.strip(), "html": to_html(text)}
        )
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from error


def to_html(markdown: str) -> str:
    """Markup in `markdown` is shown as text."""
    html: str = _markdown.render(markdown)
    return html


PAGES = {slug: read(_FOLDER / f"{slug}.md") for slug in _CONTENTS}
"""slug → page."""


def find(slug: str) -> HelpPage:
    """Refuses `unknown_page`."""
    if slug not in PAGES:
        raise refusals.UnknownPage()
    return PAGES[slug]


def headings(audience: Audience | None = None) -> list[HelpPageHeading]:
    """All pages, or those for `audience` and for everybody."""
    return [
        HelpPageHeading(
            slug=each.slug, title=each.title, audience=each.audience, last_updated=each.last_updated
        )
        for each in PAGES.values()
        if audience is None or each.audience in (audience, "everybody")
    ]
