"""Checks `docs/openapi.json` with Spectral and Redocly: a warning is a fault."""

import sys

from deploy import npm

FILE, RULES = "docs/openapi.json", "clients/spectral.json"
LINTERS = {
    "spectral": ("lint", "--ruleset", RULES, "--fail-severity", "hint", FILE),
    "redocly": ("lint", "--extends", "recommended", FILE),
}


def main() -> None:
    """Run both at once, unless they have passed this very file, and print the faults that they find."""
    text = "".join((npm.ROOT / each).read_text() for each in (FILE, RULES, "clients/package.json"))
    passed = npm.FOLDER / "passed"
    if not passed.exists() or passed.read_text() != text:
        running = [npm.start(tool, *arguments) for tool, arguments in LINTERS.items()]
        ended = [(process.communicate()[0], process.returncode) for process in running]
        if faults := [said for said, code in ended if is_fault(said, code)]:
            sys.exit("\n".join(faults))
        passed.write_text(text)
    print(f"{FILE}: no errors, no warnings")


def is_fault(said: str, code: int) -> bool:
    """Tell whether a linter found anything. Redocly ends with 0 where it only warns."""
    return bool(code) or "You have" in said


if __name__ == "__main__":
    main()
