"""Requests: the only writer of time. A patient asks for a visit, a professional or her front desk decides.

Owns       locations, hours and overrides, booking settings, services, policies; each request from `pending` to its
           end, with the times it holds and the words written about it, which are sealed;
           private links to calendar feeds;
           a copy of who works in which clinic, and the ids of those who leave or are erased
Accepts    what stands in `shared/contracts/requests`, one module for each area
Announces  every move of a request, GuestAsked, RequestUnstaffed and RequestHandedOver (`moves`),
           ServiceOffered, RequestsRead, VisitsErased
Listens    MembershipChanged, AccountClosed, AccountKept, AccountErased, GuestJoined,
           AccessRevoked (which ends feeds)

A reader begins with `domain/request.py` and `domain/life_cycle.py`, then `handlers/`: one function for each
message. What handlers share stands in `operations/`: who may act (`access`), what an id names (`lookups`),
what is free (`availability`), what a change writes (`writing`), what callers see (`views`).
"""
