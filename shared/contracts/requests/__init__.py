"""The commands, views and events of requests, one module for each area.

Instants are aware datetimes. On the bus they are UTC; in views they carry the offset of `time_zone`, the IANA
time zone of the location.
"""
