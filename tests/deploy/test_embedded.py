"""The embedded suite: where it keeps its data, and that it is alone there."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import sqlalchemy as sa

from deploy.embedded import practice
from deploy.embedded.postgres import Postgres
from tests import suites
from tests.patience import patience


def test_a_second_suite_in_the_same_home_is_told_so() -> None:
    with suites.Embedded() as suite:
        environment = os.environ | {"HC_HOME": str(suite.home), "HC_PORT": "0"}
        command = [sys.executable, "-m", "deploy.embedded"]
        second = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=patience(20)
        )
        assert second.returncode == 1
        assert "already running" in second.stderr


def test_ready_is_said_with_the_address_and_how_to_sign_in() -> None:
    with suites.Embedded() as suite:
        said = suite.log("embedded")
    assert f"ready {suite.url}\n" in said
    for email in ("anna@demo.example", "bruno@demo.example", "dr.rossi@demo.example"):
        assert email in said


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="healthconnect-home-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "home"


def test_a_port_that_is_taken_ends_it_and_its_database(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = os.environ | {"HC_HOME": str(home), "HC_PORT": port}
        command = [sys.executable, "-m", "deploy.embedded"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=patience(30))
    assert done.returncode != 0
    assert done.stderr.startswith(f"127.0.0.1:{port}: Address already in use")
    assert done.stderr.endswith("Set HC_PORT or HC_HOST.\n")
    assert "Traceback" not in done.stderr
    assert "ready" not in done.stdout
    assert not _servers(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has homes that nobody may enter")
def test_root_in_a_folder_that_nobody_may_enter_keeps_its_data_apart(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    before = _modes(closed)
    for value in ("kept", None):
        postgres = Postgres(home)
        postgres.start()
        try:
            engine = sa.create_engine(postgres.url())
            with engine.begin() as conn:
                if value:
                    conn.execute(sa.text("create table note as select 'kept' as text"))
                assert conn.execute(sa.text("select text from note")).scalar_one() == "kept"
            engine.dispose()
            assert {process.username() for process in _servers(home)} == {"nobody"}
        finally:
            postgres.stop()
    assert _modes(closed) == before
    assert (home / "postgres").is_symlink()
    shutil.rmtree((home / "postgres").resolve())


def test_the_data_outlive_a_killed_server(home: Path) -> None:
    postgres = Postgres(home)
    postgres.start()
    engine = sa.create_engine(postgres.url())
    with engine.begin() as conn:
        conn.execute(sa.text("create table note as select 'kept' as text"))
    engine.dispose()
    # the suite was killed: its server is still there, and the next suite ends it
    again = Postgres(home)
    again.start()
    with sa.create_engine(again.url()).connect() as conn:
        assert conn.execute(sa.text("select text from note")).scalar_one() == "kept"
    again.stop()
    assert not _servers(home)


def _servers(home: Path) -> list[psutil.Process]:
    data = str((home / "postgres").resolve())
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if data in " ".join(process.info["cmdline"] or []):
            found.append(process)
    return found


def _modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.parents)]


def test_a_database_that_ends_ends_the_suite_which_says_so() -> None:
    with suites.Embedded() as suite:
        [server] = [each for each in _servers(suite.home) if each.ppid() == suite.processes["embedded"].pid]
        server.kill()
        assert suite.processes["embedded"].wait(patience(15)) == 1
        assert "PostgreSQL ended under the suite" in suite.log("embedded")
        suite.boot()
        suite.wait_until_ready()


@pytest.mark.parametrize("after", [0.6, 1.2, 2.0])
def test_a_first_start_that_is_interrupted_is_made_good_by_the_next(after: float) -> None:
    suite = suites.Embedded()
    try:
        for number in (signal.SIGKILL, signal.SIGTERM):
            suite.boot()
            time.sleep(after)
            suite.kill("embedded", number)
        assert not [each for each in _servers(suite.home) if each.ppid() != 1]
        suite.boot()
        suite.wait_until_ready()
        for person in practice.PEOPLE:
            credentials = {"email": person.email, "password": practice.PASSWORD, "role": person.role}
            assert httpx.post(f"{suite.url}/v1/sessions", json=credentials).status_code == 200
    finally:
        suite.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [("HC_PORT", "http"), ("HC_WORKERS", "0"), ("HC_LOG_LEVEL", "loud"), ("HC_HOME", "/proc/x")],
)
def test_a_setting_that_cannot_be_is_named(name: str, value: str) -> None:
    command = [sys.executable, "-m", "deploy.embedded"]
    done = subprocess.run(command, env=os.environ | {name: value}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}: ")
    assert "Traceback" not in done.stderr
