"""Signing in, staying in, second factors and lost passwords."""

from uuid import uuid4

from services.accounts.handlers import addresses, factors, proof, recovery, sessions
from services.accounts.service.base import Part
from shared import bus
from shared.contracts import accounts as say
from shared.contracts.base import Done


class Access(Part):
    """The commands of: sessions, factors, addresses, recovery."""

    @bus.command(say.sessions.SignIn)
    def sign_in(self, command: say.sessions.SignIn) -> say.sessions.TokenView:
        return sessions.sign_in(self.unit, command, session_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.sessions.RefreshSession)
    def refresh_session(self, command: say.sessions.RefreshSession) -> say.sessions.TokenView:
        return sessions.refresh(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.sessions.ListSessions)
    def list_sessions(self, command: say.sessions.ListSessions) -> say.sessions.SessionsView:
        return sessions.list_mine(self.unit, command)

    @bus.command(say.sessions.EndSession)
    def end_session(self, command: say.sessions.EndSession) -> Done:
        return sessions.end_one(self.unit, command, now=self.clock())

    @bus.command(say.sessions.EndAllSessions)
    def end_all_sessions(self, command: say.sessions.EndAllSessions) -> Done:
        return sessions.end_all(self.unit, command, now=self.clock())

    @bus.command(say.sessions.ListEndedSessions)
    def list_ended_sessions(self, command: say.sessions.ListEndedSessions) -> say.sessions.EndedSessions:
        return sessions.list_ended(self.unit, command, now=self.clock())

    @bus.command(say.sessions.ListTokenKeys)
    def list_token_keys(self, _: say.sessions.ListTokenKeys) -> say.sessions.TokenKeys:
        return say.sessions.TokenKeys(keys=[self.tools.signer.public_key()])

    @bus.command(say.sessions.StartProof)
    def start_proof(self, command: say.sessions.StartProof) -> say.sessions.PasskeyOptions:
        return proof.start(self.unit, command, challenge_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.sessions.Prove)
    def prove(self, command: say.sessions.Prove) -> Done:
        return proof.prove(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.factors.StartTotp)
    def start_totp(self, command: say.factors.StartTotp) -> say.factors.TotpOffer:
        return factors.start_totp(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.factors.ConfirmTotp)
    def confirm_totp(self, command: say.factors.ConfirmTotp) -> say.factors.RecoveryCodes:
        return factors.confirm_totp(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.factors.RemoveTotp)
    def remove_totp(self, command: say.factors.RemoveTotp) -> Done:
        return factors.remove_totp(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.factors.StartPasskey)
    def start_passkey(self, command: say.factors.StartPasskey) -> say.sessions.PasskeyOptions:
        return factors.start_passkey(
            self.unit, command, challenge_id=uuid4(), tools=self.tools, now=self.clock()
        )

    @bus.command(say.factors.AddPasskey)
    def add_passkey(self, command: say.factors.AddPasskey) -> say.factors.PasskeyView:
        return factors.add_passkey(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.factors.ListPasskeys)
    def list_passkeys(self, command: say.factors.ListPasskeys) -> say.factors.PasskeysView:
        return factors.list_passkeys(self.unit, command)

    @bus.command(say.factors.RemovePasskey)
    def remove_passkey(self, command: say.factors.RemovePasskey) -> Done:
        return factors.remove_passkey(self.unit, command, now=self.clock())

    @bus.command(say.factors.StartPasskeySignIn)
    def start_passkey_sign_in(self, command: say.factors.StartPasskeySignIn) -> say.sessions.PasskeyOptions:
        return factors.start_passkey_sign_in(
            self.unit, command, challenge_id=uuid4(), tools=self.tools, now=self.clock()
        )

    @bus.command(say.factors.SignInWithPasskey)
    def sign_in_with_passkey(self, command: say.factors.SignInWithPasskey) -> say.sessions.TokenView:
        return factors.sign_in_with_passkey(
            self.unit, command, session_id=uuid4(), tools=self.tools, now=self.clock()
        )

    @bus.command(say.addresses.ChangeAddress)
    def change_address(self, command: say.addresses.ChangeAddress) -> say.addresses.AddressChangeView:
        return addresses.start(self.unit, command, proof_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.addresses.ConfirmAddress)
    def confirm_address(self, command: say.addresses.ConfirmAddress) -> say.people.AccountView:
        return addresses.confirm(self.unit, command, letter_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.addresses.UndoAddress)
    def undo_address(self, command: say.addresses.UndoAddress) -> Done:
        return addresses.undo(self.unit, command, link_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.recovery.AskReset)
    def ask_reset(self, command: say.recovery.AskReset) -> Done:
        return recovery.ask_reset(self.unit, command, tools=self.tools)

    @bus.command(say.recovery.SendReset)
    def send_reset(self, command: say.recovery.SendReset) -> Done:
        return recovery.send_reset(self.unit, command, link_id=uuid4(), tools=self.tools, now=self.clock())

    @bus.command(say.recovery.LookAtLink)
    def look_at_link(self, command: say.recovery.LookAtLink) -> say.recovery.LinkView:
        return recovery.look_at(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.recovery.ResetPassword)
    def reset_password(self, command: say.recovery.ResetPassword) -> Done:
        return recovery.reset(self.unit, command, tools=self.tools, now=self.clock())

    @bus.command(say.recovery.ChangePassword)
    def change_password(self, command: say.recovery.ChangePassword) -> Done:
        return recovery.change(self.unit, command, tools=self.tools, now=self.clock())
