"""What accounts does with each message: one function, and one transaction that changes anything; timers have
one for each piece of work.

CPU-bound work (hashing) happens outside transactions: a lock or a connection must not wait for it.

Locks are taken in one order: person, deletion, link, clinics by id, listing, the rest.
"""
