"""Notify: turns announced facts into what people are told, exactly once for each person concerned.

Owns       the inbox of every person, and the ids of those who are erased
Accepts    ListInbox
Publishes  InboxErased
Listens    RequestSubmitted, RequestConfirmed, RequestDeclined, RequestCancelled, RequestRescheduled,
           RequestCompleted, CompletionUndone, RequestExpired, ProposalMade, ProposalClosed,
           FollowUpAsked, FollowUpAnswered, RequestUnstaffed, RequestHandedOver, AccountErased, GuestJoined
"""
