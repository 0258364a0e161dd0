"""The commands, answers and events of accounts, one module for each area."""
