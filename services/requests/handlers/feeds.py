"""Calendar files and feeds: one appointment, or a private link to all of a person on one side."""

from datetime import datetime
from uuid import UUID

from services.requests import store
from services.requests.domain import feed
from services.requests.domain.feed import Feed
from services.requests.feed_links import FeedLinks, token_hash
from services.requests.operations import access, lookups, views
from services.requests.store.pages import Scope
from services.requests.tools import Tools
from shared.bus import handles, listens
from shared.contracts.accounts.sessions import AccessRevoked
from shared.contracts.base import Done
from shared.contracts.requests import feeds
from shared.db import Unit


@handles(feeds.GetAppointmentFile)
def get_appointment_file(
    unit: Unit, command: feeds.GetAppointmentFile, *, tools: Tools, access_id: UUID, now: datetime
) -> feeds.AppointmentFile:
    """Return one appointment as a file; the access log gets an entry, as for any other look at it."""
    with unit() as work:
        found = lookups.find_and_log(work, command, tools=tools, access_id=access_id, now=now)
        there = store.locations.by_id(work, {found.location_id})
    return views.appointment_file(found, there[found.location_id])


@handles(feeds.OpenFeed)
def open_feed(
    unit: Unit, command: feeds.OpenFeed, *, links: FeedLinks, new_id: UUID, now: datetime
) -> feeds.FeedLink:
    """Make a link to a feed; one that was replaced or revoked never comes back, not even for its own key."""
    new = Feed(id=new_id, key_id=command.key_id, person_id=command.by, side=command.role)
    with unit() as work:
        access.refuse_erased(work, person_id=command.by)
        kept = store.feeds.put(work, new, token_hash=token_hash(links.token(new.id)), now=now)
    return feeds.FeedLink(url=links.url(kept.id))


@handles(feeds.CloseFeed)
def close_feed(unit: Unit, command: feeds.CloseFeed) -> Done:
    with unit() as work:
        store.feeds.remove(work, command.by, command.role)
    return Done()


@listens(AccessRevoked)
def end_feeds(unit: Unit, event: AccessRevoked) -> None:
    """Remove the feeds opened before the event; those opened after it stay, however late it comes."""
    with unit() as work:
        if work.first_sight(event, "end_feeds"):
            store.feeds.remove_opened_before(work, event.person_id, event.occurred_at)


@handles(feeds.ReadFeed)
def read_feed(unit: Unit, command: feeds.ReadFeed, *, tools: Tools, now: datetime) -> feeds.FeedView:
    """Return the appointments of a feed. Refuses `dead_link`.

    A professional's feed shows their own work, which their calendar app reads every few minutes: the access
    log gets no entry for that.
    """
    with unit() as work:
        found = store.feeds.find(work, token_hash(command.token))
        if found is None:
            raise feed.dead_link()
        shown = store.pages.nearest(
            work,
            tools.master,
            Scope(side=found.side, person_id=found.person_id),
            window=feed.window(now),
            now=now,
            limit=feed.MOST_EVENTS,
        )
        there = store.locations.by_id(work, {each.location_id for each in shown})
    return feeds.FeedView(events=[views.appointment_file(each, there[each.location_id]) for each in shown])
