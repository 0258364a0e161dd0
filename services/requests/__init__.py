"""Requests: the only writer of time. Patients request appointments, and professionals or front desks decide.

Owns       locations, hours and overrides, booking settings, services and policies; each request until its
           end, with its holds and its notes, which are encrypted; private links to calendar feeds;
           a copy of the memberships of clinics, and the ids of closed and erased accounts
Accepts    the commands in `shared/contracts/requests`, one module for each area
Publishes  every move of a request, GuestAsked, RequestUnstaffed and RequestHandedOver (`moves`),
           ServiceOffered, RequestsRead, VisitsErased
Listens    MembershipChanged, AccountClosed, AccountKept, AccountErased, GuestJoined,
           AccessRevoked (which ends feeds)

A reader begins with `domain/request.py` and `domain/life_cycle.py` (the statuses, and who may confirm), then
`handlers/`, whose docstring is a table of contents. Slots are computed in `domain/slots.py`, and requests
expire in `domain/ending.py`. What handlers share stands in `operations/`: who may act (`access`), what an id
names (`lookups`), what is free (`availability`), what a change writes (`writing`), and `views`.
"""
