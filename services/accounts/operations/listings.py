"""Pages of professionals in the directory."""

from services.accounts.domain import directory_entry
from services.accounts.domain.person import Person
from services.accounts.store import directory
from shared.db import Work


def open_listing(work: Work, new: Person, role: str) -> None:
    """Give a new professional their page in the directory."""
    if role == "professional":
        directory.put(work, directory_entry.initial(new))
