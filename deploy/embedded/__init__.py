"""The whole suite in one process, on a real PostgreSQL of its own and the local bus."""
