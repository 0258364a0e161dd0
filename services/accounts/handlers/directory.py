"""The directory: pages of professionals, and finding them."""

from services.accounts.domain import directory_entry
from services.accounts.domain.directory_entry import DirectoryEntry
from services.accounts.store import clinics, directory
from services.accounts.store.directory import Found
from shared import cursor
from shared.bus import handles, listens
from shared.contracts.accounts import refusals
from shared.contracts.accounts.directory import (
    ClinicCard,
    DirectoryEntryView,
    FindProfessionals,
    GetDirectoryEntry,
    ProfessionalsPage,
    ProfessionalView,
    PublishDirectoryEntry,
)
from shared.contracts.requests.services import ServiceOffered
from shared.db import Unit, Work


@handles(PublishDirectoryEntry)
def publish(unit: Unit, command: PublishDirectoryEntry) -> DirectoryEntryView:
    with unit() as work:
        before = _found(directory.find(work, command.professional_id, to_change=True))
        after = directory_entry.publish(before, command)
        if after != before:
            directory.put(work, after)
        return _view(work, after)


@handles(GetDirectoryEntry)
def get(unit: Unit, command: GetDirectoryEntry) -> DirectoryEntryView:
    with unit() as work:
        return _view(work, _found(directory.find(work, command.professional_id)))


@handles(FindProfessionals)
def find(unit: Unit, command: FindProfessionals) -> ProfessionalsPage:
    box = directory_entry.box(command.near, command.within_km) if command.near else None
    with unit() as work:
        rows = directory.search(work, command, box=box)
    shown, following = cursor.cut(rows, command.limit, lambda last: directory.cursor_key(command, last))
    return ProfessionalsPage(
        professionals=[_professional_view(each) for each in shown], next_cursor=following
    )


@listens(ServiceOffered)
def note_service(unit: Unit, event: ServiceOffered) -> None:
    with unit() as work:
        if work.first_sight(event, "note_offer"):  # under another name than before withdrawals were kept
            # services of one professional may be told of at once: the second waits for the first
            if directory.find(work, event.professional_id, to_change=True) is None:
                return  # the professional is erased
            directory.save_offered(work, event)
            directory.update_offered(work, event.professional_id)


def _found(known: DirectoryEntry | None) -> DirectoryEntry:
    if known is None:
        detail = "There is no professional with this id."
        raise refusals.UnknownProfessional(detail)
    return known


def _view(work: Work, page: DirectoryEntry) -> DirectoryEntryView:
    return DirectoryEntryView(
        professional_id=page.professional_id,
        version=page.version,
        name=page.name,
        photo_url=page.photo_url,
        languages=list(page.languages),
        listed=page.listed,
        specialties=list(page.specialties),
        accepting_new_patients=page.accepting_new_patients,
        contact=page.contact,
        place=page.place,
        services=list(page.services),
        modes=list(page.modes),
        clinics=[
            ClinicCard(clinic_id=each.id, name=each.name, contact=each.contact, place=each.place)
            for each, _ in clinics.of_person(work, page.professional_id, "professional")
        ],
    )


def _professional_view(each: Found) -> ProfessionalView:
    page = each.listing
    return ProfessionalView(
        professional_id=page.professional_id,
        name=page.name,
        photo_url=page.photo_url,
        languages=list(page.languages),
        specialties=list(page.specialties),
        accepting_new_patients=page.accepting_new_patients,
        services=list(page.services),
        modes=list(page.modes),
        distance_km=None if each.distance_km is None else round(each.distance_km, 2),
    )
