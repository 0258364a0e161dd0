"""Limits on the things that one person can have; they share the code `too_many`."""

from typing import Literal

from shared.contracts.accounts import refusals

Thing = Literal["dependents", "clinics", "passkeys", "tickets"]

MOST: dict[Thing, int] = {"dependents": 20, "clinics": 10, "passkeys": 20, "tickets": 20}
"""People acted for, clinics owned, passkeys, and messages to support without an answer."""
OPEN_CHALLENGES = 5
"""The number of challenges of one person that can be open; one more ends the oldest."""
ORIGIN_SHARE = 10
"""A network address may fail this many times as often as an account: many people share it."""
WIDE_SHARE = 4
"""A /48 of IPv6 may fail this many times as often as each /64 in it."""
PER_HOUR, PER_DAY = 4, 12
"""Factors of the limit: an hour and a day allow this many times as much as the first window."""
MAILS_PER_HOUR = 2
"""An hour allows this many times as many mails to one address as the first window.

There is no limit for a day: a mailed link is good for an hour, so mails that a stranger asked for never leave
the owner of the address without one.
"""
WARNINGS = "1/day"
"""Mails to the owner of an account about failures to sign in."""
_WHAT_TO_DO: dict[Thing, str] = {
    "dependents": "You can act for at most {most} people. Remove one first.",
    "clinics": "You can own at most {most} clinics. Leave one first.",
    "passkeys": "You can have at most {most} passkeys. Remove one first.",
    "tickets": "{most} of your messages are waiting for an answer. Send more once one is answered.",
}


def check_limit(what: Thing, found: int) -> None:
    """Refuses `too_many` once the limit is reached."""
    if found >= MOST[what]:
        raise refusals.TooMany(_WHAT_TO_DO[what].format(most=MOST[what]), what=what, most=MOST[what])
