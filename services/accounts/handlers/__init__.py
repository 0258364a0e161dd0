"""Accounts handles each message by one function, and by one transaction that changes anything; timers have
one for each piece of work.

CPU-bound work (hashing) happens outside transactions: a lock or a connection must not wait for it.

Locks are taken in one order: person, deletion, link, address, clinics by id, directory entry, the rest.
"""
