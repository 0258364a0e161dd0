"""The keys in files, and the tokens made with them."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag

from services.accounts.tokens import Signer
from services.accounts.vault import Vault

MINE, OTHER = Vault(os.urandom(32)), Vault(os.urandom(32))
SOMEBODY = UUID(int=1)


def test_a_refresh_token_can_be_made_again_and_read_by_its_maker_alone() -> None:
    token = MINE.refresh_token(SOMEBODY, 7)
    assert token == MINE.refresh_token(SOMEBODY, 7)
    assert MINE.read_refresh_token(token) == (SOMEBODY, 7)
    assert OTHER.read_refresh_token(token) is None


def test_a_link_is_no_refresh_token_and_the_other_way_round() -> None:
    assert MINE.read_refresh_token(MINE.link_token(SOMEBODY)) is None
    assert MINE.read_link_token(MINE.refresh_token(SOMEBODY, 1)) is None
    assert MINE.read_link_token(MINE.link_token(SOMEBODY)) == SOMEBODY


def test_every_changed_character_makes_a_token_worthless() -> None:
    token = MINE.refresh_token(SOMEBODY, 1)
    for at, character in enumerate(token):
        changed = token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
        assert MINE.read_refresh_token(changed) is None
    for other in ("", "A", token[:-1], token + "A", token + "=", " " + token, token + "\n"):
        assert MINE.read_refresh_token(other) is None


def test_what_is_sealed_differs_each_time_and_opens_for_its_owner_alone() -> None:
    first, second = (MINE.seal("a secret", of=SOMEBODY) for _ in range(2))
    assert first != second
    assert b"a secret" not in first
    assert MINE.unseal(first, of=SOMEBODY) == "a secret"
    for vault, owner in ((MINE, uuid4()), (OTHER, SOMEBODY)):
        with pytest.raises(InvalidTag):
            vault.unseal(first, of=owner)


def test_a_blinded_word_is_the_same_under_one_key_only() -> None:
    assert MINE.keyed_hash("anna") == MINE.keyed_hash("anna") != OTHER.keyed_hash("anna")
    assert "anna" not in MINE.keyed_hash("anna")


@pytest.mark.parametrize(("kind", "name"), [(Signer, "key.pem"), (Vault, "secret.key")])
def test_processes_that_start_together_agree_on_one_key(
    tmp_path: Path, kind: type[Signer] | type[Vault], name: str
) -> None:
    path = tmp_path / "keys" / name
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: kind.from_file(path), range(8)))
    assert len({each.key_id if isinstance(each, Signer) else each.key for each in made}) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [name]


def test_a_file_that_holds_no_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(ValueError, match="holds no key"):
        Vault.from_file(tmp_path / "secret.key")
