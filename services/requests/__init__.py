"""Requests: the only writer of time. A patient asks for a visit, a professional or her front desk decides.

Owns       locations, hours and exceptions, calendars, services, policies; each request from `pending` to its
           end, with the times it holds and the words written about it, which are sealed;
           private links to calendar feeds;
           a copy of who works in which clinic, and the ids of those who leave or are erased
Accepts    what stands in `shared/contracts/requests`, one module for each area
Announces  every move of a request, GuestAsked, RequestUnstaffed and RequestHandedOver (`moves`),
           ServiceOffered, RequestsRead, VisitsErased
Listens    MembershipChanged, AccountClosed, AccountKept, AccountErased, GuestJoined,
           AccessRevoked (which ends feeds)

`domain` has a module for each concept: `interval` and `place`, `hours` at a place, the `calendar`, `slots`
of these; the `request` and its `life_cycle`, how it is submitted (`submission`) and how often (`limits`),
what is decided (`decision`) and promised about it (`policy`), how it moves to another time (`moving`,
`proposal`, `answering`), what people write about it (`talking`, `words`), how it ends by itself (`ending`),
and its ways into calendars (`feed`) and video calls (`video`).
"""
