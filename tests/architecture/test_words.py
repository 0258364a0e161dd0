"""The lint of words notices each kind of fault, and the code as it is has none."""

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


def test_the_code_as_it_is_has_no_fault() -> None:
    words.main()
