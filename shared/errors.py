"""The exceptions that mean the same thing in every process."""

from typing import Any


class Refused(Exception):
    """The command was understood and turned down.

    `code` is stable and meant for programs, `detail` is for people and says what to do, `field` names
    the input at fault, and `facts` (JSON values only) is what the caller may want to know.
    """

    def __init__(self, code: str, detail: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code, detail)
        self.code, self.detail, self.field, self.facts = code, detail, field, facts


def key_reused() -> Refused:
    """The refusal of a creating command whose id belongs to another body."""
    detail = "This key was used for another body. Send each new body with a new key."
    return Refused("idempotency_key_reused", detail, field="Idempotency-Key")


def key_of_erased() -> Refused:
    """The refusal of a creating command that is sent again after what it made was erased."""
    detail = "The data created with this key has been erased. Ask again with a new key."
    return Refused("idempotency_key_reused", detail, field="Idempotency-Key")


def too_many(what: str, most: int, detail: str) -> Refused:
    """Return the refusal of one more than `most`; `what` names the things for programs."""
    return Refused("too_many", detail, what=what, most=most)


class Unavailable(Exception):
    """Nobody answered in time; the command may or may not have been carried out, so repeat it as it was."""


class Broken(Exception):
    """The other side failed in a way nobody foresaw."""
