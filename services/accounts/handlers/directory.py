"""The directory: pages of professionals, and finding them."""

from services.accounts.domain import directory_entry
from services.accounts.operations import lookups
from services.accounts.store import clinics, directory
from shared import cursor
from shared.bus import handles, listens
from shared.contracts.accounts import directory as api
from shared.contracts.requests.services import ServiceOffered
from shared.db import Unit, Work


@handles(api.PublishDirectoryEntry)
def publish(unit: Unit, command: api.PublishDirectoryEntry) -> api.DirectoryEntryView:
    with unit() as work:
        before = lookups.find_directory_entry(work, command.professional_id, to_change=True)
        after = directory_entry.publish(before, command)
        if after != before:
            directory.put(work, after)
        return _view(work, after)


@handles(api.GetDirectoryEntry)
def get(unit: Unit, command: api.GetDirectoryEntry) -> api.DirectoryEntryView:
    with unit() as work:
        return _view(work, lookups.find_directory_entry(work, command.professional_id))


@handles(api.FindProfessionals)
def find(unit: Unit, command: api.FindProfessionals) -> api.ProfessionalsPage:
    box = directory_entry.box(command.near, command.within_km) if command.near else None
    with unit() as work:
        rows = directory.search(work, command, box=box)
    shown, following = cursor.cut(rows, command.limit, lambda last: directory.cursor_key(command, last))
    return api.ProfessionalsPage(professionals=[_result_view(each) for each in shown], next_cursor=following)


@listens(ServiceOffered)
def note_service(unit: Unit, event: ServiceOffered) -> None:
    with unit() as work:
        if work.first_sight(event, "note_offer"):  # under another name than before withdrawals were kept
            # services of one professional may be told of at once: the second waits for the first
            if directory.find(work, event.professional_id, to_change=True) is None:
                return  # the professional is erased
            directory.save_offered(work, event)
            directory.update_offered(work, event.professional_id)


def _view(work: Work, page: directory_entry.DirectoryEntry) -> api.DirectoryEntryView:
    at = clinics.of_person(work, page.professional_id, "professional")
    cards = [api.ClinicCard.of(each, clinic_id=each.id) for each, _ in at]
    return api.DirectoryEntryView.of(page, clinics=cards)


def _result_view(each: directory.Found) -> api.ProfessionalView:
    distance_km = None if each.distance_km is None else round(each.distance_km, 2)
    return api.ProfessionalView.of(each.listing, distance_km=distance_km)
