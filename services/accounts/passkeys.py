"""Passkeys (WebAuthn Level 3): what an authenticator is asked, and whether its answer is good.


A passkey unlocks with a face, a finger or a PIN, so it counts as two factors.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from webauthn.helpers import parse_authentication_credential_json, structs

from shared.contracts.accounts import refusals

NAME = "HealthConnect"


@dataclass(frozen=True)
class SignedChallenge:
    """An authenticator answers a challenge with a credential."""

    credential: dict[str, Any]
    challenge: bytes


@dataclass(frozen=True)
class RelyingParty:
    """The party that authenticators answer to: a domain, and the origins where its passkeys can be used."""

    domain: str
    origins: list[str]

    def creation_options(
        self, person_id: UUID, *, email: str, name: str, known: list[bytes], challenge: bytes
    ) -> dict[str, Any]:
        """Return the options for `navigator.credentials.create`; `known` are the person's credentials."""
        options = webauthn.generate_registration_options(
            rp_id=self.domain,
            rp_name=NAME,
            user_id=person_id.bytes,
            user_name=email,
            user_display_name=name,
            challenge=challenge,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
        )
        return _json(options)

    def request_options(self, *, challenge: bytes, known: Sequence[bytes] = ()) -> dict[str, Any]:
        """Return the options for `navigator.credentials.get`; without `known` the answer names the person."""
        options = webauthn.generate_authentication_options(
            rp_id=self.domain,
            challenge=challenge,
            allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return _json(options)

    def verify_registration(
        self, credential: dict[str, Any], *, challenge: bytes
    ) -> tuple[bytes, bytes, int]:
        """Return the credential id, the public key and the sign count. Refuses `bad_passkey`."""
        try:
            found = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origins,
                require_user_verification=True,
            )
        except Exception as error:  # of what a client made up
            raise refusals.BadPasskey() from error
        return found.credential_id, found.credential_public_key, found.sign_count

    def verify_answer(
        self, signed: SignedChallenge, *, person_id: UUID, public_key: bytes, sign_count: int
    ) -> int:
        """Return the new sign count.

        A `userHandle` that the authenticator sends is that of `person_id` (WebAuthn Level 3, 7.2, step 6).
        Refuses `bad_passkey`.
        """
        try:
            handle = parse_authentication_credential_json(signed.credential).response.user_handle
            found = webauthn.verify_authentication_response(
                credential=signed.credential,
                expected_challenge=signed.challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origins,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except Exception as error:  # of what a client made up
            raise refusals.BadPasskey() from error
        if handle is not None and handle != person_id.bytes:
            raise refusals.BadPasskey()
        return found.new_sign_count


def credential_id(credential: dict[str, Any]) -> bytes:
    """Refuses `bad_passkey`."""
    try:
        return parse_authentication_credential_json(credential).raw_id
    except Exception as error:  # of what a client made up
        raise refusals.BadPasskey() from error


def _json(options: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made
