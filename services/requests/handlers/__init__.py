"""Requests handles each message by one function and one transaction."""
