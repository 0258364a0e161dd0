"""What every service may rely on: the published language and the plumbing that carries it.

No business rule lives here. If a change in this package would change *what* a service decides,
it belongs to that service.
"""
