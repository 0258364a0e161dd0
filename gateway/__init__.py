"""The one door for the apps: HTTP in, commands on the bus out. It knows contracts, not services."""
