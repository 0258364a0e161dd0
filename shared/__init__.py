"""The published language, and the plumbing that carries it: every service may rely on it.

No business rule lives here. A change of *what* a service decides belongs to that service.
"""
