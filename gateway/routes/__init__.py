"""One module for each area of the API: parse, call, return."""
