"""Handlers of accounts: one function for each message, and one transaction that changes anything.

Each finds what the message names, lets the domain decide, writes and publishes; `@handles`, `@listens` and
`@every` register it where it is written. A timer takes one transaction for each piece of work.

CPU-bound work (hashing) happens outside transactions: a lock or a connection must not wait for it.

Locks are taken in one order: person, deletion, link, address, clinics by id, directory entry, the rest.
"""
