"""Requests: the only writer of time. A patient asks for a visit, a professional or her front desk decides.

Owns       weekly hours, services, and each request from `pending` to its end;
           a copy of who works in which clinic, and the ids of those who leave or are erased
Accepts    PublishHours, GetHours, AddService, ListServices, FindSlots, FindNextFree,
           SubmitRequest, ConfirmRequest, DeclineRequest, CancelRequest, CompleteRequest,
           GetRequest, ListRequests
Announces  ServiceOffered, RequestSubmitted, RequestConfirmed, RequestDeclined, RequestCancelled,
           RequestCompleted, RequestExpired, RequestsRead, VisitsErased
Listens    MembershipChanged, AccountClosed, AccountKept, AccountErased
"""
