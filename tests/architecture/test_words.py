"""The lint of words notices each kind of fault, and the code as it is has none."""

from pathlib import Path

import pytest

from deploy import words

GLOSSARY = (words.ROOT / "docs" / "glossary.md").read_text()


def faults(source: str) -> list[str]:
    struck, standing = words.struck_names(GLOSSARY), words.standing_phrases(GLOSSARY)
    return [fault for _, fault in words.faults(source, struck=struck, standing=standing)]


@pytest.mark.parametrize(
    "source",
    [
        '"""What a patient may do."""',
        'def f() -> None:\n    """Whether it is open."""',
        'LIMIT = 5\n"""So many at once."""',
        '"""Return the request that she sent."""',
        "x = 1  # whoever comes second",
        "def letter() -> None: ...",
        "class SpanOfTime: ...",
        "def f(demand: str) -> None: ...",
        "claimed = 1",
    ],
)
def test_a_fault_is_noticed(source: str) -> None:
    assert len(faults(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Return the requests of a patient, whose professional may have left."""',
        '"""The column `she` is the patient."""',
        "dead_letters = 1  # no attempt could handle these events",
        "joiners: list[str] = []",
        "class DeadLetter: ...",
    ],
)
def test_plain_words_pass(source: str) -> None:
    assert faults(source) == []


@pytest.mark.parametrize(
    "line",
    [
        "The patient sees it once she signs in.",
        "Whoever has the link can open it.",
        "The undertaker brings back the letters.",
        "<p>It is good for 60 minutes.</p>",
        "Somebody, we hope you, registered.",
    ],
)
def test_a_struck_phrase_in_prose_is_noticed(line: str) -> None:
    text = f"# A page\n\n{line}\n"
    found = list(words.prose_faults(text, struck=words.struck_phrases(GLOSSARY)))
    assert {number for number, _ in found} == {3}


def test_a_page_of_each_kind_is_checked() -> None:
    pages = {path.relative_to(words.ROOT) for pattern in words.PROSE for path in words.ROOT.glob(pattern)}
    for page in (
        "README.md",
        "docs/operations.md",
        "gateway/pages/help.md",
        "services/accounts/mails/reset.txt",
    ):
        assert Path(page) in pages


def test_plain_prose_passes() -> None:
    text = "A dead letter waits until it is replayed, and `she` is a column."
    assert list(words.prose_faults(text, struck=words.struck_phrases(GLOSSARY))) == []


def test_code_and_prose_as_they_are_have_no_fault() -> None:
    words.main()
