"""Requests: the only writer of time. A patient asks for a visit, a professional decides.

Owns       weekly hours, services, and each request from `pending` to its end
Accepts    PublishHours, GetHours, AddService, ListServices, FindSlots,
           SubmitRequest, ConfirmRequest, DeclineRequest, CancelRequest, CompleteRequest,
           GetRequest, ListRequests
Announces  RequestSubmitted, RequestConfirmed, RequestDeclined, RequestCancelled,
           RequestCompleted, RequestExpired
Listens    nothing yet
"""
