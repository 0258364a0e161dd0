"""Accounts: who somebody is, and the proof of it. The one home of names, addresses and passwords.

Owns       people with their roles, profiles and dependents; guests; sessions, passwords, second factors and
           links; clinics and memberships; the directory; deletions; tickets; the audit; two keys in files
Accepts    what stands in `shared/contracts/accounts`, one module for each area
Publishes  SessionEnded, AccessRevoked, MembershipChanged, AccountClosed, AccountKept, AccountErased,
           GuestJoined
Listens    GuestAsked, RequestUnstaffed, RequestHandedOver and every move of a request (who is whose patient,
           and what guests and front desks are told), RequestsRead (the audit), ServiceOffered (the
           directory), VisitsErased and InboxErased (how far a deletion has come)

`handlers` has a module for each area of the contracts, `domain` one for each concept, `store` one for each
group of tables.
"""
