"""A fresh master key, while requests are made and read."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.requests import rotate
from services.requests.encryption.envelope import KeyFile
from services.requests.handlers import reading, submissions
from services.requests.store import keys
from services.requests.tools import Tools
from shared.contracts.requests.requests import GetRequest
from shared.db import Unit
from tests.requests.builders import MONDAY, command
from tests.requests.steps import NEXT_MONDAY


@pytest.fixture
def master(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "words.key")


def ask(practice: Unit, master: KeyFile, number: int) -> tuple[UUID, UUID]:
    """A new patient submits a request with a note; return their id and the request's."""
    wanted = command(
        request_id=uuid4(),
        patient_id=uuid4(),
        starts_at=NEXT_MONDAY + timedelta(days=7 * (number // 6), minutes=30 * (number % 6)),
        details=f"Number {number}.",
    )
    submissions.submit(practice, wanted, tools=Tools(master), access_id=uuid4(), now=MONDAY)
    return wanted.patient_id, wanted.request_id


def read(practice: Unit, master: KeyFile, asked: tuple[UUID, UUID]) -> str:
    patient_id, request_id = asked
    wanted = GetRequest(request_id=request_id, by=patient_id, role="patient")
    return reading.get(practice, wanted, tools=Tools(master), access_id=uuid4(), now=MONDAY).details


def master_keys(master: KeyFile) -> list[bytes]:
    return master._path.read_bytes().split()


def test_a_rotation_wraps_every_key_anew_and_forgets_the_old_one(practice: Unit, master: KeyFile) -> None:
    asked = [ask(practice, master, number) for number in range(8)]
    [old], said = master_keys(master), list[str]()
    assert rotate.rotate(practice, master, say=said.append) == 8
    [new] = master_keys(master)
    assert (new != old, said) == (True, ["8 keys wrapped anew"])
    words = [read(practice, master, each) for each in asked]
    assert words == [f"Number {number}." for number in range(8)]


def test_one_that_was_ended_in_the_middle_is_made_good_by_the_next(
    practice: Unit, master: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [ask(practice, master, number) for number in range(6)]
    monkeypatch.setattr(keys, "_REWRAP_AT_ONCE", 2)
    with pytest.raises(KeyboardInterrupt):
        rotate.rotate(practice, master, say=_interrupt)
    assert [read(practice, master, each) for each in asked] == [f"Number {n}." for n in range(6)]
    rotate.rotate(practice, master, say=lambda _: None)
    assert len(master_keys(master)) == 1
    assert [read(practice, master, each) for each in asked] == [f"Number {n}." for n in range(6)]


def test_whoever_writes_her_first_word_meanwhile_loses_none(
    practice: Unit, master: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [ask(practice, master, number) for number in range(6)]
    monkeypatch.setattr(keys, "_REWRAP_AT_ONCE", 1)
    with ThreadPoolExecutor(4) as pool:
        rotating = pool.submit(lambda: rotate.rotate(practice, master, say=lambda _: None))
        asked += pool.map(lambda number: ask(practice, master, number), range(6, 18))
        rotating.result(timeout=60)
    assert len(master_keys(master)) == 1
    assert [read(practice, master, each) for each in asked] == [f"Number {n}." for n in range(18)]


def test_two_rotations_at_once_would_lose_a_key_so_there_is_one(practice: Unit, master: KeyFile) -> None:
    ask(practice, master, 0)
    begun, go_on = threading.Event(), threading.Event()

    def waits(_: str) -> None:
        begun.set()
        go_on.wait(20)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: rotate.rotate(practice, master, say=waits))
        assert begun.wait(20)
        with pytest.raises(SystemExit):
            rotate.rotate(practice, master, say=lambda _: None)
        go_on.set()
        assert first.result(timeout=20) == 1


def test_no_key_is_made_while_the_old_master_key_is_forgotten(practice: Unit, master: KeyFile) -> None:
    """The lock of the last step keeps others from making a key, however long it takes."""
    with ThreadPoolExecutor(1) as pool, _closed(practice):
        waiting = pool.submit(lambda: ask(practice, master, 0))
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
        assert not master._path.exists()


@contextmanager
def _closed(practice: Unit) -> Iterator[None]:
    with practice() as work:
        keys.close(work)
        yield
        assert work.conn.scalar(sa.text("select count(*) from patient_keys")) == 0


def _interrupt(_: str) -> Any:
    raise KeyboardInterrupt
