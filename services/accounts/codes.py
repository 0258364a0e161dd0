"""Codes of authenticator apps (RFC 6238), and the recovery codes that stand in for them."""

import base64
import hmac
import os
from datetime import datetime

import pyotp

ISSUER = "HealthConnect"
STEP = 30  # seconds
DRIFT = 1  # steps that the phone's clock may be apart
HOW_MANY_RECOVERY_CODES = 8


def new_secret() -> str:
    """Return a fresh secret in base 32."""
    return pyotp.random_base32()


def uri(secret: str, *, email: str) -> str:
    """Return the URI in the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def matching_step(code: str, secret: str, *, now: datetime) -> int | None:
    """Return the time step that `code` is of, if it is good now."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(totp.at(step * STEP), code):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return codes of 80 random bits each, such as `k3vu-77ye-c2qd-wmzp`."""
    drawn = [base64.b32encode(os.urandom(10)).decode().lower() for _ in range(HOW_MANY_RECOVERY_CODES)]
    return ["-".join(text[at : at + 4] for at in range(0, 16, 4)) for text in drawn]
