"""Help, privacy and terms, for the app to show."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from gateway import pages
from gateway.problems import refusals
from gateway.problems.description import documented

router = APIRouter(prefix="/v1/pages", tags=["pages"])


class HelpPagesView(BaseModel):
    pages: list[pages.HelpPageHeading]


@router.get("", responses=documented())
async def list_pages(audience: Literal["patient", "professional", "clinic"] | None = None) -> HelpPagesView:
    """List the pages; with `audience`, those for that role and those for everybody."""
    return HelpPagesView(pages=pages.headings(audience))


@router.get("/{slug}", responses=documented(refusals.UnknownPage))
async def get_page(slug: str) -> pages.HelpPage:
    """One page, as Markdown and as HTML. Links that begin with `/` lead to this host."""
    return pages.find(slug)
