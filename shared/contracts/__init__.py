"""The published language, one module for each service. Pydantic and the standard library only."""

from shared.contracts import accounts, notify, requests

__all__ = ["accounts", "notify", "requests"]
