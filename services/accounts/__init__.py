"""Accounts: people, how they prove who they are, and who may see whom. The one home of personal data.

Owns       people with their roles, profiles and dependents; guests; sessions, passwords, second factors and
           links; clinics and memberships; the directory; deletions; tickets; the access log; two key files
Accepts    what stands in `shared/contracts/accounts`, one module for each area
Publishes  SessionEnded, AccessRevoked, MembershipChanged, AccountClosed, AccountKept, AccountErased,
           GuestJoined
Listens    GuestAsked, RequestUnstaffed, RequestHandedOver and every move of a request (who is whose patient,
           and what guests and front desks are told), RequestsRead (the access log), ServiceOffered (the
           directory), VisitsErased and InboxErased (how far a deletion has come)

`handlers` has a module for each area of the contracts, `domain` the rules of each concept, `operations` what
handlers share (`factors` checks a second factor, `lookups` finds or refuses), `store` the rows of each group
of tables, and `mails` the text of each mail. `handlers/request_events.py` listens to the events of requests.
"""
