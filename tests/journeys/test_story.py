"""The story of one visit, on every way the suite runs."""

import httpx

from deploy import story
from tests.suites import Suite


def test_the_story_of_one_visit_can_be_told(suite: Suite) -> None:
    with httpx.Client(base_url=suite.url, timeout=10) as http:
        steps = list(story.tell(http, story.mails_in(suite.home)))
    assert len(steps) == 25
