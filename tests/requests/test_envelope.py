"""Notes of patients at rest."""

import stat
import sys
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE, Popen
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from services.requests.encryption.envelope import KeyFile, PatientKey, new_key
from tests.requests.builders import PATIENT, STRANGER

REQUEST, OTHER = UUID(int=100), UUID(int=101)
WORDS = b"A cough."
AT_ONCE = 8
ROOT = Path(__file__).parents[2]
READY_THEN_WRAP = """
import sys
from pathlib import Path
from uuid import UUID
from services.requests.encryption.envelope import KeyFile

print("ready", flush=True)
sys.stdin.readline()
print(KeyFile(Path(sys.argv[1])).wrap(bytes(32), of=UUID(sys.argv[2])).hex())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "words.key"


@pytest.fixture
def master(path: Path) -> KeyFile:
    return KeyFile(path)


def wrap(path: Path) -> bytes:
    return KeyFile(path).wrap(bytes(32), of=PATIENT)


def test_sealed_words_are_opened_with_the_key_they_were_sealed_with() -> None:
    hers = PatientKey(new_key())
    assert hers.open(hers.seal(WORDS, of=REQUEST), of=REQUEST) == WORDS


def test_sealed_words_tell_nothing_and_are_never_the_same() -> None:
    hers = PatientKey(new_key())
    one, other = hers.seal(WORDS, of=REQUEST), hers.seal(WORDS, of=REQUEST)
    assert WORDS not in one
    assert one != other


def test_words_open_for_their_own_request_and_patient_alone() -> None:
    hers = PatientKey(new_key())
    sealed = hers.seal(WORDS, of=REQUEST)
    with pytest.raises(InvalidTag):
        hers.open(sealed, of=OTHER)
    with pytest.raises(InvalidTag):
        PatientKey(new_key()).open(sealed, of=REQUEST)


@pytest.mark.parametrize("at", [0, 11, 12, -1])
def test_words_that_were_tampered_with_do_not_open(at: int) -> None:
    hers = PatientKey(new_key())
    sealed = bytearray(hers.seal(WORDS, of=REQUEST))
    sealed[at] ^= 1
    with pytest.raises(InvalidTag):
        hers.open(bytes(sealed), of=REQUEST)


def test_a_wrapped_key_is_unwrapped_for_its_patient_alone(master: KeyFile) -> None:
    key = new_key()
    wrapped = master.wrap(key, of=PATIENT)
    assert key not in wrapped
    assert master.unwrap(wrapped, of=PATIENT) == key
    with pytest.raises(InvalidTag):
        master.unwrap(wrapped, of=STRANGER)


def test_another_master_key_unwraps_nothing(master: KeyFile, tmp_path: Path) -> None:
    wrapped = KeyFile(tmp_path / "another.key").wrap(new_key(), of=PATIENT)
    with pytest.raises(LookupError, match="lacks the master key"):
        master.unwrap(wrapped, of=PATIENT)
    assert not wrapped.startswith(master.newest())


def test_a_new_master_key_wraps_and_the_old_one_still_unwraps(master: KeyFile) -> None:
    key = new_key()
    old = master.wrap(key, of=PATIENT)
    assert old.startswith(master.newest())
    master.add()
    new = master.wrap(key, of=PATIENT)
    assert (old.startswith(master.newest()), new.startswith(master.newest())) == (False, True)
    assert master.unwrap(old, of=PATIENT) == master.unwrap(new, of=PATIENT) == key


def test_what_only_a_forgotten_master_key_unwraps_is_lost(master: KeyFile) -> None:
    key = new_key()
    old = master.wrap(key, of=PATIENT)
    master.add()
    new = master.wrap(key, of=PATIENT)
    master.forget_old()
    assert master.unwrap(new, of=PATIENT) == key
    with pytest.raises(LookupError):
        master.unwrap(old, of=PATIENT)


def test_a_rotation_is_seen_by_whoever_has_read_the_file_before(master: KeyFile, path: Path) -> None:
    old = master.wrap(new_key(), of=PATIENT)
    KeyFile(path).add()
    assert not old.startswith(master.newest())


def test_the_file_is_for_its_owner_alone_before_and_after_a_rotation(master: KeyFile, path: Path) -> None:
    modes = []
    for turn in (lambda: master.wrap(new_key(), of=PATIENT), master.add, master.forget_old):
        turn()
        modes.append(stat.S_IMODE(path.stat().st_mode))
    assert modes == [0o600] * 3
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"", b"\n", b64encode(bytes(16)), b"no key at all"])
def test_a_file_without_keys_is_not_taken_for_one(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011 (of two kinds: no base64, or no keys)
        KeyFile(path).wrap(new_key(), of=PATIENT)
    assert path.read_bytes() == content


def test_threads_that_make_the_file_at_once_have_one_key(path: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrapped = list(pool.map(wrap, [path] * 50))
    assert all(each.startswith(KeyFile(path).newest()) for each in wrapped)


def test_processes_that_make_the_file_at_once_have_one_key(path: Path) -> None:
    command = [sys.executable, "-c", READY_THEN_WRAP, str(path), str(PATIENT)]
    both = [Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT) for _ in range(2)]
    assert [each.stdout.readline() for each in both if each.stdout] == ["ready\n"] * 2
    for each in both:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    wrapped = [bytes.fromhex(each.communicate(timeout=30)[0]) for each in both]
    assert all(each.startswith(KeyFile(path).newest()) for each in wrapped)
    assert len(path.read_bytes().split()) == 1
