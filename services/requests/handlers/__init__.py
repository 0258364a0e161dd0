"""Handlers of requests: one function and one transaction for each message.

submissions   a patient, or the practice on their behalf, asks for a slot
decisions     either side confirms, declines, cancels, completes, answers a proposal or a question
moves         either side reschedules, or proposes another time
guests        a guest verifies a request, and brings theirs along into an account
timers        requests expire or complete once they are due
reading       one request, a page of them, the changes since a cursor
slots         free slots of a professional, of a clinic, and the next ones
schedules     weekly hours, overrides and booking settings
services, locations, policies: the settings of practices
feeds         calendar feeds and files
video_calls   join links
memberships, erasure: accounts have published who belongs to a clinic, or who is closed or erased

Each finds what the message names, lets the domain decide, writes and publishes. `@handles`, `@listens` and
`@every` register it where it is written; the bus calls it once at least, so it may be repeated.
"""
