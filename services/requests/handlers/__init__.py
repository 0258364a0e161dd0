"""What requests does with each message: one function and one transaction each."""

from services.requests.handlers import desks, erasure, hours, visits

__all__ = ["desks", "erasure", "hours", "visits"]
