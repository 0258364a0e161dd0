"""Walks through a listing, page by page."""

from collections.abc import Callable
from typing import Any


def walked(fetch: Callable[[str | None], tuple[list[Any], str | None]]) -> list[Any]:
    """Every row of a listing; `fetch(cursor)` answers with a page and the next cursor."""
    rows, cursor = fetch(None)
    while cursor is not None:
        more, cursor = fetch(cursor)
        rows = rows + more
    return rows
