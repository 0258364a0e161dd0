"""Requests as a microservice: its tables, its handlers, and what these ask for by name."""

from functools import cached_property

from services.requests import handlers, store
from services.requests.domain.limits import Bounds, Limits
from services.requests.domain.request import Timing
from services.requests.encryption.masters import master_key
from services.requests.feed_links import FeedLinks
from services.requests.jitsi import VideoCalls
from services.requests.tools import Tools
from shared.bus.microservice import Microservice


class Requests(Microservice, handlers=handlers):
    name = "requests"
    metadata = store.metadata

    @cached_property
    def tools(self) -> Tools:
        timing = Timing(review_lasts=self.settings.review_lasts, complete_after=self.settings.complete_after)
        bounds = Bounds(
            known=_limits(self.settings.request_limits), fresh=_limits(self.settings.fresh_request_limits)
        )
        return Tools(master_key(self.settings), timing, bounds)

    @cached_property
    def links(self) -> FeedLinks:
        return FeedLinks.from_settings(self.settings)

    @property
    def video_calls(self) -> VideoCalls | None:
        """Not cached: the secret in its file may be replaced while the process runs."""
        return VideoCalls.from_settings(self.settings)


def _limits(setting: str) -> Limits:
    in_all, with_one, a_day = map(int, setting.split(","))
    return Limits(open=in_all, with_one=with_one, a_day=a_day)
