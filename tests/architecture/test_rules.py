"""Each rule of the architecture, broken on purpose: the lint must notice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BREAKS = {
    "services never import each other": ("services/notify/handlers.py", "import services.requests.store"),
    "the gateway speaks contracts, not services": ("gateway/auth.py", "import services.accounts.tokens"),
    "services know neither the gateway nor how they are run": (
        "services/notify/service.py",
        "import gateway.problems",
    ),
    "shared knows nobody": ("shared/db.py", "import services.requests.store"),
    "only shared.bus and run meet the broker": ("services/requests/handlers/submissions.py", "import kombu"),
    "one direction inside a service": (
        "services/requests/store/tables.py",
        "import services.requests.handlers",
    ),
    "no handler imports another": (
        "services/requests/handlers/feeds.py",
        "import services.requests.handlers.reading",
    ),
    "no module of routes imports another": ("gateway/routes/feeds.py", "import gateway.routes.requests"),
    "rules are plain Python": ("services/requests/domain/request.py", "import sqlalchemy"),
    "contracts are pydantic and the standard library": ("shared/contracts/notify.py", "import shared.db"),
}
ALSO = [
    ("shared knows nobody", "shared/bus/topology.py", "import run.discovery"),
    (
        "no handler imports another",
        "services/accounts/handlers/tickets.py",
        "from services.accounts.handlers import profiles",
    ),
    ("only shared.bus and run meet the broker", "services/notify/service.py", "import nameko.rpc"),
    ("only shared.bus and run meet the broker", "gateway/bus.py", "import aio_pika"),
    ("only shared.bus and run meet the broker", "shared/db.py", "import eventlet"),
    ("rules are plain Python", "services/notify/domain.py", "import pydantic"),
    ("rules are plain Python", "services/accounts/domain/person.py", "import shared.settings"),
    ("rules are plain Python", "services/accounts/domain/person.py", "import random"),
    ("rules are plain Python", "services/accounts/domain/person.py", "import time"),
    ("rules are plain Python", "services/accounts/domain/person.py", "import pathlib"),
    ("rules are plain Python", "services/requests/domain/hours.py", "NOW = datetime.now(UTC)"),
    ("rules are plain Python", "services/requests/domain/hours.py", "TEXT = open('/etc/hostname').read()"),
    ("rules are plain Python", "services/notify/domain.py", "from uuid import uuid4\nID = uuid4()"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code that may be spoilt."""
    copy = tmp_path_factory.mktemp("tree")
    for name in ("shared", "services", "gateway", "run", "deploy"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(tree), "COLUMNS": "200"}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)


def test_the_code_as_it_is_keeps_every_rule(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout
    for rule in BREAKS:
        assert f"{rule} KEPT" in done.stdout
    assert f"{len(BREAKS)} kept, 0 broken" in done.stdout, "a rule has no test that breaks it"


@pytest.mark.parametrize(
    ("rule", "file", "line"), [*((rule, *broken) for rule, broken in BREAKS.items()), *ALSO]
)
def test_a_broken_rule_is_noticed(tree: Path, rule: str, file: str, line: str) -> None:
    path = tree / file
    whole = path.read_text()
    try:
        path.write_text(f"{whole}\n{line}\n")
        done = lint(tree)
    finally:
        path.write_text(whole)
    assert done.returncode != 0
    assert f"{rule} BROKEN" in done.stdout


def test_every_service_has_the_five_files_and_its_migrations() -> None:
    for service in (ROOT / "services").iterdir():
        if service.is_dir() and service.name != "__pycache__":
            names = {path.stem for path in service.glob("*.py")} | {
                path.name for path in service.iterdir() if path.is_dir()
            }
            assert {"__init__", "domain", "handlers", "store", "service", "migrations"} <= names


@pytest.mark.parametrize("path", sorted((ROOT / "services").rglob("*.py")), ids=str)
def test_no_file_of_a_service_outgrows_a_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 270, "split it by concept"
