"""The rules of time.

`service` is what can be asked for and `hours` when; `request` is the life of a visit. `desk` says who acts
for a professional, `reading` what is written down when others than the patient look at a visit, and
`erasure` what an erased account leaves behind.
"""
