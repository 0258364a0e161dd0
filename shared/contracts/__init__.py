"""The published language, one module for each service. Pydantic and the standard library only."""
