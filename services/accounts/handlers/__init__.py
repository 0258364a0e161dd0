"""What accounts does with each message: one function and one transaction each.

CPU-bound work (hashing) happens outside transactions: a lock or a connection must not wait for it.
"""
