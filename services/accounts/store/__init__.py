"""Tables of accounts, and how values go in and come out; no decisions."""
