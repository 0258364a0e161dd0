"""The subjects and texts of the mails that accounts sends, one template each; the first line is the subject.

No subject is filled in. A text quotes the name of a clinic, after `quoting`, and holds the answer of support;
it holds no other text that people entered.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    undefined=StrictUndefined,
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    keep_trailing_newline=True,
)


def render(kind: str, values: dict[str, Any]) -> tuple[str, str]:
    """Return the subject and the text of a mail. Raises `jinja2.UndefinedError` for a missing value."""
    subject, _, text = _TEMPLATES.get_template(f"{kind}.txt").render(values).partition("\n\n")
    return subject, text
