"""Each worked example of docs/contributing.md fits the code as it is, and passes its own test."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.words import ROOT

EXAMPLES = {path.stem: path.read_text() for path in sorted((ROOT / "docs" / "examples").glob("*.patch"))}
PRODUCT = ("gateway", "services", "shared")
MOST_FILES = {"command": 4, "event": 5, "refusal": 1}


def apply(patch: str, root: Path) -> list[str]:
    """Apply a unified diff by its context, whatever the line numbers; return the files it touches."""
    touched = []
    for old, new, hunks in re.findall(
        r"^--- (\S+)\n\+\+\+ b/(\S+)\n((?:[@ +-].*\n)+?)(?=--- |\Z)", patch, re.M
    ):
        path = root / new
        text = "" if old == "/dev/null" else path.read_text()
        for hunk in re.split(r"^@@.*\n", hunks, flags=re.M)[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] != "+")
            if text.count(before) != 1 and text:
                raise ValueError(f"{new} has changed: write the example anew")
            text = text.replace(before, "".join(line[1:] for line in lines if line[0] != "-"), 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        touched.append(new)
    return touched


def test_the_examples_apply_and_their_tests_pass(tmp_path: Path) -> None:
    for folder in PRODUCT:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    tests = [each for patch in EXAMPLES.values() for each in apply(patch, tmp_path) if each[:5] == "tests"]
    played = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert played.returncode == 0, played.stdout


@pytest.mark.parametrize("name", MOST_FILES)
def test_an_example_touches_few_files(name: str) -> None:
    files = re.findall(r"^\+\+\+ b/(\S+)", EXAMPLES[name], re.M)
    assert sum(each.startswith(PRODUCT) for each in files) == MOST_FILES[name]
    assert f"examples/{name}.patch" in (ROOT / "docs" / "contributing.md").read_text()


def test_an_example_that_no_longer_fits_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match="write the example anew"):
        apply("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 2\n+x = 3\n", tmp_path)
