"""The mails that accounts sends, in words. No subject holds free text; in a text it is only quoted."""

SAID = {
    "registration": (
        "Confirm your address",
        "Somebody, we hope you, is registering with this address at HealthConnect, as a {role}.\n\n"
        "Type this code in the app, within 60 minutes:\n\n    {code}\n\n"
        "Or open this link, and choose a password there:\n{link}\n\n"
        "Give the code to nobody. If it was not you, do nothing: without the code there is no account.",
    ),
    "known_address": (
        "You have an account",
        "Somebody, we hope you, wanted to register with this address at HealthConnect. It has an account "
        "already: sign in with it.\n\n"
        "If you forgot your password, set a new one within 60 minutes here:\n{link}\n\n"
        "If it was not you, do nothing: all stays as it is.",
    ),
    "address": (
        "Confirm your new address",
        "Somebody, we hope you, wants to use this address for a HealthConnect account.\n\n"
        "Type this code in the app, within 60 minutes:\n\n    {code}\n\n"
        "Give the code to nobody. If it was not you, do nothing: without the code nothing changes.",
    ),
    "address_wanted": (
        "Your address was given for another account",
        "Somebody wanted to use this address for another HealthConnect account than yours. Nothing was "
        "changed: an address belongs to one account.\n\n"
        "If it was you, first change the address of the account that has it, or delete that account.",
    ),
    "address_changed": (
        "The address of your account was changed",
        "The address of your HealthConnect account was changed: from now on, everything is mailed to the new "
        "one, and you sign in with it.\n\n"
        "If it was not you, set this address back until {until} (UTC) here:\n{link}\n\n"
        "That signs out every device, and a link to set a new password is mailed to you.",
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
        "A clinic invites you to work with it on HealthConnect, as {role}. It calls itself:\n\n"
        '    "{clinic}"\n\n'
        "We do not check this name. See how to accept, within seven days, here:\n{link}\n\n"
        "If you do not know why you are getting this, do nothing.",
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
        "Here is the visit you asked for, as it is now:\n{link}\n\n"
        "The link is valid until {until} (UTC). Older links to this visit may end earlier. Whoever has it "
        "can see your visit, and cancel it: keep it to yourself.\n\n"
        "If you asked for no link, do nothing: all stays as it is.",
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
        "If it was not you, set a new password at {forgotten}: that signs out every device, and ends each "
        "passkey and authenticator app that was added since you last proved this address.",
    ),
    "reset_done": (
        "You have a new password",
        "A new password was set for your HealthConnect account on {at} (UTC), by a link that was mailed to "
        "you. It ended:\n{ended}\n\n{kept_factors}"
        "If it was not you, set a new password at {forgotten}, and change the password of your mailbox: "
        "somebody else reads it.",
    ),
    "factors": (
        "Your second factor will be removed",
        "Support was told that you lost your authenticator app, and will remove it from your HealthConnect "
        "account on {until} (UTC), with all passkeys. After that your password is enough to sign in.\n\n"
        "If you did not ask for it, stop it here:\n{link}\n\n"
        "Signing in with a code of the app, with a recovery code or with a passkey stops it too. If it was "
        "not you, somebody may know your password: set a new one.",
    ),
    "factors_removed": (
        "Your second factor was removed",
        "Support removed the authenticator app and all passkeys from your HealthConnect account, on {at} "
        "(UTC). You are signed out everywhere, and your calendar feeds ended.\n\n"
        "Sign in with your password and add an authenticator app or a passkey anew. If your password is not "
        "taken, it was too short to be used alone: set a new one at {forgotten}. Do so too if you did not "
        "ask for this, and write to support.",
    ),
    "attempts": (
        "Somebody tries to sign in to your account",
        "Somebody tried more than {times} times to sign in to your HealthConnect account, with a wrong "
        "password or code. On devices that you have not signed in on before, signing in has to wait for a "
        "while.\n\n"
        "If it was you and you forgot your password, set a new one at {forgotten}: that ends the wait. If it "
        "was not you, do nothing: your password stays as it is.",
    ),
    "answer": (
        "Our answer to your message",
        "{answer}\n\nPlease do not send emergency, medical or sensitive health information to support.",
    ),
}
"""Kind of letter → subject and text, with the names of what is filled in."""
