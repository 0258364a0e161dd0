"""Accounts: who somebody is, and the proof of it. The one home of names, addresses and passwords.

Owns       accounts, and the private key that signs access tokens
Accepts    RegisterAccount, SignIn, GetAccount, ListProfessionals, ListTokenKeys
Announces  nothing yet
Listens    nothing yet
"""
