"""Encryption of notes: keys of patients (`envelope`), wrapped by a master key from a file or a Vault."""
