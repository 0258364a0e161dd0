"""Notify: turns announced facts into what people are told, exactly once for each person concerned.

Owns       the inbox of every person
Accepts    ListInbox
Announces  nothing yet
Listens    RequestSubmitted, RequestConfirmed, RequestDeclined, RequestCancelled,
           RequestCompleted, RequestExpired
"""
