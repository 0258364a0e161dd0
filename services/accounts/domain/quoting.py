"""Quotes a name that one person chose in a mail to another, so that no mail program makes it a link."""

import re
import unicodedata

LONGEST = 80
"""The most characters of a name that are quoted."""
_JOINERS = "\u200c\u200d"
"""Letters of some scripts need them between each other."""
_NUMBER = re.compile(r"\d(?:[\s'(),-]*\d){4,}")
"""Five digits or more may be a telephone number, which is a link on a phone."""


def quote(name: str) -> str:
    """Return the name as it may stand between quotation marks, on one line.

    What joins words to a link (dots, slashes, colons, the @ and the like, in every script) becomes a space; a
    dot stays where a space or the end follows. Old names hold what new ones may not, so nothing is assumed.
    """
    name = unicodedata.normalize("NFKC", name)
    kept = "".join(each if _is_harmless(each) else " " for each in name)
    kept = re.sub(r"\.(?! |$)|(?<!\w)\.", " ", re.sub(r"\s+", " ", kept).strip())
    kept = re.sub(r"\s+", " ", _NUMBER.sub("...", kept)).strip()
    return kept if len(kept) <= LONGEST else f"{kept[: LONGEST - 3].rstrip()}..."


def _is_harmless(character: str) -> bool:
    """Return True for letters, marks, digits, spaces and the punctuation of names."""
    kind = unicodedata.category(character)
    return kind[0] in "LM" or kind in ("Nd", "So", "Zs") or character in ".,'&+()-" + _JOINERS
