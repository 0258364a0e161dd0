"""The rules of accounts, one module for each concept. Time, identity and chance are arguments."""
