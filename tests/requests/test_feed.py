"""Appointments in calendars, and the links to them."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.requests.domain import feed
from services.requests.domain.interval import Interval
from services.requests.feed_links import FeedLinks, token_hash
from shared.settings import Settings
from tests.requests.builders import MONDAY, confirmed, pending

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_feed_shows_the_last_thirty_and_the_next_hundred_and_eighty_days() -> None:
    assert feed.window(MONDAY) == Interval(MONDAY - 30 * DAY, MONDAY + 180 * DAY)


def test_a_visit_changed_when_it_last_moved_as_far_as_that_is_known() -> None:
    assert feed.changed_at(pending()) == MONDAY
    assert feed.changed_at(confirmed(confirmed_at=MONDAY + HOUR)) == MONDAY + HOUR
    assert feed.changed_at(confirmed(confirmed_at=MONDAY + HOUR, ended_at=MONDAY + DAY)) == MONDAY + DAY
    assert feed.changed_at(pending(ended_at=MONDAY + DAY)) == MONDAY + DAY


def links(folder: Path) -> FeedLinks:
    return FeedLinks.from_settings(Settings(home=folder, public_url="https://care.example.org"))


def test_a_link_is_made_again_as_it_was_also_by_another_process(tmp_path: Path) -> None:
    assert links(tmp_path).url(UUID(int=1)) == links(tmp_path).url(UUID(int=1))


def test_every_feed_has_a_link_of_its_own_that_takes_the_key_to_make(tmp_path: Path) -> None:
    here, elsewhere = links(tmp_path / "a"), links(tmp_path / "b")
    assert len({here.token(UUID(int=1)), here.token(UUID(int=2)), elsewhere.token(UUID(int=1))}) == 3


def test_a_link_holds_256_bits_in_an_address_of_ours(tmp_path: Path) -> None:
    made = links(tmp_path)
    token = made.token(UUID(int=1))
    assert len(token) == 43
    assert made.url(UUID(int=1)) == f"https://care.example.org/calendar/{token}.ics"
    assert made.key.hex() not in repr(made)
    assert repr(made.key) not in repr(made)


def test_what_is_kept_of_a_token_is_not_the_token(tmp_path: Path) -> None:
    token = links(tmp_path).token(UUID(int=1))
    assert len(token_hash(token)) == 32
    assert token.encode() not in token_hash(token)


def test_a_key_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feeds.key").write_bytes(b"short")
    with pytest.raises(ValueError, match="holds no key of 32 bytes"):
        links(tmp_path)
