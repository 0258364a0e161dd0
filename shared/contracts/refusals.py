"""The kinds of refusals, and the refusals that several services share.

A refusal says no without knowing HTTP: its kind says what sort of no it is, and the gateway has one table
from kinds to statuses. A service's own refusals stand in the module `refusals` of its contracts. Each command
lists the codes it answers with as `refuses`; the class gives the answer, the example and the page.
"""

import re
from typing import Any, ClassVar, NamedTuple


class Fact(NamedTuple):
    """A value that a refusal tells beside its words: its type, its meaning, and an example in JSON."""

    name: str
    shape: Any
    meaning: str
    example: Any


REFUSALS: dict[str, type["Refused"]] = {}
"""code → refusal, of all contracts that are imported."""


class Refused(Exception):
    """The command was understood and turned down.

    Each subclass with a `title` is one refusal: its `code`, stable and meant for programs, follows from
    the class's name. `detail` is for people and says what to do, `field` names the input at fault, and
    `facts` (JSON values only, described by `tells`) are what the caller may want to know.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    tells: ClassVar[tuple[Fact, ...]] = ()
    detail: str = ""
    field: str | None = None

    def __init__(self, detail: str = "", *, field: str | None = None, **facts: Any) -> None:
        self.detail = detail or self.detail
        self.field = field or self.field
        self.facts = facts
        super().__init__(self.code, self.detail)

    def __init_subclass__(cls, *, title: str = "", field: str | None = None) -> None:
        if not title:
            return  # a kind of refusals
        cls.title, cls.field = title, field
        cls.code = snake_case(cls.__name__)
        if REFUSALS.setdefault(cls.code, cls) is not cls:
            raise TypeError(f"two refusals claim {cls.code}")


def snake_case(name: str) -> str:
    """Return the name of a class as it stands on the wire: `slot_taken` for `SlotTaken`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Malformed(Refused):
    """The input cannot be read."""


class Unauthenticated(Refused):
    """The caller has not proved who they are."""


class Forbidden(Refused):
    """The caller may not do this."""


class Unknown(Refused):
    """The thing does not exist, or the caller may not know of it."""


class Conflict(Refused):
    """The state of things does not allow this."""


class Gone(Refused):
    """The thing existed once, and does not come back."""


class Invalid(Refused):
    """A value is not acceptable."""


class TooOften(Refused):
    """The caller has reached a limit that time lifts."""

    tells: ClassVar[tuple[Fact, ...]] = (Fact("retry_after", int, "Seconds to wait.", 42),)


KEY_OF_ERASED = "The data created with this key has been erased. Ask again with a new key."
"""The detail of `IdempotencyKeyReused` for a command that is sent again after its work was erased."""


class WrongRole(Forbidden, title="You are signed in with the wrong role"):
    tells = (
        Fact("role", str, "Your role.", "patient"),
        Fact("needed", str, "The role needed.", "clinic"),
    )


class NotYours(Forbidden, title="You don't have access to this"): ...


class NotAllowed(Forbidden, title="You are not allowed to do this"): ...


class UnknownAccount(Unknown, title="Account not found"): ...


class UnknownDependent(Unknown, title="Dependent not found"): ...


class UnknownProfessional(Unknown, title="Professional not found", field="professional_id"): ...


class UnknownRequest(Unknown, title="Request not found"):
    detail = "There is no request with this id."


class StaleVersion(Conflict, title="This has changed since you loaded it", field="version"):
    tells = (Fact("version", int, "The current version.", 2),)


class TooMany(Conflict, title="Limit reached"):
    tells = (
        Fact("what", str, "The kind of thing there are too many of.", "dependents"),
        Fact("most", int, "The limit.", 20),
    )


class AlreadyAnswered(Conflict, title="This has already been answered"): ...


class JoinedAccount(Gone, title="This visit is in your account now"):
    detail = (
        "This visit is in your account now, and the mailed link no longer opens it. Sign in with "
        "the address that the link was sent to."
    )
    tells = (Fact("sign_in", str, "The address to sign in at.", "/v1/sessions"),)


class DeadLink(Gone, title="This link no longer works"): ...


class MissingField(Invalid, title="Missing field"): ...


class InvalidValue(Invalid, title="Invalid value"): ...


class BadCursor(Invalid, title="Invalid cursor", field="cursor"):
    detail = "Send next_cursor from the page before, unchanged."


class IdempotencyKeyReused(
    Invalid, title="This idempotency key was used for another body", field="Idempotency-Key"
):
    detail = "This key was used for another body. Send each new body with a new key."


class UnknownTimeZone(Invalid, title="Unknown time zone", field="time_zone"):
    detail = "Use a name of the IANA time zone database, such as Europe/Rome."


class TooManyAttempts(TooOften, title="Too many attempts"): ...
