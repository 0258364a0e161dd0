"""Commands that operators and containers start, each by `python -m run.<command>`.

Only this package and `deploy` know all services: a service, the gateway and `shared` never import it.
"""
