"""The subjects and texts of the mails that accounts sends.

No subject holds free text that people entered. A text quotes the name of a clinic, after `quoting`, and holds
the answer of support; it holds no other.
"""

SAID = {
    "registration": (
        "Confirm your address",
        "Somebody, we hope you, is registering for HealthConnect with this address, as a {role}.\n\n"
        "Enter this code in the app within 60 minutes:\n\n    {code}\n\n"
        "Or open this link and choose a password there:\n{link}\n\n"
        "Don't give the code to anybody. If it wasn't you, do nothing: without it there is no account.",
    ),
    "known_address": (
        "You have an account",
        "Somebody, we hope you, tried to register for HealthConnect with this address. It already has an "
        "account: sign in with it.\n\n"
        "If you forgot your password, set a new one within 60 minutes here:\n{link}\n\n"
        "If it wasn't you, do nothing: nothing changes.",
    ),
    "address": (
        "Confirm your new address",
        "Somebody, we hope you, wants to use this address for a HealthConnect account.\n\n"
        "Enter this code in the app within 60 minutes:\n\n    {code}\n\n"
        "Don't give the code to anybody. If it wasn't you, do nothing: nothing changes without the code.",
    ),
    "address_wanted": (
        "Your address was given for another account",
        "Somebody tried to use this address for a HealthConnect account other than yours. Nothing has "
        "changed: an address can belong to only one account.\n\n"
        "If it was you, first change the address of the account that has it, or delete that account.",
    ),
    "address_changed": (
        "The address of your account was changed",
        "The address of your HealthConnect account was changed. From now on, you sign in with the new "
        "address and get your mail there.\n\n"
        "If it wasn't you, restore this address by {until} (UTC) here:\n{link}\n\n"
        "That signs out every device. It ends your password, and each passkey and authenticator app that was "
        "added since you last proved this address. We mail you a link to set a new password.",
    ),
    "reset": (
        "Set a new password",
        "Somebody, we hope you, asked for a new password for your HealthConnect account.\n\n"
        "Set it within 60 minutes here:\n{link}\n\n"
        "If it was not you, do nothing: your password stays as it is.",
    ),
    "sent_reset": (
        "A link to set a new password",
        "Your practice sent you this link, to set a new password for your HealthConnect account.\n\n"
        "Set it within 60 minutes here:\n{link}\n\n"
        "If you did not ask your practice for it, do nothing: your password stays as it is.",
    ),
    "invitation": (
        "You are invited to work with a clinic",
        "A clinic invites you to work with it on HealthConnect (your role: {role}). It calls itself:\n\n"
        '    "{clinic}"\n\n'
        "We don't check this name. See how to accept within seven days here:\n{link}\n\n"
        "If you don't know why you are getting this mail, do nothing.",
    ),
    "deletion": (
        "Do you want to delete your account?",
        "Somebody, we hope you, asked to delete your HealthConnect account.\n\n"
        "Confirm it within 60 minutes here:\n{link}\n\n"
        "If it was not you, do nothing: your account stays as it is.",
    ),
    "keep": (
        "Your account is closed and will be erased",
        "Your HealthConnect account is closed, you are signed out everywhere, and your visits are cancelled. "
        "Your data will be erased on {until} (UTC).\n\n"
        "If you change your mind before that, keep your account here:\n{link}\n\n"
        "What stays after that, and why:\n{kept}",
    ),
    "erased": (
        "Your account is erased",
        "Your HealthConnect account is erased. What stays, and why:\n{kept}",
    ),
    "guest_asked": (
        "Confirm your request for a visit",
        "Somebody, we hope you, asked for a visit and gave this address. The practice sees it once you "
        "confirm it, within 30 minutes, here:\n{link}\n\n"
        "With the same link you can look at your visit later, cancel it, and put it into your calendar: keep "
        "it to yourself.\n\n"
        "If it was not you, do nothing: the practice never hears of it.",
    ),
    "guest_news": (
        "News about your visit",
        "Something is new about the visit you asked for. See what, or cancel it, here:\n{link}\n\n"
        "Whoever has this link can do so: keep it to yourself.",
    ),
    "guest_link": (
        "A link to your visit",
        "See the visit you asked for, as it is now, here:\n{link}\n\n"
        "The link is valid until {until} (UTC). Older links to this visit may expire earlier. Anybody who "
        "has the link can see your visit and cancel it, so keep it to yourself.\n\n"
        "If you didn't ask for a link, do nothing: nothing changes.",
    ),
    "guest_leaving": (
        "Do you want to be erased?",
        "Somebody, we hope you, asked to erase what HealthConnect knows of this address. It was given to ask "
        "for a visit without an account. Erase it here:\n{link}\n\n"
        "If it was not you, do nothing: all stays as it is.",
    ),
    "notice": (
        "Something changed in how you sign in",
        "A password, an authenticator app or a passkey of your HealthConnect account was changed "
        "on {at} (UTC).\n\n"
        "If it wasn't you, set a new password at {forgotten}. That signs out every device, and removes the "
        "passkeys and the authenticator app added since you last proved this address.",
    ),
    "reset_done": (
        "You have a new password",
        "A new password was set for your HealthConnect account on {at} (UTC), with a link that we mailed to "
        "you. That ended:\n{ended}\n\n{kept_factors}"
        "If it wasn't you, somebody else can read your mail. Change the password of your mailbox, then set a "
        "new HealthConnect password at {forgotten}.",
    ),
    "factors": (
        "Your second factor will be removed",
        "Somebody, we hope you, told support that you lost your authenticator app. Support will remove it "
        "from your HealthConnect account on {until} (UTC), with all passkeys. After that, your password is "
        "enough to sign in.\n\n"
        "If you didn't ask for this, stop it here:\n{link}\n\n"
        "Signing in with a code from the app, a recovery code or a passkey stops it too. If it wasn't you, "
        "somebody may know your password: set a new one.",
    ),
    "factors_removed": (
        "Your second factor was removed",
        "Support removed the authenticator app and all passkeys from your HealthConnect account on {at} "
        "(UTC). You are signed out everywhere, and your calendar feeds have ended.\n\n"
        "Sign in with your password, then add an authenticator app or a passkey again. If your password is "
        "refused, it was too short to be used alone: set a new one at {forgotten}.\n\n"
        "If you didn't ask for this, set a new password there and write to support.",
    ),
    "attempts": (
        "Somebody is trying to sign in to your account",
        "Somebody tried more than {times} times to sign in to your HealthConnect account with a wrong "
        "password or code. On devices that you have not signed in on before, you have to wait a while before "
        "you can sign in.\n\n"
        "If it was you and you forgot your password, set a new one at {forgotten}: that ends the wait. If it "
        "wasn't you, do nothing: your password stays as it is.",
    ),
    "unstaffed": (
        "Visits at your clinic have no professional",
        "A professional has left your clinic, and visits to come are without one. Hand each over to a "
        "colleague, or cancel it with a reason, in the app.",
    ),
    "answer": (
        "Our answer to your message",
        "{answer}\n\nPlease do not send emergency, medical or sensitive health information to support.",
    ),
}
"""Kind of letter → subject and text, with the names of what is filled in."""
