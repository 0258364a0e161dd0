# ruff: noqa: E501  (a table is read by its rows)
"""The authorization matrix: every operation of the API, and its outcome for each caller.

The tables are the policy. `test_matrix.py` sends a call for each of their cells; an operation without a row
is a failure, and so is a row without an operation.

The calls are about one patient, their request, their professional, and the clinic that this one works in:

| column  | the caller                                                                                   |
|---------|----------------------------------------------------------------------------------------------|
| `anon`  | somebody without a token                                                                     |
| `stale` | the first who would be let in, with a token that was signed out, or one that is out of date  |
| `she`   | the patient                                                                                  |
| `he`    | another patient                                                                              |
| `pro`   | the professional                                                                             |
| `pro2`  | a professional of another clinic                                                             |
| `staff` | staff of the professional's clinic                                                           |
| `owner` | its only owner                                                                               |
| `desk2` | the owner of the other clinic                                                                |
| `desk3` | the owner of one more clinic that the professional works in                                  |
| `left`  | somebody who was staff of the professional's clinic                                          |
| `supp`  | one of the operator's people                                                                 |
| `link`  | a guest with a mailed link to the request at hand                                            |
| `lnk2`  | a guest with a mailed link to another request                                                |
| `new`   | somebody who has registered, and whose address is not proved yet                             |
| `key`   | an owner of the clinic who was removed, and sends again what they did before, with its key   |
"""

from dataclasses import dataclass

MEANS = {
    "-": "not_signed_in",
    "role": "wrong_role",
    "no": "not_yours",
    "none": "unknown_dependent",
    "last": "last_owner",
    "ask": "missing_field",
    "dead": "dead_link",
    "away": "unknown_location",
    "out": "outside_hours",
    "side": "not_allowed",
    "addr": "other_address",
    "cred": "wrong_credentials",
}
"""The mark in a cell -> the code of the problem that the call ends in."""
NO_CALL = "."
"""Marks of calls that such a caller never sends."""
DONE, NOTHING = "yes", "nil"
"""Done; or answered as if it were done, and nothing changed: what is not there needs no removing."""

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
POLICY = """
                                                                           anon stale she  he   pro  pro2 staff owner desk2 desk3 left supp link lnk2 new key
health
GET    /health/live                                                        yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /health/ready                                                       yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .

accounts: each has her own
POST   /v1/accounts                                                        yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/accounts/confirm                                                yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/accounts/confirm-by-link                                        yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/me                                                              -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
PUT    /v1/me                                                              -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/roles                                                        -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
GET    /v1/me/audit                                                        -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
GET    /v1/me/dependents                                                   -    -     yes   yes  role role role  role  role  role  role role role role -    .
POST   /v1/me/dependents                                                   -    -     yes   yes  role role role  role  role  role  role role role role -    .
PUT    /v1/me/dependents/{dependent_id}                                    -    -     yes   none role role role  role  role  role  role role role role -    .
DELETE /v1/me/dependents/{dependent_id}                                    -    -     yes   nil  role role role  role  role  role  role role role role -    .

sessions
POST   /v1/sessions                                                        yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  cred .
POST   /v1/sessions/refresh                                                yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/sessions/passkey/options                                        yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/sessions/passkey                                                yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/sessions                                                        -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
DELETE /v1/sessions                                                        -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
DELETE /v1/sessions/{session_id}                                           -    -     yes   nil  nil  nil  nil   nil   nil   nil   nil  nil  role role -    .

passwords and second factors
POST   /v1/me/password                                                     -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/email                                                        -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/email/confirm                                                -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/email-changes/undo                                              yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/me/proof                                                        -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/proof/options                                                -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/password-resets                                                 yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/password-resets/confirm                                         yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/links/look                                                      yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/me/totp                                                         -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/totp/confirm                                                 -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/totp/remove                                                  -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/passkeys/options                                             -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
GET    /v1/me/passkeys                                                     -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
POST   /v1/me/passkeys                                                     -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
DELETE /v1/me/passkeys/{passkey_id}                                        -    -     yes   nil  nil  nil  nil   nil   nil   nil   nil  nil  role role -    .

patients, for those who care for them
GET    /v1/patients/{patient_id}                                           -    -     role  role yes  no   yes   yes   no    no    no   role role role -    .
POST   /v1/patients/{patient_id}/password-reset                            -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no

directory
GET    /v1/professionals                                                   yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/professionals/{professional_id}                                 yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/listing                                                         -    -     role  role yes  yes  role  role  role  role  role role role role -    .
PUT    /v1/listing                                                         -    -     role  role yes  yes  role  role  role  role  role role role role -    .

clinics
POST   /v1/clinics                                                         -    -     role  role role role yes   yes   yes   yes   yes  role role role -    .
GET    /v1/clinics                                                         -    -     role  role yes  yes  yes   yes   yes   yes   yes  role role role -    .
GET    /v1/clinics/{clinic_id}                                             yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
PUT    /v1/clinics/{clinic_id}                                             -    -     role  role role role no    yes   no    no    no   role role role -    .
GET    /v1/clinics/{clinic_id}/members                                     -    -     role  role yes  no   yes   yes   no    no    no   role role role -    .
PUT    /v1/clinics/{clinic_id}/members/{person_id}                         -    -     role  role role role no    yes   no    no    no   role role role -    .
DELETE /v1/clinics/{clinic_id}/members/{person_id}                         -    -     role  role role role no    yes   no    no    no   role role role -    .
DELETE /v1/clinics/{clinic_id}/members/{person_id}*                        -    -     role  role yes  nil  yes   last  nil   nil   nil  role role role -    .
GET    /v1/clinics/{clinic_id}/invitations                                 -    -     role  role role role no    yes   no    no    no   role role role -    .
DELETE /v1/clinics/{clinic_id}/invitations/{invitation_id}                 -    -     role  role role role no    yes   no    no    no   role role role -    .
POST   /v1/clinics/{clinic_id}/invitations                                 -    -     role  role role role no    yes   no    no    no   role role role -    no
POST   /v1/invitations/accept                                              -    -     role  role yes  addr addr  addr  addr  addr  addr role role role -    .

hours, rules and services of her professional
POST   /v1/locations                                                       -    -     role  role yes  yes  ask   ask   ask   ask   ask  role role role -    .
POST   /v1/locations*                                                      -    -     role  role no   no   yes   yes   no    no    no   role role role -    no
PUT    /v1/locations/{location_id}                                         -    -     role  role yes  no   no    no    no    no    no   role role role -    .
PUT    /v1/locations/{location_id}*                                        -    -     role  role no   no   yes   yes   no    no    no   role role role -    .
GET    /v1/professionals/{professional_id}/locations                       yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/clinics/{clinic_id}/locations                                   yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
PUT    /v1/locations/{location_id}/hours                                   -    -     role  role yes  no   yes   yes   no    no    no   role role role -    .
PUT    /v1/locations/{location_id}/hours*                                  -    -     role  role yes  away ask   ask   ask   ask   ask  role role role -    .
GET    /v1/professionals/{professional_id}/hours                           yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/exceptions                                                      -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
GET    /v1/exceptions                                                      -    -     role  role yes  no   yes   yes   no    yes   no   role role role -    .
DELETE /v1/exceptions/{exception_id}                                       -    -     role  role yes  no   yes   yes   no    no    no   role role role -    .
PUT    /v1/calendar                                                        -    -     role  role yes  no   yes   yes   no    no    no   role role role -    .
GET    /v1/professionals/{professional_id}/calendar                        yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
PUT    /v1/policy                                                          -    -     role  role yes  yes  ask   ask   ask   ask   ask  role role role -    .
PUT    /v1/policy*                                                         -    -     role  role no   no   no    yes   no    no    no   role role role -    .
GET    /v1/practices/{practice_id}/policy                                  yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/services                                                        -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
PUT    /v1/services/{service_id}                                           -    -     role  role yes  no   yes   yes   no    no    no   role role role -    .
GET    /v1/professionals/{professional_id}/services                        yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/professionals/{professional_id}/slots                           yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/clinics/{clinic_id}/slots                                       yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/slots                                                           -    -     role  role yes  no   yes   yes   no    yes   no   role role role -    .

requests
POST   /v1/requests                                                        -    -     yes   yes  ask  ask  ask   ask   ask   ask   ask  role role role -    .
POST   /v1/requests*                                                       -    -     yes   no   yes  no   yes   yes   no    out   no   role role role -    no
GET    /v1/requests                                                        -    -     yes   yes  yes  yes  ask   ask   ask   ask   ask  role role role -    .
GET    /v1/requests*                                                       -    -     no    no   yes  no   yes   yes   no    yes   no   role role role -    .
GET    /v1/requests**                                                      -    -     no    no   no   no   yes   yes   no    no    no   role role role -    .
GET    /v1/requests/sync                                                   -    -     yes   yes  yes  yes  ask   ask   ask   ask   ask  role role role -    .
GET    /v1/requests/sync*                                                  -    -     no    no   yes  no   yes   yes   no    yes   no   role role role -    .
GET    /v1/requests/{request_id}                                           -    -     yes   no   yes  no   yes   yes   no    no    no   role yes  no   -    .
POST   /v1/requests/decisions                                              -    -     role  role yes  nil  yes   yes   nil   nil   nil  role role role -    nil
POST   /v1/requests/{request_id}/confirm                                   -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
POST   /v1/requests/{request_id}/decline                                   -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
POST   /v1/requests/{request_id}/cancel                                    -    -     yes   no   yes  no   yes   yes   no    no    no   role yes  no   -    no
POST   /v1/requests/{request_id}/reschedule                                -    -     yes   no   yes  no   yes   yes   no    no    no   role yes  no   -    no
POST   /v1/requests/{request_id}/complete                                  -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
POST   /v1/requests/{request_id}/undo                                      -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
POST   /v1/requests/{request_id}/proposals                                 -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
POST   /v1/requests/{request_id}/proposals/{proposal_id}/accept            -    -     yes   no   side no   side  side  no    no    no   role yes  no   -    .
POST   /v1/requests/{request_id}/proposals/{proposal_id}/decline           -    -     yes   no   side no   side  side  no    no    no   role yes  no   -    .
POST   /v1/requests/{request_id}/proposals/{proposal_id}/withdraw          -    -     side  no   yes  no   yes   yes   no    no    no   role side no   -    no
POST   /v1/requests/{request_id}/questions                                 -    -     role  role yes  no   yes   yes   no    no    no   role role role -    no
POST   /v1/requests/{request_id}/questions/{follow_up_id}/answer           -    -     yes   no   role role role  role  role  role  role role yes  no   -    .
POST   /v1/requests/{request_id}/verify                                    -    -     yes   no   role role role  role  role  role  role role yes  no   -    .
DELETE /v1/requests/{request_id}/guest                                     -    -     role  role role role role  role  role  role  role role yes  no   -    .
POST   /v1/guests/requests                                                 yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/guests/links                                                    yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/me/guest-visits                                                 -    -     yes   addr role role role  role  role  role  role role role role -    .
GET    /v1/inbox                                                           -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .

calendars and video
GET    /v1/calendar                                                        -    -     role  role yes  no   yes   yes   no    no    no   role role role -    .
GET    /v1/calendar*                                                       -    -     role  role yes  yes  ask   ask   ask   ask   ask  role role role -    .
GET    /v1/requests/{request_id}/calendar.ics                              -    -     yes   no   yes  no   yes   yes   no    no    no   role yes  no   -    .
POST   /v1/calendar-feed                                                   -    -     yes   yes  yes  yes  role  role  role  role  role role role role -    .
DELETE /v1/calendar-feed                                                   -    -     yes   yes  yes  yes  role  role  role  role  role role role role -    .
GET    /calendar/{token}.ics                                               yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/requests/{request_id}/video                                     -    -     yes   no   yes  no   role  role  role  role  role role yes  no   -    .

leaving
POST   /v1/me/deletion                                                     -    -     yes   yes  yes  yes  yes   last  last  last  yes  yes  role role -    .
POST   /v1/deletions                                                       yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/deletions/confirm                                               yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
POST   /v1/deletions/cancel                                                yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/deletions                                                       -    -     role  role role role role  role  role  role  role yes  role role -    .

lost second factors
POST   /v1/factor-removals                                                 -    -     role  role role role role  role  role  role  role yes  role role -    .
GET    /v1/factor-removals                                                 -    -     role  role role role role  role  role  role  role yes  role role -    .
POST   /v1/factor-removals/stop                                            yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .

support
POST   /v1/tickets                                                         yes  -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
GET    /v1/me/tickets                                                      -    -     yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  role role -    .
GET    /v1/tickets                                                         -    -     role  role role role role  role  role  role  role yes  role role -    .
POST   /v1/tickets/{ticket_id}/answer                                      -    -     role  role role role role  role  role  role  role yes  role role -    .

pages
GET    /v1/pages                                                           yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /v1/pages/{slug}                                                    yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
GET    /problems/{code}                                                    yes  yes   yes   yes  yes  yes  yes   yes   yes   yes   yes  yes  yes  yes  yes  .
"""
"""The `*` marks another way to send it: members leave by themselves; locations and policies are the clinic's, and
hours and booking settings name nobody; the professional's side sends requests, and lists name the professional,
or with `**` the clinic.
"""

LINKS = """
link              look reset accept confirm cancel begin back
reset             yes  yes   dead   dead    dead   dead  dead
invitation        yes  dead  yes    dead    dead   dead  dead
deletion          yes  dead  dead   yes     dead   dead  dead
keep              yes  dead  dead   dead    yes    dead  dead
registration      yes  dead  dead   dead    dead   yes   dead
address           yes  dead  dead   dead    dead   dead  yes
used-reset        dead dead  dead   dead    dead   dead  dead
used-invitation   dead dead  yes    dead    dead   dead  dead
used-deletion     dead dead  dead   yes     dead   dead  dead
used-keep         dead dead  dead   dead    dead   dead  dead
used-registration dead dead  dead   dead    dead   yes   dead
used-address      dead dead  dead   dead    dead   dead  dead
expired           dead dead  dead   dead    dead   dead  dead
forged            dead dead  dead   dead    dead   dead  dead
"""
"""Outcomes of a mailed link: of each kind, used before, out of date, and made up.

A used invitation, deletion or registration is answered as before, to the same person: the first answer may be
lost.
"""
OPENS = {
    "look": "POST /v1/links/look",
    "reset": "POST /v1/password-resets/confirm",
    "accept": "POST /v1/invitations/accept",
    "confirm": "POST /v1/deletions/confirm",
    "cancel": "POST /v1/deletions/cancel",
    "begin": "POST /v1/accounts/confirm-by-link",
    "back": "POST /v1/email-changes/undo",
}


@dataclass(frozen=True)
class Cell:
    """Return the expected outcome of a row in a column."""

    row: str
    column: str
    expected: str

    @property
    def operation(self) -> str:
        return self.row.rstrip("*")


def policy() -> list[Cell]:
    """A cell for each operation, in each way it is sent, and each column."""
    head, *lines = filter(None, POLICY.splitlines())
    rows = [line.split() for line in lines if line.startswith(METHODS)]
    return [
        Cell(f"{method} {path}", column, expected)
        for method, path, *row in rows
        for column, expected in zip(head.split(), row, strict=True)
        if expected != NO_CALL
    ]


def links() -> list[Cell]:
    """A cell for each link and each operation that takes one."""
    (_, *heads), *rows = (line.split() for line in LINKS.splitlines() if line)
    return [
        Cell(link, OPENS[column], expected)
        for link, *row in rows
        for column, expected in zip(heads, row, strict=True)
    ]


def unmatched(cells: list[Cell], operations: set[str]) -> set[str]:
    """The operations without a row, and the rows without an operation."""
    return {cell.operation for cell in cells} ^ operations


def fault(cell: Cell, status: int, code: str | None, *, changed: bool | None) -> str | None:
    """Return the faults of an answer; `changed` is True if the call changed its subject, where a test checked that."""
    if cell.expected in (DONE, NOTHING):
        if not 200 <= status < 300:
            return f"it was refused: {code}"
    elif (wanted := MEANS[cell.expected]) != code:
        return f"it ended in {code or status}, not in {wanted}"
    if changed is not None and changed != (cell.expected == DONE):
        return "it changed something" if changed else "it changed nothing"
    return None
