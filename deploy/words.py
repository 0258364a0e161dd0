"""Refuses words that a reader of this field would stumble over: `python -m deploy.words`.

The struck names are the last column of the table in `docs/glossary.md`, and its last list has the struck
phrases of prose. A docstring must not open with a question word; in docstrings, comments and prose people
are called by their role or "they".
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("services", "gateway", "shared", "run", "deploy", "bench", "tests")
PROSE = ("*.md", "docs/**/*.md", "gateway/**/*.md", "gateway/**/*.html", "services/**/mails/*.txt")
"""The documents, pages and mails."""
_OPENING = re.compile(r"(What|Who|Whose|Whom|Whether|Where|When|How|So|That|Which|Why)\b")
_PRONOUN = re.compile(r"\b(she|her|hers|herself|whoever)\b", re.IGNORECASE)
_CODE = re.compile(r"`[^`]*`")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def struck_names(glossary: str) -> set[str]:
    """Return the names in the last column of the glossary's table."""
    rows = [line.rsplit("|", 2)[1] for line in glossary.splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def standing_phrases(glossary: str) -> set[str]:
    """Return the phrases that stay although a part of them is struck."""
    section = glossary.partition("## Phrases that stay")[2].partition("## ")[0]
    return set(re.findall(r"`(\w+)`", section))


def struck_phrases(glossary: str) -> set[str]:
    """Return the phrases that prose does not use."""
    return set(re.findall(r"`([\w ]+)`", glossary.partition("## Not in prose")[2]))


def prose_faults(text: str, *, struck: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and the fault of each struck phrase in a page, outside of code."""
    pattern = re.compile(
        rf"(?<!dead )(?<!dead-)\b({'|'.join(map(re.escape, sorted(struck)))})s?\b", re.IGNORECASE
    )
    for number, line in enumerate(text.splitlines(), start=1):
        for found in pattern.finditer(_CODE.sub("", line)):
            yield number, f'"{found[0]}" is struck in prose, see docs/glossary.md'


def faults(source: str, *, struck: set[str], standing: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and the fault of each name, docstring and comment that breaks the rules."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for line, name in _names(node):
            if words := struck & set(_snake(name, without=standing).split("_")):
                yield line, f"{name}: {', '.join(sorted(words))} is struck, see docs/glossary.md"
        match node:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield from ((node.lineno, fault) for fault in _prose(text))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and (found := _PRONOUN.search(token.string)):
            yield token.start[0], f'a comment says "{found[0]}": name the role, or say they'


def _snake(name: str, *, without: set[str]) -> str:
    """Return the name in snake case, without the phrases that stay."""
    snake = "_".join(part.lower() for part in _PARTS.findall(name))
    for phrase in without:
        snake = snake.replace(phrase, "")
    return snake


def _names(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            if not node.name.startswith("test_"):
                yield node.lineno, node.name
        case ast.arg():
            yield node.lineno, node.arg
        case ast.Name(ctx=ast.Store()):
            yield node.lineno, node.id


def _prose(text: str) -> Iterator[str]:
    if found := _OPENING.match(text):
        yield f'a docstring opens with "{found[0]}": begin with a subject and a verb'
    if found := _PRONOUN.search(_CODE.sub("", text)):
        yield f'a docstring says "{found[0]}": name the role, or say they'


def main() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    struck, standing = struck_names(glossary), standing_phrases(glossary)
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    found = {path: faults(path.read_text(), struck=struck, standing=standing) for path in files}
    phrases = struck_phrases(glossary)
    pages = [path for pattern in PROSE for path in sorted(ROOT.glob(pattern))]
    found |= {path: prose_faults(path.read_text(), struck=phrases) for path in pages}
    count = 0
    for path, here in found.items():
        for line, fault in sorted(here):
            print(f"{path.relative_to(ROOT)}:{line}: {fault}")
            count += 1
    if count:
        sys.exit(f"{count} faults")


if __name__ == "__main__":
    main()
