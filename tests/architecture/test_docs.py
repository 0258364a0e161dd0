"""Links in the README, the CHANGELOG and the docs lead to files, headings and names that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.words import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)")


def broken(page: str, folder: Path) -> Iterator[str]:
    """Yield each link of `page`, a text in `folder`, that leads nowhere."""
    for label, target, anchor in LINK.findall(page):
        path = folder / target
        if not path.exists():
            yield f"{target} is not there"
        elif anchor and anchor not in _headings(path.read_text() if target else page):
            yield f"{target} has no heading {anchor}"
        elif (
            path.suffix == ".py"
            and (name := re.fullmatch(r"`(?:\w+\.)?(\w+)`", label))
            and name[1] not in _defined(path.read_text())
        ):
            yield f"{target} does not define {name[1]}"


def _headings(page: str) -> set[str]:
    found = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in found}


def _defined(source: str) -> set[str]:
    """Return the names of functions and classes of a module, and those it assigns."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(broken(page.read_text(), page.parent)) == []


@pytest.mark.parametrize(
    "link",
    [
        "[`slots`](services/requests/domain/no_such_file.py)",
        "[`no_such_function`](services/requests/domain/slots.py)",
        "[Map](README.md#no-such-heading)",
    ],
)
def test_a_link_that_leads_nowhere_is_noticed(link: str) -> None:
    assert len(list(broken(link, ROOT))) == 1


def test_the_questions_of_a_newcomer_are_answered_with_links() -> None:
    page = (ROOT / "docs" / "contributing.md").read_text()
    rows = [line for line in page.partition("## Where is it?")[2].splitlines() if line.startswith("| ")]
    assert len(rows) >= 6
    assert [row for row in rows[1:] if not LINK.search(row)] == []
