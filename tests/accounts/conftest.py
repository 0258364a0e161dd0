"""Accounts with all its tools, on a real database."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.accounts import passwords
from services.accounts.passkeys import RelyingParty
from services.accounts.throttle import Throttle
from services.accounts.tokens import Signer
from services.accounts.tools import Tools
from services.accounts.vault import Vault
from shared.bus.microservice import in_this_thread
from shared.contracts.accounts.clinics import ClinicView
from shared.contracts.accounts.people import AccountView
from shared.db import Unit
from shared.mail import mailer
from shared.settings import Settings
from tests import suites
from tests.accounts.steps import House


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Limits that only a test about limits meets."""
    often = "100000/minute"
    return Settings(
        home=tmp_path, sign_in_rate=often, form_rate=often, registration_rate=often, guest_rate=often
    )


@pytest.fixture
def house(unit: Callable[[str], Unit], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> House:
    # what withstands an attack takes time; what hashes cost is tested where there is no house
    monkeypatch.setattr(passwords, "_HASHER", suites.CHEAP)
    monkeypatch.setattr(passwords, "_NOBODYS", suites.CHEAP.hash("the password of no account"))
    accounts = unit("accounts")
    vault = Vault.from_file(settings.home / "secret.key")
    tools = Tools(
        settings=settings,
        signer=Signer.from_file(settings.home / "token-key.pem"),
        vault=vault,
        throttle=Throttle(accounts, vault),
        relying_party=RelyingParty(settings.passkey_domain, settings.passkey_origins),
        send_mail=mailer(settings),
        aside=in_this_thread,
    )
    return House(accounts, tools, settings.home)


@pytest.fixture
def olga(house: House) -> AccountView:
    return house.register("Olga Owner", "clinic")


@pytest.fixture
def at(house: House, olga: AccountView) -> ClinicView:
    return house.clinic(olga)


@pytest.fixture
def nurse(house: House) -> AccountView:
    return house.register("Nina Nurse", "professional")


@pytest.fixture
def staff(house: House) -> AccountView:
    return house.register("Stefan Staff", "clinic")
