"""Pages are templates: no string of the product's Python holds HTML."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARKUP = re.compile(r"(?<!\(\?P)(?<!\(\?)<[a-z/!]", re.IGNORECASE)
"""A tag begins, and not a named group of a regular expression, or a look-behind."""
ALLOWED = {
    "shared/mail.py": "Name <address>",
    "shared/settings.py": "HealthConnect <no-reply@healthconnect.example>",
}
"""File → words in it that look like markup, and are the sender of a mail."""


def markup(source: str) -> Iterator[str]:
    """Yield the strings with markup, docstrings apart."""
    tree = ast.parse(source)
    told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in told and MARKUP.search(str(node.value)):
            yield str(node.value)


@pytest.mark.parametrize("folder", ["services", "gateway", "shared"])
def test_html_is_written_in_templates_alone(folder: str) -> None:
    for file in (ROOT / folder).rglob("*.py"):
        allowed = ALLOWED.get(str(file.relative_to(ROOT)))
        assert [each for each in markup(file.read_text()) if not allowed or allowed not in each] == [], file


@pytest.mark.parametrize(
    "source",
    [
        'PAGE = "<p>Hello</p>"',
        'f"<li>{name}</li>"',
        'def page(name): return f"{name}</td>"',
        'page = """<!doctype html>"""',
        '("<" "BR>")',
        'shown(b"<p>")',
    ],
)
def test_markup_in_a_string_is_noticed(source: str) -> None:
    assert list(markup(f"x = {source}" if source.startswith(("f", "(")) else source))


@pytest.mark.parametrize(
    "source",
    ['"""Return `<p>`."""', 'x = r"(?P<name>a)(?<!b)"', 'x = "a < b"', "x = a <b"],
)
def test_other_strings_pass(source: str) -> None:
    assert not list(markup(source))
