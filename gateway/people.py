"""Facts from accounts that calls about requests need: dependents, guests and numbers to call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from gateway.auth import Caller
from gateway.fields import Body, PhoneNumber
from gateway.problems import refusals
from shared.bus.client import Bus
from shared.contracts.accounts import guests
from shared.contracts.accounts.directory import GetDirectoryEntry
from shared.contracts.accounts.people import ListDependents
from shared.contracts.accounts.values import ContactCard
from shared.contracts.base import Answer, Command
from shared.contracts.requests.refusals import PleaseCall
from shared.contracts.requests.requests import GetRequest
from shared.contracts.requests.values import ActingRole
from shared.errors import Broken, Unavailable


class NewGuest(guests.NewGuest, Body):
    """A new client without an account: whom the practice writes to, and calls."""

    phone: PhoneNumber | None = None


@asynccontextmanager
async def welcomed(
    bus: Bus, guest: NewGuest, guest_id: UUID, request: GetRequest, *, origin: str, by: UUID | None = None
) -> AsyncIterator[UUID]:
    """Have accounts keep the guest under this id; forget them if the block's request is refused.

    Yields the key that the guest's requests are counted by; it is for requests alone, and in no answer.
    `by` is the member of the practice who asks for the guest. If another call has made the request meanwhile,
    its guest stays. A guest left without a request is forgotten after a day. Refuses `too_many_attempts` and
    `idempotency_key_reused`.
    """
    known = await bus.call(guests.RegisterGuest.of(guest, guest_id=guest_id, origin=origin, by=by))
    try:
        yield known.counts_as
    except refusals.IdempotencyKeyReused:
        raise
    except refusals.Refused:
        with suppress(refusals.Refused, Unavailable, Broken):
            await _turn_away(
                bus,
                guests.RemoveRefusedGuest(guest_id=guest_id, email=guest.email, origin=origin, by=by),
                request,
            )
        raise


async def _turn_away(bus: Bus, command: guests.RemoveRefusedGuest, request: GetRequest) -> None:
    try:
        await bus.call(request)
    except refusals.UnknownRequest:
        await bus.call(command)


async def refuse_unknown_dependent(bus: Bus, caller: Caller[ActingRole], dependent_id: UUID) -> None:
    """Refuses `unknown_dependent` where this is nobody whom the patient acts for."""
    if caller.role == "patient":
        answer = await bus.call(ListDependents(person_id=caller.id))
        if any(each.dependent_id == dependent_id for each in answer.dependents):
            return
    detail = "This is not a dependent of the patient. Leave dependent_id out, or add the dependent first."
    raise refusals.UnknownDependent(detail, field="dependent_id")


async def with_numbers(bus: Bus, command: Command[Answer]) -> Answer:
    """The answer; and where a patient is asked to call, whom, as far as that can be told now."""
    try:
        return await bus.call(command)
    except PleaseCall as refusal:
        numbers = await _numbers(bus, UUID(refusal.facts["professional_id"]))
        facts = refusal.facts | {"call": numbers}
        raise type(refusal)(refusal.detail, field=refusal.field, **facts) from None


async def name_of(bus: Bus, professional_id: UUID) -> str | None:
    """As the directory has it, if anybody answers."""
    try:
        return (await bus.call(GetDirectoryEntry(professional_id=professional_id))).name
    except (refusals.Refused, Unavailable, Broken):
        return None


async def _numbers(bus: Bus, professional_id: UUID) -> list[dict[str, Any]]:
    """Return the contact cards of the professional and their clinics; none if accounts does not answer."""
    try:
        listing = await bus.call(GetDirectoryEntry(professional_id=professional_id))
    except (refusals.Refused, Unavailable, Broken):
        return []
    cards = [(listing.name, listing.contact), *((each.name, each.contact) for each in listing.clinics)]
    return [
        {"name": name, **contact.model_dump(exclude_none=True)}
        for name, contact in cards
        if contact != ContactCard()
    ]
